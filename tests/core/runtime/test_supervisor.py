"""The supervisor: brings back what dies, ends everything, survives anything."""

import contextlib
import http.client
import signal
import socket
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.core.runtime.conftest import Site, processes_of, seconds_until
from tsunagari.core.runtime.postgres import ensure_server
from tsunagari.core.runtime.supervisor import CannotRun, Child, listen_on, supervisor_pid, web_process_count

slow = pytest.mark.slow


@slow
def test_a_killed_web_process_is_back_within_two_seconds(site: Site) -> None:
    assert len(site.children("web")) == 2
    victim = site.children("web")[0]
    known = {process.pid for process in site.children("web")}
    victim.kill()

    def new() -> list[psutil.Process]:
        return [process for process in site.children("web") if process.pid not in known]

    assert seconds_until(new, limit=5) <= 2
    (fresh,) = new()
    # the other one answers meanwhile, and then the new one takes its share
    seconds_until(lambda: site.get()["pid"] == fresh.pid, limit=20)
    assert len(site.children("web")) == 2


@slow
def test_the_killed_job_worker_is_back_within_two_seconds(site: Site) -> None:
    (worker,) = site.children("jobs")
    worker.kill()

    assert seconds_until(lambda: [p for p in site.children("jobs") if p.pid != worker.pid], limit=5) <= 2


@slow
def test_the_killed_database_is_back_within_two_seconds(site: Site) -> None:
    assert site.get("/database")["database"]
    (postmaster,) = site.children("postgres")
    postmaster.kill()
    seconds_until(lambda: not postmaster.is_running() or postmaster.status() == psutil.STATUS_ZOMBIE, limit=1)

    assert seconds_until(lambda: site.children("postgres"), limit=5) <= 2
    seconds_until(lambda: site.get("/database")["database"], limit=60)  # its recovery gets the time it needs


@slow
def test_nobody_is_refused_while_the_only_web_process_is_dead(var: Path) -> None:
    site = Site(var, web_processes=1).start()
    (web,) = site.children("web")
    web.kill()
    web.wait()

    assert site.get()["pid"] != web.pid  # the connection waited for the next process
    site.end(signal.SIGTERM)


@slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_everything_ends_within_five_seconds(site: Site, number: signal.Signals) -> None:
    stream = http.client.HTTPConnection("127.0.0.1", site.port, timeout=5)
    stream.request("GET", "/stream")
    assert stream.getresponse().readline() == b"begun\n"
    assert len(processes_of(site.var)) >= 5

    seconds = site.end(number)
    stream.close()

    assert seconds <= 5
    assert site.process is not None
    assert site.process.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 0)


@slow
def test_everything_ends_on_ctrl_c_while_preparing(var: Path) -> None:
    site = Site(var)
    site.launch()
    seconds_until(lambda: (var / "postgres").exists(), limit=10)
    time.sleep(0.3)
    assert site.end(signal.SIGINT) <= 5
    site.start()  # whatever stood half made is put right
    assert site.end(signal.SIGINT) <= 5


@slow
def test_the_next_start_survives_a_killed_supervisor_and_keeps_what_was_written(site: Site) -> None:
    url = ensure_server(site.var)
    with psycopg.connect(url.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    url.stop()
    site.end(signal.SIGKILL)

    again = Site(site.var).start()
    server = ensure_server(site.var)
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    server.stop()
    assert again.end(signal.SIGINT) <= 5


@slow
def test_the_next_start_takes_over_a_database_whose_guard_was_killed_too(site: Site) -> None:
    guards = [
        process for process in processes_of(site.var) if "tsunagari.core.runtime.guard" in process.cmdline()
    ]
    (postmaster,) = site.children("postgres")
    for guard in guards:
        guard.kill()
    assert site.process is not None
    site.process.kill()
    site.process.wait()
    assert site.process.stdout is not None
    site.process.stdout.close()
    assert postmaster.is_running()

    again = Site(site.var).start()
    assert again.get("/database")["database"]
    assert again.end(signal.SIGINT) <= 5
    assert not postmaster.is_running() or postmaster.status() == psutil.STATUS_ZOMBIE


@slow
def test_a_second_supervisor_says_that_one_is_running(site: Site) -> None:
    assert supervisor_pid(site.var) == site.pid
    second = Site(site.var)
    second.launch()
    assert second.process is not None
    said, _ = second.process.communicate(timeout=20)
    assert second.process.returncode == 1
    assert f"already runs at http://127.0.0.1:0 (process {site.pid})" in said
    assert site.get()["pid"]  # and the first is unharmed


@slow
def test_no_supervisor_has_no_number(var: Path) -> None:
    assert supervisor_pid(var) is None


def test_a_busy_port_is_named_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotRun, match=f"WEB_ADDRESS=127.0.0.1:{port + 1} make run"):
            listen_on(f"127.0.0.1:{port}")


@pytest.mark.parametrize("address", ["8000", "127.0.0.1", "127.0.0.1:port", ":8000", "127.0.0.1:99999", ""])
def test_a_malformed_address_is_refused(address: str) -> None:
    with pytest.raises(CannotRun, match="WEB_ADDRESS"):
        listen_on(address)


def test_an_ipv6_address_is_taken() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with contextlib.closing(listen_on("[::1]:0")) as listener:
        assert listener.family == socket.AF_INET6


def test_a_child_that_keeps_dying_young_comes_back_later_each_time() -> None:
    child = Child("web 1", [], ())
    delays = []
    for moment in range(0, 1000, 100):
        child.started = moment
        child.died(moment + 1)
        delays.append(child.due - moment - 1)
    assert delays[:5] == [0, 0.5, 1, 2, 4]
    assert delays[-1] == 30
    child.started = 2000
    child.died(2100)
    assert child.due == 2100


@pytest.mark.parametrize(("wanted", "least", "most"), [(0, 2, 8), (1, 1, 1), (5, 5, 5)])
def test_web_processes_follow_the_processors_unless_told(wanted: int, least: int, most: int) -> None:
    assert least <= web_process_count(wanted) <= most
