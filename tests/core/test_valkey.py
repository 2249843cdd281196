"""Pages, limits and hints in a real Valkey: shared by two processes, lost without harm, telling nothing."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.test import RequestFactory, override_settings

from tests.core.test_live import Log, take
from tests.core.test_page_cache import PUBLIC, Clock, Site, ask
from tests.valkeys import RealValkey, wait_until_it_answers
from tsunagari.core import rate_limits, valkey
from tsunagari.core.live import event_stream
from tsunagari.core.page_cache import PageCache
from tsunagari.core.rate_limits import Share, TooOften, limit, within
from tsunagari.core.shared_pages import SharedPages
from tsunagari.core.valkey import Breaker, Valkey

MASTER = b"k" * 32
RELEASE = "one"


@pytest.fixture(scope="module")
def server() -> Iterator[RealValkey]:
    started = RealValkey()
    yield started
    started.end()


@pytest.fixture
def real(server: RealValkey) -> Iterator[RealValkey]:
    """The server, running and empty at the beginning of each test."""
    if server.process.poll() is not None:
        server.come_back()
    wait_until_it_answers(server)
    with server.client() as client:
        client.flushall()
    yield server
    valkey._shared.clear()
    rate_limits._windows.clear()


class Node:
    """One web process: a page cache of its own over a small site, and the Valkey that all share."""

    def __init__(
        self, real: RealValkey, site: Any, clock: Clock | None = None, release: str = RELEASE
    ) -> None:
        self.valkey = Valkey(real.url)
        clock = clock or _now()
        shared = SharedPages(self.valkey, MASTER, release, clock)
        self.site = site
        self.app = PageCache(site, clock=clock, shared=shared)


def _now() -> Clock:
    clock = Clock()
    # a real minute, since Valkey counts the seconds itself; at its beginning, so that it lasts
    clock.now = time.time() // 60 * 60 + 5
    return clock


# -- pages ------------------------------------------------------------------------------------------------


async def test_a_page_is_rendered_once_for_two_processes(real: RealValkey):
    first, second = Node(real, Site(PUBLIC)), Node(real, Site(PUBLIC))
    page = await ask(first.app)
    assert await ask(second.app) == page
    assert (first.site.rendered["/"], second.site.rendered["/"]) == (1, 0)
    # packed or plain, for HEAD, and for who has it already
    assert (await ask(second.app, method="HEAD"))[1] == page[1]
    assert (await ask(second.app, if_none_match=page[1][b"etag"].decode()))[0] == 304
    for node in (first, second):
        await node.valkey.close()


async def test_many_at_once_in_two_processes_cause_one_rendering(real: RealValkey):
    class Slow(Site):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await asyncio.sleep(0.2)
            await super().__call__(scope, receive, send)

    nodes = [Node(real, Slow(PUBLIC)) for _ in range(2)]
    answers = await asyncio.gather(*(ask(node.app) for node in nodes for _ in range(20)))
    assert {answer[2] for answer in answers} == {b"page" * 500}
    assert sum(node.site.rendered["/"] for node in nodes) == 1
    for node in nodes:
        await node.valkey.close()


async def test_whoever_claimed_a_page_and_died_keeps_nobody_waiting(real: RealValkey):
    class Never(Site):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await asyncio.sleep(60)

    dying, other = Node(real, Never(PUBLIC)), Node(real, Site(PUBLIC))
    asked = asyncio.create_task(ask(dying.app))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    assert (await ask(other.app))[0] == 200
    assert time.monotonic() - began < 2
    asked.cancel()
    for node in (dying, other):
        await node.valkey.close()


async def test_only_public_anonymous_pages_are_put_there(real: RealValkey):
    for headers in (
        [(b"cache-control", b"no-store")],
        [*PUBLIC, (b"Set-Cookie", b"desk=1")],
        [*PUBLIC, (b"Vary", b"Cookie")],
        [(b"cache-control", b"private, max-age=60")],
    ):
        node = Node(real, Site(headers, body=b"secret" * 200))
        await ask(node.app)
        await ask(node.app, method="POST")
        await node.valkey.close()
    node = Node(real, Site(PUBLIC, status=503))
    await ask(node.app)
    await ask(Node(real, Site(PUBLIC)).app, query=b"search=words")
    await node.valkey.close()
    with real.client() as client:
        assert [name for name in client.scan_iter() if not name.endswith(b":claim")] == []


async def test_valkey_holds_neither_addresses_nor_text(real: RealValkey):
    node = Node(real, Site(PUBLIC, body=b"<h1>telling words</h1>" * 100))
    await ask(node.app, path="/services/telling-address/")
    held = real.contents()
    assert b"tsunagari:page:" in held
    assert b"telling" not in held
    with real.client() as client:
        assert all(0 < client.ttl(name) <= 60 for name in client.scan_iter())
    await node.valkey.close()


async def test_what_somebody_put_there_is_not_shown(real: RealValkey):
    first, second = Node(real, Site(PUBLIC)), Node(real, Site(PUBLIC))
    await ask(first.app, path="/a")
    await ask(first.app, path="/b")
    with real.client() as client:
        names = [name for name in client.scan_iter() if not name.endswith(b":claim")]
        a, b = (client.get(name) for name in names)
        assert a is not None
        assert b is not None
        # altered, and whole but of another address
        client.set(names[0], a[:-1] + bytes([a[-1] ^ 1]))
        client.set(names[1], a)
    for path in ("/a", "/b"):
        assert (await ask(second.app, path=path))[2] == b"page" * 500
        assert second.site.rendered[path] == 1
    for node in (first, second):
        await node.valkey.close()


async def test_another_release_or_another_minute_finds_nothing(real: RealValkey):
    clock = _now()
    first, other = Node(real, Site(PUBLIC), clock), Node(real, Site(PUBLIC), clock, release="two")
    later = Node(real, Site(PUBLIC), clock)
    await ask(first.app)
    await ask(other.app)
    assert other.site.rendered["/"] == 1
    clock.now += 60
    await ask(later.app)
    assert later.site.rendered["/"] == 1
    for node in (first, other, later):
        await node.valkey.close()


@pytest.mark.parametrize("away", ["killed", "frozen"])
async def test_without_valkey_each_process_goes_on_by_itself(real: RealValkey, away: str):
    node, other = Node(real, Site(PUBLIC)), Node(real, Site(PUBLIC))
    await ask(node.app)
    (real.kill if away == "killed" else real.freeze)()
    slowest = 0.0
    for number in range(40):
        began = time.monotonic()
        assert (await ask(other.app, path=f"/{number}"))[0] == 200
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 0.6
    assert sum(other.site.rendered.values()) == 40
    if away == "killed":
        real.come_back()
    else:
        real.thaw()
    wait_until_it_answers(real)
    other.valkey.breaker._closed_from = 0
    await ask(other.app, path="/back")
    fresh = Node(real, Site(PUBLIC))
    await ask(fresh.app, path="/back")
    assert fresh.site.rendered["/back"] == 0
    for each in (node, other, fresh):
        await each.valkey.close()


def test_a_breaker_rests_longer_each_time_and_lets_one_try():
    now = [0.0]
    breaker = Breaker(clock=lambda: now[0])
    rests = []
    for _ in range(8):
        assert breaker.may_ask()
        breaker.failed()
        began = now[0]
        while not breaker.may_ask():
            now[0] += 0.25
        rests.append(now[0] - began)
        # somebody tries: nobody else does meanwhile
        assert not breaker.may_ask()
        now[0] += 1
    assert rests == [1, 2, 4, 8, 16, 30, 30, 30]
    breaker.went_well()
    assert breaker.may_ask()
    assert breaker.may_ask()


# -- limits -----------------------------------------------------------------------------------------------


def _from(address: str) -> Any:
    return RequestFactory().post("/", REMOTE_ADDR=address)


def _another_process() -> None:
    """Forget what this process knows; Valkey does not."""
    valkey._shared.clear()
    rate_limits._windows.clear()
    rate_limits._window = rate_limits._Window()


def test_limits_hold_for_all_processes_together(real: RealValkey):
    with override_settings(VALKEY_URL=real.url):
        for _ in range(3):
            limit(_from("203.0.113.1"), "test", most=3, now=6_000_000.0)
            _another_process()
        with pytest.raises(TooOften):
            limit(_from("203.0.113.2"), "test", most=3, now=6_000_100.0)
        limit(_from("198.51.100.1"), "test", most=3, now=6_000_100.0)
        # ten minutes later
        limit(_from("203.0.113.1"), "test", most=3, now=6_000_600.0)


@pytest.mark.parametrize("with_valkey", [True, False])
def test_a_share_is_used_up_and_fills_again(real: RealValkey, with_valkey: bool):
    share, now = Share(most=5, per_second=0.5), 6_000_000.0
    with override_settings(VALKEY_URL=real.url if with_valkey else ""):
        _another_process()
        assert [within(_from("203.0.113.1"), "test", share, now=now) for _ in range(7)] == [True] * 5 + [
            False
        ] * 2
        if with_valkey:
            _another_process()
        assert not within(_from("203.0.113.99"), "test", share, now=now + 1)
        assert within(_from("203.0.113.1"), "test", share, now=now + 2.5)
        assert not within(_from("203.0.113.1"), "test", share, now=now + 2.5)
        assert within(_from("198.51.100.1"), "test", share, now=now + 2.5)
        # never more than the whole share, and a clock that goes back gives nothing
        assert [within(_from("203.0.113.1"), "test", share, now=now + 500) for _ in range(6)] == [
            True
        ] * 5 + [False]
        assert not within(_from("203.0.113.1"), "test", share, now=now + 400)


def test_no_network_can_be_read_from_valkey(real: RealValkey):
    with override_settings(VALKEY_URL=real.url):
        limit(_from("203.0.113.77"), "test", most=3, now=6_000_000.0)
        within(_from("203.0.113.77"), "test", Share(5, 1), now=6_000_000.0)
    held = real.contents()
    assert b"203.0.113" not in held
    with real.client() as client:
        assert len(list(client.scan_iter())) == 3
        # all of it, the key too, is gone after at most twenty minutes
        assert all(0 < client.ttl(name) <= 1200 for name in client.scan_iter())
        (first,) = client.scan_iter("tsunagari:count:*")
        client.flushall()
    _another_process()
    with override_settings(VALKEY_URL=real.url):
        limit(_from("203.0.113.77"), "test", most=3, now=6_000_000.0)
    with real.client() as client:
        # the key is random: the same network has another name now
        assert list(client.scan_iter("tsunagari:count:*")) != [first]


def test_limits_go_on_in_the_process_while_valkey_is_away(real: RealValkey):
    with override_settings(VALKEY_URL=real.url):
        _another_process()
        limit(_from("203.0.113.1"), "test", most=2, now=6_000_000.0)
        real.kill()
        began = time.monotonic()
        for _ in range(2):
            limit(_from("203.0.113.1"), "test", most=2, now=6_000_000.0)
        with pytest.raises(TooOften):
            limit(_from("203.0.113.1"), "test", most=2, now=6_000_000.0)
        for _ in range(100):
            within(_from("203.0.113.1"), "test", Share(5, 1), now=6_000_000.0)
        assert time.monotonic() - began < 1


# -- hints ------------------------------------------------------------------------------------------------


@pytest.fixture
async def log():
    made = await sync_to_async(Log)()
    yield made
    await sync_to_async(made.close)()
    await sync_to_async(lambda: connection.close())()


@pytest.mark.django_db(transaction=True)
async def test_a_hint_goes_through_valkey_and_not_through_the_database(real: RealValkey, log: Log):
    with override_settings(VALKEY_URL=real.url):
        stream = event_stream(topic="room", fetch=log.fetch, after=0, poll_seconds=60)
        waiting = asyncio.create_task(take(stream, 1))
        await asyncio.sleep(0.5)

        def listeners() -> int:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE application_name = 'tsunagari-live' AND datname = current_database()"
                )
                return int(cursor.fetchone()[0])

        assert await sync_to_async(listeners)() == 0
        await sync_to_async(log.add)("now")
        assert await waiting == ["now"]
        await stream.aclose()


@pytest.mark.django_db(transaction=True)
async def test_every_hint_lost_with_valkey_loses_no_event(real: RealValkey, log: Log):
    with override_settings(VALKEY_URL=real.url):
        stream = event_stream(topic="room", fetch=log.fetch, after=0, poll_seconds=0.3)
        waiting = asyncio.create_task(take(stream, 3, seconds=20))
        await asyncio.sleep(0.3)
        real.kill()
        for data in ("first", "second"):
            await sync_to_async(log.add)(data)
        await asyncio.sleep(0.6)
        real.come_back()
        await sync_to_async(log.add)("third")
        assert await waiting == ["first", "second", "third"]
        await stream.aclose()


@pytest.mark.django_db(transaction=True)
async def test_listening_begins_again_when_valkey_is_back(real: RealValkey, log: Log):
    with override_settings(VALKEY_URL=real.url):
        stream = event_stream(topic="room", fetch=log.fetch, after=0, poll_seconds=60)
        waiting = asyncio.create_task(take(stream, 1, seconds=30))
        await asyncio.sleep(0.5)
        real.kill()
        await asyncio.sleep(0.3)
        real.come_back()
        await asyncio.sleep(2)
        shared = valkey.shared(real.url)
        assert shared is not None
        shared.breaker._closed_from = 0
        await sync_to_async(log.add)("after")
        assert await waiting == ["after"]
        await stream.aclose()


@pytest.mark.django_db(transaction=True)
async def test_no_topic_can_be_read_from_the_channel(real: RealValkey, log: Log):
    heard: list[bytes] = []
    with override_settings(VALKEY_URL=real.url), real.client() as client, client.pubsub() as listening:
        listening.psubscribe("*")
        listening.get_message(timeout=1)
        await sync_to_async(log.add)("now")
        await asyncio.sleep(0.2)
        while (message := listening.get_message(timeout=0.2)) is not None:
            heard.append(repr(message).encode())
    assert len(heard) == 1
    assert b"room" not in heard[0]


def test_the_setting_is_empty_unless_given():
    assert settings.VALKEY_URL == ""
    assert valkey.shared("") is None
