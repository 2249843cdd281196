"""How everything begins in production: an organisation and its first administrator."""

import re

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.factories import make_organization, make_user
from tsunagari.accounts import tasks
from tsunagari.accounts.models import Organization, User

pytestmark = pytest.mark.django_db

ARGUMENTS = {
    "name": "ひだまりの会",
    "kind": "npo",
    "email": "Alice@Example.org",
    "administrator": "alice",
    "verbosity": 0,
}


def test_the_first_administrator_chooses_a_password_by_mail(client: Client) -> None:
    call_command("found_organization", **ARGUMENTS)
    alice = User.objects.get(email="alice@example.org")
    assert not alice.has_usable_password()
    assert list(alice.memberships.values_list("organization__name", "role")) == [("ひだまりの会", "admin")]
    job = ProcrastinateJob.objects.filter(task_name="accounts.send_password_reset").latest("id")
    tasks.send_password_reset(**job.args)
    (path,) = re.findall(r"https?://[^/\s]+(/desk/password/reset/\S+)", mail.outbox[0].body)
    form = client.get(path)["Location"]
    new = "hoshi-kaze-tsuki-83"
    assert client.post(form, {"password1": new, "password2": new}).status_code == 302
    assert client.post("/desk/login/", {"login": alice.email, "password": new})["Location"] == "/desk/"
    # an administrator's first page is the second factor's
    assert client.get("/desk/")["Location"] == "/desk/security/"


def test_somebody_known_keeps_the_account() -> None:
    alice = make_user("alice", email="alice@example.org", password="mizu-umi-hikari-29")
    call_command("found_organization", **ARGUMENTS)
    assert alice.memberships.get().role == "admin"
    alice.refresh_from_db()
    assert alice.check_password("mizu-umi-hikari-29")


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "no address"},
        {"area": "999999"},
        {"corporate_number": "123"},
        {"corporate_number": "7000012050002"},
    ],
)
def test_mistakes_leave_nothing_behind(wrong: dict[str, str]) -> None:
    make_organization(corporate_number="7000012050002")
    before = Organization.objects.count()  # other tests of the run may have loaded the directory
    with pytest.raises(CommandError):
        call_command("found_organization", **{**ARGUMENTS, **wrong})
    assert Organization.objects.count() == before
    assert not User.objects.exists()
