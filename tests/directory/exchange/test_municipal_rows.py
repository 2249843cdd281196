"""What the columns of a row say together: its municipality, its hours, who runs it."""

import pytest
from django.conf import settings

from tsunagari.core.areas import load_areas
from tsunagari.directory.exchange.municipal.cells import Context, Row
from tsunagari.directory.exchange.municipal.hours import row_hours
from tsunagari.directory.exchange.municipal.localities import code_of, split_address
from tsunagari.directory.exchange.municipal.row import record_of
from tsunagari.directory.exchange.tables.columns import dictionary
from tsunagari.directory.schedules import Hours, read_hours


@pytest.fixture
def areas(db: None) -> None:
    load_areas(settings.DATA_DIR / "municipalities.csv")


@pytest.mark.parametrize(
    ("address", "near", "code", "rest"),
    [
        ("東京都品川区北品川3-11-16", "", "131091", "北品川3-11-16"),
        ("品川区北品川３－１１", "", "131091", "北品川3-11"),
        ("神奈川県川崎市川崎区大師町4-4", "", "141313", "大師町4-4"),
        ("中原区小杉町3-245", "141305", "141330", "小杉町3-245"),
        ("大師町4-4", "141313", "141313", "大師町4-4"),
        ("東京都西多摩郡奥多摩町氷川215-6", "", "133086", "氷川215-6"),
        ("府中市宮西町2-24", "131091", "132063", "宮西町2-24"),
        ("府中市府川町315", "", None, "府中市府川町315"),
        ("どこか", "", None, "どこか"),
    ],
)
def test_the_municipality_of_an_address(
    areas: None, address: str, near: str, code: str | None, rest: str
) -> None:
    area, following = split_address(address, near=near)
    assert (area.code if area else None, following) == (code, rest)


@pytest.mark.parametrize(
    ("cell", "code", "repaired"),
    [
        ("131091", "131091", False),
        ("１３１０９１", "131091", False),
        ("13109", "131091", True),
        ("92011", "092011", True),
        ("9201", "092011", True),
        ("131092", "", False),
        ("x", "", False),
    ],
)
def test_codes_of_municipalities(areas: None, cell: str, code: str, repaired: bool) -> None:
    assert code_of(cell) == (code, repaired)


@pytest.mark.parametrize(
    ("cells", "same_as"),
    [
        ({"days": "月火水木金", "opens": "9:00", "closes": "17:00"}, "月〜金 9:00〜17:00"),
        ({"days": "第２・第４土曜日", "hours": "11：00～14：00"}, "第2・4土曜 11:00〜14:00"),
        ({"opens": "9時", "closes": "21時半", "closed_days": "月曜日"}, "9:00〜21:30 月曜休み"),
        (
            {"days": "月～金", "opens": "8:30", "closes": "17:15", "hours_note": "祝日を除く"},
            "月〜金 8:30〜17:15",
        ),
        ({"hours_note": "平日 9:00〜17:00"}, "平日 9:00〜17:00"),
    ],
)
def test_the_columns_of_hours_are_read_together(cells: dict[str, str], same_as: str) -> None:
    found = row_hours(cells, lambda *_, **__: None)
    assert found.hours == read_hours(same_as).hours
    assert found.hours is not None
    assert found.hours.periods


def test_hours_that_cannot_be_read_are_kept_and_told() -> None:
    told: list[str] = []
    found = row_hours({"days": "不定期", "hours": "10時ごろ"}, lambda code, *_, **__: told.append(code))
    assert found.hours == Hours()
    assert "不定期" in found.note
    assert told == ["unreadable_hours"]
    assert row_hours({}, lambda *_, **__: None).hours is None, "no column says anything"


def row_of(**cells: str) -> Row:
    kind = next(kind for kind in dictionary().lists if kind.key == "kodomo-shokudo")
    columns = {name: name for name in cells}
    return Row(Context(kind, columns, organization="品川区", area="131091"), 2, cells)


@pytest.mark.parametrize(("name", "other"), [("品川区", False), ("NPO法人ひだまり", True), ("", False)])
def test_who_runs_it_is_another_only_if_it_is(areas: None, name: str, other: bool) -> None:
    record = record_of(row_of(name="ひだまり", organization_name=name))
    assert record is not None
    assert (record.organization is not None) is other


def test_a_column_that_is_missing_says_nothing_and_an_empty_one_says_nothing_is_there(areas: None) -> None:
    record = record_of(row_of(name="ひだまり", note="", phone=""))
    assert record is not None
    assert record.fields["note"] == ""
    assert record.channels == []
    assert "description" not in record.fields
    assert record.languages is None


def test_without_a_name_there_is_no_entry(areas: None) -> None:
    row = row_of(name=" ", phone="03-3450-2000")
    assert record_of(row) is None
    assert [problem.code for problem in row.problems] == ["name_missing"]
