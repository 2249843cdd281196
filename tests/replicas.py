"""A real streaming replica of an embedded server, made by pg_basebackup from the same binaries."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tsunagari.core.runtime import postgres
from tsunagari.core.runtime.postgres import DATABASE, ROLE, SUPERUSER, Place, Server, ensure_server, place_of

SMALL = "shared_buffers = 64MB\nmax_connections = 40\n"


def quiet(text: str) -> None:
    """Say nothing."""


def start_primary(var: Path) -> Server:
    """A server of the test's own, small."""
    place = place_of(var)
    (place.root / "custom.conf").write_text(SMALL)
    (place.root / "custom.conf").chmod(0o644)
    return ensure_server(var, durable=False, say=quiet)


@dataclass
class Replica:
    """A standby; its files are in a place as the embedded server's are."""

    place: Place
    binaries: Path
    socket: Path
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def of(cls, primary: Server, var: Path) -> "Replica":
        """Copy the running primary and start to follow it."""
        place = place_of(var)
        binaries, _ = postgres._binaries(place, quiet)
        (place.root / "custom.conf").write_text(SMALL)
        (place.root / "custom.conf").chmod(0o644)
        fresh = place.root / "data"
        fresh.mkdir(mode=0o700)
        place.owner.give(fresh)
        subprocess.run(
            [
                str(binaries / "bin" / "pg_basebackup"),
                *("-h", primary.socket, "-U", SUPERUSER, "-D", str(fresh)),
                *("--write-recovery-conf", "--wal-method=stream", "--no-sync", "--checkpoint=fast"),
            ],
            cwd=place.root,
            env=postgres._environment(place),
            check=True,
            capture_output=True,
            **place.owner.run_as(),
        )
        socket = postgres._socket_folder(place)
        postgres._configure(place, socket, durable=False)
        replica = cls(place, binaries, socket)
        replica.start()
        return replica

    @property
    def url(self) -> str:
        """Its address as ``DATABASE_REPLICA_URL`` takes it."""
        return f"postgresql://{ROLE}@/{DATABASE}?host={str(self.socket).replace('/', '%2F')}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(
            [
                str(self.binaries / "bin" / "postgres"),
                *("-D", str(self.place.data)),
                *("-c", f"config_file={self.place.root / 'postgresql.conf'}"),
                *("-c", f"hba_file={self.place.root / 'pg_hba.conf'}"),
                *("-c", f"ident_file={self.place.root / 'pg_ident.conf'}"),
            ],
            cwd=self.place.root,
            env=postgres._environment(self.place),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **self.place.owner.run_as(),
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                self.ask("SELECT 1")
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None, "the replica ended at its start"
                assert time.monotonic() < deadline, "the replica did not start"
                time.sleep(0.05)

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """What a superuser is answered."""
        return ask(str(self.socket), statement)

    def kill(self) -> None:
        """As if the machine had lost its power; its client processes end too."""
        if self.process is not None and self.process.poll() is None:
            postgres._end(self.process.pid, grace=0.0)
            self.process.wait(10)
        self.process = None


def ask(socket: str, statement: str) -> list[tuple[object, ...]]:
    """What the server with this socket answers its superuser."""
    with psycopg.connect(host=socket, user=SUPERUSER, dbname=DATABASE, autocommit=True) as connection:
        cursor = connection.execute(statement)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def wait_for_replay(primary: Server, replica: Replica) -> None:
    """Until the replica has all that the primary has now."""
    ((position,),) = ask(primary.socket, "SELECT pg_current_wal_flush_lsn()::text")
    deadline = time.monotonic() + 60
    while replica.ask(f"SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn") != [(True,)]:
        assert time.monotonic() < deadline, "the replica does not follow"
        time.sleep(0.05)
