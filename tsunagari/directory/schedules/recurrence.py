"""The start days of a period, as ordinal days (`date.toordinal`), found without walking from `dtstart`.

A month is the unit: the start days of (year, month) are computed at once and kept, and months that a rule
cannot touch are jumped over, so an interval of 10**9 costs what an interval of 1 does.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import isleap, monthrange
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final

from tsunagari.directory.schedules import public_holidays
from tsunagari.directory.schedules.period import WEEKDAYS, Period

LAST_DAY: Final = date.max.toordinal()
# The calendar repeats after 400 years, so a rule that is silent for so many months has ended.
_MONTHS_TO_SEARCH: Final = 4800
_LAST_MONTH: Final = date.max.year * 12 + 11
_KEPT_MONTHS: Final = 64

_EVERY: Final = {
    "bymonth": frozenset(range(1, 13)),
    "bymonthday": frozenset(range(1, 32)),
    "byyearday": frozenset(range(1, 367)),
    "byweekno": frozenset(range(1, 54)),
}


class Rule:
    """A period made ready for questions. `first` and `last` bound its start days.

    A `simple` rule depends on nothing but the weekday (`weekdays`), the 祝日 and its bounds.
    """

    __slots__ = (
        "_count",
        "_dry_from",
        "_holiday_months",
        "_kept",
        "_month_of_start",
        "_months",
        "_monthdays",
        "_nth",
        "_nth_in_year",
        "_setpos",
        "_start",
        "_weekdays",
        "_weeknos",
        "_wkst",
        "_yeardays",
        "_years",
        "closes",
        "first",
        "freq",
        "holidays",
        "interval",
        "last",
        "opens",
        "simple",
        "weekdays",
    )

    def __init__(self, period: Period) -> None:
        self.freq = period.freq
        self.interval = period.interval
        self.opens = period.opens
        self.closes = period.closes
        self.holidays = period.holidays
        self._start = period.dtstart.toordinal() if period.dtstart else 1
        self._month_of_start = _month_index(self._start)
        self._wkst = WEEKDAYS.index(period.wkst)
        self._setpos = period.bysetpos
        self._count = period.count
        self._read_lists(period)
        # Ordinal day → tables already made; `_dry_from`: no start day on or after it.
        self._kept: dict[int, tuple[int, ...]] = {}
        self._years: dict[int, frozenset[int]] = {}
        self._dry_from = LAST_DAY + 1
        until = period.until.toordinal() if period.until else LAST_DAY
        if self._count is not None:
            until = min(until, self._last_counted(until))
        self.first = max(self._start, period.valid_from.toordinal() if period.valid_from else 1)
        self.last = min(until, period.valid_to.toordinal() if period.valid_to else LAST_DAY)
        lists = (self._months, self._monthdays, self._yeardays, self._weeknos, self._nth, self._setpos)
        self.simple = self.interval == 1 and not any(lists)
        self.weekdays = tuple(self._weekdays is None or day in self._weekdays for day in range(7))

    def _read_lists(self, period: Period) -> None:
        months, monthdays, byday = period.bymonth, period.bymonthday, period.byday
        start = period.dtstart
        if start and not (byday or monthdays or period.byyearday or period.byweekno):
            if period.freq == "WEEKLY":
                byday = (WEEKDAYS[start.weekday()],)
            elif period.freq in {"MONTHLY", "YEARLY"}:
                monthdays = (start.day,)
                if period.freq == "YEARLY":
                    months = months or (start.month,)
        # "1MO" of a YEARLY rule counts in the year, or in each month when months are named, even all of them.
        self._nth_in_year = period.freq == "YEARLY" and not months
        self._months = _restricting("bymonth", months)
        self._holiday_months = _restricting("bymonth", period.bymonth)
        self._monthdays = _restricting("bymonthday", monthdays)
        self._yeardays = _restricting("byyearday", period.byyearday)
        self._weeknos = _restricting("byweekno", period.byweekno)
        plain = frozenset(WEEKDAYS.index(day) for day in byday if len(day) == 2)
        nth = tuple((int(day[:-2]), WEEKDAYS.index(day[-2:])) for day in byday if len(day) > 2)
        self._nth = () if len(plain) == 7 else nth
        self._weekdays = None if not byday or len(plain) == 7 else plain

    def starts(self, day: int) -> bool:
        """Whether the period opens on this day (closures are the timetable's)."""
        if not self.first <= day <= self.last:
            return False
        if not self.simple:
            return day in self._starts_in_month(_month_index(day))
        usual = self.weekdays[(day - 1) % 7]
        if self.holidays == "as_weekday" or (usual and self.holidays == "also"):
            return usual
        if not usual and self.holidays != "also":
            return False
        return public_holidays.is_holiday(day) is not (self.holidays == "never")

    def recurs(self, day: int) -> bool:
        """Whether the rule names this day within its bounds, 祝日 apart."""
        return self.first <= day <= self.last and day in self._recurrences(_month_index(day))

    def next_start(self, day: int, latest: int) -> int | None:
        """The first start day in day..latest, or None."""
        day = max(day, self.first)
        latest = min(latest, self.last)
        if day > latest or day >= self._dry_from:
            return None
        if self.simple and self.holidays != "only":
            # No weekday is a 祝日 for two months on end.
            return next((d for d in range(day, min(latest, day + 60) + 1) if self.starts(d)), None)
        month = _month_index(day)
        for _ in range(_MONTHS_TO_SEARCH):
            month = self._hop(month)
            if month > _LAST_MONTH:
                break
            if month > _month_index(latest):
                return None
            found = self._starts_in_month(month)
            at = bisect_left(found, day)
            if at < len(found):
                return found[at] if found[at] <= latest else None
            month += 1
        self._dry_from = day
        return None

    def _hop(self, month: int) -> int:
        """This month, or a later one before which there is no start day."""
        months = self._holiday_months if self.holidays == "also" else self._months
        if months:
            while month % 12 + 1 not in months:
                month += 1
        if self.holidays == "only" and month // 12 > public_holidays.LAST_YEAR:
            return _LAST_MONTH + 1
        if self.interval == 1 or self.holidays == "also" or month > _LAST_MONTH:
            return month
        return max(month, self._next_in_phase(month))

    def _next_in_phase(self, month: int) -> int:
        step = self.interval
        if self.freq == "YEARLY":
            late = (month // 12 - self._month_of_start // 12) % step
            return (month // 12 + step - late) * 12 if late else month
        if self.freq == "MONTHLY":
            return month + (self._month_of_start - month) % step
        day = date(month // 12, month % 12 + 1, 1).toordinal()
        if self.freq == "DAILY":
            day += (self._start - day) % step
        else:
            week = self._week(day)
            day = week + (self._week(self._start) - week) % (7 * step)
        return _month_index(max(day, 1)) if day <= LAST_DAY else _LAST_MONTH + 1

    def _week(self, day: int) -> int:
        return day - (day - 1 - self._wkst) % 7

    def _starts_in_month(self, month: int) -> tuple[int, ...]:
        found = self._kept.get(month)
        if found is None:
            if len(self._kept) >= _KEPT_MONTHS:
                self._kept.clear()
            found = self._kept[month] = tuple(self._with_holidays(month))
        return found

    def _with_holidays(self, month: int) -> list[int]:
        days = self._recurrences(month)
        if self.holidays != "as_weekday":
            holidays = public_holidays.holidays_of_year(month // 12)
            if self.holidays == "never":
                days = [day for day in days if day not in holidays]
            elif self.holidays == "only":
                days = [day for day in days if day in holidays]
            elif not self._holiday_months or month % 12 + 1 in self._holiday_months:
                days = sorted({*days, *(day for day in holidays if _month_index(day) == month)})
        return [day for day in days if self.first <= day <= self.last]

    def _recurrences(self, month: int) -> list[int]:
        """The days of the rule in this month, in phase and by position, without bounds and 祝日."""
        step = self.interval
        if self.freq == "YEARLY":
            if (month // 12 - self._month_of_start // 12) % step:
                return []
            return self._filtered(month) if not self._setpos else self._by_position_in_year(month)
        if self.freq == "MONTHLY":
            if (month - self._month_of_start) % step:
                return []
            return self._by_position(self._filtered(month))
        if self.freq == "DAILY":
            if self._setpos and not {1, -1} & set(self._setpos):
                return []
            return [day for day in self._filtered(month) if (day - self._start) % step == 0]
        days = self._filtered(month) if not self._setpos else self._by_position_in_weeks(month)
        if step == 1:
            return days
        start = self._week(self._start)
        return [day for day in days if (self._week(day) - start) % (7 * step) == 0]

    def _by_position(self, days: list[int]) -> list[int]:
        if not self._setpos:
            return days
        size = len(days)
        return sorted({days[n - 1 if n > 0 else n] for n in self._setpos if 1 <= abs(n) <= size})

    def _by_position_in_year(self, month: int) -> list[int]:
        year = month // 12
        chosen = self._years.get(year)
        if chosen is None:
            days = [day for number in range(12) for day in self._filtered(year * 12 + number)]
            self._years.clear()
            chosen = self._years[year] = frozenset(self._by_position(days))
        return sorted(day for day in chosen if _month_index(day) == month)

    def _by_position_in_weeks(self, month: int) -> list[int]:
        weeks: defaultdict[int, list[int]] = defaultdict(list)
        for near in (month - 1, month, month + 1):
            if 12 <= near <= _LAST_MONTH:
                for day in self._filtered(near):
                    weeks[self._week(day)].append(day)
        chosen = (day for days in weeks.values() for day in self._by_position(days))
        return sorted(day for day in chosen if _month_index(day) == month)

    def _filtered(self, month: int) -> list[int]:
        """The days of this month that every list of the rule admits."""
        year, number = divmod(month, 12)
        if self._months and number + 1 not in self._months:
            return []
        before = date(year, number + 1, 1).toordinal() - 1
        size = monthrange(year, number + 1)[1]
        days: Iterator[int] | range = range(1, size + 1)
        if self._monthdays:
            days = iter(sorted({n if n > 0 else size + 1 + n for n in self._monthdays if abs(n) <= size}))
        new_year = date(year, 1, 1).toordinal()
        year_size = 366 if isleap(year) else 365
        found = []
        for day in days:
            ordinal = before + day
            yearday = ordinal - new_year + 1
            if self._weekdays is not None and (ordinal - 1) % 7 not in self._weekdays:
                place = (yearday, year_size) if self._nth_in_year else (day, size)
                if not self._nth or not self._is_nth(ordinal, *place):
                    continue
            if self._yeardays and not {yearday, yearday - year_size - 1} & self._yeardays:
                continue
            if self._weeknos and not self._in_weeks(ordinal):
                continue
            found.append(ordinal)
        return found

    def _is_nth(self, ordinal: int, place: int, size: int) -> bool:
        weekday = (ordinal - 1) % 7
        ordinals = ((place - 1) // 7 + 1, -((size - place) // 7 + 1))
        return any(weekday == day and nth in ordinals for nth, day in self._nth)

    def _in_weeks(self, ordinal: int) -> bool:
        # The week belongs to the year of its fourth day (RFC 5545: at least four days in that year).
        week = self._week(ordinal)
        middle = week + 3
        if not 1 <= middle <= LAST_DAY:
            return False
        year = date.fromordinal(middle).year
        first = self._week(date(year, 1, 4).toordinal())
        number = (week - first) // 7 + 1
        size = (self._week(date(year, 12, 28).toordinal()) - first) // 7 + 1
        return bool({number, number - size - 1} & self._weeknos)

    def _last_counted(self, until: int) -> int:
        """The start day at which `count` is used up; LAST_DAY if that lies past what is searched."""
        left = self._count or 0
        if left > LAST_DAY:
            return LAST_DAY
        month = self._month_of_start
        last = LAST_DAY
        kept, self._kept = self._kept, {}
        holidays, self.holidays = self.holidays, "as_weekday"
        for _ in range(_MONTHS_TO_SEARCH):
            month = self._hop(month)
            if month > _month_index(until):
                break
            days = [day for day in self._recurrences(month) if self._start <= day <= until]
            if left <= len(days):
                last = days[left - 1]
                break
            left -= len(days)
            month += 1
        self._kept, self.holidays = kept, holidays
        return last


def _restricting(name: str, values: tuple[int, ...]) -> frozenset[int]:
    """The list as a set; empty, that is no condition, when it admits every day."""
    chosen = frozenset(values)
    return frozenset() if chosen >= _EVERY[name] else chosen


def _month_index(day: int) -> int:
    on = date.fromordinal(day)
    return on.year * 12 + on.month - 1


@lru_cache(maxsize=8192)
def rule_of(period: Period) -> Rule:
    """The rule of a period, made once for equal periods."""
    return Rule(period)
