"""Maps: outlines of our own, links with names, nothing of a confidential place."""

import re
import xml.etree.ElementTree as ET
from uuid import uuid4

import pytest
from django.test import Client

from tests.factories import make_organization
from tsunagari.core.areas import area_tree
from tsunagari.core.models import Area
from tsunagari.directory.models import Location, Service, ServiceArea, ServiceAtLocation
from tsunagari.portal.maps import outlines
from tsunagari.portal.maps.drawing import country_map, prefecture_map
from tsunagari.portal.maps.projection import project

pytestmark = pytest.mark.usefixtures("directory")
MOST_BYTES = 30_000


def inside(point: tuple[float, float], ring: outlines.Ring) -> bool:
    x, y = point
    crossings = 0
    for (x1, y1), (x2, y2) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossings += 1
    return crossings % 2 == 1


def svg_of(html: str) -> str:
    found = re.search(r'<svg class="map.*?</svg>', html, re.S)
    assert found is not None
    return found[0]


def test_the_projection_keeps_the_centre_and_the_directions():
    assert project(37.0, 137.0) == pytest.approx((0, 0), abs=1e-6)
    north, south = project(43.06, 141.35), project(26.2, 127.7)
    assert north[0] > 0 > south[0]
    assert north[1] < 0 < south[1]
    # Tokyo to Osaka is 397 km on the ground; a conformal map between its parallels is true within 1 %
    (x, y), (x2, y2) = project(35.6895, 139.6917), project(34.6937, 135.5023)
    assert ((x - x2) ** 2 + (y - y2) ** 2) ** 0.5 == pytest.approx(397, rel=0.01)


def test_the_office_of_every_municipality_lies_in_its_prefectures_outline():
    areas = [area for area in area_tree().values() if area.level == Area.Level.MUNICIPALITY]
    outside = [
        area.full_name
        for area in areas
        if area.latitude is not None
        and area.longitude is not None
        and not any(
            inside(project(area.latitude, area.longitude), ring) for ring in outlines.rings_of(area.code)
        )
    ]
    # the simplified border of two prefectures may leave an office that stands on it on the other side
    assert len(outside) <= len(areas) * 0.01, outside


def test_no_prefecture_lies_in_another_ones_outline():
    for area in area_tree().values():
        if area.level == Area.Level.PREFECTURE and area.latitude and area.longitude:
            point = project(area.latitude, area.longitude)
            found = [
                code for code, rings in outlines.outlines().items() if any(inside(point, r) for r in rings)
            ]
            assert found == [area.code[:2]], area.name


def test_the_map_of_the_country_has_a_named_link_for_each_prefecture(client: Client):
    html = client.get("/areas/").content.decode()
    svg = svg_of(html)
    assert len(svg.encode()) < MOST_BYTES
    links = ET.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S314
    found = {
        each.get("href"): "".join(each.itertext()).strip()
        for each in links.iter("{http://www.w3.org/2000/svg}a")
    }
    prefectures = [area for area in area_tree().values() if area.level == Area.Level.PREFECTURE]
    assert found == {f"/areas/{area.code}/": area.name for area in prefectures}
    # the list says the same without the map
    listed = html.replace(svg, "")
    assert all(f'href="{address}"' in listed for address in found)
    assert "style=" not in svg
    assert "http" not in svg


def test_everything_drawn_lies_on_the_paper():
    numbers = re.compile(r"-?\d+")
    for drawing in [
        country_map(),
        *(
            prefecture_map(area, [each for each in area_tree().values() if each.parent_code == area.code])
            for area in area_tree().values()
            if area.level == Area.Level.PREFECTURE
        ),
    ]:
        for spot in drawing.spots:
            assert 0 <= spot.x <= drawing.width, spot
            assert 0 <= spot.y <= drawing.height, spot
        for shape in drawing.shapes:
            for part in shape.path.split("M")[1:]:
                x, y, *steps = map(int, numbers.findall(part))
                for dx, dy in [(0, 0), *zip(steps[::2], steps[1::2], strict=True)]:
                    x, y = x + dx, y + dy
                    assert -1 <= x <= drawing.width + 1
                    assert -1 <= y <= drawing.height + 1


@pytest.mark.parametrize("code", ["010006", "130001", "420000", "460001", "470007"])
def test_a_prefectures_map_has_its_municipalities_as_points(client: Client, code: str):
    html = client.get(f"/areas/{code}/").content.decode()
    svg = svg_of(html)
    assert len(svg.encode()) < MOST_BYTES
    municipalities = [area for area in area_tree().values() if area.parent_code == code]
    assert svg.count("<circle") == len(municipalities)
    for area in municipalities:
        assert f'<a href="/areas/{area.code}/">' in svg
        assert f"<text>{area.name}</text>" in svg


def test_names_on_the_map_are_in_the_readers_language(client: Client):
    svg = svg_of(client.get("/en/areas/").content.decode())
    assert "<text>Hokkaido</text>" in svg
    assert "北海道" not in svg
    assert 'href="/en/areas/010006/"' in svg


def make_place(name: str = "ひだまりカフェ", **fields: object) -> Service:
    organization = make_organization()
    service = Service.objects.create(organization=organization, kind="place", name=name)
    ServiceArea.objects.create(service=service, area_id="131091")
    location = Location.objects.create(organization=organization, id=uuid4(), **fields)
    ServiceAtLocation.objects.create(service=service, location=location)
    return service


def test_a_towns_map_shows_the_places_that_are_public(client: Client):
    assert '<svg class="map' not in client.get("/areas/131091/").content.decode()
    service = make_place(area_id="131091", latitude=35.61, longitude=139.73)
    svg = svg_of(client.get("/areas/131091/").content.decode())
    assert f'<a href="/services/{service.pk}/" class="place">' in svg
    assert "<text>ひだまりカフェ</text>" in svg


def test_a_name_is_written_into_the_map_as_text_only(client: Client):
    make_place("<script>alert(1)</script>", area_id="131091", latitude=35.61, longitude=139.73)
    svg = svg_of(client.get("/areas/131091/").content.decode())
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def test_a_confidential_place_and_an_ended_one_stand_on_no_map(client: Client):
    make_place(confidential=True, area_id="130001")
    ended = make_place(area_id="131091", latitude=35.61, longitude=139.73)
    ended.status = Service.Status.DEFUNCT
    ended.save(update_fields=["status"])
    assert '<svg class="map' not in client.get("/areas/131091/").content.decode()
