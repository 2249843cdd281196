"""Drafts of entries: written, looked at by a second person, published; every publication is a version.

`TRANSITIONS` is the whole life of a draft: the services below, their test and docs/operations/upkeep.md read
it. Whoever has written any of a draft never decides on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app as jobs

from tsunagari.accounts.models import Organization, User
from tsunagari.accounts.policies import require
from tsunagari.accounts.selectors import active_memberships
from tsunagari.core.crypto import keyed_digest
from tsunagari.core.errors import RuleBroken
from tsunagari.directory import policies
from tsunagari.directory.ageing import day_of
from tsunagari.directory.differences import changed_fields, merged
from tsunagari.directory.models import ConfirmationRequest, MistakeReport, Revision, Service
from tsunagari.directory.selectors import upkeep
from tsunagari.directory.services.content import act_as, content_of, empty_content, write_content

State = Revision.State


@dataclass(frozen=True, slots=True)
class Step:
    """One way from a state to another: who may go it, and whether it needs a reason."""

    start: frozenset[Revision.State]
    end: Revision.State
    by: Literal["editor", "reviewer"]
    reason: bool = False


TRANSITIONS: dict[str, Step] = {
    "save": Step(frozenset({State.DRAFT, State.RETURNED}), State.DRAFT, "editor"),
    "submit": Step(frozenset({State.DRAFT, State.RETURNED}), State.IN_REVIEW, "editor"),
    "take_back": Step(frozenset({State.IN_REVIEW}), State.DRAFT, "editor"),
    "carry_over": Step(frozenset({State.DRAFT, State.RETURNED, State.IN_REVIEW}), State.DRAFT, "editor"),
    "publish": Step(frozenset({State.IN_REVIEW}), State.PUBLISHED, "reviewer"),
    "return": Step(frozenset({State.IN_REVIEW}), State.RETURNED, "reviewer", reason=True),
    "withdraw": Step(frozenset({State.DRAFT, State.RETURNED, State.IN_REVIEW}), State.WITHDRAWN, "editor"),
}


MOST_OPEN_DRAFTS = 500
"""Of one organisation; nobody finds anything among more, and a script that begins drafts ends here."""


class TooManyDrafts(RuleBroken):
    """The organisation has more open drafts than anybody works on."""


class WrongState(RuleBroken):
    """The draft is no longer, or not yet, where this step begins."""

    status = 409


class EditedMeanwhile(RuleBroken):
    """Somebody has saved this draft since it was opened."""

    status = 409


class PublishedMeanwhile(RuleBroken):
    """The entry has changed since the draft was begun. ``fields``: where both have changed something."""

    status = 409

    def __init__(self, fields: list[str]) -> None:
        super().__init__(
            _("この下書きのあとに、窓口の内容が変わりました。ちがいを確かめて、引き継いでください。")
        )
        self.fields = fields


class NothingChanged(RuleBroken):
    """The draft says what the entry says already."""


class ReasonMissing(RuleBroken):
    """A draft is not returned without saying why."""


class NotComplete(RuleBroken):
    """The draft lacks what a public entry needs."""


def pseudonym_of(actor: User) -> str:
    """What the history calls a member of staff: the same for the same person, and nobody's name."""
    return f"staff-{keyed_digest(settings.MASTER_KEY, 'history-actor', str(actor.pk)).hex()[:12]}"


@transaction.atomic
def begin_revision(
    *, actor: User, service_id: UUID, at: datetime, report: MistakeReport | None = None
) -> Revision:
    """Begin a draft of an entry, or go on with the one that `actor` has open.

    Raises:
        Service.DoesNotExist: none that `actor` keeps.
    """
    service = upkeep.entry_kept_by(actor, service_id)
    # one at a time: two clicks find each other
    Service.objects.select_for_update(no_key=True, of=("self",)).get(pk=service.pk)
    open_one = (
        service.revisions.filter(author=actor, state__in=(State.DRAFT, State.RETURNED))
        .order_by("-edited_at")
        .first()
    )
    if open_one is not None and report is None:
        return open_one
    content = content_of(service)
    return _new(service.organization, service, actor, content, content, at, report=report)


@transaction.atomic
def begin_entry(*, actor: User, organization_id: UUID, at: datetime) -> Revision:
    """Begin a draft of an entry that is not there yet. Nothing is public until somebody else publishes it.

    Raises:
        PermissionDenied: `actor` keeps no entries of this organisation.
    """
    require(policies.can_keep(active_memberships(actor), organization_id, upkeep.operator_ids()))
    organization = Organization.objects.get(pk=organization_id)
    return _new(organization, None, actor, empty_content(), {}, at)


@transaction.atomic
def begin_restoring(*, actor: User, revision_id: UUID, before: bool, at: datetime) -> Revision:
    """Begin a draft with what an earlier version said (``before``: with what stood before it).

    Raises:
        Revision.DoesNotExist: no version that `actor` keeps.
        NothingChanged: the entry says so already.
    """
    version = upkeep.revisions_kept_by(actor).get(pk=revision_id, state=State.PUBLISHED)
    if version.service is None or (before and not version.base):
        raise Revision.DoesNotExist
    now = content_of(version.service)
    content = {**now, **(version.base if before else version.content)}
    if content == now:
        raise NothingChanged(_("いまの内容は、この版と同じです。"))
    return _new(version.organization, version.service, actor, content, now, at, restores=version)


def _new(
    organization: Organization,
    service: Service | None,
    actor: User,
    content: dict[str, Any],
    base: dict[str, Any],
    at: datetime,
    **origin: Any,
) -> Revision:
    waiting = Revision.objects.filter(organization=organization, state__in=upkeep.OPEN_STATES)
    if waiting.count() >= MOST_OPEN_DRAFTS:
        raise TooManyDrafts(_("下書きがたくさん残っています。使わないものを取り下げてください。"))
    return Revision.objects.create(
        organization=organization,
        service=service,
        content=content,
        base=base,
        author=actor,
        authors=[actor.pk],
        created_at=at,
        edited_at=at,
        **origin,
    )


@transaction.atomic
def save_revision(
    *, actor: User, revision_id: UUID, content: Mapping[str, Any], version: int, at: datetime
) -> Revision:
    """Keep what was written in a draft. ``version`` is the one that the writer saw.

    Raises:
        Revision.DoesNotExist: none that `actor` keeps.
        WrongState: it is in review, or decided.
        EditedMeanwhile: somebody saved it in between; nothing is overwritten.
    """
    revision = _locked(actor, revision_id)
    _require_start("save", revision)
    if revision.version != version:
        raise EditedMeanwhile(
            _("ほかの人が、先にこの下書きを保存しました。あなたの入力は、下に残っています。")
        )
    revision.content = dict(content)
    return _keep(revision, actor, at)


@transaction.atomic
def submit_revision(*, actor: User, revision_id: UUID, at: datetime) -> Revision:
    """Ask a second person to look at a draft.

    Raises:
        Revision.DoesNotExist, WrongState: as `save_revision`.
        NotComplete: a public entry needs a name, a description, an area and a way to reach it.
        NothingChanged: there is nothing to look at.
    """
    revision = _locked(actor, revision_id)
    _require_start("submit", revision)
    _require_complete(revision.content)
    if revision.base and not changed_fields(revision.base, revision.content):
        raise NothingChanged(_("まだ何も変わっていません。"))
    revision.state, revision.submitted_at, revision.reason = State.IN_REVIEW, at, ""
    revision.reviewer = revision.decided_at = None
    revision.save(update_fields=["state", "submitted_at", "reason", "reviewer", "decided_at"])
    return revision


def _require_complete(content: Mapping[str, Any]) -> None:
    wanting = [
        label
        for label, given in (
            (_("名前"), content["name"]),
            (_("説明"), content["description"]),
            (_("使える地域"), content["areas"]),
        )
        if not given
    ]
    needs_way = content["kind"] not in {Service.Kind.PROGRAMME, Service.Kind.INFORMATION}
    if needs_way and content["status"] == Service.Status.ACTIVE and not content["channels"]:
        wanting.append(_("連絡のしかた"))
    if wanting:
        sentence = _("公開するには、次のところを書いてください：%(fields)s")
        raise NotComplete(str(sentence) % {"fields": "、".join(map(str, wanting))})


@transaction.atomic
def take_back_revision(*, actor: User, revision_id: UUID, at: datetime) -> Revision:
    """Make a draft in review a draft again, so that it can be written on.

    Raises:
        Revision.DoesNotExist, WrongState: as `save_revision`.
    """
    revision = _locked(actor, revision_id)
    _require_start("take_back", revision)
    revision.state = State.DRAFT
    revision.save(update_fields=["state"])
    return revision


@transaction.atomic
def withdraw_revision(*, actor: User, revision_id: UUID, at: datetime) -> Revision:
    """Give a draft up. A report that it was to answer waits again, so that it is not forgotten.

    Raises:
        Revision.DoesNotExist, WrongState: as `save_revision`.
    """
    revision = _locked(actor, revision_id)
    _require_start("withdraw", revision)
    revision.state, revision.edited_at = State.WITHDRAWN, at
    revision.save(update_fields=["state", "edited_at"])
    if revision.report_id is not None:
        MistakeReport.objects.filter(pk=revision.report_id, state=MistakeReport.State.ACCEPTED).update(
            state=MistakeReport.State.OPEN, handled_at=None, handled_by=None
        )
    return revision


@transaction.atomic
def carry_over_revision(*, actor: User, revision_id: UUID, at: datetime) -> tuple[Revision, list[str]]:
    """Put a draft on top of what the entry says now; it is a draft again. Nothing of it is lost.

    Returns:
        The draft, and the fields that both have changed: there the draft's own words stand.

    Raises:
        Revision.DoesNotExist, WrongState: as `save_revision`.
    """
    revision = _locked(actor, revision_id)
    _require_start("carry_over", revision)
    if revision.service is None:
        return revision, []
    now = content_of(revision.service)
    revision.content, both = merged(revision.base, revision.content, now)
    revision.base = now
    return _keep(revision, actor, at), both


@transaction.atomic
def return_revision(*, actor: User, revision_id: UUID, reason: str, at: datetime) -> Revision:
    """Give a draft back to its author with a reason.

    Raises:
        Revision.DoesNotExist: none that `actor` keeps.
        PermissionDenied: `actor` has written on it.
        WrongState: it is not in review (any more).
        ReasonMissing: without a reason nobody knows what to do.
    """
    revision = _locked(actor, revision_id)
    _require_reviewer(actor, revision)
    _require_start("return", revision)
    if not reason.strip():
        raise ReasonMissing(_("差し戻す理由を書いてください。"))
    revision.state, revision.reason = State.RETURNED, reason.strip()[:500]
    revision.reviewer, revision.decided_at = actor, at
    revision.save(update_fields=["state", "reason", "reviewer", "decided_at"])
    return revision


@transaction.atomic
def publish_revision(*, actor: User, revision_id: UUID, version: int, at: datetime) -> Revision:
    """Publish a draft: the entry changes, its date of confirmation is today, the search follows.

    ``version`` is the one that the reviewer has read.

    Raises:
        Revision.DoesNotExist, PermissionDenied, WrongState: as `return_revision`.
        EditedMeanwhile: it was taken back and changed since the reviewer opened it.
        PublishedMeanwhile: the entry is not what the draft was begun from.
    """
    revision = _locked(actor, revision_id)
    _require_reviewer(actor, revision)
    _require_start("publish", revision)
    if revision.version != version:
        raise EditedMeanwhile(_("見ているあいだに、下書きが変わりました。もう一度、確かめてください。"))
    if revision.service_id is not None:
        service = Service.objects.select_for_update(of=("self",)).get(pk=revision.service_id)
        now = content_of(service)
        if now != revision.base:
            theirs = set(changed_fields(revision.base, now))
            mine = set(changed_fields(revision.base, revision.content))
            raise PublishedMeanwhile(sorted(theirs & mine))
        revision.service = service
    _require_complete(revision.content)
    act_as(pseudonym_of(actor))
    revision.service = write_content(
        revision.content, service=revision.service, organization=revision.organization
    )
    Service.objects.filter(pk=revision.service.pk).update(assured_on=day_of(at))
    ConfirmationRequest.objects.filter(service=revision.service, answered_at=None).update(
        answered_at=at, answer=ConfirmationRequest.Answer.CONFIRMED
    )
    last = revision.service.revisions.aggregate(last=Max("number"))["last"] or 0
    # channels and costs that are new got their ids only now: the version says what the entry says
    revision.content = content_of(Service.objects.get(pk=revision.service.pk))
    revision.state, revision.number = State.PUBLISHED, last + 1
    revision.reviewer, revision.decided_at = actor, at
    revision.save(update_fields=["service", "content", "state", "number", "reviewer", "decided_at"])
    jobs.configure_task("directory.reindex").defer(service_ids=[str(revision.service.pk)])
    return revision


def _locked(actor: User, revision_id: UUID) -> Revision:
    """The draft, locked; of two who decide at once the second sees what the first did."""
    visible = upkeep.revisions_kept_by(actor).get(pk=revision_id)
    return (
        Revision.objects.select_for_update(of=("self",))
        .select_related("organization", "service", "author", "report")
        .get(pk=visible.pk)
    )


def _require_start(step: str, revision: Revision) -> None:
    if revision.state not in TRANSITIONS[step].start:
        sentence = _("この下書きは「%(state)s」です。ページを開きなおしてください。")
        raise WrongState(str(sentence) % {"state": revision.get_state_display()})


def _require_reviewer(actor: User, revision: Revision) -> None:
    memberships = active_memberships(actor)
    require(policies.can_review(actor.pk, memberships, revision, upkeep.operator_ids()))


def _keep(revision: Revision, actor: User, at: datetime) -> Revision:
    revision.state, revision.edited_at = State.DRAFT, at
    revision.version += 1
    if actor.pk not in revision.authors:
        revision.authors = [*revision.authors, actor.pk]
    revision.save(update_fields=["content", "base", "state", "edited_at", "version", "authors"])
    return revision
