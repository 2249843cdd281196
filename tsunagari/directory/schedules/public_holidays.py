"""祝日 of Japan by ordinal day (`date.toordinal`), with substitute holidays (振替休日) and 国民の休日."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final, Literal

from holidays.countries.japan import Japan

FIRST_YEAR: Final = Japan.start_year
LAST_YEAR: Final = Japan.end_year

_LANGUAGES: Final = {"ja": "ja", "en": "en_US"}


@lru_cache(maxsize=1024)
def holidays_of_year(year: int, language: Literal["ja", "en"] = "ja") -> Mapping[int, str]:
    """Ordinal day → name. Empty for years that the library does not know (before 1949, after 2099)."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return {}
    calendar = Japan(years=year, language=_LANGUAGES[language], expand=False)
    return {day.toordinal(): name for day, name in calendar.items()}


def is_holiday(day: int) -> bool:
    """Whether the ordinal day is a 祝日."""
    return day in holidays_of_year(date.fromordinal(day).year)


def holiday_name(on: date, language: Literal["ja", "en"] = "ja") -> str:
    """The name of the 祝日, or "" on any other day."""
    return holidays_of_year(on.year, language).get(on.toordinal(), "")
