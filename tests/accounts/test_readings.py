"""Who saw what: the ledger and its pages."""

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.factories import (
    AT,
    make_member,
    make_membership,
    make_organization,
    make_reading,
    make_user,
    sign_in,
)
from tsunagari.accounts import selectors, services
from tsunagari.accounts.models import AccountEvent, RecordReading, Role
from tsunagari.core.logs import request_id
from tsunagari.core.tables.formulas import harmless

pytestmark = pytest.mark.django_db

PAGE = "/desk/readings/"


def test_a_reading_says_who_for_whom_what_and_why() -> None:
    bob = make_member("bob", Role.COUNSELLOR)
    organization = bob.memberships.get().organization
    case, person = uuid4(), uuid4()
    token = request_id.set("0123456789abcdef")
    try:
        services.record_reading(
            actor=bob,
            organization=organization,
            subject_type="casework.case",
            subject_id=case,
            person_ref=person,
            basis="consent",
            at=AT,
        )
    finally:
        request_id.reset(token)
    reading = RecordReading.objects.get()
    assert (reading.actor, reading.organization, reading.subject_type, reading.subject_id) == (
        bob,
        organization,
        "casework.case",
        case,
    )
    assert (reading.person_ref, reading.basis, reading.at) == (person, "consent", AT)
    assert reading.request_id == "0123456789abcdef"


def test_nobody_reads_for_an_organization_they_do_not_belong_to() -> None:
    charlie = make_member("charlie", Role.COUNSELLOR)
    former = make_organization("前の会")
    make_membership(charlie, former, Role.COUNSELLOR, ended_at=AT)
    for organization in (make_organization(), former):
        with pytest.raises(PermissionDenied):
            services.record_reading(
                actor=charlie,
                organization=organization,
                subject_type="casework.case",
                subject_id=uuid4(),
                person_ref=None,
                basis="consent",
                at=AT,
            )
    assert RecordReading.objects.count() == 0


@pytest.mark.parametrize("role", list(Role))
def test_only_privacy_officers_and_administrators_see_their_own_ledger(role: Role) -> None:
    bob = make_member("bob", Role.COUNSELLOR, second_factor=False)
    own = bob.memberships.get().organization
    reading = make_reading(bob, own)
    make_reading(make_user("eve"), make_organization("別の会"))
    viewer = make_member("alice", role, own, second_factor=False)
    expected = [reading] if role in {Role.ADMIN, Role.PRIVACY_OFFICER} else []
    assert list(selectors.readings_visible_to(viewer)) == expected


def test_ended_officers_and_outsiders_see_nothing() -> None:
    bob = make_member("bob", Role.COUNSELLOR, second_factor=False)
    own = bob.memberships.get().organization
    make_reading(bob, own)
    former = make_membership(make_user("past"), own, Role.PRIVACY_OFFICER, ended_at=AT).user
    charlie = make_member("charlie", Role.PRIVACY_OFFICER, second_factor=False)
    assert list(selectors.readings_visible_to(former)) == []
    assert list(selectors.readings_visible_to(charlie)) == []
    assert list(selectors.colleagues_in_ledger(charlie)) == [charlie]


def test_the_newest_reading_comes_first_and_filters_narrow() -> None:
    alice = make_member("alice", second_factor=False)
    own = alice.memberships.get().organization
    bob, dora = (make_member(name, Role.COUNSELLOR, own, second_factor=False) for name in ("bob", "dora"))
    person = uuid4()
    old = make_reading(bob, own, person_ref=person, at=AT - timedelta(days=2))
    new = make_reading(dora, own, at=AT)
    middle = make_reading(dora, own, person_ref=person, at=AT - timedelta(days=1))
    find = selectors.readings_visible_to
    assert list(find(alice)) == [new, middle, old]
    assert list(find(alice, selectors.ReadingFilter(person_ref=person))) == [middle, old]
    assert list(find(alice, selectors.ReadingFilter(actor_id=dora.pk))) == [new, middle]
    assert list(find(alice, selectors.ReadingFilter(since=middle.at, until=new.at))) == [middle]


# -- pages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_as_many_queries_for_one_as_for_three(
    client: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    alice = make_member("alice", Role.PRIVACY_OFFICER)
    own = alice.memberships.get().organization
    for number in range(rows):
        make_reading(make_member(f"bob{number}", Role.COUNSELLOR, own), own)
    sign_in(client, alice)
    # session, user, memberships, second factor; count, readings, names to choose from
    with django_assert_num_queries(7):
        page = client.get(PAGE)
    assert page.content.decode().count("casework.case") == rows


def test_the_page_shows_only_the_own_organization(client: Client) -> None:
    alice = make_member("alice", Role.PRIVACY_OFFICER)
    own = alice.memberships.get().organization
    make_reading(make_member("bob", Role.COUNSELLOR, own), own, basis="emergency")
    charlie = make_member("charlie", Role.COUNSELLOR)
    other = make_reading(charlie, charlie.memberships.get().organization, basis="report_abuse")
    sign_in(client, alice)
    content = client.get(PAGE).content.decode()
    assert "emergency" in content
    assert "report_abuse" not in content
    assert str(charlie.pk) not in content
    assert "report_abuse" not in client.get(PAGE, {"person": str(other.person_ref)}).content.decode()
    # a colleague's id of elsewhere is no choice
    assert client.get(PAGE, {"colleague": str(charlie.pk)}).status_code == 422
    assert "report_abuse" not in client.post(f"{PAGE}export/").content.decode()


def test_days_of_the_filter_are_days_in_tokyo(client: Client) -> None:
    alice = make_member("alice", Role.PRIVACY_OFFICER)
    own = alice.memberships.get().organization
    make_reading(
        alice, own, at=datetime(2026, 11, 23, 14, 59, tzinfo=UTC), basis="before"
    )  # 23:59 on the 23rd
    make_reading(alice, own, at=datetime(2026, 11, 23, 15, 0, tzinfo=UTC), basis="first")  # 0:00 on the 24th
    make_reading(alice, own, at=datetime(2026, 11, 24, 14, 59, tzinfo=UTC), basis="last")
    make_reading(alice, own, at=datetime(2026, 11, 24, 15, 0, tzinfo=UTC), basis="after")
    sign_in(client, alice)
    content = client.get(PAGE, {"since": "2026-11-24", "until": "2026-11-24"}).content.decode()
    assert [word for word in ("before", "first", "last", "after") if f">{word}<" in content] == [
        "first",
        "last",
    ]


@pytest.mark.parametrize(
    "query",
    [
        {"person": "not a number"},
        {"since": "yesterday"},
        {"since": "2026-11-24", "until": "2026-11-23"},
        {"colleague": "' OR 1=1 --"},
        {"since": "9999999-01-01"},
        {"person": "\u0000😀" * 100},
    ],
)
def test_a_bad_filter_is_a_sentence(client: Client, query: dict[str, str]) -> None:
    alice = make_member("alice", Role.PRIVACY_OFFICER)
    make_reading(alice, alice.memberships.get().organization)
    sign_in(client, alice)
    response = client.get(PAGE, query)
    assert response.status_code == 422
    assert 'class="error"' in response.content.decode()
    assert "casework.case" not in response.content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", ""])
def test_a_bad_page_number_shows_a_page(client: Client, page: str) -> None:
    alice = make_member("alice", Role.PRIVACY_OFFICER)
    sign_in(client, alice)
    assert client.get(PAGE, {"page": page}).status_code == 200


def test_paging_keeps_the_filter(client: Client) -> None:
    alice = make_member("alice", Role.PRIVACY_OFFICER)
    own = alice.memberships.get().organization
    person = uuid4()
    for number in range(51):
        make_reading(alice, own, person_ref=person, at=AT + timedelta(seconds=number))
    sign_in(client, alice)
    content = client.get(PAGE, {"person": str(person)}).content.decode()
    assert content.count("casework.case") == 50
    assert f"?person={person}&amp;page=2" in content


def test_the_export_is_the_filtered_ledger_and_is_written_down(client: Client) -> None:
    alice = make_member("alice", Role.PRIVACY_OFFICER)
    own = alice.memberships.get().organization
    formula = make_member("=cmd|' /C calc'!A0", Role.COUNSELLOR, own)
    wanted = make_reading(formula, own)
    make_reading(alice, own)
    sign_in(client, alice)
    response = client.post(f"{PAGE}export/", {"person": str(wanted.person_ref)})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    text = response.content.decode()
    assert text.startswith("\ufeff")
    header, row = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert header[:3] == ["日時", "見た人", "所属"]
    assert row == [
        "2026-11-24 12:00:00",
        "'=cmd|' /C calc'!A0",
        own.name,
        "casework.case",
        str(wanted.subject_id),
        str(wanted.person_ref),
        "consent",
        "",
    ]
    event = AccountEvent.objects.get(kind=AccountEvent.Kind.READINGS_EXPORTED)
    assert (event.actor, event.organization) == (alice, own)


def test_everybody_sees_what_they_read_themselves_and_no_more(client: Client) -> None:
    bob = make_member("bob", Role.COUNSELLOR)
    own = bob.memberships.get().organization
    make_reading(bob, own, basis="consent_of_mine")
    make_reading(make_member("dora", Role.COUNSELLOR, own), own, basis="consent_of_hers")
    sign_in(client, bob)
    content = client.get("/desk/readings/own/").content.decode()
    assert "consent_of_mine" in content
    assert "consent_of_hers" not in content
    assert client.get(PAGE).status_code == 404


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"), ("＝1+1", "'＝1+1"), ("　＠SUM(A1)", "'　＠SUM(A1)"), ("－1", "'－1"),
        ("\n=1", "'\n=1"), ("ひだまりの会", "ひだまりの会"),
        ("", ""), ("2026-11-24 12:00:00", "2026-11-24 12:00:00"),
    ],
)  # fmt: skip
def test_no_cell_of_the_export_begins_like_a_formula(cell: str, shown: str) -> None:
    assert harmless(cell) == shown
