"""The form that opens a round on a version, and the button that says what came of it: who may, and when."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_member, make_organization
from tests.plan.scenes import PlanScene, make_plan_scene
from tests.plan.test_desk_pages import desk, version_url, words
from tsunagari.accounts.models import Organization, Role
from tsunagari.council.models import ConsultationRound
from tsunagari.council.services.rounds import answers, asked, life
from tsunagari.plan.services import consulting, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> PlanScene:
    made = make_plan_scene()
    made.at = timezone.now()
    return made


@pytest.fixture
def alice(scene: PlanScene) -> Client:
    return desk(scene.alice)


def in_consultation(scene: PlanScene) -> PlanScene:
    states.consult(actor=scene.alice, version_id=scene.version.pk, at=scene.at)
    return scene


def form(scene: PlanScene, **changed: object) -> dict[str, object]:
    """What a browser sends."""
    closes = timezone.localdate(scene.at) + timedelta(days=7)
    return {
        "kind": "ministry",
        "closes_on": closes.isoformat(),
        "request": "年内に決めたいので、短くてかまいません。",
        "asked": [str(scene.ministry.pk)],
        **changed,
    }


# -- opening -------------------------------------------------------------------------------------------------


def test_the_secretary_opens_a_round_until_the_end_of_a_day(scene: PlanScene, alice: Client):
    in_consultation(scene)
    answer = alice.post(f"{version_url(scene)}ask/", form(scene))
    assert (answer.status_code, answer["Location"]) == (302, version_url(scene))
    round_ = ConsultationRound.objects.get()
    assert (round_.state, round_.kind, round_.document_id) == ("open", "ministry", scene.version.pk)
    assert timezone.localtime(round_.closes_at).strftime("%H:%M:%S") == "23:59:59"
    assert [each.organization for each in round_.addressees.all()] == [scene.ministry]
    # every measure can be commented upon by its name, though nothing else is written of it
    headings = set(round_.paragraphs.values_list("heading", flat=True))
    assert {f"{text.measure.key} {text.title}" for text in scene.version.measure_texts.all()} <= headings
    page = alice.get(version_url(scene))
    assert "意見を聞き始めました。" in words(page)
    assert f"/desk/council/rounds/{round_.pk}/" in page.content.decode()


def test_the_public_is_asked_without_names_about_what_it_can_read(scene: PlanScene, alice: Client):
    in_consultation(scene)
    assert alice.post(f"{version_url(scene)}ask/", form(scene, kind="public")).status_code == 302
    round_ = ConsultationRound.objects.get()
    assert (round_.kind, round_.addressees.count()) == ("public", 0)
    unread = make_unread(scene)
    refused = desk(scene.alice).post(f"/desk/plan/versions/{unread}/ask/", form(scene, kind="public"))
    assert refused.status_code == 409
    assert "意見公募の前に、案を公表してください。" in words(refused)


def make_unread(scene: PlanScene) -> str:
    """The next version, in consultation but not public."""
    life.advance_rounds(at=scene.at + timedelta(days=30))
    round_ = ConsultationRound.objects.get()
    life.begin_responding(actor=scene.alice, round_id=round_.pk, at=scene.at + timedelta(days=30))
    life.finish_round(actor=scene.alice, round_id=round_.pk, at=scene.at + timedelta(days=30))
    consulting.reflect_comments(
        actor=scene.alice, version_id=scene.version.pk, round_id=round_.pk, at=scene.at + timedelta(days=30)
    )
    states.write_no_target_reason(actor=scene.alice, version_id=scene.version.pk, reason="施行前のため。")
    states.finish(actor=scene.alice, version_id=scene.version.pk, at=scene.at + timedelta(days=30))
    day = timezone.localdate(scene.at) + timedelta(days=31)
    motion = scene.passed_motion(day, closed_at=scene.at + timedelta(days=31))
    states.bind_motion(actor=scene.alice, version_id=scene.version.pk, motion_id=motion.pk)
    states.decide(actor=scene.alice, version_id=scene.version.pk, at=scene.at + timedelta(days=32))
    draft = states.begin_version(
        actor=scene.alice, plan_id=scene.plan.pk, title="改定案", at=scene.at + timedelta(days=33)
    )
    states.consult(actor=scene.alice, version_id=draft.pk, at=scene.at + timedelta(days=33))
    return str(draft.pk)


@pytest.mark.parametrize("state", ["draft", "final_draft"])
def test_a_version_that_is_not_in_consultation_asks_nobody(scene: PlanScene, alice: Client, state: str):
    if state == "final_draft":
        states.write_no_target_reason(actor=scene.alice, version_id=scene.version.pk, reason="施行前のため。")
        in_consultation(scene)
        states.finish(actor=scene.alice, version_id=scene.version.pk, at=scene.at)
    assert "意見を聞き始める" not in words(alice.get(version_url(scene)))
    refused = alice.post(f"{version_url(scene)}ask/", form(scene))
    assert refused.status_code == 409
    assert "「協議中」の版だけです" in words(refused)
    assert not ConsultationRound.objects.exists()


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"kind": "x"}, 422),
        ({"closes_on": "来週"}, 422),
        ({"closes_on": "2020-01-01"}, 422),
        ({"asked": []}, 422),
        ({"asked": ["x"]}, 422),
        ({"asked": [str(uuid4())]}, 422),
        ({"request": "あ" * 2_001}, 422),
    ],
)
def test_a_form_that_lacks_something_is_refused_and_keeps_what_was_typed(
    scene: PlanScene, alice: Client, changed: dict[str, object], status: int
):
    in_consultation(scene)
    typed = form(scene, **changed)
    answer = alice.post(f"{version_url(scene)}ask/", typed)
    assert answer.status_code == status
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert f">{typed['request']}</textarea>" in page
    if changed.get("closes_on") != "来週":
        assert f'value="{typed["closes_on"]}"' in page
    if "asked" not in changed:
        assert f'value="{scene.ministry.pk}" checked' in page
    assert not ConsultationRound.objects.exists()


def test_a_second_round_of_a_kind_waits_for_the_first(scene: PlanScene, alice: Client):
    in_consultation(scene)
    assert alice.post(f"{version_url(scene)}ask/", form(scene)).status_code == 302
    refused = alice.post(f"{version_url(scene)}ask/", form(scene))
    assert refused.status_code == 409
    assert 'role="alert"' in refused.content.decode()
    npo = make_organization("ひだまりの会", kind=Organization.Kind.NPO)
    dialogue = form(scene, kind="npo_dialogue", asked=[str(npo.pk)])
    assert alice.post(f"{version_url(scene)}ask/", dialogue).status_code == 302
    assert ConsultationRound.objects.count() == 2


def test_outsiders_open_nothing(scene: PlanScene):
    """An officer of a ministry has no such page; a secretary of another house finds no such version."""
    in_consultation(scene)
    dora = make_member("dora", Role.SECRETARY)
    viewer = make_member("eve", Role.VIEWER, scene.plan.secretariat)
    for outsider in (scene.bob, scene.charlie, dora, viewer):
        assert desk(outsider).post(f"{version_url(scene)}ask/", form(scene)).status_code == 404
    assert Client().post(f"{version_url(scene)}ask/", form(scene)).status_code == 302  # to the login
    assert desk(scene.alice).get(f"{version_url(scene)}ask/").status_code == 405
    assert not ConsultationRound.objects.exists()


# -- reflecting ----------------------------------------------------------------------------------------------


def answered(scene: PlanScene, outcome: str = "noted") -> ConsultationRound:
    """A round of which every comment is answered: bob said something of M07."""
    in_consultation(scene)
    begun = scene.at - timedelta(hours=3)
    round_ = consulting.ask_for_comments(
        actor=scene.alice, version_id=scene.version.pk, kind="ministry", closes_at=scene.at,
        asked=[scene.ministry], at=begun,
    )  # fmt: skip
    addressee = round_.addressees.get()
    comment = asked.add_comment(
        actor=scene.bob, addressee_id=addressee.pk, body="チャットも加えてください。", proposal="",
        paragraph_id=round_.paragraphs.get(heading__startswith="M07").pk, at=begun + timedelta(hours=1),
    )  # fmt: skip
    life.begin_responding(actor=scene.alice, round_id=round_.pk, at=scene.at)
    answers.answer_comment(
        actor=scene.alice, comment_id=comment.pk, outcome=outcome, text="加えます。", at=scene.at
    )
    return life.finish_round(actor=scene.alice, round_id=round_.pk, at=scene.at)


def reflect_url(scene: PlanScene, round_: ConsultationRound) -> str:
    return f"{version_url(scene)}rounds/{round_.pk}/reflect/"


def test_the_secretary_tells_a_round_what_the_text_says_now(scene: PlanScene, alice: Client):
    round_ = answered(scene)
    assert "反映ずみとして記録する" in words(alice.get(version_url(scene)))
    assert alice.post(reflect_url(scene, round_)).status_code == 302
    round_.refresh_from_db()
    assert round_.state == "reflected"
    assert "反映ずみとして記録する" not in words(alice.get(version_url(scene)))
    again = alice.post(reflect_url(scene, round_))
    assert again.status_code == 409
    assert 'role="alert"' in again.content.decode()


def test_an_accepted_comment_must_have_changed_something(scene: PlanScene, alice: Client):
    round_ = answered(scene, "accepted")
    refused = alice.post(reflect_url(scene, round_))
    assert refused.status_code == 409
    assert 'role="alert"' in refused.content.decode()
    round_.refresh_from_db()
    assert round_.state == "answered"
    scene.save("M07", title="電話・ＳＮＳ・チャット相談の24時間対応の推進")
    assert alice.post(reflect_url(scene, round_)).status_code == 302
    round_.refresh_from_db()
    assert round_.state == "reflected"


def test_what_is_still_open_or_of_another_version_is_not_reflected(scene: PlanScene, alice: Client):
    in_consultation(scene)
    round_ = consulting.ask_for_comments(
        actor=scene.alice, version_id=scene.version.pk, kind="ministry", at=scene.at, asked=[scene.ministry],
        closes_at=scene.at + timedelta(days=1),
    )  # fmt: skip
    refused = alice.post(reflect_url(scene, round_))
    assert refused.status_code == 409
    assert 'role="alert"' in refused.content.decode()
    ConsultationRound.objects.filter(pk=round_.pk).update(document_id=uuid4())
    assert alice.post(reflect_url(scene, round_)).status_code == 404
    assert alice.post(f"{version_url(scene)}rounds/{uuid4()}/reflect/").status_code == 404
    round_.refresh_from_db()
    assert round_.state == "open"


def test_outsiders_reflect_nothing(scene: PlanScene):
    round_ = answered(scene)
    for outsider in (scene.bob, scene.charlie, make_member("dora", Role.SECRETARY)):
        assert desk(outsider).post(reflect_url(scene, round_)).status_code == 404
    assert Client().post(reflect_url(scene, round_)).status_code == 302  # to the login
    round_.refresh_from_db()
    assert round_.state == "answered"


# -- what else the page keeps --------------------------------------------------------------------------------


def test_other_refused_forms_keep_their_words_too(scene: PlanScene, alice: Client):
    in_consultation(scene)
    long = "あ" * 201
    for path, typed, kept in (
        ("measures/add/", {"title": long}, f'value="{long}"'),
        ("step/back_to_draft/", {"reason": "　"}, ">　</textarea>"),
        ("no-target-reason/", {"reason": "い" * 2_001}, "い" * 2_001 + "</textarea>"),
    ):
        answer = alice.post(f"{version_url(scene)}{path}", typed)
        assert answer.status_code == 422, path
        assert kept in answer.content.decode(), path
