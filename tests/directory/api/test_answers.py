"""CORS, ETags, methods, errors; with and without the page cache in front."""

import asyncio
import json
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.test import AsyncRequestFactory, Client

from tests.directory.api.making import make_rich_service
from tsunagari.core.page_cache import PageCache
from tsunagari.directory.api.answers import etag_of

pytestmark = pytest.mark.django_db

ADDRESSES = ("", "profile", "openapi.json", "services", "organizations", "service_at_locations", "taxonomies")


@pytest.mark.parametrize("address", ADDRESSES)
def test_anybody_may_read_from_any_site(client: Client, address: str) -> None:
    response = client.get(f"/api/hsds/{address}", headers={"Origin": "https://elsewhere.example"})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Expose-Headers"] == "ETag"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response.headers["Cache-Control"] == "public, max-age=60"
    assert response.headers["ETag"] == etag_of(response.content)
    assert "Cookie" not in response.headers["Vary"]
    assert response.cookies == {}


@pytest.mark.parametrize("address", ADDRESSES)
def test_head_has_the_headers_of_get_and_no_body(client: Client, address: str) -> None:
    get, head = client.get(f"/api/hsds/{address}"), client.head(f"/api/hsds/{address}")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Type", "ETag", "Cache-Control", "Access-Control-Allow-Origin"):
        assert head.headers[name] == get.headers[name]


def test_options_tells_what_is_allowed(client: Client) -> None:
    response = client.options(
        "/api/hsds/services",
        headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"},
    )
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
def test_nothing_can_be_written(client: Client, method: str) -> None:
    response = getattr(client, method)("/api/hsds/services")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert set(json.loads(response.content)) == {"error", "error_en"}


@pytest.mark.parametrize("written", ["{tag}", 'W/{tag}, "x"', '"x", {tag}', "*"])
def test_what_is_known_is_not_sent_again(client: Client, written: str) -> None:
    first = client.get("/api/hsds/taxonomies")
    tag = written.format(tag=first.headers["ETag"])
    again = client.get("/api/hsds/taxonomies", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == "public, max-age=60"
    assert again.headers["Access-Control-Allow-Origin"] == "*"


def test_what_has_changed_is_sent_again(client: Client) -> None:
    service = make_rich_service()
    address = f"/api/hsds/services/{service.pk}"
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    service.name = "朝の電話"
    service.save(update_fields=["name"])
    response = client.get(address, headers={"If-None-Match": tag})
    assert response.status_code == 200
    assert response.headers["ETag"] != tag
    (change, *_) = (row for row in response.json()["metadata"] if row["field_name"] == "name")
    assert (change["previous_value"], change["replacement_value"]) == ("夜の電話", "朝の電話")
    assert (change["last_action_type"], change["updated_by"]) == ("update", "system")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("services/none", 404),
        ("services/00000000-0000-4000-8000-000000000000", 404),
        ("services/%00", 404),
        ("services/%ff%fe", 404),
        ("services/" + "9" * 5_000, 404),
        ("organizations/1", 404),
        ("service_at_locations/1", 404),
        ("taxonomies/need", 404),
        ("taxonomy_terms/1", 404),
        ("nothing/here", 404),
        ("services/", 404),
        ("services?aera=131016", 400),
        ("services?postcode=1000005", 400),
        ("services?page=1&page=2", 400),
        ("services/none?full=true", 400),
        ("?x=1", 400),
        ("services?%00=1", 400),
        ("services?" + "&".join(f"p{n}=1" for n in range(300)), 400),
        ("services?page=0", 422),
        ("services?page=-1", 422),
        ("services?page=1.5", 422),
        ("services?page=" + "9" * 31, 422),
        ("services?page=" + "9" * 5_000, 422),
        ("services?page=１", 422),
        ("services?page=", 422),
        ("services?per_page=0", 422),
        ("services?per_page=501", 422),
        ("services?format=xml", 422),
        ("services?full=1", 422),
        ("services?free=yes", 422),
        ("services?search=", 422),
        ("services?search=%00", 422),
        ("services?search=" + "あ" * 201, 422),
        ("services?area=1", 422),
        ("services?area=999999", 422),
        ("services?open_at=yesterday", 422),
        ("services?open_at=0001-01-01T00:00:00%2B09:00", 422),
        ("services?open_at=9999-12-31T23:59:59Z", 422),
        ("services?modified_after=2026-13-01", 422),
        ("services?modified_after=%00", 422),
        ("services?language=日本語", 422),
        ("services?channel=fax", 422),
        ("services?channel=phone&channel=fax", 422),
        ("services?kind=café", 422),
        ("services?status=open", 422),
        ("services?taxonomy_term_id=no-such-term", 422),
        ("services?taxonomy_term_id=00000000-0000-4000-8000-000000000000", 422),
        ("services?taxonomy_term_id=%27%20OR%201=1", 422),
        ("services?taxonomy_id=no-such-taxonomy", 422),
        ("services?organization_id=1", 422),
        ("services?organization_id=00000000-0000-4000-8000-000000000000", 422),
        ("services?lat=35", 422),
        ("services?lng=135", 422),
        ("services?radius=5", 422),
        ("services?lat=91&lng=135", 422),
        ("services?lat=nan&lng=135", 422),
        ("services?lat=35&lng=1e999", 422),
        ("services?lat=35&lng=135&radius=0", 422),
        ("services?lat=35&lng=135&radius=100000", 422),
        ("service_at_locations?organization_id=x", 422),
        ("taxonomy_terms?parent_id=00000000-0000-4000-8000-000000000000", 422),
        ("taxonomy_terms?taxonomy_id=nothing", 422),
    ],
)
def test_what_cannot_be_answered_is_told_in_a_sentence(client: Client, address: str, status: int) -> None:
    response = client.get(f"/api/hsds/{address}")
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cache-Control"] == "no-store"
    error = response.json()
    assert list(error) == ["error", "error_en"]
    assert error["error"].strip()
    assert error["error_en"].isascii() or address.startswith("services?%")


def test_a_misspelt_filter_is_named_and_the_known_ones_too(get: Any) -> None:
    error = get("services", 400, aera="131016")
    assert "「aera」" in error["error"]
    assert '"aera"' in error["error_en"]
    assert " area," in error["error_en"]


def test_a_wrong_value_names_its_parameter(get: Any) -> None:
    error = get("services", 422, page="0")
    assert error == {
        "error": "page の値を読めません。ページの番号。1以上の整数。最後のページより先は空です。",
        "error_en": "The value of page cannot be read. Number of the page, a whole number from 1;"
        " empty beyond the last page.",
    }


@pytest.mark.django_db(transaction=True)
async def test_the_page_cache_gives_the_same_etag() -> None:
    cached = PageCache(ASGIHandler())
    bare = ASGIHandler()

    async def ask(application: Any, **headers: str) -> tuple[int, dict[str, str], bytes]:
        scope = AsyncRequestFactory()._base_scope(path="/api/hsds/")
        scope["query_string"] = b""
        for name, text in headers.items():
            scope["headers"].append((name.replace("_", "-").encode(), text.encode()))
        sent: list[Any] = []

        arriving = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Any:
            if not arriving:
                await asyncio.Event().wait()
            return arriving.pop()

        async def send(message: Any) -> None:
            sent.append(message)

        await application(scope, receive, send)
        start, *bodies = sent
        names = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return start["status"], names, b"".join(message.get("body", b"") for message in bodies)

    status, without, body = await ask(bare)
    assert (status, without["etag"]) == (200, etag_of(body))
    for _ in range(2):
        status, within, kept = await ask(cached)
        assert (status, within["etag"], kept) == (200, without["etag"], body)
    for application in (bare, cached):
        status, headers, empty = await ask(application, if_none_match=without["etag"])
        assert (status, empty) == (304, b"")
        assert headers["access-control-allow-origin"] == "*"
