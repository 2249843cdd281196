"""Pages, totals and streams: constant numbers of queries, bounded memory, no connection held."""

import json
import threading
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.directory.api.making import make_public_organization, make_rich_service, make_service
from tsunagari.core.areas import area_tree
from tsunagari.directory.api import listing
from tsunagari.directory.api.listing import STREAM_BATCH, forget_counts
from tsunagari.directory.models import Service

LISTS = (
    ("services", {}),
    ("services", {"minimal": "true"}),
    ("services", {"full": "true"}),
    ("organizations", {}),
    ("organizations", {"full": "true"}),
    ("organizations", {"full_service": "true"}),
    ("service_at_locations", {}),
    ("service_at_locations", {"full": "true"}),
    ("taxonomies", {}),
    ("taxonomy_terms", {}),
)


def queries_of(client: Client, address: str, parameters: dict[str, str]) -> tuple[int, int]:
    """How many queries a request took, and how many items it answered; what processes keep is read before."""
    forget_counts()
    area_tree()
    client.get("/api/hsds/services", {"open_at": "now"})
    forget_counts()
    with CaptureQueriesContext(connection) as captured:
        response = client.get(f"/api/hsds/{address}", parameters)
    return len(captured), response.json()["size"]


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(("address", "parameters"), LISTS)
def test_three_rows_take_as_many_queries_as_one(
    client: Client, address: str, parameters: dict[str, str]
) -> None:
    make_rich_service()
    few, one = queries_of(client, address, parameters)
    for name in ("朝の電話", "昼の電話"):
        make_rich_service(name)
    many, three = queries_of(client, address, parameters)
    assert many == few
    assert three > one or address.startswith("taxonom")


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(("parameters", "most"), [({}, 9), ({"minimal": "true"}, 8), ({"full": "true"}, 38)])
def test_a_page_of_services_takes_few_queries(
    client: Client, django_assert_max_num_queries: Any, parameters: dict[str, str], most: int
) -> None:
    make_rich_service()
    queries_of(client, "services", parameters)
    forget_counts()
    # one of them gives the test's own transaction its time limit back; a request has none around it
    with django_assert_max_num_queries(most):
        client.get("/api/hsds/services", parameters)


@pytest.mark.usefixtures("bare")
def test_paging_counts_once(client: Client, get: Any) -> None:
    for number in range(3):
        make_service(f"{number}番")

    def counts(**parameters: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            page = get("services", per_page="1", **parameters)
        assert page["total_items"] == Service.objects.count()
        return sum("COUNT(" in query["sql"] for query in captured)

    assert counts(page="1") == 1
    assert counts(page="2") == 0
    assert counts(page="3") == 0
    later = timezone.now() + timedelta(seconds=1)  # in this test all is of one transaction, so of one moment
    organization = make_public_organization()
    Service.objects.create(organization=organization, name="また一つ", modified_at=later)
    assert counts(page="1") == 1


@pytest.mark.usefixtures("bare")
def test_pages_tell_everything_once(get: Any) -> None:
    for number in range(5):
        make_service(f"{number}番")
    pages = [get("services", per_page="2", page=str(page)) for page in (1, 2, 3, 4)]
    shape = ("total_items", "total_pages", "page_number", "size", "first_page", "last_page", "empty")
    assert [tuple(page[name] for name in shape) for page in pages] == [
        (5, 3, 1, 2, True, False, False),
        (5, 3, 2, 2, False, False, False),
        (5, 3, 3, 1, False, True, False),
        (5, 3, 4, 0, False, True, True),
    ]
    ids = [item["id"] for page in pages for item in page["contents"]]
    assert len(set(ids)) == 5
    assert ids == sorted(ids)


def slow(rows: Any) -> Any:
    """Rows whose count takes long, as conditions do that a million services satisfy."""
    return rows.extra(where=["pg_sleep(0.5) IS NOT NULL"])


@pytest.mark.usefixtures("bare")
def test_a_count_that_takes_too_long_is_an_estimate_and_says_so(
    get: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = make_public_organization()
    Service.objects.bulk_create(Service(organization=organization, name=f"{n}番") for n in range(40))
    total = Service.objects.count()
    monkeypatch.setattr(listing, "COUNTING_MILLISECONDS", "100")
    began = time.monotonic()
    counted = listing._counted(slow(Service.objects.values("pk")))
    assert time.monotonic() - began < 5
    assert not counted.exact
    assert counted.rows >= 1
    # the connection goes on
    assert listing._counted(Service.objects.values("pk")) == listing.Total(total, exact=True)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("estimate", [1, 12, 5_000])
def test_with_an_estimate_the_last_page_is_still_the_last(
    get: Any, monkeypatch: pytest.MonkeyPatch, estimate: int
) -> None:
    organization = make_public_organization()
    Service.objects.bulk_create(Service(organization=organization, name=f"{n}番") for n in range(12))
    total = Service.objects.count()
    monkeypatch.setattr(listing, "_counted", lambda rows: listing.Total(estimate, exact=False))
    forget_counts()
    seen: list[str] = []
    number = 1
    while True:
        page = get("services", per_page="5", page=str(number))
        assert page["total_is_estimate"] is True
        seen += [item["id"] for item in page["contents"]]
        assert page["total_items"] >= len(seen)
        if page["last_page"]:
            break
        assert page["total_pages"] > number
        number += 1
    assert len(set(seen)) == len(seen) == total
    # at the end, what was counted is known
    assert page["total_items"] == total
    assert get("services", per_page="5", page=str(number + 1))["empty"]


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    "conditions",
    [
        {"free": "true"},
        {"free": "false"},
        {"language": "ja"},
        {"language": "en", "free": "true"},
        {"channel": "phone", "free": "true"},
    ],
)
@pytest.mark.parametrize("address", ["services", "service_at_locations"])
def test_the_two_ways_to_find_rows_find_the_same(
    get: Any, monkeypatch: pytest.MonkeyPatch, address: str, conditions: dict[str, str]
) -> None:
    for name in ("朝の電話", "昼の電話"):
        make_rich_service(name)
    make_service("ほかの窓口")
    exact = get(address, **conditions)
    monkeypatch.setattr(listing, "_counted", lambda rows: listing.Total(1, exact=False))
    forget_counts()
    estimated = get(address, **conditions)
    assert [item["id"] for item in estimated["contents"]] == [item["id"] for item in exact["contents"]]
    assert estimated["total_items"] == exact["total_items"]


@pytest.mark.usefixtures("bare")
def test_nothing_is_an_empty_page(get: Any) -> None:
    assert get("services") == {
        "total_items": 0,
        "total_pages": 0,
        "page_number": 1,
        "size": 0,
        "first_page": True,
        "last_page": True,
        "empty": True,
        "contents": [],
    }
    assert get("services", page="1000000000", per_page="500")["empty"]


@pytest.mark.usefixtures("bare")
def test_minimal_has_everything_on_one_page(get: Any) -> None:
    organization = make_public_organization()
    Service.objects.bulk_create(Service(organization=organization, name=f"{n}番") for n in range(600))
    page = get("services", minimal="true")
    assert (page["size"], page["last_page"]) == (600, True)
    assert set(page["contents"][0]) == {"id", "name", "status", "last_modified", "modified_date"}
    assert get("services")["size"] == 50


@pytest.mark.usefixtures("bare")
def test_a_stream_tells_every_row_once_in_batches(client: Client) -> None:
    organization = make_public_organization()
    total = 2 * STREAM_BATCH + 1
    Service.objects.bulk_create(Service(organization=organization, name=f"{n}番") for n in range(total))
    response = client.get("/api/hsds/services", {"format": "ndjson", "minimal": "true", "page": "7"})
    batches = [chunk.splitlines() for chunk in response.streaming_content]
    assert [len(batch) for batch in batches] == [STREAM_BATCH, STREAM_BATCH, 1]
    ids = [json.loads(line)["id"] for batch in batches for line in batch]
    assert ids == sorted(set(ids))
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert not response.has_header("ETag")


@pytest.mark.usefixtures("bare")
def test_a_stream_obeys_filters(lines: Any, get: Any) -> None:
    make_rich_service()
    make_service("ほかの電話")
    assert [item["name"] for item in lines("services", channel="line", full="true")] == ["夜の電話"]
    assert (
        lines("services", channel="line", full="true")
        == get("services", channel="line", full="true")["contents"]
    )
    assert len(lines("organizations", full_service="true")) == 2


@pytest.mark.django_db(transaction=True)
async def test_a_stream_holds_no_connection_between_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    def write() -> None:
        organization = make_public_organization()
        Service.objects.bulk_create(Service(organization=organization, name=f"{n}番") for n in range(5))

    await sync_to_async(write)()
    monkeypatch.setattr(listing, "STREAM_BATCH", 2)
    response = await AsyncClient().get("/api/hsds/services", {"format": "ndjson"})
    content: AsyncIterator[bytes] = response.streaming_content
    async for chunk in content:
        assert len(chunk.splitlines()) == 2
        assert await sync_to_async(lambda: connection.connection)() is None
        break
    await content.aclose()  # type: ignore[attr-defined]


def test_many_streams_take_turns() -> None:
    """A flood of exports must not slow down who seeks help."""
    working, most, lock = 0, 0, threading.Lock()

    def items(ids: Sequence[Any]) -> list[dict[str, Any]]:
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        time.sleep(0.02)
        with lock:
            working -= 1
        return [{"id": str(one)} for one in ids]

    class Rows(list[int]):
        """Of a query as much as a stream needs, so that threads need no database."""

        def order_by(self, *_: str) -> "Rows":
            return self

        def values_list(self, *_: str, flat: bool) -> "Rows":
            return self

    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(lambda _: b"".join(listing._batches(Rows([1, 2]), items)), range(10)))
    assert most == listing.STREAMS_AT_ONCE
    assert told == [b'{"id":"1"}\n{"id":"2"}\n'] * 10
