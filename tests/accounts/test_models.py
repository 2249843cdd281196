"""What the database itself refuses."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories import AT, make_member, make_membership, make_organization, make_reading, make_user
from tsunagari.accounts.models import AccountEvent, Organization, RecordReading, Role, User
from tsunagari.accounts.services import record_event

pytestmark = pytest.mark.django_db


def test_one_address_is_one_person_whatever_its_case() -> None:
    make_user(email="alice@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(email="Alice@Example.ORG", display_name="alice")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="BOB@example.org", display_name="bob")


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("", True),
        ("7000012050002", True),  # 国税庁, as published
        ("1180301018771", True),  # トヨタ自動車, as published
        ("8000012050002", False),
        ("7000012050003", False),
        ("0000012050002", False),
        ("700001205000", False),
        ("７０００012050002", False),
        ("abc", False),
    ],
)
def test_corporate_numbers_have_a_check_digit(number: str, valid: bool) -> None:
    if valid:
        assert make_organization(corporate_number=number).corporate_number == number
        return
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Organization.objects.create(name="x", kind=Organization.Kind.NPO, corporate_number=number)
    assert "corporate_number" in str(error.value)


def test_a_role_is_held_once_at_a_time_but_again_later() -> None:
    first = make_membership(role=Role.EDITOR)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_membership(first.user, first.organization, Role.EDITOR)
    first.ended_at = AT
    first.save(update_fields=["ended_at"])
    make_membership(first.user, first.organization, Role.EDITOR)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_membership(role=Role.VIEWER, started_at=AT, ended_at=AT - timedelta(seconds=1))


@pytest.mark.parametrize("statement", ["UPDATE {} SET request_id = 'x'", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["accounts_recordreading", "accounts_accountevent"])
def test_ledgers_only_grow(table: str, statement: str) -> None:
    alice = make_member("alice")
    make_reading(alice, make_organization())
    record_event(kind=AccountEvent.Kind.LOGGED_IN, at=AT, user=alice)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))
    assert RecordReading.objects.count() == 1
    assert AccountEvent.objects.count() == 1


def test_a_failed_login_cannot_name_anybody() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        record_event(kind=AccountEvent.Kind.LOGIN_FAILED, at=AT, user=make_user())
