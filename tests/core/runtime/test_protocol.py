"""The bounds on a request's headers, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from tsunagari.core.runtime.protocol import BoundedProtocol


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Says how long the body is."""
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = str(length).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Quick(BoundedProtocol):
    """Little patience."""

    head_seconds = 0.3


@asynccontextmanager
async def connected(
    protocol: type[BoundedProtocol] = BoundedProtocol,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(echo, log_config=None, ws="none", http=protocol, lifespan="off")
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        yield reader, writer
        writer.close()


async def flood(writer: asyncio.StreamWriter, chunk: bytes) -> int:
    """Send until the other side has had enough; return the bytes that it took."""
    sent = 0
    try:
        while sent < 50_000_000:
            writer.write(chunk)
            await writer.drain()
            sent += len(chunk)
            await asyncio.sleep(0)
    except ConnectionError:
        pass
    return sent


async def test_requests_one_after_another_are_answered():
    async with connected() as (reader, writer):
        for _ in range(3):
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + b"a" * 300_000)
            assert b"300000" in await reader.readuntil(b"\r\n\r\n300000")


async def test_a_chunked_body_is_no_header():
    async with connected() as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(500):
            writer.write(b"400\r\n" + b"a" * 1024 + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n512000"), 5)


async def test_a_header_without_end_is_cut_off():
    async with connected() as (_, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        assert await flood(writer, b"a" * 65_536) < 20_000_000


async def test_an_address_without_end_is_cut_off():
    async with connected() as (_, writer):
        writer.write(b"GET /")
        assert await flood(writer, b"a" * 65_536) < 20_000_000


async def test_trailers_without_end_are_cut_off():
    async with connected() as (_, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: ")
        assert await flood(writer, b"a" * 65_536) < 20_000_000


async def test_too_long_headers_are_told_so():
    async with connected() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000)
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 400")


async def test_whoever_never_finishes_asking_is_let_go():
    for beginning in (b"", b"GET / HTTP/1.1\r\nHost: a\r\n"):
        async with connected(Quick) as (reader, writer):
            writer.write(beginning)
            assert await asyncio.wait_for(reader.read(), 3) == b""
    async with connected(Quick) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n0")
        writer.write(b"\r\n")  # ends the wait for the next request, and is none
        assert await asyncio.wait_for(reader.read(), 3) == b""


async def test_a_slow_answer_is_waited_for():
    async with connected(Quick) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na")
        await asyncio.sleep(0.6)
        writer.write(b"b")
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n2"), 3)
