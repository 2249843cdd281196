"""Browsing by need, by area, programmes, places."""

import json

import pytest
from django.conf import settings
from django.test import Client

from tsunagari.core.areas import area_tree
from tsunagari.portal import selectors
from tsunagari.portal.need_groups import NEED_GROUPS, group_of

pytestmark = pytest.mark.usefixtures("directory")


@pytest.mark.parametrize("group", NEED_GROUPS, ids=lambda group: group.key)
def test_every_word_leads_to_somebody(client: Client, group):
    response = client.get(f"/needs/{group.key}/")
    html = response.content.decode()
    assert response.status_code == 200
    assert response.context["open_cards"] or response.context["other_cards"]
    assert "<title>話せるところ｜つながり</title>" in html
    assert "110" not in {card.name for card in response.context["open_cards"]}
    assert not {card.kind for card in response.context["open_cards"]} & {"緊急通報"}


def test_every_need_of_a_word_is_one_of_ours_and_has_its_drawing():
    known = {
        need["key"]
        for need in json.loads((settings.DATA_DIR / "lexicon/needs.json").read_text(encoding="utf-8"))[
            "needs"
        ]
    }
    icons = (settings.BASE_DIR / "static/img/icons.svg").read_text(encoding="utf-8")
    for group in NEED_GROUPS:
        assert set(group.needs) <= known
        assert f'<symbol id="{group.key}"' in icons
    assert len({group.key for group in NEED_GROUPS}) == len(NEED_GROUPS) == 12


def test_every_topic_of_a_nationwide_service_belongs_to_a_word(client: Client):
    reached = {
        service.key for group in NEED_GROUPS for service in selectors.nationwide_services_for(group.needs)
    }
    lines = set(selectors.nationwide_lines().values_list("key", flat=True))
    assert lines - reached == set()


def test_the_first_need_decides_the_word():
    assert group_of(["dv", "loneliness"]).key == "safety"
    assert group_of(["nothing"]) is None


def test_an_unknown_need_is_not_found(client: Client):
    assert client.get("/needs/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("品川区", ["131091"]),
        ("しながわ", ["131091"]),
        ("シナガワク", ["131091"]),
        ("東京都品川区", ["131091"]),
        (" 品川 ", ["131091"]),
        ("府中市", ["132063", "342084"]),
        ("府中", ["132063", "342084", "343021"]),
        ("ないえ", ["014249"]),
        ("札幌市中央区", ["011011"]),
        ("北海道札幌市中央区", ["011011"]),
        ("大阪府", ["270008"]),
        ("ぬるぽ", []),
        ("", []),
    ],
)
def test_areas_by_name_or_kana(text: str, codes: list[str]):
    assert [area.code for area in selectors.areas_named(text)] == codes


def test_an_area_is_chosen_without_telling_the_address(client: Client):
    response = client.post("/areas/", {"name": "しながわ"})
    assert (response.status_code, response["Location"]) == (303, "/areas/131091/")
    several = client.post("/areas/", {"name": "府中"})
    assert several.status_code == 303
    assert "府中" not in several["Location"]
    page = client.get(several["Location"])
    assert [area.full_name for area in page.context["found"]] == [
        "東京都府中市",
        "広島県府中市",
        "広島県府中町",
    ]
    assert client.get("/areas/r/" + "A" * 40)["Location"] == "/areas/"


@pytest.mark.parametrize("name", ["", " ", "\x00", "あ" * 41, "ぬるぽ市", "<b>", "' OR 1=1"])
def test_a_name_that_is_none_gets_a_sentence(client: Client, name: str):
    response = client.post("/areas/", {"name": name})
    assert response.status_code == 422
    assert 'id="name-error"' in response.content.decode()


def test_an_areas_page_has_its_offices_those_above_and_the_parts_inside(client: Client):
    page = client.get("/areas/131091/")
    names = {card.name for card in page.context["cards"]}
    assert "品川区社会福祉協議会" in names
    assert "東京都精神保健福祉センター" in names
    city = client.get("/areas/011002/")
    assert len(city.context["inside"]) == 10
    prefecture = client.get("/areas/130001/")
    assert len(prefecture.context["inside"]) == 62


def test_every_area_has_a_page(client: Client):
    codes = [*area_tree()][::97]
    assert [client.get(f"/areas/{code}/").status_code for code in codes] == [200] * len(codes)


@pytest.mark.parametrize("code", ["999999", "000000"])
def test_an_unknown_area_is_not_found(client: Client, code: str):
    assert client.get(f"/areas/{code}/").status_code == 404


def test_the_points_are_those_of_all_municipalities_and_wards(client: Client):
    response = client.get("/areas/points.json")
    rows = {row[0]: row[1:] for row in response.json()}
    assert len(rows) == 1741 + 171
    assert rows["131091"] == [
        round(area_tree()["131091"].latitude or 0, 4),
        round(area_tree()["131091"].longitude or 0, 4),
    ]
    assert response["Cache-Control"] == "public, max-age=86400"


def test_programmes_are_all_listed_once_under_a_word(client: Client):
    groups = client.get("/programmes/").context["groups"]
    listed = [card.pk for _, cards in groups for card in cards]
    programmes = json.loads((settings.DATA_DIR / "programmes.json").read_text(encoding="utf-8"))["programmes"]
    assert len(listed) == len(set(listed)) == len(programmes)


def test_places_tell_whom_to_ask_until_there_are_some(client: Client):
    assert "社会福祉協議会" in client.get("/places/").content.decode()
