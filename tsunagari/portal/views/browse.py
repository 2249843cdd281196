"""Browsing: by need, by area, places to be, programmes."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tsunagari.core.access import public
from tsunagari.core.areas import AreaNode, area_name, area_tree
from tsunagari.core.crypto import BadToken, open_token, seal_token
from tsunagari.core.models import Area
from tsunagari.directory.models import Service
from tsunagari.portal import selectors
from tsunagari.portal.cards import card_of
from tsunagari.portal.clock import this_minute
from tsunagari.portal.forms import AreaForm
from tsunagari.portal.maps.drawing import Drawing, country_map, prefecture_map, town_map
from tsunagari.portal.maps.places import public_places
from tsunagari.portal.need_groups import BY_KEY, NEED_GROUPS

PURPOSE = "portal-areas"
TTL_SECONDS = 30 * 60
MAX_NATIONAL = 4


@public(cache_seconds=60)
@require_safe
def need(request: HttpRequest, key: str) -> HttpResponse:
    """One of the twelve words: who answers now, who answers later, which programmes there are."""
    group = BY_KEY.get(key)
    if group is None:
        raise Http404
    at = this_minute()
    services = list(selectors.nationwide_services_for(group.needs))
    talking = [each for each in services if each.kind not in {Service.Kind.PROGRAMME, Service.Kind.EMERGENCY}]
    cards = selectors.cards_open_first(talking, at)
    context = {
        "at": at,
        "need": group,
        "needs": [other for other in NEED_GROUPS if other is not group],
        "open_cards": [card for card in cards if card.open_now],
        "other_cards": [card for card in cards if not card.open_now],
        "programmes": [card_of(each, at) for each in services if each.kind == Service.Kind.PROGRAMME],
        "trail": [],
    }
    return render(request, "portal/need.html", context)


def _areas_page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    prefectures = [area for area in area_tree().values() if area.level == Area.Level.PREFECTURE]
    context = {"prefectures": prefectures, "drawing": country_map(), "trail": [], **context}
    return render(request, "portal/areas.html", context, status=status)


@public(only_reads=True)
@require_http_methods(["GET", "HEAD", "POST"])
def areas(request: HttpRequest) -> HttpResponse:
    """Choose an area by name or kana (POST: no address tells it before it is chosen) or from the list."""
    if request.method != "POST":
        return _areas_page(request)
    form = AreaForm(request.POST)
    if not form.is_valid():
        return _areas_page(request, status=422, error=form.errors["name"][0])
    found = selectors.areas_named(form.cleaned_data["name"])
    if not found:
        error = gettext(
            "その名前の市区町村は見つかりませんでした。ひらがなや、はじめの数文字でもさがせます。"
        )
        return _areas_page(request, status=422, error=error, name=form.cleaned_data["name"])
    if len(found) == 1:
        return HttpResponseRedirect(reverse("portal:area", args=[found[0].code]), status=303)
    codes = [area.code for area in found]
    token = seal_token(settings.MASTER_KEY, PURPOSE, codes, ttl_seconds=TTL_SECONDS, at=this_minute())
    return HttpResponseRedirect(reverse("portal:areas_found", args=[token]), status=303)


@public()
@require_safe
def areas_found(request: HttpRequest, token: str) -> HttpResponse:
    """Which of several areas of that name?"""
    try:
        codes: Iterable[str] = open_token(settings.MASTER_KEY, PURPOSE, token, at=this_minute())
    except BadToken:
        return HttpResponseRedirect(reverse("portal:areas"))
    return _areas_page(request, found=[area_tree()[code] for code in codes if code in area_tree()])


@public(cache_seconds=60)
@require_safe
def area(request: HttpRequest, code: str) -> HttpResponse:
    """An area: its own offices, the lines of the whole country that answer now, the areas inside."""
    here = area_tree().get(code)
    if here is None:
        raise Http404
    at = this_minute()
    inside = [other for other in area_tree().values() if other.parent_code == code]
    context = {
        "at": at,
        "area": here,
        "drawing": _drawing(here, inside),
        "cards": [card_of(service, at) for service in selectors.services_in_area(here)],
        "national": [card for card in selectors.lines_open_first(at) if card.open_now][:MAX_NATIONAL],
        "inside": inside,
        "trail": [(gettext("住んでいるまちから"), reverse("portal:areas")), *_above(here)],
    }
    return render(request, "portal/area.html", context)


def _drawing(area: AreaNode, inside: list[AreaNode]) -> Drawing | None:
    """A prefecture with its municipalities, or a town with the places that are on record."""
    if area.level == Area.Level.PREFECTURE:
        return prefecture_map(area, inside)
    return town_map(area, public_places(area))


def _above(area: AreaNode) -> list[tuple[str, str]]:
    codes = reversed(area.scope[1:])
    return [(area_name(area_tree()[code]), reverse("portal:area", args=[code])) for code in codes]


@public(cache_seconds=24 * 60 * 60)
@require_safe
def points(request: HttpRequest) -> HttpResponse:
    """[[code, latitude, longitude], …] of municipalities and wards: "near me" is computed in the browser."""
    rows = [
        [area.code, round(area.latitude, 4), round(area.longitude, 4)]
        for area in area_tree().values()
        if area.level != Area.Level.PREFECTURE and area.latitude is not None and area.longitude is not None
    ]
    return JsonResponse(rows, safe=False)


@public(cache_seconds=60)
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """Places to be: those of the directory, and whom to ask nearby."""
    at = this_minute()
    found = selectors.services_for_cards().filter(kind=Service.Kind.PLACE)[:30]
    return render(
        request, "portal/places.html", {"at": at, "cards": [card_of(each, at) for each in found], "trail": []}
    )


@public(cache_seconds=60)
@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    """Support programmes by what they help with."""
    return render(
        request,
        "portal/programmes.html",
        {"groups": selectors.programmes_by_need(this_minute()), "trail": []},
    )
