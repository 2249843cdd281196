"""Between the rows of ``Schedule`` and the engine of ``schedules``."""

import uuid
from collections.abc import Iterable
from typing import Any, cast

from tsunagari.directory.models import Schedule
from tsunagari.directory.schedules import Closure, Hours, Period
from tsunagari.directory.schedules.period import Freq, HolidayRule


def hours_of(schedules: Iterable[Schedule]) -> Hours:
    """The hours that these rows (of one channel, place or service) describe; no rows: not known."""
    periods, closures = [], []
    for row in schedules:
        if row.is_closure:
            closures.append(Closure(row.closed_from, row.closed_to, row.description))
        else:
            periods.append(_period(row))
    return Hours(tuple(periods), tuple(closures))


def schedule_rows(hours: Hours, **owner: Any) -> list[Schedule]:
    """Unsaved rows for these hours; ``owner`` is one of channel, service, location, service_at_location.

    Ids follow from the owner and the content, so that writing the same hours again changes nothing.
    """
    (key,) = (instance.pk for instance in owner.values())
    rows = [_closure_row(closure, owner) for closure in hours.closures]
    rows += [_period_row(period, owner) for period in hours.periods]
    for row in rows:
        content = "|".join(
            str(getattr(row, field.attname)) for field in Schedule._meta.concrete_fields if field.name != "id"
        )
        row.id = uuid.uuid5(key, content)
    return rows


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(",") if number)


def _period(row: Schedule) -> Period:
    return Period(
        # the database's own constraints and `_period_row` keep these to the known values
        freq=cast(Freq, row.freq),
        interval=row.interval,
        byday=tuple(day for day in row.byday.split(",") if day),
        bymonthday=_numbers(row.bymonthday),
        byyearday=_numbers(row.byyearday),
        byweekno=_numbers(row.byweekno),
        bymonth=_numbers(row.bymonth),
        bysetpos=_numbers(row.bysetpos),
        count=row.count,
        until=row.until,
        dtstart=row.dtstart,
        wkst=row.wkst,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        opens=row.opens_minute or 0,
        closes=row.closes_minute or 0,
        holidays=cast(HolidayRule, row.holidays),
        description=row.description,
    )


def _closure_row(closure: Closure, owner: dict[str, Any]) -> Schedule:
    return Schedule(
        is_closure=True,
        closed_from=closure.begins,
        closed_to=closure.ends,
        description=closure.description,
        **owner,
    )


def _period_row(period: Period, owner: dict[str, Any]) -> Schedule:
    def listed(values: Iterable[object]) -> str:
        return ",".join(map(str, values))

    return Schedule(
        freq=period.freq,
        interval=period.interval,
        byday=listed(period.byday),
        bymonthday=listed(period.bymonthday),
        byyearday=listed(period.byyearday),
        byweekno=listed(period.byweekno),
        bymonth=listed(period.bymonth),
        bysetpos=listed(period.bysetpos),
        count=period.count,
        until=period.until,
        dtstart=period.dtstart,
        wkst=period.wkst,
        valid_from=period.valid_from,
        valid_to=period.valid_to,
        opens_minute=period.opens,
        closes_minute=period.closes,
        holidays=period.holidays,
        description=period.description,
        **owner,
    )
