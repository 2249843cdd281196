"""What is printed: QR codes of pages, and A4 sheets of a town or a service."""

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tsunagari.core import display
from tsunagari.core.access import public
from tsunagari.core.addresses import whole_address
from tsunagari.core.areas import AreaNode, area_full_name, area_tree
from tsunagari.core.errors import RuleBroken
from tsunagari.core.rate_limits import limit
from tsunagari.core.runtime.typeset import NotTypeset
from tsunagari.directory.models import Service
from tsunagari.portal import selectors
from tsunagari.portal.cards import text_of
from tsunagari.portal.clock import this_minute
from tsunagari.portal.reach.qr import qr_svg
from tsunagari.portal.reach.sheet import area_sheet, service_sheet

SIZES, FORMS = ("normal", "large"), ("wall", "cards")
MOST_SHEETS = 120
"""Sheets that one network may ask for in ten minutes: a school's class each takes a few."""


class NoSuchSheet(RuleBroken):
    """The address asks for a size or form that there is not."""

    status = 400


class PressBroken(RuleBroken):
    """The sheet could not be made in time."""

    status = 503


def area_or_404(code: str) -> AreaNode:
    """The area with this code, or the page that says that there is none."""
    area = area_tree().get(code)
    if area is None:
        raise Http404
    return area


def service_or_404(service_id: UUID) -> Service:
    """The service with this id, or the page that says that there is none."""
    service = selectors.any_service().filter(pk=service_id).first()
    if service is None:
        raise Http404
    return service


def _svg(address: str, title: str) -> HttpResponse:
    return HttpResponse(qr_svg(address, title), content_type="image/svg+xml; charset=utf-8")


@public(cache_seconds=3600)
@require_safe
def area_qr(request: HttpRequest, code: str) -> HttpResponse:
    """The address of an area's page as a QR code."""
    area = area_or_404(code)
    return _svg(whole_address("portal:area", code), area_full_name(area))


@public(cache_seconds=3600)
@require_safe
def service_qr(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """The address of a service's page as a QR code."""
    service = service_or_404(service_id)
    return _svg(whole_address("portal:service", service_id), text_of(service.name, service.name_en)[0])


@public(cache_seconds=300)
@require_safe
def area_sheet_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The sheet of a town."""
    area = area_or_404(code)
    name = "memo" if display.current().neutral else f"tsunagari-{code}"
    return _pdf(request, lambda **options: area_sheet(area, this_minute(), **options), name)


@public(cache_seconds=300)
@require_safe
def service_sheet_pdf(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """The sheet of one service. Its file's name tells nothing: it stays in a list of downloads."""
    service = service_or_404(service_id)
    return _pdf(request, lambda **options: service_sheet(service, this_minute(), **options), "memo")


def _pdf(request: HttpRequest, make: Callable[..., bytes], name: str) -> HttpResponse:
    size, form = request.GET.get("size", "normal"), request.GET.get("form", "wall")
    if size not in SIZES or form not in FORMS:
        raise NoSuchSheet(_("紙の大きさや形の指定がちがいます。ページのリンクから、もう一度開いてください。"))
    limit(request, "sheet", most=MOST_SHEETS, now=this_minute().timestamp())
    try:
        pdf = make(size=size, form=form)
    except NotTypeset as error:
        raise PressBroken(_("いま、紙を作れませんでした。少し待って、もう一度お試しください。")) from error
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
