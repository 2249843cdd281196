"""The bound on bodies, without Django; and that the site stands behind it."""

import asyncio
from collections.abc import Iterable
from typing import Any

from tsunagari.config.asgi import application
from tsunagari.core.body_limit import Allowance, BodyLimit
from tsunagari.core.page_cache import Receive, Scope, Send


async def reads_all(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads its body and says how long it is."""
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


async def post(
    app: Any, chunks: Iterable[bytes], *, endless: bool = False, **headers: str
) -> tuple[int, bytes]:
    sent: list[dict[str, Any]] = []
    waiting = list(chunks)

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting) or endless}

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/search/",
        "raw_path": b"/search/",
        "query_string": b"",
        "scheme": "http",
        "headers": [
            (b"host", b"127.0.0.1"),
            *((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()),
        ],
    }
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


async def test_what_fits_arrives_whole():
    assert await post(BodyLimit(reads_all, most_bytes=6), [b"abc", b"def"]) == (200, b"6")


async def test_too_much_is_refused_while_it_comes():
    status, body = await post(BodyLimit(reads_all, most_bytes=5), [b"abc", b"def"] * 100)
    assert status == 413
    assert "長すぎます" in body.decode()


async def test_too_much_is_refused_before_it_comes():
    status, _ = await post(BodyLimit(reads_all, most_bytes=5), [b""], content_length="6" + "0" * 5_000)
    assert status == 413


async def test_too_slow_is_refused():
    status, _ = await post(BodyLimit(reads_all, seconds=0.05), [b"a"], endless=True)
    assert status == 408


async def test_an_answer_may_take_as_long_as_it_likes():
    """The clock is for the body alone: live events stream for hours."""

    async def streams(scope: Scope, receive: Receive, send: Send) -> None:
        await reads_all(scope, receive, send)
        gone = asyncio.create_task(receive())
        await asyncio.sleep(0.1)
        gone.cancel()

    assert (await post(BodyLimit(streams, seconds=0.05), [b"a"]))[0] == 200


async def test_the_site_writes_no_endless_body_to_disk():
    status, _ = await post(application, [b"q=" + b"a" * 600_000] * 3)
    assert status == 413


async def test_a_file_may_come_only_on_its_path_and_from_whom_it_admits() -> None:
    asked: list[str] = []

    async def admits(cookies: str) -> bool:
        asked.append(cookies)
        return cookies == "desk=alice"

    files = Allowance("/search/", most_bytes=9, seconds=60.0, admits=admits)
    app = BodyLimit(reads_all, most_bytes=5, allowances=[files])
    assert await post(app, [b"abc", b"def"], cookie="desk=alice") == (200, b"6")
    assert (await post(app, [b"abc", b"def"], cookie="desk=bob"))[0] == 413
    assert (await post(app, [b"abc", b"def"]))[0] == 413
    assert (await post(app, [b"abcdef"] * 2, cookie="desk=alice"))[0] == 413, "a file has its bound too"
    assert asked == ["desk=alice", "desk=bob", "", "desk=alice"]
    elsewhere = Allowance("/elsewhere/", most_bytes=9, seconds=60.0, admits=admits)
    other = BodyLimit(reads_all, most_bytes=5, allowances=[elsewhere])
    assert (await post(other, [b"abc", b"def"], cookie="desk=alice"))[0] == 413
