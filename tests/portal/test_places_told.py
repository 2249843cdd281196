"""A visitor reads where to go; of a confidential place nothing is told."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.factories import make_organization
from tsunagari.core.areas import load_areas
from tsunagari.core.models import Area
from tsunagari.directory.models import Location, Service, ServiceAtLocation

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(db: None) -> Service:
    if not Area.objects.filter(code="131091").exists():
        load_areas(settings.DATA_DIR / "municipalities.csv")
    return Service.objects.create(organization=make_organization(), name="ひだまり食堂", kind="place")


def offered_at(service: Service, note: str = "", **columns: object) -> None:
    place = Location.objects.create(organization=service.organization, **columns)
    ServiceAtLocation.objects.create(service=service, location=place, description=note)


def test_the_page_and_the_sheet_say_where_to_go(client: Client, service: Service) -> None:
    hall = {"area_id": "131091", "address_1": "大井1-14-1", "address_2": "3階", "postal_code": "140-0014"}
    offered_at(service, "裏口から", name="ひだまり会館", transportation="大井町駅から5分", **hall)
    offered_at(service, area_id="131091", address_1="東京都品川区大井2-2-2")
    for name in ("portal:service", "portal:service_print"):
        page = client.get(reverse(name, args=[service.pk])).content.decode()
        assert "行くところ" in page
        assert "ひだまり会館<br>〒140-0014 東京都品川区大井1-14-1 3階<br>大井町駅から5分<br>裏口から" in page
        assert "東京都品川区大井2-2-2" in page
        assert "東京都品川区東京都" not in page


def test_a_confidential_place_says_nothing(client: Client, service: Service) -> None:
    offered_at(service, confidential=True, area_id="130001")
    page = client.get(reverse("portal:service", args=[service.pk])).content.decode()
    assert "行くところ" not in page
