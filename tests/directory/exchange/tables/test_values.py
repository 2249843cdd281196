"""Cells as cities fill them: telephone numbers, dates, prices, places, yes and no."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsunagari.directory.exchange.tables import values


class Said(list[str]):
    """The doubts that were told, by their codes."""

    def __call__(self, code: str, value: str = "", **words: Any) -> None:
        self.append(code)


@pytest.mark.parametrize(
    ("cell", "numbers", "doubts"),
    [
        ("03-1234-5678", ["03-1234-5678"], []),
        ("０３（１２３４）５６７８", ["03-1234-5678"], []),
        ("0312345678", ["03-1234-5678"], []),
        ("312345678", ["03-1234-5678"], ["zero_restored"]),
        ("9012345678", ["090-1234-5678"], ["zero_restored"]),
        ("120279338", ["0120-279-338"], ["zero_restored"]),
        ("3-1234-5678", ["03-1234-5678"], ["zero_restored"]),
        ("0120ー279ー338", ["0120-279-338"], []),
        ("+81-3-1234-5678", ["03-1234-5678"], []),
        ("03-1234-5678（代表） 内線 123", ["03-1234-5678#123"], []),
        ("03-5253-2111 (内線2345・2346)", ["03-5253-2111#2345・2346"], []),
        ("電話 045-123-4567、090-1234-5678（携帯）", ["045-123-4567", "090-1234-5678"], []),
        ("03-1234-5678\n03-8765-4321", ["03-1234-5678", "03-8765-4321"], []),
        ("TEL：042-123-4567 FAX：042-123-4568", ["042-123-4567", "fax 042-123-4568"], []),
        ("福祉課 0467-12-3456 / 子育て課 0467-12-3457", ["0467-12-3456", "0467-12-3457"], []),
        ("045-123-4567〜9", ["045-123-4567"], []),
        ("#8008", ["#8008"], []),
        ("119", ["119"], []),
        ("なし", [], []),
        ("−", [], []),
        ("市役所福祉課", [], ["not_phone"]),
        ("12345", [], ["not_phone"]),
    ],
)
def test_telephone_numbers(cell: str, numbers: list[str], doubts: list[str]) -> None:
    said = Said()
    found = values.phones(cell, said)
    shown = [
        f"{'fax ' * one.is_fax}{one.number}{f'#{one.extension}' if one.extension else ''}" for one in found
    ]
    assert (shown, said) == (numbers, doubts)


@pytest.mark.parametrize(
    ("cell", "day", "doubts"),
    [
        ("令和6年4月1日", date(2024, 4, 1), []),
        ("R6.4.1", date(2024, 4, 1), []),
        ("令和元年5月1日", date(2019, 5, 1), []),
        ("平成31年4月30日", date(2019, 4, 30), []),
        ("H31.5.1", date(2019, 5, 1), ["era_ended"]),
        ("S63/1/7", date(1988, 1, 7), []),
        ("２０２４年４月１日", date(2024, 4, 1), []),
        ("2024/4/1", date(2024, 4, 1), []),
        ("20240401", date(2024, 4, 1), []),
        ("45383", date(2024, 4, 1), []),
        ("令和６年４月１日現在", date(2024, 4, 1), []),
        ("令和6年4月", date(2024, 4, 1), []),
        ("4月1日", None, ["not_date_here"]),
        ("令和6年13月1日", None, ["not_date_here"]),
        ("", None, []),
    ],
)
def test_dates(cell: str, day: date | None, doubts: list[str]) -> None:
    said = Said()
    assert values.day_of(cell, said) == day
    assert said == doubts


@pytest.mark.parametrize(
    ("cell", "prices"),
    [
        ("子ども無料、大人300円", [("子ども", 0), ("大人", 300)]),
        ("子ども100円・大人300円", [("子ども", 100), ("大人", 300)]),
        ("無料", [("", 0)]),
        ("500", [("", 500)]),
        ("1,000円", [("", 1000)]),
        ("100円（材料費）", [("", 100)]),
        ("300円程度", [("", None)]),
        ("1回500円〜1000円", [("", None)]),
        ("なし", []),
    ],
)
def test_prices(cell: str, prices: list[tuple[str, int | None]]) -> None:
    assert [(cost.option, cost.amount) for cost in values.costs(cell)] == prices


@pytest.mark.parametrize(
    ("latitude", "longitude", "point", "doubts"),
    [
        ("35.68", "139.76", (35.68, 139.76), []),
        ("139.76", "35.68", (35.68, 139.76), ["point_swapped"]),
        ("35度40分52秒", "139°45′50.4″", (35.6811111, 139.764), []),
        ("北緯35.1", "東経139.1", (35.1, 139.1), []),
        ("0", "0", None, []),
        ("", "", None, []),
        ("abc", "139", None, ["not_point"]),
        ("51.5", "-0.1", None, ["not_point"]),
    ],
)
def test_points(latitude: str, longitude: str, point: tuple[float, float] | None, doubts: list[str]) -> None:
    said = Said()
    assert values.point(latitude, longitude, said) == point
    assert said == doubts


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("○", True), ("有", True), ("はい", True), ("要", True), ("×", False), ("無", False), ("いいえ", False)],
)
def test_yes_and_no(cell: str, expected: bool) -> None:
    assert values.flag(cell) is expected


@pytest.mark.parametrize(
    ("cell", "ages"),
    [
        ("18歳未満", (None, 17)),
        ("65歳以上", (65, None)),
        ("概ね15歳から39歳まで", (15, 39)),
        ("0～3歳", (0, 3)),
        ("どなたでも", (None, None)),
        ("90歳から10歳", (None, None)),
    ],
)
def test_ages(cell: str, ages: tuple[int | None, int | None]) -> None:
    assert values.ages(cell) == ages


@pytest.mark.parametrize(
    ("cell", "clock"),
    [
        ("9時", "9:00"),
        ("09:00:00", "9:00"),
        ("午後1時半", "13:30"),
        ("0.375", "9:00"),
        ("900", "9:00"),
        ("25", ""),
    ],
)
def test_times_of_day(cell: str, clock: str) -> None:
    assert values.clock_of(cell) == clock


def test_addresses_of_the_web_and_of_email() -> None:
    said = Said()
    assert values.link("ＨＰ https://a.example.jp/x。", said) == "https://a.example.jp/x"
    assert values.link("www.city.example.lg.jp", said) == "https://www.city.example.lg.jp"
    assert values.link("市のページ", said) == ""
    assert values.mail("ａ★example.jp", said) == "a@example.jp"
    assert values.mail("なし", said) == ""
    assert said == ["link_completed", "not_link"]
    assert values.postal_code("〒140ー0001 東京都") == "140-0001"
    assert values.postal_code("600001") == "060-0001"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_cell_is_read_without_an_error(cell: str) -> None:
    said = Said()
    for read in (values.phones, values.day_of, values.link, values.mail, values.point_of):
        read(cell, said)
    values.point(cell, cell, said)
    for plain in (
        values.costs,
        values.ages,
        values.clock_of,
        values.postal_code,
        values.flag,
        values.several,
    ):
        plain(cell)
