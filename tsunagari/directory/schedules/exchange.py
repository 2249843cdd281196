"""Schedules in the shapes of others: RFC 5545 RRULE, HSDS 3.0 `schedule`, and `data/services.json`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from tsunagari.directory.schedules.closure import Closure
from tsunagari.directory.schedules.hours import TIMEZONE, TOKYO, Hours
from tsunagari.directory.schedules.period import (
    DAY,
    WEEKDAYS,
    BadSchedule,
    HolidayRule,
    Period,
    closing_after,
    format_clock,
    parse_clock,
    shown,
)

_SOURCE_DAYS: Final = dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), WEEKDAYS, strict=True))
_NUMBER_LISTS: Final = ("bymonth", "bymonthday", "byyearday", "byweekno", "bysetpos")
_HSDS_LISTS: Final = ("bymonthday", "byyearday", "byweekno")
_HSDS_FREQUENCIES: Final = ("WEEKLY", "MONTHLY")
_DATES: Final = ("dtstart", "until", "valid_from", "valid_to")
_TIMEZONES: Final = (None, "", 9, 9.0, "9", "+9", "+09:00", TIMEZONE)
_TIME = re.compile(r"([0-9]{1,2}:[0-9]{2})(:00(\.0+)?)?(\+09:00)?", re.ASCII)
_UNTIL = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?", re.ASCII)


def to_rrule(period: Period, *, utc_until: bool = False) -> str:
    """The RRULE value of a period's days, without 祝日, validity and closures.

    `utc_until` writes UNTIL as the opening on that day in UTC, as a DTSTART with TZID demands (3.3.10);
    otherwise it is a date.
    """
    parts = [f"FREQ={period.freq}"]
    if period.interval > 1:
        parts.append(f"INTERVAL={period.interval}")
    if period.count is not None:
        parts.append(f"COUNT={period.count}")
    if period.until is not None:
        parts.append(f"UNTIL={_until(period.until, period.opens, utc_until)}")
    for name in _NUMBER_LISTS:
        if values := getattr(period, name):
            parts.append(f"{name.upper()}={_joined(values)}")
    if period.byday:
        parts.append(f"BYDAY={_joined(period.byday)}")
    if period.wkst != "MO":
        parts.append(f"WKST={period.wkst}")
    return ";".join(parts)


def _until(until: date, opens: int, as_utc: bool) -> str:
    if not as_utc:
        return until.strftime("%Y%m%d").zfill(8)
    opening = datetime(until.year, until.month, until.day, opens // 60, opens % 60, tzinfo=TOKYO)
    return opening.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ").zfill(16)


def rule_fields(rrule: str) -> dict[str, Any]:
    """The fields of `Period` that an RRULE value names.

    Raises:
        BadSchedule: the text is no RRULE of days (BYHOUR, FREQ=HOURLY and the like are refused).
    """
    found: dict[str, Any] = {}
    for part in rrule.upper().removeprefix("RRULE:").split(";"):
        name, _, value = part.partition("=")
        key = name.strip().lower()
        if key in found:
            raise _bad(part)
        if key in {"freq", "wkst"}:
            found[key] = value
        elif key == "byday":
            found[key] = _words(value)
        elif key in _NUMBER_LISTS:
            found[key] = _numbers(value)
        elif key in {"interval", "count"}:
            found[key] = _number(value)
        elif key == "until":
            found[key] = _read_until(value)
        else:
            raise _bad(part)
    if "freq" not in found:
        raise _bad(rrule)
    return found


def _read_until(value: str) -> date:
    if not _UNTIL.fullmatch(value):
        raise _bad(value)
    try:
        if not value.endswith("Z"):
            return date(int(value[:4]), int(value[4:6]), int(value[6:8]))
        moment = datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return moment.astimezone(TOKYO).date()
    except (ValueError, OverflowError) as error:
        raise _bad(value) from error


def period_to_hsds(period: Period) -> dict[str, Any]:
    """The fields of an HSDS 3.0 schedule, and extensions so that `period_from_hsds` gives the period back.

    HSDS knows only WEEKLY and MONTHLY, no months and no positions: for other rules the extension `rrule`
    holds the whole rule, and the HSDS fields say what they can. Further extensions: `holidays` and
    `closes_next_day` (a closing at 24:00 is "00:00" of the next day; 24:00 of the next day is "24:00").
    """
    fields: dict[str, Any] = {"timezone": 9}
    if period.freq in _HSDS_FREQUENCIES:
        fields["freq"] = period.freq
    elif period.freq == "DAILY" and period.interval == 1:
        fields["freq"] = "WEEKLY"
    fields["interval"] = period.interval
    if period.freq == "DAILY" and "freq" in fields and not period.byday:
        fields["byday"] = _joined(WEEKDAYS)
    elif period.byday:
        fields["byday"] = _joined(period.byday)
    for name in _HSDS_LISTS:
        if values := getattr(period, name):
            fields[name] = _joined(values)
    for name in _DATES:
        if (value := getattr(period, name)) is not None:
            fields[name] = value.isoformat()
    if period.count is not None:
        fields["count"] = period.count
    fields["wkst"] = period.wkst
    if period.description:
        fields["description"] = period.description
    fields["opens_at"] = format_clock(period.opens)
    fields["closes_at"] = "24:00" if period.closes == 2 * DAY else format_clock(period.closes % DAY)
    fields["closes_next_day"] = period.closes >= DAY
    fields["holidays"] = period.holidays
    if period.freq not in _HSDS_FREQUENCIES or period.bymonth or period.bysetpos:
        fields["rrule"] = to_rrule(period)
    return fields


def period_from_hsds(fields: Mapping[str, Any]) -> Period:
    """Read an HSDS 3.0 schedule, ours or another's.

    Another's has no `closes_next_day` (a closing not after the opening is on the next day) and no `holidays`
    ("never"). Numbers may be texts and lists may be lists; a missing time zone is Japan's.

    Raises:
        BadSchedule: no opening or closing time, another time zone, or values that `Period` refuses.
    """
    if fields.get("timezone") not in _TIMEZONES:
        raise BadSchedule(
            "受付時間は日本時間（+9）だけを扱います。", "Only schedules in Japan's time (+9) can be read."
        )
    values: dict[str, Any] = {"freq": fields.get("freq")}
    values |= {name: _numbers(fields[name]) for name in _HSDS_LISTS if fields.get(name)}
    values |= {name: _number(fields[name]) for name in ("interval", "count") if fields.get(name) is not None}
    values |= {name: _date(fields[name]) for name in _DATES if fields.get(name)}
    values |= {name: fields[name] for name in ("wkst", "holidays", "description") if fields.get(name)}
    if fields.get("byday"):
        values["byday"] = _words(fields["byday"])
    if rrule := fields.get("rrule"):
        if not isinstance(rrule, str):
            raise _bad(rrule)
        for name in ("byday", *_HSDS_LISTS):
            values.pop(name, None)
        values |= rule_fields(rrule)
    opens = _time(fields.get("opens_at"))
    closes = _time(fields.get("closes_at"))
    next_day = fields.get("closes_next_day")
    if next_day is None:
        closes = closing_after(opens, closes)
    elif next_day:
        closes += DAY
    return Period(opens=opens, closes=closes, **values)


def hours_from_source(channel: Mapping[str, Any]) -> Hours:
    """The hours of a channel as in `data/services.json`.

    `hours` is a list of {"days": ["mon"…"sun", "hol"], "opens", "closes"}, `closed` a list of closures,
    `monthday` {"day", "opens", "closes"}, a day of each month whatever the calendar.
    No hours: unknown.

    Raises:
        BadSchedule: any other shape.
    """
    try:
        periods = [_weekly_period(row) for row in channel.get("hours") or ()]
        if monthday := channel.get("monthday"):
            periods.append(
                Period.from_clock(
                    monthday["opens"],
                    monthday["closes"],
                    freq="MONTHLY",
                    bymonthday=(monthday["day"],),
                    holidays="as_weekday",
                )
            )
        closures = tuple(Closure.parse(text) for text in channel.get("closed") or ())
    except (KeyError, TypeError, AttributeError) as error:
        raise BadSchedule(
            "受付時間の書き方が正しくありません。", "The hours are not written as expected."
        ) from error
    return Hours(periods=tuple(periods), closures=closures)


def _weekly_period(row: Mapping[str, Any]) -> Period:
    days = list(row["days"])
    weekdays = tuple(_SOURCE_DAYS[day] for day in days if day != "hol")
    listed = "hol" in days
    holidays: HolidayRule = "also" if listed else "never"
    if not weekdays and listed:
        return Period.from_clock(row["opens"], row["closes"], freq="DAILY", holidays="only")
    if len(set(weekdays)) == 7:
        return Period.from_clock(row["opens"], row["closes"], freq="DAILY", holidays=holidays)
    return Period.from_clock(row["opens"], row["closes"], freq="WEEKLY", byday=weekdays, holidays=holidays)


def _joined(values: tuple[Any, ...]) -> str:
    return ",".join(str(value) for value in values)


def _bad(value: object) -> BadSchedule:
    return BadSchedule(
        f"受付時間の規則「{shown(value)}」は読めません。",
        f'The schedule rule "{shown(value)}" cannot be read.',
    )


def _number(value: object) -> int:
    if isinstance(value, bool):
        raise _bad(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text, re.ASCII):
        raise _bad(value)
    return int(text)


def _numbers(value: object) -> tuple[int, ...]:
    if isinstance(value, str):
        return tuple(_number(part) for part in value.split(","))
    if isinstance(value, list | tuple):
        return tuple(_number(part) for part in value)
    return (_number(value),)


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip().upper() for part in value.split(","))
    if isinstance(value, list | tuple):
        return tuple(value)
    raise _bad(value)


def _date(value: object) -> date:
    # JSON gives text, a row of a database a date.
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise _bad(value) from error


def _time(value: object) -> int:
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise BadSchedule(
            f"時刻「{shown(value)}」は日本時間の「時:分」で書いてください。",
            f'Write the time "{shown(value)}" as hours:minutes in Japan\'s time.',
        )
    return parse_clock(found[1])
