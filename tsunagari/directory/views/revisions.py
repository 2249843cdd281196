"""Drafts: written in a form, shown with what they change, and moved by `services.revisions.TRANSITIONS`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tsunagari.accounts.models import User
from tsunagari.accounts.views.requests import memberships_of, user_of
from tsunagari.core.errors import RuleBroken
from tsunagari.directory import policies, showing
from tsunagari.directory.differences import changed_fields
from tsunagari.directory.forms.entries import (
    ChannelFormSet,
    CostFormSet,
    EntryForm,
    PlaceFormSet,
    ReasonForm,
    channel_rows,
    cost_rows,
    initial_channels,
    initial_of,
    initial_places,
    offered_places,
    place_rows,
)
from tsunagari.directory.models import Revision
from tsunagari.directory.selectors import upkeep
from tsunagari.directory.services import revisions
from tsunagari.directory.services.confidential import AddressTold
from tsunagari.directory.services.content import content_of
from tsunagari.directory.views.roles import keepers


@keepers
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """Drafts of others that wait for my eyes."""
    waiting = upkeep.revisions_to_review_by(user_of(request))
    return render(request, "directory/entries/reviews.html", {"waiting": waiting})


@keepers
@require_safe
def revision(request: HttpRequest, revision_id: UUID) -> HttpResponse:
    """A draft, or a version: what it changes, side by side, and what may be done with it."""
    return _show(request, revision_id)


@keepers
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, revision_id: UUID) -> HttpResponse:
    """The form of a draft. "Preview" shows the hours as a week and saves nothing."""
    found = get_object_or_404(upkeep.revisions_kept_by(user_of(request)), pk=revision_id)
    if found.state not in revisions.TRANSITIONS["save"].start:
        return redirect("directory:revision", found.pk)
    if request.method != "POST":
        form = EntryForm(initial=initial_of(found.content, found.version))
        return _form(request, found, form, _lists(found))
    form, lists = EntryForm(request.POST), _lists(found, request)
    content = _content(found, form, lists)
    if content is None or "preview" in request.POST:
        status = 422 if content is None else 200
        return _form(request, found, form, lists, content=content, status=status)
    try:
        revisions.save_revision(
            actor=user_of(request),
            revision_id=found.pk,
            content=content,
            version=form.cleaned_data["version"],
            at=timezone.now(),
        )
    except revisions.EditedMeanwhile as meanwhile:
        return _conflict(request, found, form, lists, content, str(meanwhile.sentence))
    except AddressTold as told:
        return _form(request, found, form, lists, content=content, status=422, sentence=str(told.sentence))
    messages.success(request, _("下書きを保存しました。まだ公開されていません。"))
    return redirect("directory:revision", found.pk)


class Lists(NamedTuple):
    """The formsets of a draft. ``places`` is None for a form from before there were places in it."""

    channels: Any
    costs: Any
    places: Any

    @property
    def wrong(self) -> int:
        """How many things are wrong in them."""
        return sum(one.total_error_count() for one in self if one is not None and one.is_bound)


def _lists(found: Revision, request: HttpRequest | None = None) -> Lists:
    data = request.POST if request is not None else None
    places = None
    if data is None or "places-TOTAL_FORMS" in data:
        places = PlaceFormSet(
            data,
            prefix="places",
            initial=initial_places(found.content, found.organization),
            form_kwargs={"offered": offered_places(found.content, found.organization)},
        )
    return Lists(
        ChannelFormSet(data, prefix="channels", initial=initial_channels(found.content)),
        CostFormSet(data, prefix="costs", initial=found.content["costs"]),
        places,
    )


def _content(found: Revision, form: EntryForm, lists: Lists) -> dict[str, Any] | None:
    """The document that the forms describe; None when something in them is wrong."""
    valid = all([form.is_valid(), *(one.is_valid() for one in lists if one is not None)])
    rows = channel_rows(lists.channels, found.content) if lists.channels.is_valid() else []
    if not valid or any(one.errors for one in lists.channels.forms):
        return None
    places = found.content["places"] if lists.places is None else place_rows(lists.places, found.content)
    lists_of = {"channels": rows, "costs": cost_rows(lists.costs, found.content), "places": places}
    return {**found.content, **form.content(), **lists_of}


def _form(
    request: HttpRequest,
    found: Revision,
    form: EntryForm,
    lists: Lists,
    *,
    content: dict[str, Any] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    rows = content["channels"] if content else found.content["channels"]
    context = {
        "revision": found,
        "form": form,
        "lists": lists,
        "channels": lists.channels,
        "costs": lists.costs,
        "places": lists.places or _lists(found).places,
        "weeks": _weeks(rows, timezone.now()),
        "preview": content is not None,
        **more,
    }
    return render(request, "directory/entries/form.html", context, status=status)


def _conflict(
    request: HttpRequest,
    found: Revision,
    form: EntryForm,
    lists: Lists,
    content: dict[str, Any],
    sentence: str,
) -> HttpResponse:
    """Somebody saved first: show how the two differ. The form stands as typed and may be saved anyway."""
    saved = get_object_or_404(upkeep.revisions_kept_by(user_of(request)), pk=found.pk)
    data = request.POST.copy()
    data["version"] = str(saved.version)
    form.data = data
    theirs = showing.differences(saved.content, content)
    return _form(request, saved, form, lists, content=content, status=409, sentence=sentence, theirs=theirs)


def _weeks(rows: list[dict[str, Any]], at: datetime) -> list[dict[str, Any]]:
    """The hours of the channels as weeks, those that are known."""
    return [
        {
            "name": showing.channel_in_words(row)["name"],
            "summary": showing.hours_in_words(row["hours"]),
            "days": showing.week_of_hours(row["hours"], at),
        }
        for row in rows
        if row["hours"]
    ]


@keepers
@require_POST
def step(request: HttpRequest, revision_id: UUID, name: str) -> HttpResponse:
    """Move a draft one step; what the step asks for is in `TRANSITIONS`."""
    actor, at = user_of(request), timezone.now()
    if name not in STEPS:
        raise Http404
    found = get_object_or_404(upkeep.revisions_kept_by(actor), pk=revision_id)
    try:
        sentence = STEPS[name](request, actor, found, at)
    except RuleBroken as broken:
        fields = getattr(broken, "fields", [])
        return _show(
            request, revision_id, sentence=str(broken.sentence), status=broken.status, conflicting=fields
        )
    messages.success(request, sentence)
    if name == "publish":
        return redirect("directory:entry", Revision.objects.get(pk=found.pk).service_id)
    if name == "withdraw":
        return redirect("directory:entries")
    return redirect("directory:revision", found.pk)


def _submit(request: HttpRequest, actor: User, found: Revision, at: datetime) -> str:
    revisions.submit_revision(actor=actor, revision_id=found.pk, at=at)
    return _("確認を頼みました。ほかの人が見て公開します。")


def _take_back(request: HttpRequest, actor: User, found: Revision, at: datetime) -> str:
    revisions.take_back_revision(actor=actor, revision_id=found.pk, at=at)
    return _("下書きに戻しました。")


def _withdraw(request: HttpRequest, actor: User, found: Revision, at: datetime) -> str:
    revisions.withdraw_revision(actor=actor, revision_id=found.pk, at=at)
    return _("下書きを取り下げました。公開されている内容は変わりません。")


def _carry_over(request: HttpRequest, actor: User, found: Revision, at: datetime) -> str:
    _revision, both = revisions.carry_over_revision(actor=actor, revision_id=found.pk, at=at)
    if both:
        names = "、".join(showing.label_of(name) for name in both)
        return _("いまの内容に引き継ぎました。両方で変わったところを確かめてください：%(names)s") % {
            "names": names
        }
    return _("いまの内容に引き継ぎました。もう一度、確認を頼んでください。")


def _return(request: HttpRequest, actor: User, found: Revision, at: datetime) -> str:
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else request.POST.get("reason", "")[:500]
    revisions.return_revision(actor=actor, revision_id=found.pk, reason=reason, at=at)
    return _("書いた人に差し戻しました。")


def _publish(request: HttpRequest, actor: User, found: Revision, at: datetime) -> str:
    given = request.POST.get("version", "")
    version = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1
    revisions.publish_revision(actor=actor, revision_id=found.pk, version=version, at=at)
    return _("公開しました。1分ほどで、みんなのページが新しくなります。")


STEPS: dict[str, Callable[[HttpRequest, User, Revision, datetime], str]] = {
    "submit": _submit,
    "take_back": _take_back,
    "carry_over": _carry_over,
    "publish": _publish,
    "return": _return,
    "withdraw": _withdraw,
}


def _show(
    request: HttpRequest,
    revision_id: UUID,
    *,
    sentence: str = "",
    status: int = 200,
    conflicting: list[str] | None = None,
) -> HttpResponse:
    viewer, at = user_of(request), timezone.now()
    found = get_object_or_404(upkeep.revisions_kept_by(viewer), pk=revision_id)
    open_now = found.state in upkeep.OPEN_STATES
    now = content_of(found.service) if open_now and found.service else found.base
    steps = [
        name
        for name, one in revisions.TRANSITIONS.items()
        if found.state in one.start
        and (
            one.by == "editor"
            or policies.can_review(viewer.pk, memberships_of(request), found, upkeep.operator_ids())
        )
    ]
    context = {
        "revision": found,
        "changes": showing.differences(found.base, found.content),
        "meanwhile": showing.differences(found.base, now) if changed_fields(found.base, now) else [],
        "conflicting": [showing.label_of(name) for name in conflicting or []],
        "weeks": _weeks(found.content["channels"], at),
        "steps": steps,
        "waiting_for_others": found.state == Revision.State.IN_REVIEW and "publish" not in steps,
        "reason_form": ReasonForm(request.POST if "reason" in request.POST else None),
        "sentence": sentence,
    }
    return render(request, "directory/entries/revision.html", context, status=status)
