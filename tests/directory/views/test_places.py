"""The desk's pages of places and of reachability: members, outsiders, bad input."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.directory.api.making import make_rich_service
from tests.factories import make_member, sign_in
from tsunagari.accounts.models import RecordReading, Role, User
from tsunagari.directory.models import ConfidentialAddress, Location, Service

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Service:
    return make_rich_service()


@pytest.fixture
def place(service: Service) -> Location:
    place = Location.objects.get(services_here__service=service)
    Location.objects.filter(pk=place.pk).update(address_1="丸の内3丁目14番15号")
    return place


@pytest.fixture
def alice(place: Location) -> User:
    return make_member("alice", Role.ADMIN, place.organization)


@pytest.fixture
def desk(client: Client, alice: User) -> Client:
    return sign_in(client, alice)


def post(client: Client, name: str, place: Location, **data: str) -> tuple[int, str]:
    response = client.post(reverse(f"directory:{name}", args=[place.pk]), data, follow=True)
    return response.status_code, response.content.decode()


def test_from_the_flag_to_the_end(desk: Client, place: Location) -> None:
    assert "丸の内3丁目14番15号" in desk.get(reverse("directory:places")).content.decode()
    status, page = post(desk, "flag_place", place, keep="yes", prefecture="yes")
    assert (status, "丸の内" in page) == (200, False)
    assert "東京都" in page
    listed = desk.get(reverse("directory:places")).content.decode()
    assert "所在地を知らせない場所" in listed
    assert "丸の内" not in listed
    response = desk.post(reverse("directory:read_place", args=[place.pk]))
    assert "丸の内3丁目14番15号" in response.content.decode()
    assert response["Cache-Control"] == "no-store"
    assert RecordReading.objects.count() == 1
    assert "丸の内" not in desk.get(reverse("directory:place", args=[place.pk])).content.decode()
    assert post(desk, "erase_place", place)[0] == 422
    assert ConfidentialAddress.objects.get().sealed is not None
    assert post(desk, "erase_place", place, sure="yes")[0] == 200
    assert ConfidentialAddress.objects.get().sealed is None
    assert post(desk, "read_place", place)[0] == 422
    assert post(desk, "lift_place", place)[0] == 422
    assert post(desk, "lift_place", place, sure="yes")[0] == 200
    place.refresh_from_db()
    assert (place.confidential, place.address_1) == (False, "")


def test_refusals_are_sentences_on_the_page(desk: Client, service: Service, place: Location) -> None:
    Service.objects.filter(pk=service.pk).update(note="丸の内3-14-15にあります")
    status, page = post(desk, "flag_place", place, keep="yes")
    assert status == 422
    assert "先にそこを書きかえてください：「夜の電話」（note）" in page
    Service.objects.filter(pk=service.pk).update(note="")
    assert post(desk, "flag_place", place)[0] == 200
    assert post(desk, "flag_place", place)[0] == 422
    assert post(desk, "erase_place", place, sure="yes")[0] == 422


@pytest.mark.parametrize("name", ["flag_place", "read_place", "erase_place", "lift_place"])
def test_anothers_place_is_not_there(client: Client, place: Location, name: str) -> None:
    charlie = sign_in(client, make_member("charlie", Role.ADMIN))
    assert post(charlie, name, place, sure="yes", keep="yes")[0] == 404
    assert charlie.get(reverse("directory:place", args=[place.pk])).status_code == 404
    assert charlie.post(reverse(f"directory:{name}", args=[uuid4()])).status_code == 404
    place.refresh_from_db()
    assert not place.confidential
    assert "丸の内" not in charlie.get(reverse("directory:places")).content.decode()


def test_many_places_cost_as_many_queries_as_one(desk: Client, place: Location) -> None:
    counts = []
    for more in (0, 3):
        for number in range(more):
            Location.objects.create(organization=place.organization, name=f"部屋{number}", area_id="131016")
        with CaptureQueriesContext(connection) as queries:
            desk.get(reverse("directory:places"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
