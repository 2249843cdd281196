"""The secretariat's desk of the council says what blocks the plan's decision."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import sign_in
from tests.plan.scenes import make_plan_scene
from tsunagari.council.blockers import blockers_seen_by
from tsunagari.plan.models import PlanVersion
from tsunagari.plan.waiting import MOST

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_the_secretary_reads_what_is_missing_and_nobody_else():
    scene = make_plan_scene()
    version = PlanVersion.objects.get()
    seen = [each for each in blockers_seen_by(scene.alice, AT) if each.subject == version.title]
    # sixteen measures without a target: ten are named, and how many more there are
    assert len(seen) == MOST + 1
    assert seen[0].sentence.startswith("M01「孤独・孤立の実態把握」")
    assert seen[-1].url == reverse("plan_desk:version", args=[version.pk])
    for other in (scene.bob, scene.charlie):
        assert [each for each in blockers_seen_by(other, AT) if each.subject == version.title] == []
    desk = sign_in(Client(), scene.alice).get(reverse("council_desk:desk")).content.decode()
    assert "M01「孤独・孤立の実態把握」" in desk
