"""Where each field of an entry comes from: on its page and as JSON; an outsider learns nothing."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.directory.exchange.conftest import Write, a_service, bring
from tests.factories import AT, make_member, make_organization, sign_in
from tsunagari.accounts.models import Role, User
from tsunagari.directory.exchange.identity import id_of
from tsunagari.directory.models import Channel, ImportRun, Location, Operator, Service
from tsunagari.directory.services.confidential import make_confidential

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty")]
SERVICE = id_of("example.org", "service", "s1")


@pytest.fixture
def brought(write: Write) -> ImportRun:
    return bring(write(a_service()))


@pytest.fixture
def olga(empty: None) -> User:
    """Of the organisation that runs the platform: she keeps every entry."""
    runs = make_organization("つながり運営室")
    Operator.objects.create(organization=runs)
    return make_member("olga", Role.OFFICER, runs)


def answer(viewer: User) -> dict[str, Any]:
    response = sign_in(Client(), viewer).get(reverse("directory:provenance", args=[SERVICE]))
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    found: dict[str, Any] = response.json()
    return found


def by_field(fields: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["field"]: one for one in fields}


def test_what_an_import_brought_names_its_source_and_its_day(brought: ImportRun, olga: User):
    fields = by_field(answer(olga)["fields"])
    for name in ("name", "description", "url", "areas", "channels", "places"):
        assert (fields[name]["how"], fields[name]["source"], fields[name]["at"]) == (
            "imported", "example.org", "2026-11-24T03:00:00Z",
        ), name  # fmt: skip
    assert not {"id", "assurer_email", "organization_id"} & fields.keys()


def test_what_a_person_changed_since_is_told_as_a_persons(brought: ImportRun, olga: User):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tsunagari.actor', 'user:alice', true)")
    Service.objects.filter(pk=SERVICE).update(description="人が直した説明です。")
    Channel.objects.filter(service=SERVICE).update(value="03-9999-9999")
    fields = by_field(answer(olga)["fields"])
    assert [fields[name]["how"] for name in ("name", "description", "channels")] == [
        "imported", "entered", "entered",
    ]  # fmt: skip
    assert fields["description"]["source"] == ""
    assert fields["description"]["at"] > "2026"
    html = sign_in(Client(), olga).get(reverse("directory:entry", args=[SERVICE])).content.decode()
    assert "どこから来た情報か" in html
    assert "人が書いた" in html
    assert "example.org" in html


def test_an_undone_import_is_no_source(brought: ImportRun, olga: User):
    ImportRun.objects.update(state="undone", undone_at=AT)
    assert {one["how"] for one in answer(olga)["fields"]} == {"entered"}


def test_the_address_of_a_place_has_its_source_until_it_becomes_confidential(brought: ImportRun, olga: User):
    (place,) = answer(olga)["places"]
    assert by_field(place["fields"])["address_1"]["source"] == "example.org"
    location = Location.objects.get()
    organization = Service.objects.get(pk=SERVICE).organization
    alice = make_member("alice", Role.EDITOR, organization)
    make_confidential(actor=alice, location_id=location.pk, keep_address=True, tell_prefecture=False, at=AT)
    told = answer(olga)
    assert told["places"] == []
    assert "一番町" not in str(told)


def test_an_organisation_as_source_is_told_by_its_name(write: Write, olga: User):
    city = make_organization("みどり市")
    bring(write(a_service()), source=str(city.pk), organization=city)
    service = Service.objects.get()
    response = sign_in(Client(), olga).get(reverse("directory:provenance", args=[service.pk]))
    assert by_field(response.json()["fields"])["name"]["source"] == "みどり市"


def test_others_see_nothing(brought: ImportRun):
    charlie = make_member("charlie", Role.EDITOR, make_organization("別の会"))
    address = reverse("directory:provenance", args=[SERVICE])
    assert sign_in(Client(), charlie).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_as_many_statements_for_many_places_as_for_one(write: Write, olga: User):
    client = sign_in(Client(), olga)
    counts = []
    for several in (1, 4):
        item = a_service()
        first = item["service_at_locations"][0]
        item["service_at_locations"] = [
            {**first, "id": f"p{n}", "location": {**first["location"], "id": f"l{n}"}} for n in range(several)
        ]
        bring(write(item, name=f"{several}.ndjson"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("directory:provenance", args=[SERVICE]))
        counts.append(len(queries))
    assert Location.objects.count() >= 4
    assert counts[0] == counts[1]
