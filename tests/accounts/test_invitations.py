"""Invitations: the only way to an account."""

import threading
import time
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.factories import AT, make_member, make_membership, make_organization, make_user, sign_in
from tsunagari.accounts import services, tasks
from tsunagari.accounts.middleware import IDLE, SEEN
from tsunagari.accounts.models import AccountEvent, Invitation, Membership, Organization, Role, User

pytestmark = pytest.mark.django_db

PASSWORD = "mizu-umi-hikari-29"
NEWCOMER = {"display_name": "bob", "password": PASSWORD}


def invite(
    email: str = "bob@example.org", role: Role = Role.EDITOR, at: datetime = AT
) -> tuple[User, Organization, Invitation]:
    alice = make_member("alice")
    organization = alice.memberships.get().organization
    invitation = services.invite_member(
        actor=alice, organization_id=organization.pk, email=email, role=role, at=at
    )
    return alice, organization, invitation


def kinds() -> list[str]:
    return list(AccountEvent.objects.order_by("at", "kind").values_list("kind", flat=True))


def test_an_invitation_becomes_an_account_with_a_verified_address() -> None:
    _, organization, invitation = invite("Bob@Example.org")
    membership = services.accept_invitation(
        token=services.token_of(invitation), user=None, at=AT + timedelta(days=1), **NEWCOMER
    )
    bob = membership.user
    assert (bob.email, bob.display_name, bob.check_password(PASSWORD)) == ("bob@example.org", "bob", True)
    assert (membership.organization, membership.role, membership.ended_at) == (organization, "editor", None)
    assert list(EmailAddress.objects.filter(user=bob).values_list("email", "verified", "primary")) == [
        ("bob@example.org", True, True)
    ]
    assert kinds() == ["invited", "invitation_accepted", "membership_started"]


def test_the_link_is_mailed_and_the_token_is_kept_nowhere() -> None:
    _, _, invitation = invite()
    arguments = {"invitation_id": str(invitation.pk)}
    job = ProcrastinateJob.objects.get(task_name="accounts.send_invitation", args=arguments)
    token = services.token_of(invitation)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_json(i)::text FROM accounts_invitation AS i")
        (row,) = cursor.fetchone()
    assert token not in row
    tasks.send_invitation(**job.args)
    (message,) = mail.outbox
    assert message.to == ["bob@example.org"]
    assert f"/desk/invitations/{token}/" in message.body
    assert "ひだまりの会の「掲載担当」" in message.body


def test_nothing_is_mailed_for_an_invitation_that_was_taken_back() -> None:
    alice, _, invitation = invite()
    services.revoke_invitation(actor=alice, invitation_id=invitation.pk, at=AT)
    tasks.send_invitation(str(invitation.pk))
    assert mail.outbox == []


def test_only_administrators_of_the_organization_invite() -> None:
    alice, organization, _ = invite()
    bob = make_member("bob", Role.EDITOR, organization)
    charlie = make_member("charlie", Role.ADMIN)
    for actor in (bob, charlie):
        with pytest.raises(PermissionDenied):
            services.invite_member(
                actor=actor, organization_id=organization.pk, email="d@example.org", role=Role.VIEWER, at=AT
            )
    with pytest.raises(PermissionDenied):
        services.invite_member(
            actor=alice, organization_id=uuid4(), email="d@example.org", role=Role.VIEWER, at=AT
        )


def test_a_token_works_once() -> None:
    _, _, invitation = invite()
    token = services.token_of(invitation)
    services.accept_invitation(token=token, user=None, at=AT, **NEWCOMER)
    bob = User.objects.get(email="bob@example.org")
    for user in (None, bob):
        with pytest.raises(services.InvitationClosed):
            services.accept_invitation(token=token, user=user, at=AT, **NEWCOMER)
    assert Membership.objects.filter(user=bob).count() == 1


def test_a_token_expires_to_the_second() -> None:
    _, _, invitation = invite()
    token = services.token_of(invitation)
    with pytest.raises(services.InvitationClosed):
        services.accept_invitation(token=token, user=None, at=AT + timedelta(days=7), **NEWCOMER)
    services.accept_invitation(token=token, user=None, at=AT + timedelta(days=7, microseconds=-1), **NEWCOMER)


def test_only_the_newest_link_opens() -> None:
    alice, organization, first = invite()
    second = services.invite_member(
        actor=alice, organization_id=organization.pk, email="bob@example.org", role=Role.EDITOR, at=AT
    )
    with pytest.raises(services.InvitationClosed):
        services.accept_invitation(token=services.token_of(first), user=None, at=AT, **NEWCOMER)
    services.accept_invitation(token=services.token_of(second), user=None, at=AT, **NEWCOMER)


def test_somebody_elses_token_is_refused() -> None:
    _, _, invitation = invite()
    charlie = make_user("charlie")
    with pytest.raises(services.InvitationForSomebodyElse):
        services.accept_invitation(token=services.token_of(invitation), user=charlie, at=AT)
    assert Membership.objects.filter(user=charlie).count() == 0


def test_a_known_address_must_sign_in_first() -> None:
    bob = make_user("bob", email="bob@example.org", password=PASSWORD)
    _, organization, invitation = invite()
    token = services.token_of(invitation)
    with pytest.raises(services.InvitationForSomebodyElse):
        services.accept_invitation(
            token=token, user=None, at=AT, display_name="eve", password="another-one-12"
        )
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)
    assert services.accept_invitation(token=token, user=bob, at=AT).organization == organization


def test_weak_passwords_are_refused_and_nothing_is_kept() -> None:
    _, _, invitation = invite()
    for weak in ("short", "passwordpassword"[:8], "bob@example.org"):
        with pytest.raises(services.PasswordTooWeak):
            services.accept_invitation(
                token=services.token_of(invitation), user=None, at=AT, display_name="bob", password=weak
            )
    invitation.refresh_from_db()
    assert invitation.accepted_at is None
    assert not User.objects.filter(email="bob@example.org").exists()


def test_who_holds_the_role_is_not_invited_again() -> None:
    alice, organization, _ = invite()
    with pytest.raises(services.AlreadyAMember):
        services.invite_member(
            actor=alice, organization_id=organization.pk, email=alice.email.upper(), role=Role.ADMIN, at=AT
        )


def test_taking_back_can_be_undone_for_ten_minutes() -> None:
    alice, _, invitation = invite()
    token = services.token_of(invitation)
    services.revoke_invitation(actor=alice, invitation_id=invitation.pk, at=AT)
    with pytest.raises(services.InvitationClosed):
        services.accept_invitation(token=token, user=None, at=AT, **NEWCOMER)
    with pytest.raises(services.InvitationClosed):
        services.revoke_invitation(actor=alice, invitation_id=invitation.pk, at=AT)
    with pytest.raises(services.CannotRestore):
        services.restore_invitation(
            actor=alice, invitation_id=invitation.pk, at=AT + timedelta(minutes=10, seconds=1)
        )
    services.restore_invitation(actor=alice, invitation_id=invitation.pk, at=AT + timedelta(minutes=10))
    services.accept_invitation(token=token, user=None, at=AT, **NEWCOMER)


def test_an_undo_does_not_overtake_a_newer_invitation() -> None:
    alice, organization, first = invite()
    services.revoke_invitation(actor=alice, invitation_id=first.pk, at=AT)
    services.invite_member(
        actor=alice, organization_id=organization.pk, email="bob@example.org", role=Role.EDITOR, at=AT
    )
    with pytest.raises(services.CannotRestore):
        services.restore_invitation(actor=alice, invitation_id=first.pk, at=AT)


def test_an_outsider_does_not_find_the_invitation() -> None:
    _, _, invitation = invite()
    charlie = make_member("charlie")
    for service in (services.revoke_invitation, services.restore_invitation):
        with pytest.raises(Invitation.DoesNotExist):
            service(actor=charlie, invitation_id=invitation.pk, at=AT)


@pytest.mark.django_db(transaction=True)
def test_of_two_acceptances_at_once_one_wins() -> None:
    bob = make_user("bob", email="bob@example.org")
    _, _, invitation = invite()
    token = services.token_of(invitation)
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def accept() -> None:
        start.wait()
        try:
            services.accept_invitation(token=token, user=bob, at=AT)
            outcomes.append("accepted")
        except services.InvitationClosed:
            outcomes.append("closed")
        finally:
            connection.close()

    threads = [threading.Thread(target=accept) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted", "closed"]
    assert Membership.objects.filter(user=bob).count() == 1
    assert AccountEvent.objects.filter(kind=AccountEvent.Kind.MEMBERSHIP_STARTED, user=bob).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_invitations_of_a_newcomer_accepted_at_once_one_makes_the_account() -> None:
    """Two organisations invite the same address, and both links are opened."""
    (_, _, first), (_, _, second) = invite(), invite()
    assert first.email == second.email
    outcomes: list[str] = []

    def accept_second() -> None:
        try:
            services.accept_invitation(token=services.token_of(second), user=None, at=AT, **NEWCOMER)
            outcomes.append("accepted")
        except services.InvitationForSomebodyElse:
            outcomes.append("sign in first")
        finally:
            connection.close()

    other = threading.Thread(target=accept_second)
    with transaction.atomic():
        services.accept_invitation(token=services.token_of(first), user=None, at=AT, **NEWCOMER)
        other.start()
        time.sleep(0.5)  # by now it waits for us in the unique constraint
    other.join()
    assert outcomes == ["sign in first"]
    assert User.objects.filter(email=first.email).count() == 1
    second.refresh_from_db()
    assert second.accepted_at is None


# -- the page ------------------------------------------------------------------------------------------------


def address(invitation: Invitation) -> str:
    return f"/desk/invitations/{services.token_of(invitation)}/"


def test_a_newcomer_accepts_on_the_page_and_then_logs_in(client: Client) -> None:
    _, organization, invitation = invite(at=timezone.now())
    page = client.get(address(invitation))
    assert page.status_code == 200
    assert organization.name in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    response = client.post(address(invitation), NEWCOMER)
    assert (response.status_code, response["Location"]) == (302, "/desk/")
    assert Membership.objects.filter(user__email="bob@example.org", role="editor").exists()
    assert "_auth_user_id" not in client.session


def test_the_page_shows_what_is_wrong_with_a_password(client: Client) -> None:
    _, _, invitation = invite(at=timezone.now())
    response = client.post(address(invitation), {"display_name": "bob", "password": "short"})
    assert response.status_code == 422
    assert "12" in response.content.decode()
    empty = client.post(address(invitation), {})
    assert empty.status_code == 422
    assert not User.objects.filter(email="bob@example.org").exists()


def test_used_links_say_so_and_unknown_ones_do_not_exist(client: Client) -> None:
    _, _, invitation = invite(at=timezone.now())
    client.post(address(invitation), NEWCOMER)
    assert client.get(address(invitation)).status_code == 410
    assert client.post(address(invitation), NEWCOMER).status_code == 410
    assert client.get("/desk/invitations/unknown/").status_code == 404


def test_somebody_else_is_told_so_on_the_page(client: Client) -> None:
    _, _, invitation = invite(at=timezone.now())
    make_user("bob", email="bob@example.org")
    sign_in(client, make_member("charlie", Role.VIEWER, make_organization("別の会")))
    response = client.post(address(invitation))
    assert response.status_code == 422
    assert "あてではありません" in response.content.decode()
    assert not Membership.objects.filter(user__email="bob@example.org").exists()


def test_a_member_of_another_organization_accepts_when_signed_in(client: Client) -> None:
    _, organization, invitation = invite(at=timezone.now())
    bob = make_user("bob", email="bob@example.org")
    make_membership(bob, make_organization("別の会"), Role.VIEWER)
    sign_in(client, bob)
    assert client.post(address(invitation)).status_code == 302
    assert set(bob.memberships.values_list("organization__name", "role")) == {
        ("別の会", "viewer"),
        (organization.name, "editor"),
    }


def test_a_desk_that_was_left_alone_accepts_nothing(client: Client) -> None:
    bob = make_user("bob", email="bob@example.org")
    _, _, invitation = invite(at=timezone.now())
    sign_in(client, bob)
    session = client.session
    session[SEEN] = int((timezone.now() - IDLE - timedelta(seconds=5)).timestamp())
    session.save()
    response = client.post(address(invitation))
    assert response.status_code == 422
    assert not bob.memberships.exists()
    assert client.get("/desk/").status_code == 302
