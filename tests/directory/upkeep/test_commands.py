"""The demo's entries, and who runs the platform."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.directory.upkeep.conftest import Scene
from tests.factories import AT, make_organization
from tsunagari.accounts.management.commands.demo_accounts import create_demo, secrets_of_installation
from tsunagari.accounts.models import Organization
from tsunagari.directory.models import MistakeReport, Operator, Revision, Service


def test_a_newcomer_finds_entries_a_draft_and_a_late_report(scene: Scene, settings: Settings, tmp_path: Path):
    settings.PASSWORD_HASHERS = ["tests.accounts.hashers.QuickArgon2"]
    create_demo(secrets_of_installation(tmp_path / "accounts.txt"), renew=False, at=AT)
    for _ in range(2):
        call_command("demo_entries")
    npo = Organization.objects.get(name="NPO法人デモのいばしょ")
    assert npo.services.count() == 2
    assert list(Revision.objects.filter(organization=npo).values_list("state", flat=True)) == ["in_review"]
    assert MistakeReport.objects.filter(service__organization=npo).count() == 1
    assert Operator.objects.filter(organization__name="デモ省 孤独・孤立対策室").exists()
    # whoever deletes one keeps it deleted
    npo.services.filter(kind="place").delete()
    call_command("demo_entries")
    assert npo.services.count() == 1


def test_no_demo_entries_in_production(scene: Scene, settings: Settings):
    settings.PRODUCTION = True
    before = Service.objects.count()
    with pytest.raises(CommandError):
        call_command("demo_entries")
    assert Service.objects.count() == before


def test_who_runs_the_platform_is_named_listed_and_taken_away(scene: Scene):
    for name in ("運営する会", "同じ名前の会", "同じ名前の会"):
        make_organization(name)
    said = StringIO()
    call_command("run_platform", "運営する会", stdout=said)
    assert "運営する会" in said.getvalue()
    call_command("run_platform", str(scene.organization.pk))
    call_command("run_platform", "運営する会", "--remove")
    names = set(Operator.objects.values_list("organization__name", flat=True))
    assert names == {"つながり運営室", scene.organization.name}
    for unclear in ("同じ名前の会", "ない会"):
        with pytest.raises(CommandError):
            call_command("run_platform", unclear)
