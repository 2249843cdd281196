"""Live events: Server-Sent Events down, with the database as the truth and notifications as hints.

A stream reads what it has not sent yet (``fetch(after)``), sends it, then waits for a hint on its topic or
for a poll. Losing every hint loses no event: it only comes a few seconds later. A stream holds a database
connection only while it reads. One connection per process, outside the pool, listens for hints: in PostgreSQL
or in a Valkey (``VALKEY_URL``), so that not every node holds a connection to the primary. There a topic
is told as an HMAC; while Valkey is away the polls bring everything. What is never stored ("somebody is
typing") travels as a hint with a kind (``signal``). Many streams read together: ``core.feed``.

Source: WHATWG HTML, 9.2 Server-sent events.
"""

import asyncio
import functools
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import psycopg
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error, connection, transaction
from django.http import HttpRequest, StreamingHttpResponse

from tsunagari.core import valkey
from tsunagari.core.crypto import keyed_digest
from tsunagari.core.routers import PRIMARY, address_of

logger = logging.getLogger("tsunagari.live")

CHANNEL = "tsunagari_live"
POLL_SECONDS = 5.0
HEARTBEAT_SECONDS = 20.0
RECONNECT_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Event:
    """One event; ``data`` is one text, of any number of lines.

    ``id``: from where a client that comes back goes on, on one line; "" where it says nothing about that.
    """

    id: int | str
    kind: str
    data: str

    def encode(self) -> bytes:
        """The event as it goes over the wire."""
        lines = "".join(f"data: {line}\n" for line in self.data.split("\n"))
        name = f"id: {self.id}\n" if self.id != "" else ""
        return f"{name}event: {self.kind}\n{lines}\n".encode()


Fetch = Callable[[int], Sequence[Event]]
"""Events with a number as id above the given one, in order; runs in a thread, may use the database."""


def hint(topic: str) -> None:
    """Tell the streams of ``topic`` to look, when the transaction commits (at once outside of one)."""
    _tell(topic, "")


def signal(topic: str, kind: str) -> None:
    """Tell the streams of ``topic`` something of this moment: it is never stored, and may be lost."""
    _tell(topic, kind)


def _tell(topic: str, kind: str) -> None:
    server = valkey.shared(settings.VALKEY_URL)
    if server is not None:
        told = f"{_name_of(topic)} {kind}".rstrip()
        transaction.on_commit(lambda: server.ask(lambda client: client.publish(CHANNEL, told), 0))
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{topic} {kind}".rstrip()])


@functools.lru_cache(maxsize=4096)
def _name_of(topic: str) -> str:
    """What stands for a topic in Valkey: who listens there learns no conversation's id."""
    return keyed_digest(settings.MASTER_KEY, "live-topic", topic).hex()


class Waiter(Protocol):
    """Whom a hint reaches, in the event loop."""

    def set(self) -> None:
        """There may be something new."""

    def signal(self, kind: str) -> None:
        """Something of this moment."""


class Wake(asyncio.Event):
    """A waiter to wait for; signals say nothing to it."""

    def signal(self, kind: str) -> None:
        """Nothing."""


class Hints:
    """The process's one listening connection; it connects with its first waiter and whenever it is lost."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[Waiter]] = defaultdict(set)
        self._topics: dict[str, str] = {}
        """Topics by what stands for them in Valkey."""
        self._listener: asyncio.Task[None] | None = None

    async def wait(self, topic: str, event: Wake, seconds: float) -> None:
        """Return at a hint for ``topic`` or after ``seconds``. ``event`` comes from ``watch``."""
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return
        finally:
            event.clear()

    def watch(self, topic: str) -> Wake:
        """Start to collect hints for ``topic``; call before the first read, so that none falls between."""
        event = Wake()
        self.join(topic, event)
        return event

    def join(self, topic: str, waiter: Waiter) -> None:
        """Let hints for ``topic`` reach ``waiter``, until it leaves."""
        self._waiting[topic].add(waiter)
        if settings.VALKEY_URL:
            self._topics[_name_of(topic)] = topic
        if self._listener is None or self._listener.done():
            self._listener = asyncio.get_running_loop().create_task(self._listen())

    def leave(self, topic: str, waiter: Waiter) -> None:
        """Stop to collect; the listener ends with the last waiter."""
        self._waiting[topic].discard(waiter)
        if not self._waiting[topic]:
            del self._waiting[topic]
            if settings.VALKEY_URL:
                self._topics.pop(_name_of(topic), None)
        if not self._waiting and self._listener is not None:
            self._listener.cancel()
            self._listener = None

    async def _listen(self) -> None:
        server = valkey.shared(settings.VALKEY_URL)
        failures = 0
        while True:
            try:
                async for told in _of_postgres() if server is None else _of_valkey(server, self._topics):
                    failures = 0
                    if told is None:
                        # it has just begun to listen; hints may have been lost before
                        self._wake_all()
                    else:
                        self._wake(*told)
            except (psycopg.OperationalError, *valkey.AWAY):
                logger.warning("listen", extra={"event": "listen_lost"})
            await asyncio.sleep(RECONNECT_SECONDS[min(failures, len(RECONNECT_SECONDS) - 1)])
            failures += 1

    def _wake_all(self) -> None:
        for waiters in list(self._waiting.values()):
            for waiter in waiters:
                waiter.set()

    def _wake(self, topic: str, kind: str) -> None:
        for waiter in list(self._waiting.get(topic, ())):
            if kind:
                waiter.signal(kind)
            else:
                waiter.set()


async def _of_postgres() -> AsyncIterator[tuple[str, str] | None]:
    """None when it begins to listen, then each topic that is hinted at and the kind of the signal, if any."""
    async with await psycopg.AsyncConnection.connect(
        address_of(PRIMARY, application_name="tsunagari-live"), autocommit=True
    ) as listening:
        await listening.execute(f"LISTEN {CHANNEL}")
        yield None
        async for notification in listening.notifies():
            topic, _, kind = notification.payload.partition(" ")
            yield topic, kind


async def _of_valkey(
    server: valkey.Valkey, topics: Mapping[str, str]
) -> AsyncIterator[tuple[str, str] | None]:
    """The same; of the names that come, those of topics for which somebody waits."""
    async with server.client_of_loop().pubsub() as listening:
        await listening.subscribe(CHANNEL)
        yield None
        while True:
            message = await listening.get_message(ignore_subscribe_messages=True, timeout=HEARTBEAT_SECONDS)
            if message is not None:
                name, _, kind = message["data"].decode().partition(" ")
                if name in topics:
                    yield topics[name], kind


_hints_of_loop: dict[int, tuple[asyncio.AbstractEventLoop, Hints]] = {}


def hints() -> Hints:
    """The hints of the running event loop (a web process has one loop, tests have many)."""
    loop = asyncio.get_running_loop()
    found = _hints_of_loop.get(id(loop))
    if found is None or found[0] is not loop:
        found = (loop, Hints())
        _hints_of_loop[id(loop)] = found
    return found[1]


def _give_back() -> None:
    """Return this thread's connection to the pool (looked up here: each thread has its own)."""
    connection.close()


def _read(fetch: Fetch, after: int) -> Sequence[Event]:
    """Read in this thread and give the connection back to the pool."""
    try:
        return fetch(after)
    finally:
        _give_back()


async def event_stream(
    *, topic: str, fetch: Fetch, after: int, poll_seconds: float = POLL_SECONDS
) -> AsyncIterator[bytes]:
    """Yield the events of ``topic`` after id ``after``, without end, with a comment as heartbeat.

    A read that fails (the database is away) is tried again with the next hint or poll.
    """
    listening = hints()
    event = listening.watch(topic)
    loop = asyncio.get_running_loop()
    spoken = loop.time()
    try:
        yield b"retry: 2000\n\n"
        while True:
            try:
                found = await sync_to_async(_read, thread_sensitive=False)(fetch, after)
            except (Error, psycopg.OperationalError, psycopg.InterfaceError) as error:
                logger.warning("stream", extra={"event": type(error).__name__})
                found = ()
            for item in found:
                yield item.encode()
                after = int(item.id)
                spoken = loop.time()
            if loop.time() - spoken >= HEARTBEAT_SECONDS:
                yield b": \n\n"
                spoken = loop.time()
            if not found:
                await listening.wait(topic, event, poll_seconds)
    finally:
        listening.leave(topic, event)


def last_event_id(request: HttpRequest) -> int:
    """Where the client stopped (``Last-Event-ID``, or ``?after=`` at first); 0 for nonsense."""
    given = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0


async def stream_response(*, topic: str, fetch: Fetch, after: int) -> StreamingHttpResponse:
    """A response that streams; the request's own database connection is given back before its first byte."""
    await sync_to_async(_give_back)()
    return StreamingHttpResponse(
        event_stream(topic=topic, fetch=fetch, after=after),
        content_type="text/event-stream; charset=utf-8",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
