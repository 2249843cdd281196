"""Open streams that cost little: Django decides who may listen, then lets go; a channel stays.

A request that Django answers keeps a thread and its middleware's objects until its last byte; a stream's
last byte comes in hours. So Django answers a stream's request as any other, with all its checks and headers,
and the view hands over what shall be opened (``hand_over``). Only then, with Django's thread and database
connection given back, the layer here sends the headers and keeps the channel open: one coroutine that waits
for the client to go, and a few bytes that wait to be written.
"""

import asyncio
from collections.abc import Callable, Collection, MutableMapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from tsunagari.core.live import HEARTBEAT_SECONDS
from tsunagari.core.page_cache import Application, Receive, Scope, Send

HANDED = "tsunagari.handed"
MOST_PENDING = 256 * 1024
"""Bytes for a client that does not read; then it is let go, and comes back where it stopped."""
RETRY = b"retry: 2000\n\n"
LOOK_SECONDS = 2.0


class Channel:
    """An open stream; ``push`` never waits: a task writes as long as there is something to write."""

    __slots__ = ("_ending", "_pending", "_send", "_writing", "spoken")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._pending = b""
        self._writing: asyncio.Task[None] | None = None
        self._ending = False
        self.spoken = asyncio.get_running_loop().time()

    @property
    def ended(self) -> bool:
        """Whether nothing more is taken."""
        return self._ending

    def push(self, data: bytes) -> None:
        """Send this after what waits already."""
        if self._ending:
            return
        self._pending += data
        if len(self._pending) > MOST_PENDING:
            self._pending = b""
            self.end()
            return
        self._write_soon()

    def end(self) -> None:
        """Close once everything is written."""
        self._ending = True
        self._write_soon()

    def gone(self) -> None:
        """The client has gone."""
        self._ending, self._pending = True, b""
        if self._writing is not None:
            self._writing.cancel()

    def _write_soon(self) -> None:
        if self._writing is None:
            loop = asyncio.get_running_loop()
            self.spoken = loop.time()
            self._writing = loop.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._pending:
                data, self._pending = self._pending, b""
                await self._send({"type": "http.response.body", "body": data, "more_body": True})
            if self._ending:
                await self._send({"type": "http.response.body", "body": b""})
        finally:
            self._writing = None


Opening = Callable[[Channel], Callable[[], None]]
"""Begins to feed a channel, in the event loop; what it returns ends that."""


def hand_over(request: HttpRequest, opening: Opening) -> HttpResponse:
    """The answer of a view whose stream shall be opened by the layer outside of Django.

    Without the layer it is a stream that ends at once, and the client comes again.
    """
    handed = getattr(request, "scope", {}).get(HANDED)
    if handed is not None:
        handed.append(opening)
    return HttpResponse(
        RETRY,
        content_type="text/event-stream; charset=utf-8",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


class Streams:
    """An ASGI application around another one: GET of ``paths`` goes to Django at once, and may stay open."""

    def __init__(self, application: Application, django: Application, paths: Collection[str]) -> None:
        self.application = application
        self.django = django
        self.paths = frozenset(paths)
        self._open: set[Channel] = set()
        self._heart: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; keep open what a view has handed over."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in self.paths:
            await self.application(scope, receive, send)
            return
        opening = await self._ask(scope, send)
        if opening is None:
            return
        channel = Channel(send)
        channel.push(RETRY)
        close = opening(channel)
        del opening
        self._keep(channel)
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            close()
            channel.gone()
            self._open.discard(channel)

    async def _ask(self, scope: Scope, send: Send) -> Opening | None:
        """Let Django answer; None when its answer is sent and that was all."""
        handed: list[Opening] = []
        answer: list[MutableMapping[str, Any]] = []
        asked = False

        async def no_body() -> MutableMapping[str, Any]:
            nonlocal asked
            if asked:
                await asyncio.get_running_loop().create_future()
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def collect(message: MutableMapping[str, Any]) -> None:
            answer.append(message)

        await self.django({**scope, HANDED: handed}, no_body, collect)
        start = answer[0]
        if not handed or start["status"] != 200:
            for message in answer:
                await send(message)
            return None
        headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        await send({**start, "headers": headers})
        return handed[0]

    def _keep(self, channel: Channel) -> None:
        self._open.add(channel)
        if self._heart is None or self._heart.done():
            self._heart = asyncio.get_running_loop().create_task(self._beat())

    async def _beat(self) -> None:
        """A comment on every channel that was silent for long: proxies and phones close silent lines."""
        while self._open:
            await asyncio.sleep(LOOK_SECONDS)
            late = asyncio.get_running_loop().time() - HEARTBEAT_SECONDS
            for channel in list(self._open):
                if channel.spoken < late:
                    channel.push(b": \n\n")
