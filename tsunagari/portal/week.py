"""The hours of a service over the next seven days, as a table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import get_language, gettext

from tsunagari.core.templatetags.ui import listed, short_day
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
        {"label": label if several else "", "text": summary(hours, language)}
        for hours, label in labels.items()
    ]
    span = span_en if language == "en" else span_ja
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
