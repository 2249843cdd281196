"""Roles in organisations: how they start, change and end. The last administrator cannot leave."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts import selectors
from tsunagari.accounts.models import AccountEvent, Membership, Organization, Role, User
from tsunagari.accounts.services.invitations import AlreadyAMember, CannotRestore
from tsunagari.accounts.services.ledger import record_event
from tsunagari.core.errors import RuleBroken
from tsunagari.core.models import Area

UNDO_WITHIN = timedelta(minutes=10)


class LastAdministrator(RuleBroken):
    """Without this person nobody could manage the organisation any more."""


class MembershipEnded(RuleBroken):
    """The membership has ended already."""


@transaction.atomic
def found_organization(
    *,
    name: str,
    kind: Organization.Kind,
    administrator: User,
    at: datetime,
    name_kana: str = "",
    area: Area | None = None,
    corporate_number: str = "",
) -> Organization:
    """Create an organisation with its first administrator.

    There is no page for it: an operator's command calls it, because who may open an organisation here is
    decided outside this system.

    Raises:
        IntegrityError: the corporate number is malformed or taken.
    """
    organization = Organization.objects.create(
        name=name, name_kana=name_kana, kind=kind, area=area, corporate_number=corporate_number, created_at=at
    )
    _start(user=administrator, organization=organization, role=Role.ADMIN, actor=administrator, at=at)
    return organization


@transaction.atomic
def change_role(*, actor: User, membership_id: UUID, role: Role, at: datetime) -> Membership:
    """Give a member another role: the present membership ends, a new one starts, and is returned.

    Raises:
        Membership.DoesNotExist: none that `actor` manages.
        MembershipEnded: it is over.
        AlreadyAMember: the person holds the other role as well.
        LastAdministrator: nobody else could manage the organisation.
    """
    membership = _managed_and_locked(actor, membership_id)
    _require_active(membership)
    if membership.role == role:
        return membership
    if _holds(membership.user, membership.organization, role):
        raise AlreadyAMember(_("この方は、すでにこの役割で所属しています。"))
    _require_other_administrator(membership)
    membership.ended_at = at
    membership.save(update_fields=["ended_at"])
    record_event(
        kind=AccountEvent.Kind.ROLE_CHANGED,
        at=at,
        user=membership.user,
        actor=actor,
        organization=membership.organization,
        detail={"from": membership.role, "to": role},
    )
    return Membership.objects.create(
        user=membership.user, organization=membership.organization, role=role, started_at=at
    )


@transaction.atomic
def end_membership(*, actor: User, membership_id: UUID, at: datetime) -> Membership:
    """End a membership; its rights are gone with the next request. It can be undone for ten minutes.

    Raises:
        Membership.DoesNotExist: none that `actor` manages.
        MembershipEnded: it is over.
        LastAdministrator: nobody else could manage the organisation.
    """
    membership = _managed_and_locked(actor, membership_id)
    _require_active(membership)
    _require_other_administrator(membership)
    membership.ended_at = at
    membership.save(update_fields=["ended_at"])
    _record(AccountEvent.Kind.MEMBERSHIP_ENDED, membership, actor, at)
    return membership


@transaction.atomic
def restore_membership(*, actor: User, membership_id: UUID, at: datetime) -> Membership:
    """Undo `end_membership` or `change_role` within ten minutes; of a change, the new role ends.

    Raises:
        Membership.DoesNotExist: none that `actor` manages.
        CannotRestore: too late, not ended, or the person holds the role again.
        LastAdministrator: the role that would end is that of the last one.
    """
    membership = _managed_and_locked(actor, membership_id)
    if (
        membership.ended_at is None
        or at - membership.ended_at > UNDO_WITHIN
        or _holds(membership.user, membership.organization, Role(membership.role))
    ):
        raise CannotRestore(_("もう元に戻せません。必要なら、もう一度招待してください。"))
    # the one that `change_role` started in its place, at the same moment
    successor = Membership.objects.filter(
        user=membership.user,
        organization=membership.organization,
        started_at=membership.ended_at,
        ended_at=None,
    ).first()
    if successor is not None:
        _require_other_administrator(successor)
        successor.ended_at = at
        successor.save(update_fields=["ended_at"])
        _record(AccountEvent.Kind.MEMBERSHIP_ENDED, successor, actor, at)
    membership.ended_at = None
    membership.save(update_fields=["ended_at"])
    _record(AccountEvent.Kind.MEMBERSHIP_RESTORED, membership, actor, at)
    return membership


def _start(*, user: User, organization: Organization, role: Role, actor: User, at: datetime) -> Membership:
    membership = Membership.objects.create(user=user, organization=organization, role=role, started_at=at)
    _record(AccountEvent.Kind.MEMBERSHIP_STARTED, membership, actor, at)
    return membership


def _record(kind: AccountEvent.Kind, membership: Membership, actor: User, at: datetime) -> None:
    record_event(
        kind=kind,
        at=at,
        user=membership.user,
        actor=actor,
        organization=membership.organization,
        detail={"role": membership.role},
    )


def _managed_and_locked(actor: User, membership_id: UUID) -> Membership:
    """The membership, after locking its organisation: two administrators cannot both leave at once."""
    found = selectors.memberships_managed_by(actor).get(pk=membership_id)
    Organization.objects.select_for_update(no_key=True).get(pk=found.organization_id)
    # Again, now that nobody else changes it (and `actor` may have lost the right while we waited).
    return selectors.memberships_managed_by(actor).get(pk=membership_id)


def _require_active(membership: Membership) -> None:
    if membership.ended_at is not None:
        raise MembershipEnded(_("この所属は、すでに終わっています。"))


def _holds(user: User, organization: Organization, role: Role) -> bool:
    return Membership.objects.filter(user=user, organization=organization, role=role, ended_at=None).exists()


def _require_other_administrator(membership: Membership) -> None:
    if membership.role != Role.ADMIN:
        return
    others = Membership.objects.filter(
        organization=membership.organization, role=Role.ADMIN, ended_at=None, user__is_active=True
    ).exclude(pk=membership.pk)
    if not others.exists():
        raise LastAdministrator(_("最後の管理者です。先に、ほかの方を管理者にしてください。"))
