"""How often our lines answer: an organisation's figures month by month, put right and taken back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tsunagari.accounts.models import Role
from tsunagari.accounts.views.requests import user_of
from tsunagari.core.access import roles
from tsunagari.core.errors import RuleBroken
from tsunagari.directory.forms.reachability import FiguresForm, ReportForm, TableForm
from tsunagari.directory.models import Reachability
from tsunagari.directory.selectors.reachability import channels_kept_by, just_withdrawn
from tsunagari.directory.services import reachability as services
from tsunagari.directory.services.reachability_table import Problem, TableRefused, report_table

keepers = roles(Role.ADMIN, Role.EDITOR)
MOST_CHANNELS = 200


@keepers
@require_safe
def reachability(request: HttpRequest) -> HttpResponse:
    """My lines with what was last reported of each, and what was taken back a moment ago."""
    return _page(request)


@keepers
@require_POST
def report(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    """Take in one month of one line."""
    get_object_or_404(channels_kept_by(user_of(request)), pk=channel_id)
    form = ReportForm(request.POST, prefix=str(channel_id))
    if not form.is_valid():
        return _page(request, form=form, at_channel=channel_id, status=422)
    return _done(
        request,
        lambda: services.report_reachability(
            actor=user_of(request), channel_id=channel_id, at=timezone.now(), **form.cleaned_data
        ),
        _("数字を受けとりました。ありがとうございます。"),
        form=form,
        at_channel=channel_id,
    )


@keepers
@require_POST
def correct(request: HttpRequest, observation_id: UUID) -> HttpResponse:
    """Put right figures in the place of those that stand."""
    form = FiguresForm(request.POST, prefix=str(observation_id))
    if not form.is_valid():
        return _page(request, form=form, at_observation=observation_id, status=422)
    return _done(
        request,
        lambda: services.correct_reachability(
            actor=user_of(request), observation_id=observation_id, at=timezone.now(), **form.cleaned_data
        ),
        _("直しました。10分間は元に戻せます。"),
        form=form,
        at_observation=observation_id,
    )


@keepers
@require_POST
def withdraw(request: HttpRequest, observation_id: UUID) -> HttpResponse:
    """Take figures back."""
    services.withdraw_reachability(actor=user_of(request), observation_id=observation_id, at=timezone.now())
    messages.success(request, _("数字を取り下げました。10分間は元に戻せます。"))
    return redirect("directory:reachability")


@keepers
@require_POST
def undo(request: HttpRequest, observation_id: UUID) -> HttpResponse:
    """Undo a correction or a withdrawal."""
    return _done(
        request,
        lambda: services.undo_reachability(
            actor=user_of(request), observation_id=observation_id, at=timezone.now()
        ),
        _("元に戻しました。"),
    )


@keepers
@require_POST
def paste(request: HttpRequest) -> HttpResponse:
    """Take in a pasted table, whole or not at all."""
    form = TableForm(request.POST)
    if not form.is_valid():
        return _page(request, table=form, status=422)
    try:
        count = report_table(
            actor=user_of(request),
            text=form.cleaned_data["table"],
            confirmed=form.cleaned_data["confirmed"],
            at=timezone.now(),
        )
    except TableRefused as refused:
        return _page(
            request, table=form, problems=refused.problems, sentence=refused.sentence, status=refused.status
        )
    said = ngettext("%(n)s行を受けとりました。", "%(n)s行を受けとりました。", count) % {"n": count}
    messages.success(request, said)
    return redirect("directory:reachability")


def _done(request: HttpRequest, act: Callable[[], Any], said: str, **page: Any) -> HttpResponse:
    try:
        act()
    except RuleBroken as broken:
        return _page(request, sentence=broken.sentence, status=broken.status, **page)
    messages.success(request, said)
    return redirect("directory:reachability")


def _page(
    request: HttpRequest,
    *,
    form: FiguresForm | None = None,
    at_channel: UUID | None = None,
    at_observation: UUID | None = None,
    table: TableForm | None = None,
    problems: list[Problem] | None = None,
    sentence: str | Promise = "",
    status: int = 200,
) -> HttpResponse:
    viewer, at = user_of(request), timezone.now()
    lines = []
    for channel in channels_kept_by(viewer)[:MOST_CHANNELS]:
        seen: list[Reachability] = channel.seen  # type: ignore[attr-defined]
        mine = form if at_channel == channel.pk else None
        rows = [
            {
                "seen": row,
                "own": row.kind == Reachability.Kind.REPORTED,
                "undo": row.replaces_id and at - row.recorded_at <= services.UNDO_WITHIN,
                "form": form if at_observation == row.pk else _filled(row),
                "open": at_observation == row.pk,
            }
            for row in seen[:6]
        ]
        lines.append({"channel": channel, "rows": rows, "form": mine or ReportForm(prefix=str(channel.pk))})
    context = {
        "lines": lines,
        "withdrawn": just_withdrawn(viewer, at=at, within=services.UNDO_WITHIN),
        "table": table or TableForm(),
        "problems": problems or [],
        "sentence": sentence,
    }
    return render(request, "directory/reachability/page.html", context, status=status)


def _filled(row: Reachability) -> FiguresForm:
    """The form of a correction, with what stands."""
    names = ("attempts", "answered", "typical_wait_minutes")
    return FiguresForm(prefix=str(row.pk), initial={name: getattr(row, name) for name in names})
