"""The opening-hours engine against real services, a scan minute by minute, and dateutil."""

from __future__ import annotations

import json
import pickle
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import holidays as public_calendar
import pytest
from dateutil import rrule
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tsunagari.directory.schedules import (
    TOKYO,
    WEEKDAYS,
    BadSchedule,
    Closure,
    Hours,
    Period,
    describe_week,
    format_clock,
    holiday_name,
    hours_from_source,
    is_always_open,
    is_open,
    next_closing,
    next_opening,
    openings_between,
    parse_clock,
    period_from_hsds,
    period_to_hsds,
    rule_fields,
    summary,
    summary_parts,
    to_rrule,
)
from tsunagari.directory.schedules.recurrence import rule_of

SERVICES = Path(__file__).resolve().parents[2] / "data" / "services.json"
CHANNELS: dict[str, list[dict[str, Any]]] = {
    service["id"]: service["channels"]
    for service in json.loads(SERVICES.read_text(encoding="utf-8"))["services"]
}


def tokyo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def hours_of(key: str, number: int = 0) -> Hours:
    return hours_from_source(CHANNELS[key][number])


# --- Real services at telling moments -------------------------------------------------------------

OPEN_AT = [
    # Every 10th of the month from 8:00 to 8:00 of the next day; 16:00–21:00 on every other day.
    ("inochi-freedial", "2024-12-09T20:59", True),
    ("inochi-freedial", "2024-12-09T21:00", False),
    ("inochi-freedial", "2024-12-10T07:59", False),
    ("inochi-freedial", "2024-12-10T08:00", True),
    ("inochi-freedial", "2024-12-10T21:00", True),
    ("inochi-freedial", "2024-12-11T00:00", True),
    ("inochi-freedial", "2024-12-11T07:59", True),
    ("inochi-freedial", "2024-12-11T08:00", False),
    ("inochi-freedial", "2024-12-11T15:59", False),
    ("inochi-freedial", "2024-12-11T16:00", True),
    # 2024-08-10 is a Saturday, the 11th 山の日, the 12th its substitute; the 10th of 2020-08 was 山の日.
    ("inochi-freedial", "2024-08-11T07:59", True),
    ("inochi-freedial", "2024-08-12T16:00", True),
    ("inochi-freedial", "2020-08-10T08:00", True),
    ("inochi-freedial", "2025-01-01T16:00", True),
    # Weekdays but not on 祝日: 成人の日, 振替休日, 国民の休日.
    ("houterasu", "2025-01-10T09:00", True),
    ("houterasu", "2025-01-13T09:00", False),
    ("houterasu", "2024-11-04T12:00", False),
    ("houterasu", "2026-09-22T12:00", False),
    ("houterasu", "2025-05-06T12:00", False),
    ("houterasu", "2024-12-07T16:59", True),
    ("houterasu", "2024-12-07T17:00", False),
    ("houterasu", "2024-11-23T10:00", False),
    ("houterasu", "2024-12-08T10:00", False),
    # Monday from midnight, but from 6:00 when the Monday is a 祝日.
    ("inochi-sos", "2024-12-02T05:00", True),
    ("inochi-sos", "2024-11-04T05:59", False),
    ("inochi-sos", "2024-11-04T06:00", True),
    ("inochi-sos", "2024-12-03T05:59", False),
    ("inochi-sos", "2024-12-06T23:59", True),
    # 祝日 follow the hours of the weekend.
    ("roudou-hotline", "2024-11-04T09:00", True),
    ("roudou-hotline", "2024-11-04T21:30", False),
    ("roudou-hotline", "2024-11-05T21:30", True),
    ("roudou-hotline", "2024-11-05T09:00", False),
    # 土日 without 祝日.
    ("kokoro-no-mimi", "2024-11-23T12:00", False),
    ("kokoro-no-mimi", "2024-11-24T12:00", True),
    # Year end.
    ("childline", "2024-12-28T20:59", True),
    ("childline", "2024-12-29T16:00", False),
    ("childline", "2025-01-01T16:00", False),
    ("childline", "2025-01-03T20:59", False),
    ("childline", "2025-01-04T16:00", True),
    ("kodomo-jinken", "2024-12-27T17:14", True),
    ("kodomo-jinken", "2024-12-30T10:00", False),
    ("kodomo-jinken", "2025-01-06T08:30", True),
    ("kodomo-jinken", "2025-01-06T08:29", False),
    ("gaikokugo-jinken", "2024-12-30T10:00", True),
    # A lunch break.
    ("tajuu-saimu", "2024-12-03T12:39", True),
    ("tajuu-saimu", "2024-12-03T12:40", False),
    ("tajuu-saimu", "2024-12-03T14:00", True),
    ("jakunen-ninchi", "2024-12-04T18:59", True),
    ("jakunen-ninchi", "2024-12-05T15:00", False),
    ("ikizurabit", "2024-12-31T22:29", True),
    ("ikizurabit", "2024-12-31T22:30", False),
    ("yorisoi", "2025-01-01T00:00", True),
    ("kinkyu-119", "2099-12-31T23:59", True),
    ("kinkyu-119", "2150-01-01T03:00", True),
    ("kokoro-dial", "2024-12-03T10:00", None),
]


@pytest.mark.parametrize(("key", "at", "expected"), OPEN_AT)
def test_real_services_are_open_when_they_say(key: str, at: str, expected: bool | None) -> None:
    assert is_open(hours_of(key), tokyo(at)) is expected


OPENS_NEXT = [
    ("inochi-freedial", "2024-12-10T07:59", "2024-12-10T08:00"),
    ("inochi-freedial", "2024-12-10T08:00", "2024-12-11T16:00"),
    ("inochi-freedial", "2024-12-09T16:00", "2024-12-10T08:00"),
    ("houterasu", "2025-01-11T17:00", "2025-01-14T09:00"),
    ("houterasu", "2026-09-18T21:00", "2026-09-19T09:00"),
    ("houterasu", "2026-09-19T17:00", "2026-09-24T09:00"),
    ("inochi-sos", "2024-11-03T10:00", "2024-11-04T06:00"),
    ("inochi-sos", "2024-12-01T06:00", "2024-12-03T06:00"),
    ("childline", "2024-12-28T21:00", "2025-01-04T16:00"),
    ("kodomo-jinken", "2024-12-27T17:15", "2025-01-06T08:30"),
    ("tajuu-saimu", "2024-12-03T10:00", "2024-12-03T14:00"),
    ("yorisoi", "2024-12-03T10:00", None),
    ("kokoro-dial", "2024-12-03T10:00", None),
]


@pytest.mark.parametrize(("key", "at", "expected"), OPENS_NEXT)
def test_real_services_open_next(key: str, at: str, expected: str | None) -> None:
    assert next_opening(hours_of(key), tokyo(at)) == (tokyo(expected) if expected else None)


CLOSES_NEXT = [
    ("inochi-freedial", "2024-12-10T08:00", "2024-12-11T08:00"),
    ("inochi-freedial", "2024-12-10T07:59", None),
    # Monday's midnight follows Sunday's 24:00 without a gap.
    ("inochi-sos", "2024-12-01T06:00", "2024-12-03T00:00"),
    ("inochi-sos", "2024-12-05T00:00", "2024-12-07T00:00"),
    ("yorisoi", "2024-12-05T00:00", None),
    ("kokoro-dial", "2024-12-05T00:00", None),
]


@pytest.mark.parametrize(("key", "at", "expected"), CLOSES_NEXT)
def test_real_services_close_next(key: str, at: str, expected: str | None) -> None:
    assert next_closing(hours_of(key), tokyo(at)) == (tokyo(expected) if expected else None)


def test_every_channel_of_the_source_agrees_with_a_scan() -> None:
    for channels in CHANNELS.values():
        for channel in channels:
            hours = hours_from_source(channel)
            assert hours.periods or not channel.get("hours")
            for at in ("2024-12-28T12:00", "2024-08-10T07:30", "2026-09-19T12:00"):
                check_against_scan(hours, tokyo(at))


def test_seconds_do_not_move_the_edges() -> None:
    hours = hours_of("houterasu")
    assert is_open(hours, tokyo("2024-12-02T08:59:59.999999")) is False
    assert next_opening(hours, tokyo("2024-12-02T08:59:59.999999")) == tokyo("2024-12-02T09:00")
    assert next_opening(hours, tokyo("2024-12-02T09:00:00")) == tokyo("2024-12-03T09:00")
    assert is_open(hours, tokyo("2024-12-02T20:59:59.999999")) is True
    assert is_open(hours, datetime(2024, 12, 2, 0, 0, tzinfo=UTC)) is True
    with pytest.raises(ValueError, match="aware"):
        is_open(hours, datetime(2024, 12, 2))  # noqa: DTZ001


# --- Periods past midnight, closures, bounds ------------------------------------------------------


def daily(opens: str, closes: str, **fields: Any) -> Period:
    return Period.from_clock(opens, closes, **{"freq": "DAILY", "holidays": "also", **fields})


def test_a_closing_before_the_opening_is_on_the_next_day() -> None:
    night = Hours((Period.from_clock("22:00", "06:00", freq="WEEKLY", byday=("FR",)),))
    assert is_open(night, tokyo("2024-12-07T05:59")) is True
    assert is_open(night, tokyo("2024-12-07T06:00")) is False
    # The start day decides: Thursday 2024-10-31 is none of its nights.
    assert is_open(night, tokyo("2024-10-31T22:00")) is False
    assert next_closing(night, tokyo("2024-12-06T22:00")) == tokyo("2024-12-07T06:00")
    assert Period.from_clock("00:00", "00:00", freq="DAILY").closes == 1440


def test_a_night_that_begins_on_a_working_day_runs_into_the_holiday() -> None:
    night = Hours((Period.from_clock("22:00", "06:00", freq="WEEKLY", byday=WEEKDAYS[:5]),))
    assert is_open(night, tokyo("2025-02-11T05:00")) is True
    assert is_open(night, tokyo("2025-02-11T22:00")) is False
    assert is_open(night, tokyo("2025-02-12T05:00")) is False


def test_a_period_that_began_before_a_closure_runs_to_its_end() -> None:
    hours = Hours((daily("20:00", "30:00"),), (Closure.parse("12-29/01-03"),))
    assert next_closing(hours, tokyo("2024-12-28T23:00")) == tokyo("2024-12-29T06:00")
    assert next_opening(hours, tokyo("2024-12-28T23:00")) == tokyo("2025-01-04T20:00")


def test_closures_on_29_february() -> None:
    hours = Hours((daily("00:00", "24:00"),), (Closure.parse("02-29"),))
    assert next_closing(hours, tokyo("2025-03-01T00:00")) == tokyo("2028-02-29T00:00")
    assert next_opening(hours, tokyo("2025-03-01T00:00")) == tokyo("2028-03-01T00:00")
    # 2100 is no leap year: eight years without one.
    assert next_closing(hours, tokyo("2096-03-01T00:00")) == tokyo("2104-02-29T00:00")
    edge = Hours(
        (daily("09:00", "10:00"),), (Closure.parse("02-20/02-29"), Closure.parse("2025-03-01/2025-03-02"))
    )
    assert next_opening(edge, tokyo("2025-02-19T09:00")) == tokyo("2025-03-03T09:00")


def test_closed_all_year_never_opens() -> None:
    whole = Hours((daily("09:00", "10:00"),), (Closure.parse("01-01/12-31"),))
    halves = Hours((daily("09:00", "10:00"),), (Closure.parse("01-01/06-30"), Closure.parse("07-01/12-31")))
    forever = Hours((daily("09:00", "10:00"),), (Closure.parse("2024-01-01/9999-12-31"),))
    for hours in (whole, halves, forever):
        assert next_opening(hours, tokyo("2024-12-01T00:00")) is None
        assert is_open(hours, tokyo("2024-12-01T09:30")) is False


@pytest.mark.parametrize(
    ("fields", "at", "expected"),
    [
        ({"freq": "YEARLY", "bymonth": (2,), "bymonthday": (29,)}, "2096-03-01T00:00", "2104-02-29T09:00"),
        ({"freq": "YEARLY", "bymonth": (2,), "bymonthday": (30,)}, "2024-01-01T00:00", None),
        ({"freq": "MONTHLY", "bymonthday": (31,)}, "2025-01-31T09:00", "2025-03-31T09:00"),
        ({"freq": "MONTHLY", "bymonthday": (-1,)}, "2025-01-31T09:00", "2025-02-28T09:00"),
        ({"freq": "MONTHLY", "byday": ("-1FR",)}, "2024-12-01T00:00", "2024-12-27T09:00"),
        ({"freq": "YEARLY", "byweekno": (53,), "byday": ("SU",)}, "2021-01-04T00:00", "2027-01-03T09:00"),
        (
            {"freq": "MONTHLY", "byday": WEEKDAYS[:5], "bysetpos": (-1,)},
            "2024-11-30T00:00",
            "2024-12-31T09:00",
        ),
        (
            {"freq": "YEARLY", "interval": 200, "dtstart": date(1900, 5, 1)},
            "2024-12-01T00:00",
            "2100-05-01T09:00",
        ),
        ({"freq": "WEEKLY", "byday": ("MO",), "until": date(2024, 12, 8)}, "2024-12-02T09:00", None),
        (
            {"freq": "WEEKLY", "byday": ("MO",), "valid_to": date(2024, 12, 9)},
            "2024-12-02T09:00",
            "2024-12-09T09:00",
        ),
        (
            {"freq": "WEEKLY", "byday": ("MO",), "valid_from": date(2030, 1, 1)},
            "2024-12-02T09:00",
            "2030-01-07T09:00",
        ),
        ({"freq": "DAILY", "dtstart": date(2024, 12, 1), "count": 3}, "2024-12-02T09:00", "2024-12-03T09:00"),
        ({"freq": "DAILY", "dtstart": date(2024, 12, 1), "count": 3}, "2024-12-03T09:00", None),
        ({"freq": "DAILY", "holidays": "only"}, "2024-12-01T00:00", "2025-01-01T09:00"),
        ({"freq": "DAILY", "holidays": "only"}, "2099-12-01T00:00", None),
    ],
)
def test_sparse_rules_open_next(fields: dict[str, Any], at: str, expected: str | None) -> None:
    hours = Hours((Period(opens=540, closes=600, **{"holidays": "as_weekday", **fields}),))
    assert next_opening(hours, tokyo(at)) == (tokyo(expected) if expected else None)


def test_the_tenth_at_the_end_of_a_month() -> None:
    hours = hours_from_source({"hours": [], "monthday": {"day": 31, "opens": "08:00", "closes": "32:00"}})
    assert is_open(hours, tokyo("2025-02-01T07:59")) is True
    assert is_open(hours, tokyo("2025-02-01T08:00")) is False
    assert next_opening(hours, tokyo("2025-01-31T08:00")) == tokyo("2025-03-31T08:00")
    assert is_open(hours, tokyo("2026-01-01T03:00")) is True


def test_holiday_rules_are_sets_of_days() -> None:
    # Monday 2025-01-13 is 成人の日, Tuesday 2025-02-11 建国記念の日.
    days = {"mon hol": "2025-01-13", "tue hol": "2025-02-11", "mon": "2025-01-20", "tue": "2025-01-21"}
    expected = {
        "never": {"mon"},
        "also": {"mon", "mon hol", "tue hol"},
        "only": {"mon hol"},
        "as_weekday": {"mon", "mon hol"},
    }
    for rule, open_days in expected.items():
        hours = Hours((Period("WEEKLY", byday=("MO",), opens=540, closes=600, holidays=rule),))
        found = {name for name, day in days.items() if is_open(hours, tokyo(f"{day}T09:00"))}
        assert found == open_days, rule


# --- Round the clock ------------------------------------------------------------------------------


def test_always_open_however_it_is_written() -> None:
    written = [
        (daily("00:00", "24:00"),),
        (daily("00:00", "00:00", holidays="as_weekday"),),
        (daily("00:00", "12:00"), daily("12:00", "24:00")),
        (daily("06:00", "30:00"),),
        (
            Period("WEEKLY", byday=WEEKDAYS[:5], holidays="never"),
            Period("WEEKLY", byday=("SA", "SU"), holidays="also"),
        ),
        (Period("MONTHLY", bymonthday=tuple(range(1, 32)), holidays="as_weekday"),),
        (Period("DAILY", holidays="never"), Period("DAILY", holidays="only")),
    ]
    for periods in written:
        hours = Hours(periods)
        assert is_always_open(hours), periods
        assert next_opening(hours, tokyo("2024-12-31T23:59")) is None
        assert next_closing(hours, tokyo("2024-12-31T23:59")) is None
        assert summary(hours) == "毎日 24時間"
    for periods in [
        (daily("00:00", "23:59"),),
        (Period("DAILY", holidays="never"),),
        (Period("DAILY", holidays="also", valid_to=date(2030, 1, 1)),),
        (Period("DAILY", holidays="also", dtstart=date(2020, 1, 1)),),
        (Period("WEEKLY", byday=WEEKDAYS[:6], holidays="also"),),
        (),
    ]:
        assert not is_always_open(Hours(periods)), periods
    assert not is_always_open(Hours((daily("00:00", "24:00"),), (Closure.parse("02-29"),)))


def test_round_the_clock_until_a_date() -> None:
    hours = Hours((daily("00:00", "24:00", valid_to=date(2050, 12, 31)),))
    assert next_closing(hours, tokyo("2024-12-01T00:00")) == tokyo("2051-01-01T00:00")
    assert next_opening(hours, tokyo("2024-12-01T00:00")) is None
    two = Hours((*hours.periods, daily("00:00", "24:00", valid_from=date(2051, 1, 1))))
    assert next_closing(two, tokyo("2024-12-01T00:00")) is None


def test_odd_and_even_days_together_never_close() -> None:
    halves = [Period("MONTHLY", bymonthday=tuple(range(n, 32, 2)), holidays="as_weekday") for n in (1, 2)]
    hours = Hours(tuple(halves))
    assert next_closing(hours, tokyo("2024-12-01T00:00")) is None
    assert next_opening(hours, tokyo("2024-12-01T00:00")) is None


# --- Against a scan minute by minute --------------------------------------------------------------

DAYS_SCANNED = 45
JAPAN = public_calendar.country_holidays("JP", years=range(2019, 2032))
SOURCE_WEEKDAYS = dict(zip(WEEKDAYS, range(7), strict=True))


def dateutil_days(period: Period, start: date, first: date, last: date) -> list[date]:
    """The days of the rule in first..last by dateutil."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        # dateutil warns of COUNT with UNTIL, and looks for a rule that never matches until this year.
        warnings.simplefilter("ignore", DeprecationWarning)
        patch.setattr(rrule.datetime, "MAXYEAR", last.year + 1)
        rule = rrule.rrulestr(to_rrule(period), dtstart=midnight(start))
        return [moment.date() for moment in rule.between(midnight(first), midnight(last), inc=True)]


def scanned_starts(period: Period, first: date, last: date) -> Iterator[date]:
    """Start days by dateutil, bounds and 祝日 by their definition."""
    days = set(dateutil_days(period, period.dtstart or date(2022, 1, 3), first, last))
    earliest = [limit for limit in (period.dtstart, period.valid_from) if limit]
    latest = [limit for limit in (period.until, period.valid_to) if limit]
    for day in walk(first, last):
        named = day in days
        if day in JAPAN:
            # `also` keeps to the months of the rule, and ends with its last counted day.
            in_months = not period.bymonth or day.month in period.bymonth
            in_count = period.count is None or any(later >= day for later in counted_days(period))
            also = named or (in_months and in_count)
            named = {"never": False, "only": named, "also": also, "as_weekday": named}[period.holidays]
        elif period.holidays == "only":
            named = False
        if named and all(day >= limit for limit in earliest) and all(day <= limit for limit in latest):
            yield day


@lru_cache(maxsize=64)
def counted_days(period: Period) -> list[date]:
    assert period.dtstart
    return dateutil_days(period, period.dtstart, period.dtstart, date(2400, 1, 1))


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - dateutil's days have no zone


def closed_days(closure: Closure, first: date, last: date) -> set[date]:
    """Walks over every day between, one year's closure after another."""
    found = set()
    if not closure.is_yearly:
        span = (date.fromisoformat(closure.begins), date.fromisoformat(closure.ends))
        return {day for day in walk(first, last) if span[0] <= day <= span[1]}
    inside = False
    # Two years ahead of the window, so that a closure that wraps has been entered.
    for day in walk(date(first.year - 2, 1, 1), last):
        edge = f"{day:%m-%d}"
        if edge == closure.begins or (
            closure.begins == "02-29" and edge == "03-01" and closure.ends != "02-29"
        ):
            inside = True
        if inside and day >= first:
            found.add(day)
        if edge == closure.ends or (closure.ends == "02-29" and edge == "02-28" and not leap(day.year)):
            inside = False
    return found


def leap(year: int) -> bool:
    return (date(year, 3, 1) - date(year, 2, 28)).days == 2


def walk(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def scan(hours: Hours, first: date, days: int) -> bytearray:
    """One byte per minute from midnight of `first`: 1 when open."""
    minutes = bytearray(days * 1440)
    last = first + timedelta(days=days - 1)
    before = first - timedelta(days=1)
    shut = set().union(*(closed_days(closure, before, last) for closure in hours.closures))
    for period in hours.periods:
        for day in scanned_starts(period, before, last):
            if day not in shut:
                offset = (day - first).days * 1440
                low, high = max(offset + period.opens, 0), min(offset + period.closes, len(minutes))
                if low < high:
                    minutes[low:high] = b"\x01" * (high - low)
    return minutes


def check_against_scan(hours: Hours, at: datetime) -> None:
    first = at.date() - timedelta(days=1)
    minutes = scan(hours, first, DAYS_SCANNED)
    begin = datetime(first.year, first.month, first.day, tzinfo=TOKYO)
    now = int((at - begin).total_seconds() // 60)
    if not hours.periods:
        assert is_open(hours, at) is None
        return
    assert is_open(hours, at) is bool(minutes[now])
    end = begin + timedelta(minutes=len(minutes))
    opening = next(
        (
            begin + timedelta(minutes=m)
            for m in range(now + 1, len(minutes))
            if minutes[m] and not minutes[m - 1]
        ),
        None,
    )
    found = next_opening(hours, at)
    assert found == opening if opening or (found and found < end) else (found is None or found >= end)
    closing = None
    if minutes[now]:
        closing = next(
            (begin + timedelta(minutes=m) for m in range(now, len(minutes)) if not minutes[m]), None
        )
        found = next_closing(hours, at)
        assert found == closing if closing or (found and found < end) else (found is None or found >= end)
    else:
        assert next_closing(hours, at) is None
    stretches = openings_between(hours, begin, end)
    assert bytes(minutes) == painted(stretches, begin, len(minutes))
    assert all(ends < begins for (_, ends), (begins, _) in zip(stretches, stretches[1:], strict=False))
    if is_always_open(hours):
        assert all(minutes)


def painted(stretches: list[tuple[datetime, datetime]], begin: datetime, size: int) -> bytes:
    minutes = bytearray(size)
    for opens, closes in stretches:
        low, high = (int((moment - begin).total_seconds() // 60) for moment in (opens, closes))
        minutes[low:high] = b"\x01" * (high - low)
    return bytes(minutes)


DATES = st.dates(date(2023, 6, 1), date(2027, 6, 1))
STARTS = st.dates(date(2023, 6, 1), date(2025, 6, 1))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    fields: dict[str, Any] = {
        "freq": draw(st.sampled_from(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "YEARLY"]))
    }
    ordinal = fields["freq"] in {"MONTHLY", "YEARLY"}
    if draw(st.booleans()):
        fields["dtstart"] = draw(STARTS)
        fields["interval"] = draw(st.integers(1, 3))
        fields["until"] = draw(st.none() | DATES)
        if fields["until"] is None:
            fields["count"] = draw(st.none() | st.integers(1, 300))
        fields["wkst"] = draw(st.sampled_from(WEEKDAYS))
    if fields["freq"] == "WEEKLY":
        fields["byday"] = draw(st.sets(st.sampled_from(WEEKDAYS), min_size=1))
    elif ordinal and draw(st.booleans()):
        fields["byday"] = draw(st.sets(st.sampled_from(["1MO", "-1FR", "2SU", "5WE", "-2TU"]), min_size=1))
        fields["bymonth"] = draw(st.sets(st.integers(1, 12), max_size=12))
    elif ordinal:
        fields["bymonthday"] = draw(st.sets(st.sampled_from([1, 10, 11, 28, 29, 30, 31, -1, -3]), min_size=1))
    fields["valid_from"] = draw(st.none() | STARTS)
    fields["valid_to"] = draw(st.none() | DATES)
    opens = draw(st.integers(0, 1439) | st.sampled_from([0, 360, 540, 960]))
    length = draw(st.integers(1, 2880 - opens) | st.sampled_from([60, 1440 - opens, min(1440, 2880 - opens)]))
    fields |= {"opens": opens, "closes": opens + length}
    fields["holidays"] = draw(st.sampled_from(["never", "also", "only", "as_weekday"]))
    for name in ("byday", "bymonthday", "bymonth"):
        if name in fields:
            fields[name] = tuple(fields[name])
    return Period(**fields)


MONTH_DAYS = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: f"{day:%m-%d}") | st.sampled_from(
    ["02-28", "02-29", "03-01", "12-29", "12-31", "01-01", "01-03"]
)
CLOSURES = st.tuples(MONTH_DAYS, MONTH_DAYS).map(lambda edges: Closure(*edges)) | st.tuples(DATES, DATES).map(
    lambda edges: Closure(min(edges).isoformat(), max(edges).isoformat())
)
SCHEDULES = st.builds(
    Hours, st.lists(periods(), min_size=1, max_size=4).map(tuple), st.lists(CLOSURES, max_size=2).map(tuple)
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=TOKYO))  # noqa: DTZ001


@settings(max_examples=300, deadline=None)
@given(SCHEDULES, MOMENTS)
@example(
    Hours(
        (Period("DAILY", opens=0, closes=2880, interval=2, dtstart=date(2024, 1, 1), holidays="as_weekday"),)
    ),
    datetime(2024, 3, 1, 12, tzinfo=TOKYO),
)
@example(
    Hours((daily("00:00", "24:00"),), (Closure("12-29", "01-03"),)), datetime(2024, 12, 20, tzinfo=TOKYO)
)
def test_answers_equal_a_scan_of_every_minute(hours: Hours, at: datetime) -> None:
    check_against_scan(hours, at)


# --- Recurrence against dateutil ------------------------------------------------------------------


@st.composite
def rules(draw: st.DrawFn) -> Period:
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    start = draw(st.dates(date(1999, 1, 1), date(2030, 1, 1)))
    fields: dict[str, Any] = {"freq": freq, "dtstart": start, "interval": draw(st.integers(1, 5))}
    fields["wkst"] = draw(st.sampled_from(WEEKDAYS))
    lists = {
        "bymonth": st.integers(1, 12),
        "bymonthday": st.integers(1, 31) | st.integers(-31, -1),
        "byday": st.sampled_from(WEEKDAYS),
        "byyearday": st.integers(1, 366) | st.integers(-366, -1),
    }
    if freq in {"MONTHLY", "YEARLY"} and draw(st.booleans()):
        # dateutil wants entries with an ordinal and entries without to agree; RFC 5545 has alternatives.
        lists["byday"] = st.builds(
            lambda nth, day: f"{nth}{day}", st.sampled_from([1, 2, 5, -1, -5]), lists["byday"]
        )
    for name in draw(st.sets(st.sampled_from(sorted(lists)), max_size=3)):
        fields[name] = tuple(draw(st.sets(lists[name], min_size=1, max_size=12)))
    if draw(st.integers(0, 5)) == 0:
        fields["byweekno"] = tuple(
            draw(st.sets(st.integers(1, 53) | st.integers(-51, -1), min_size=1, max_size=9))
        )
    if draw(st.integers(0, 3)) == 0:
        fields["bysetpos"] = tuple(draw(st.sets(st.sampled_from([1, 2, 3, -1, -2]), min_size=1)))
    ending = draw(st.sampled_from(["", "count", "until"]))
    if ending == "count":
        fields["count"] = draw(st.integers(1, 60))
    elif ending == "until":
        fields["until"] = start + timedelta(days=draw(st.integers(0, 1500)))
    return Period(holidays="as_weekday", **fields)


@pytest.mark.parametrize("wkst", list(SOURCE_WEEKDAYS))
@pytest.mark.parametrize("number", [1, 2, 52, 53])
def test_week_numbers_by_their_definition(wkst: str, number: int) -> None:
    """RFC 5545: week 1 is the first that has at least four of its days in the year."""
    first = date(2000, 1, 1)
    rule = rule_of(Period(freq="DAILY", byweekno=(number,), dtstart=first, wkst=wkst, holidays="as_weekday"))
    for day in walk(first, first + timedelta(days=7_000)):
        fourth = day - timedelta(days=(day.weekday() - SOURCE_WEEKDAYS[wkst]) % 7 - 3)
        assert rule.starts(day.toordinal()) == ((fourth.timetuple().tm_yday - 1) // 7 + 1 == number), day


@settings(max_examples=500, deadline=None)
@given(rules())
def test_start_days_equal_dateutil(period: Period) -> None:
    assert period.dtstart
    if period.freq == "WEEKLY" and period.bysetpos:
        # dateutil counts positions of the first week from dtstart on, RFC 5545 in the whole week.
        assume(period.dtstart.weekday() == SOURCE_WEEKDAYS[period.wkst])
    if period.bysetpos and period.freq == "YEARLY":
        assume(not period.byweekno)
    # dateutil misses the last week of the year before where weeks begin on another day than Monday (1 January
    # 2006 is in week 52 when they begin on Tuesday); `test_week_numbers_by_their_definition` tries those
    assume(not period.byweekno or period.wkst == "MO")
    last = period.dtstart + timedelta(days=2500)
    expected = dateutil_days(period, period.dtstart, period.dtstart, last)
    rule = rule_of(period)
    assert [day for day in walk(period.dtstart, last) if rule.starts(day.toordinal())] == expected
    found = []
    day = rule.next_start(1, last.toordinal())
    while day is not None:
        found.append(date.fromordinal(day))
        day = rule.next_start(day + 1, last.toordinal())
    assert found == expected


def test_ordinals_and_plain_weekdays_are_alternatives() -> None:
    rule = rule_of(Period("MONTHLY", byday=("MO", "1TU")))
    days = [day.day for day in walk(date(2024, 12, 1), date(2024, 12, 31)) if rule.starts(day.toordinal())]
    assert days == [2, 3, 9, 16, 23, 30]


HOSTILE = [
    {"freq": "DAILY", "interval": 10**9, "dtstart": date(1900, 1, 1)},
    {"freq": "WEEKLY", "interval": 10**9, "dtstart": date(1, 1, 1), "wkst": "SU"},
    {"freq": "MONTHLY", "interval": 10**9, "dtstart": date(1900, 1, 31)},
    {"freq": "YEARLY", "interval": 10**9, "dtstart": date(2024, 2, 29)},
    {"freq": "MONTHLY", "interval": 12, "bymonth": (2,), "bymonthday": (1,), "dtstart": date(2024, 1, 1)},
    {"freq": "DAILY", "count": 10**9, "dtstart": date(1, 1, 1)},
    {"freq": "DAILY", "count": 10**5, "dtstart": date(1, 1, 1)},
    {"freq": "DAILY", "count": 10**5, "dtstart": date(1900, 1, 1), "byweekno": (1, 2), "bysetpos": (1,)},
    {"freq": "YEARLY", "bymonth": (2,), "bymonthday": (30,)},
    {"freq": "YEARLY", "byyearday": (366,), "bymonthday": (1,), "byweekno": (20,)},
    {"freq": "WEEKLY", "byday": ("MO",), "bymonth": (2,), "bymonthday": (30,)},
    {"freq": "YEARLY", "byday": ("MO",), "bysetpos": (366,)},
    {"freq": "DAILY", "interval": 7, "dtstart": date(2024, 1, 1), "byday": ("TU",)},
]


@pytest.mark.parametrize("fields", HOSTILE)
@pytest.mark.parametrize("holidays", ["as_weekday", "never", "only", "also"])
def test_hostile_rules_stay_fast(fields: dict[str, Any], holidays: str) -> None:
    hours = Hours((Period(**fields, holidays=holidays, opens=540, closes=600),))
    begun = time.perf_counter()
    for at in ("2024-12-01T00:00", "2098-12-31T23:59", "0001-01-01T00:00", "9999-12-31T23:59"):
        is_open(hours, tokyo(at))
        next_opening(hours, tokyo(at))
        next_closing(hours, tokyo(at))
    assert time.perf_counter() - begun < 1.0


@settings(max_examples=200, deadline=2000)
@given(rules(), st.datetimes(), st.sampled_from([UTC, TOKYO]))
def test_any_moment_of_the_calendar_has_an_answer(period: Period, at: datetime, zone: Any) -> None:
    hours = Hours((period, daily("06:00", "30:00", valid_to=date.max)), (Closure("12-29", "01-03"),))
    assert is_open(hours, at.replace(tzinfo=zone)) in {True, False}
    next_opening(hours, at.replace(tzinfo=zone))
    next_closing(hours, at.replace(tzinfo=zone))


# --- Shapes of others -----------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(periods() | rules())
def test_hsds_and_json_lose_nothing(period: Period) -> None:
    fields = json.loads(json.dumps(period_to_hsds(period)))
    assert period_from_hsds(fields) == period
    assert fields.get("freq", "WEEKLY") in {"WEEKLY", "MONTHLY"}
    hours = Hours((period,), (Closure("12-29", "01-03", "年末年始"),))
    assert Hours.from_json(hours.to_json()) == hours
    assert Hours.from_json(hours.to_json()).to_json() == hours.to_json()
    rule = {name: value for name, value in rule_fields(to_rrule(period)).items() if name != "holidays"}
    assert all(getattr(period, name) == value for name, value in rule.items())


def test_hsds_fields_of_a_real_service() -> None:
    monthly = next(period for period in hours_of("inochi-freedial").periods if period.freq == "MONTHLY")
    assert period_to_hsds(monthly) == {
        "timezone": 9,
        "freq": "MONTHLY",
        "interval": 1,
        "bymonthday": "10",
        "wkst": "MO",
        "opens_at": "08:00",
        "closes_at": "08:00",
        "closes_next_day": True,
        "holidays": "as_weekday",
    }
    every_day = period_to_hsds(daily("00:00", "24:00"))
    assert (every_day["freq"], every_day["byday"]) == ("WEEKLY", "MO,TU,WE,TH,FR,SA,SU")
    assert (every_day["closes_at"], every_day["closes_next_day"]) == ("00:00", True)
    assert period_from_hsds(period_to_hsds(Period("DAILY", closes=2880))).closes == 2880


def test_hsds_of_another_publisher() -> None:
    fields = {
        "freq": "WEEKLY",
        "byday": "TH,FR",
        "interval": "1",
        "opens_at": "22:00:00",
        "closes_at": "02:00",
    }
    period = period_from_hsds(fields | {"timezone": None, "valid_from": "2024-01-01", "count": None})
    assert (period.opens, period.closes, period.byday) == (1320, 1560, ("TH", "FR"))
    assert period.holidays == "never"


def test_until_in_utc_is_the_last_opening() -> None:
    period = Period("WEEKLY", byday=("TU",), until=date(2024, 12, 10), opens=480, closes=540)
    assert to_rrule(period) == "FREQ=WEEKLY;UNTIL=20241210;BYDAY=TU"
    assert to_rrule(period, utc_until=True) == "FREQ=WEEKLY;UNTIL=20241209T230000Z;BYDAY=TU"
    assert rule_fields("RRULE:FREQ=WEEKLY;UNTIL=20241209T230000Z")["until"] == date(2024, 12, 10)


def test_equal_hours_are_one_text_and_one_object() -> None:
    rows = (daily("09:00", "12:00"), Period("WEEKLY", byday=("TU", "MO", "MO")))
    hours = Hours(rows, (Closure.parse("12-29/01-03"),))
    other = Hours((Period("WEEKLY", byday=("MO", "TU")), *rows), (Closure.parse("12-29/01-03"),))
    assert hours == other
    assert hash(hours) == hash(other)
    assert hours.to_json() == other.to_json()
    assert Hours.from_json(hours.to_json()) is Hours.from_json(other.to_json())
    is_open(hours, tokyo("2024-12-01T00:00"))
    assert pickle.loads(pickle.dumps(hours)) == hours


def refused(make: Any) -> None:
    with pytest.raises(BadSchedule) as caught:
        make()
    assert caught.value.ja.endswith("。")
    assert caught.value.en.endswith(".")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "text", ["", "9", "24:60", "48:01", "-1:00", "９:00", "9:00 ", "100:00", "x" * 10_000, None, 9]
)
def test_clocks_that_cannot_be_read(text: Any) -> None:
    refused(lambda: parse_clock(text))


def test_clocks() -> None:
    assert [parse_clock(text) for text in ("0:00", "09:05", "24:00", "32:00", "48:00")] == [
        0,
        545,
        1440,
        1920,
        2880,
    ]
    assert format_clock(1920) == "32:00"


@pytest.mark.parametrize(
    "fields",
    [
        {"freq": "HOURLY"},
        {"freq": None},
        {"freq": "WEEKLY"},
        {"freq": "MONTHLY"},
        {"freq": "YEARLY", "bymonth": (2,)},
        {"freq": "WEEKLY", "byday": ("1MO",)},
        {"freq": "WEEKLY", "byday": ("XX",)},
        {"freq": "WEEKLY", "byday": "MO"},
        {"freq": "MONTHLY", "byday": ("6MO",)},
        {"freq": "MONTHLY", "bymonthday": (0,)},
        {"freq": "MONTHLY", "bymonthday": (32,)},
        {"freq": "MONTHLY", "bymonthday": (True,)},
        {"freq": "MONTHLY", "bymonthday": (10**5000,)},
        {"freq": "DAILY", "bymonth": (-1,)},
        {"freq": "DAILY", "interval": 0},
        {"freq": "DAILY", "interval": 2},
        {"freq": "DAILY", "interval": 1.5},
        {"freq": "DAILY", "count": 3},
        {"freq": "DAILY", "count": 0, "dtstart": date(2024, 1, 1)},
        {"freq": "DAILY", "until": "2024-01-01"},
        {"freq": "DAILY", "until": datetime(2024, 1, 1, tzinfo=UTC)},
        {"freq": "DAILY", "opens": -1},
        {"freq": "DAILY", "opens": 1440, "closes": 1500},
        {"freq": "DAILY", "opens": 600, "closes": 600},
        {"freq": "DAILY", "closes": 2881},
        {"freq": "DAILY", "holidays": "sometimes"},
        {"freq": "DAILY", "wkst": "mo"},
        {"freq": "DAILY", "description": 3},
    ],
)
def test_periods_that_make_no_sense(fields: dict[str, Any]) -> None:
    refused(lambda: Period(**fields))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12-29",
        "02-30/03-01",
        "13-01/01-01",
        "2024-02-30",
        "2024-12-29/01-03",
        "2025-01-02/2025-01-01",
        "a/b",
        None,
    ],
)
def test_closures_that_make_no_sense(text: Any) -> None:
    if text == "12-29":
        assert Closure.parse(text).covers(date(2024, 12, 29))
    else:
        refused(lambda: Closure.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"periods":[{}]}',
        '{"periods":[{"freq":"DAILY","evil":1}]}',
        '{"periods":3}',
        '{"timezone":"Europe/Paris"}',
        '{"closures":["12-29"]}',
        '{"periods":[{"freq":"DAILY","until":"x"}]}',
        "[" * 100_000,
    ],
)
def test_stored_text_that_cannot_be_read(text: str) -> None:
    refused(lambda: Hours.from_json(text))


@pytest.mark.parametrize(
    "channel",
    [
        {"hours": [{}]},
        {"hours": 3},
        {"hours": [{"days": ["holiday"], "opens": "9:00", "closes": "10:00"}]},
        {"hours": [{"days": [], "opens": "9:00", "closes": "10:00"}]},
        {"hours": [{"days": ["mon"], "opens": 9, "closes": "10:00"}]},
        {"hours": [], "monthday": {"day": 40, "opens": "8:00", "closes": "9:00"}},
        {"hours": [], "closed": ["never"]},
    ],
)
def test_sources_that_cannot_be_read(channel: dict[str, Any]) -> None:
    refused(lambda: hours_from_source(channel))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"freq": "WEEKLY", "byday": "MO"},
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00Z", "closes_at": "10:00Z"},
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "10:00", "timezone": 3},
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "10:00", "interval": "9" * 5000},
        {"freq": "WEEKLY", "byday": 3, "opens_at": "09:00", "closes_at": "10:00"},
        {"freq": ["WEEKLY"], "byday": "MO", "opens_at": "09:00", "closes_at": "10:00"},
        {"rrule": "FREQ=HOURLY", "opens_at": "09:00", "closes_at": "10:00"},
        {"rrule": "FREQ=DAILY;BYHOUR=3", "opens_at": "09:00", "closes_at": "10:00"},
        {"rrule": "FREQ=DAILY;UNTIL=20240230", "opens_at": "09:00", "closes_at": "10:00"},
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "40:00", "closes_at": "41:00"},
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "30:00", "closes_next_day": True},
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "10:00", "until": "soon"},
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "10:00", "timezone": {}},
    ],
)
def test_hsds_that_cannot_be_read(fields: dict[str, Any]) -> None:
    refused(lambda: period_from_hsds(fields))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
HSDS_NAMES = st.sampled_from(
    [
        "freq",
        "interval",
        "byday",
        "bymonthday",
        "byyearday",
        "byweekno",
        "dtstart",
        "until",
        "valid_from",
        "valid_to",
        "wkst",
        "count",
        "timezone",
        "holidays",
        "closes_next_day",
        "opens_at",
        "closes_at",
        "rrule",
        "description",
    ]
)
GOOD = {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "10:00"}


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(HSDS_NAMES, JSON, max_size=3))
def test_any_hsds_is_read_or_refused_in_words(fields: dict[str, Any]) -> None:
    try:
        period = period_from_hsds(GOOD | fields)
    except BadSchedule:
        return
    assert period_from_hsds(period_to_hsds(period)) == period


def test_too_many_rows_and_too_long_spans() -> None:
    refused(lambda: Hours(tuple(Period("DAILY", opens=n, closes=n + 1) for n in range(101))))
    refused(lambda: Hours(timezone="Europe/Paris"))
    hours = hours_of("yorisoi")
    refused(lambda: openings_between(hours, tokyo("2000-01-01T00:00"), tokyo("2024-01-01T00:00")))


def test_openings_between_cuts_to_the_span() -> None:
    hours = hours_of("inochi-freedial")
    assert openings_between(hours, tokyo("2024-12-09T20:30:30"), tokyo("2024-12-11T07:00")) == [
        (tokyo("2024-12-09T20:30:30"), tokyo("2024-12-09T21:00")),
        (tokyo("2024-12-10T08:00"), tokyo("2024-12-11T07:00")),
    ]
    always = openings_between(hours_of("yorisoi"), tokyo("2024-12-01T00:00"), tokyo("2024-12-08T00:00"))
    assert always == [(tokyo("2024-12-01T00:00"), tokyo("2024-12-08T00:00"))]
    assert (
        openings_between(hours_of("kokoro-dial"), tokyo("2024-12-01T00:00"), tokyo("2024-12-08T00:00")) == []
    )
    assert openings_between(hours, tokyo("2024-12-08T00:00"), tokyo("2024-12-01T00:00")) == []


# --- Words ----------------------------------------------------------------------------------------

SUMMARIES = [
    ("yorisoi", "毎日 24時間", "Every day, 24 hours"),
    (
        "inochi-freedial",
        "毎日 16:00〜21:00、毎月10日は 8:00〜翌8:00",
        "Every day 16:00–21:00; the 10th every month 8:00–8:00 the next day",
    ),
    (
        "inochi-sos",
        "月・木・金 24時間、火・水・土・日・祝 6:00〜24:00",
        "Mon, Thu, Fri 24 hours; Tue, Wed, Sat, Sun and public holidays 6:00–24:00",
    ),
    ("gaikokugo-jinken", "月〜金 9:00〜17:00（祝日休み）", "Mon–Fri 9:00–17:00 (closed on public holidays)"),
    (
        "childline",
        "毎日 16:00〜21:00（12月29日〜1月3日休み）",
        "Every day 16:00–21:00 (closed from 29 December to 3 January)",
    ),
    (
        "kokoro-no-mimi",
        "月〜金 17:00〜22:00、土・日 10:00〜16:00（祝日・12月29日〜1月3日休み）",
        "Mon–Fri 17:00–22:00; Sat, Sun 10:00–16:00"
        " (closed on public holidays and from 29 December to 3 January)",
    ),
    (
        "tajuu-saimu",
        "月〜金 10:00〜12:40・14:00〜16:40（祝日休み）",
        "Mon–Fri 10:00–12:40 and 14:00–16:40 (closed on public holidays)",
    ),
    ("kokoro-dial", "受付時間は分かっていません", "Hours not known"),
]


@pytest.mark.parametrize(("key", "ja", "en"), SUMMARIES)
def test_summaries_of_real_services(key: str, ja: str, en: str) -> None:
    assert summary(hours_of(key)) == ja
    assert summary(hours_of(key), "en") == en


@pytest.mark.parametrize(
    ("fields", "ja", "en"),
    [
        (
            {"freq": "MONTHLY", "byday": ("2MO", "-1FR"), "holidays": "as_weekday"},
            "毎月第2月曜・最終金曜は 9:00〜10:00",
            "The 2nd Mon, the last Fri every month 9:00–10:00",
        ),
        (
            {"freq": "MONTHLY", "byday": ("1WE",)},
            "毎月第1水曜は 9:00〜10:00（祝日を除く）",
            "The 1st Wed every month 9:00–10:00 (except public holidays)",
        ),
        (
            {"freq": "YEARLY", "bymonth": (9,), "bymonthday": (10,), "holidays": "as_weekday"},
            "毎年9月10日は 9:00〜10:00",
            "The 10th in September every year 9:00–10:00",
        ),
        (
            {
                "freq": "WEEKLY",
                "byday": ("TU",),
                "interval": 2,
                "dtstart": date(2024, 4, 2),
                "holidays": "as_weekday",
            },
            "2週ごとに火曜は 9:00〜10:00（2024年4月2日から）",
            "Tue every 2 weeks 9:00–10:00 (from 2 April 2024)",
        ),
        (
            {"freq": "WEEKLY", "byday": ("MO", "TU"), "holidays": "as_weekday"},
            "月・火 9:00〜10:00（祝日も同じ）",
            "Mon, Tue 9:00–10:00 (public holidays too)",
        ),
        ({"freq": "DAILY", "holidays": "only"}, "祝日 9:00〜10:00", "Public holidays 9:00–10:00"),
        (
            {"freq": "DAILY", "holidays": "also", "bymonth": (7, 8)},
            "7月・8月の毎日と祝日は 9:00〜10:00",
            "In July, August every day and public holidays 9:00–10:00",
        ),
    ],
)
def test_summaries_of_other_rules(fields: dict[str, Any], ja: str, en: str) -> None:
    hours = Hours((Period(opens=540, closes=600, **fields),))
    assert summary(hours) == ja
    assert summary(hours, "en") == en


@settings(max_examples=150, deadline=None)
@given(st.lists(periods() | rules(), min_size=1, max_size=3), st.lists(CLOSURES, max_size=2))
def test_every_schedule_has_words_and_a_week(rows: list[Period], closures: list[Closure]) -> None:
    hours = Hours(tuple(rows), tuple(closures))
    assert summary(hours)
    assert summary(hours, "en")
    assert sum(len(part.spans) for part in summary_parts(hours).parts) <= len(rows)
    week = describe_week(hours, tokyo("2024-12-30T10:00"))
    assert all(bool(day.openings) != bool(day.closed_reason) for day in week)


def test_a_week_over_the_year_end() -> None:
    week = describe_week(hours_of("kodomo-jinken"), tokyo("2024-12-27T23:59"))
    assert [day.on.day for day in week] == [27, 28, 29, 30, 31, 1, 2]
    assert week[0].openings == [(510, 1035)]
    assert [day.closed_reason for day in week] == ["", "regular", *["closure"] * 5]
    assert week[5].holiday == "元日"


def test_a_week_with_a_holiday_and_a_night() -> None:
    week = describe_week(hours_of("houterasu"), tokyo("2025-01-11T00:00"))
    assert (week[1].closed_reason, week[1].holiday) == ("regular", "")
    assert (week[2].closed_reason, week[2].holiday) == ("holiday", "成人の日")
    tenth = describe_week(hours_of("inochi-freedial"), tokyo("2024-12-09T12:00"))
    assert [day.openings for day in tenth[:3]] == [[(960, 1260)], [(480, 1440)], [(0, 480), (960, 1260)]]
    assert describe_week(Hours(), tokyo("2024-12-09T12:00"))[0].closed_reason == "unknown"
    # The day is Tokyo's: 15:00 UTC is the next day.
    assert describe_week(Hours(), datetime(2024, 12, 9, 15, tzinfo=UTC))[0].on == date(2024, 12, 10)


def test_names_of_holidays() -> None:
    assert holiday_name(date(2024, 8, 12)) == "振替休日"
    assert holiday_name(date(2026, 9, 22)) == "国民の休日"
    assert holiday_name(date(2024, 11, 3), "en") == "Culture Day"
    assert holiday_name(date(2024, 12, 25)) == ""
    assert holiday_name(date(2150, 1, 1)) == holiday_name(date(1, 1, 1)) == holiday_name(date.max) == ""
