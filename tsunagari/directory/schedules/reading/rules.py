"""What the words of a text add up to: days with their hours, what is left out, and the periods of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from tsunagari.directory.schedules.period import DAY, WEEKDAYS, HolidayRule, Period
from tsunagari.directory.schedules.reading.tokens import HOLIDAY

EVERY_DAY: Final = frozenset({*WEEKDAYS, HOLIDAY})
WORKING_DAYS: Final = frozenset(WEEKDAYS[:5])
WEEKEND: Final = frozenset(WEEKDAYS[5:])


class NotUnderstood(Exception):
    """A part that bears meaning has no place in a schedule; ``reason`` as in `HoursReading`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Group:
    """Days that share their hours; ``days`` None: none were named."""

    days: frozenset[str] | None = None
    nths: tuple[str, ...] = ()
    monthdays: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    names_months: bool = False
    spans: list[tuple[int, int]] = field(default_factory=list)

    @property
    def names_days(self) -> bool:
        """Whether any day was named."""
        return self.days is not None or bool(self.nths or self.monthdays)


@dataclass(slots=True)
class Said:
    """What was said of all groups: what is left out, and how 祝日 are meant.

    ``holidays_too`` is "among" (「祝日を含む」), "too" (「祝日も」) or "".
    """

    days: frozenset[str] = frozenset()
    nths: tuple[str, ...] = ()
    months: frozenset[int] = frozenset()
    cut: tuple[tuple[int, int], ...] = ()
    holidays_too: str = ""
    no_rest: bool = False
    substitute: bool = False


def periods_of(group: Group, said: Said) -> list[Period]:
    """The periods of a group.

    Raises:
        NotUnderstood: no day was named, or no rule says what is meant.
        BadSchedule: hours that no period may have.
    """
    months = tuple(n for n in (group.months or range(1, 13)) if n not in said.months)
    if not months:
        raise NotUnderstood("not_understood")
    common: dict[str, Any] = {"bymonth": months if len(months) < 12 else ()}
    made: list[Period] = []
    for opens, closes in (piece for whole in group.spans for piece in _without(whole, said.cut)):
        common |= {"opens": opens, "closes": closes}
        made += _of_month(group, said, common) + _of_week(group, said, common)
    return made


def _of_month(group: Group, said: Said, common: dict[str, Any]) -> list[Period]:
    made = []
    if group.nths:
        holidays: HolidayRule = "as_weekday" if said.holidays_too else "never"
        made.append(Period(freq="MONTHLY", byday=group.nths, holidays=holidays, **common))
    if group.monthdays:
        holidays = "never" if HOLIDAY in said.days else "as_weekday"
        made.append(Period(freq="MONTHLY", bymonthday=group.monthdays, holidays=holidays, **common))
    return made


def _of_week(group: Group, said: Said, common: dict[str, Any]) -> list[Period]:
    days, out = group.days, said.days
    holidays: HolidayRule | None = None
    if days is None:
        if group.nths or group.monthdays:
            return []
        all_day = group.spans == [(0, DAY)]  # 「24時間」 without any day means every day
        if not (out or said.nths or said.no_rest or all_day):
            raise NotUnderstood("no_days")
        # only what is closed was said: the rest is open, 祝日 too
        whole = said.substitute or not (out - {HOLIDAY} or said.nths)
        days, holidays = EVERY_DAY, "also" if whole else "as_weekday"
    weekdays = tuple(day for day in WEEKDAYS if day in days and day not in out)
    if HOLIDAY in out:
        holidays = "never"
    elif holidays is None:
        holidays = _holiday_rule(weekdays, named=HOLIDAY in days, said=said)
    if weekdays:
        return _weekly(weekdays, holidays, said.nths, common)
    if HOLIDAY in days and HOLIDAY not in out:
        return [Period(freq="DAILY", holidays="only", **common)]
    return []


def _holiday_rule(weekdays: tuple[str, ...], *, named: bool, said: Said) -> HolidayRule:
    if named:
        # 「毎日（水曜を除く）」 stays shut on a Wednesday that is a 祝日
        every_day = len(weekdays) + len(said.days & set(WEEKDAYS)) == 7
        return "as_weekday" if every_day and len(weekdays) < 7 and not said.substitute else "also"
    if said.holidays_too or said.no_rest:
        return "also" if said.holidays_too == "too" and set(weekdays) <= WEEKEND else "as_weekday"
    return "never"


def _weekly(
    weekdays: tuple[str, ...], holidays: HolidayRule, out: tuple[str, ...], common: dict[str, Any]
) -> list[Period]:
    """A weekly rule; of a weekday that is left out in some weeks of a month, the other weeks."""
    if any(nth.startswith("-") for nth in out):
        raise NotUnderstood("not_understood")
    cut = {nth[-2:] for nth in out}
    made = []
    whole = tuple(day for day in weekdays if day not in cut)
    if len(whole) == 7:
        made.append(Period(freq="DAILY", holidays=holidays, **common))
    elif whole:
        made.append(Period(freq="WEEKLY", byday=whole, holidays=holidays, **common))
    left = tuple(f"{n}{day}" for day in weekdays if day in cut for n in range(1, 6) if f"{n}{day}" not in out)
    if left:
        monthly: HolidayRule = "never" if holidays == "also" else holidays
        made.append(Period(freq="MONTHLY", byday=left, holidays=monthly, **common))
    return made


def _without(span: tuple[int, int], cut: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """The span without a lunch break."""
    parts = [span]
    for begins, ends in cut:
        parts = [
            piece
            for opens, closes in parts
            for piece in ((opens, min(closes, begins)), (max(opens, ends), closes))
            if piece[0] < piece[1]
        ]
    return parts
