"""Periods of figures: fiscal years (April to March), halves, quarters, months. Pure: no Django."""

from datetime import date, timedelta

from tsunagari.core.indicators import Period

MONTHS = {"A": 12, "S": 6, "Q": 3, "M": 1}
"""Months of a period, by SDMX's code of its frequency."""
APRIL = 4


def _months(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)


def period_of(frequency: str, day: date) -> Period:
    """The period in which a day lies; years, halves and quarters are counted from April."""
    length = MONTHS[frequency]
    begins = _months(day) - (_months(day) - (APRIL - 1)) % length
    return Period(_first(begins), _first(begins + length) - timedelta(days=1))


def last_whole_period(frequency: str, on: date) -> Period:
    """The newest period that has ended before ``on``."""
    return period_of(frequency, period_of(frequency, on).begins_on - timedelta(days=1))


def last_due_period(frequency: str, on: date, due_days: int) -> Period:
    """The newest period whose figure should be there by now: it ended ``due_days`` ago or more."""
    return last_whole_period(frequency, on - timedelta(days=due_days))


def fiscal_year(day: date) -> int:
    """The fiscal year of a day."""
    return day.year if day.month >= APRIL else day.year - 1
