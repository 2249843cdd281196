"""Who may do what with members and ledgers. Pure: a policy sees memberships, it does not look them up.

Every function takes the *active* memberships of the person who acts (`selectors.active_memberships`).
"""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import PermissionDenied

from tsunagari.accounts.models import MFA_ROLES, Invitation, Membership, Role, User

READERS_OF_THE_LEDGER = frozenset({Role.ADMIN, Role.PRIVACY_OFFICER})


def require(allowed: bool) -> None:
    """Go on only if `allowed`.

    Raises:
        PermissionDenied: shown as 404, so that nobody learns what exists.
    """
    if not allowed:
        raise PermissionDenied


def can_manage_members(memberships: Iterable[Membership], organization_id: UUID) -> bool:
    """Administrators invite, change and end the memberships of their own organisation."""
    return any(m.role == Role.ADMIN and m.organization_id == organization_id for m in memberships)


def can_record_reading(memberships: Iterable[Membership], organization_id: UUID) -> bool:
    """Somebody reads on behalf of an organisation only while belonging to it."""
    return any(m.organization_id == organization_id for m in memberships)


def can_accept(user: User | None, invitation: Invitation) -> bool:
    """An invitation is for the address it was sent to: a newcomer, or the very user of that address."""
    return user is None or user.email == invitation.email


def needs_second_factor(memberships: Iterable[Membership]) -> bool:
    """Who holds a role that reads persons' records anywhere needs a second factor everywhere."""
    return any(m.role in MFA_ROLES for m in memberships)
