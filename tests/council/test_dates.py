"""The words of a schedule and the days that they can mean."""

import json
from datetime import date

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from tsunagari.council.dates import DateSpan, NotADate, parse_date_text


def span(earliest: str, latest: str | None, *, tentative: bool = False) -> DateSpan:
    return DateSpan(
        date.fromisoformat(earliest), date.fromisoformat(latest) if latest else None, tentative=tentative
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11月9日（火）", span("2021-11-09", "2021-11-09")),
        ("１１月９日（火）", span("2021-11-09", "2021-11-09")),
        ("１１月９日(火曜日)", span("2021-11-09", "2021-11-09")),
        ("令和３年11月9日", span("2021-11-09", "2021-11-09")),
        ("令和元年12月1日（日）", span("2019-12-01", "2019-12-01")),
        ("2022年2月25日", span("2022-02-25", "2022-02-25")),
        ("11月3日（水・祝）", span("2021-11-03", "2021-11-03")),
        ("11月上旬", span("2021-11-01", "2021-11-10")),
        ("11月初旬", span("2021-11-01", "2021-11-10")),
        ("11月中旬", span("2021-11-11", "2021-11-20")),
        ("11月下旬", span("2021-11-21", "2021-11-30")),
        ("2月下旬", span("2021-02-21", "2021-02-28")),
        ("12月中下旬", span("2021-12-11", "2021-12-31")),
        ("11月上中旬", span("2021-11-01", "2021-11-20")),
        ("11月中旬下旬", span("2021-11-11", "2021-11-30")),
        ("11月中旬～", span("2021-11-11", None)),
        ("11月中旬〜", span("2021-11-11", None)),
        ("11月中旬から", span("2021-11-11", None)),
        ("（１１月下旬～）", span("2021-11-21", None, tentative=True)),
        ("（11月中下旬）", span("2021-11-11", "2021-11-30", tentative=True)),
        ("11月中旬～下旬", span("2021-11-11", "2021-11-30")),
        ("11月中旬～12月上旬", span("2021-11-11", "2021-12-10")),
        ("12月下旬～1月上旬", span("2021-12-21", "2022-01-10")),
        ("12月8日～15日", span("2021-12-08", "2021-12-15")),
        ("12月8日（水）から15日（水）まで", span("2021-12-08", "2021-12-15")),
        ("11月", span("2021-11-01", "2021-11-30")),
        ("12月20日頃", span("2021-12-20", "2021-12-20", tentative=True)),
        ("年内", span("2021-01-01", "2021-12-31", tentative=True)),
    ],
)
def test_words_and_days(text: str, expected: DateSpan):
    assert parse_date_text(text, year=2021) == expected


@pytest.mark.parametrize(
    "text",
    ["", "そのうち", "13月1日", "0月上旬", "2月30日", "11月9日（水）", "11月下中旬", "11月31日", "～11月",
     "11月20日～10日", "旬", "下旬", "11月9日、10日", "99999年1月1日", "平成99月"],
)  # fmt: skip
def test_what_is_no_day_is_refused_with_a_sentence(text: str):
    with pytest.raises(NotADate) as refused:
        parse_date_text(text, year=2021)
    assert str(refused.value.sentence).endswith("。")


def test_a_wrong_weekday_is_told_with_the_right_one():
    with pytest.raises(NotADate, match="火曜日"):
        parse_date_text("11月9日（水）", year=2021)


def test_every_line_of_the_mission_is_read_as_the_data_says():
    """The parser's answer and the days written down by hand in data/ are the same."""
    data = json.loads((settings.DATA_DIR / "priority_plan.json").read_text(encoding="utf-8"))
    for line in data["schedule"]:
        read = parse_date_text(line["text"], year=2021, within_year="年内" in line.get("note", ""))
        assert (read.earliest.isoformat(), read.latest and read.latest.isoformat()) == (
            line["earliest"],
            line["latest"],
        ), line["text"]
        assert read.tentative == line.get("tentative", False)


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 12, 31)))
def test_every_day_is_found_again_in_full_width_too(day: date):
    text = f"{day.year}年{day.month}月{day.day}日（{'月火水木金土日'[day.weekday()]}）"
    wide = text.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert parse_date_text(text, year=1999).day == day == parse_date_text(wide, year=1999).day


@given(st.text(max_size=30))
def test_no_words_break_it(text: str):
    try:
        found = parse_date_text(text, year=2021)
    except NotADate:
        return
    assert found.latest is None or found.earliest <= found.latest
