"""A version's life: the table, the blockers, what the database refuses."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.factories import AT
from tests.plan.scenes import PlanScene, make_plan_scene
from tests.plan.test_editing import target
from tsunagari.council.models import Body, Motion, Succession
from tsunagari.plan.models import Block, MeasureText, Plan, PlanVersion, Responsibility, VersionEvent
from tsunagari.plan.services import states
from tsunagari.plan.services.blockers import blockers_of
from tsunagari.plan.services.editing import NotEditable
from tsunagari.plan.services.states import BY_HAND, TRANSITIONS, NotReady, WrongState

pytestmark = pytest.mark.django_db
State = PlanVersion.State


@pytest.fixture
def scene() -> PlanScene:
    return make_plan_scene()


def take(scene: PlanScene, step: str) -> PlanVersion:
    fields = {"actor": scene.alice, "version_id": scene.version.pk, "at": AT + timedelta(hours=2)}
    if step == "back_to_draft":
        fields["reason"] = "直す"
    if step == "enter_into_force":
        fields["on"] = date(2026, 11, 24)
    return getattr(states, step)(**fields)


def put(scene: PlanScene, state: str) -> None:
    """Bring the version to a state through the services."""
    if state == State.DRAFT:
        return
    states.write_no_target_reason(actor=scene.alice, version_id=scene.version.pk, reason="施行前")
    take(scene, "consult")
    if state == State.CONSULTATION:
        return
    states.finish(actor=scene.alice, version_id=scene.version.pk, at=AT)
    if state == State.FINAL_DRAFT:
        return
    states.bind_motion(actor=scene.alice, version_id=scene.version.pk, motion_id=scene.passed_motion().pk)
    take(scene, "decide")
    if state == State.DECIDED:
        return
    take(scene, "enter_into_force")
    if state == State.SUPERSEDED:
        old = scene.version
        scene.version = states.begin_version(actor=scene.alice, plan_id=scene.plan.pk, title="次", at=AT)
        put(scene, State.IN_FORCE)
        scene.version = old


@pytest.mark.parametrize("state", State.values)
def test_the_table_is_all_of_it(scene: PlanScene, state: str):
    put(scene, state)
    scene.version.refresh_from_db()
    assert scene.version.state == state
    for step in BY_HAND:
        if state in TRANSITIONS[step].start:
            continue
        with pytest.raises(WrongState):
            take(scene, step)
    scene.version.refresh_from_db()
    assert scene.version.state == state


def test_each_missing_target_is_told_with_a_link(scene: PlanScene):
    scene.save("M01", targets=[target()])
    scene.save("M02", targets=[target(deadline_on="")])
    scene.save("M03", no_target_reason="調査のあとで定める。")
    found = [each for each in blockers_of(scene.version) if each.code == "target"]
    told = {each.sentence[:3] for each in found}
    assert told == {f"M{number:02d}" for number in range(1, 17)} - {"M01", "M03"}
    assert str(scene.text("M02").pk) in found[0].url
    assert found[0].url.endswith("#targets")


def test_without_its_motion_nothing_is_decided(scene: PlanScene):
    put(scene, State.FINAL_DRAFT)
    with pytest.raises(NotReady) as refused:
        take(scene, "decide")
    assert [each.code for each in refused.value.blockers] == ["motion"]
    open_one = scene.passed_motion(state=Motion.State.OPEN, closed_at=None, result="")
    states.bind_motion(actor=scene.alice, version_id=scene.version.pk, motion_id=open_one.pk)
    with pytest.raises(NotReady, match="1つ"):
        take(scene, "decide")
    Motion.objects.filter(pk=open_one.pk).update(
        state="passed", closed_at=AT + timedelta(hours=1), result="了承"
    )
    version = take(scene, "decide")
    assert (version.state, version.decided_on) == ("decided", date(2026, 11, 24))
    assert version.published_at == AT + timedelta(hours=2)


def test_a_motion_decides_the_text_that_the_council_has_seen(scene: PlanScene):
    put(scene, State.FINAL_DRAFT)
    motion = scene.passed_motion()
    states.bind_motion(actor=scene.alice, version_id=scene.version.pk, motion_id=motion.pk)
    late = AT + timedelta(hours=3)
    states.back_to_draft(actor=scene.alice, version_id=scene.version.pk, reason="直す", at=late)
    states.consult(actor=scene.alice, version_id=scene.version.pk, at=late)
    states.finish(actor=scene.alice, version_id=scene.version.pk, at=late)
    # going back let the motion go; bound again it is still older than this final draft
    assert PlanVersion.objects.get(pk=scene.version.pk).motion is None
    states.bind_motion(actor=scene.alice, version_id=scene.version.pk, motion_id=motion.pk)
    scene.version.refresh_from_db()
    assert [each.code for each in blockers_of(scene.version)] == ["motion"]


def test_a_body_that_has_been_succeeded_does_not_decide(scene: PlanScene):
    put(scene, State.FINAL_DRAFT)
    motion = scene.passed_motion()
    states.bind_motion(actor=scene.alice, version_id=scene.version.pk, motion_id=motion.pk)
    scene.version.refresh_from_db()
    assert blockers_of(scene.version) == []
    assert scene.body is not None
    later = Body.objects.create(
        name="推進本部",
        classification=Body.Classification.HEADQUARTERS,
        founding_on=date(2024, 4, 1),
        secretariat=scene.plan.secretariat,
    )
    Succession.objects.create(predecessor=scene.body, successor=later, on=date(2024, 4, 1))
    scene.version.refresh_from_db()
    assert [each.code for each in blockers_of(scene.version)] == ["body"]


@pytest.mark.parametrize(
    "fields",
    [
        {"classification": Motion.Classification.OTHER},
        {"state": Motion.State.FAILED, "result": "否決"},
        {"state": Motion.State.WITHDRAWN, "result": "取り下げ"},
    ],
)
def test_a_motion_on_something_else_is_not_bound(scene: PlanScene, fields: dict[str, str]):
    motion = scene.passed_motion(**fields)
    with pytest.raises(states.MotionNotOurs):
        states.bind_motion(actor=scene.alice, version_id=scene.version.pk, motion_id=motion.pk)


def test_a_motion_decides_one_version(scene: PlanScene):
    scene.decided()
    used = PlanVersion.objects.get(pk=scene.version.pk).motion
    assert used is not None
    following = states.begin_version(actor=scene.alice, plan_id=scene.plan.pk, title="次", at=AT)
    with pytest.raises(states.MotionNotOurs):
        states.bind_motion(actor=scene.alice, version_id=following.pk, motion_id=used.pk)


def test_only_the_secretariat_moves_a_version(scene: PlanScene):
    for actor in (scene.bob, scene.charlie):
        with pytest.raises(PlanVersion.DoesNotExist):
            states.consult(actor=actor, version_id=scene.version.pk, at=AT)
        with pytest.raises(PlanVersion.DoesNotExist):
            states.write_no_target_reason(actor=actor, version_id=scene.version.pk, reason="a")
        with pytest.raises(Plan.DoesNotExist):
            states.begin_version(actor=actor, plan_id=scene.plan.pk, title="a", at=AT)


def test_a_final_draft_stands_until_it_goes_back(scene: PlanScene):
    put(scene, State.FINAL_DRAFT)
    with pytest.raises(NotEditable):
        scene.save("M07", situation="あとから。")
    with pytest.raises(states.ReasonMissing):
        states.back_to_draft(actor=scene.alice, version_id=scene.version.pk, reason=" ", at=AT)
    take(scene, "back_to_draft")
    scene.save("M07", situation="直した。")


def test_a_decided_text_is_kept_by_the_database(scene: PlanScene):
    scene.save("M07", situation="電話がある。")
    scene.decided()
    text = scene.text("M07")
    with pytest.raises(MeasureText.DoesNotExist):
        scene.save("M07", situation="変える。")
    for change in (
        lambda: Block.objects.filter(measure_text=text).update(text="変える。"),
        lambda: Block.objects.filter(measure_text=text).delete(),
        lambda: MeasureText.objects.filter(pk=text.pk).update(title="変える"),
        lambda: Responsibility.objects.filter(measure_text=text).delete(),
        lambda: text.policies.clear(),
        lambda: Block.objects.create(
            version=scene.version, measure_text=text, section="goal", position=1, text="足す。"
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_the_next_version_takes_the_place_of_the_one_before(scene: PlanScene):
    old = scene.version
    scene.next_version()
    with pytest.raises(states.InWorkAlready):
        states.begin_version(actor=scene.alice, plan_id=scene.plan.pk, title="もうひとつ", at=AT)
    put(scene, State.DECIDED)
    with pytest.raises(states.BadDay):
        states.enter_into_force(actor=scene.alice, version_id=scene.version.pk, on=date(2026, 11, 23), at=AT)
    with pytest.raises(states.BadDay):
        states.enter_into_force(actor=scene.alice, version_id=scene.version.pk, on=date(2026, 12, 24), at=AT)
    take(scene, "enter_into_force")
    old.refresh_from_db()
    assert (old.state, old.superseded_on) == ("superseded", date(2026, 11, 24))
    steps = list(VersionEvent.objects.filter(version=old).values_list("step", flat=True))
    assert "supersede" in steps


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "decided"},
        {"state": "in_force", "decided_on": date(2026, 1, 1)},
        {"decided_on": date(2026, 1, 1)},
        {"number": 0},
        {"state": "approved"},
        {
            "state": "in_force",
            "decided_on": date(2026, 1, 2),
            "in_force_on": date(2026, 1, 1),
        },
    ],
)
def test_the_database_refuses_impossible_versions(scene: PlanScene, fields: dict[str, object]):
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanVersion.objects.filter(pk=scene.version.pk).update(**fields)
