"""Places named inside a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagari.core.areas import area_tree
from tsunagari.directory.search.areas_in_text import areas_in_text

pytestmark = pytest.mark.usefixtures("directory_data")


@pytest.mark.parametrize(
    ("text", "places", "rest"),
    [
        ("札幌 ひきこもり", ["北海道札幌市"], "ひきこもり"),
        ("札幌市でひきこもり", ["北海道札幌市"], "ひきこもり"),
        ("さっぽろ ひきこもり", ["北海道札幌市"], "ひきこもり"),
        ("さっぽろしの ひきこもり", ["北海道札幌市"], "ひきこもり"),
        ("横浜市港北区 相談", ["神奈川県横浜市港北区"], "相談"),
        ("港北区 相談", ["神奈川県横浜市港北区"], "相談"),
        ("東京都府中市 お金", ["東京都府中市"], "お金"),
        ("東京都 府中市 お金", ["東京都府中市"], "お金"),
        ("府中市 お金", ["東京都府中市", "広島県府中市"], "お金"),
        ("伊達市", ["北海道伊達市", "福島県伊達市"], ""),
        ("福岡 うつ", ["福岡県福岡市", "福岡県"], "うつ"),
        ("北海道 仕事", ["北海道"], "仕事"),
        ("世田谷 介護", ["東京都世田谷区"], "介護"),
        ("naha hikikomori", ["沖縄県那覇市"], "hikikomori"),
        ("osaka housing", ["大阪府大阪市", "大阪府"], "housing"),
        ("ひきこもり", [], "ひきこもり"),
        ("山口さんがうざい", [], "山口さんがうざい"),
        ("みなみ つらい", [], "みなみ つらい"),
        ("学校 行きたくない", [], "学校 行きたくない"),
        ("help me", [], "help me"),
        ("", [], ""),
    ],
)
def test_places_and_what_is_left(text: str, places: list[str], rest: str) -> None:
    found = areas_in_text(text)
    assert [area.full_name for area in found.areas] == places
    assert found.rest == rest


def test_a_name_of_many_places_is_asked_about() -> None:
    found = areas_in_text("中央区 介護")
    assert found.areas == ()
    assert len(found.ambiguous) > 4
    assert {area.name for area in found.ambiguous} == {"中央区"}
    assert found.rest == "介護"


def test_the_place_chosen_already_decides_between_places_of_one_name() -> None:
    hiroshima = area_tree()["340006"]
    assert [area.full_name for area in areas_in_text("府中市 お金", near=hiroshima).areas] == ["広島県府中市"]
    sapporo = area_tree()["011002"]
    assert [area.full_name for area in areas_in_text("中央区", near=sapporo).areas] == ["北海道札幌市中央区"]


def test_every_municipality_is_found_by_its_full_name_and_its_kana() -> None:
    for area in area_tree().values():
        assert area in areas_in_text(f"{area.full_name} 相談").areas, area.full_name
        found = areas_in_text(f"{area.name_kana} そうだん")
        assert area in (*found.areas, *found.ambiguous), area.name_kana


@given(st.text(max_size=60))
def test_no_text_is_too_odd(text: str) -> None:
    found = areas_in_text(text)
    assert len(found.areas) <= 4
