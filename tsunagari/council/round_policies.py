"""Who may do what in a round. Pure: a policy sees memberships, it does not look them up."""

from collections.abc import Iterable
from uuid import UUID

from tsunagari.accounts.models import Membership, Role

SECRETARIES = frozenset({Role.ADMIN, Role.SECRETARY})
"""Run a round, in the organisation that is its secretariat."""
OFFICERS = frozenset({Role.ADMIN, Role.OFFICER, Role.EDITOR})
"""Speak for an organisation that is asked."""


def can_run(memberships: Iterable[Membership], secretariat_id: UUID) -> bool:
    """The secretariat opens, closes, moderates and answers."""
    return any(m.role in SECRETARIES and m.organization_id == secretariat_id for m in memberships)
