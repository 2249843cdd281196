"""What changed, for feed readers: of the whole country and of each area."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tsunagari.core.access import public
from tsunagari.core.areas import AreaNode
from tsunagari.core.errors import RuleBroken
from tsunagari.core.open_answers import OPEN_HEADERS, etag_of
from tsunagari.portal.clock import this_minute
from tsunagari.portal.reach.feed import BadCursor, atom, page_of
from tsunagari.portal.views.papers import area_or_404


class NoSuchPage(RuleBroken):
    """The address names no page of the feed."""

    status = 400


def _feed(request: HttpRequest, area: AreaNode | None, path: str) -> HttpResponse:
    try:
        page = page_of(area, request.GET.get("after", ""))
    except BadCursor as error:
        raise NoSuchPage(
            _("更新の一覧に、そのページはありません。はじめのページから開いてください。")
        ) from error
    document = atom(area, page, address=f"{settings.SITE_URL}{path}", at=this_minute())
    response = HttpResponse(document, content_type="application/atom+xml; charset=utf-8")
    for name, value in OPEN_HEADERS.items():
        response[name] = value
    response["ETag"] = etag_of(document)
    changed = int(page.changes[0].at.timestamp()) if page.changes else None
    if changed is not None:
        response["Last-Modified"] = http_date(changed)
    answer = get_conditional_response(
        request, etag=response["ETag"], last_modified=changed, response=response
    )
    return answer if isinstance(answer, HttpResponse) else response


@public(cache_seconds=60)
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """Changes of services of the whole country."""
    return _feed(request, None, reverse("portal:feed"))


@public(cache_seconds=60)
@require_safe
def area_feed(request: HttpRequest, code: str) -> HttpResponse:
    """Changes of services of an area."""
    return _feed(request, area_or_404(code), reverse("portal:area_feed", args=[code]))
