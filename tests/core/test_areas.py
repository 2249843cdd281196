"""The tree of areas."""

from pathlib import Path

import pytest
from django.conf import settings

from tsunagari.core.areas import (
    BadAreas,
    area_tree,
    areas_below,
    check_digit,
    distance_km,
    forget_areas,
    load_areas,
)
from tsunagari.core.models import Area

HEAD = "code,level,name,kana,prefecture,parent_code,latitude,longitude\n"


@pytest.fixture(autouse=True)
def _fresh_tree():
    forget_areas()
    yield
    forget_areas()


def test_check_digits_of_known_codes():
    assert [check_digit(code) for code in ("01100", "13104", "40130", "47201")] == [2, 1, 7, 8]


@pytest.mark.django_db
def test_all_of_japan_with_kana_and_coordinates():
    load_areas(settings.DATA_DIR / "municipalities.csv")
    tree = area_tree()
    levels = [node.level for node in tree.values()]
    assert (levels.count("prefecture"), levels.count("municipality"), levels.count("ward")) == (47, 1741, 171)
    assert [node.full_name for node in tree.values() if node.latitude is None or node.longitude is None] == []
    kinds = [node.kind for node in tree.values()]
    assert (kinds.count("designated_city"), kinds.count("special_ward")) == (20, 23)
    assert Area.objects.filter(name_kana="").count() == 0


@pytest.mark.django_db
def test_a_ward_stands_below_its_city_and_its_prefecture():
    load_areas(settings.DATA_DIR / "municipalities.csv")
    ward = area_tree()["011011"]
    assert ward.full_name == "北海道札幌市中央区"
    assert ward.scope == ("011011", "011002", "010006")
    assert ward.prefecture_code == "010006"
    city = area_tree()["011002"]
    assert (ward.latitude, ward.longitude) == (city.latitude, city.longitude)


@pytest.mark.django_db
def test_a_prefecture_has_the_point_of_its_seat():
    load_areas(settings.DATA_DIR / "municipalities.csv")
    tree = area_tree()
    for prefecture, seat in (
        ("130001", "131041"),
        ("350001", "352039"),
        ("400009", "401307"),
        ("230006", "231002"),
    ):
        assert (tree[prefecture].latitude, tree[prefecture].longitude) == (
            tree[seat].latitude,
            tree[seat].longitude,
        )


@pytest.mark.django_db
def test_loading_twice_changes_nothing():
    load_areas(settings.DATA_DIR / "municipalities.csv")
    before = list(Area.objects.values())
    load_areas(settings.DATA_DIR / "municipalities.csv")
    assert list(Area.objects.values()) == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "rows",
    [
        "010005,prefecture,北海道,ほっかいどう,北海道,,43.0,141.3\n",
        "011002,municipality,札幌市,さっぽろし,北海道,010006,43.0,141.3\n",
        "010006,prefecture,北海道,ほっかいどう,北海道,,43.0,141.3\n"
        "011002,municipality,札幌,さっぽろ,北海道,010006,43.0,141.3\n",
    ],
    ids=["check digit", "no such parent", "neither 市 nor 町"],
)
def test_a_wrong_file_is_refused_whole(tmp_path: Path, rows: str):
    file = tmp_path / "areas.csv"
    file.write_text(HEAD + rows, encoding="utf-8")
    with pytest.raises(BadAreas):
        load_areas(file)
    assert not Area.objects.exists()


def test_distance_between_tokyo_and_osaka_stations():
    # 403 km by the Geospatial Information Authority's calculator
    assert distance_km(35.681236, 139.767125, 34.702485, 135.495951) == pytest.approx(403, abs=1)
    assert distance_km(35, 139, 35, 139) == 0


@pytest.mark.django_db
def test_areas_below_are_those_whose_scope_names_it():
    load_areas(settings.DATA_DIR / "municipalities.csv")
    assert len(areas_below("011002")) == 10
    for code in ("010006", "011002", "131016"):
        inside = tuple(node.code for node in area_tree().values() if code in node.scope[1:])
        assert areas_below(code) == inside
    assert areas_below("999999") == ()
