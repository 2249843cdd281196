"""Backup and restore, really run: what comes back is what was there, and nothing is ever half done."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from tests.core.runtime.conftest import ROOT, seconds_until
from tsunagari.core.runtime.backup import MARK, TRAILER, BackupFailed, backup, restore


def url_of(database: str) -> str:
    """The address of a database on the tests' server."""
    values = connection.settings_dict
    login = quote(values["USER"]) + (f":{quote(values['PASSWORD'])}" if values["PASSWORD"] else "")
    port = f"&port={values['PORT']}" if values["PORT"] else ""
    return f"postgresql://{login}@/{database}?host={quote(values['HOST'], safe='')}{port}"


def run_sql(url: str, statement: str) -> object:
    """Run a statement; the first value it gives, if any."""
    with closing(psycopg.connect(url, autocommit=True)) as session:
        cursor = session.execute(statement)  # type: ignore[call-overload]
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def schema_of(url: str) -> object:
    """Everything that is defined in a database, by name (a check's text changes when it is read again)."""
    return run_sql(
        url,
        """
        SELECT array_agg(line ORDER BY line) FROM (
            SELECT format('%s %s.%s %s %s', relkind, relname, attname, atttypid::regtype, attnotnull)
              FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
             WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
            UNION ALL SELECT format('constraint %s on %s', conname, conrelid::regclass) FROM pg_constraint
             WHERE connamespace = 'public'::regnamespace
            UNION ALL SELECT format('trigger %s on %s', tgname, tgrelid::regclass) FROM pg_trigger
             WHERE NOT tgisinternal
            UNION ALL SELECT format('function %s', oid::regprocedure) FROM pg_proc
             WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT format('extension %s', extname) FROM pg_extension
            UNION ALL SELECT format('schema %s of %s', nspname, nspowner::regrole) FROM pg_namespace
             WHERE nspname !~ '^pg_'
        ) AS lines(line)
        """,
    )


@pytest.fixture
def empty_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a new database; dropped after the test."""
    name = f"{os.environ['DATABASE_URL'].rpartition('/')[2].partition('?')[0]}_{os.getpid()}_backup"
    admin = url_of("postgres")
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with closing(psycopg.connect(admin, autocommit=True)) as session:
        session.execute(drop)
        session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield url_of(name)
    for attempt in range(20):
        try:
            with closing(psycopg.connect(admin, autocommit=True)) as session:
                session.execute(drop)
            return
        except psycopg.errors.InsufficientPrivilege:
            # the server's own cleaning is at work there, which only a superuser may end
            if attempt == 19:
                raise
            time.sleep(1)


@pytest.fixture
def small_backup(empty_database: str, tmp_path: Path) -> Path:
    """A backup of a small database with 300,000 letters; the database is left as it was saved."""
    run_sql(empty_database, "CREATE TABLE django_migrations AS SELECT 1 AS id")
    run_sql(
        empty_database, "CREATE TABLE letters AS SELECT n, repeat('a', 100) FROM generate_series(1, 300000) n"
    )
    file = tmp_path / "small.backup"
    backup(url=empty_database, file=file)
    return file


@pytest.mark.django_db(transaction=True)
def test_the_whole_schema_comes_back(django_db_setup: None, empty_database: str, tmp_path: Path) -> None:
    ours = url_of(connection.settings_dict["NAME"])
    run_sql(ours, "INSERT INTO django_session VALUES ('kept', 'つながり', now())")
    file = tmp_path / "all.backup"

    size = backup(url=ours, file=file)
    restore(url=empty_database, file=file)

    assert file.stat().st_mode & 0o777 == 0o600
    assert file.stat().st_size == size > 10_000
    assert schema_of(empty_database) == schema_of(ours)
    assert (
        run_sql(empty_database, "SELECT session_data FROM django_session WHERE session_key = 'kept'")
        == "つながり"
    )
    migrations = "SELECT count(*) FROM django_migrations"
    assert run_sql(empty_database, migrations) == run_sql(ours, migrations) != 0

    # and a backup of what was restored can be restored over it
    again = tmp_path / "again.backup"
    backup(url=empty_database, file=again)
    restore(url=empty_database, file=again, replace=True)
    assert schema_of(empty_database) == schema_of(ours)


def test_a_database_in_use_is_replaced_only_when_asked(small_backup: Path, empty_database: str) -> None:
    run_sql(empty_database, "CREATE TABLE newer AS SELECT 1 AS id")
    with pytest.raises(BackupFailed, match="--replace"):
        restore(url=empty_database, file=small_backup)
    assert run_sql(empty_database, "SELECT to_regclass('newer')") == "newer"

    restore(url=empty_database, file=small_backup, replace=True)
    assert run_sql(empty_database, "SELECT to_regclass('newer')") is None
    assert run_sql(empty_database, "SELECT count(*) FROM letters") == 300_000


@pytest.mark.parametrize("damage", ["empty", "half", "last byte", "one bit"])
def test_a_damaged_backup_changes_nothing(small_backup: Path, empty_database: str, damage: str) -> None:
    whole = bytearray(small_backup.read_bytes())
    match damage:
        case "empty":
            whole.clear()
        case "half":
            del whole[len(whole) // 2 :]
        case "last byte":
            del whole[-1]
        case "one bit":
            whole[len(whole) // 2] ^= 1
    small_backup.write_bytes(whole)
    run_sql(empty_database, "DROP TABLE letters; CREATE TABLE newer AS SELECT 1 AS id")
    with pytest.raises(BackupFailed, match="cut off or damaged"):
        restore(url=empty_database, file=small_backup, replace=True)
    assert run_sql(empty_database, "SELECT id FROM newer") == 1


def test_an_error_in_the_middle_of_a_restore_changes_nothing(small_backup: Path, empty_database: str) -> None:
    # the table of contents holds the statements as plain text: a wrong one fails after the tables went
    whole = small_backup.read_bytes()[:-TRAILER].replace(
        b"CREATE TABLE public.letters", b"CREATE TABEL public.letters"
    )
    small_backup.write_bytes(whole + MARK + hashlib.sha256(whole).digest())
    run_sql(empty_database, "DROP TABLE letters; CREATE TABLE newer AS SELECT 1 AS id")
    with pytest.raises(BackupFailed, match="syntax error"):
        restore(url=empty_database, file=small_backup, replace=True)
    assert run_sql(empty_database, "SELECT id FROM newer") == 1


def test_what_is_no_backup_of_ours_is_refused(empty_database: str, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(BackupFailed, match="is not a backup"):
        restore(url=empty_database, file=tmp_path / "letter.txt", replace=True)
    with pytest.raises(BackupFailed, match="cannot be read"):
        restore(url=empty_database, file=tmp_path / "missing", replace=True)


@pytest.mark.slow
def test_a_restore_that_is_killed_changes_nothing(small_backup: Path, empty_database: str) -> None:
    run_sql(empty_database, "CREATE TABLE newer AS SELECT 1 AS id")
    # somebody holds the table, so the restore waits in the middle of its transaction
    with closing(psycopg.connect(empty_database)) as reader:
        reader.execute("SELECT * FROM newer")
        command = [sys.executable, "-m", "tsunagari", "restore", "--replace", str(small_backup)]
        environment = os.environ | {"DATABASE_URL": empty_database}
        with subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True) as process:
            waiting = (
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database "
                "WHERE datname = current_database())"
            )
            seconds_until(lambda: run_sql(empty_database, waiting), limit=60)
            os.killpg(process.pid, signal.SIGKILL)
    seconds_until(lambda: run_sql(empty_database, "SELECT to_regclass('newer')") == "newer", limit=5)
    assert run_sql(empty_database, "SELECT count(*) FROM letters") == 300_000


def test_a_backup_that_fails_leaves_the_old_file(small_backup: Path, empty_database: str) -> None:
    before = small_backup.read_bytes()
    with pytest.raises(BackupFailed, match="did not succeed"):
        backup(url=empty_database.replace("_backup", "_nowhere"), file=small_backup)
    assert small_backup.read_bytes() == before
    assert [path.name for path in small_backup.parent.iterdir()] == [small_backup.name]
    shutil.rmtree(small_backup.parent)
    with pytest.raises(BackupFailed, match="Cannot write"):
        backup(url=empty_database, file=small_backup)


def test_the_password_is_not_among_the_arguments(tmp_path: Path) -> None:
    # a stranger on the machine sees every process's arguments
    seen = tmp_path / "seen"
    fake = tmp_path / "pg_dump"
    fake.write_text(f'#!/bin/sh\necho "$@" > {seen}\necho "$PGPASSWORD" >> {seen}\n')
    fake.chmod(0o755)
    code = (
        "import sys; from pathlib import Path; from tsunagari.core.runtime import backup as it; "
        f"it.tool = lambda name: {str(fake)!r}; "
        f"it.backup(url='postgresql://me:s3cret@db.example/x', file=Path({str(tmp_path / 'out')!r}))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    arguments, password = seen.read_text().splitlines()
    assert "s3cret" not in arguments
    assert "db.example" in arguments
    assert password == "s3cret"


@pytest.mark.slow
def test_the_commands_say_where_the_key_belongs(
    small_backup: Path, empty_database: str, tmp_path: Path
) -> None:
    environment = os.environ | {"DATABASE_URL": empty_database}
    file = tmp_path / "command.backup"
    saved = subprocess.run(
        [sys.executable, "-m", "tsunagari", "backup", str(file)],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "TSUNAGARI_MASTER_KEY" in saved.stdout
    refused = subprocess.run(
        [sys.executable, "-m", "tsunagari", "restore", str(file)],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    put_back = subprocess.run(
        [sys.executable, "-m", "tsunagari", "restore", str(file), "--replace"],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "Restored" in put_back.stdout
