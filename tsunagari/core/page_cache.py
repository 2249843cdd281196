"""The outermost layer: public pages from memory, compressed once, with the rules for other caches.

A page that its view marked ``Cache-Control: public`` is kept per address until the minute ends, since "open
now" may change with the minute. The language is part of the address, so the address is the whole key.
Django's middleware is not entered at all on a hit. Many requests for one missing page cause one rendering;
they wait for the rendering only, never for the client of the one that renders. With a Valkey, what others
rendered is found there (``core.shared_pages``).
"""

import asyncio
import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from tsunagari.core.cache_headers import (
    Headers,
    for_shared_caches,
    is_known,
    with_shared_rules,
    with_vary,
)
from tsunagari.core.shared_pages import SharedPages

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 64 * 1024 * 1024
LARGEST_PAGE = 2 * 1024 * 1024
SMALLEST_COMPRESSED = 600
PATIENCE = 3.0  # seconds that a request waits for another one's rendering before it renders itself
COMPRESSIBLE = (
    b"text/",
    b"application/json",
    b"application/javascript",
    b"image/svg+xml",
    b"application/x-ndjson",
)


@dataclass(frozen=True, slots=True)
class Page:
    """A kept page: the minute it is of, its headers without length and encoding, and its body twice.

    ``etag`` stands without quotes; the packed form has one of its own (RFC 9110, 8.8.3.3).
    """

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
    """Collects a response that is to be kept, packs an HTML page that is not, lets others through."""

    def __init__(
        self, send: Send, let_go: Callable[[], None], clock: Callable[[], float], *, packs: bool
    ) -> None:
        self.send = send
        self.let_go = let_go
        self.clock = clock
        self.packs = packs
        self.start: MutableMapping[str, Any] = {}
        self.body = bytearray()
        self.keeping = False
        self.packing = False
        self.complete = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            self.keeping = message["status"] == 200 and _may_be_kept(message["headers"])
            self.packing = self.packs and not self.keeping and _is_plain_page(message["headers"])
            if not self.keeping:
                self.let_go()
            if not self.keeping and not self.packing:
                await self.send(self._ruled(message))
            return
        if not self.keeping and not self.packing:
            await self.send(message)
            return
        self.body += message.get("body", b"")
        self.complete = not message.get("more_body", False)
        if self.packing and self.complete:
            await self._send_packed()
        elif len(self.body) > LARGEST_PAGE and not self.complete:
            self.keeping = self.packing = False
            self.let_go()
            await self.send(self._ruled(self.start))
            await self.send({"type": "http.response.body", "body": bytes(self.body), "more_body": True})

    def _ruled(self, start: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {**start, "headers": with_shared_rules(start["headers"], self.clock())}

    async def _send_packed(self) -> None:
        """A page for one person alone: compressed all the same, since phones are on bad lines."""
        body = gzip.compress(bytes(self.body), 6, mtime=0)
        headers = with_vary(
            [(name, value) for name, value in self.start["headers"] if name.lower() != b"content-length"]
        )
        headers += [(b"content-encoding", b"gzip"), (b"content-length", str(len(body)).encode())]
        await self.send({**self.start, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def _is_plain_page(headers: Headers) -> bool:
    found = {name.lower(): value for name, value in headers}
    return found.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in found


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
    etag = hashlib.sha256(body).hexdigest()[:24].encode()
    return Page(minute, with_vary(kept) if packed is not None else kept, etag, body, packed)


class PageCache:
    """An ASGI application around another one. ``clock`` gives seconds since the epoch."""

    def __init__(
        self,
        application: Application,
        *,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.time,
        shared: SharedPages | None = None,
    ) -> None:
        self.application = application
        self.shared = shared
        self.most_bytes = most_bytes
        self.clock = clock
        self._pages: OrderedDict[bytes, Page] = OrderedDict()
        self._minute = 0
        self._bytes = 0
        self._making: dict[bytes, asyncio.Future[None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass on and keep what may be kept."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self.application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        # a body is no part of the key, and whoever sends one slowly must not be the one that others wait for
        if b"range" in headers or _carries_body(headers):
            await self.application(scope, receive, send)
            return
        packed = _takes_gzip(scope["headers"])
        key = _key(scope, headers, packed=packed)
        page = self._kept(key)
        if page is None and key in self._making:
            # somebody is rendering this page at this moment; if it was not for keeping, render it ourselves
            await asyncio.wait([self._making[key]], timeout=PATIENCE)
            page = self._kept(key)
        if page is not None:
            await self._answer(page, scope, headers, send, packed=packed)
            return
        await self._make(key, scope, headers, receive, send, packed=packed)

    def _kept(self, key: bytes) -> Page | None:
        page = self._pages.get(key)
        if page is None or page.minute != int(self.clock() // 60):
            return None
        self._pages.move_to_end(key)
        return page

    async def _make(
        self,
        key: bytes,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        receive: Receive,
        send: Send,
        *,
        packed: bool,
    ) -> None:
        minute = int(self.clock() // 60)
        making = asyncio.get_running_loop().create_future()
        self._making.setdefault(key, making)

        def let_go() -> None:
            """Nobody waits any longer: at the end, or as soon as the response turns out not to be kept."""
            if self._making.get(key) is making:
                del self._making[key]
            if not making.done():
                making.set_result(None)

        recorder = _Recorder(send, let_go, self.clock, packs=packed and scope["method"] == "GET")
        # HEAD is answered from the page that GET would give
        inner = dict(scope, method="GET") if scope["method"] == "HEAD" else dict(scope)
        # what is accepted goes in as it stands in the key, so that nothing else can choose the kept form
        inner["headers"] = [
            *((name, value) for name, value in scope["headers"] if name != b"accept-encoding"),
            *([(b"accept-encoding", b"gzip")] if packed else []),
        ]
        # an address with a query may hold somebody's words: it stays in this process
        shared = self.shared if not scope["query_string"] else None
        try:
            if shared is not None and (found := await shared.find(key, minute)) is not None:
                page = _page(minute, *found)
                self._keep(key, page)
                let_go()
                await self._answer(page, scope, headers, send, packed=packed)
                return
            if scope["method"] == "HEAD":
                head = _HeadOnly(recorder, receive)
                await self.application(inner, head.receive, head.send)
            else:
                await self.application(inner, receive, recorder)
            if shared is not None and not recorder.keeping:
                await shared.let_go(key, minute)
            if recorder.keeping and recorder.complete:
                page = _page(minute, recorder.start["headers"], bytes(recorder.body))
                if len(page.plain) <= LARGEST_PAGE:
                    self._keep(key, page)
                    if shared is not None:
                        await shared.put(key, minute, page.headers, page.plain)
                let_go()
                await self._answer(page, scope, headers, send, packed=packed)
        finally:
            let_go()

    def _keep(self, key: bytes, page: Page) -> None:
        if page.minute != self._minute:
            # pages of another minute are answered no more; nor do their addresses stay in memory
            self._pages.clear()
            self._minute, self._bytes = page.minute, 0
        old = self._pages.pop(key, None)
        self._bytes += page.size - (old.size if old else 0)
        self._pages[key] = page
        while self._bytes > self.most_bytes and self._pages:
            _, dropped = self._pages.popitem(last=False)
            self._bytes -= dropped.size

    async def _answer(
        self, page: Page, scope: Scope, request: Mapping[bytes, bytes], send: Send, *, packed: bool
    ) -> None:
        packs = packed and page.packed is not None
        etag = b'"%b%b"' % (page.etag, b"-gzip" if packs else b"")
        now = self.clock()
        headers = [(name, value) for name, value in page.headers if name != b"cache-control"]
        for value in (value for name, value in page.headers if name == b"cache-control"):
            ruled = for_shared_caches(value, now)
            if int(now // 60) != page.minute and ruled != value and b"must-revalidate" in ruled:
                # the minute ended while this was rendered
                ruled = b"public, max-age=0, s-maxage=0, must-revalidate"
            headers.append((b"cache-control", ruled))
        headers.append((b"etag", etag))
        if _unchanged(page, etag, request):
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        body = page.plain
        if packs and page.packed is not None:
            body = page.packed
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _unchanged(page: Page, etag: bytes, request: Mapping[bytes, bytes]) -> bool:
    """Whether the client has this page: by its tag, or, asked about no tag, by the very date that we gave."""
    if b"if-none-match" in request:
        return is_known(etag, request[b"if-none-match"])
    since = request.get(b"if-modified-since")
    return since is not None and dict(page.headers).get(b"last-modified") == since


def _key(scope: Scope, headers: Mapping[bytes, bytes], *, packed: bool) -> bytes:
    path = scope.get("raw_path") or scope["path"].encode()
    # the host stands in absolute links; whether whitenoise has a packed file depends on what is accepted
    form = b"gzip" if packed else b""
    return b"\n".join(
        (path, scope["query_string"], headers.get(b"host", b""), form, scope["scheme"].encode())
    )


def _carries_body(headers: Mapping[bytes, bytes]) -> bool:
    return headers.get(b"content-length", b"0").strip(b"0") != b"" or b"transfer-encoding" in headers


def _takes_gzip(headers: Headers) -> bool:
    """Whether gzip is accepted (RFC 9110, 12.5.3): named, in whichever of several headers, and not by q=0."""
    for name, value in headers:
        if name == b"accept-encoding":
            for coding in value.lower().split(b","):
                what, _, quality = coding.partition(b";")
                if what.strip() == b"gzip":
                    return quality.replace(b" ", b"").removeprefix(b"q=").strip(b"0.") != b"" or not quality
    return False


class _HeadOnly:
    """For HEAD, a response that is not kept goes out without its body, and nobody goes on to make it.

    An export of all rows would be read to its end for nothing: at its first byte the application is told
    that the client has gone.
    """

    def __init__(self, recorder: _Recorder, receive: Receive) -> None:
        self.recorder = recorder
        self._receive = receive
        self._enough = asyncio.Event()
        self._asked = False

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """In place of the recorder."""
        if message["type"] != "http.response.body" or self.recorder.keeping:
            await self.recorder(message)
        elif not self._enough.is_set():
            self._enough.set()
            await self.recorder({"type": "http.response.body", "body": b""})

    async def receive(self) -> MutableMapping[str, Any]:
        """The request as it comes; after its (empty) body, the end as soon as there is enough."""
        if not self._asked:
            self._asked = True
            return await self._receive()
        gone = asyncio.ensure_future(self._receive())
        enough = asyncio.ensure_future(self._enough.wait())
        try:
            await asyncio.wait([gone, enough], return_when=asyncio.FIRST_COMPLETED)
            return await gone if gone.done() else {"type": "http.disconnect"}
        finally:
            for waiting in (gone, enough):
                waiting.cancel()
