"""Inviting somebody into an organisation: the only way to an account."""

import base64
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app as jobs

from tsunagari.accounts import policies, selectors
from tsunagari.accounts.models import AccountEvent, Invitation, Membership, Organization, Role, User
from tsunagari.accounts.services.ledger import record_event
from tsunagari.core.crypto import keyed_digest
from tsunagari.core.errors import RuleBroken

SIGN_IN_FIRST = _("このメールアドレスはすでに登録されています。ログインしてから承諾してください。")
VALID_FOR = timedelta(days=7)
UNDO_WITHIN = timedelta(minutes=10)


class AlreadyAMember(RuleBroken):
    """The address belongs to somebody who already holds this role here."""


class InvitationClosed(RuleBroken):
    """The invitation was accepted, revoked or has expired."""


class InvitationForSomebodyElse(RuleBroken):
    """Another person is signed in than the one who was invited."""


class PasswordTooWeak(RuleBroken):
    """The chosen password is too short, too common or too much like the name; `sentences` says why."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


class CannotRestore(RuleBroken):
    """It is too late to undo, or something else took the place."""


def token_of(invitation: Invitation) -> str:
    """The secret in the invitation's link.

    It is derived from the master key, so that the job which sends the email needs nothing but the id and no
    table ever holds the token itself.
    """
    digest = keyed_digest(settings.MASTER_KEY, "invitation-token", str(invitation.pk))
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@transaction.atomic
def invite_member(*, actor: User, organization_id: UUID, email: str, role: Role, at: datetime) -> Invitation:
    """Offer a role to the person behind `email`; the link goes out by email after commit, valid for 7 days.

    An earlier open invitation for the same address and role is revoked: only the newest link opens.

    Raises:
        PermissionDenied: `actor` is no administrator of the organisation.
        AlreadyAMember: that person holds this role here already.
    """
    policies.require(policies.can_manage_members(selectors.active_memberships(actor), organization_id))
    # One at a time per organisation: two clicks do not meet in the unique constraint. No key lock, because an
    # acceptance refers to the organisation while it holds the invitation that we may revoke.
    organization = Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
    email = email.strip().lower()
    if Membership.objects.filter(
        organization=organization, role=role, ended_at=None, user__email=email
    ).exists():
        raise AlreadyAMember(_("この方は、すでにこの役割で所属しています。"))
    Invitation.objects.filter(
        organization=organization, email=email, role=role, accepted_at=None, revoked_at=None
    ).update(revoked_at=at)
    invitation = Invitation(
        pk=uuid4(),
        email=email,
        organization=organization,
        role=role,
        invited_by=actor,
        invited_at=at,
        expires_at=at + VALID_FOR,
    )
    invitation.token_hash = selectors.hash_of_token(token_of(invitation))
    invitation.save(force_insert=True)
    record_event(
        kind=AccountEvent.Kind.INVITED,
        at=at,
        actor=actor,
        organization=organization,
        detail={"invitation": str(invitation.pk), "role": role},
    )
    # By name: services know no tasks. Enqueued in this transaction, so it is sent if and only if we commit.
    jobs.configure_task("accounts.send_invitation").defer(invitation_id=str(invitation.pk))
    return invitation


@transaction.atomic
def accept_invitation(
    *, token: str, user: User | None, at: datetime, display_name: str = "", password: str = ""
) -> Membership:
    """Accept an invitation and start the membership.

    `user` is who is signed in, or None. A newcomer gets an account with `display_name` and `password`; the
    address counts as verified because the link was sent there.

    Raises:
        Invitation.DoesNotExist: no such token.
        InvitationClosed: accepted before (also by a second click), revoked or expired.
        InvitationForSomebodyElse: somebody else is signed in, or nobody although the address has an account.
        PasswordTooWeak: for a newcomer's password.
    """
    found = selectors.invitation_of_token(token)
    # The lock makes the second of two acceptances see the first.
    invitation = (
        Invitation.objects.select_for_update(of=("self",)).select_related("organization").get(pk=found.pk)
    )
    require_open(invitation, at)
    if user is None and selectors.user_of_address(invitation.email) is not None:
        raise InvitationForSomebodyElse(SIGN_IN_FIRST)
    if not policies.can_accept(user, invitation):
        raise InvitationForSomebodyElse(_("この招待は、いまログインしている方あてではありません。"))
    member = user or _create_member(invitation.email, display_name, password)
    invitation.accepted_at = at
    invitation.save(update_fields=["accepted_at"])
    membership, started = Membership.objects.get_or_create(
        user=member,
        organization=invitation.organization,
        role=invitation.role,
        ended_at=None,
        defaults={"started_at": at},
    )
    detail = {"invitation": str(invitation.pk), "role": invitation.role}
    for kind in [AccountEvent.Kind.INVITATION_ACCEPTED] + [AccountEvent.Kind.MEMBERSHIP_STARTED] * started:
        record_event(
            kind=kind, at=at, user=member, actor=member, organization=invitation.organization, detail=detail
        )
    return membership


def require_open(invitation: Invitation, at: datetime) -> None:
    """Go on only with an invitation that can still be accepted.

    Raises:
        InvitationClosed: with the sentence that says why and what to do.
    """
    sentence: Promise | None = None
    if invitation.accepted_at is not None:
        sentence = _("この招待は、すでに使われています。ログインしてお使いください。")
    elif invitation.revoked_at is not None:
        sentence = _("この招待は取り消されています。招待した方に、もう一度招待してもらってください。")
    elif invitation.expires_at <= at:
        sentence = _("この招待は期限が切れています。招待した方に、もう一度招待してもらってください。")
    if sentence is not None:
        raise InvitationClosed(sentence)


@transaction.atomic
def revoke_invitation(*, actor: User, invitation_id: UUID, at: datetime) -> Invitation:
    """Take an invitation back; its link no longer opens. It can be undone for ten minutes.

    Raises:
        Invitation.DoesNotExist: none that `actor` manages.
        InvitationClosed: it was accepted or revoked before.
    """
    invitation = _managed(actor, invitation_id)
    if invitation.accepted_at is not None or invitation.revoked_at is not None:
        raise InvitationClosed(_("この招待は、すでに使われたか取り消されています。"))
    invitation.revoked_at = at
    invitation.save(update_fields=["revoked_at"])
    _record(AccountEvent.Kind.INVITATION_REVOKED, invitation, actor, at)
    return invitation


@transaction.atomic
def restore_invitation(*, actor: User, invitation_id: UUID, at: datetime) -> Invitation:
    """Undo `revoke_invitation` within ten minutes; the link that was sent opens again.

    Raises:
        Invitation.DoesNotExist: none that `actor` manages.
        CannotRestore: too late, not revoked, expired, or a newer invitation took its place.
    """
    invitation = _managed(actor, invitation_id)
    newer = Invitation.objects.filter(
        organization=invitation.organization,
        email=invitation.email,
        role=invitation.role,
        accepted_at=None,
        revoked_at=None,
    )
    if (
        invitation.revoked_at is None
        or at - invitation.revoked_at > UNDO_WITHIN
        or invitation.expires_at <= at
        or newer.exists()
    ):
        raise CannotRestore(_("もう元に戻せません。必要なら、もう一度招待してください。"))
    invitation.revoked_at = None
    invitation.save(update_fields=["revoked_at"])
    _record(AccountEvent.Kind.INVITATION_RESTORED, invitation, actor, at)
    return invitation


def _create_member(email: str, display_name: str, password: str) -> User:
    display_name = display_name.strip()
    try:
        validate_password(password, User(email=email, display_name=display_name))
    except ValidationError as error:
        raise PasswordTooWeak(error.messages) from error
    try:
        with transaction.atomic():
            user = User.objects.create_user(email=email, display_name=display_name, password=password)
    except IntegrityError as error:  # another invitation of the same address was accepted at this moment
        raise InvitationForSomebodyElse(SIGN_IN_FIRST) from error
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _managed(actor: User, invitation_id: UUID) -> Invitation:
    """The invitation, with it and its organisation locked in the order that `invite_member` uses."""
    invitation = selectors.invitations_managed_by(actor).get(pk=invitation_id)
    Organization.objects.select_for_update(no_key=True).get(pk=invitation.organization_id)
    return (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("organization")
        .get(pk=invitation_id)
    )


def _record(kind: AccountEvent.Kind, invitation: Invitation, actor: User, at: datetime) -> None:
    record_event(
        kind=kind,
        at=at,
        actor=actor,
        organization=invitation.organization,
        detail={"invitation": str(invitation.pk), "role": invitation.role},
    )
