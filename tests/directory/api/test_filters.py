"""Filters, on the real data where it has what they ask for: each alone, and all of them together."""

import functools
import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.directory.api.making import (
    TOKYO_STATION,
    make_public_organization,
    make_rich_service,
    make_service,
    make_term,
)
from tsunagari.core.areas import area_tree, distance_km
from tsunagari.directory.api.filters import services_for
from tsunagari.directory.api.parameters import TOKYO, ServiceParameters, read_moment
from tsunagari.directory.models import (
    Channel,
    CostOption,
    Language,
    Location,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from tsunagari.directory.opening import hours_of
from tsunagari.directory.schedules import is_open
from tsunagari.directory.search.openness import TALKING

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 24, 2, 0, tzinfo=TOKYO)
"""Two at night on a Tuesday."""

FILTERS: dict[str, Any] = {
    "search": "相談",
    "area": "131016",
    "open_at": AT.isoformat(),
    "language": ["vi"],
    "free": "true",
    "channel": ["phone"],
    "kind": "consultation",
    "status": "active",
    "taxonomy_term_id": ["loneliness"],
    "taxonomy_id": "need",
    "modified_after": "2020-01-01",
}


def found(parameters: dict[str, Any]) -> set[Any]:
    return set(services_for(ServiceParameters(**parameters), AT).values_list("pk", flat=True))


@functools.cache
def alone(name: str) -> set[Any]:
    """What one filter finds in the real data."""
    return found({name: FILTERS[name]})


def test_every_filter_alone_finds_some_of_the_real_services(directory_data: dict[str, int]) -> None:
    everything = {"kind", "status", "taxonomy_id", "modified_after", "search"}
    for name, value in FILTERS.items():
        size = len(found({name: value}))
        assert 0 < size <= directory_data["services"]
        assert size < directory_data["services"] or name in everything, name


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.sets(st.sampled_from(sorted(FILTERS)), min_size=2))
def test_filters_and(directory_data: dict[str, int], names: set[str]) -> None:
    together = found({name: FILTERS[name] for name in names})
    assert together == set.intersection(*(alone(name) for name in names))


@pytest.mark.parametrize("name", ["taxonomy_term_id", "language", "channel"])
def test_a_repeated_filter_ands_too(directory_data: dict[str, int], name: str) -> None:
    values = {
        "taxonomy_term_id": ["dv", "loneliness"],
        "language": ["vi", "th"],
        "channel": ["phone", "chat"],
    }[name]
    assert found({name: values}) == found({name: values[:1]}) & found({name: values[1:]})
    assert found({name: values})


@pytest.mark.parametrize("area", ["131016", "011002", "011011", "470007"])
def test_area_finds_the_nation_and_what_lies_above(directory_data: dict[str, int], area: str) -> None:
    scope = {None, *area_tree()[area].scope}
    expected = {
        service for service, code in ServiceArea.objects.values_list("service", "area") if code in scope
    }
    assert found({"area": area}) == expected


@pytest.mark.parametrize("hours", range(0, 24 * 7, 13))
def test_open_at_finds_what_the_engine_says(directory_data: dict[str, int], hours: int) -> None:
    at = AT + timedelta(hours=hours)
    channels = Channel.objects.filter(
        type__in=TALKING, service__status="active", service__contact_verified=True
    ).prefetch_related("schedules")
    expected = {row.service_id for row in channels if is_open(hours_of(row.schedules.all()), at)}
    assert found({"open_at": at.isoformat()}) == expected
    assert expected


def test_open_now_is_the_same_in_list_in_full_and_as_a_filter(
    lines: Any, directory_data: dict[str, int]
) -> None:
    brief = {item["id"]: item["open_now"] for item in lines("services", channel="phone")}
    full = {item["id"]: item["open_now"] for item in lines("services", channel="phone", full="true")}
    assert brief == full
    assert {True, None} <= set(brief.values()) <= {True, False, None}
    # the minute may have turned between the requests
    open_ids = {item["id"] for item in lines("services", channel="phone", open_at="now")}
    assert len(open_ids ^ {key for key, state in brief.items() if state}) <= 2


def test_free_is_free_of_charge_or_toll_free(directory_data: dict[str, int]) -> None:
    paid, unknown, free = (make_service(name) for name in ("有料", "不明", "無料"))
    CostOption.objects.create(service=paid, amount=500)
    CostOption.objects.create(service=free, amount=0)
    assert free.pk in found({"free": "true"})
    assert {paid.pk, unknown.pk} <= found({"free": "false"})
    assert found({"free": "true"}) & found({"free": "false"}) == set()
    assert len(found({"free": "true"}) | found({"free": "false"})) == Service.objects.count()


def test_a_channel_s_language_counts(directory_data: dict[str, int]) -> None:
    service, other = make_service("電話だけ"), make_service("だれも")
    Channel.objects.create(service=service, type="phone", value="1", languages=["sw"])
    Language.objects.create(service=other, code="sw")
    assert found({"language": ["sw"]}) == {service.pk, other.pk}


def test_terms_are_found_by_id_and_by_code(bare: None) -> None:
    service = make_rich_service()
    term = make_term()
    for written in (term.code, str(term.pk), term.pk.hex):
        assert found({"taxonomy_term_id": [written]}) == {service.pk}
    for written in ("trial", str(term.taxonomy_id)):
        assert found({"taxonomy_id": written}) == {service.pk}


def test_organization_id_finds_its_services() -> None:
    organization = make_public_organization()
    mine = make_service(organization=organization)
    make_service("別の会の電話")
    assert found({"organization_id": organization.pk}) == {mine.pk}


def test_status_is_told_and_can_be_asked_for(bare: None, get: Any) -> None:
    make_service("いまの電話")
    make_service("終わった電話", status=Service.Status.DEFUNCT)
    assert {item["status"] for item in get("services")["contents"]} == {"active", "defunct"}
    assert [item["name"] for item in get("services", status="defunct")["contents"]] == ["終わった電話"]


def test_modified_after_is_at_or_after(bare: None, get: Any) -> None:
    service = make_service()
    moment = get("services")["contents"][0]["last_modified"]
    assert get("services", modified_after=moment)["total_items"] == 1
    later = service.modified_at + timedelta(seconds=1)
    assert get("services", modified_after=later.isoformat())["total_items"] == 0


@pytest.mark.parametrize("written", ["いのちの電話", "ｲﾉﾁの電話", "0120-783-556", "０１２０７８３５５６"])
def test_search_finds_words_and_numbers(get: Any, directory_data: dict[str, int], written: str) -> None:
    names = [item["name"] for item in get("services", search=written)["contents"]]
    assert "いのちの電話（フリーダイヤル）" in names


def test_search_of_marks_only_finds_nothing(get: Any, directory_data: dict[str, int]) -> None:
    for marks in ("、。", "' | '", "!!! & :*", "🙂"):
        assert get("services", search=marks)["total_items"] == 0


def test_search_in_organizations_and_terms(get: Any, directory_data: dict[str, int]) -> None:
    assert get("organizations", search="日本いのちの電話連盟")["total_items"] == 1
    assert get("taxonomy_terms", search="ひきこもり")["total_items"] >= 1
    assert get("taxonomies", search="困りごと")["total_items"] == 1
    assert get("taxonomies", search="%")["total_items"] == 0


# -- nearness ---------------------------------------------------------------------------------------------


def test_near_a_place(bare: None, get: Any) -> None:
    make_rich_service()
    far = make_rich_service("大阪の電話")
    Location.objects.filter(services_here__service=far).update(latitude=34.7025, longitude=135.4959)
    near = {"lat": "35.68", "lng": "139.76"}
    (only,) = get("services", **near, radius="5")["contents"]
    assert only["name"] == "夜の電話"
    expected = round(distance_km(35.68, 139.76, *TOKYO_STATION), 2)
    assert only["distance_km"] == expected
    ordered = get("services", lat="35.0", lng="136.5", radius="200", full="true")["contents"]
    assert [item["name"] for item in ordered] == ["大阪の電話"]
    places = get("service_at_locations", **near, radius="5")["contents"]
    assert [place["service"]["distance_km"] for place in places] == [expected]


def test_near_is_ordered_by_distance_in_pages(get: Any, directory_data: dict[str, int]) -> None:
    everything: list[Any] = []
    for page in itertools.count(1):
        answer = get("services", lat="35.68", lng="139.76", radius="30", per_page="100", page=str(page))
        everything += answer["contents"]
        if answer["last_page"]:
            break
    distances = [item["distance_km"] for item in everything]
    assert distances == sorted(distances)
    assert len({item["id"] for item in everything}) == len(everything) == answer["total_items"] > 100


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(latitude=st.floats(24, 46), longitude=st.floats(123, 146), radius=st.floats(0.1, 200))
def test_near_is_what_the_offices_distances_say(
    directory_data: dict[str, int], latitude: float, longitude: float, radius: float
) -> None:
    # no real service has a place yet: all are measured to the offices of their areas
    offices = {
        code
        for code, area in area_tree().items()
        if area.latitude is not None
        and area.longitude is not None
        and distance_km(latitude, longitude, area.latitude, area.longitude) <= radius
    }
    expected = set(ServiceArea.objects.filter(area__in=offices).values_list("service", flat=True))
    assert found({"lat": latitude, "lng": longitude, "radius": radius}) == expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    bearing=st.floats(-1, 1),
    radius=st.floats(0.1, 200),
)
def test_the_box_loses_no_place(
    bare: None, latitude: float, longitude: float, bearing: float, radius: float
) -> None:
    place = ServiceAtLocation.objects.first()
    if place is None:
        service = make_service("どこか")
        place = ServiceAtLocation.objects.create(
            service=service, location=Location.objects.create(latitude=0, longitude=0)
        )
    there = (
        max(-90.0, min(90.0, latitude + bearing)),
        max(-180.0, min(180.0, longitude + bearing * 1.5)),
    )
    Location.objects.filter(pk=place.location_id).update(latitude=there[0], longitude=there[1])
    away = distance_km(latitude, longitude, *there)
    if abs(away - radius) > 1e-6:
        near = found({"lat": latitude, "lng": longitude, "radius": radius})
        assert (place.service_id in near) == (away < radius)


# -- moments ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=TOKYO)),
        ("2026-11-24T02:00", AT),
        ("2026-11-24T02:00:00+09:00", AT),
        ("2026-11-24T02:00:00 09:00", AT),
        ("2026-11-23T17:00:00Z", AT),
    ],
)
def test_moments(written: str, expected: datetime) -> None:
    assert read_moment(written) == expected


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    try:
        moment = read_moment(text)
    except ValueError:
        return
    assert moment.tzinfo is not None
