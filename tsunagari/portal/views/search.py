"""Search: the visitor's words travel in a POST body and come back sealed, never in a readable address.

POST /search/ answers 303 to /search/r/<token>. The token holds the words and filters, sealed with AES-GCM
for 30 minutes, so that back, reload and paging work without a script and nothing is stored here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tsunagari.core.access import public
from tsunagari.core.areas import area_full_name, area_tree
from tsunagari.core.crypto import BadToken, open_token, seal_token
from tsunagari.directory.models import Channel
from tsunagari.directory.search.request import MAX_PAGE
from tsunagari.portal import selectors
from tsunagari.portal.cards import ServiceCard
from tsunagari.portal.clock import this_minute
from tsunagari.portal.forms import MAX_QUERY, SearchForm
from tsunagari.portal.need_groups import NEED_GROUPS
from tsunagari.portal.next_lines import FOR_ANYBODY, after

PURPOSE = "portal-search"
TTL_SECONDS = 30 * 60


def seal_search(search: Mapping[str, Any], at: datetime) -> str:
    """Return the address of the results for ``search``: q, area, open_now, channel; empty ones left out."""
    payload = {key: value for key, value in search.items() if value}
    token = seal_token(settings.MASTER_KEY, PURPOSE, payload, ttl_seconds=TTL_SECONDS, at=at)
    return reverse("portal:results", args=[token])


def _ask(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    response = render(
        request, "portal/search.html", {"needs": NEED_GROUPS, "trail": [], **context}, status=status
    )
    response["Cache-Control"] = "no-store" if request.method == "POST" else "public, max-age=60"
    return response


@public(only_reads=True)
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Ask what the visitor looks for; seal the answer and go to its results."""
    if request.method != "POST":
        return _ask(request)
    form = SearchForm(request.POST)
    if not form.is_valid():
        if "q" in form.errors or "area" in form.errors:
            error = (form.errors.get("q") or [gettext("まちを、もう一度選んでください。")])[0]
            return _ask(request, status=422, q=request.POST.get("q", "")[:MAX_QUERY], error=error)
        return _ask(
            request,
            status=422,
            q=form.cleaned_data["q"],
            error=gettext("市区町村の名前だけを書いてください。"),
        )
    at = this_minute()
    sought: dict[str, Any] = {"q": form.cleaned_data["q"], "area": form.cleaned_data["area"]}
    if sought["area"] not in area_tree():
        sought["area"] = ""
    if place := form.cleaned_data["place"]:
        found = selectors.areas_named(place)
        if len(found) == 1:
            sought["area"] = found[0].code
        else:
            sought["places"] = [area.code for area in found] or ["none"]
    response = HttpResponseRedirect(seal_search(sought, at), status=303)
    response["Cache-Control"] = "no-store"
    return response


def page_number(text: str) -> int:
    """The page that a visitor asks for; whatever is no page is the first one."""
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_PAGE
        else 1
    )


def _chips(sought: Mapping[str, Any], at: datetime) -> list[dict[str, Any]]:
    """The filters as links to the same search with one of them changed."""
    channels = {
        Channel.Type.PHONE: gettext("電話"),
        Channel.Type.CHAT: gettext("チャット"),
        Channel.Type.LINE: gettext("LINE"),
    }
    chips = [
        {
            "label": gettext("いま開いている"),
            "on": bool(sought.get("open_now")),
            "url": seal_search({**sought, "open_now": not sought.get("open_now")}, at),
        }
    ]
    for kind, label in channels.items():
        on = sought.get("channel") == kind
        chips.append(
            {
                "label": label,
                "on": on,
                "url": seal_search({**sought, "channel": "" if on else kind.value}, at),
            }
        )
    if area := area_tree().get(sought.get("area", "")):
        chips.append(
            {"label": area_full_name(area), "on": True, "url": seal_search({**sought, "area": ""}, at)}
        )
    return chips


def busy_results(request: HttpRequest, token: str, *, status: int) -> HttpResponse:
    """Too many search at once: the words stay in the form; who may be in danger sees the lines at once."""
    at = this_minute()
    try:
        sought = open_token(settings.MASTER_KEY, PURPOSE, token, at=at)
    except BadToken:
        return _ask(request, status=410, expired=True)
    pinned = selectors.pinned_for(sought["q"], at=at)
    context = {"q": sought["q"], "pinned": pinned, "crisis": bool(pinned), "at": at, "trail": []}
    return render(request, "portal/results_busy.html", context, status=200 if pinned else status)


def _next_lines(found: Mapping[str, Any], at: datetime) -> list[ServiceCard]:
    """Whom to try when the lines of the danger panel do not answer."""
    shown = {card.pk for card in found["pinned"] if card.pk}
    return after(shown, found["needs"] or FOR_ANYBODY, at)


@public(busy=busy_results)
@require_safe
def results(request: HttpRequest, token: str) -> HttpResponse:
    """What was found for a sealed search; an expired or altered token asks anew."""
    at = this_minute()
    try:
        sought = open_token(settings.MASTER_KEY, PURPOSE, token, at=at)
    except BadToken:
        response = _ask(request, status=410, expired=True)
        response["Cache-Control"] = "no-store"
        return response
    number = page_number(request.GET.get("page", "1"))
    area = area_tree().get(sought.get("area", ""))
    found = selectors.found_for(sought, page=number, at=at)
    places = [area_tree()[code] for code in sought.get("places", []) if code in area_tree()] or found[
        "areas_possible"
    ]
    bare = {key: value for key, value in sought.items() if key != "places"}
    context = {
        "at": at,
        "q": sought["q"],
        "area": area,
        "chips": _chips(bare, at),
        "places": [
            (area_full_name(place), seal_search({**bare, "area": place.code}, at)) for place in places
        ],
        "place_error": gettext("その名前の市区町村は見つかりませんでした。")
        if sought.get("places") == ["none"]
        else "",
        "number": number,
        "previous": f"?page={number - 1}" if number > 1 else "",
        "next": f"?page={number + 1}" if found["has_next"] and number < MAX_PAGE else "",
        "trail": [(gettext("さがす"), reverse("portal:search"))],
        "next_lines": _next_lines(found, at) if found["crisis"] else [],
        **found,
    }
    response = render(request, "portal/results.html", context)
    response["Cache-Control"] = "no-store"
    return response
