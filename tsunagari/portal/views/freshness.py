"""How fresh the directory is: a page with bars and tables, and the same figures as CSV and JSON."""

import csv
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tsunagari.core.access import public
from tsunagari.core.areas import area_name, area_tree
from tsunagari.directory.ageing import FRESHNESS_MONTHS, day_of
from tsunagari.directory.models import Service
from tsunagari.directory.selectors.freshness import Freshness
from tsunagari.directory.selectors.freshness import freshness as counts_of
from tsunagari.portal.clock import this_minute

BAR_WIDTH = 600


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of the picture: its parts as (class, x, width, count)."""

    name: str
    y: int
    parts: list[tuple[str, float, float, int]]


def _steps() -> list[tuple[str, str]]:
    """(class in the style sheet, name) of each part of a bar."""
    return [
        ("s0", gettext("3か月以内")),
        ("s1", gettext("3〜6か月まえ")),
        ("s2", gettext("6〜12か月まえ")),
        ("s3", gettext("1〜2年まえ")),
        ("s4", gettext("2年よりまえ")),
        ("s5", gettext("一度もない")),
    ]


def name_of(row: Freshness) -> str:
    """What a row is called, in the language of the request."""
    if row.group == "all":
        return gettext("すべて")
    if row.group == "kind":
        return str(Service.Kind(row.key).label)
    if not row.key:
        return gettext("全国")
    prefecture = next((node for code, node in area_tree().items() if code[:2] == row.key), None)
    return area_name(prefecture) if prefecture else row.key


def bar_of(row: Freshness, y: int) -> Bar:
    """A row as a bar: the parts fill it in the order of `_steps`, those without an entry left out."""
    parts: list[tuple[str, float, float, int]] = []
    x = 0.0
    for (kind, _name), count in zip(_steps(), row.steps(), strict=True):
        width = round(BAR_WIDTH * count / row.total, 2) if row.total else 0.0
        if count:
            parts.append((kind, round(x, 2), width, count))
        x += width
    return Bar(name_of(row), y, parts)


def _table(rows: list[Freshness]) -> list[dict[str, Any]]:
    return [
        {
            "name": name_of(row),
            "row": row,
            "within": [row.within[months] for months in FRESHNESS_MONTHS],
            "percent": round(100 * row.within[6] / row.total) if row.total else None,
        }
        for row in rows
    ]


@public(cache_seconds=300)
@require_safe
def freshness(request: HttpRequest) -> HttpResponse:
    """How many entries somebody has confirmed, and how long ago."""
    on = day_of(this_minute())
    rows = counts_of(on)
    drawn = [row for row in rows if row.group != "prefecture"]
    context = {
        "on": on,
        "bars": [bar_of(row, 44 * place) for place, row in enumerate(drawn)],
        "height": 44 * len(drawn),
        "width": BAR_WIDTH,
        "legend": _steps(),
        "months": FRESHNESS_MONTHS,
        "kinds": _table(drawn),
        "prefectures": _table([row for row in rows if row.group == "prefecture"]),
        "all": _table(rows[:1])[0],
        "trail": [],
    }
    return render(request, "portal/freshness.html", context)


@public(cache_seconds=300)
@require_safe
def freshness_csv(request: HttpRequest) -> HttpResponse:
    """The figures as CSV (UTF-8 with a mark, so that Excel reads it)."""
    on = day_of(this_minute())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="freshness.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    within = [f"within_{months}_months" for months in FRESHNESS_MONTHS]
    writer.writerow(["on", "group", "key", "name", "total", *within, "older", "never", "unverified"])
    for row in counts_of(on):
        writer.writerow(
            [
                on.isoformat(), row.group, row.key, name_of(row), row.total, *row.within.values(), row.older,
                row.never, row.unverified,
            ]
        )  # fmt: skip
    return response


@public(cache_seconds=300)
@require_safe
def freshness_json(request: HttpRequest) -> JsonResponse:
    """The figures as JSON."""
    on: date = day_of(this_minute())
    rows = [
        {
            "group": row.group,
            "key": row.key,
            "name": name_of(row),
            "total": row.total,
            "within_months": {str(months): count for months, count in row.within.items()},
            "older": row.older,
            "never": row.never,
            "unverified": row.unverified,
        }
        for row in counts_of(on)
    ]
    return JsonResponse({"on": on.isoformat(), "rows": rows}, json_dumps_params={"ensure_ascii": False})
