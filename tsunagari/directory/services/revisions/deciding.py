"""Drafts decided on by a second person: returned with a reason, or published."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app as jobs

from tsunagari.accounts.models import User
from tsunagari.accounts.policies import require
from tsunagari.accounts.selectors import active_memberships
from tsunagari.directory import policies
from tsunagari.directory.ageing import day_of
from tsunagari.directory.differences import changed_fields
from tsunagari.directory.models import ConfirmationRequest, Revision, Service
from tsunagari.directory.selectors import upkeep
from tsunagari.directory.services.content import act_as, content_of, write_content
from tsunagari.directory.services.places import services_at
from tsunagari.directory.services.revisions.states import (
    EditedMeanwhile,
    PublishedMeanwhile,
    ReasonMissing,
    State,
    locked,
    pseudonym_of,
    require_complete,
    require_start,
)


@transaction.atomic
def return_revision(*, actor: User, revision_id: UUID, reason: str, at: datetime) -> Revision:
    """Give a draft back to its author with a reason.

    Raises:
        Revision.DoesNotExist: none that `actor` keeps.
        PermissionDenied: `actor` has written on it.
        WrongState: it is not in review (any more).
        ReasonMissing: without a reason nobody knows what to do.
    """
    revision = locked(actor, revision_id)
    _require_reviewer(actor, revision)
    require_start("return", revision)
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
    revision = locked(actor, revision_id)
    _require_reviewer(actor, revision)
    require_start("publish", revision)
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
    require_complete(revision.content)
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
    # a place that has moved takes the other services there with it
    moved = services_at(revision.content["places"]) | {revision.service.pk}
    jobs.configure_task("directory.reindex").defer(service_ids=sorted(map(str, moved)))
    return revision


def _require_reviewer(actor: User, revision: Revision) -> None:
    memberships = active_memberships(actor)
    require(policies.can_review(actor.pk, memberships, revision, upkeep.operator_ids()))
