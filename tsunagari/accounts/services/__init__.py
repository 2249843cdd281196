"""Everything that changes accounts, memberships and their ledgers."""

from tsunagari.accounts.services.invitations import (
    AlreadyAMember,
    CannotRestore,
    InvitationClosed,
    InvitationForSomebodyElse,
    PasswordTooWeak,
    accept_invitation,
    invite_member,
    restore_invitation,
    revoke_invitation,
    token_of,
)
from tsunagari.accounts.services.ledger import record_event, record_reading
from tsunagari.accounts.services.memberships import (
    LastAdministrator,
    MembershipEnded,
    change_role,
    end_membership,
    found_organization,
    restore_membership,
)
from tsunagari.accounts.services.profile import change_profile

__all__ = [
    "AlreadyAMember",
    "CannotRestore",
    "InvitationClosed",
    "InvitationForSomebodyElse",
    "LastAdministrator",
    "MembershipEnded",
    "PasswordTooWeak",
    "accept_invitation",
    "change_profile",
    "change_role",
    "end_membership",
    "found_organization",
    "invite_member",
    "record_event",
    "record_reading",
    "restore_invitation",
    "restore_membership",
    "revoke_invitation",
    "token_of",
]
