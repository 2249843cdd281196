"""The outermost bound on what a request may bring: so many bytes, within so many seconds.

Django writes a body to disk as it comes, before any view or middleware runs, and without end: a stranger
could fill the disk or hold a connection for hours. Whoever sends too much gets 413, too slowly 408.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from tsunagari.core.cache_headers import Headers
from tsunagari.core.page_cache import Application, Receive, Scope, Send

MOST_BYTES = 1_000_000
"""As `settings.DATA_UPLOAD_MAX_MEMORY_SIZE`: forms and questions; files come only where one is expected."""
SECONDS = 60.0
"""For the whole body; the longest form is sent in less over the slowest line."""

_SENTENCES = {
    413: ("送られた内容が長すぎます。", "What was sent is too long."),
    408: (
        "送信に時間がかかりすぎました。もう一度お試しください。",
        "Sending took too long. Please try again.",
    ),
}


@dataclass(frozen=True, slots=True)
class Allowance:
    """A path where files may come, from whom ``admits`` lets in by the cookies of the request."""

    path: str
    most_bytes: int
    seconds: float
    admits: Callable[[str], Awaitable[bool]]


class BodyLimit:
    """An ASGI application around another one."""

    def __init__(
        self,
        application: Application,
        *,
        most_bytes: int = MOST_BYTES,
        seconds: float = SECONDS,
        allowances: Sequence[Allowance] = (),
    ) -> None:
        self.application = application
        self.most_bytes = most_bytes
        self.seconds = seconds
        self.allowances = {allowance.path: allowance for allowance in allowances}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and refuse it as soon as its body is too long or too slow."""
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        most_bytes, seconds = await self._bounds(scope, headers)
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length[:20]) > most_bytes:
            await _refuse(413, send)
            return
        deadline = asyncio.get_running_loop().time() + seconds
        received, complete, started, refused = 0, False, False, 0

        async def bounded() -> MutableMapping[str, Any]:
            nonlocal received, complete, refused
            if complete:  # from here on, this only tells that the client has gone
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                message = {}
                refused = 408
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if received > most_bytes:
                refused = 413
            # as if the client had gone: the application tidies up and answers nothing
            return {"type": "http.disconnect"} if refused else message

        async def noticed(message: MutableMapping[str, Any]) -> None:
            nonlocal started
            if not refused:
                started = True
                await send(message)

        await self.application(scope, bounded, noticed)
        if refused and not started:
            await _refuse(refused, send)

    async def _bounds(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[int, float]:
        """The bounds of this request: wider where a file may come from who sends it."""
        allowance = self.allowances.get(scope["path"]) if scope["method"] == "POST" else None
        if allowance is not None and await allowance.admits(headers.get(b"cookie", b"").decode("latin-1")):
            return allowance.most_bytes, allowance.seconds
        return self.most_bytes, self.seconds


async def _refuse(status: int, send: Send) -> None:
    body = "\n".join(_SENTENCES[status]).encode()
    headers: Headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        # what is still on its way is not read
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
