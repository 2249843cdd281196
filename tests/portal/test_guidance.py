"""First words, steps, cost, traces; and how moments are written."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from tsunagari.core.templatetags.ui import day, path_in, tel, time_left, when_next
from tsunagari.directory.models import Channel
from tsunagari.portal import guidance

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def test_first_words_are_those_of_the_first_known_need_then_of_the_channel():
    words = guidance.first_words(["unknown", "dv", "loneliness"], "phone")
    assert words == [
        "家族（パートナー）のことがこわいです。",
        "これが暴力なのか、自分でもわからないのですが。",
        "うまく話せないのですが、聞いてもらえますか。",
    ]
    with translation.override("en"):
        assert guidance.first_words(["dv"], "phone")[0] == "I am afraid of someone in my family (my partner)."
    assert guidance.first_words([], "nothing") == []


def test_steps_of_an_emergency_number_are_its_own():
    assert "事件ですか、事故ですか" in guidance.steps(Channel(type="phone", value="110"))[0]
    assert len(guidance.steps(Channel(type="chat", value="https://example.org/"))) == 3
    assert guidance.steps(Channel(type="other", value="")) == []


@pytest.mark.parametrize(
    ("value", "toll_free", "free"),
    [
        ("0120-279-338", True, True),
        ("0570-783-556", False, False),
        ("#8891", None, True),
        ("#8008", None, False),
        ("050-5358-6578", False, False),
        ("0120-000-000", False, False),
    ],
)
def test_what_a_call_costs(value: str, toll_free: bool | None, free: bool):
    known, sentences = guidance.call_cost("phone", value, toll_free)
    assert known is free
    assert len(sentences) == 2


def test_a_call_leaves_a_trace():
    assert "通話履歴に残ります" in guidance.traces("phone")
    assert guidance.traces("visit") == ""


@pytest.mark.parametrize(
    ("number", "address"),
    [
        ("0120-279-338", "tel:0120279338"),
        ("#8008", "tel:%238008"),
        ("+81-3-0000-0000", "tel:+81300000000"),
    ],
)
def test_telephone_addresses(number: str, address: str):
    assert tel(number) == address


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 24, 7, 0, tzinfo=UTC), "次は 16:00 から"),
        (datetime(2026, 11, 24, 15, 0, tzinfo=UTC), "次は あす 0:00 から"),
        (datetime(2026, 11, 26, 0, 5, tzinfo=UTC), "次は 11月26日（木） 9:05 から"),
        (None, ""),
    ],
)
def test_when_it_opens(moment: datetime | None, text: str):
    assert when_next(moment, NOON) == text


@pytest.mark.parametrize(
    ("until", "text"),
    [
        (datetime(2026, 11, 24, 3, 20, tzinfo=UTC), "あと20分"),
        (datetime(2026, 11, 24, 6, 59, tzinfo=UTC), "あと3時間"),
        (datetime(2026, 11, 25, 3, 0, tzinfo=UTC), "あと24時間"),
        (datetime(2026, 11, 25, 3, 1, tzinfo=UTC), ""),
        (NOON, ""),
        (None, ""),
    ],
)
def test_how_long_it_stays_open(until: datetime | None, text: str):
    assert time_left(until, NOON) == text


def test_dates_are_written_in_full():
    assert day(date(2026, 11, 24)) == "2026年11月24日（火）"
    assert day(datetime(2026, 11, 24, 15, 0, tzinfo=UTC)) == "2026年11月25日（水）"
    with translation.override("en"):
        assert day(date(2026, 11, 24)) == "Tue 24 November 2026"


def test_the_other_language_is_a_prefix(rf):
    assert path_in({"request": rf.get("/safety/")}, "en") == "/en/safety/"
    assert path_in({"request": rf.get("/en/safety/")}, "ja") == "/safety/"
    assert path_in({"request": rf.get("/en/")}, "ja") == "/"
    assert path_in({}, "en") == "/en/"
