"""Members of an organisation: roles, ends, undo; and their page."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.factories import AT, make_member, make_membership, make_organization, make_user, sign_in
from tsunagari.accounts import services
from tsunagari.accounts.models import AccountEvent, Invitation, Membership, Organization, Role

pytestmark = pytest.mark.django_db


def test_founding_an_organization_gives_it_an_administrator() -> None:
    alice = make_user()
    organization = services.found_organization(
        name="ひだまりの会", kind=Organization.Kind.NPO, administrator=alice, at=AT
    )
    assert list(organization.memberships.values_list("user", "role", "started_at")) == [
        (alice.pk, "admin", AT)
    ]
    with pytest.raises(IntegrityError):
        services.found_organization(
            name="x", kind=Organization.Kind.NPO, administrator=alice, at=AT, corporate_number="123"
        )


def test_a_change_of_role_ends_one_membership_and_starts_another() -> None:
    alice = make_member("alice")
    bob = make_membership(make_user("bob"), alice.memberships.get().organization, Role.VIEWER)
    at = AT + timedelta(hours=1)
    new = services.change_role(actor=alice, membership_id=bob.pk, role=Role.EDITOR, at=at)
    bob.refresh_from_db()
    assert (bob.role, bob.ended_at) == ("viewer", at)
    assert (new.role, new.started_at, new.ended_at) == ("editor", at, None)
    event = AccountEvent.objects.get(kind=AccountEvent.Kind.ROLE_CHANGED)
    assert (event.user, event.actor, event.detail) == (bob.user, alice, {"from": "viewer", "to": "editor"})
    assert services.change_role(actor=alice, membership_id=new.pk, role=Role.EDITOR, at=at) == new
    with pytest.raises(services.MembershipEnded):
        services.change_role(actor=alice, membership_id=bob.pk, role=Role.EDITOR, at=at)


def test_a_role_held_already_is_not_given_twice() -> None:
    alice = make_member("alice")
    organization = alice.memberships.get().organization
    bob = make_user("bob")
    viewer = make_membership(bob, organization, Role.VIEWER)
    make_membership(bob, organization, Role.EDITOR)
    with pytest.raises(services.AlreadyAMember):
        services.change_role(actor=alice, membership_id=viewer.pk, role=Role.EDITOR, at=AT)


def test_the_last_administrator_cannot_leave() -> None:
    alice = make_member("alice")
    own = alice.memberships.get()
    make_member("bob", Role.EDITOR, own.organization)
    make_membership(make_user("gone", active=False), own.organization, Role.ADMIN)
    make_membership(make_user("past"), own.organization, Role.ADMIN, ended_at=AT)
    with pytest.raises(services.LastAdministrator):
        services.end_membership(actor=alice, membership_id=own.pk, at=AT)
    with pytest.raises(services.LastAdministrator):
        services.change_role(actor=alice, membership_id=own.pk, role=Role.VIEWER, at=AT)
    make_member("dora", Role.ADMIN, own.organization)
    services.end_membership(actor=alice, membership_id=own.pk, at=AT)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_both_leave_at_once() -> None:
    organization = make_organization()
    members = [make_membership(make_user(name), organization) for name in ("alice", "bob")]
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def leave(membership: Membership) -> None:
        start.wait()
        try:
            services.end_membership(actor=membership.user, membership_id=membership.pk, at=AT)
            outcomes.append("left")
        except services.LastAdministrator:
            outcomes.append("last")
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=(membership,)) for membership in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["last", "left"]
    assert organization.memberships.filter(ended_at=None).count() == 1


def test_an_end_can_be_undone_for_ten_minutes() -> None:
    alice = make_member("alice")
    bob = make_membership(make_user("bob"), alice.memberships.get().organization, Role.VIEWER)
    services.end_membership(actor=alice, membership_id=bob.pk, at=AT)
    with pytest.raises(services.MembershipEnded):
        services.end_membership(actor=alice, membership_id=bob.pk, at=AT)
    with pytest.raises(services.CannotRestore):
        services.restore_membership(
            actor=alice, membership_id=bob.pk, at=AT + timedelta(minutes=10, seconds=1)
        )
    services.restore_membership(actor=alice, membership_id=bob.pk, at=AT + timedelta(minutes=10))
    with pytest.raises(services.CannotRestore):
        services.restore_membership(actor=alice, membership_id=bob.pk, at=AT)
    kinds = AccountEvent.objects.filter(user=bob.user).order_by("at").values_list("kind", flat=True)
    assert list(kinds) == ["membership_ended", "membership_restored"]


def test_undoing_a_change_of_role_takes_the_new_role_back() -> None:
    """Not both: a demotion that is undone by mistake, or a promotion, must leave one role."""
    alice = make_member("alice")
    organization = alice.memberships.get().organization
    editor = make_membership(make_user("bob"), organization, Role.EDITOR)
    services.change_role(actor=alice, membership_id=editor.pk, role=Role.ADMIN, at=AT)
    services.restore_membership(actor=alice, membership_id=editor.pk, at=AT + timedelta(minutes=1))
    assert [held.role for held in editor.user.memberships.filter(ended_at=None)] == [Role.EDITOR]
    kinds = (
        AccountEvent.objects.filter(user=editor.user).order_by("at", "kind").values_list("kind", flat=True)
    )
    assert list(kinds) == ["role_changed", "membership_ended", "membership_restored"]


def test_undoing_the_promotion_of_the_last_administrator_is_refused() -> None:
    alice = make_member("alice")
    own = alice.memberships.get()
    editor = make_membership(make_user("bob"), own.organization, Role.EDITOR)
    admin = services.change_role(actor=alice, membership_id=editor.pk, role=Role.ADMIN, at=AT)
    services.end_membership(actor=alice, membership_id=own.pk, at=AT)
    with pytest.raises(services.LastAdministrator):
        services.restore_membership(actor=admin.user, membership_id=editor.pk, at=AT)
    editor.refresh_from_db()
    assert editor.ended_at == AT


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMIN])
def test_neither_a_colleague_nor_an_outsider_manages_members(role: Role) -> None:
    target = make_membership()
    actor = make_member("bob", role, target.organization if role == Role.EDITOR else None)
    for service in (services.end_membership, services.restore_membership):
        with pytest.raises(Membership.DoesNotExist):
            service(actor=actor, membership_id=target.pk, at=AT)
    with pytest.raises(Membership.DoesNotExist):
        services.change_role(actor=actor, membership_id=target.pk, role=Role.VIEWER, at=AT)


# -- the page ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [1, 3])
def test_the_page_takes_as_many_queries_for_one_as_for_three(
    client: Client, others: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    alice = make_member("alice")
    organization = alice.memberships.get().organization
    for number in range(others):
        make_member(f"bob{number}", Role.EDITOR, organization)
        services.invite_member(
            actor=alice,
            organization_id=organization.pk,
            email=f"new{number}@example.org",
            role=Role.VIEWER,
            at=timezone.now(),
        )
    sign_in(client, alice)
    # session, user, memberships, second factor; organisation, members, ended, revoked, invitations
    with django_assert_num_queries(9):
        page = client.get(f"/desk/organizations/{organization.pk}/members/")
    content = page.content.decode()
    assert page.status_code == 200
    assert content.count("所属を終わりにする") == others + 1
    assert content.count("招待を取り消す") == others


def test_inviting_ending_and_undoing_on_the_page(client: Client) -> None:
    alice = make_member("alice")
    organization = alice.memberships.get().organization
    bob = make_membership(make_user("bob"), organization, Role.VIEWER)
    sign_in(client, alice)
    base = f"/desk/organizations/{organization.pk}"
    assert (
        client.post(f"{base}/members/invite/", {"email": "new@example.org", "role": "editor"}).status_code
        == 302
    )
    invitation = Invitation.objects.get()
    assert client.post(f"{base}/invitations/{invitation.pk}/revoke/").status_code == 302
    assert "への招待を取り消しました" in client.get(f"{base}/members/").content.decode()
    assert client.post(f"{base}/invitations/{invitation.pk}/restore/").status_code == 302
    assert client.post(f"{base}/members/{bob.pk}/role/", {"role": "editor"}).status_code == 302
    editor = bob.user.memberships.get(ended_at=None)
    assert client.post(f"{base}/members/{editor.pk}/end/").status_code == 302
    assert client.post(f"{base}/members/{editor.pk}/restore/").status_code == 302
    assert bob.user.memberships.get(ended_at=None) == editor


@pytest.mark.parametrize(
    ("path", "data", "sentence"),
    [
        ("invite/", {"email": "no address", "role": "editor"}, "メールアドレス"),
        ("invite/", {"email": "a@example.org", "role": "king"}, "役割"),
        ("{own}/end/", {}, "最後の管理者です"),
        ("{own}/role/", {"role": "viewer"}, "最後の管理者です"),
        ("{own}/role/", {"role": "king"}, "役割を選んでください"),
        ("{own}/restore/", {}, "もう元に戻せません"),
    ],
)
def test_a_broken_rule_is_said_on_the_page(
    client: Client, path: str, data: dict[str, str], sentence: str
) -> None:
    alice = make_member("alice")
    own = alice.memberships.get()
    sign_in(client, alice)
    response = client.post(
        f"/desk/organizations/{own.organization_id}/members/{path.format(own=own.pk)}", data
    )
    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_ids_of_elsewhere_are_not_found(client: Client) -> None:
    alice = make_member("alice")
    organization = alice.memberships.get().organization
    elsewhere = make_membership(make_user("charlie"))
    sign_in(client, alice)
    for pk in (uuid4(), elsewhere.pk):
        for path in (f"members/{pk}/end/", f"members/{pk}/restore/", f"invitations/{pk}/revoke/"):
            assert client.post(f"/desk/organizations/{organization.pk}/{path}").status_code == 404
    elsewhere.refresh_from_db()
    assert elsewhere.ended_at is None


def test_an_administrator_who_steps_down_is_led_home(client: Client) -> None:
    alice = make_member("alice")
    own = alice.memberships.get()
    make_member("bob", Role.ADMIN, own.organization)
    sign_in(client, alice)
    response = client.post(f"/desk/organizations/{own.organization_id}/members/{own.pk}/end/")
    assert (response.status_code, response["Location"]) == (302, "/desk/")
