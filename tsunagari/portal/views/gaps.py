"""When nobody can be reached: need by hour, for the country and each area; as a page, CSV and JSON."""

import csv
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tsunagari.core.access import public
from tsunagari.core.areas import AreaNode, area_full_name, area_name, area_tree
from tsunagari.directory.coverage import HOLIDAYS, WEEKS
from tsunagari.directory.selectors.coverage import Coverage, coverage
from tsunagari.portal import gaps as figures
from tsunagari.portal.cards import language_name

SECONDS = 600
MOST_AREAS = 200


def _area(code: str) -> AreaNode | None:
    if not code:
        return None
    area = area_tree().get(code)
    if area is None:
        raise Http404
    return area


def _ways() -> dict[str, str]:
    return {
        "any": gettext("電話・チャット・LINE"),
        "phone": gettext("電話だけ"),
        "text": gettext("チャット・LINEだけ"),
    }


def _profile(request: HttpRequest, found: Coverage, area: AreaNode | None) -> tuple[str, str]:
    """(language, way) that were asked for, the usual for what is not offered; by way only in Japanese."""
    language, way = request.GET.get("language", "ja"), request.GET.get("way", "any")
    if language not in found.languages(area):
        language = "ja"
    return language, way if way in figures.WAYS and language == "ja" else "any"


@public(cache_seconds=SECONDS)
@require_safe
def gaps(request: HttpRequest, code: str = "") -> HttpResponse:
    """The picture with the table beside it, the worst first; who is left out; the areas inside."""
    area, found = _area(code), coverage()
    context: dict[str, Any] = {"area": area, "coverage": found, "trail": _trail(area)}
    if found is not None:
        language, way = _profile(request, found, area)
        needs = figures.gaps_by_group(found, area, f"{language}:{way}")
        inside = figures.areas_inside(found, area, f"{language}:{way}")
        context |= {
            "needs": needs,
            "hours": [(hour, hour * figures.CELL) for hour in range(24)],
            "height": len(needs) * figures.ROW_HEIGHT + figures.ROW_HEIGHT,
            "terms": figures.gaps_by_term(found, area, f"{language}:{way}"),
            "languages": figures.by_language(found, area),
            "inside": inside[:MOST_AREAS],
            "way": way,
            "ways": _ways(),
            "language": language,
            "language_name": language_name(language),
            "unknown": max((need.unknown for need in needs), default=0),
            "weeks": WEEKS,
            "holidays": HOLIDAYS,
        }
    return render(request, "portal/gaps.html", context)


def _trail(area: AreaNode | None) -> list[tuple[str, str]]:
    if area is None:
        return []
    above = reversed(area.scope[1:])
    return [
        (gettext("だれともつながれない時間"), reverse("portal:gaps")),
        *((area_name(area_tree()[code]), reverse("portal:gaps_area", args=[code])) for code in above),
    ]


@public(cache_seconds=SECONDS)
@require_safe
def gaps_csv(request: HttpRequest, code: str = "") -> HttpResponse:
    """The same figures as CSV (UTF-8 with its mark, so that Excel opens it)."""
    area, found = _area(code), coverage()
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="gaps{f"-{code}" if code else ""}.csv"'
    response.write("\ufeff")
    if found is not None:
        every = list(figures.rows(found, area))
        writer = csv.DictWriter(response, fieldnames=list(every[0]) if every else ["need"])
        writer.writeheader()
        writer.writerows(every)
    return response


@public(cache_seconds=SECONDS)
@require_safe
def gaps_json(request: HttpRequest, code: str = "") -> HttpResponse:
    """The same figures as JSON, for other programs and other sites."""
    area, found = _area(code), coverage()
    body: dict[str, Any] = {
        "area_code": code,
        "area": area_full_name(area) if area else gettext("全国"),
        "week_from": found.week_from.isoformat() if found else None,
        "computed_at": found.computed_at.isoformat() if found else None,
        "rows": list(figures.rows(found, area)) if found else [],
    }
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    return response
