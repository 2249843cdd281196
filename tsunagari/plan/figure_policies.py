"""Who may do what with figures and reviews. Pure: a policy sees memberships, it does not look them up."""

from collections.abc import Collection, Iterable
from uuid import UUID

from tsunagari.accounts.models import Membership, Role

KEEPERS = frozenset({Role.OFFICER, Role.RESEARCHER, Role.SECRETARY, Role.ADMIN})
"""They keep the figures of their own organisation."""
SECRETARIES = frozenset({Role.SECRETARY, Role.ADMIN})
"""In the organisation that is a plan's secretariat, they run its reviews."""
COMMON_KEEPERS = SECRETARIES | {Role.RESEARCHER}
"""There, they keep every figure."""
READERS = KEEPERS | {Role.VIEWER}


def _holds(
    memberships: Iterable[Membership], roles: Collection[str], organizations: Collection[UUID]
) -> bool:
    return any(m.role in roles and m.organization_id in organizations for m in memberships)


def is_secretary(memberships: Iterable[Membership], secretariats: Collection[UUID]) -> bool:
    """Whether somebody runs reviews: opens and publishes them, writes down opinions, answers requests."""
    return _holds(memberships, SECRETARIES, secretariats)


def reads_everything(memberships: Iterable[Membership], secretariats: Collection[UUID]) -> bool:
    """Whether somebody of the secretariat sees all figures and reviews on the desk."""
    return _holds(memberships, READERS, secretariats)


def can_keep_figure(
    memberships: Iterable[Membership], owner_id: UUID, secretariats: Collection[UUID]
) -> bool:
    """Whether somebody may define an indicator, enter and correct its observations."""
    memberships = list(memberships)
    return _holds(memberships, KEEPERS, {owner_id}) or _holds(memberships, COMMON_KEEPERS, secretariats)


def can_write_item(
    memberships: Iterable[Membership], ministries: Collection[UUID], secretariats: Collection[UUID]
) -> bool:
    """Whether somebody may write the review of a measure: its ministries, or the secretariat."""
    memberships = list(memberships)
    return _holds(memberships, KEEPERS, ministries) or is_secretary(memberships, secretariats)
