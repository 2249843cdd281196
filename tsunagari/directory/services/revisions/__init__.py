"""Drafts of entries: written, looked at by a second person, published; every publication is a version.

`TRANSITIONS` is the whole life of a draft: the services below, their test and docs/operations/upkeep.md read
it. Whoever has written any of a draft never decides on it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization, User
from tsunagari.accounts.policies import require
from tsunagari.accounts.selectors import active_memberships
from tsunagari.directory import policies
from tsunagari.directory.models import MistakeReport, Revision, Service
from tsunagari.directory.selectors import upkeep
from tsunagari.directory.services.content import content_of, empty_content
from tsunagari.directory.services.revisions.deciding import publish_revision, return_revision
from tsunagari.directory.services.revisions.states import (
    TRANSITIONS,
    EditedMeanwhile,
    NotComplete,
    NothingChanged,
    PublishedMeanwhile,
    ReasonMissing,
    State,
    Step,
    TooManyDrafts,
    WrongState,
    pseudonym_of,
)
from tsunagari.directory.services.revisions.writing import (
    carry_over_revision,
    save_revision,
    submit_revision,
    take_back_revision,
    withdraw_revision,
)

__all__ = [
    "MOST_OPEN_DRAFTS",
    "TRANSITIONS",
    "EditedMeanwhile",
    "NotComplete",
    "NothingChanged",
    "PublishedMeanwhile",
    "ReasonMissing",
    "Step",
    "TooManyDrafts",
    "WrongState",
    "begin_entry",
    "begin_restoring",
    "begin_revision",
    "begin_with",
    "carry_over_revision",
    "pseudonym_of",
    "publish_revision",
    "return_revision",
    "save_revision",
    "submit_revision",
    "take_back_revision",
    "withdraw_revision",
]

MOST_OPEN_DRAFTS = 500
"""Of one organisation; nobody finds anything among more, and a script that begins drafts ends here."""


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


@transaction.atomic
def begin_with(*, actor: User, service_id: UUID, changes: Mapping[str, Any], at: datetime) -> Revision:
    """Begin a draft of an entry with these fields changed.

    Raises:
        Service.DoesNotExist: none that `actor` keeps.
    """
    service = upkeep.entry_kept_by(actor, service_id)
    now = content_of(service)
    return _new(service.organization, service, actor, {**now, **changes}, now, at)


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
