"""Who may do what in the affairs of a body. Pure: a policy sees memberships, it does not look them up.

``memberships`` are the *active* ones of the person who acts, in organisations (`accounts.selectors`).
"""

from collections.abc import Iterable

from tsunagari.accounts.models import Membership as StaffMembership
from tsunagari.accounts.models import Role
from tsunagari.council.models import Body

KEEPERS = frozenset({Role.ADMIN, Role.SECRETARY})
"""In the organisation that is a body's secretariat (庶務) they keep all its papers."""
READERS = KEEPERS | {Role.OFFICER, Role.VIEWER}
"""They read the desk's pages of their organisation's bodies."""
OWNERS = KEEPERS | {Role.OFFICER}
"""They answer for what their organisation has to do."""


def can_keep(memberships: Iterable[StaffMembership], body: Body) -> bool:
    """Whether somebody works for the body's secretariat."""
    return any(m.role in KEEPERS and m.organization_id == body.secretariat_id for m in memberships)
