"""The outermost layer: public pages from memory, compressed once.

A page that its view marked ``Cache-Control: public`` is kept per address until the minute ends, since "open
now" may change with the minute. The language is part of the address, so the address is the whole key.
Django's middleware is not entered at all on a hit. Many requests for one missing page cause one rendering.
"""

import asyncio
import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

MOST_BYTES = 64 * 1024 * 1024
LARGEST_PAGE = 2 * 1024 * 1024
SMALLEST_COMPRESSED = 600
COMPRESSIBLE = (
    b"text/",
    b"application/json",
    b"application/javascript",
    b"image/svg+xml",
    b"application/x-ndjson",
)


@dataclass(frozen=True, slots=True)
class Page:
    """A kept page: the minute it is of, its headers without length and encoding, and its body twice."""

    minute: int
    headers: Headers
    etag: bytes
    plain: bytes
    packed: bytes | None

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return len(self.plain) + len(self.packed or b"") + 1_000


class _Recorder:
    """Collects a response; lets it through as it comes when it is not to be kept."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.start: MutableMapping[str, Any] | None = None
        self.body = bytearray()
        self.keeping = False
        self.complete = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            self.keeping = message["status"] == 200 and _may_be_kept(message["headers"])
            if not self.keeping:
                await self.send(message)
            return
        if not self.keeping:
            await self.send(message)
            return
        self.body += message.get("body", b"")
        self.complete = not message.get("more_body", False)
        if len(self.body) > LARGEST_PAGE and not self.complete:
            self.keeping = False
            assert self.start is not None  # noqa: S101 - ASGI: start comes before any body
            await self.send(self.start)
            await self.send({"type": "http.response.body", "body": bytes(self.body), "more_body": True})


def _may_be_kept(headers: Headers) -> bool:
    found = {name.lower(): value for name, value in headers}
    return (
        b"public" in found.get(b"cache-control", b"")
        and b"set-cookie" not in found
        and b"cookie" not in found.get(b"vary", b"").lower()
    )


def _page(minute: int, headers: Headers, body: bytes) -> Page:
    kept = [
        (n.lower(), v) for n, v in headers if n.lower() not in {b"content-length", b"etag", b"x-request-id"}
    ]
    types = dict(kept)
    compressible = (
        types.get(b"content-type", b"").startswith(COMPRESSIBLE) and b"content-encoding" not in types
    )
    packed = None
    if compressible and len(body) >= SMALLEST_COMPRESSED:
        packed = gzip.compress(body, 6, mtime=0)
    etag = b'"' + hashlib.sha256(body).hexdigest()[:24].encode() + b'"'
    return Page(minute, kept, etag, body, packed)


class PageCache:
    """An ASGI application around another one. ``clock`` gives seconds since the epoch."""

    def __init__(
        self,
        application: Application,
        *,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.application = application
        self.most_bytes = most_bytes
        self.clock = clock
        self._pages: OrderedDict[bytes, Page] = OrderedDict()
        self._bytes = 0
        self._making: dict[bytes, asyncio.Future[None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass on and keep what may be kept."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self.application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if b"range" in headers:
            await self.application(scope, receive, send)
            return
        key = _key(scope, headers)
        page = self._kept(key)
        if page is None and key in self._making:
            # somebody is rendering this page at this moment; if it was not for keeping, render it ourselves
            await asyncio.wait([self._making[key]])
            page = self._kept(key)
        if page is not None:
            await _answer(page, scope, headers, send)
            return
        await self._make(key, scope, headers, receive, send)

    def _kept(self, key: bytes) -> Page | None:
        page = self._pages.get(key)
        if page is None or page.minute != int(self.clock() // 60):
            return None
        self._pages.move_to_end(key)
        return page

    async def _make(
        self, key: bytes, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send
    ) -> None:
        minute = int(self.clock() // 60)
        recorder = _Recorder(send)
        making = asyncio.get_running_loop().create_future()
        self._making.setdefault(key, making)
        # HEAD is answered from the page that GET would give
        inner = dict(scope, method="GET") if scope["method"] == "HEAD" else dict(scope)
        inner["headers"] = [(n, v) for n, v in scope["headers"] if n != b"if-none-match"]
        try:
            await self.application(inner, receive, _without_body(recorder, scope))
            if recorder.keeping and recorder.complete and recorder.start is not None:
                page = _page(minute, recorder.start["headers"], bytes(recorder.body))
                if len(page.plain) <= LARGEST_PAGE:
                    self._keep(key, page)
                await _answer(page, scope, headers, send)
        finally:
            if self._making.get(key) is making:
                del self._making[key]
            making.set_result(None)

    def _keep(self, key: bytes, page: Page) -> None:
        old = self._pages.pop(key, None)
        self._bytes += page.size - (old.size if old else 0)
        self._pages[key] = page
        while self._bytes > self.most_bytes and self._pages:
            _, dropped = self._pages.popitem(last=False)
            self._bytes -= dropped.size


def _key(scope: Scope, headers: Mapping[bytes, bytes]) -> bytes:
    path = scope.get("raw_path") or scope["path"].encode()
    # the host stands in absolute links; whether whitenoise has a packed file depends on what is accepted
    packed = b"gzip" if b"gzip" in headers.get(b"accept-encoding", b"") else b""
    return b"\n".join(
        (path, scope["query_string"], headers.get(b"host", b""), packed, scope["scheme"].encode())
    )


def _without_body(recorder: _Recorder, scope: Scope) -> Send:
    """For HEAD, a response that is not kept goes out without its body."""
    if scope["method"] != "HEAD":
        return recorder

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body" and not recorder.keeping:
            message = {**message, "body": b""}
        await recorder(message)

    return send


async def _answer(page: Page, scope: Scope, request: Mapping[bytes, bytes], send: Send) -> None:
    headers = [*page.headers, (b"etag", page.etag)]
    tags = [tag.strip().removeprefix(b"W/") for tag in request.get(b"if-none-match", b"").split(b",")]
    if page.etag in tags:
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    body = page.plain
    if page.packed is not None:
        headers.append((b"vary", b"accept-encoding"))
        if b"gzip" in request.get(b"accept-encoding", b""):
            body = page.packed
            headers.append((b"content-encoding", b"gzip"))
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
