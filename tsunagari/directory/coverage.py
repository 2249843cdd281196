"""The hours of a week as bits: quarters of an hour from Monday 0:00, and those of a 祝日 after them.

What is covered is what one can rely on: a quarter counts only if a line is open then in each of `WEEKS`
ordinary weeks to come (weeks without a 祝日 and outside the turn of the year), and on each of the next
`HOLIDAYS` 祝日. A line that opens on the 10th of each month covers nothing by that alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from tsunagari.directory.schedules import TOKYO, Hours, holiday_name, openings_between

QUARTERS_OF_DAY: Final = 96
DAYS: Final = 8
"""Monday to Sunday, and a 祝日."""
HOLIDAY: Final = 7
BITS: Final = QUARTERS_OF_DAY * DAYS
ALL: Final = (1 << BITS) - 1
HOURS_OF_WEEK: Final = 168
WEEKS: Final = 5
HOLIDAYS: Final = 3
_DAY: Final = (1 << QUARTERS_OF_DAY) - 1
_HOUR: Final = 0b1111
_QUARTER: Final = 15
_TURN_OF_YEAR: Final = ((12, 28), (1, 4))


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that are looked at: the Mondays of ordinary weeks, and 祝日."""

    mondays: tuple[date, ...]
    holidays: tuple[date, ...]


def calendar_from(on: date) -> Calendar:
    """The next ordinary weeks that begin after a day, and the next 祝日."""
    monday = on + timedelta(days=7 - on.weekday())
    mondays: list[date] = []
    while len(mondays) < WEEKS:
        if all(_ordinary(monday + timedelta(days=number)) for number in range(-1, 7)):
            mondays.append(monday)
        monday += timedelta(days=7)
    holidays: list[date] = []
    day = on
    while len(holidays) < HOLIDAYS:
        day += timedelta(days=1)
        if holiday_name(day) and not _turn_of_year(day):
            holidays.append(day)
    return Calendar(tuple(mondays), tuple(holidays))


def _ordinary(day: date) -> bool:
    return not holiday_name(day) and not _turn_of_year(day)


def _turn_of_year(day: date) -> bool:
    (begin, end) = _TURN_OF_YEAR
    return (day.month, day.day) >= begin or (day.month, day.day) <= end


def covered(hours: Hours, calendar: Calendar) -> int:
    """The quarters in which these hours are open on all the days that are looked at; unknown hours: none."""
    week = ALL
    for monday in calendar.mondays:
        week &= _open(hours, monday, 7)
    holiday = _DAY
    for day in calendar.holidays:
        holiday &= _open(hours, day, 1)
    return (week & ((1 << QUARTERS_OF_DAY * HOLIDAY) - 1)) | holiday << QUARTERS_OF_DAY * HOLIDAY


def _open(hours: Hours, first: date, days: int) -> int:
    """The quarters from midnight of a day that are open from their first to their last minute."""
    start = datetime.combine(first, time(), TOKYO)
    bits = 0
    for opens, closes in openings_between(hours, start, start + timedelta(days=days)):
        begin = -(-int((opens - start).total_seconds() // 60) // _QUARTER)
        end = int((closes - start).total_seconds() // 60) // _QUARTER
        if end > begin:
            bits |= ((1 << end - begin) - 1) << begin
    return bits


def hour_is_covered(bits: int, day: int, hour: int) -> bool:
    """Whether all four quarters of an hour are covered; day 0 is Monday, 7 a 祝日."""
    return bits >> (day * QUARTERS_OF_DAY + hour * 4) & _HOUR == _HOUR


def hours_covered(bits: int) -> tuple[int, int]:
    """(hours of the week of 168, hours of a 祝日 of 24) that are covered whole."""
    per_day = [sum(hour_is_covered(bits, day, hour) for hour in range(24)) for day in range(DAYS)]
    return sum(per_day[:HOLIDAY]), per_day[HOLIDAY]


def days_uncovered(bits: int, hour: int) -> int:
    """On how many of the seven days of the week nothing is open at this hour."""
    return sum(not hour_is_covered(bits, day, hour) for day in range(HOLIDAY))


def gaps_of_day(bits: int, day: int) -> list[tuple[int, int]]:
    """The stretches of a day that are not covered, as (from, to) in whole hours; (0, 24): the whole day."""
    found: list[tuple[int, int]] = []
    for hour in range(24):
        if hour_is_covered(bits, day, hour):
            continue
        if found and found[-1][1] == hour:
            found[-1] = (found[-1][0], hour + 1)
        else:
            found.append((hour, hour + 1))
    return found


def days_alike(bits: int) -> list[tuple[Sequence[int], list[tuple[int, int]]]]:
    """The days with their gaps; those with the same gaps together, those without any left out."""
    alike: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for day in range(DAYS):
        if gaps := gaps_of_day(bits, day):
            alike.setdefault(tuple(gaps), []).append(day)
    return [(days, list(gaps)) for gaps, days in alike.items()]


def together(masks: Iterable[int]) -> int:
    """What any of these covers."""
    result = 0
    for mask in masks:
        result |= mask
    return result
