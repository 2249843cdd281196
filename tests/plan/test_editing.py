"""Writing a draft: who may, what cannot stand, two at once, ids that last, splits and merges."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from tests.factories import AT
from tests.plan.scenes import PlanScene, make_plan_scene
from tsunagari.plan.models import Block, Measure, MeasureLineage, MeasureText, PlanVersion, Target
from tsunagari.plan.services import editing, measures
from tsunagari.plan.services.content import NotValid, content_of
from tsunagari.plan.services.editing import EditedMeanwhile

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> PlanScene:
    return make_plan_scene()


def project(**fields: str) -> dict[str, str]:
    return {"project_id": "1234", "name": "相談支援", "fiscal_year": "2027", "amount_yen": ""} | fields


def target(**fields: Any) -> dict[str, Any]:
    return {
        "lineage_id": str(uuid4()), "text": "窓口のある都道府県", "baseline": "", "value": "47",
        "unit": "か所", "begins_on": "", "deadline_on": "2027-03-31",
    } | fields  # fmt: skip


def test_what_is_written_is_what_the_form_holds_again(scene: PlanScene):
    changed = {
        "situation": "# 夜\n\n電話は**少ない**。\n\n- 昼\n- 夜",
        "targets": [target(baseline="１，０００", value="2000.5")],
        "budgets": [
            project(amount_yen="12,000")
        ],
        "ministries": [str(scene.ministry.pk)],
        "lead": str(scene.ministry.pk),
        "policies": [2, 3],
    }  # fmt: skip
    text = scene.save("M06", **changed)
    now = content_of(text)
    assert now["situation"] == changed["situation"]
    assert (now["targets"][0]["baseline"], now["targets"][0]["value"]) == ("1000", "2000.5")
    assert now["budgets"][0]["amount_yen"] == "12000"
    assert (now["lead"], now["policies"]) == (str(scene.ministry.pk), [2, 3])
    assert text.revisions.count() == 2


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"targets": [target(unit="")]}, "単位"),
        ({"targets": [target(begins_on="2027-04-01")]}, "始まりより前"),
        ({"targets": [target(text="")]}, "ことばで"),
        ({"targets": [target(value="たくさん")]}, "数字"),
        ({"targets": [target(value="NaN")]}, "数字"),
        ({"targets": [target(value="1e30")]}, "数字"),
        ({"targets": [target(deadline_on="2027-02-30")]}, "日付"),
        ({"title": " "}, "施策の名前"),
        ({"ministries": [str(uuid4())]}, "府省庁"),
        ({"lead": str(uuid4())}, "とりまとめ"),
        ({"goal": "あ" * 9_001}, "9,000字"),
        ({"budgets": [project(project_id="A1")]}, "予算事業ID"),
        ({"budgets": [project(fiscal_year="令和9")]}, "年度"),
        ({"budgets": [project(amount_yen="-1")]}, "予算額"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_told_and_nothing_is_changed(
    scene: PlanScene, changed: dict[str, Any], word: str
):
    before = content_of(scene.text("M06"))
    with pytest.raises(NotValid, match=word):
        scene.save("M06", **changed)
    assert content_of(scene.text("M06")) == before


def test_who_writes_which_measure(scene: PlanScene):
    scene.save("M07", scene.bob, situation="電話がある。")
    for actor, key in ((scene.bob, "M06"), (scene.charlie, "M07")):
        with pytest.raises(MeasureText.DoesNotExist):
            scene.save(key, actor, situation="わたしの文。")


def test_two_who_write_different_fields_are_put_together(scene: PlanScene):
    text = scene.text("M07")
    seen = content_of(text)
    scene.save("M07", scene.bob, situation="電話がある。")
    saved, joined = editing.save_measure(
        actor=scene.alice, text_id=text.pk, content=seen | {"goal": "夜も開く。"}, revision=0, at=AT
    )
    now = content_of(saved)
    assert joined
    assert (now["situation"], now["goal"]) == ("電話がある。", "夜も開く。")


def test_two_who_write_the_same_field_lose_nothing(scene: PlanScene):
    text = scene.text("M07")
    seen = content_of(text)
    scene.save("M07", scene.bob, situation="電話がある。")
    with pytest.raises(EditedMeanwhile) as refused:
        editing.save_measure(
            actor=scene.alice,
            text_id=text.pk,
            content=seen | {"situation": "電話はない。"},
            revision=0,
            at=AT,
        )
    assert refused.value.fields == ["situation"]
    assert refused.value.theirs["situation"] == "電話がある。"
    assert content_of(scene.text("M07"))["situation"] == "電話がある。"
    # whoever has seen it may save over it, and both are in the revisions
    scene.save("M07", scene.alice, situation="電話はない。")
    written = [row.content["situation"] for row in scene.text("M07").revisions.order_by("number")]
    assert written == ["", "電話がある。", "電話はない。"]


def test_a_chapter_too(scene: PlanScene):
    chapter = scene.version.chapters.get(number=1)
    save = {"actor": scene.alice, "chapter_id": chapter.pk, "at": AT}
    editing.save_chapter(**save, content={"title": "現状", "body": "孤独がある。"}, revision=0)
    with pytest.raises(EditedMeanwhile):
        editing.save_chapter(**save, content={"title": chapter.title, "body": "別の文。"}, revision=0)
    assert Block.objects.get(chapter=chapter).text == "孤独がある。"
    with pytest.raises(type(chapter).DoesNotExist):
        editing.save_chapter(
            actor=scene.bob, chapter_id=chapter.pk, content={"title": "a", "body": ""}, revision=1, at=AT
        )


def test_paragraph_ids_last_through_editing_and_versions(scene: PlanScene):
    scene.save("M07", action="電話を夜も開く。\n\n人を育てる。")
    ids = dict(Block.objects.filter(measure_text=scene.text("M07")).values_list("text", "paragraph_id"))
    scene.next_version()
    scene.save("M07", action="はじめに。\n\n電話とチャットを夜も開く。\n\n人を育てる。")
    blocks = {block.text: block.paragraph_id for block in scene.text("M07").blocks.all()}
    assert blocks["人を育てる。"] == ids["人を育てる。"]
    assert blocks["電話とチャットを夜も開く。"] == ids["電話を夜も開く。"]
    assert Block.objects.filter(paragraph_id=ids["人を育てる。"]).count() == 2


def test_a_target_stays_the_same_row_while_its_words_change(scene: PlanScene):
    scene.save("M07", targets=[target()])
    row = Target.objects.get()
    held = content_of(scene.text("M07"))["targets"]
    scene.save("M07", targets=[held[0] | {"value": "50"}])
    assert Target.objects.get().pk == row.pk
    lineage = row.lineage_id
    scene.next_version()
    assert scene.text("M07").targets.get().lineage_id == lineage
    assert scene.text("M07").targets.get().deadline_on == date(2027, 3, 31)


def test_a_rename_is_noted_once_and_only_against_the_version_before(scene: PlanScene):
    scene.save("M07", title="電話とSNS")
    assert not MeasureLineage.objects.exists()
    scene.next_version()
    scene.save("M07", title="電話・SNS・チャット")
    scene.save("M07", title="電話・チャット")
    (row,) = MeasureLineage.objects.all()
    assert (row.kind, row.before_title, row.after_title) == ("renamed", "電話とSNS", "電話・チャット")
    scene.save("M07", title="電話とSNS")
    assert not MeasureLineage.objects.exists()


def test_a_split_keeps_the_key_and_gives_the_part_a_new_one(scene: PlanScene):
    part = measures.split_measure(actor=scene.alice, text_id=scene.text("M07").pk, title="SNS相談", at=AT)
    assert part.measure.key == "M17"
    assert scene.text("M07").position + 1 == part.position
    (row,) = MeasureLineage.objects.all()
    assert (row.before.key, row.after.key, row.kind) == ("M07", "M17", "split")
    positions = list(scene.version.measure_texts.values_list("position", flat=True))
    assert len(set(positions)) == 17


def test_a_merge_loses_no_words_and_the_key_is_never_used_again(scene: PlanScene):
    scene.save("M06", situation="体制がある。", targets=[target(text="体制")])
    scene.save("M07", situation="電話がある。", targets=[target(text="電話")])
    into = measures.merge_measures(
        actor=scene.alice, text_id=scene.text("M07").pk, into_id=scene.text("M06").pk, at=AT
    )
    now = content_of(into)
    assert now["situation"] == "体制がある。\n\n電話がある。"
    assert [row["text"] for row in now["targets"]] == ["体制", "電話"]
    assert now["ministries"] == [str(scene.ministry.pk)]
    assert not scene.version.measure_texts.filter(measure__key="M07").exists()
    added = measures.add_measure(
        actor=scene.alice, version_id=scene.version.pk, title="あたらしい施策", policies=[1]
    )
    assert added.measure.key == "M17"
    assert Measure.objects.filter(key="M07").exists()
    with pytest.raises(measures.SameMeasure):
        measures.merge_measures(actor=scene.alice, text_id=into.pk, into_id=into.pk, at=AT)


def test_only_the_secretariat_rearranges(scene: PlanScene):
    text = scene.text("M07")
    with pytest.raises(MeasureText.DoesNotExist):
        measures.split_measure(actor=scene.bob, text_id=text.pk, title="a", at=AT)
    with pytest.raises(MeasureText.DoesNotExist):
        measures.leave_out_measure(actor=scene.bob, text_id=text.pk)
    with pytest.raises(PlanVersion.DoesNotExist):
        measures.add_measure(actor=scene.bob, version_id=scene.version.pk, title="a", policies=[])
