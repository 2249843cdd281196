"""What may be read about staff, memberships and ledgers, already restricted to the viewer."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from tsunagari.accounts.models import Invitation, Membership, Organization, RecordReading, Role, User
from tsunagari.accounts.policies import READERS_OF_THE_LEDGER


def active_memberships(user: User) -> list[Membership]:
    """The memberships that `user` holds now, with their organisations, oldest first (one query)."""
    memberships = Membership.objects.filter(user=user, ended_at=None).select_related("organization")
    return list(memberships.order_by("started_at", "id"))


def has_second_factor(user: User) -> bool:
    """Whether an authenticator app or a passkey is set up (recovery codes alone do not count)."""
    types = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=types).exists())


def organizations_managed_by(viewer: User) -> QuerySet[Organization]:
    """Organisations whose members `viewer` manages, by kana."""
    return Organization.objects.filter(
        memberships__user=viewer, memberships__role=Role.ADMIN, memberships__ended_at=None
    ).order_by("name_kana", "name", "id")


def memberships_managed_by(viewer: User) -> QuerySet[Membership]:
    """Memberships, present and past, of the organisations that `viewer` manages; the present first."""
    return (
        Membership.objects.filter(organization__in=organizations_managed_by(viewer))
        .select_related("user", "organization")
        .order_by("-ended_at", "role", "user__display_name", "id")
    )


def invitations_managed_by(viewer: User) -> QuerySet[Invitation]:
    """Invitations of the organisations that `viewer` manages, the newest first."""
    return (
        Invitation.objects.filter(organization__in=organizations_managed_by(viewer))
        .select_related("organization", "invited_by")
        .order_by("-invited_at", "id")
    )


def hash_of_token(token: str) -> str:
    """The form in which an invitation's token (256 bits) is kept: SHA-256 in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def invitation_of_token(token: str) -> Invitation:
    """The invitation that this token opens, whatever its state.

    Raises:
        Invitation.DoesNotExist: no invitation has this token.
    """
    return Invitation.objects.select_related("organization").get(token_hash=hash_of_token(token))


def user_of_address(email: str) -> User | None:
    """The user with this address, active or not."""
    return User.objects.filter(email=email.strip().lower()).first()


@dataclass(frozen=True, slots=True)
class ReadingFilter:
    """What to look for in the ledger; None: anything. `since` is included, `until` is not."""

    person_ref: UUID | None = None
    actor_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def readings_visible_to(viewer: User, wanted: ReadingFilter | None = None) -> QuerySet[RecordReading]:
    """Readings for the organisations of which `viewer` is privacy officer or administrator, newest first."""
    organizations = Membership.objects.filter(
        user=viewer, role__in=READERS_OF_THE_LEDGER, ended_at=None
    ).values("organization")
    return _narrowed(RecordReading.objects.filter(organization__in=organizations), wanted or ReadingFilter())


def readings_by(viewer: User, wanted: ReadingFilter | None = None) -> QuerySet[RecordReading]:
    """What `viewer` has read, for whatever organisation, newest first."""
    return _narrowed(RecordReading.objects.filter(actor=viewer), wanted or ReadingFilter())


def colleagues_in_ledger(viewer: User) -> QuerySet[User]:
    """Everybody who ever belonged to an organisation whose ledger `viewer` may see, by name."""
    organizations = Membership.objects.filter(
        user=viewer, role__in=READERS_OF_THE_LEDGER, ended_at=None
    ).values("organization")
    members = Membership.objects.filter(organization__in=organizations).values("user")
    return User.objects.filter(pk__in=members).order_by("display_name", "id")


def _narrowed(readings: QuerySet[RecordReading], wanted: ReadingFilter) -> QuerySet[RecordReading]:
    if wanted.person_ref is not None:
        readings = readings.filter(person_ref=wanted.person_ref)
    if wanted.actor_id is not None:
        readings = readings.filter(actor_id=wanted.actor_id)
    if wanted.since is not None:
        readings = readings.filter(at__gte=wanted.since)
    if wanted.until is not None:
        readings = readings.filter(at__lt=wanted.until)
    return readings.select_related("actor", "organization").order_by("-at", "-id")
