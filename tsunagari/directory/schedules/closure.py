"""Days on which nothing opens: every year (年末年始) or once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from tsunagari.directory.schedules.period import BadSchedule, shown

_YEARLY = re.compile(r"([0-9]{2})-([0-9]{2})")
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Eight years lie between two 29 Februaries around a year like 2100.
_YEARS_TO_SEARCH: Final = 9


@dataclass(frozen=True, slots=True)
class Closure:
    """From `begins` to `ends`, both inclusive: both "MM-DD" (may wrap the year's end) or both "YYYY-MM-DD".

    A period whose start day lies in a closure does not open; one that began before runs to its end.
    "02-29" exists in leap years only.

    Raises:
        BadSchedule: no such date, mixed forms, or a dated range that ends before it begins.
    """

    begins: str
    ends: str
    description: str = ""

    def __post_init__(self) -> None:
        values = (self.begins, self.ends)
        if not all(isinstance(value, str) for value in (*values, self.description)):
            raise _bad("/".join(map(shown, values)))
        yearly = [_is_month_day(value) for value in values]
        dated = [_is_date(value) for value in values]
        if not (all(yearly) or (all(dated) and self.begins <= self.ends)):
            raise _bad("/".join(values))

    @classmethod
    def parse(cls, text: str, description: str = "") -> Self:
        """Read "MM-DD/MM-DD", "YYYY-MM-DD/YYYY-MM-DD" or a single day of either form.

        Raises:
            BadSchedule: anything else.
        """
        if not isinstance(text, str):
            raise _bad(text)
        begins, _, ends = text.partition("/")
        return cls(begins=begins, ends=ends or begins, description=description)

    @property
    def is_yearly(self) -> bool:
        """Whether the closure comes back every year."""
        return len(self.begins) == 5

    def covers(self, on: date) -> bool:
        """Whether the day lies in the closure."""
        if not self.is_yearly:
            return self.begins <= on.isoformat() <= self.ends
        day = f"{on.month:02d}-{on.day:02d}"
        if self.begins <= self.ends:
            return self.begins <= day <= self.ends
        return day >= self.begins or day <= self.ends

    def last_day(self, on: date) -> date:
        """The end of the closure that covers `on` (29 February becomes the 28th where there is none)."""
        if not self.is_yearly:
            return date.fromisoformat(self.ends)
        wraps = self.begins > self.ends and f"{on.month:02d}-{on.day:02d}" >= self.begins
        if wraps and on.year == date.max.year:
            return date.max
        year = on.year + wraps
        try:
            return date.fromisoformat(f"{year:04d}-{self.ends}")
        except ValueError:
            return date(year, 2, 28)

    def next_day(self, on: date) -> date | None:
        """The first day of the closure on or after `on`."""
        if self.covers(on):
            return on
        if not self.is_yearly:
            begins = date.fromisoformat(self.begins)
            return begins if begins >= on else None
        for year in range(on.year, min(on.year + _YEARS_TO_SEARCH, date.max.year + 1)):
            try:
                day = date.fromisoformat(f"{year:04d}-{self.begins}")
            except ValueError:
                day = date(year, 3, 1)
            if day >= on and self.covers(day):
                return day
        return None


def _bad(value: object) -> BadSchedule:
    return BadSchedule(
        f"休みの期間「{shown(value)}」は「月-日/月-日」か「年-月-日/年-月-日」で書いてください。",
        f'Write the closure "{shown(value)}" as MM-DD/MM-DD or YYYY-MM-DD/YYYY-MM-DD.',
    )


def _is_month_day(value: str) -> bool:
    return bool(_YEARLY.fullmatch(value)) and value.isascii() and _exists(f"2024-{value}")


def _is_date(value: str) -> bool:
    return bool(_DATED.fullmatch(value)) and value.isascii() and _exists(value)


def _exists(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
