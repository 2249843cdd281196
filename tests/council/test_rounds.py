"""Rounds of consultation: their life, who may do what, what is refused and that nothing stays unanswered."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import override
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.council.rounds import (
    AFTER,
    AT,
    CLOSES,
    Scene,
    make_comment,
    make_round,
    make_scene,
    paragraphs,
    submit,
)
from tests.factories import make_member
from tsunagari.accounts.models import RecordReading, Role
from tsunagari.council.models import (
    Comment,
    CommentGroup,
    ConsultationRound,
    Response,
    RoundAddressee,
    RoundEntry,
    RoundParagraph,
)
from tsunagari.council.selectors import rounds as selectors
from tsunagari.council.services import rounds
from tsunagari.council.services.rounds import answers, asked, life, visitors
from tsunagari.council.services.rounds.common import EditedMeanwhile, RoundClosed, WrongState

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def answer(scene, comment, outcome="accepted", at=AFTER, **more):
    given = {"text": "ご意見のとおり直します。", "reason": "", **more}
    return answers.answer_comment(actor=scene.alice, comment_id=comment.pk, outcome=outcome, at=at, **given)


def answered(scene, kind="ministry", **more):
    """A round in which one ministry commented, the other did not, and everything is answered."""
    round_ = make_round(scene, kind, **more)
    comment = make_comment(scene, round_)
    asked.say_no_comment(
        actor=scene.charlie, addressee_id=scene.addressee(round_, scene.education).pk, at=AT + HOUR
    )
    answer(scene, comment)
    rounds.finish_round(actor=scene.alice, round_id=round_.pk, at=AFTER)
    round_.refresh_from_db()
    return round_, comment


# -- the life of a round -------------------------------------------------------------------------------------


def test_whole_life_of_a_ministry_round(scene):
    round_, comment = answered(scene)
    assert (round_.state, round_.answered_at) == ("answered", AFTER)
    paragraph = comment.paragraph
    after = "孤独・孤立の状態にある人は、調査で39.3％である。"
    rounds.reflect(actor=scene.alice, round_id=round_.pk, texts={paragraph.paragraph_id: after}, at=AFTER)
    (line,) = selectors.results_of(round_)
    assert (line.before, line.after) == (paragraph.text, after)
    assert line.author == "厚生労働省"
    assert list(selectors.unanswered_comments(round_.document_id)) == []
    actions = RoundEntry.objects.filter(round=round_).order_by("id").values_list("action", flat=True)
    assert list(actions) == [
        "prepared", "opened", "commented", "no_comment", "responded", "closed", "answered", "reflected",
    ]  # fmt: skip


STEPS = {
    "open": rounds.open_prepared,
    "extend": lambda **given: rounds.extend_round(closes_at=AFTER + HOUR, **given),
    "close": rounds.close_round,
    "respond": rounds.begin_responding,
    "finish": rounds.finish_round,
    "reopen": rounds.reopen_answers,
    "reflect": lambda **given: rounds.reflect(texts={}, **given),
}
MOMENTS = {
    "draft": {},
    "open": {"opened_at": AT},
    "closed": {"opened_at": AT, "closed_at": CLOSES},
    "responding": {"opened_at": AT, "closed_at": CLOSES},
    "answered": {"opened_at": AT, "closed_at": CLOSES, "answered_at": AFTER},
    "reflected": {"opened_at": AT, "closed_at": CLOSES, "answered_at": AFTER, "reflected_at": AFTER},
}


@pytest.mark.parametrize("state", ConsultationRound.State.values)
@pytest.mark.parametrize("step", rounds.TRANSITIONS)
def test_every_step_from_every_state_does_what_the_table_says(scene, step, state):
    round_ = make_round(scene)
    round_.addressees.update(state="no_comment", answered_at=AT)
    cleared = dict.fromkeys(("opened_at", "closed_at", "answered_at", "reflected_at"))
    ConsultationRound.objects.filter(pk=round_.pk).update(state=state, **{**cleared, **MOMENTS[state]})
    start, end = rounds.TRANSITIONS[step]
    # a moment at which the round is still open by the clock
    given = {"actor": scene.alice, "round_id": round_.pk, "at": AT + HOUR}
    if state in start or (step == "extend" and state == "draft"):
        STEPS[step](**given)
        round_.refresh_from_db()
        assert round_.state == (end if state in start else "draft")
    else:
        with pytest.raises(WrongState) as told:
            STEPS[step](**given)
        assert told.value.status == 409
        round_.refresh_from_db()
        assert round_.state == state


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "open", "opened_at": None},
        {"state": "answered"},
        {"state": "gone"},
        {"closes_at": AT},
        {"number": 2},
        {"kind": "secret"},
    ],
)
def test_the_database_refuses_an_impossible_round(scene, changes):
    round_ = make_round(scene)
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsultationRound.objects.filter(pk=round_.pk).update(**changes)


def test_the_text_that_was_put_before_people_stays_and_so_does_the_journal(scene):
    round_ = make_round(scene)
    for change in (
        lambda: round_.paragraphs.update(text="ちがう文"),
        lambda: round_.paragraphs.all().delete(),
        lambda: RoundEntry.objects.filter(round=round_).update(action="x"),
        lambda: RoundEntry.objects.filter(round=round_).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert round_.paragraphs.first().text.startswith("孤独・孤立の状態")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"paragraphs": []}, "段落がありません"),
        ({"asked": []}, "一つ以上選んで"),
        ({"closes_at": AT}, "あとにして"),
        ({"closes_at": AT - HOUR, "opens_at": AT - 2 * HOUR}, "あとにして"),
        ({"kind": "public"}, "名指ししません"),
    ],
)
def test_a_round_that_lacks_something_is_not_begun(scene, changes, words):
    given = {"asked": [scene.health], **changes}
    with pytest.raises(life.BadRound, match=words):
        make_round(scene, **given)
    assert ConsultationRound.objects.count() == 0


def test_the_same_paragraph_twice_is_refused(scene):
    one = paragraphs()[0]
    with pytest.raises(life.BadRound, match="二度"):
        make_round(scene, paragraphs=[one, one])


def test_one_round_of_a_kind_runs_on_a_document(scene):
    round_ = make_round(scene)
    with pytest.raises(WrongState):
        make_round(scene, document_id=round_.document_id)
    # another kind beside it may run
    make_round(scene, "public", document_id=round_.document_id)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.EDITOR, Role.VIEWER])
def test_only_the_secretariat_opens_a_round(scene, role):
    eve = make_member("eve", role, scene.secretariat, second_factor=False)
    for actor in (eve, scene.bob):
        with pytest.raises(PermissionDenied):
            make_round(scene, actor=actor)


def test_nobody_else_runs_a_round(scene):
    round_ = make_round(scene)
    other = make_member("dora", Role.SECRETARY, scene.health, second_factor=False)
    for step in STEPS.values():
        for actor in (scene.bob, other):
            with pytest.raises(ConsultationRound.DoesNotExist):
                step(actor=actor, round_id=round_.pk, at=AFTER)


def test_a_round_opens_and_closes_by_itself(scene):
    round_ = make_round(scene, "public", opens_at=AT + HOUR, closes_at=AT + 2 * HOUR)
    assert round_.state == "draft"
    assert life.advance_rounds(at=AT + HOUR - timedelta(seconds=1)) == 0
    assert life.advance_rounds(at=AT + HOUR) == 1
    round_.refresh_from_db()
    assert (round_.state, round_.opened_at) == ("open", AT + HOUR)
    assert life.advance_rounds(at=AT + 2 * HOUR) == 1
    assert life.advance_rounds(at=AT + 2 * HOUR) == 0
    round_.refresh_from_db()
    assert (round_.state, round_.closed_at) == ("closed", AT + 2 * HOUR)


def test_a_prepared_round_waits_for_somebody(scene):
    round_ = make_round(scene, prepared=True)
    assert life.advance_rounds(at=AT + HOUR) == 0
    rounds.open_prepared(actor=scene.alice, round_id=round_.pk, at=AT + HOUR)
    round_.refresh_from_db()
    assert (round_.state, round_.opens_at) == ("open", AT + HOUR)
    late = make_round(scene, prepared=True)
    with pytest.raises(life.BadRound, match="過ぎています"):
        rounds.open_prepared(actor=scene.alice, round_id=late.pk, at=CLOSES)


def test_a_public_round_lasts_as_long_as_was_announced(scene):
    round_ = make_round(scene, "public")
    with pytest.raises(life.BadRound, match="知らせた期間"):
        rounds.close_round(actor=scene.alice, round_id=round_.pk, at=CLOSES - HOUR)
    rounds.close_round(actor=scene.alice, round_id=round_.pk, at=CLOSES)


def test_opening_writes_to_the_ministries(scene):
    round_ = make_round(scene)
    told = ProcrastinateJob.objects.filter(task_name="council.tell_addressee").values_list("args", flat=True)
    expected = {str(pk) for pk in round_.addressees.values_list("pk", flat=True)}
    assert {args["addressee_id"] for args in told} == expected


# -- late, early, elsewhere ----------------------------------------------------------------------------------


def test_a_comment_late_by_a_second_is_refused_and_says_what_to_do(scene):
    round_ = make_round(scene)
    addressee = scene.addressee(round_)
    given = {"actor": scene.bob, "addressee_id": addressee.pk, "paragraph_id": None, "body": "意見"}
    asked.add_comment(**given, at=CLOSES - timedelta(seconds=1))
    for at in (CLOSES, CLOSES + timedelta(seconds=1)):
        with pytest.raises(RoundClosed, match="内閣官房孤独・孤立対策担当室 に受付の延長") as told:
            asked.add_comment(**given, at=at)
    assert told.value.status == 409
    with override("en"), pytest.raises(RoundClosed, match="Ask"):
        asked.add_comment(**given, at=CLOSES)
    assert round_.comments.count() == 1


def test_the_public_is_as_late(scene):
    round_ = make_round(scene, "public")
    submit(round_, at=CLOSES - timedelta(seconds=1))
    with pytest.raises(RoundClosed, match="終わりました"):
        submit(round_, at=CLOSES)
    assert round_.comments.count() == 1


def test_too_early_is_refused_too(scene):
    round_ = make_round(scene, "public", opens_at=AT + HOUR, closes_at=CLOSES)
    with pytest.raises(ConsultationRound.DoesNotExist):
        submit(round_, at=AT + 2 * HOUR)


def test_extending_opens_again(scene):
    round_ = make_round(scene)
    rounds.close_round(actor=scene.alice, round_id=round_.pk, at=AT + HOUR)
    with pytest.raises(RoundClosed):
        make_comment(scene, round_)
    rounds.extend_round(actor=scene.alice, round_id=round_.pk, closes_at=CLOSES, at=AT + HOUR)
    make_comment(scene, round_)
    with pytest.raises(life.BadRound):
        rounds.extend_round(actor=scene.alice, round_id=round_.pk, closes_at=AT, at=AT + HOUR)


def test_the_database_refuses_a_comment_of_elsewhere(scene):
    round_, other = make_round(scene), make_round(scene, "public")
    comment = make_comment(scene, round_)
    for changes in (
        {"paragraph": other.paragraphs.first()},
        {"received_at": CLOSES},
        {"received_at": AT - HOUR},
        {"addressee": None},
        {"state": "received"},
        {"body": ""},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Comment.objects.filter(pk=comment.pk).update(**changes)


def test_a_paragraph_of_another_round_is_not_found(scene):
    round_, other = make_round(scene), make_round(scene)
    with pytest.raises(RoundParagraph.DoesNotExist):
        asked.add_comment(
            actor=scene.bob,
            addressee_id=scene.addressee(round_).pk,
            paragraph_id=other.paragraphs.first().pk,
            body="意見",
            at=AT + HOUR,
        )


# -- ministries ----------------------------------------------------------------------------------------------


def test_a_ministry_speaks_for_itself_alone(scene):
    round_ = make_round(scene)
    comment = make_comment(scene, round_)
    theirs = scene.addressee(round_).pk
    viewer = make_member("eve", Role.VIEWER, scene.health, second_factor=False)
    for actor in (scene.charlie, viewer):
        with pytest.raises(RoundAddressee.DoesNotExist):
            asked.add_comment(actor=actor, addressee_id=theirs, paragraph_id=None, body="x", at=AT + HOUR)
        with pytest.raises(RoundAddressee.DoesNotExist):
            asked.say_no_comment(actor=actor, addressee_id=theirs, at=AT + HOUR)
        with pytest.raises(Comment.DoesNotExist):
            asked.change_comment(actor=actor, comment_id=comment.pk, body="x", proposal="", at=AT + HOUR)
        with pytest.raises(Comment.DoesNotExist):
            asked.withdraw_comment(actor=actor, comment_id=comment.pk, at=AT + HOUR)
    with pytest.raises(RoundAddressee.DoesNotExist):
        asked.remind(actor=scene.bob, addressee_id=theirs, at=AT + HOUR)


def test_no_comment_is_an_answer_and_not_beside_comments(scene):
    round_ = make_round(scene)
    addressee = scene.addressee(round_)
    asked.say_no_comment(actor=scene.bob, addressee_id=addressee.pk, at=AT + HOUR)
    addressee.refresh_from_db()
    assert (addressee.state, addressee.answered_by) == ("no_comment", scene.bob)
    comment = make_comment(scene, round_)
    addressee.refresh_from_db()
    assert addressee.state == "commented"
    with pytest.raises(asked.NothingSaid, match="先に意見を取り下げて"):
        asked.say_no_comment(actor=scene.bob, addressee_id=addressee.pk, at=AT + HOUR)
    asked.withdraw_comment(actor=scene.bob, comment_id=comment.pk, at=AT + HOUR)
    addressee.refresh_from_db()
    assert addressee.state == "waiting"
    asked.restore_comment(actor=scene.bob, comment_id=comment.pk, at=AT + HOUR)
    addressee.refresh_from_db()
    assert addressee.state == "commented"


def test_a_comment_needs_words_and_is_never_cut(scene):
    round_ = make_round(scene)
    with pytest.raises(asked.NothingSaid):
        make_comment(scene, round_, " 　\n")
    with pytest.raises(asked.TooMuch, match="10001 文字"):
        make_comment(scene, round_, "あ" * 10_001)


def test_reminding(scene):
    round_ = make_round(scene)
    addressee = scene.addressee(round_)
    ProcrastinateJob.objects.all()
    asked.remind(actor=scene.alice, addressee_id=addressee.pk, at=AT + HOUR)
    addressee.refresh_from_db()
    assert (addressee.reminders, addressee.reminded_at) == (1, AT + HOUR)
    with pytest.raises(asked.RemindedJustNow):
        asked.remind(actor=scene.alice, addressee_id=addressee.pk, at=AT + 2 * HOUR)
    scene.charlie.memberships.update(ended_at=AFTER)
    silent = scene.addressee(round_, scene.education)
    with pytest.raises(asked.NobodyToTell, match="文部科学省"):
        asked.remind(actor=scene.alice, addressee_id=silent.pk, at=AT + HOUR)
    make_comment(scene, round_)
    with pytest.raises(WrongState):
        asked.remind(actor=scene.alice, addressee_id=addressee.pk, at=AT + timedelta(days=2))


# -- answers -------------------------------------------------------------------------------------------------


def test_nothing_stays_unanswered(scene):
    round_ = make_round(scene)
    comment = make_comment(scene, round_)
    rounds.close_round(actor=scene.alice, round_id=round_.pk, at=AT + 2 * HOUR)
    assert list(selectors.unanswered_comments(round_.document_id)) == [comment]
    with pytest.raises(life.NotAnswered, match="#1") as told:
        rounds.finish_round(actor=scene.alice, round_id=round_.pk, at=AFTER)
    assert told.value.numbers == [1]
    answer(scene, comment)
    with pytest.raises(life.NotAnswered, match="文部科学省"):
        rounds.finish_round(actor=scene.alice, round_id=round_.pk, at=AFTER)


def test_a_refusal_needs_its_reason(scene):
    round_ = make_round(scene)
    comment = make_comment(scene, round_)
    for outcome in ("partly", "not_accepted"):
        with pytest.raises(answers.BadAnswer, match="理由"):
            answer(scene, comment, outcome)
    with pytest.raises(answers.BadAnswer, match="扱い"):
        answer(scene, comment, "maybe")
    with pytest.raises(answers.BadAnswer, match="回答を書いて"):
        answer(scene, comment, text=" ")
    assert not Response.objects.exists()
    answer(scene, comment, "not_accepted", reason="別の計画で扱うためです。")


def test_answers_wait_for_the_end_and_are_not_overwritten(scene):
    round_ = make_round(scene)
    comment = make_comment(scene, round_)
    with pytest.raises(WrongState, match="受付が終わってから"):
        answer(scene, comment, at=AT + HOUR)
    answer(scene, comment)
    with pytest.raises(EditedMeanwhile):
        answer(scene, comment, text="ほかの回答")
    answer(scene, comment, text="直した回答", version=1)
    assert Response.objects.get().text == "直した回答"


def test_who_answers(scene):
    round_ = make_round(scene)
    comment = make_comment(scene, round_)
    for actor in (scene.bob, scene.charlie):
        with pytest.raises(Comment.DoesNotExist):
            answers.answer_comment(actor=actor, comment_id=comment.pk, outcome="noted", text="x", at=AFTER)


def test_what_was_accepted_must_stand_in_the_text(scene):
    round_, comment = answered(scene)
    with pytest.raises(life.NotReflected, match="#1"):
        rounds.reflect(actor=scene.alice, round_id=round_.pk, texts={}, at=AFTER)
    same = {comment.paragraph.paragraph_id: comment.paragraph.text}
    with pytest.raises(life.NotReflected):
        rounds.reflect(actor=scene.alice, round_id=round_.pk, texts=same, at=AFTER)
    rounds.reopen_answers(actor=scene.alice, round_id=round_.pk, at=AFTER)
    answer(scene, comment, elsewhere="第3章 2", version=1)
    rounds.finish_round(actor=scene.alice, round_id=round_.pk, at=AFTER)
    rounds.reflect(actor=scene.alice, round_id=round_.pk, texts={}, at=AFTER)
    round_.refresh_from_db()
    assert round_.state == "reflected"


# -- 再意見 --------------------------------------------------------------------------------------------------


def test_further_rounds_until_everybody_agrees(scene):
    round_, comment = answered(scene)
    document = round_.document_id
    assert [a.organization for a in selectors.unsettled_addressees(document)] == [scene.health]
    after = "孤独・孤立の状態にある人は、調査で39.3％である。"
    rounds.reflect(
        actor=scene.alice, round_id=round_.pk, texts={comment.paragraph.paragraph_id: after}, at=AFTER
    )
    further = rounds.begin_further_round(
        actor=scene.alice, round_id=round_.pk, closes_at=AFTER + 5 * HOUR, at=AFTER
    )
    # only who has not agreed is asked again, on the text as it is now, whose paragraphs keep their ids
    assert [a.organization for a in further.addressees.all()] == [scene.health]
    assert (further.number, further.previous, further.kind) == (2, round_, "ministry")
    assert further.paragraphs.get(position=1).text == after
    assert [p.paragraph_id for p in further.paragraphs.all()] == [
        p.paragraph_id for p in round_.paragraphs.all()
    ]
    with pytest.raises(WrongState):
        rounds.begin_further_round(
            actor=scene.alice, round_id=round_.pk, closes_at=AFTER + 5 * HOUR, at=AFTER
        )
    asked.say_no_comment(actor=scene.bob, addressee_id=scene.addressee(further).pk, at=AFTER + HOUR)
    assert scene.addressee(further).state == "agreed"
    assert list(selectors.unsettled_addressees(document)) == []
    rounds.close_round(actor=scene.alice, round_id=further.pk, at=AFTER + 2 * HOUR)
    rounds.finish_round(actor=scene.alice, round_id=further.pk, at=AFTER + 3 * HOUR)
    with pytest.raises(life.BadRound, match="いりません"):
        rounds.begin_further_round(
            actor=scene.alice, round_id=further.pk, closes_at=AFTER + 9 * HOUR, at=AFTER + 4 * HOUR
        )


def test_agreeing_with_the_answers_settles_too(scene):
    round_ = make_round(scene)
    comment = make_comment(scene, round_)
    addressee = scene.addressee(round_)
    with pytest.raises(WrongState):
        asked.agree(actor=scene.bob, addressee_id=addressee.pk, at=AFTER)
    asked.say_no_comment(
        actor=scene.charlie, addressee_id=scene.addressee(round_, scene.education).pk, at=AT + HOUR
    )
    answer(scene, comment)
    rounds.finish_round(actor=scene.alice, round_id=round_.pk, at=AFTER)
    with pytest.raises(RoundAddressee.DoesNotExist):
        asked.agree(actor=scene.charlie, addressee_id=addressee.pk, at=AFTER)
    asked.agree(actor=scene.bob, addressee_id=addressee.pk, at=AFTER)
    assert list(selectors.unsettled_addressees(round_.document_id)) == []


def test_a_public_round_has_no_further_round(scene):
    round_ = make_round(scene, "public")
    rounds.finish_round(actor=scene.alice, round_id=round_.pk, at=AFTER)
    with pytest.raises(WrongState, match="公募"):
        rounds.begin_further_round(actor=scene.alice, round_id=round_.pk, closes_at=AFTER + HOUR, at=AFTER)


def test_a_dialogue_with_npos_is_a_round_of_its_own_kind(scene):
    round_, _ = answered(scene, "npo_dialogue")
    assert round_ in selectors.rounds_with_results()
    assert list(selectors.unsettled_addressees(round_.document_id)) == []
    ministry, _ = answered(scene)
    assert ministry not in selectors.public_rounds()


# -- the public ----------------------------------------------------------------------------------------------


def test_what_the_public_says_is_sealed_until_a_moderator_has_read_it(scene):
    round_ = make_round(scene, "public")
    comment, code = submit(round_, "090-1234-5678 の山田です。窓口を。", label="山田")
    assert (comment.state, comment.body, comment.author_label) == ("received", "", "")
    assert "山田".encode() not in bytes(comment.sealed)
    assert selectors.comment_of_receipt(bytes(comment.receipt)) == comment
    assert code.encode() not in bytes(comment.receipt)
    words = visitors.read_original(actor=scene.alice, comment_id=comment.pk, at=AT + HOUR)
    assert words == {"body": "090-1234-5678 の山田です。窓口を。", "label": "山田"}
    reading = RecordReading.objects.get()
    assert (reading.actor, reading.subject_id, reading.subject_type) == (
        scene.alice, comment.pk, "council.comment",
    )  # fmt: skip
    for actor in (scene.bob, make_member("eve", Role.SECRETARY, scene.health, second_factor=False)):
        with pytest.raises(Comment.DoesNotExist):
            visitors.read_original(actor=actor, comment_id=comment.pk, at=AT + HOUR)
    visitors.publish_comment(
        actor=scene.alice, comment_id=comment.pk, body="■■ です。窓口を。", label="", at=AT + 2 * HOUR
    )
    comment.refresh_from_db()
    assert (comment.state, comment.body, comment.redacted) == ("published", "■■ です。窓口を。", True)


def test_one_form_is_one_comment_however_often_it_is_sent(scene):
    round_ = make_round(scene, "public")
    mine = uuid4()
    _, code = submit(round_, comment_id=mine)
    assert submit(round_, comment_id=mine)[1] == code
    with pytest.raises(visitors.SentAlready):
        submit(round_, "ほかの意見", comment_id=mine)
    # also when the round has closed in between: what was taken in was taken in
    assert submit(round_, comment_id=mine, at=AFTER)[1] == code
    with pytest.raises(visitors.SentAlready):
        submit(make_round(scene, "public"), comment_id=mine)
    assert Comment.objects.count() == 1


def test_hiding_says_why_and_can_be_undone(scene):
    round_ = make_round(scene, "public")
    comment, _ = submit(round_)
    given = {"actor": scene.alice, "comment_id": comment.pk, "at": AT + HOUR}
    with pytest.raises(visitors.ReasonMissing):
        visitors.hide_comment(reason=" ", **given)
    visitors.hide_comment(reason="広告だけのため", **given)
    assert list(selectors.unanswered_comments(round_.document_id)) == []
    visitors.publish_comment(body="窓口をふやしてください。", label="", **given)
    comment.refresh_from_db()
    assert (comment.state, comment.redacted, comment.hidden_reason) == ("published", False, "")


def test_unread_comments_block_the_end(scene):
    round_ = make_round(scene, "public")
    submit(round_)
    with pytest.raises(life.NotAnswered):
        rounds.finish_round(actor=scene.alice, round_id=round_.pk, at=AFTER)


def test_originals_are_erased_ninety_days_after_the_answers(scene):
    round_ = make_round(scene, "public")
    comment, _ = submit(round_)
    visitors.publish_comment(
        actor=scene.alice, comment_id=comment.pk, body="窓口を。", label="", at=AT + HOUR
    )
    answer(scene, comment, "noted")
    rounds.finish_round(actor=scene.alice, round_id=round_.pk, at=AFTER)
    assert visitors.erase_originals(at=AFTER + timedelta(days=89)) == 0
    assert visitors.erase_originals(at=AFTER + timedelta(days=90)) == 1
    comment.refresh_from_db()
    assert (comment.sealed, comment.body) == (None, "窓口を。")


def test_originals_of_a_round_that_nobody_answers_are_erased_after_a_year(scene):
    round_ = make_round(scene, "public")
    comment, _ = submit(round_)
    unread, _ = submit(round_)
    visitors.publish_comment(
        actor=scene.alice, comment_id=comment.pk, body="窓口を。", label="", at=AT + HOUR
    )
    assert visitors.erase_originals(at=CLOSES + timedelta(days=364)) == 0
    assert visitors.erase_originals(at=CLOSES + timedelta(days=365)) == 1
    unread.refresh_from_db()
    assert unread.sealed is not None  # nobody has read it: it stays on the list of what waits


def test_a_flood_is_not_taken_in_without_end(scene, monkeypatch):
    monkeypatch.setattr(visitors, "MOST_UNREAD", 2)
    round_ = make_round(scene, "public")
    submit(round_)
    submit(round_)
    with pytest.raises(visitors.TooManyUnread) as told:
        submit(round_)
    assert told.value.status == 503


# -- groups --------------------------------------------------------------------------------------------------


def published(scene, round_, body, place=1):
    comment, _ = submit(round_, body, place)
    return visitors.publish_comment(
        actor=scene.alice, comment_id=comment.pk, body=body, label="", at=AT + HOUR
    )


LIKE = "夜間も電話で相談できる窓口を、全国に置いてください。お願いします。"


def test_alike_comments_are_proposed_grouped_and_answered_once_each_traceable(scene):
    round_ = make_round(scene, "public")
    first = published(scene, round_, LIKE)
    second = published(scene, round_, LIKE.replace("お願いします", "よろしく"))
    elsewhere = published(scene, round_, LIKE, place=2)
    other = published(scene, round_, "予算をふやしてください。")
    (proposal,) = answers.proposals_for(round_)
    assert set(proposal.ids) == {first.pk, second.pk}
    group = answers.group_comments(
        actor=scene.alice, round_id=round_.pk, comment_ids=proposal.ids, topic="夜間の電話", at=AFTER
    )
    assert answers.proposals_for(round_) == []
    with pytest.raises(answers.AnsweredTogether):
        answer(scene, first)
    answers.answer_group(
        actor=scene.alice, group_id=group.pk, outcome="noted", text="今後の参考とします。", at=AFTER
    )
    assert set(selectors.unanswered_comments(round_.document_id)) == {elsewhere, other}
    by_number = {line.comment.number: line for line in selectors.results_of(round_)}
    assert by_number[1].response == by_number[2].response
    assert by_number[1].comment.body != by_number[2].comment.body
    # undone: each keeps the answer, as its own
    answers.dissolve_group(actor=scene.alice, group_id=group.pk, at=AFTER)
    assert {r.comment_id for r in Response.objects.all()} == {first.pk, second.pk}
    assert set(selectors.unanswered_comments(round_.document_id)) == {elsewhere, other}


def test_a_declined_proposal_does_not_come_again_until_that_is_undone(scene):
    round_ = make_round(scene, "public")
    published(scene, round_, LIKE)
    published(scene, round_, LIKE)
    (proposal,) = answers.proposals_for(round_)
    declined = answers.decline_proposal(
        actor=scene.alice, round_id=round_.pk, comment_ids=proposal.ids, at=AFTER
    )
    assert answers.proposals_for(round_) == []
    answers.dissolve_group(actor=scene.alice, group_id=declined.pk, at=AFTER)
    assert len(answers.proposals_for(round_)) == 1


def test_a_group_of_one_is_none(scene):
    round_ = make_round(scene, "public")
    first, second = published(scene, round_, LIKE), published(scene, round_, LIKE)
    group = answers.group_comments(
        actor=scene.alice, round_id=round_.pk, comment_ids=[first.pk, second.pk], topic="", at=AFTER
    )
    answers.leave_group(actor=scene.alice, comment_id=first.pk, at=AFTER)
    assert CommentGroup.objects.get(pk=group.pk).state == "dissolved"
    assert not Comment.objects.exclude(group=None).exists()


def test_what_cannot_be_grouped(scene):
    round_, other = make_round(scene, "public"), make_round(scene, "public")
    mine, theirs = published(scene, round_, LIKE), published(scene, other, LIKE)
    unread, _ = submit(round_)
    for ids in ([mine.pk], [mine.pk, theirs.pk], [mine.pk, unread.pk], [mine.pk, uuid4()]):
        with pytest.raises(answers.BadGroup):
            answers.group_comments(actor=scene.alice, round_id=round_.pk, comment_ids=ids, topic="", at=AFTER)
    with pytest.raises(ConsultationRound.DoesNotExist):
        answers.group_comments(actor=scene.bob, round_id=round_.pk, comment_ids=[mine.pk], topic="", at=AFTER)
    group = CommentGroup.objects.create(
        round=other, topic="x", state="together", decided_by=scene.alice, decided_at=AT
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        Comment.objects.filter(pk=mine.pk).update(group=group)


def test_answered_rounds_stay(scene):
    round_ = make_round(scene, "public")
    comment = published(scene, round_, LIKE)
    answer(scene, comment, "noted")
    rounds.finish_round(actor=scene.alice, round_id=round_.pk, at=AFTER)
    for change in (
        lambda: answer(scene, comment, "noted", version=1),
        lambda: visitors.hide_comment(actor=scene.alice, comment_id=comment.pk, reason="x", at=AFTER),
        lambda: answers.group_comments(
            actor=scene.alice, round_id=round_.pk, comment_ids=[comment.pk], topic="", at=AFTER
        ),
    ):
        with pytest.raises(WrongState):
            change()
