"""A whole schedule and the questions that pages ask it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from tsunagari.directory.schedules.closure import Closure
from tsunagari.directory.schedules.period import DAY, BadSchedule, Period
from tsunagari.directory.schedules.timetable import Timetable

TIMEZONE: Final = "Asia/Tokyo"
TOKYO: Final = ZoneInfo(TIMEZONE)

MAX_PERIODS: Final = 100
MAX_CLOSURES: Final = 100
MAX_DAYS_BETWEEN: Final = 3660

_OFFSET: Final = 9 * 60
_MINUTE: Final = timedelta(minutes=1)
# Minute 1440 of a timetable is midnight of day 1, so that a day is a whole number of 1440 minutes.
_START: Final = datetime(1, 1, 1, tzinfo=UTC)
_LOCAL_START: Final = datetime(1, 1, 1, tzinfo=TOKYO)
_LAST_MINUTE: Final = date.max.toordinal() * DAY + DAY - 1


@dataclass(frozen=True)
class Hours:
    """The opening hours of one channel or place. No periods: the hours are not known.

    Periods and closures are held in one order without doubles, so that equal hours are equal. The time zone
    is Asia/Tokyo: 祝日 are Japan's.

    Raises:
        BadSchedule: another time zone, or more rows than `MAX_PERIODS` and `MAX_CLOSURES`.
    """

    periods: tuple[Period, ...] = ()
    closures: tuple[Closure, ...] = ()
    timezone: str = TIMEZONE

    def __post_init__(self) -> None:
        if self.timezone != TIMEZONE:
            raise BadSchedule(
                "受付時間は日本時間（Asia/Tokyo）だけを扱います。",
                "Only schedules in Asia/Tokyo can be used.",
            )
        if len(self.periods) > MAX_PERIODS or len(self.closures) > MAX_CLOSURES:
            raise BadSchedule("受付時間の行が多すぎます。", "The schedule has too many rows.")
        object.__setattr__(self, "periods", tuple(sorted(set(self.periods), key=_sort_key)))
        object.__setattr__(self, "closures", tuple(sorted(set(self.closures), key=_sort_key)))

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def timetable(self) -> Timetable:
        """The schedule made ready for questions, once per object."""
        return Timetable(self.periods, self.closures)

    def to_json(self) -> str:
        """The one text of these hours: equal hours give equal texts. Fields at their default are left out."""
        content = {
            "closures": [_fields_of(closure) for closure in self.closures],
            "periods": [_fields_of(period) for period in self.periods],
            "timezone": self.timezone,
        }
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Hours:
        """Read what `to_json` wrote. Equal texts give the same object, made ready once.

        Raises:
            BadSchedule: the text is no such JSON.
        """
        return _from_json(text)


@lru_cache(maxsize=4096)
def _from_json(text: str) -> Hours:
    try:
        content = json.loads(text)
        periods = tuple(Period(**_typed(row)) for row in content.get("periods", ()))
        closures = tuple(Closure(**row) for row in content.get("closures", ()))
        return Hours(periods=periods, closures=closures, timezone=content.get("timezone", TIMEZONE))
    except BadSchedule:
        raise
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BadSchedule(
            "受付時間のデータが壊れています。", "The stored schedule cannot be read."
        ) from error


_LISTS: Final = ("byday", "bymonthday", "byyearday", "byweekno", "bymonth", "bysetpos")
_DATES: Final = ("until", "dtstart", "valid_from", "valid_to")


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    typed = dict(row)
    for name in _LISTS:
        if name in typed:
            typed[name] = tuple(typed[name])
    for name in _DATES:
        if typed.get(name) is not None:
            typed[name] = date.fromisoformat(typed[name])
    return typed


def _fields_of(row: Period | Closure) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields(row):
        value = getattr(row, field.name)
        if field.default is MISSING or value != field.default or field.name in {"opens", "closes"}:
            found[field.name] = value.isoformat() if isinstance(value, date) else value
    return found


def _sort_key(row: Period | Closure) -> str:
    return json.dumps(_fields_of(row), ensure_ascii=False, sort_keys=True)


def is_open(hours: Hours, at: datetime) -> bool | None:
    """Whether the service is open at this moment (aware); None when its hours are not known."""
    if not hours.periods:
        return None
    return hours.timetable.is_open(_minute_of(at))


def next_opening(hours: Hours, at: datetime) -> datetime | None:
    """The next instant strictly after `at` at which closed becomes open, in Asia/Tokyo.

    None: unknown hours, open round the clock, or never open again. Adjacent and overlapping periods are one.
    """
    minute = _minute_of(at)
    return _moment(hours.timetable.opening(minute)) if hours.periods else None


def next_closing(hours: Hours, at: datetime) -> datetime | None:
    """The instant at which the service that is open at `at` closes, in Asia/Tokyo.

    None: unknown hours, closed at `at`, or never closing.
    """
    minute = _minute_of(at)
    if not hours.periods or not hours.timetable.is_open(minute):
        return None
    return _moment(hours.timetable.closing(minute))


def openings_between(hours: Hours, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The merged open intervals within [start, end), cut to it, in order, in Asia/Tokyo. Unknown hours: none.

    Raises:
        BadSchedule: more than `MAX_DAYS_BETWEEN` days.
    """
    if end - start > timedelta(days=MAX_DAYS_BETWEEN):
        raise BadSchedule(
            "期間が長すぎます（10年まで）。", "The span of time is too long (ten years at most)."
        )
    if not hours.periods or end <= start:
        return []
    found = []
    for begins, ends in hours.timetable.merged(_minute_of(start) // DAY, _minute_of(end) // DAY):
        opens, closes = _moment(begins), _moment(ends)
        opens, closes = max(opens or start, start), min(closes or end, end)
        if opens < closes:
            found.append((opens.astimezone(TOKYO), closes.astimezone(TOKYO)))
    return found


def is_always_open(hours: Hours) -> bool:
    """Whether the service never closes: 24 hours on every day, 祝日 too, without closures or bounds."""
    return bool(hours.periods) and hours.timetable.is_always_open


def _minute_of(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("an aware datetime is needed")
    # Kept on the calendar: 9999-12-31 23:00 UTC is already the year 10000 in Tokyo.
    minute = (at - _START) // _MINUTE + _OFFSET + DAY
    return max(DAY, min(minute, _LAST_MINUTE))


def _moment(minute: int | None) -> datetime | None:
    if minute is None or minute > _LAST_MINUTE:
        return None
    return _LOCAL_START + timedelta(minutes=minute - DAY)
