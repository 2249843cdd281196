"""Two entries that look like one: side by side, decided by a person, undone if it was wrong."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tsunagari.accounts.views.requests import user_of
from tsunagari.core.errors import RuleBroken
from tsunagari.core.paging import addresses
from tsunagari.directory import tasks
from tsunagari.directory.exchange.merging import accept_proposal, decline_proposal, undo_merge
from tsunagari.directory.exchange.undoing import ask_to_undo
from tsunagari.directory.selectors.merges import merges_visible_to, proposals_visible_to
from tsunagari.directory.views.imports.uploads import editors, mine, page_of

PER_PAGE = 10
# reasons of ``exchange.proposing``, in words
REASONS: dict[str, Any] = {
    "same_name": gettext_lazy("名前が同じです。"),
    "similar_name": gettext_lazy("名前が似ています。"),
    "other_name": gettext_lazy("名前がちがいます。"),
    "other_number_in_name": gettext_lazy("名前の中の番号がちがいます。"),
    "same_phone": gettext_lazy("電話番号が同じです。"),
    "other_phone": gettext_lazy("電話番号がちがいます。"),
    "same_page": gettext_lazy("ホームページが同じです。"),
    "other_page": gettext_lazy("ホームページがちがいます。"),
    "same_address": gettext_lazy("住所が同じです。"),
    "same_area": gettext_lazy("地域が同じです。"),
    "other_area": gettext_lazy("地域がちがいます。"),
    "same_organization": gettext_lazy("同じ団体です。"),
    "same_organization_name": gettext_lazy("団体の名前が同じです。"),
    "similar_organization_name": gettext_lazy("団体の名前が似ています。"),
    "other_organization": gettext_lazy("別の団体です。"),
    "other_kind": gettext_lazy("種類がちがいます。"),
}


@editors
@require_safe
def merges(request: HttpRequest) -> HttpResponse:
    """Pairs that wait for a decision, and what was merged lately."""
    return _list(request)


@editors
@require_POST
def merge(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Make one of two: ``survivor`` stays."""
    proposal = get_object_or_404(proposals_visible_to(user_of(request)), pk=proposal_id)
    chosen = {str(proposal.first_id): proposal.first_id, str(proposal.second_id): proposal.second_id}
    survivor = chosen.get(request.POST.get("survivor", ""))
    if survivor is None:
        return _list(request, sentence=_("どちらを残すか選んでください。"), status=422)
    try:
        accept_proposal(
            proposal_id=proposal_id, survivor_id=survivor, actor=user_of(request), at=timezone.now()
        )
    except RuleBroken as broken:
        return _list(request, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("一つにまとめました。下から元に戻せます。"))
    return redirect("directory:merges")


@editors
@require_POST
def decline(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Say that the two are not the same."""
    get_object_or_404(proposals_visible_to(user_of(request)), pk=proposal_id)
    try:
        decline_proposal(proposal_id=proposal_id, actor=user_of(request), at=timezone.now())
    except RuleBroken as broken:
        return _list(request, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("別のものとしておぼえました。もう出てきません。"))
    return redirect("directory:merges")


@editors
@require_POST
def part(request: HttpRequest, merge_id: UUID) -> HttpResponse:
    """Undo a merge."""
    get_object_or_404(merges_visible_to(user_of(request), timezone.now()), pk=merge_id)
    try:
        undo_merge(merge_id=merge_id, actor=user_of(request), at=timezone.now())
    except RuleBroken as broken:
        return _list(request, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("元の二つに戻しました。"))
    return redirect("directory:merges")


@editors
@require_POST
def undo(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Let a job take back what an import did; ``keep_changed``: all but what was changed since."""
    found = mine(request, upload_id)
    if found.run is None:
        return redirect("directory:import_columns", found.pk)
    keep = request.POST.get("keep_changed") == "1"
    try:
        with transaction.atomic():
            ask_to_undo(found.run.pk, at=timezone.now(), keep_changed=keep)
            tasks.undo_upload.defer(upload_id=str(found.pk))
    except RuleBroken as broken:
        return page_of(request, found, sentence=str(broken.sentence), status=broken.status)
    messages.info(request, _("取り消しをはじめました。このページを閉じても、つづきます。"))
    return redirect("directory:import", found.pk)


def _list(request: HttpRequest, *, sentence: str = "", status: int = 200) -> HttpResponse:
    viewer = user_of(request)
    page = Paginator(proposals_visible_to(viewer), PER_PAGE).get_page(request.GET.get("page"))
    for proposal in page:
        told = [(reason, REASONS.get(reason["code"])) for reason in proposal.reasons]
        proposal.speaks_for = [str(words) for reason, words in told if words and reason["points"] > 0]  # type: ignore[attr-defined]
        proposal.speaks_against = [str(words) for reason, words in told if words and reason["points"] < 0]  # type: ignore[attr-defined]
    context = {
        "page": page,
        "merged": merges_visible_to(viewer, timezone.now())[:20],
        "sentence": sentence,
        **addresses(page, []),
    }
    return render(request, "directory/imports/merges.html", context, status=status)
