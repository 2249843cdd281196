"""Files of the plan's figures: the follow-up table out and in, the RS system's columns, the overview."""

import csv
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from tsunagari.accounts.views.requests import user_of
from tsunagari.core.access import public
from tsunagari.core.errors import RuleBroken
from tsunagari.core.office_files import XLSX
from tsunagari.core.runtime.typeset import NotTypeset
from tsunagari.core.tables.formulas import harmless
from tsunagari.plan.figure_files import followup as tables
from tsunagari.plan.figure_files import overview as printed
from tsunagari.plan.figure_files import rs
from tsunagari.plan.models import PlanVersion
from tsunagari.plan.selectors.indicators import published_version
from tsunagari.plan.selectors.reviews import items_visible_to, reviews_visible_to
from tsunagari.plan.views.desk_figures import readers


@readers
@require_http_methods(["GET", "POST"])
def followup(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """The page of the follow-up table; POST reads a filled one back."""
    found = get_object_or_404(reviews_visible_to(user_of(request)), pk=review_id)
    sentence, status = "", 200
    if request.method == "POST":
        upload = request.FILES.get("file")
        content = upload.read(tables.MOST_BYTES + 1) if upload else b""
        try:
            changed = tables.read_back(
                actor=user_of(request), review=found, content=content, at=timezone.now()
            )
        except RuleBroken as broken:
            sentence, status = str(broken.sentence), broken.status
        else:
            done = ngettext("%(n)d件の施策を保存しました。", "%(n)d件の施策を保存しました。", changed)
            messages.success(request, done % {"n": changed})
            return redirect("plan_desk:review", review_id)
    context = {"review": found, "sentences": sentence.splitlines()}
    return render(request, "plan/desk_figures/followup.html", context, status=status)


@readers
@require_safe
def followup_xlsx(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """The follow-up table with what is written so far, of the measures that I work on."""
    found = get_object_or_404(reviews_visible_to(user_of(request)), pk=review_id)
    content = tables.followup_table(found, items_visible_to(user_of(request), found))
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="followup-{found.fiscal_year}.xlsx"'
    return response


@public(cache_seconds=600)
@require_safe
def rs_goals(request: HttpRequest) -> HttpResponse:
    """RS 3-1: 効果発現経路_目標・実績."""
    return _csv("3-1_RS_goals", rs.goals(_version()))


@public(cache_seconds=600)
@require_safe
def rs_edges(request: HttpRequest) -> HttpResponse:
    """RS 3-2: 効果発現経路_目標のつながり."""
    return _csv("3-2_RS_edges", rs.edges(_version()))


def _version() -> PlanVersion:
    version = published_version()
    if version is None:
        raise Http404
    return version


def _csv(name: str, rows: Iterable[dict[str, Any]]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    for number, row in enumerate(rows):
        if not number:
            writer.writerow(row)
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row.values()])
    return response


@public(cache_seconds=3600)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """概要: the plan on one page."""
    try:
        pdf = printed.overview_pdf(_version())
    except NotTypeset:
        response = HttpResponse(_("いま、PDFを作れません。少ししてからお試しください。"), status=503)
        response["Retry-After"] = "60"
        return response
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="overview.pdf"'
    return response
