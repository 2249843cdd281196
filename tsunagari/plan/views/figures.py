"""The public dashboard: figures by policy, measure and prefecture, with interval, chart, table, source."""

import csv
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tsunagari.core.access import public
from tsunagari.core.areas import AreaNode, area_name, area_tree
from tsunagari.core.tables.formulas import harmless
from tsunagari.plan import charts
from tsunagari.plan.figure_cards import KINDS, area_word, card_of, table_of, words_of
from tsunagari.plan.figure_showing import CLASSES, SYMBOLS, bounds_text, period_text, value_text
from tsunagari.plan.models import SDMX, Indicator, Observation
from tsunagari.plan.selectors import figures as selectors
from tsunagari.plan.selectors.figures import PER_PAGE, Wanted
from tsunagari.plan.selectors.indicators import RATIO, published_version
from tsunagari.plan.series import interval_of, points_of

SECONDS = 300
MOST_PAGES = 1_000
KNOWN: dict[str, Callable[[str], object]] = {
    "policy": re.compile(r"[0-9]{1,3}").fullmatch,
    "measure": re.compile(r"M[0-9]{2,5}").fullmatch,
    "kind": KINDS.__contains__,
    "progress": CLASSES.__contains__,
}
"""What may be asked for in the address."""


def prefectures() -> list[AreaNode]:
    """The prefectures in the order of their codes."""
    return [area for area in area_tree().values() if area.parent_code is None]


def area_of(request: HttpRequest) -> AreaNode | None:
    """The prefecture that is asked for; None: the whole country.

    Raises:
        Http404: there is none of this code.
    """
    code = request.GET.get("area", "")
    if not code:
        return None
    area = area_tree().get(code)
    if area is None or area.parent_code is not None:
        raise Http404
    return area


def wanted_of(request: HttpRequest) -> Wanted:
    """What is asked for, in the address.

    Raises:
        Http404: something that there is not.
    """
    given = {name: request.GET.get(name, "") for name in KNOWN}
    if any(value and not KNOWN[name](value) for name, value in given.items()):
        raise Http404
    return Wanted(
        area_of(request),
        int(given["policy"]) if given["policy"] else None,
        given["measure"] or None,
        given["kind"] or None,
        given["progress"] or None,
    )


def _number_of(request: HttpRequest) -> int:
    given = request.GET.get("page", "1")
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 5 else 0
    if not 1 <= number <= MOST_PAGES:
        raise Http404
    return number


@public(cache_seconds=SECONDS)
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """The dashboard: how many stand in each class, then the figures, a page at a time."""
    wanted, number, version = wanted_of(request), _number_of(request), published_version()
    found = selectors.standings(wanted, version)
    counts = selectors.counts_by_progress(found)
    narrowed = found.filter(progress=wanted.progress) if wanted.progress else found
    total = counts[wanted.progress] if wanted.progress else sum(counts.values())
    if number > 1 and (number - 1) * PER_PAGE >= total:
        raise Http404
    kept = {
        name: request.GET[name] for name in ("area", "policy", "measure", "kind") if request.GET.get(name)
    }
    paged = kept | ({"progress": wanted.progress} if wanted.progress else {})
    context: dict[str, Any] = {
        "wanted": wanted,
        "version": version,
        "cards": [card_of(f) for f in selectors.page_of_figures(narrowed, wanted.area, number)],
        "classes": [
            (key, name, SYMBOLS[key], counts[key], "?" + urlencode(kept | {"progress": key}))
            for key, name in CLASSES.items()
        ],
        "everything": "?" + urlencode(kept),
        "total": total,
        "policies": selectors.policies_of(version),
        "measures": selectors.measures_to_choose(version),
        "prefectures": prefectures(),
        "kinds": KINDS,
        "area_name": area_word(wanted.area, area_name(wanted.area) if wanted.area else ""),
        "number": number,
        "previous": "?" + urlencode(paged | {"page": number - 1}) if number > 1 else "",
        "next": "?" + urlencode(paged | {"page": number + 1}) if number * PER_PAGE < total else "",
        "downloads": "?" + urlencode(kept) if kept else "",
    }
    return render(request, "plan/figures/dashboard.html", context)


@public(cache_seconds=SECONDS)
@require_safe
def figure(request: HttpRequest, key: str) -> HttpResponse:
    """One figure: headline, chart, table, what it means, by prefecture, corrections, source."""
    indicator, area = _indicator(key), area_of(request)
    found, version = selectors.figure_of(indicator, area), published_version()
    query = f"?{urlencode({'area': area.code})}" if area else ""
    inside = selectors.by_prefecture(indicator) if area is None else []
    context = {
        "card": card_of(found),
        "indicator": indicator,
        "area": area,
        "area_name": area_word(area, area_name(area) if area else ""),
        "prefectures": prefectures(),
        "rows": table_of(found),
        "breaks": indicator.breaks.order_by("on"),
        "inside": [_prefecture(indicator, standing) for standing in inside],
        "measures": selectors.measures_of(indicator, version),
        "kind": KINDS[indicator.kind],
        "corrected": selectors.revisions_of(indicator, area),
        "query": query,
        "has_points": any(each.value is not None for each in found.series),
    }
    return render(request, "plan/figures/figure.html", context)


def _prefecture(indicator: Indicator, standing: Any) -> dict[str, Any]:
    latest = standing.latest
    area = area_tree().get(standing.area_id)
    return {
        "code": standing.area_id,
        "name": area_name(area) if area else standing.area.name,
        "value": value_text(latest, indicator.unit),
        "interval": bounds_text(interval_of(indicator, latest) if latest else None, indicator.unit),
        "period": period_text(latest.begins_on, latest.ends_on) if latest else "",
        "symbol": SYMBOLS[standing.progress],
        "verdict": CLASSES[standing.progress],
    }


def _indicator(key: str) -> Indicator:
    return get_object_or_404(Indicator.objects.select_related("owner"), key=key)


@public(cache_seconds=3600)
@require_safe
def figure_chart(request: HttpRequest, key: str) -> HttpResponse:
    """The chart of a figure in time, as SVG."""
    indicator, area = _indicator(key), area_of(request)
    found = selectors.figure_of(indicator, area)
    points = points_of(indicator, found.series)
    if not points:
        raise Http404
    words = words_of(found, area_word(area, area_name(area) if area else ""))
    svg = charts.series_chart(
        points, found.breaks, words=words, percent=indicator.unit == RATIO, aim=found.aim
    )
    return HttpResponse(svg, content_type="image/svg+xml; charset=utf-8")


@public(cache_seconds=3600)
@require_safe
def figure_areas_chart(request: HttpRequest, key: str) -> HttpResponse:
    """The prefectures of a figure with their intervals, as SVG."""
    indicator = _indicator(key)
    bars = []
    for standing in selectors.by_prefecture(indicator):
        latest, area = standing.latest, area_tree().get(standing.area_id or "")
        if latest is not None and latest.value is not None and area is not None:
            low, high = interval_of(indicator, latest) or (None, None)
            bars.append(charts.Bar(area_name(area), latest.value, low, high))
    if not bars:
        raise Http404
    words = words_of(selectors.figure_of(indicator, None), _("都道府県"))
    svg = charts.areas_chart(bars, words=words, percent=indicator.unit == RATIO)
    return HttpResponse(svg, content_type="image/svg+xml; charset=utf-8")


# -- downloads -----------------------------------------------------------------------------------------------


@public(cache_seconds=SECONDS)
@require_safe
def figures_csv(request: HttpRequest) -> HttpResponse:
    """The newest observations of what the dashboard shows, with SDMX's names."""
    found = selectors.standings(wanted_of(request), published_version())
    newest = Observation.objects.filter(pk__in=found.values("latest"))
    return _csv("figures", selectors.download_rows(newest))


@public(cache_seconds=SECONDS)
@require_safe
def figures_json(request: HttpRequest) -> HttpResponse:
    """The same as JSON, with each indicator's metadata."""
    found = selectors.standings(wanted_of(request), published_version())
    newest = Observation.objects.filter(pk__in=found.values("latest"))
    indicators = Indicator.objects.filter(pk__in=found.values("indicator")).select_related("owner")
    return _json(
        {
            "indicators": [metadata_of(each) for each in indicators.order_by("key")],
            "observations": list(selectors.download_rows(newest)),
        }
    )


@public(cache_seconds=SECONDS)
@require_safe
def figure_csv(request: HttpRequest, key: str) -> HttpResponse:
    """Every current observation of a figure, all areas."""
    current = Observation.objects.filter(indicator=_indicator(key), current=True)
    return _csv(key, selectors.download_rows(current))


@public(cache_seconds=SECONDS)
@require_safe
def figure_json(request: HttpRequest, key: str) -> HttpResponse:
    """The same as JSON: metadata in SDMX's names, breaks, observations."""
    indicator = _indicator(key)
    current = Observation.objects.filter(indicator=indicator, current=True)
    breaks = [{"on": each.on.isoformat(), "reason": each.reason} for each in indicator.breaks.order_by("on")]
    return _json(
        metadata_of(indicator) | {"breaks": breaks, "observations": list(selectors.download_rows(current))}
    )


def metadata_of(indicator: Indicator) -> dict[str, Any]:
    """An indicator's metadata under SDMX's names, and what SDMX has no name for."""
    return {
        "INDICATOR": indicator.key,
        "NAME_JA": indicator.name_ja,
        "NAME_EN": indicator.name_en,
        **{concept: getattr(indicator, field) for concept, field in SDMX.items()},
        "CONTACT_ORGANISATION": indicator.owner.name,
        "kind": indicator.kind,
        "better": indicator.better,
        "source": indicator.source,
        "numerator": indicator.numerator,
        "denominator": indicator.denominator,
        "exclusions": indicator.exclusions,
        "url": reverse("plan:figure", args=[indicator.key]),
    }


def _csv(name: str, rows: Iterable[dict[str, Any]]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Access-Control-Allow-Origin"] = "*"
    response.write("\ufeff")
    writer = csv.writer(response)
    for number, row in enumerate(rows):
        if not number:
            writer.writerow(row)
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row.values()])
    return response


def _json(body: dict[str, Any]) -> HttpResponse:
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    return response
