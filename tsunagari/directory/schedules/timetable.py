"""Exact answers on one schedule, in whole minutes of local time; 0001-01-01 00:00 is 1440.

Day d of `date.toordinal` is the minutes d * 1440 to (d + 1) * 1440. No period lasts past the end of the day
after its start day, so a minute is decided by the periods that start on its day and on the day before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import product
from typing import Final

from tsunagari.directory.schedules.closure import Closure
from tsunagari.directory.schedules.period import DAY, Period
from tsunagari.directory.schedules.recurrence import LAST_DAY, Rule, rule_of

Span = tuple[int, int]

_400_YEARS: Final = 146_097
_CLOSURES_TO_SEARCH: Final = 10_000
_KEPT_DAYS: Final = 512


class Timetable:
    """The rules of one schedule, made ready for questions."""

    __slots__ = ("_always", "_closures", "_open_from", "_rules", "_shut", "_unbroken")

    def __init__(self, periods: Iterable[Period], closures: Iterable[Closure]) -> None:
        # Rules that are cheap to ask come first, so that their answers bound the search of the others.
        self._rules = sorted((rule_of(period) for period in periods), key=lambda rule: not rule.simple)
        self._closures = tuple(closures)
        self._shut: dict[int, bool] = {}
        self._unbroken: dict[tuple[Rule, ...], bool] = {}
        # The schedule is known to stay open from this minute on.
        self._open_from = (LAST_DAY + 2) * DAY
        self._always = self._leaves_no_gap(tuple(rule for rule in self._rules if rule.simple))

    def is_open(self, minute: int) -> bool:
        """Whether any period covers the minute."""
        day, clock = divmod(minute, DAY)
        return any(
            (rule.opens <= clock < rule.closes and self._starts(rule, day))
            or (clock + DAY < rule.closes and self._starts(rule, day - 1))
            for rule in self._rules
        )

    def closing(self, minute: int) -> int | None:
        """The first closed minute after an open one; None if there is none."""
        reached = minute
        day = minute // DAY - 1
        while day <= reached // DAY:
            if reached >= self._open_from or day > LAST_DAY:
                return None
            if self._always and (unbroken := self._unbroken_through(day)) >= day:
                if unbroken >= LAST_DAY:
                    return None
                reached = max(reached, (unbroken + 1) * DAY)
                day = max(day, unbroken)
            for begins, ends in self.spans(day):
                if begins <= reached < ends:
                    reached = ends
            day += 1
            if reached - minute > _400_YEARS * DAY:
                self._open_from = minute
                return None
        return reached

    def opening(self, minute: int) -> int | None:
        """The first minute after this one that is open and follows a closed one; None if there is none."""
        closed: int | None = self.closing(minute) if self.is_open(minute) else minute
        if closed is None:
            return None
        day, clock = divmod(closed, DAY)
        best: int | None = None
        for rule in self._rules:
            latest = LAST_DAY if best is None else best // DAY
            start = self._next_start(rule, day if rule.opens > clock else day + 1, latest)
            if start is not None and (best is None or start * DAY + rule.opens < best):
                best = start * DAY + rule.opens
        return best

    def spans(self, day: int) -> list[Span]:
        """The hours that start on this day, by opening; they may overlap and run into the next day."""
        if not 1 <= day <= LAST_DAY:
            return []
        found = [rule for rule in self._rules if rule.starts(day)]
        if not found or self._is_shut(day):
            return []
        return sorted((day * DAY + rule.opens, day * DAY + rule.closes) for rule in found)

    def merged(self, first: int, last: int) -> list[Span]:
        """The open stretches that touch the days first..last, cut to those days."""
        found: list[Span] = []
        low, high = first * DAY, (last + 1) * DAY
        for day in range(first - 1, last + 1):
            for begins, ends in self.spans(day):
                begins, ends = max(begins, low), min(ends, high)
                if found and begins <= found[-1][1]:
                    found[-1] = (found[-1][0], max(found[-1][1], ends))
                elif begins < ends:
                    found.append((begins, ends))
        return found

    def closure_on(self, on: date) -> Closure | None:
        """The closure that covers the day."""
        return next((closure for closure in self._closures if closure.covers(on)), None)

    @property
    def is_always_open(self) -> bool:
        """Whether there is no closed minute in any year."""
        return self._always and self._unbroken_through(0) >= LAST_DAY

    def _starts(self, rule: Rule, day: int) -> bool:
        return rule.starts(day) and not self._is_shut(day)

    def _is_shut(self, day: int) -> bool:
        if not self._closures:
            return False
        shut = self._shut.get(day)
        if shut is None:
            if len(self._shut) >= _KEPT_DAYS:
                self._shut.clear()
            shut = self._shut[day] = self.closure_on(date.fromordinal(day)) is not None
        return shut

    def _next_start(self, rule: Rule, day: int, latest: int) -> int | None:
        start = rule.next_start(day, latest)
        for _ in range(_CLOSURES_TO_SEARCH):
            if start is None or not self._is_shut(start):
                return start
            on = date.fromordinal(start)
            ends = max(closure.last_day(on) for closure in self._closures if closure.covers(on))
            start = rule.next_start(ends.toordinal() + 1, latest)
        return None

    def _unbroken_through(self, day: int) -> int:
        """The last day through which rules without a gap run on from `day`; `day` - 1 if none do."""
        active = tuple(
            rule for rule in self._rules if rule.simple and rule.first <= max(day, 1) and day <= rule.last
        )
        if not self._leaves_no_gap(active):
            return day - 1
        last = min(rule.last for rule in active)
        if self._closures:
            on = date.fromordinal(max(day, 1))
            shut = (closure.next_day(on) for closure in self._closures)
            last = min([last, *(closed.toordinal() - 1 for closed in shut if closed)])
        return last

    def _leaves_no_gap(self, rules: tuple[Rule, ...]) -> bool:
        """Whether these simple rules cover every minute of every weekday, 祝日 or not."""
        known = self._unbroken.get(rules)
        if known is None:
            known = self._unbroken[rules] = all(
                _covers_day(rules, weekday, holiday, holiday_before)
                for weekday, holiday, holiday_before in product(range(7), (False, True), (False, True))
            )
        return known


def _covers_day(rules: tuple[Rule, ...], weekday: int, holiday: bool, holiday_before: bool) -> bool:
    spans = [(rule.opens, rule.closes) for rule in rules if _applies(rule, weekday, holiday)]
    spans += [
        (rule.opens - DAY, rule.closes - DAY) for rule in rules if _applies(rule, weekday - 1, holiday_before)
    ]
    reached = 0
    for begins, ends in sorted(spans):
        if begins <= reached < ends:
            reached = ends
    return reached >= DAY


def _applies(rule: Rule, weekday: int, holiday: bool) -> bool:
    usual = rule.weekdays[weekday]
    if holiday and rule.holidays == "also":
        return True
    if rule.holidays == "never":
        return usual and not holiday
    return usual and (holiday or rule.holidays != "only")
