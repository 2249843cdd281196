"""Opening hours in words, Japanese and English: a week day by day, and the rule in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple

from tsunagari.directory.schedules.closure import Closure
from tsunagari.directory.schedules.hours import TOKYO, Hours, is_always_open
from tsunagari.directory.schedules.period import DAY, WEEKDAYS, Period
from tsunagari.directory.schedules.public_holidays import holiday_name
from tsunagari.directory.schedules.recurrence import rule_of

Language = Literal["ja", "en"]
ClosedReason = Literal["", "unknown", "closure", "holiday", "regular"]

_JA_DAYS: Final = dict(zip(WEEKDAYS, "月火水木金土日", strict=True))
_EN_DAYS: Final = dict(zip(WEEKDAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))
_EN_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class DayHours(NamedTuple):
    """One day of a week: `openings` are minutes of the day (0 to 1440), merged; `holiday` is the 祝日's name.

    `closed_reason` is "" when the day has hours, else: unknown (hours not known), closure (休業期間), holiday
    (closed because it is a 祝日), regular (定休日).
    """

    on: date
    openings: list[tuple[int, int]]
    holiday: str
    closed_reason: ClosedReason


def describe_week(hours: Hours, at: datetime, language: Language = "ja") -> list[DayHours]:
    """Seven days from the day of `at` in Tokyo; `language` is that of the names of 祝日."""
    today = at.astimezone(TOKYO).date()
    days = (today + timedelta(days=n) for n in range(7))
    return [_day_hours(hours, on, language) for on in days]


def _day_hours(hours: Hours, on: date, language: Language) -> DayHours:
    day = on.toordinal()
    openings = [(begins - day * DAY, ends - day * DAY) for begins, ends in hours.timetable.merged(day, day)]
    holiday = holiday_name(on, language)
    reason: ClosedReason = ""
    if not openings:
        if not hours.periods:
            reason = "unknown"
        elif hours.timetable.closure_on(on):
            reason = "closure"
        else:
            reason = "holiday" if holiday and _opens_but_for_holiday(hours, on) else "regular"
    return DayHours(on, openings, holiday, reason)


def _opens_but_for_holiday(hours: Hours, on: date) -> bool:
    rules = (rule_of(period) for period in hours.periods if period.holidays == "never")
    return any(rule.recurs(on.toordinal()) for rule in rules)


@dataclass(frozen=True, slots=True)
class SummaryPart:
    """Days that share their hours: `period` says which, `spans` holds all hours (minutes, by opening)."""

    period: Period
    spans: tuple[tuple[int, int], ...]

    @property
    def is_weekly(self) -> bool:
        """Whether only weekdays and 祝日 decide, so that the part is written as a list of weekdays."""
        return rule_of(self.period).simple

    @property
    def weekdays(self) -> tuple[str, ...]:
        """The weekdays of a weekly part."""
        return tuple(day for day, used in zip(WEEKDAYS, rule_of(self.period).weekdays, strict=True) if used)


@dataclass(frozen=True, slots=True)
class Summary:
    """A schedule as data for one line of text.

    kind: unknown, always (round the clock, every day), or rules. `closed_on_holidays`: the weekly parts do
    not apply on 祝日 and none does instead.
    """

    kind: Literal["unknown", "always", "rules"]
    parts: tuple[SummaryPart, ...] = ()
    closed_on_holidays: bool = False
    closures: tuple[Closure, ...] = ()


def summary_parts(hours: Hours) -> Summary:
    """The schedule grouped by equal days: weekly parts by first weekday, then the others."""
    if not hours.periods:
        return Summary("unknown")
    if is_always_open(hours):
        return Summary("always")
    groups: dict[Period, set[tuple[int, int]]] = {}
    for period in hours.periods:
        groups.setdefault(_days_only(period), set()).add((period.opens, period.closes))
    parts = [SummaryPart(days, tuple(sorted(spans))) for days, spans in groups.items()]
    parts.sort(key=_reading_order)
    weekly = [part.period.holidays for part in parts if part.is_weekly]
    closed = "never" in weekly and not {"also", "only"} & {part.period.holidays for part in parts}
    return Summary("rules", tuple(parts), closed, hours.closures)


def _days_only(period: Period) -> Period:
    values = {name: getattr(period, name) for name in Period.__slots__}
    return Period(**values | {"opens": 0, "closes": DAY})


def _reading_order(part: SummaryPart) -> tuple[bool, list[int], tuple[tuple[int, int], ...], str]:
    days = [WEEKDAYS.index(day) for day in part.weekdays] if part.is_weekly else []
    if part.is_weekly and part.period.holidays == "only":
        days = [7]
    return not part.is_weekly, days, part.spans, repr(part.period)


def summary(hours: Hours, language: Language = "ja") -> str:
    """The schedule in one line: 「月〜金 9:00〜17:00（祝日休み）」."""
    parts = summary_parts(hours)
    return render_ja(parts) if language == "ja" else render_en(parts)


def render_ja(parts: Summary) -> str:
    """The summary in Japanese."""
    if parts.kind == "unknown":
        return "受付時間は分かっていません"
    if parts.kind == "always":
        return "毎日 24時間"
    texts = []
    for part in parts.parts:
        days = _days_ja(part)
        notes = _notes_ja(part, parts)
        link = " " if part.is_weekly else "は "
        texts.append(
            f"{days}{link}{'・'.join(map(span_ja, part.spans))}"
            + (f"（{'・'.join(notes)}）" if notes else "")
        )
    ending = ["祝日"] if parts.closed_on_holidays else []
    ending += [_closure_ja(closure) for closure in parts.closures]
    return "、".join(texts) + (f"（{'・'.join(ending)}休み）" if ending else "")


def render_en(parts: Summary) -> str:
    """The summary in English."""
    if parts.kind == "unknown":
        return "Hours not known"
    if parts.kind == "always":
        return "Every day, 24 hours"
    texts = []
    for part in parts.parts:
        notes = _notes_en(part, parts)
        texts.append(
            f"{_days_en(part)} {' and '.join(map(span_en, part.spans))}"
            + (f" ({', '.join(notes)})" if notes else "")
        )
    ending = ["on public holidays"] if parts.closed_on_holidays else []
    ending += [_closure_en(closure) for closure in parts.closures]
    text = "; ".join(texts)
    return text[0].upper() + text[1:] + (f" (closed {' and '.join(ending)})" if ending else "")


def clock_ja(minutes: int) -> str:
    """「9:00」「24:00」, and 「翌8:00」 on the next day."""
    return f"翌{_clock(minutes - DAY)}" if minutes > DAY else _clock(minutes)


def span_ja(span: tuple[int, int]) -> str:
    """「9:00〜17:00」「24時間」."""
    return "24時間" if span == (0, DAY) else f"{clock_ja(span[0])}〜{clock_ja(span[1])}"


def span_en(span: tuple[int, int]) -> str:
    """ "9:00–17:00", "24 hours", "8:00–8:00 the next day"."""
    if span == (0, DAY):
        return "24 hours"
    opens, closes = span
    return (
        f"{_clock(opens)}–{_clock(closes - DAY)} the next day"
        if closes > DAY
        else f"{_clock(opens)}–{_clock(closes)}"
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


def _days_ja(part: SummaryPart) -> str:
    period = part.period
    holiday = "祝" if period.holidays == "also" else ""
    if part.is_weekly:
        if period.holidays == "only":
            return (
                "祝日" if len(part.weekdays) == 7 else f"祝日の{_runs(part.weekdays, _JA_DAYS, '〜', '・')}"
            )
        if len(part.weekdays) == 7:
            return "毎日"
        return "・".join(filter(None, [_runs(part.weekdays, _JA_DAYS, "〜", "・"), holiday]))
    unit = {"DAILY": "日", "WEEKLY": "週", "MONTHLY": "月", "YEARLY": "年"}[period.freq]
    counted = {"月": "か月"}.get(unit, unit)
    words = [f"毎{unit}" if period.interval == 1 else f"{period.interval}{counted}ごとに"]
    if period.bymonth:
        months = "・".join(f"{month}月" for month in period.bymonth)
        # 「8月の毎週月曜」 but 「毎年8月10日」
        first = period.freq != "YEARLY"
        words.insert(0, f"{months}の") if first else words.append(months + "の" * (not period.bymonthday))
    if period.byweekno:
        words.append("・".join(f"第{n}週" if n > 0 else f"年末から{-n}週目" for n in period.byweekno) + "の")
    if period.byyearday:
        words.append("・".join(f"年の{n}日目" if n > 0 else f"年末から{-n}日目" for n in period.byyearday))
    if period.bymonthday:
        words.append("・".join(f"{n}日" if n > 0 else _from_end_ja(n) for n in period.bymonthday))
    if period.byday:
        named = sorted((day for day in period.byday if len(day) > 2), key=lambda day: day.startswith("-"))
        plain = tuple(day for day in period.byday if len(day) == 2)
        join = "で" if period.bymonthday or period.byyearday else ""
        days = [_runs(plain, _JA_DAYS, "〜", "・") + "曜"] if plain else []
        words.append(join + "・".join([*map(_nth_ja, named), *days]))
    if not any((period.byday, period.bymonthday, period.byyearday, period.byweekno)) and period.dtstart:
        words.append(_from_start_ja(period, period.dtstart))
    if period.bysetpos:
        words.append(
            "のうち" + "・".join(f"{n}番目" if n > 0 else f"最後から{-n}番目" for n in period.bysetpos)
        )
    if holiday:
        words.append("と祝日")
    elif period.holidays == "only":
        words.append("で祝日の日")
    return "".join(words)


def _days_en(part: SummaryPart) -> str:
    period = part.period
    if part.is_weekly:
        days = "every day" if len(part.weekdays) == 7 else _runs(part.weekdays, _EN_DAYS, "–", ", ")
        if period.holidays == "only":
            return "public holidays" if days == "every day" else f"public holidays on {days}"
        return f"{days} and public holidays" if period.holidays == "also" and days != "every day" else days
    unit = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}[period.freq]
    words = []
    if period.bysetpos:
        words.append(
            "number " + ", ".join(f"{n}" if n > 0 else f"{-n} from the end" for n in period.bysetpos) + " of"
        )
    if period.byday:
        ordered = sorted(period.byday, key=lambda day: day.startswith("-"))
        words.append(", ".join(map(_nth_en, ordered)))
    if period.bymonthday:
        words.append(
            ", ".join(f"the {_ordinal(n)}" if n > 0 else _from_end_en(n, "day") for n in period.bymonthday)
        )
    if period.byyearday:
        words.append(
            ", ".join(f"day {n}" if n > 0 else _from_end_en(n, "day") for n in period.byyearday)
            + " of the year"
        )
    if not any((period.byday, period.bymonthday, period.byyearday, period.byweekno)) and period.dtstart:
        words.append(_from_start_en(period, period.dtstart))
    if period.byweekno:
        words.append(
            "in week " + ", ".join(f"{n}" if n > 0 else f"{-n} from the end" for n in period.byweekno)
        )
    if period.bymonth:
        words.append("in " + ", ".join(_EN_MONTHS[month - 1] for month in period.bymonth))
    words.append(f"every {unit}" if period.interval == 1 else f"every {period.interval} {unit}s")
    if period.holidays in {"also", "only"}:
        words.append("and public holidays" if period.holidays == "also" else "if a public holiday")
    text = " ".join(filter(None, words))
    return text


def _notes_ja(part: SummaryPart, whole: Summary) -> list[str]:
    period = part.period
    notes = []
    if period.holidays == "as_weekday" and part.is_weekly and len(part.weekdays) < 7:
        notes.append("祝日も同じ")
    if period.holidays == "never" and not (part.is_weekly or whole.closed_on_holidays):
        notes.append("祝日を除く")
    for limit, word in ((_first(period), "から"), (_last(period), "まで")):
        if limit:
            notes.append(f"{limit.year}年{limit.month}月{limit.day}日{word}")
    if period.count is not None:
        notes.append(f"{period.count}回")
    return notes


def _notes_en(part: SummaryPart, whole: Summary) -> list[str]:
    period = part.period
    notes = []
    if period.holidays == "as_weekday" and part.is_weekly and len(part.weekdays) < 7:
        notes.append("public holidays too")
    if period.holidays == "never" and not (part.is_weekly or whole.closed_on_holidays):
        notes.append("except public holidays")
    for limit, word in ((_first(period), "from"), (_last(period), "until")):
        if limit:
            notes.append(f"{word} {limit.day} {_EN_MONTHS[limit.month - 1]} {limit.year}")
    if period.count is not None:
        notes.append("once" if period.count == 1 else f"{period.count} times")
    return notes


def _first(period: Period) -> date | None:
    return max((day for day in (period.dtstart, period.valid_from) if day), default=None)


def _last(period: Period) -> date | None:
    return min((day for day in (period.until, period.valid_to) if day), default=None)


def _from_start_ja(period: Period, start: date) -> str:
    if period.freq == "DAILY":
        return ""
    if period.freq == "WEEKLY":
        return _JA_DAYS[WEEKDAYS[start.weekday()]] + "曜"
    named = period.freq == "MONTHLY" or period.bymonth
    return f"{start.day}日" if named else f"{start.month}月{start.day}日"


def _from_start_en(period: Period, start: date) -> str:
    if period.freq == "DAILY":
        return ""
    if period.freq == "WEEKLY":
        return _EN_DAYS[WEEKDAYS[start.weekday()]]
    named = period.freq == "MONTHLY" or period.bymonth
    return f"the {_ordinal(start.day)}" if named else f"{start.day} {_EN_MONTHS[start.month - 1]}"


def _runs(days: Sequence[str], names: dict[str, str], dash: str, comma: str) -> str:
    """Three or more weekdays in a row become "first–last"."""
    runs: list[list[str]] = []
    for day in days:
        if runs and WEEKDAYS.index(runs[-1][-1]) + 1 == WEEKDAYS.index(day):
            runs[-1].append(day)
        else:
            runs.append([day])
    return comma.join(_run(run, names, dash, comma) for run in runs)


def _run(run: Sequence[str], names: dict[str, str], dash: str, comma: str) -> str:
    return f"{names[run[0]]}{dash}{names[run[-1]]}" if len(run) > 2 else comma.join(names[day] for day in run)


def _nth_ja(day: str) -> str:
    nth, name = int(day[:-2]), _JA_DAYS[day[-2:]]
    if nth == -1:
        return f"最終{name}曜"
    return f"第{nth}{name}曜" if nth > 0 else f"最後から{-nth}番目の{name}曜"


def _nth_en(day: str) -> str:
    name = _EN_DAYS[day[-2:]]
    if len(day) == 2:
        return name
    nth = int(day[:-2])
    return f"the {_ordinal(nth)} {name}" if nth > 0 else _from_end_en(nth, name)


def _from_end_ja(n: int) -> str:
    return "末日" if n == -1 else f"末日から{-n}日目"


def _from_end_en(n: int, name: str) -> str:
    return f"the last {name}" if n == -1 else f"the {_ordinal(-n)} {name} from the end"


def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _closure_ja(closure: Closure) -> str:
    return "〜".join(_edges(closure, _edge_ja))


def _closure_en(closure: Closure) -> str:
    edges = _edges(closure, _edge_en)
    return f"from {edges[0]} to {edges[1]}" if len(edges) == 2 else f"on {edges[0]}"


def _edges(closure: Closure, render: Callable[[list[int]], str]) -> list[str]:
    edges: Iterable[str] = dict.fromkeys((closure.begins, closure.ends))
    return [render([int(number) for number in edge.split("-")]) for edge in edges]


def _edge_ja(edge: list[int]) -> str:
    year = f"{edge[0]}年" if len(edge) == 3 else ""
    return f"{year}{edge[-2]}月{edge[-1]}日"


def _edge_en(edge: list[int]) -> str:
    year = f" {edge[0]}" if len(edge) == 3 else ""
    return f"{edge[-1]} {_EN_MONTHS[edge[-2] - 1]}{year}"
