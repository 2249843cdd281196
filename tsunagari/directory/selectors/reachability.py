"""Observations of how often channels answer."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.db.models.expressions import RawSQL

from tsunagari.accounts.models import User
from tsunagari.directory.models import Channel, Reachability
from tsunagari.directory.reachability import Seen
from tsunagari.directory.selectors.places import organizations_kept_by

TALKING = (Channel.Type.PHONE, Channel.Type.CHAT, Channel.Type.LINE)
"""Channels with a person at the other end at once: of these it is counted how often they answer."""


def observations() -> QuerySet[Reachability]:
    """What stands: withdrawn and replaced observations are not among it."""
    return Reachability.objects.filter(withdrawn_at=None)


def seen_of(rows: Iterable[Reachability]) -> list[Seen]:
    """Rows as the estimate takes them; withdrawn ones are left out."""
    return [
        Seen(row.attempts, row.answered, row.observed_on, row.kind, row.source, row.typical_wait_minutes)
        for row in rows
        if row.withdrawn_at is None
    ]


def seen_by_service(services: Iterable[UUID] | RawSQL) -> dict[UUID, list[Seen]]:
    """The observations of all channels of these services, in one query; services without any are missing."""
    found: dict[UUID, list[Seen]] = defaultdict(list)
    rows = observations().filter(channel__service__in=services).order_by("channel__service", "id")
    for service, attempts, answered, on, kind in rows.values_list(
        "channel__service", "attempts", "answered", "observed_on", "kind"
    ):
        if service:
            found[service].append(Seen(attempts, answered, on, kind))
    return dict(found)


def channels_kept_by(viewer: User) -> QuerySet[Channel]:
    """Talking channels of the viewer's organisations with their newest observations, by service."""
    kept = organizations_kept_by(viewer).order_by().values("pk")
    return (
        Channel.objects.filter(type__in=TALKING)
        .filter(Q(service__organization__in=kept) | Q(organization__in=kept))
        .select_related("service__organization", "organization")
        .prefetch_related(
            Prefetch("reachability", observations().order_by("-observed_on", "-recorded_at"), to_attr="seen")
        )
        .order_by("service__name_kana", "service__name", "service_id", "position", "id")
    )


def just_withdrawn(viewer: User, *, at: datetime, within: timedelta) -> QuerySet[Reachability]:
    """What was withdrawn a moment ago, and not replaced: it can still be brought back."""
    channels = channels_kept_by(viewer).order_by().values("pk")
    return (
        Reachability.objects.filter(channel__in=channels, withdrawn_at__gte=at - within, replaced_by=None)
        .select_related("channel__service")
        .order_by("-withdrawn_at", "id")
    )
