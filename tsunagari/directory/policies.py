"""Who may do what with entries. Pure: a policy sees memberships, it does not look them up.

Every function takes the *active* memberships of the person who acts and the ids of the organisations that run
the platform (`selectors.upkeep.operator_ids`).
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from tsunagari.accounts.models import Membership, Role
from tsunagari.directory.models import Revision

EDITORS = frozenset({Role.ADMIN, Role.EDITOR})
"""They keep the entries of their own organisation."""
OPERATORS = EDITORS | {Role.OFFICER}
"""In an organisation that runs the platform, they keep every entry."""


def is_operator(memberships: Iterable[Membership], operators: Collection[UUID]) -> bool:
    """Whether somebody works for an organisation that runs the platform."""
    return any(m.role in OPERATORS and m.organization_id in operators for m in memberships)


def can_keep(memberships: Iterable[Membership], organization_id: UUID, operators: Collection[UUID]) -> bool:
    """Whether somebody may change, confirm and triage the entries of this organisation."""
    memberships = list(memberships)
    own = any(m.role in EDITORS and m.organization_id == organization_id for m in memberships)
    return own or is_operator(memberships, operators)


def can_review(
    user_id: UUID, memberships: Iterable[Membership], revision: Revision, operators: Collection[UUID]
) -> bool:
    """Four eyes: somebody who keeps these entries, and who has written nothing of this draft."""
    if user_id == revision.author_id or user_id in revision.authors:
        return False
    return can_keep(memberships, revision.organization_id, operators)
