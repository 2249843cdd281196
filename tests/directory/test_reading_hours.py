"""Hours as cities write them: each writing of the corpus against the rules that it means.

`hours_corpus.tsv`: the writing, what it means (`FREQ days opens-closes holidays`, closures as `xFROM/TO`, or
`!reason` where it must stay text), and flags: `~` a rule in it has no place in a schedule, `+` 年末年始 stood
without dates, `n` words are left that stay a note.
"""

import csv
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsunagari.directory.schedules import (
    TOKYO,
    Hours,
    format_clock,
    is_open,
    read_hours,
    render_ja,
    summary_parts,
    to_rrule,
)

CORPUS = Path(__file__).with_name("hours_corpus.tsv")


def writings() -> list[tuple[str, str, str]]:
    with CORPUS.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return [(row[0], row[1], row[2]) for row in rows]


def compact(hours: Hours) -> str:
    found = []
    for period in hours.periods:
        rule = to_rrule(period).replace("FREQ=", "").replace(";", " ").replace("BYDAY=", "")
        rule = rule.replace("BYMONTHDAY=", "D").replace("BYMONTH=", "M")
        clock = f"{format_clock(period.opens)}-{format_clock(period.closes)}"
        found.append(f"{rule} {clock} {period.holidays}")
    return " | ".join([*found, *(f"x{closure.begins}/{closure.ends}" for closure in hours.closures)])


def test_the_corpus_is_large_and_has_no_doubles() -> None:
    texts = [writing for writing, _, _ in writings()]
    assert len(texts) == len(set(texts))
    assert len(texts) >= 150


@pytest.mark.parametrize(("writing", "expected", "flags"), writings())
def test_a_writing_means_what_the_corpus_says(writing: str, expected: str, flags: str) -> None:
    text = writing.replace("\\n", "\n")
    reading = read_hours(text)
    found = compact(reading.hours) or f"!{reading.reason}"
    assert found == expected
    if reading.understood:
        shown = "~" * (not reading.exact) + "+" * reading.assumed_year_end + "n" * bool(reading.note)
        assert shown == flags
    else:
        assert reading.note == text, "what is not read stays text"


def test_a_reading_answers_whether_it_is_open() -> None:
    hours = read_hours("月〜金 9時～17時（祝日除く）").hours
    assert is_open(hours, datetime(2026, 11, 24, 9, tzinfo=TOKYO)) is True
    assert is_open(hours, datetime(2026, 11, 23, 9, tzinfo=TOKYO)) is False  # 勤労感謝の日, a Monday
    assert is_open(hours, datetime(2026, 11, 24, 17, tzinfo=TOKYO)) is False


@pytest.mark.parametrize(
    "text",
    [
        *("月〜金 9:00〜17:00", "毎日 24時間", "土日祝 10:00〜17:00", "第2・4土曜 11:00〜14:00"),
        *("毎月15日 16:00〜18:00", "火〜土 9:30〜16:30", "月〜金 9:00〜12:00・13:00〜17:00"),
        "毎月最終金曜日 17:00～19:30",
    ],
)
def test_our_own_words_are_read_back(text: str) -> None:
    """A city that exports, edits and imports again must not lose its hours."""
    hours = read_hours(text).hours
    assert read_hours(render_ja(summary_parts(hours))).hours == hours


PIECES = [
    *"月火水木金土日祝・、〜（）※第をに",
    *("平日", "土日", "第2", "9:00", "17時", "10時半", "翌", "まで", "を除く", "休み", "年末年始"),
    *("12月29日", "1/3", "4月", "毎月", "15日", "正午", "午後", "24時間", "昼休み", "予約", "のみ", "隔週"),
    *("祝日の場合は翌日", "\n", " ", "9999", "99:99", "0:00", "第", "\u0000", "\ud800"),
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
def test_any_mixture_of_words_is_read_or_kept(text: str) -> None:
    reading = read_hours(text)
    assert reading.understood or reading.reason
    if reading.understood:
        assert Hours.from_json(reading.hours.to_json()) == reading.hours
    elif text.strip():
        assert reading.note == text.strip()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_or_kept(text: str) -> None:
    reading = read_hours(text)
    assert reading.understood or reading.reason


@pytest.mark.parametrize(
    "text", ["月" * 5000, "(" * 1000, "9:00〜" * 200, "1" * 999, "12月" * 300, "第" * 999]
)
def test_long_and_twisted_texts_end(text: str) -> None:
    assert not read_hours(text).understood
