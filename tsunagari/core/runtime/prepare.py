"""What has to be true before the site opens: tables, static files, the country's data, demo accounts.

Everything here is skipped in a moment when nothing changed, so that a second start is quick.
"""

import hashlib
import os
import time
from pathlib import Path

import psycopg
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from psycopg.conninfo import make_conninfo

from tsunagari.core.runtime.postgres import say

# an arbitrary number that all our processes, on whatever machine, agree on
MIGRATION_LOCK = 0x7473756E


def migrate() -> int:
    """Bring the tables to this version and return how many migrations ran.

    Holds an advisory lock, on a connection of its own, so that of several machines that start at once one
    migrates and the others wait.
    """
    with psycopg.connect(_conninfo(), autocommit=True) as guard:
        if guard.execute("SELECT pg_try_advisory_lock(%s)", [MIGRATION_LOCK]).fetchone() != (True,):
            say("ほかの機械がデータベースを更新しています… / waiting for another migration")
            guard.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            say(f"データベースの表を整えます（{len(plan)} 件）/ migrating")
            # the first time dozens run in a second; later each may take long and is named
            call_command("migrate", interactive=False, verbosity=1 if len(plan) < 20 else 0)
        return len(plan)


def _conninfo() -> str:
    """Return libpq's parameters for the default database, without Django's own (pool, binding)."""
    values = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname", "sslmode")
    return make_conninfo(**{name: str(values[name]) for name in names if values.get(name)})


def collect_static() -> bool:
    """Collect and compress the static files if any has changed since; return whether it did."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = os.stat(storage.path(name))
            digest.update(f"{name}\0{state.st_mtime_ns}\0{state.st_size}\n".encode())
    root = Path(settings.STATIC_ROOT)
    stamp = root.with_name(f"{root.name}.stamp")
    if stamp.exists() and root.exists() and stamp.read_text() == digest.hexdigest():
        return False
    say("画面の部品を集めます / collecting static files")
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(digest.hexdigest())
    return True


def prepare() -> None:
    """Do all of it, saying what takes time."""
    began = time.monotonic()
    migrate()
    collect_static()
    commands = get_commands()
    for command in ("load_directory", "load_council", "load_plan", "load_indicators"):
        if command in commands:
            call_command(command)
    if settings.ENVIRONMENT == "demo" and "demo_accounts" in commands:
        call_command("demo_accounts")
        for command in ("demo_entries", "demo_council", "demo_helpline"):
            if command in commands:
                call_command(command)
    if (seconds := time.monotonic() - began) > 2:
        say(f"準備ができました / prepared ({seconds:.1f} s)")
