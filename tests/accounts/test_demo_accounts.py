"""The demo's staff."""

import io
import json
import re
import stat
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from tsunagari.accounts.models import MFA_ROLES, Membership, Organization, Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def var(tmp_path: Path, settings: Settings) -> Path:
    settings.VAR_DIR = tmp_path
    cache.clear()
    return tmp_path


def printed() -> str:
    out = io.StringIO()
    call_command("demo_accounts", stdout=out)
    return out.getvalue()


def test_there_is_an_organization_of_each_kind_and_somebody_in_each_role(var: Path) -> None:
    others = set(Organization.objects.values_list("pk", flat=True))  # of the directory, if a test loaded it
    printed()
    made = Organization.objects.exclude(pk__in=others)
    assert set(made.values_list("kind", flat=True)) == set(Organization.Kind.values)
    assert set(Membership.objects.values_list("role", flat=True)) == set(Role.values)
    for organization in made:
        assert organization.memberships.filter(role=Role.ADMIN).exists()


def test_the_secrets_are_random_stable_and_kept_from_others(var: Path) -> None:
    first = printed()
    assert printed() == first
    assert User.objects.count() == len(Role)
    file = var / "demo-accounts.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert len({secret["password"] for secret in kept.values()}) == len(Role)
    file.unlink()
    second = printed()
    assert not {secret["password"] for secret in kept.values()} & set(re.split(r"\s+", second))


@pytest.mark.parametrize("role", list(Role))
def test_a_person_can_log_in_with_what_is_printed(var: Path, client: Client, role: Role) -> None:
    printed()
    (var / "demo-accounts.txt").unlink()  # as when the folder is lost but the database is not
    lines = printed().splitlines()
    (number,) = [i for i, line in enumerate(lines) if f"  {role.label}\t" in line]
    _, email, password = lines[number].split("\t")
    response = client.post("/desk/login/", {"login": email, "password": password})
    if role in MFA_ROLES:
        secret = lines[number + 1].split(": ")[1]
        assert f"secret={secret}" in lines[number + 2]
        assert lines[number + 2].strip().startswith("otpauth://totp/")
        code = format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))
        response = client.post(response["Location"], {"code": code})
    assert response["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200


def test_production_refuses(var: Path, settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError):
        printed()
    assert User.objects.count() == 0
    assert list(var.iterdir()) == []
