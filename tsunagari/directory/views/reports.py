"""Reports of mistakes: the list without their words, one report with them, and what is decided."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tsunagari.accounts.views.requests import user_of
from tsunagari.core.errors import RuleBroken
from tsunagari.core.paging import addresses
from tsunagari.directory.forms.entries import ReasonForm, ReportFilterForm
from tsunagari.directory.models import MistakeReport
from tsunagari.directory.selectors import upkeep
from tsunagari.directory.services import mistakes
from tsunagari.directory.views.entries import PER_PAGE
from tsunagari.directory.views.roles import keepers

FIELD_OF_KIND = {"number": "channels", "hours": "channels", "closed": "id_status", "other": "id_description"}
"""Where the form of the draft opens for a report of this kind."""


@keepers
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """What was reported about the entries that I keep. The words are on each report's own page."""
    viewer, at = user_of(request), timezone.now()
    form = ReportFilterForm(request.GET)
    wanted = form.cleaned_data["state"] if form.is_valid() else ""
    found = upkeep.reports_kept_by(viewer)
    if wanted == "late":
        found = found.filter(state=MistakeReport.State.OPEN, created_at__lte=upkeep.late_since(at))
    elif wanted:
        found = found.filter(state=wanted)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "form": form,
        "late_since": upkeep.late_since(at),
        "counts": upkeep.desk_counts(viewer, at),
        **addresses(page, [("state", wanted)] if wanted else []),
    }
    status = 200 if form.is_valid() else 422
    return render(request, "directory/entries/reports.html", context, status=status)


@keepers
@require_safe
def report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """One report with its words; that it was read is written down."""
    return _page(request, report_id)


@keepers
@require_POST
def accept(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Take it up: a draft opens at the field in question."""
    actor = user_of(request)
    kind = get_object_or_404(upkeep.reports_kept_by(actor), pk=report_id).kind
    try:
        revision = mistakes.accept_report(actor=actor, report_id=report_id, at=timezone.now())
    except RuleBroken as broken:
        return _page(request, report_id, sentence=str(broken.sentence), status=broken.status)
    address = redirect("directory:edit", revision.pk)
    address["Location"] += f"#{FIELD_OF_KIND[kind]}"
    return address


@keepers
@require_POST
def decline(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Leave the entry as it is, with a reason."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, report_id, form=form, status=422)
    try:
        mistakes.decline_report(
            actor=user_of(request), report_id=report_id, at=timezone.now(), **form.cleaned_data
        )
    except RuleBroken as broken:
        return _page(request, report_id, form=form, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("「直しません」にしました。"))
    return redirect("directory:reports")


@keepers
@require_POST
def duplicate(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Say that another report of the entry says the same."""
    try:
        original = UUID(request.POST.get("original", ""))
    except ValueError:
        original = report_id  # which is no other report
    try:
        mistakes.mark_duplicate(
            actor=user_of(request), report_id=report_id, original_id=original, at=timezone.now()
        )
    except RuleBroken as broken:
        return _page(request, report_id, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("同じ知らせとして片づけました。"))
    return redirect("directory:reports")


def _page(
    request: HttpRequest,
    report_id: UUID,
    *,
    form: ReasonForm | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    viewer, at = user_of(request), timezone.now()
    found = mistakes.read_report(actor=viewer, report_id=report_id, at=at)
    others = (
        upkeep.reports_kept_by(viewer)
        .filter(service=found.service)
        .exclude(pk=found.pk)
        .exclude(state=MistakeReport.State.DUPLICATE)[:20]
    )
    context: dict[str, Any] = {
        "report": found,
        "late": found.state == MistakeReport.State.OPEN and found.created_at <= upkeep.late_since(at),
        "others": others,
        "drafts": found.revisions.select_related("author"),
        "form": form or ReasonForm(),
        "sentence": sentence,
    }
    return render(request, "directory/entries/report.html", context, status=status)
