"""What shared caches may do with each address of the site, walked through the real outermost layer."""

import asyncio
import re
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connections
from django.test import Client, override_settings
from django.urls import reverse

from tests.config.test_access import ARGUMENTS, EXPECTED
from tsunagari.core.access import Kind
from tsunagari.core.page_cache import PageCache

pytestmark = pytest.mark.django_db

LONGEST = 24 * 60 * 60
DIRECTIVE = re.compile(r"[a-z-]+(=\d+)?")
# a CDN keys a page by its address and may serve any of its forms
MAY_VARY = {"accept-encoding"}


class Clock:
    """Stands still at the 18th second of a minute."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0 // 60 * 60 + 18

    def __call__(self) -> float:
        return self.now


async def _ask(
    cache: PageCache, path: str, method: str = "GET", body: bytes = b"", **headers: str
) -> tuple[int, dict[str, list[str]], bytes]:
    sent: list[dict[str, Any]] = []
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if parts:
            return parts.pop()
        await asyncio.sleep(3600)
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    given = {"host": "testserver", **({"content-length": str(len(body))} if body else {}), **headers}
    await cache(
        {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "client": ("192.0.2.1", 1),
            "server": ("testserver", 80),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
        },
        receive,
        send,
    )
    found: dict[str, list[str]] = {}
    for name, value in sent[0]["headers"]:
        found.setdefault(name.decode().lower(), []).append(value.decode())
    return sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:])


class Site:
    """All of Django as an ASGI application, in this test's transaction."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)
        self.connection = connections["default"]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        given = {name.decode(): value.decode() for name, value in scope["headers"]}
        kind = given.pop("content-type", "application/octet-stream")
        body = (await receive())["body"]
        given.pop("content-length", None)
        response, content = await asyncio.to_thread(self._respond, scope, body, kind, given)
        headers = [(name.encode(), value.encode()) for name, value in response.items()]
        headers += [(b"set-cookie", cookie.OutputString().encode()) for cookie in response.cookies.values()]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _respond(self, scope: Any, body: bytes, kind: str, given: dict[str, str]) -> tuple[Any, bytes]:
        connections["default"] = self.connection
        self.connection.inc_thread_sharing()
        try:
            response: Any = self.client.generic(
                scope["method"], scope["path"], body, content_type=kind, headers=given
            )
            return response, b"".join(response) if response.streaming else response.content
        finally:
            self.connection.dec_thread_sharing()
            del connections["default"]


class Walker:
    """Asks the site through its page cache."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.cache = PageCache(Site(), clock=self.clock)

    def __call__(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Any:
        return asyncio.run(_ask(self.cache, path, method, body, **headers))


@pytest.fixture
def ask() -> Walker:
    return Walker()


def addresses(kind: Kind) -> dict[str, str]:
    found = {}
    for name, access in EXPECTED.items():
        if access.kind is kind:
            try:
                found[name] = reverse(name, kwargs=ARGUMENTS[name](None) if name in ARGUMENTS else None)  # type: ignore[arg-type]
            except AttributeError:
                continue  # it needs somebody's record
    return found


def directives(headers: dict[str, list[str]]) -> dict[str, int | None]:
    """The rules of the one Cache-Control header."""
    (value,) = headers["cache-control"]
    found: dict[str, int | None] = {}
    for part in value.split(", "):
        assert DIRECTIVE.fullmatch(part), value
        name, _, seconds = part.partition("=")
        assert name not in found, value
        found[name] = int(seconds) if seconds else None
    return found


def faults(path: str, status: int, headers: dict[str, list[str]], body: bytes) -> list[str]:
    """What RFC 9111 and our own rules forbid in this answer to GET."""
    found = []
    if len(headers.get("cache-control", [])) != 1:
        return [f"Cache-Control stands {len(headers.get('cache-control', []))} times"]
    rules = directives(headers)
    vary = {part.strip().lower() for value in headers.get("vary", []) for part in value.split(",")}
    if "cookie" in vary:
        found.append("varies with the cookie")
    if "set-cookie" in headers:
        found.append("sets a cookie")
    if "public" not in rules:
        if rules.keys() & {"max-age", "s-maxage", "stale-if-error", "stale-while-revalidate"}:
            found.append(f"private, and kept: {rules}")
        if "no-store" not in rules:
            found.append(f"neither public nor no-store: {rules}")
        return found
    if status != 200:
        found.append(f"{status} is public")
    if not vary <= MAY_VARY:
        found.append(f"varies with {vary}")
    if "expires" in headers or "pragma" in headers:
        found.append("contradicts itself by an old header")
    if len(headers.get("etag", [])) != 1 or not re.fullmatch(r'"[!#-~]+"', headers["etag"][0]):
        found.append(f"no strong ETag: {headers.get('etag')}")
    if headers.get("content-length") != [str(len(body))]:
        found.append("no true Content-Length")
    age, shared = rules.get("max-age"), rules.get("s-maxage")
    if age is None or shared is None or age != shared or not 0 <= age <= LONGEST:
        found.append(f"no bound, or two: {rules}")
    elif age <= 60 and (rules.keys() != {"public", "max-age", "s-maxage", "must-revalidate"} or age > 42):
        found.append(f"of a minute that ends in 42 s: {rules}")
    elif age > 60 and rules.keys() != {
        "public", "max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"
    }:  # fmt: skip
        found.append(f"cannot stand in: {rules}")
    return found


@pytest.mark.slow
def test_every_public_address_keeps_the_rules(ask: Walker):
    found: dict[str, list[str]] = {}
    kept = []
    for name, path in addresses(Kind.PUBLIC).items():
        for prefix in ("", "/en") if name.startswith("portal:") else ("",):
            for encoding in ({}, {"accept_encoding": "gzip"}):
                status, headers, body = ask(prefix + path, **encoding)
                if problems := faults(path, status, headers, body):
                    found[f"{prefix}{path} {encoding}"] = problems
                if "public" not in headers["cache-control"][0]:
                    continue
                kept.append(name)
                tag = headers["etag"][0]
                again, unchanged, nothing = ask(prefix + path, if_none_match=tag, **encoding)
                head, same, no_body = ask(prefix + path, "HEAD", **encoding)
                assert (again, nothing, head, no_body) == (304, b"", 200, b""), path
                for header in ("cache-control", "etag", "vary"):
                    assert unchanged.get(header) == same.get(header) == headers.get(header), (path, header)
                assert "content-length" not in unchanged
                assert same["content-length"] == headers["content-length"]
                # and from a client that has something else
                assert ask(prefix + path, if_none_match='"else"', **encoding)[0] == 200
    assert found == {}
    assert {"portal:home", "portal:about", "portal:talk_now", "hsds:services"} <= set(kept)


def test_nothing_of_one_persons_is_kept_anywhere(ask: Walker):
    status, headers, _ = ask(
        "/search/", "POST", "q=夜".encode(), content_type="application/x-www-form-urlencoded"
    )
    assert (status, directives(headers)) == (303, {"no-store": None})
    status, headers, _ = ask(headers["location"][0])
    assert (status, directives(headers)) == (200, {"no-store": None})
    assert "etag" not in headers
    for path in ("/search/r/" + "x" * 40, "/no-such-page/", "/services/nothing/"):
        status, headers, _ = ask(path)
        assert status in {404, 410}
        assert directives(headers) == {"no-store": None}, path


def test_the_desk_is_kept_nowhere(ask: Walker):
    for kind in (Kind.ENTRANCE, Kind.SIGNED_IN, Kind.ROLES):
        for name, path in addresses(kind).items():
            _, headers, _ = ask(path)
            rules = directives(headers)
            assert "no-store" in rules, name
            assert "public" not in rules, name


def test_a_site_without_its_database_is_kept_nowhere(ask: Walker, monkeypatch: pytest.MonkeyPatch):
    def away(self: object) -> None:
        raise OperationalError

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.ensure_connection", away)
    for path in ("/", "/areas/131041/", "/api/hsds/services", "/readyz"):
        status, headers, _ = ask(path)
        assert status == 503
        assert directives(headers) == {"no-store": None}
        assert headers["retry-after"] == ["10"]


def test_files_with_a_digest_in_their_name_are_kept_for_ever(ask: Walker, tmp_path: Any):
    """As in production: collected, compressed, named by their content."""
    from django.contrib.staticfiles.storage import staticfiles_storage  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    storages = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=storages, WHITENOISE_USE_FINDERS=False):
        call_command("collectstatic", interactive=False, verbosity=0)
        walker = Walker()
        name = staticfiles_storage.url("css/tsunagari.css")
        assert re.search(r"\.[0-9a-f]{12}\.css$", name)
        for encoding in ({}, {"accept_encoding": "gzip"}):
            status, headers, _ = walker(name, **encoding)
            assert status == 200
            rules = directives(headers)
            assert {"public", "immutable"} <= rules.keys()
            assert (rules["max-age"] or 0) >= 31_536_000
            assert "set-cookie" not in headers
        assert headers["content-encoding"] == ["gzip"]
