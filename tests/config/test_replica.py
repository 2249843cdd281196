"""The whole site over a primary and a real streaming replica: who answers, and what happens when one dies."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
import pytest
from django.conf import settings
from django.urls import reverse

from tests.config.test_access import ARGUMENTS, EXPECTED
from tests.replicas import Replica, ask, start_primary, wait_for_replay
from tsunagari.core.access import Kind
from tsunagari.core.runtime.postgres import DATABASE, ROLE, Server
from tsunagari.directory.services.loading import entry_id

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("replica")]

SERVICE = entry_id("service", "yorisoi")
LAG = 2
FLUSH_SECONDS = 12
"""PostgreSQL's sessions tell their counts after ten idle seconds at the latest."""
# what no database answers, and what asks the primary on purpose
ELSEWHERE = {
    "healthz",
    "hsds:unknown",
    # the chat is never behind; without the primary its pages show whom to call instead
    "talk:entry",
    "talk:begin",
    "talk:begin_young",
    "talk:come_back",
    "talk_room:room",
    "talk_room:status",
    "talk_room:safety",
    "talk_room:callback",
    "talk_room:after",
    "talk_room:summary",
    "talk_room:say",
    "talk_room:here",
    "talk_room:key",
    "talk_room:end",
    "talk_room:rate",
    "talk_room:delete",
    "talk_room:leave",
    "consultation_streams:person",
    # an answer to a mail, which must be seen at once
    "upkeep:confirm",
}
# what was just written must be seen: the primary answers as long as it is there, and then the replica
NEWEST = {"council:trace", "council:traced"}


PUBLISH = """
import json
import django
django.setup()
from django.utils import timezone
from tests.published import publish_everything
print(json.dumps(publish_everything(timezone.now()).arguments(), default=str))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Pair:
    """A primary with the directory in it, and its replica."""

    primary: Server
    replica: Replica
    arguments: dict[str, dict[str, Any]]
    """What fills the arguments of public pages of plan and council."""

    def primary_readings(self) -> dict[object, object]:
        """How often each table was read on the primary, but those that the chat's sweep looks through."""
        time.sleep(FLUSH_SECONDS)
        rows = ask(
            self.primary.socket,
            "SELECT relname, seq_scan + coalesce(idx_scan, 0) FROM pg_stat_user_tables"
            " WHERE relname !~ '^(consultation|procrastinate)_'",
        )
        return {name: count for name, count in rows}

    def primary_clients(self) -> list[tuple[object, ...]]:
        """Applications that hold a connection to the primary on the site's behalf."""
        return ask(
            self.primary.socket,
            "SELECT application_name, query FROM pg_stat_activity WHERE application_name = 'tsunagari'",
        )


@dataclass
class Site:
    """A running web process over the pair."""

    port: int

    def ask(
        self, path: str, form: dict[str, str] | None = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """Status, headers and body."""
        client = HTTPConnection("127.0.0.1", self.port, timeout=30)
        if form is None:
            client.request("GET", path, headers=headers)
        else:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            client.request("POST", path, body=urlencode(form), headers=kind)
        response = client.getresponse()
        body = response.read().decode(errors="replace")  # pictures and sheets, too
        client.close()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, body

    def status(self, path: str, form: dict[str, str] | None = None) -> int:
        """Its status alone; no page is answered from the page cache, since each address is asked once."""
        # the API refuses parameters that it does not know
        once = "" if path.startswith("/api/") else f"{'&' if '?' in path else '?'}n={time.monotonic_ns()}"
        return self.ask(path + once, form)[0]

    def ready(self) -> dict[str, object]:
        """What ``/readyz`` says."""
        content: dict[str, object] = json.loads(self.ask("/readyz")[2])
        return content


@contextmanager
def served(primary_url: str, replica_url: str) -> Iterator[Site]:
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": primary_url,
        "DATABASE_REPLICA_URL": replica_url,
        "DATABASE_REPLICA_LAG": str(LAG),
        "DJANGO_SETTINGS_MODULE": "tsunagari.config.settings",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "tsunagari.config.asgi:application", "--port", str(port)],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    site = Site(port)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                assert site.status("/readyz") == 200
                break
            except OSError:
                assert process.poll() is None, "the site ended at its start"
                assert time.monotonic() < deadline, "the site did not start"
                time.sleep(0.2)
        yield site
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    folders = [Path(settings.VAR_DIR) / f"replica-{os.getpid()}-{name}" for name in ("primary", "standby")]
    primary = start_primary(folders[0])
    replica = None
    try:
        environment = os.environ | {
            "DATABASE_URL": primary.url,
            "DJANGO_SETTINGS_MODULE": "tsunagari.config.settings",
        }
        for command in (["migrate", "-v0"], ["load_directory"]):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=settings.BASE_DIR,
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        published = subprocess.run(
            [sys.executable, "-c", PUBLISH],
            cwd=settings.BASE_DIR,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        replica = Replica.of(primary, folders[1])
        wait_for_replay(primary, replica)
        yield Pair(primary, replica, json.loads(published.stdout))
    finally:
        if replica is not None:
            replica.kill()
        primary.kill()
        for folder in folders:
            outside = folder / "postgres" / "location"
            if outside.exists():
                shutil.rmtree(outside.read_text(), ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def site(pair: Pair) -> Iterator[Site]:
    with served(pair.primary.url, pair.replica.url) as running:
        yield running


def public_addresses(pair: Pair) -> dict[str, str]:
    found = {}
    for name, access in EXPECTED.items():
        if access.kind is Kind.PUBLIC and name not in ELSEWHERE:
            arguments = ARGUMENTS[name](None) if name in ARGUMENTS else None  # type: ignore[arg-type]
            found[name] = reverse(name, kwargs=pair.arguments.get(name, arguments))
    return found


def search(site: Site, words: str) -> str:
    """The page of results, after the POST and its redirection."""
    status, headers, _ = site.ask("/search/", {"q": words})
    assert status == 303
    status, _, page = site.ask(headers["location"])
    assert status == 200
    return page


def report(site: Site) -> int:
    """The status of a report of a mistake, which is written to the primary."""
    return site.ask(f"/services/{SERVICE}/mistake/", {"kind": "number", "text": "つながらない"})[0]


def test_every_public_address_is_answered_by_the_replica_alone(pair: Pair, site: Site):
    addresses = {name: path for name, path in public_addresses(pair).items() if name not in NEWEST}
    assert len(addresses) > 20
    before = pair.primary_readings()
    answered = {name: site.status(address) for name, address in addresses.items()}
    assert {name: status for name, status in answered.items() if status >= 500} == {}
    assert answered["portal:home"] == answered["portal:area"] == answered["hsds:services"] == 200
    assert {name: answered[name] for name in pair.arguments if answered[name] != 200} == {}
    whole = site.ask(f"{addresses['portal:open_data_lines']}?whole")[2].splitlines()
    assert str(SERVICE) in "".join(whole)
    listed = site.ask(f"{addresses['portal:area_csv']}?whole")[2].splitlines()
    assert listed[0].startswith("\ufeff全国地方公共団体コード,")
    assert len(listed) > 1
    assert "よりそい" in search(site, "夜中に話せるところ")
    for path in ("/api/hsds/services?format=ndjson&full=true", f"/services/{SERVICE}/"):
        assert site.status(path) == 200
    body = json.dumps({"q": "相談"})
    client = HTTPConnection("127.0.0.1", site.port, timeout=30)
    client.request("POST", "/api/search", body=body, headers={"Content-Type": "application/json"})
    assert client.getresponse().status == 200
    client.close()
    # nobody has asked the primary for anything, and the replica was asked for much
    assert pair.primary_readings() == before
    ((standby, clients),) = pair.replica.ask(
        "SELECT pg_is_in_recovery(), count(*) FROM pg_stat_activity"
        " WHERE application_name = 'tsunagari-public'"
    )
    assert standby is True
    assert int(str(clients)) >= 1


def test_what_writes_uses_the_primary(pair: Pair, site: Site):
    ((before,),) = ask(pair.primary.socket, "SELECT count(*) FROM directory_mistakereport")
    assert report(site) == 303
    assert pair.primary_clients() != []
    ((after,),) = ask(pair.primary.socket, "SELECT count(*) FROM directory_mistakereport")
    assert int(str(after)) == int(str(before)) + 1


def test_nothing_can_be_written_through_the_replicas_address(pair: Pair):
    """Because it is a standby, and because of the setting where the address leads to a primary."""
    write = "from django.db import connections\nimport django\ndjango.setup()\n" + (
        "connections['replica'].cursor().execute('CREATE TABLE written (id int)')"
    )
    for address in (pair.replica.url, pair.primary.url):
        done = subprocess.run(
            [sys.executable, "-c", write],
            cwd=settings.BASE_DIR,
            env=os.environ
            | {
                "DATABASE_URL": pair.primary.url,
                "DATABASE_REPLICA_URL": address,
                "DJANGO_SETTINGS_MODULE": "tsunagari.config.settings",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert "read-only transaction" in done.stderr


def test_a_replica_that_falls_behind_is_left_until_it_has_caught_up(pair: Pair, site: Site):
    assert site.ready() == {"status": "ready", "replica": {"state": "up", "lag_seconds": 0}}
    pair.replica.ask("SELECT pg_wal_replay_pause()")
    new = "行き先が変わりました"
    try:
        with psycopg.connect(pair.primary.url) as connection:
            connection.execute("UPDATE directory_service SET alert = %s WHERE id = %s", [new, SERVICE])
        deadline = time.monotonic() + 20
        while (site.ready()["replica"]["lag_seconds"] or 0) <= LAG:  # type: ignore[index]
            # a little behind: still read there
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert new in site.ask(f"/services/{SERVICE}/?late")[2]
        assert pair.primary_clients() != []
    finally:
        pair.replica.ask("SELECT pg_wal_replay_resume()")
    deadline = time.monotonic() + 20
    while site.ready()["replica"] != {"state": "up", "lag_seconds": 0}:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert new in site.ask(f"/services/{SERVICE}/?caught-up")[2]


@contextmanager
def visited(site: Site) -> Iterator[list[tuple[str, int, float]]]:
    """Four visitors ask for pages all the time; what they got: path, status, seconds."""
    got: list[tuple[str, int, float]] = []
    stop = threading.Event()

    def visit(paths: list[str]) -> None:
        while not stop.is_set():
            for path in paths:
                began = time.monotonic()
                status = site.status(path)
                got.append((path, status, time.monotonic() - began))

    threads = [
        threading.Thread(target=visit, args=(paths,))
        for paths in (["/", "/areas/131041/"], [f"/services/{SERVICE}/"], ["/talk-now/"], ["/needs/life/"])
    ]
    for thread in threads:
        thread.start()
    try:
        yield got
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_the_replica_dies_and_nobody_notices(pair: Pair, site: Site):
    search(site, "相談")
    with visited(site) as got:
        time.sleep(1)
        pair.replica.kill()
        time.sleep(4)
        died = len(got)
        assert search(site, "死にたい").count("danger")
        assert site.ready()["replica"]["state"] == "away"  # type: ignore[index]
        time.sleep(1)
        pair.replica.start()
        time.sleep(3)
    assert died > 10
    assert {status for _, status, _ in got} == {200}
    assert max(seconds for _, _, seconds in got) < 5
    assert site.ready()["replica"]["state"] == "up"  # type: ignore[index]


def test_the_primary_dies_and_the_public_pages_stay(pair: Pair, site: Site):
    assert report(site) == 303
    with visited(site) as got:
        time.sleep(1)
        ask_pid = pair.primary.pid
        assert ask_pid is not None
        os.kill(ask_pid, signal.SIGQUIT)  # at once, as after a loss of power
        while pair.primary.alive():
            time.sleep(0.02)
        time.sleep(3)
        answered = {name: site.status(path) for name, path in public_addresses(pair).items()}
        assert {name: status for name, status in answered.items() if status >= 500} == {}
        assert {name: answered[name] for name in pair.arguments if answered[name] != 200} == {}
        assert str(SERVICE) in site.ask(f"{public_addresses(pair)['portal:open_data_lines']}?without")[2]
        assert search(site, "死にたい").count("danger")
        assert site.ready()["status"] == "public pages only"
        # what needs the primary says whom to call, and does not let anybody wait
        began = time.monotonic()
        status, headers, page = site.ask(f"/services/{SERVICE}/mistake/", {"kind": "number"})
        assert (status, "0120-279-338" in page, headers["cache-control"]) == (503, True, "no-store")
        assert time.monotonic() - began < 1
        # what somebody has written stays on that page, to be sent once more
        comment = public_addresses(pair)["council:comment"]
        words = {"body": "電話を<b>ふやして", "label": "30代", "once": "x"}
        status, headers, page = site.ask(comment, words)
        assert (status, headers["cache-control"]) == (503, "no-store")
        assert "電話を&lt;b&gt;ふやして</textarea>" in page
        assert '<input type="hidden" name="label" value="30代">' in page
        assert "文は下に残っています" in page
        # a search for a receipt only reads
        assert site.status("/council/rounds/trace/", {"code": "ABCD-EFGH-JKMN-PQRS"}) == 422
        pair.primary.revive()
        time.sleep(3)
    assert {status for _, status, _ in got} == {200}
    assert max(seconds for _, _, seconds in got) < 5
    assert report(site) == 303
    assert site.ask(comment, words)[0] == 303
    assert site.ready()["status"] == "ready"


def test_after_a_failover_the_new_primary_is_found_by_the_same_addresses(pair: Pair):
    """As with Patroni: the address names every server; libpq takes the one that can be written to."""
    hosts = f"{pair.primary.socket},{pair.replica.socket}"
    everyone = f"postgresql://{ROLE}@/{DATABASE}?host={quote(hosts, safe='')}"
    with served(
        f"{everyone}&target_session_attrs=read-write", f"{everyone}&target_session_attrs=prefer-standby"
    ) as site:
        assert report(site) == 303
        pair.primary.kill()
        assert site.status("/") == 200
        pair.replica.ask("SELECT pg_promote(true, 20)")
        deadline = time.monotonic() + 30
        while report(site) != 303 or site.ready()["status"] != "ready":
            assert time.monotonic() < deadline, "the new primary was not found"
            time.sleep(0.5)
        assert site.status("/") == 200
