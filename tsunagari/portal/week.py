"""The hours of a service over the next seven days, as a table."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import get_language, gettext

from tsunagari.core import display
from tsunagari.core.templatetags.ui import clock, listed, short_day
from tsunagari.directory.schedules import Hours, describe_week, is_always_open, span_en, span_ja, summary
from tsunagari.portal.cards import Way

DAYS = 7


def week_of(ways: Sequence[Way], at: datetime) -> dict[str, Any]:
    """Return ``summaries`` (label, one line) of channels with known hours, and ``rows``, one for each day.

    Ways with the same hours are named together. What never closes is in no row: there is nothing to look up.
    """
    language: Literal["ja", "en"] = "en" if get_language() == "en" else "ja"
    kinds: dict[Hours, list[str]] = {}
    for way in ways:
        if way.hours.periods:
            name = channel_name(way.type)
            names = kinds.setdefault(way.hours, [])
            if name not in names:
                names.append(name)
    labels = {hours: listed(names) for hours, names in kinds.items()}
    several = len(labels) > 1
    summaries = [
        {"label": label if several else "", "text": in_easy_words(summary(hours, language))}
        for hours, label in labels.items()
    ]
    span = span_en if language == "en" else easy_span if display.is_easy() else span_ja
    weeks = {hours: describe_week(hours, at, language) for hours in labels if not is_always_open(hours)}
    if not weeks:
        return {"summaries": summaries, "rows": []}
    rows = []
    for place in range(DAYS):
        days = {hours: week[place] for hours, week in weeks.items()}
        one = next(iter(days.values()))
        periods = [
            f"{labels[hours]} {span(opening)}" if several else span(opening)
            for hours, found in days.items()
            for opening in found.openings
        ]
        rows.append(
            {"label": short_day(one.on), "today": place == 0, "periods": periods, "holiday": one.holiday}
        )
    return {"summaries": summaries, "rows": rows}


def easy_span(span: tuple[int, int]) -> str:
    """「午前 9時から 午後 5時まで」: an opening in easy words."""
    if span == (0, 24 * 60):
        return "24時間"
    return f"{clock(*divmod(span[0], 60))}から {clock(*divmod(span[1], 60))}まで"


def in_easy_words(text: str) -> str:
    """A summary of hours in easy words, on a page in easy words: its times and weekdays written out."""
    if not display.is_easy():
        return text
    for pattern, easy in _IN_EASY_WORDS:
        text = pattern.sub(easy, text)
    return text.strip()


def _easy_dates(match: re.Match[str]) -> str:
    return f"{match[1]}から {match[2]}まで "


def _easy_span_of(match: re.Match[str]) -> str:
    begins, ends = (int(match[place]) * 60 + int(match[place + 1]) for place in (1, 4))
    return f" {easy_span((begins, ends + (24 * 60 if match[3] else 0)))} "


_IN_EASY_WORDS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(\d+):(\d\d)〜(翌)?(\d+):(\d\d)"), _easy_span_of),
    (re.compile(r"(\d+月\d+日)〜(\d+月\d+日)"), _easy_dates),
    (re.compile(r"(?<![0-9毎祝月])([月火水木金土日])(?=[〜・ ])"), r"\1曜日"),
    (re.compile(r"〜([月火水木金土日])(?=[・ ])"), r"から \1曜日まで"),
    (re.compile("曜日〜([月火水木金土日]曜日)"), r"曜日から \1まで"),
    (re.compile(r"・祝(?=[ ・])"), "・祝日"),
    (re.compile("(祝日|日まで )休み"), r"\1は 休み"),
    (re.compile("日まで は"), "日までは"),
    (re.compile("、"), "。 "),
    (re.compile("（"), " （"),
    (re.compile(" +。"), "。"),
    (re.compile(" {2,}"), " "),
)


def channel_name(kind: str) -> str:
    """The word for a way of reaching somebody."""
    return {
        "phone": gettext("電話"),
        "chat": gettext("チャット"),
        "line": gettext("LINE"),
        "email": gettext("メール"),
        "visit": gettext("窓口"),
        "web": gettext("サイト"),
    }[kind]
