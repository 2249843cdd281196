"""The outermost page cache, without Django."""

import asyncio
import gzip
from collections import Counter
from typing import Any

from tsunagari.core.page_cache import PageCache, Receive, Scope, Send


class Site:
    """A small application that counts how often each path was rendered."""

    def __init__(
        self, headers: list[tuple[bytes, bytes]], body: bytes = b"page" * 500, status: int = 200
    ) -> None:
        self.headers, self.body, self.status = headers, body, status
        self.rendered: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.rendered[scope["path"]] += 1
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": self.body[:10], "more_body": True})
        await send({"type": "http.response.body", "body": self.body[10:]})


PUBLIC = [(b"Content-Type", b"text/html; charset=utf-8"), (b"Cache-Control", b"public, max-age=60")]


async def ask(
    app: PageCache, path: str = "/", method: str = "GET", query: bytes = b"", **headers: str
) -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "scheme": "http",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    await app(scope, receive, send)
    start = sent[0]
    return start["status"], dict(start["headers"]), b"".join(m.get("body", b"") for m in sent[1:])


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


async def test_a_public_page_is_rendered_once_a_minute():
    site, clock = Site(PUBLIC), Clock()
    app = PageCache(site, clock=clock)
    first = await ask(app)
    assert await ask(app) == first
    assert site.rendered["/"] == 1
    clock.now += 60
    await ask(app)
    assert site.rendered["/"] == 2


async def test_queries_and_hosts_are_pages_of_their_own():
    site = Site(PUBLIC)
    app = PageCache(site)
    await ask(app)
    await ask(app, query=b"page=2")
    await ask(app, host="other.example")
    assert site.rendered["/"] == 3


async def test_what_is_not_public_is_never_kept():
    for headers in (
        [(b"cache-control", b"no-store")],
        [(b"cache-control", b"private, max-age=60")],
        [],
        [*PUBLIC, (b"Set-Cookie", b"desk=1")],
        [*PUBLIC, (b"Vary", b"Cookie")],
    ):
        site = Site(headers)
        app = PageCache(site)
        await ask(app)
        assert (await ask(app))[2] == site.body
        assert site.rendered["/"] == 2, headers


async def test_errors_are_never_kept():
    site = Site(PUBLIC, status=503)
    app = PageCache(site)
    await ask(app)
    assert (await ask(app))[0] == 503
    assert site.rendered["/"] == 2


async def test_a_post_always_passes():
    site = Site(PUBLIC)
    app = PageCache(site)
    await ask(app)
    await ask(app, method="POST")
    assert site.rendered["/"] == 2


async def test_compressed_for_those_who_take_it():
    app = PageCache(Site(PUBLIC))
    _, headers, body = await ask(app, accept_encoding="gzip, br")
    assert headers[b"content-encoding"] == b"gzip"
    assert int(headers[b"content-length"]) == len(body)
    assert gzip.decompress(body) == b"page" * 500
    _, plain_headers, plain = await ask(app)
    assert b"content-encoding" not in plain_headers
    assert plain == b"page" * 500


async def test_head_has_the_headers_of_get_and_no_body():
    app = PageCache(Site(PUBLIC))
    _, headers, body = await ask(app, method="HEAD")
    assert body == b""
    assert headers == (await ask(app))[1]


async def test_a_head_of_an_uncached_page_has_no_body():
    _, _, body = await ask(PageCache(Site([])), method="HEAD")
    assert body == b""


async def test_a_head_of_a_stream_does_not_make_the_stream():
    class Stream(Site):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await receive()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            gone = asyncio.create_task(receive())
            while not gone.done():
                self.rendered["batch"] += 1
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
                await asyncio.sleep(0)
                assert self.rendered["batch"] < 1_000
            assert gone.result() == {"type": "http.disconnect"}

    async def nothing_more() -> None:
        await asyncio.sleep(60)

    site = Stream([])
    sent: list[dict[str, Any]] = []
    first = True

    async def receive() -> dict[str, Any]:
        nonlocal first
        if not first:
            await nothing_more()
        first = False
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "HEAD",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "scheme": "http",
        "headers": [],
    }
    await asyncio.wait_for(PageCache(site)(scope, receive, send), 5)
    assert site.rendered["batch"] < 10
    assert [message.get("body") for message in sent] == [None, b""]
    assert not sent[-1].get("more_body")


async def test_unchanged_pages_are_not_sent_again():
    app = PageCache(Site(PUBLIC))
    _, headers, _ = await ask(app)
    status, _, body = await ask(app, if_none_match=headers[b"etag"].decode())
    assert (status, body) == (304, b"")
    status, _, _ = await ask(app, if_none_match='"other"')
    assert status == 200


async def test_many_at_once_cause_one_rendering():
    site = Site(PUBLIC)
    app = PageCache(site)
    answers = await asyncio.gather(*(ask(app) for _ in range(50)))
    assert site.rendered["/"] == 1
    assert {body for _, _, body in answers} == {site.body}


async def test_memory_is_bounded():
    site = Site(PUBLIC)
    app = PageCache(site, most_bytes=20_000)
    for number in range(50):
        await ask(app, path=f"/{number}")
    await ask(app, path="/49")
    assert site.rendered["/49"] == 1
    await ask(app, path="/0")
    assert site.rendered["/0"] == 2


async def test_a_page_too_large_to_keep_still_arrives_whole():
    site = Site(PUBLIC, body=b"x" * 3_000_000)
    app = PageCache(site)
    assert (await ask(app))[2] == site.body
    assert (await ask(app))[2] == site.body
    assert site.rendered["/"] == 2


async def test_a_rendering_that_fails_does_not_block_the_next():
    class Broken(Site):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if not self.rendered["/"]:
                self.rendered["/"] += 1
                raise RuntimeError
            await super().__call__(scope, receive, send)

    app = PageCache(Broken(PUBLIC))
    results = await asyncio.gather(ask(app), ask(app), return_exceptions=True)
    assert isinstance(results[0], RuntimeError)
    assert results[1][0] == 200  # type: ignore[index]


async def test_a_stream_lets_the_next_reader_of_its_address_in_at_once():
    class Stream(Site):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            self.rendered["/"] += 1
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"no-store")]}
            )
            while not ended.is_set():
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
                await asyncio.sleep(0.01)
            await send({"type": "http.response.body", "body": b""})

    ended = asyncio.Event()
    site = Stream([])
    app = PageCache(site)
    readers = [asyncio.create_task(ask(app)) for _ in range(3)]
    async with asyncio.timeout(5):
        while site.rendered["/"] < 3:
            await asyncio.sleep(0.01)
    ended.set()
    await asyncio.gather(*readers)


async def test_an_application_may_answer_that_nothing_changed():
    class Unchanged(Site):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            known = dict(scope["headers"]).get(b"if-none-match") == b'"theirs"'
            await send({"type": "http.response.start", "status": 304 if known else 200, "headers": PUBLIC})
            await send({"type": "http.response.body", "body": b"" if known else self.body})

    app = PageCache(Unchanged(PUBLIC))
    assert (await ask(app, if_none_match='"theirs"'))[0] == 304
    # and that answer is not kept for others
    assert (await ask(app))[2] == b"page" * 500


# -- attacks ----------------------------------------------------------------------------------------------


async def test_a_reader_that_takes_its_time_keeps_nobody_waiting():
    """A stream, or a page that is not kept, lasts as long as its client likes."""
    app = PageCache(_Slow([(b"cache-control", b"private, no-store")]))
    slow = asyncio.create_task(ask(app, "/slow"))
    await asyncio.sleep(0.01)
    started = asyncio.get_running_loop().time()
    status, _, _ = await ask(app, "/slow", query=b"")
    assert status == 200
    assert asyncio.get_running_loop().time() - started < 1
    slow.cancel()


class _Slow:
    """Answers the first request without end, later ones at once."""

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        self.headers, self.asked = headers, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        first = self.asked == 1
        await send({"type": "http.response.start", "status": 200, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": b"x", "more_body": first})
        if first:
            await asyncio.sleep(60)


async def test_a_get_whose_body_comes_slowly_keeps_nobody_waiting():
    """Django reads the body before it answers: the home page must not wait for a stranger's."""

    class Reads(Site):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if dict(scope["headers"]).get(b"content-length", b"0") != b"0":
                await asyncio.sleep(60)
            await super().__call__(scope, receive, send)

    app = PageCache(Reads(PUBLIC))
    slow = asyncio.create_task(ask(app, content_length="1000"))
    await asyncio.sleep(0.01)
    status, _, _ = await asyncio.wait_for(ask(app), 1)
    assert status == 200
    slow.cancel()


async def test_what_is_accepted_cannot_choose_what_others_get():
    """The application sees of Accept-Encoding what the key holds: gzip or nothing."""

    class Negotiating(Site):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            taken = b",".join(value for name, value in scope["headers"] if name == b"accept-encoding")
            self.headers = [*PUBLIC, (b"x-taken", taken)]
            await super().__call__(scope, receive, send)

    for asked, seen in (("br", b""), ("gzip, br", b"gzip"), ("gzip;q=0", b""), ("gzip;q=0.5", b"gzip")):
        _, headers, _ = await ask(PageCache(Negotiating(PUBLIC)), accept_encoding=asked)
        assert headers[b"x-taken"] == seen, asked
        assert headers.get(b"content-encoding", b"") == seen, asked


async def test_addresses_leave_memory_with_their_minute():
    """A query string may hold somebody's words."""
    clock = Clock()
    app = PageCache(Site(PUBLIC), clock=clock)
    await ask(app, query=b"search=words")
    clock.now += 60
    await ask(app)
    assert len(app._pages) == 1


async def test_a_page_for_one_person_is_compressed_and_not_kept():
    site = Site(
        [(b"Content-Type", b"text/html"), (b"Cache-Control", b"no-store"), (b"Content-Length", b"2000")]
    )
    app = PageCache(site)
    for _ in range(2):
        _, headers, body = await ask(app, accept_encoding="gzip")
        assert gzip.decompress(body) == site.body
        assert int(headers[b"content-length"]) == len(body)
        assert headers[b"cache-control" if b"cache-control" in headers else b"Cache-Control"] == b"no-store"
    assert site.rendered["/"] == 2
    assert (await ask(app))[2] == site.body


async def test_what_is_no_page_passes_as_it_comes():
    site = Site([(b"Content-Type", b"text/event-stream"), (b"Cache-Control", b"no-store")])
    _, headers, body = await ask(PageCache(site), accept_encoding="gzip")
    assert b"content-encoding" not in headers
    assert body == site.body


# -- other caches -----------------------------------------------------------------------------------------


async def test_a_page_of_the_minute_is_kept_nowhere_longer_than_its_minute():
    clock = Clock()
    clock.now = 1_000_000_020.0 // 60 * 60 + 18
    app = PageCache(Site(PUBLIC), clock=clock)
    for second, rest in ((18, 42), (18.7, 41), (59, 1), (59.5, 0)):
        clock.now = clock.now // 60 * 60 + second
        _, headers, _ = await ask(app)
        directives = dict(headers)[b"cache-control"]
        assert directives == b"public, max-age=%d, s-maxage=%d, must-revalidate" % (rest, rest)


async def test_a_page_that_was_finished_in_the_next_minute_is_fresh_for_nobody():
    clock = Clock()

    class Late(Site):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            clock.now += 60
            await super().__call__(scope, receive, send)

    _, headers, _ = await ask(PageCache(Late(PUBLIC), clock=clock))
    assert headers[b"cache-control"] == b"public, max-age=0, s-maxage=0, must-revalidate"


async def test_a_page_without_time_in_it_may_stand_in_while_the_site_is_away():
    site = Site([(b"Content-Type", b"text/html"), (b"Cache-Control", b"public, max-age=300")])
    _, headers, _ = await ask(PageCache(site))
    assert headers[b"cache-control"] == (
        b"public, max-age=300, s-maxage=300, stale-while-revalidate=60, stale-if-error=86400"
    )


async def test_rules_that_a_view_wrote_out_and_what_is_not_public_stay_as_they_are():
    for value in (
        b"no-store",
        b"private, no-store",
        b"max-age=315360000, public, immutable",
        b"public, max-age=5, s-maxage=9",
        b"public",
        b"public, max-age=x",
        b"public, public",
    ):
        _, headers, _ = await ask(
            PageCache(Site([(b"content-type", b"text/css"), (b"cache-control", value)]))
        )
        assert headers[b"cache-control"] == value


async def test_each_form_of_a_page_has_an_etag_of_its_own():
    """RFC 9110, 8.8.3.3: a cache must not take the packed bytes for the plain ones."""
    app = PageCache(Site(PUBLIC))
    _, plain, _ = await ask(app)
    _, packed, _ = await ask(app, accept_encoding="gzip")
    assert plain[b"etag"] != packed[b"etag"]
    known = plain[b"etag"].decode()
    assert (await ask(app, if_none_match=known))[0] == 304
    assert (await ask(app, if_none_match=known, accept_encoding="gzip"))[0] == 200
    for tags in (f'"x", W/{packed[b"etag"].decode()}', "*"):
        status, headers, body = await ask(app, if_none_match=tags, accept_encoding="gzip")
        assert (status, body) == (304, b"")
        # what a 200 would say, a 304 says too (RFC 9110, 15.4.5)
        for name in (b"cache-control", b"etag", b"vary"):
            assert headers[name] == packed[name]


async def test_a_head_is_conditional_too():
    app = PageCache(Site(PUBLIC))
    _, headers, _ = await ask(app, method="HEAD")
    assert (await ask(app, method="HEAD", if_none_match=headers[b"etag"].decode()))[0] == 304


async def test_vary_names_the_encoding_once_and_in_both_forms():
    site = Site([*PUBLIC, (b"Vary", b"Origin, Accept-Encoding")])
    app = PageCache(site)
    for options in ({}, {"accept_encoding": "gzip"}):
        _, headers, _ = await ask(app, **options)
        assert headers[b"vary"] == b"Origin, accept-encoding"


async def test_a_reader_that_asks_by_date_is_told_that_nothing_changed():
    date = "Tue, 24 Nov 2026 03:00:00 GMT"
    app = PageCache(Site([*PUBLIC, (b"Last-Modified", date.encode())]))
    assert (await ask(app))[0] == 200
    assert (await ask(app, if_modified_since=date))[0] == 304
    assert (await ask(app, if_modified_since="Tue, 24 Nov 2026 02:00:00 GMT"))[0] == 200
    # a tag goes before a date (RFC 9110, 13.1.3)
    assert (await ask(app, if_modified_since=date, if_none_match='"other"'))[0] == 200
    undated = PageCache(Site(PUBLIC))
    assert [(await ask(undated, if_modified_since=date))[0] for _ in range(2)] == [200, 200]
