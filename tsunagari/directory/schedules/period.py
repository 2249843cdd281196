"""One row of a schedule: an RFC 5545 rule, the hours of its days, and what happens on a 祝日."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, Self, get_args

Freq = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]
HolidayRule = Literal["as_weekday", "also", "only", "never"]

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY: Final = 1440
"""Minutes of a day."""

_BYDAY = re.compile(r"([+-]?[1-9][0-9]?)?(MO|TU|WE|TH|FR|SA|SU)")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-5][0-9])")
# The field's name and the largest absolute value; (negative values allowed or not).
_NUMBER_LISTS: Final = {
    "bymonthday": (31, True),
    "byyearday": (366, True),
    "byweekno": (53, True),
    "bymonth": (12, False),
    "bysetpos": (366, True),
}
_DATES: Final = ("until", "dtstart", "valid_from", "valid_to")


class BadSchedule(ValueError):
    """A schedule that cannot be understood. `ja` and `en` hold one sentence each for the person."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(f"{ja} / {en}")
        self.ja = ja
        self.en = en

    def __reduce__(self) -> tuple[type[BadSchedule], tuple[str, str]]:
        return type(self), (self.ja, self.en)


def shown(value: object) -> str:
    """A foreign value, shortened so that an error sentence can repeat it."""
    # Python refuses to write an integer of more than 4,300 digits.
    plain = isinstance(value, str | date) or (isinstance(value, int) and abs(value) < 10**18)
    text = str(value) if plain else type(value).__name__
    return text if len(text) <= 40 else f"{text[:40]}…"


def parse_clock(text: str) -> int:
    """Minutes after midnight of "9:00", "09:00", "24:00" or, on the next day, "32:00" (up to "48:00").

    Raises:
        BadSchedule: anything else.
    """
    found = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    minutes = int(found[1]) * 60 + int(found[2]) if found and found[0].isascii() else -1
    if not 0 <= minutes <= 2 * DAY:
        raise BadSchedule(
            f"時刻「{shown(text)}」は 00:00 から 48:00 までの「時:分」で書いてください。",
            f'Write the time "{shown(text)}" as hours:minutes from 00:00 to 48:00.',
        )
    return minutes


def format_clock(minutes: int) -> str:
    """ "HH:MM" of minutes after midnight, hours past 24 kept: 1920 is "32:00"."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def closing_after(opens: int, closes: int) -> int:
    """`closes` of plain clock times, moved to the next day when it does not lie after `opens`."""
    return closes + DAY if closes <= opens else closes


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a rule and the hours that start on them.

    Days: RFC 5545 (3.3.10), `freq` to `bysetpos`, with `count` and `until` (inclusive) from `dtstart`, as
    dateutil reads them: every list filters the days of the week, month or year, and only a rule without any
    list of days takes its day from `dtstart`. Entries of `byday` are alternatives, with or without ordinal.
    `valid_from` and `valid_to` (inclusive) cut the result and do not change what is counted.

    Hours: minutes after midnight of the start day; 0 <= opens < 1440, opens < closes <= 2880, half-open.

    `holidays`, for start days that are a 祝日:
        never: the days of the rule that are no 祝日 (a list of weekdays that does not name 祝日)
        also: the days of the rule, and every 祝日 in the months of the rule
        only: the days of the rule that are a 祝日
        as_weekday: the days of the rule, whatever the calendar says ("the 10th of each month")

    Raises:
        BadSchedule: a value outside these bounds, or a rule that names no day.
    """

    freq: Freq
    interval: int = 1
    byday: tuple[str, ...] = ()
    bymonthday: tuple[int, ...] = ()
    byyearday: tuple[int, ...] = ()
    byweekno: tuple[int, ...] = ()
    bymonth: tuple[int, ...] = ()
    bysetpos: tuple[int, ...] = ()
    count: int | None = None
    until: date | None = None
    dtstart: date | None = None
    wkst: str = "MO"
    valid_from: date | None = None
    valid_to: date | None = None
    opens: int = 0
    closes: int = DAY
    holidays: HolidayRule = "never"
    description: str = ""

    def __post_init__(self) -> None:
        if self.freq not in get_args(Freq):
            raise _bad("繰り返しの単位", "frequency", self.freq)
        if self.holidays not in get_args(HolidayRule):
            raise _bad("祝日の扱い", "holiday rule", self.holidays)
        if self.wkst not in WEEKDAYS:
            raise _bad("週の始まり", "week start", self.wkst)
        if not isinstance(self.description, str):
            raise _bad("説明", "description", self.description)
        if not _whole(self.interval) or self.interval < 1:
            raise _bad("間隔", "interval", self.interval)
        if self.count is not None and (not _whole(self.count) or self.count < 1):
            raise _bad("回数", "count", self.count)
        for name in _DATES:
            value = getattr(self, name)
            if value is not None and type(value) is not date:
                raise _bad("日付", "date", value)
        self._check_hours()
        object.__setattr__(self, "byday", _canonical_byday(self.byday, self.freq))
        for name, (largest, negative) in _NUMBER_LISTS.items():
            object.__setattr__(self, name, _canonical_numbers(getattr(self, name), largest, negative))
        if self.dtstart is None:
            self._check_without_start()

    def _check_hours(self) -> None:
        if not _whole(self.opens) or not 0 <= self.opens < DAY:
            raise _bad("開始時刻", "opening time", self.opens)
        if not _whole(self.closes) or not self.opens < self.closes <= 2 * DAY:
            raise _bad("終了時刻", "closing time", self.closes)

    def _check_without_start(self) -> None:
        if self.interval > 1 or self.count is not None:
            raise BadSchedule(
                "間隔や回数のある受付時間には、数え始めの日が要ります。",
                "A schedule with an interval or a count needs the date from which it counts.",
            )
        named = self.byday or self.bymonthday or self.byyearday or self.byweekno
        if self.freq != "DAILY" and not named:
            raise BadSchedule("受付の曜日か日付がありません。", "The schedule names no weekday and no date.")

    @classmethod
    def from_clock(cls, opens: str, closes: str, **fields: Any) -> Self:
        """A period of two clock texts; a closing that is not after the opening is on the next day.

        22:00–06:00 closes at 30:00 and 00:00–00:00 at 24:00. `fields` are the other fields of the class.

        Raises:
            BadSchedule: as the class does.
        """
        start = parse_clock(opens)
        return cls(opens=start, closes=closing_after(start, parse_clock(closes)), **fields)


def _bad(ja: str, en: str, value: object) -> BadSchedule:
    return BadSchedule(
        f"{ja}「{shown(value)}」は受付時間として使えません。",
        f'The {en} "{shown(value)}" is not usable in a schedule.',
    )


def _whole(value: object) -> bool:
    return type(value) is int


def _canonical_byday(days: Iterable[str], freq: str) -> tuple[str, ...]:
    found: set[tuple[int, int]] = set()
    for day in _sequence(days):
        match = _BYDAY.fullmatch(day) if isinstance(day, str) else None
        nth = int(match[1] or 0) if match else 0
        largest = {"MONTHLY": 5, "YEARLY": 53}.get(freq, 0)
        if match is None or abs(nth) > largest:
            raise _bad("曜日", "weekday", day)
        found.add((nth, WEEKDAYS.index(match[2])))
    return tuple(f"{nth or ''}{WEEKDAYS[day]}" for nth, day in sorted(found))


def _canonical_numbers(values: Iterable[int], largest: int, negative: bool) -> tuple[int, ...]:
    for value in _sequence(values):
        if not _whole(value) or value == 0 or abs(value) > largest or (value < 0 and not negative):
            raise _bad("日付の条件", "condition on dates", value)
    return tuple(sorted(set(values)))


def _sequence(values: object) -> list[Any]:
    if not isinstance(values, tuple | list | set | frozenset):
        raise _bad("条件", "condition", values)
    return list(values)
