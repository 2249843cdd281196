"""How old the facts of an entry are, and what follows from that. Pure: days go in, answers come out.

==============================  =================================================================
age of the last confirmation    what follows
==============================  =================================================================
under `OLD_AFTER_MONTHS`        nothing
`OLD_AFTER_MONTHS` and more     marked, ranked lower; whoever keeps it is asked
no answer `SILENT_AFTER_MONTHS` not offered as reachable now, unless it is a curated nationwide
after the question              line: those show their date and stand on the upkeep list
==============================  =================================================================
"""

import calendar
from datetime import date, datetime
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")

OLD_AFTER_MONTHS = 6
SILENT_AFTER_MONTHS = 12
FRESHNESS_MONTHS = (3, 6, 12, 24)
"""The steps in which the public page counts."""


def months_before(on: date, months: int) -> date:
    """The same day so many months earlier, the last of the month where it has no such day."""
    number = on.year * 12 + on.month - 1 - months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


def day_of(at: datetime) -> date:
    """The day in Japan on which this moment lies."""
    return at.astimezone(TOKYO).date()


def confirmed_on(assured_on: date | None, as_of: str) -> date | None:
    """The day on which the facts were last known to be right; ``as_of`` is YYYY-MM. None: never."""
    if assured_on is not None:
        return assured_on
    try:
        return date.fromisoformat(f"{as_of}-01")
    except ValueError:
        return None


def is_old(confirmed: date | None, on: date) -> bool:
    """Whether the last confirmation is six months ago or more, or never was."""
    return confirmed is None or confirmed <= months_before(on, OLD_AFTER_MONTHS)


def is_silent(asked_on: date | None, on: date) -> bool:
    """Whether a question that is still open was asked a year ago or more."""
    return asked_on is not None and asked_on <= months_before(on, SILENT_AFTER_MONTHS)
