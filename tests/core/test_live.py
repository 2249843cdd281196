"""Live events: replay, hints, lost hints, and connections given back."""

import asyncio
from collections.abc import Sequence

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.test import RequestFactory
from psycopg_pool import ConnectionPool

from tsunagari.core import live, routers
from tsunagari.core.live import Event, event_stream, hint, last_event_id

pytestmark = pytest.mark.django_db(transaction=True)


class Log:
    """Events in the database, as an app would have them."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS test_live; CREATE TABLE test_live (id serial, data text)")

    def add(self, data: str, *, hinting: bool = True) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO test_live (data) VALUES (%s)", [data])
            if hinting:
                hint("room")

    def fetch(self, after: int) -> Sequence[Event]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, data FROM test_live WHERE id > %s ORDER BY id", [after])
            return [Event(id=pk, kind="message", data=data) for pk, data in cursor.fetchall()]

    def close(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE test_live")


@pytest.fixture
async def log():
    made = await sync_to_async(Log)()
    yield made
    await sync_to_async(made.close)()
    # the thread in which asynchronous tests use the database has a connection of its own
    await sync_to_async(lambda: connection.close())()


async def take(stream, count: int, seconds: float = 10) -> list[str]:
    """The data lines of the next ``count`` events."""
    found: list[str] = []
    async with asyncio.timeout(seconds):
        async for part in stream:
            found += [
                line.removeprefix("data: ") for line in part.decode().splitlines() if line.startswith("data")
            ]
            if len(found) >= count:
                break
    return found


async def test_a_stream_replays_from_where_the_client_stopped(log: Log):
    for data in "abc":
        await sync_to_async(log.add)(data)
    stream = event_stream(topic="room", fetch=log.fetch, after=1)
    assert await take(stream, 2) == ["b", "c"]
    await stream.aclose()


async def test_a_hint_brings_an_event_without_waiting_for_the_poll(log: Log):
    stream = event_stream(topic="room", fetch=log.fetch, after=0, poll_seconds=60)
    waiting = asyncio.create_task(take(stream, 1))
    await asyncio.sleep(0.5)
    await sync_to_async(log.add)("now")
    assert await waiting == ["now"]
    await stream.aclose()


async def test_every_hint_lost_loses_no_event(log: Log):
    stream = event_stream(topic="room", fetch=log.fetch, after=0, poll_seconds=0.2)
    waiting = asyncio.create_task(take(stream, 2))
    await asyncio.sleep(0.3)
    await sync_to_async(log.add)("first", hinting=False)
    await sync_to_async(log.add)("second", hinting=False)
    assert await waiting == ["first", "second"]
    await stream.aclose()


async def test_the_listener_comes_back_after_its_connection_was_killed(log: Log):
    stream = event_stream(topic="room", fetch=log.fetch, after=0, poll_seconds=60)
    waiting = asyncio.create_task(take(stream, 1, seconds=20))
    await asyncio.sleep(0.5)

    def kill() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE application_name = 'tsunagari-live' AND datname = current_database()"
            )
            return cursor.fetchone()[0]

    assert await sync_to_async(kill)() == 1
    await asyncio.sleep(0.1)
    await sync_to_async(log.add)("after")
    assert await waiting == ["after"]
    await stream.aclose()


async def test_a_rolled_back_event_sends_no_hint(log: Log):
    listening = live.hints()
    event = listening.watch("room")
    await asyncio.sleep(0.5)
    event.clear()

    def roll_back() -> None:
        with transaction.atomic():
            hint("room")
            transaction.set_rollback(True)

    await sync_to_async(roll_back)()
    await asyncio.sleep(0.3)
    assert not event.is_set()
    listening.leave("room", event)


async def test_the_listener_ends_with_the_last_stream(log: Log):
    stream = event_stream(topic="room", fetch=log.fetch, after=0)
    assert await anext(stream) == b"retry: 2000\n\n"
    await stream.aclose()
    assert live.hints()._listener is None


async def test_fifty_streams_live_on_a_pool_of_two(log: Log):
    """Each reads with a connection that it gives back; more than two at once are never taken."""
    taken, most = 0, 0
    with ConnectionPool(routers.address_of(routers.PRIMARY), min_size=1, max_size=2, timeout=5) as pool:

        def fetch(after: int) -> Sequence[Event]:
            nonlocal taken, most
            with pool.connection() as borrowed:
                taken += 1
                most = max(most, taken)
                rows = borrowed.execute(
                    "SELECT id, data FROM test_live WHERE id > %s ORDER BY id", [after]
                ).fetchall()
                taken -= 1
            return [Event(id=pk, kind="message", data=data) for pk, data in rows]

        streams = [event_stream(topic="room", fetch=fetch, after=0, poll_seconds=60) for _ in range(50)]
        waiting = [asyncio.create_task(take(stream, 2, seconds=30)) for stream in streams]
        await asyncio.sleep(1)
        await sync_to_async(log.add)("one")
        await sync_to_async(log.add)("two")
        assert await asyncio.gather(*waiting) == [["one", "two"]] * 50
        assert most <= 2
        for stream in streams:
            await stream.aclose()


async def test_a_database_that_fails_once_does_not_end_the_stream(log: Log):
    failing = True

    def fetch(after: int) -> Sequence[Event]:
        nonlocal failing
        if failing:
            failing = False
            raise psycopg.OperationalError
        return log.fetch(after)

    await sync_to_async(log.add)("kept")
    stream = event_stream(topic="room", fetch=fetch, after=0, poll_seconds=0.1)
    assert await take(stream, 1) == ["kept"]
    await stream.aclose()


def test_an_event_of_several_lines_stays_one_event():
    assert Event(id=7, kind="message", data="一\n二").encode().decode() == (
        "id: 7\nevent: message\ndata: 一\ndata: 二\n\n"
    )


@pytest.mark.parametrize("given", ["", "abc", "-1", "9" * 40, "１２"])
def test_a_nonsense_id_starts_from_the_beginning(given: str):
    request = RequestFactory().get("/", headers={"Last-Event-ID": given})
    assert last_event_id(request) == 0


def test_the_header_wins_over_the_first_address():
    assert last_event_id(RequestFactory().get("/?after=3", headers={"Last-Event-ID": "5"})) == 5
    assert last_event_id(RequestFactory().get("/?after=3")) == 3
