"""Drafts written: saved, handed in for review, taken back, carried over, given up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.directory.differences import changed_fields, merged
from tsunagari.directory.models import Location, MistakeReport, Revision
from tsunagari.directory.services.confidential import refuse_told_addresses
from tsunagari.directory.services.content import content_of
from tsunagari.directory.services.places import PLACE_TEXTS
from tsunagari.directory.services.revisions.states import (
    EditedMeanwhile,
    NothingChanged,
    State,
    locked,
    require_complete,
    require_start,
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
        AddressTold: a place that it adds is one whose address nobody may know.
    """
    revision = locked(actor, revision_id)
    require_start("save", revision)
    if revision.version != version:
        raise EditedMeanwhile(
            _("ほかの人が、先にこの下書きを保存しました。あなたの入力は、下に残っています。")
        )
    _refuse_told_places(revision, content)
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
    revision = locked(actor, revision_id)
    require_start("submit", revision)
    require_complete(revision.content)
    if revision.base and not changed_fields(revision.base, revision.content):
        raise NothingChanged(_("まだ何も変わっていません。"))
    revision.state, revision.submitted_at, revision.reason = State.IN_REVIEW, at, ""
    revision.reviewer = revision.decided_at = None
    revision.save(update_fields=["state", "submitted_at", "reason", "reviewer", "decided_at"])
    return revision


@transaction.atomic
def take_back_revision(*, actor: User, revision_id: UUID, at: datetime) -> Revision:
    """Make a draft in review a draft again, so that it can be written on.

    Raises:
        Revision.DoesNotExist, WrongState: as `save_revision`.
    """
    revision = locked(actor, revision_id)
    require_start("take_back", revision)
    revision.state = State.DRAFT
    revision.save(update_fields=["state"])
    return revision


@transaction.atomic
def withdraw_revision(*, actor: User, revision_id: UUID, at: datetime) -> Revision:
    """Give a draft up. A report that it was to answer waits again, so that it is not forgotten.

    Raises:
        Revision.DoesNotExist, WrongState: as `save_revision`.
    """
    revision = locked(actor, revision_id)
    require_start("withdraw", revision)
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
    revision = locked(actor, revision_id)
    require_start("carry_over", revision)
    if revision.service is None:
        return revision, []
    now = content_of(revision.service)
    revision.content, both = merged(revision.base, revision.content, now)
    revision.base = now
    return _keep(revision, actor, at), both


def _keep(revision: Revision, actor: User, at: datetime) -> Revision:
    revision.state, revision.edited_at = State.DRAFT, at
    revision.version += 1
    if actor.pk not in revision.authors:
        revision.authors = [*revision.authors, actor.pk]
    revision.save(update_fields=["content", "base", "state", "edited_at", "version", "authors"])
    return revision


def _refuse_told_places(revision: Revision, content: Mapping[str, Any]) -> None:
    """A confidential place does not come back as a new one: not even into a draft."""
    before = [place for place in revision.content["places"] if not place["confidential"]]
    news = [place for place in content["places"] if place not in before and not place["confidential"]]
    rows = [
        Location(
            **{name: place[name] for name in PLACE_TEXTS},
            description=f"{place['note']} {place['latitude']}, {place['longitude']}",
        )
        for place in news
    ]
    refuse_told_addresses({revision.organization_id: rows})
