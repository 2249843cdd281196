"""The real plan of ``data/``: what is loaded, that nothing is invented, that people's work stays."""

import json

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, transaction

from tests.factories import AT
from tests.plan.scenes import make_plan_scene
from tsunagari.plan.models import (
    Block,
    Chapter,
    Measure,
    MeasureText,
    Plan,
    PlanVersion,
    SourceDocument,
    SourceOrder,
)
from tsunagari.plan.services.loading import load_plan

pytestmark = pytest.mark.django_db
SOURCE = json.loads((settings.DATA_DIR / "priority_plan.json").read_text(encoding="utf-8"))


def test_everything_of_the_document_is_there_and_nothing_else():
    load_plan(folder=settings.DATA_DIR, at=AT)
    version = PlanVersion.objects.get()
    assert (version.state, version.decided_on, version.number) == ("draft", None, 1)
    assert [chapter.title for chapter in version.chapters.all()] == [
        chapter["title"] for chapter in SOURCE["chapters"]
    ]
    assert [policy.title for policy in version.policies.all()] == [
        policy["title"] for policy in SOURCE["policies"]
    ]
    texts = list(version.measure_texts.select_related("measure").prefetch_related("policies"))
    assert [
        (text.measure.key, text.title, [policy.number for policy in text.policies.all()], text.source)
        for text in texts
    ] == [(row["id"], row["title"], [row["policy"]], row["source"]) for row in SOURCE["measures"]]
    # 現状・課題・目標・対策 have no text in the source, and none here
    assert not Block.objects.exists()
    assert [order.text for order in SourceOrder.objects.all()] == SOURCE["basic_policy_2021"]["orders"]


def test_orders_are_traced_where_the_words_are_the_same():
    load_plan(folder=settings.DATA_DIR, at=AT)
    keys = {
        order.number: sorted(order.measures.values_list("key", flat=True))
        for order in SourceOrder.objects.all()
    }
    assert keys[1] == ["M07", "M08"]
    assert keys[13] == ["M09"]
    assert [number for number, answers in keys.items() if not answers] == [9, 10, 16, 17, 18]
    answered = {key for answers in keys.values() for key in answers}
    assert answered == {row["id"] for row in SOURCE["measures"] if "honebuto2021" in row["source"]}


def test_the_sources_can_be_read_as_they_were_written():
    load_plan(folder=settings.DATA_DIR, at=AT)
    texts = dict(SourceDocument.objects.values_list("key", "text"))
    for row in SOURCE["measures"]:
        assert "p2" not in row["source"] or row["title"] in texts["p2"]
    for order in SOURCE["basic_policy_2021"]["orders"]:
        assert order[:5] in texts["honebuto2021"]
    assert "官民一体で取組を推進する。" in texts["honebuto2021"]


def test_a_second_load_changes_nothing_that_people_wrote():
    scene = make_plan_scene()
    scene.save("M05", title="支援情報が網羅されたサイトの構築", situation="サイトがある。")
    MeasureText.objects.get(version=scene.version, measure__key="M16").delete()
    assert load_plan(folder=settings.DATA_DIR, at=AT) == {}
    assert scene.text("M05").title == "支援情報が網羅されたサイトの構築"
    assert not MeasureText.objects.filter(measure__key="M16").exists()
    order = SourceOrder.objects.get(number=9)
    order.measures.add(Measure.objects.get(key="M13"))
    call_command("load_plan")
    assert list(order.measures.values_list("key", flat=True)) == ["M13"]
    assert Plan.objects.count() == 1


def test_a_key_has_one_measure_and_a_title_is_not_empty():
    scene = make_plan_scene()
    with pytest.raises(IntegrityError), transaction.atomic():
        Measure.objects.create(plan=scene.plan, key="M01")
    with pytest.raises(IntegrityError), transaction.atomic():
        Measure.objects.create(plan=scene.plan, key="X1")
    with pytest.raises(IntegrityError), transaction.atomic():
        MeasureText.objects.filter(measure__key="M01").update(title="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Chapter.objects.create(version=scene.version, number=1, title="二つめ")
