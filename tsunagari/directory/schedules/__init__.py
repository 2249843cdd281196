"""The opening-hours engine: which days and minutes a service is reachable, exact and without a database.

`Period`, `Closure` and `Hours` are the data; `is_open`, `next_opening`, `next_closing` and `openings_between`
answer on it; `exchange` reads and writes others' shapes; `text` puts it into words; `reading` takes it from
people's words.
"""

from tsunagari.directory.schedules.closure import Closure
from tsunagari.directory.schedules.exchange import (
    hours_from_source,
    period_from_hsds,
    period_to_hsds,
    rule_fields,
    to_rrule,
)
from tsunagari.directory.schedules.hours import (
    TOKYO,
    Hours,
    is_always_open,
    is_open,
    next_closing,
    next_opening,
    openings_between,
)
from tsunagari.directory.schedules.period import WEEKDAYS, BadSchedule, Period, format_clock, parse_clock
from tsunagari.directory.schedules.public_holidays import holiday_name
from tsunagari.directory.schedules.reading import HoursReading, read_hours
from tsunagari.directory.schedules.text import (
    DayHours,
    Summary,
    SummaryPart,
    clock_ja,
    describe_week,
    render_en,
    render_ja,
    span_en,
    span_ja,
    summary,
    summary_parts,
)

__all__ = [
    "TOKYO",
    "WEEKDAYS",
    "BadSchedule",
    "Closure",
    "DayHours",
    "Hours",
    "HoursReading",
    "Period",
    "Summary",
    "SummaryPart",
    "clock_ja",
    "describe_week",
    "format_clock",
    "holiday_name",
    "hours_from_source",
    "is_always_open",
    "is_open",
    "next_closing",
    "next_opening",
    "openings_between",
    "parse_clock",
    "period_from_hsds",
    "period_to_hsds",
    "read_hours",
    "render_en",
    "render_ja",
    "rule_fields",
    "span_en",
    "span_ja",
    "summary",
    "summary_parts",
    "to_rrule",
]
