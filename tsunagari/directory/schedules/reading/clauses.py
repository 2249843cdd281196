"""From tokens to `Hours`: which days go with which times, what is left out, and what stays words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from tsunagari.directory.schedules.closure import Closure
from tsunagari.directory.schedules.hours import Hours
from tsunagari.directory.schedules.period import WEEKDAYS, BadSchedule
from tsunagari.directory.schedules.reading.rules import (
    EVERY_DAY,
    WEEKEND,
    WORKING_DAYS,
    Group,
    NotUnderstood,
    Said,
    periods_of,
)
from tsunagari.directory.schedules.reading.tokens import HOLIDAY, MAX_LENGTH, Token, plain, tokens

# 行政機関の休日に関する法律 1条: 29 December to 3 January
YEAR_END: Final = ("12-29", "01-03")

_DAY_KINDS: Final = frozenset(
    {"days", "weekday", "weekend", "every_day", "holiday", "nth", "monthday", "year_end", "dates"}
    | {"months", "odd_months", "even_months", "note_holiday"}
)
_SILENT: Final = frozenset({"label", "space", "open_paren", "close_paren", "every_week", "mark"})
_MEANS_HOURS = re.compile(r"[0-9曜祝休除閉時月火水木金土日]")


@dataclass(frozen=True, slots=True)
class HoursReading:
    """What a text about hours says.

    ``hours`` without periods: the text could not be read, for ``reason`` (empty, no_days, no_times,
    irregular, not_understood, too_long). ``note`` is the whole text where not all of its words became rules.
    Not ``exact``: one of those words is a rule that has no place in a schedule (「祝日の場合は翌日」).
    ``assumed_year_end``: 年末年始 stood without dates.
    """

    hours: Hours = Hours()
    note: str = ""
    exact: bool = True
    assumed_year_end: bool = False
    reason: str = ""

    @property
    def understood(self) -> bool:
        """Whether there are hours."""
        return bool(self.hours.periods)


def _days_named(token: Token) -> frozenset[str] | None:
    """The days of the week, and 祝日, that a token names."""
    return {
        "days": token.days,
        "weekday": WORKING_DAYS,
        "weekend": WEEKEND,
        "every_day": EVERY_DAY,
        "holiday": frozenset({HOLIDAY}),
    }.get(token.kind)


def read_hours(text: str) -> HoursReading:
    """Read opening hours out of a text; never raises. See `HoursReading`."""
    if not text.strip():
        return HoursReading(reason="empty")
    if len(text) > MAX_LENGTH:
        return HoursReading(note=text.strip(), reason="too_long")
    reader = _Reader(text.strip(), tokens(plain(text)))
    try:
        return reader.read()
    except NotUnderstood as problem:
        return HoursReading(note=text.strip(), exact=False, reason=problem.reason)
    except BadSchedule:
        return HoursReading(note=text.strip(), exact=False, reason="not_understood")


class _Reader:
    def __init__(self, text: str, found: list[Token]) -> None:
        self.text = text
        self.tokens = found
        self.groups: list[Group] = []
        self.pending: list[Token] = []
        self.months: tuple[int, ...] = ()
        self.words_left = False
        self.exact = True
        self.left_out: list[Token] = []
        self.cut: list[tuple[int, int]] = []
        self.closes_list = False
        self.holidays_too = ""
        self.no_rest = False
        self.substitute = False
        significant = [token for token in found if token.kind == "time" or token.kind in _DAY_KINDS]
        self.times_first = bool(significant) and significant[0].kind == "time"
        self.days_last = bool(significant) and significant[-1].kind != "time"

    def read(self) -> HoursReading:
        for place, token in enumerate(self.tokens):
            self._take(token, place)
        self._settle()
        groups = [group for group in self.groups if group.spans]
        if not groups:
            raise NotUnderstood("no_times")
        closures, assumed = self._closures()
        said = self._said()
        periods = [period for group in groups for period in periods_of(group, said)]
        if not periods:
            raise NotUnderstood("not_understood")
        return HoursReading(
            hours=Hours(tuple(periods), tuple(closures)),
            note=self.text if self.words_left else "",
            exact=self.exact,
            assumed_year_end=assumed,
        )

    # -- one token --------------------------------------------------------------------------------------

    def _take(self, token: Token, place: int) -> None:
        kind = token.kind
        if kind in _DAY_KINDS:
            self._take_days(token, place)
        elif kind == "time":
            self._take_time(token, place)
        elif kind in {"except", "closed"}:
            self._leave_out(token)
        elif kind == "nth_only":
            self._take_nth(token, place)
        elif kind == "until":
            self._take_until(token)
        elif kind == "lunch":
            self._cut_last_time(place)
        elif kind in {"open_on_holiday", "weekday_holiday"}:
            self.holidays_too = "among" if "含" in token.text else "too"
        elif kind == "no_rest":
            self.no_rest = True
        elif kind == "substitute":
            self.substitute, self.exact, self.words_left = True, False, True
        elif kind == "fortnight":
            raise NotUnderstood("irregular")
        elif kind in {"note", "reception"}:
            self.words_left = True
        elif kind == "break":
            self._settle()
        elif kind == "unknown":
            self._unknown(token)

    def _unknown(self, token: Token) -> None:
        words = token.text.strip(" 、。,.・()")
        if not words:
            return
        if _MEANS_HOURS.search(words):
            marked = any(t.kind == "mark" for t in self.tokens[: self.tokens.index(token)])
            if token.depth == 0 and not marked:
                raise NotUnderstood("not_understood")
            self.exact = False
        self.words_left = True

    def _take_days(self, token: Token, place: int) -> None:
        if self.closes_list:
            self.left_out.append(token)
            return
        last = self.groups[-1] if self.groups else None
        follows = self.times_first and self.days_last and token.kind not in {"months", "year_end", "dates"}
        if last and last.spans and not last.names_days and follows and not self._is_left_out(place):
            # 「9:00〜12:00（月・水）、13:00〜17:00（火）」: the days stand behind their hours
            self._add_days(last, token)
            return
        behind = last and self.times_first and self.days_last and last.names_days and not self.pending
        if last and behind and self._continues_days(place) and not self._is_left_out(place):
            self._add_days(last, token)
            return
        self.pending.append(token)

    def _continues_days(self, place: int) -> bool:
        """Whether only separators lie between the day before and this one, and no time."""
        for token in reversed(self.tokens[:place]):
            if token.kind in _DAY_KINDS:
                return True
            if token.kind not in _SILENT:
                return False
        return False

    def _is_left_out(self, place: int) -> bool:
        """Whether 「除く」「休み」 follows this day before any time or end of bracket."""
        for token in self.tokens[place + 1 :]:
            if token.kind in {"except", "closed"}:
                return True
            if token.kind in {"time", "break"} or (
                token.kind == "close_paren" and token.depth < self.tokens[place].depth
            ):
                return False
        return False

    def _take_time(self, token: Token, place: int) -> None:
        before = next((t for t in reversed(self.tokens[:place]) if t.kind not in {"space", "label"}), None)
        if before is not None and before.kind == "lunch":
            self.cut.append(token.span)
            return
        self.closes_list = False
        if self.pending:
            self.groups.append(self._group(self.pending))
            self.pending = []
        elif not self.groups or (self.times_first and self.days_last and self.groups[-1].names_days):
            self.groups.append(Group(months=self.months))
        self.groups[-1].spans.append(token.span)

    def _take_until(self, token: Token) -> None:
        """「（木曜は19時まで）」: some of the days close at another hour."""
        last = self.groups[-1] if self.groups else None
        days: frozenset[str] = frozenset()
        for waiting in self.pending:
            days |= waiting.days if waiting.kind == "days" else frozenset({"?"})
        if last is None or not last.spans or last.days is None or not (days and days < last.days):
            raise NotUnderstood("not_understood")
        opens = last.spans[-1][0]
        last.days -= days
        other = Group(days=days, months=last.months, spans=[*last.spans[:-1], (opens, token.span[1])])
        self.groups.insert(len(self.groups) - 1, other)
        self.pending = []

    def _cut_last_time(self, place: int) -> None:
        """「12時〜13時は昼休み」: the hours before it are cut out."""
        before = next((t for t in reversed(self.tokens[:place]) if t.kind not in {"space", "label"}), None)
        if before is not None and before.kind == "time" and self.groups and self.groups[-1].spans:
            self.cut.append(self.groups[-1].spans.pop())

    def _leave_out(self, token: Token) -> None:
        own = [t for t in self.pending if t.depth >= token.depth]
        if not own:
            if token.kind == "except":
                # 「（12時〜13時を除く）」
                if self.groups and self.groups[-1].spans and token.depth:
                    self.cut.append(self.groups[-1].spans.pop())
                    return
                raise NotUnderstood("not_understood")
            self.closes_list = True
            return
        kept = [t for t in self.pending if t.depth < token.depth]
        first = own[0]
        if not kept and self._stays(first, token):
            # 「月〜金、祝日を除く」: the days stay, the rest is left out
            kept = [replace(first, days=first.days - {HOLIDAY})]
            own = ([replace(first, days=frozenset({HOLIDAY}))] if HOLIDAY in first.days else []) + own[1:]
        self.left_out += own
        self.pending = kept

    def _stays(self, first: Token, end: Token) -> bool:
        """Whether the first of the days before 「除く」 or 「休み」 is open and only the others are not."""
        others = self.pending[-1] is not first or HOLIDAY in first.days
        if not others or any(group.names_days for group in self.groups):
            return False
        if first.kind in {"weekday", "every_day"}:
            return True
        weekdays = len(first.days - {HOLIDAY})
        if first.kind != "days" or weekdays < 3:
            return False
        if end.kind == "closed":
            return weekdays > 4
        after = self.tokens[next(n for n, t in enumerate(self.tokens) if t is end) + 1 :]
        following = next((t for t in after if t.kind == "time" or t.kind in _DAY_KINDS), None)
        return following is None or following.kind == "time"

    def _settle(self) -> None:
        """At the end of a line: days that no time has taken."""
        self.closes_list = False
        waiting = [t for t in self.pending if t.kind not in {"note_holiday"}]
        for token in self.pending:
            if token.kind == "note_holiday":
                self.exact, self.words_left = False, True
        self.pending = []
        if not waiting:
            return
        last = self.groups[-1] if self.groups else None
        if last is not None and last.spans and not last.names_days:
            for token in waiting:
                self._add_days(last, token)
            return
        if all(t.kind == "holiday" for t in waiting) and last is not None:
            raise NotUnderstood("not_understood")
        if last is None:
            self.pending = waiting  # 「月〜金」 on one line, the hours on the next
            return
        raise NotUnderstood("not_understood")

    # -- groups -----------------------------------------------------------------------------------------

    def _group(self, days: Iterable[Token]) -> Group:
        group = Group(months=self.months)
        found = list(days)
        narrower = any(t.kind == "days" and t.days <= WORKING_DAYS for t in found)
        for place, token in enumerate(found):
            if token.kind.endswith("months") and any(not t.kind.endswith("months") for t in found[:place]):
                raise NotUnderstood("not_understood")  # 「第4土曜（12月は第3土曜）」
            if not (token.kind == "weekday" and narrower):  # 「平日の月・水・金」
                self._add_days(group, token)
        return group

    def _take_nth(self, token: Token, place: int) -> None:
        """「土曜（第1・第3）」, 「月〜土（第2を除く）」: which of the days in a month."""
        last = self.groups[-1] if self.groups else None
        waiting = self.pending[-1] if self.pending else None
        days = waiting.days if waiting and waiting.kind == "days" else last.days if last else None
        if not days or HOLIDAY in days or (self.pending and waiting and waiting.kind != "days"):
            raise NotUnderstood("not_understood")
        nths = tuple(f"{n}{day}" for n in token.nths for day in WEEKDAYS if day in days)
        if self._is_left_out(place):
            if len(days) > 1:
                raise NotUnderstood("not_understood")
            self.pending.append(replace(token, kind="nth", nths=nths))
        elif waiting:
            self.pending[-1] = replace(waiting, kind="nth", nths=nths)
        elif last:
            last.days, last.nths = None, nths

    def _add_days(self, group: Group, token: Token) -> None:
        if (named := _days_named(token)) is not None:
            group.days = (group.days or frozenset()) | named
        elif token.kind == "nth":
            group.nths += token.nths
        elif token.kind == "monthday":
            group.monthdays += token.numbers
        elif token.kind in {"months", "odd_months", "even_months"}:
            parity = {"odd_months": tuple(range(1, 13, 2)), "even_months": tuple(range(2, 13, 2))}
            months = parity.get(token.kind, token.numbers)
            if group.names_months:
                months = tuple(sorted({*group.months, *months}))
            group.months, group.names_months = months, True
            self.months = months
        else:  # 年末年始, a date or お盆 with hours of its own
            raise NotUnderstood("not_understood")

    def _closures(self) -> tuple[list[Closure], bool]:
        dated = [t.closure for t in self.left_out if t.kind == "dates"]
        named = any(t.kind == "year_end" for t in self.left_out)
        around = [span for span in dated if span[0][:2] in {"12", "01"} and span[1][:2] in {"12", "01"}]
        for token in self.left_out:
            if token.kind == "note_holiday":
                self.exact, self.words_left = False, True
        if named and not around:
            dated.append(YEAR_END)
        return [Closure(begins, ends) for begins, ends in dict.fromkeys(dated)], named and not around

    def _said(self) -> Said:
        """What is left out of every group."""
        nths: tuple[str, ...] = ()
        months: set[int] = set()
        days: frozenset[str] = frozenset()
        for token in self.left_out:
            if token.kind == "nth":
                nths += token.nths
            elif token.kind == "months":
                months |= set(token.numbers)
            elif (named := _days_named(token)) is not None:
                days |= named
            elif token.kind not in {"year_end", "dates", "note_holiday"}:
                raise NotUnderstood("not_understood")
        return Said(
            days=days,
            nths=nths,
            months=frozenset(months),
            cut=tuple(self.cut),
            holidays_too=self.holidays_too,
            no_rest=self.no_rest,
            substitute=self.substitute,
        )
