"""Pairs that may be one entry, and merges that can be undone, restricted to who keeps both sides."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, Prefetch, Q, QuerySet

from tsunagari.accounts.models import Membership, User
from tsunagari.directory.models import Channel, Merge, MergeProposal, Operator
from tsunagari.directory.policies import EDITORS

UNDO_WITHIN: Final = timedelta(days=30)


def _kept(viewer: User, *sides: str) -> Q:
    """A condition: the viewer, as editor or administrator, keeps the entries on all sides; operators any."""
    held = Membership.objects.filter(user=viewer, ended_at=None, role__in=EDITORS)
    own = held.values("organization")
    both = Q()
    for side in sides:
        both &= Q(**{f"{side}__organization__in": own})
    return both | Q(Exists(held.filter(organization__in=Operator.objects.values("organization"))))


def _with_channels(side: str) -> "Prefetch[str]":
    return Prefetch(f"{side}__channels", Channel.objects.exclude(type="visit").order_by("position", "id"))


def proposals_visible_to(viewer: User) -> QuerySet[MergeProposal]:
    """Open proposals of whose both entries ``viewer`` decides, the likeliest first."""
    return (
        MergeProposal.objects.filter(_kept(viewer, "first", "second"), state=MergeProposal.State.OPEN)
        .select_related("first__organization", "second__organization")
        .prefetch_related(_with_channels("first"), _with_channels("second"))
        .order_by("-score", "created_at", "id")
    )


def merges_visible_to(viewer: User, at: datetime) -> QuerySet[Merge]:
    """Merges of the last thirty days that ``viewer`` may undo, the newest first."""
    return (
        Merge.objects.filter(
            _kept(viewer, "survivor", "merged"), undone_at=None, merged_at__gte=at - UNDO_WITHIN
        )
        .select_related("survivor", "merged", "merged_by")
        .order_by("-merged_at", "id")
    )
