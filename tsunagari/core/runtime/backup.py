"""Back the database up into one file, and restore it, with the programs of the PostgreSQL wheel.

A backup is pg_dump's custom format, written beside its place and moved there when it is whole. A restore is
one transaction: interrupted at any point, the database is as it was before.

A backup ends with a mark and the SHA-256 of all before it (pg_restore reads by offsets and does not mind):
pg_restore itself does not notice every file that was cut off or damaged on its way.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tsunagari.core.runtime.postgres import tool

MARK = b"tsunagari backup 1\n"
TRAILER = len(MARK) + hashlib.sha256().digest_size


class BackupFailed(Exception):
    """The backup or the restore did not happen, and nothing was changed; the message says what to do."""


def _connection(url: str) -> tuple[str, dict[str, str]]:
    """Return libpq's parameters for ``url`` and an environment with its password: all see arguments."""
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    environment = {**os.environ, "LC_ALL": "C", "PGOPTIONS": "-c lock_timeout=30s"}
    if password:
        environment["PGPASSWORD"] = str(password)
    return make_conninfo(**{name: str(value) for name, value in parts.items()}), environment


def backup(*, url: str, file: Path) -> int:
    """Write the database at ``url`` into ``file`` (mode 0600) and return its size in bytes.

    ``file`` appears whole or not at all; one that was there is replaced only then.

    Raises:
        BackupFailed: the folder cannot be written or pg_dump did not succeed.
    """
    conninfo, environment = _connection(url)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # mode 0600
    except OSError as error:
        raise BackupFailed(
            f"{file.parent} に書けません（{error.strerror}）。\n"
            f"  Cannot write to {file.parent} ({error.strerror})."
        ) from error
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            done = subprocess.run(
                [tool("pg_dump"), f"--dbname={conninfo}", "--format=custom", "--no-owner", "--no-privileges"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.PIPE,
                text=False,
                check=False,
            )
            if done.returncode:
                raise BackupFailed(
                    "バックアップできませんでした。\n  The backup did not succeed:\n"
                    f"  {done.stderr.decode('utf-8', 'replace').strip()}"
                )
            with fresh.open("rb") as written:
                out.seek(0, os.SEEK_END)
                out.write(MARK + hashlib.file_digest(written, "sha256").digest())
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return file.stat().st_size


def check(file: Path) -> None:
    """Raise ``BackupFailed`` unless ``file`` is a backup of ours, whole and undamaged."""
    try:
        with file.open("rb") as backed_up:
            length = os.fstat(backed_up.fileno()).st_size - TRAILER
            backed_up.seek(max(0, length))
            trailer = backed_up.read()
            backed_up.seek(0)
            digest = _digest(backed_up, max(0, length))
    except OSError as error:
        raise BackupFailed(
            f"{file} を読めません（{error.strerror}）。\n  {file} cannot be read ({error.strerror})."
        ) from error
    if trailer != MARK + digest:
        raise BackupFailed(
            f"{file} は tsunagari のバックアップではないか、途中で切れたり壊れたりしています。\n"
            f"  {file} is not a backup of tsunagari, or it was cut off or damaged."
        )


def _digest(file: IO[bytes], length: int) -> bytes:
    """Return the SHA-256 of the next ``length`` bytes of ``file``."""
    digest = hashlib.sha256()
    while length > 0 and (block := file.read(min(length, 2**20))):
        digest.update(block)
        length -= len(block)
    return digest.digest()


def is_empty(url: str) -> bool:
    """Return whether the database at ``url`` has no tables yet."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        found = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchone()
    return found is None


def restore(*, url: str, file: Path, replace: bool = False) -> None:
    """Put the backup ``file`` into the database at ``url``, in one transaction.

    Args:
        replace: delete what is in the database first (in the same transaction).

    Raises:
        BackupFailed: the file is no backup, the database is not empty, or it went wrong. Nothing was changed.
    """
    check(file)
    if not replace and not is_empty(url):
        raise BackupFailed(
            "データベースは空ではありません。いまの中身を消して戻すには --replace を付けてください。\n"
            "  The database is not empty. To delete what is in it and restore, add --replace."
        )
    conninfo, environment = _connection(url)
    writer = [
        tool("psql"),
        f"--dbname={conninfo}",
        *("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"),
    ]
    reader = [tool("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(file)]
    with tempfile.TemporaryFile() as complaints:
        psql = subprocess.Popen(writer, env=environment, stdin=subprocess.PIPE, stderr=complaints)
        pg_restore = subprocess.Popen(reader, env=environment, stdout=subprocess.PIPE, stderr=complaints)
        try:
            whole = _pour(pg_restore, psql)
        finally:
            for pipe in (pg_restore.stdout, psql.stdin):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
            for process in (pg_restore, psql):
                with contextlib.suppress(OSError):
                    process.kill()  # without effect on one that has ended
                process.wait()
        if not whole or psql.returncode != 0:
            complaints.seek(0)
            lines = complaints.read().decode("utf-8", "replace").strip().splitlines()
            raise BackupFailed(
                "戻せませんでした。データベースは元のままです。\n"
                "  The restore did not succeed; the database is as it was:\n"
                + "\n".join(f"  {line}" for line in lines[-5:])
            )
    _analyse(url)


def _pour(pg_restore: subprocess.Popen[bytes], psql: subprocess.Popen[bytes]) -> bool:
    """Let psql run what pg_restore writes, in one transaction; commit only if it was all of it."""
    if psql.stdin is None or pg_restore.stdout is None:
        return False
    into: IO[bytes] = psql.stdin
    try:
        into.write(b"BEGIN;\nSET LOCAL lock_timeout = '30s';\n")
        into.write(b"SET LOCAL client_min_messages = warning;\n")
        # as PostgreSQL makes it, so that the next backup does not speak of it
        into.write(b"DROP SCHEMA public CASCADE;\nCREATE SCHEMA public AUTHORIZATION pg_database_owner;\n")
        into.write(b"GRANT USAGE ON SCHEMA public TO PUBLIC;\n")
        into.write(b"COMMENT ON SCHEMA public IS 'standard public schema';\n")
        shutil.copyfileobj(pg_restore.stdout, into, 2**16)
        if pg_restore.wait() != 0:
            return False  # psql is killed without a COMMIT
        into.write(b"\nCOMMIT;\n")
        into.close()
    except BrokenPipeError:  # psql stopped at an error
        with contextlib.suppress(BrokenPipeError):
            into.close()
        psql.wait()
        return False
    return psql.wait() == 0


def _analyse(url: str) -> None:
    """Give the planner its figures again; a restore brings none."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("ANALYZE"))
