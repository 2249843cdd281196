"""Who may do what in consultation. Pure: a policy sees memberships, it does not look them up."""

from collections.abc import Iterable

from tsunagari.accounts.models import Membership, Role
from tsunagari.consultation.models import Helpline, Shift

ROLES = {Shift.Kind.COUNSELLOR: Role.COUNSELLOR, Shift.Kind.SUPERVISOR: Role.SUPERVISOR}


def can_be_on_duty(memberships: Iterable[Membership], helpline: Helpline, kind: Shift.Kind) -> bool:
    """Whether somebody with these active memberships works in this way for the helpline's organisation."""
    return any(
        one.role == ROLES[kind] and one.organization_id == helpline.organization_id for one in memberships
    )
