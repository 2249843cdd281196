"""The portal on others' pages: a page to be framed, the same as data, a script, and the page to set it up.

Only these answers may be framed or read by other sites. They ask nothing of the visitor's device either.
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods, require_safe

from tsunagari.core.access import public
from tsunagari.core.areas import area_tree
from tsunagari.core.middleware import CONTENT_SECURITY_POLICY
from tsunagari.core.open_answers import OPEN_HEADERS, etag_of
from tsunagari.portal import selectors
from tsunagari.portal.clock import this_minute
from tsunagari.portal.forms import WidgetForm
from tsunagari.portal.need_groups import NEED_GROUPS
from tsunagari.portal.reach import embedding
from tsunagari.portal.reach.colours import palette, stylesheet
from tsunagari.portal.reach.widget import (
    DEFAULT_ACCENT,
    DEFAULT_GROUND,
    cards_for,
    offices_of,
    options_from,
    status_of,
    title_of,
    widget_json,
)
from tsunagari.portal.views.papers import area_or_404

FRAMED_POLICY = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *").replace(
    "script-src 'self'", "script-src 'none'"
)
FRAMING_POLICY = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
EMBED_SCRIPT = Path(settings.BASE_DIR) / "static/js/widget.js"


def _for_others(response: HttpResponse) -> HttpResponse:
    """Let other sites read an answer: it is the same for everybody."""
    for name, value in OPEN_HEADERS.items():
        response[name] = value
    return response


@public(cache_seconds=60)
@require_safe
def widget(request: HttpRequest, code: str) -> HttpResponse:
    """An area on a municipality's own page, in a frame."""
    area = area_or_404(code)
    at, options = this_minute(), options_from(request.GET)
    cards = [(card, status_of(card)) for card in cards_for(options, at)]
    offices = [(card, status_of(card)) for card in offices_of(area, at)]
    context = {"at": at, "area": area, "title": title_of(area), "options": options}
    context |= {"cards": cards, "offices": offices}
    response = render(request, "portal/widget/frame.html", context)
    response["Content-Security-Policy"] = FRAMED_POLICY
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.may_be_framed = True  # type: ignore[attr-defined]
    return response


@public(cache_seconds=60)
@require_safe
def widget_data(request: HttpRequest, code: str) -> HttpResponse:
    """The same as JSON, for a municipality's own programs and for our script."""
    area = area_tree().get(code)
    if area is None:
        errors = {"error": "この番号の自治体はありません。", "error_en": "No area has this code."}
        return _for_others(JsonResponse(errors, status=404, json_dumps_params={"ensure_ascii": False}))
    content = widget_json(area, options_from(request.GET), this_minute())
    response = _for_others(JsonResponse(content, json_dumps_params={"ensure_ascii": False}))
    response["ETag"] = etag_of(response.content)
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    return answer if isinstance(answer, HttpResponse) else response


@public(cache_seconds=86_400)
@require_safe
def widget_colours(request: HttpRequest) -> HttpResponse:
    """The chosen colours as a style sheet: a policy without inline styles needs an address for them."""
    options = options_from(request.GET)
    colours = options.palette or palette(DEFAULT_ACCENT, DEFAULT_GROUND)
    return HttpResponse(stylesheet(colours), content_type="text/css; charset=utf-8")


@public(cache_seconds=3600)
@require_safe
def widget_script(request: HttpRequest) -> HttpResponse:
    """The script that writes an area into a page; its address never changes."""
    text = EMBED_SCRIPT.read_text(encoding="utf-8")
    return _for_others(HttpResponse(text, content_type="text/javascript; charset=utf-8"))


@public(cache_seconds=60, only_reads=True)
@require_http_methods(["GET", "HEAD", "POST"])
def widget_setup(request: HttpRequest) -> HttpResponse:
    """For municipalities: choose a town, colours and a need; see it; copy two lines."""
    # what is written goes in a body, as everywhere; chosen by a link, it is a code in the address
    form = WidgetForm(request.POST or request.GET or None)
    context: dict[str, Any] = {"form": form, "needs": NEED_GROUPS, "trail": []}
    status = 200
    if form.is_bound and form.is_valid():
        found = selectors.areas_named(form.cleaned_data["area"]) or [
            area for area in area_tree().values() if area.code == form.cleaned_data["area"]
        ]
        context["found"] = found
        if len(found) == 1:
            context["snippet"] = embedding.snippet_for(found[0], form.cleaned_data)
        status = 200 if found else 422
    elif form.is_bound:
        status = 422
    response = render(request, "portal/widget/setup.html", context, status=status)
    response["Content-Security-Policy"] = FRAMING_POLICY
    return response
