"""Meetings through their states, attendance, motions and votes, what follows, papers and minutes."""

import itertools
import threading
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.council.conftest import Council, make_council, make_pdf
from tests.factories import AT, make_member, make_organization
from tsunagari.accounts.models import Role
from tsunagari.council.counting import Count, carries
from tsunagari.council.dates import NotADate
from tsunagari.council.models import (
    ActionItem,
    Attendance,
    Decision,
    Meeting,
    Membership,
    Minutes,
    MinutesCorrection,
    Motion,
    Vote,
)
from tsunagari.council.retention import kept_until
from tsunagari.council.selectors.meetings import (
    actions_of,
    decisions_of,
    materials_read_by,
    public_materials,
)
from tsunagari.council.services import actions, attendance, materials, meetings, minutes, motions, posts
from tsunagari.council.services.attendance import Presence
from tsunagari.council.services.minutes import Paragraph
from tsunagari.council.tasks import mail_reminder

DAY = date(2026, 11, 24)
LATER = AT + timedelta(days=14)


def put(council: Council, meeting: Meeting, requirement: str = "majority") -> Motion:
    return motions.put_motion(
        actor=council.alice, meeting_id=meeting.pk, text="計画を決定する", requirement=requirement, at=AT
    )


def vote(council: Council, motion: Motion, *options: str) -> None:
    for seat, option in zip([council.chair, *council.members], options, strict=False):
        motions.cast_vote(
            actor=council.alice, motion_id=motion.pk, membership_id=seat.pk, option=option, at=AT
        )


def count(council: Council, motion: Motion) -> Motion:
    return motions.count_votes(actor=council.alice, motion_id=motion.pk, at=AT)


# -- meetings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "state", "circulation"), [
    (name, state, circulation)
    for name, state, circulation in itertools.product(
        meetings.TRANSITIONS, Meeting.State, (False, True)
    )
])  # fmt: skip
def test_every_step_from_every_state(council: Council, name: str, state: str, circulation: bool):
    allowed = {"held": not circulation, "circulated": circulation}.get(state, True)
    if not allowed:
        return
    meeting = council.meeting(by_circulation=circulation)
    reason = "中止" if state == "cancelled" else ""
    Meeting.objects.filter(pk=meeting.pk).update(state=state, cancelled_reason=reason)
    do = {
        "call": lambda: meetings.call_meeting(actor=council.alice, meeting_id=meeting.pk, held_on=DAY, at=AT),
        "put_off": lambda: meetings.put_off_meeting(
            actor=council.alice, meeting_id=meeting.pk, date_text="12月中旬", year=2026, at=AT
        ),
        "hold": lambda: meetings.hold_meeting(actor=council.alice, meeting_id=meeting.pk, at=AT),
        "circulate": lambda: meetings.hold_meeting(actor=council.alice, meeting_id=meeting.pk, at=AT),
        "cancel": lambda: meetings.cancel_meeting(
            actor=council.alice, meeting_id=meeting.pk, reason="嵐のため", at=AT
        ),
    }[name]
    if name in {"hold", "circulate"}:
        name = "circulate" if circulation else "hold"
    step = meetings.TRANSITIONS[name]
    if state in step.start:
        assert do().state == step.end
        meeting.refresh_from_db()
        assert meeting.changes == 2
    else:
        with pytest.raises(meetings.WrongState):
            do()
        meeting.refresh_from_db()
        assert (meeting.state, meeting.changes) == (state, 1)


def test_bad_meetings_are_told_why(council: Council):
    council.meeting(number=3)
    with pytest.raises(meetings.NumberTaken):
        council.meeting(number=3)
    with pytest.raises(NotADate):
        meetings.plan_meeting(
            actor=council.alice,
            body_id=council.body.pk,
            title="",
            date_text="11月9日（水）",
            year=2021,
            at=AT,
        )
    with pytest.raises(meetings.BodyNotThere):
        council.meeting(day=date(2025, 12, 31))
    future = council.meeting(day=DAY + timedelta(days=1))
    with pytest.raises(meetings.WrongDay, match="まだ来ていません"):
        meetings.hold_meeting(actor=council.alice, meeting_id=future.pk, at=AT)
    with pytest.raises(posts.ReasonMissing):
        meetings.cancel_meeting(actor=council.alice, meeting_id=future.pk, reason=" ", at=AT)
    for stranger in (council.bob, council.charlie):
        with pytest.raises(Meeting.DoesNotExist):
            meetings.hold_meeting(actor=stranger, meeting_id=future.pk, at=AT)


def test_an_agenda_is_put_in_another_order_and_keeps_its_motions(council: Council):
    meeting = council.meeting()

    def write(*titles: str) -> list[str]:
        meetings.write_agenda(
            actor=council.alice, meeting_id=meeting.pk, items=[(t, "decision") for t in titles], at=AT
        )
        return list(meeting.agenda.values_list("title", flat=True))

    assert write("開会", "計画") == ["開会", "計画"]
    motion = motions.put_motion(
        actor=council.alice, meeting_id=meeting.pk, text="決める", requirement="majority",
        agenda_item_id=meeting.agenda.get(title="計画").pk, at=AT,
    )  # fmt: skip
    assert write("計画", "その他", "開会") == ["計画", "その他", "開会"]
    motion.refresh_from_db()
    assert motion.agenda_item == meeting.agenda.get(position=1)


def test_only_the_chair_asks_others_to_attend(council: Council):
    meeting = council.meeting()
    given = {"name": "参考 人子", "affiliation": "NPO", "reason": "現場の話", "scope": "議題1"}

    def invite(chair: Membership, actor=council.alice, **more: str):  # noqa: ANN001, ANN202
        return attendance.invite(
            actor=actor, meeting_id=meeting.pk, chair_id=chair.pk, at=AT, **(given | more)
        )

    with pytest.raises(posts.OnlyTheChair):
        invite(council.members[0])
    with pytest.raises(posts.OnlyTheChair):
        invite(council.chair, actor=council.bob)
    with pytest.raises(Meeting.DoesNotExist):
        invite(council.chair, actor=council.charlie)
    for missing in ("reason", "scope"):
        with pytest.raises(posts.ReasonMissing):
            invite(council.chair, **{missing: " "})
    guest = invite(council.chair)
    assert (guest.asked_by, guest.scope) == (council.chair, "議題1")
    said = attendance.record_statement(
        actor=council.alice, meeting_id=meeting.pk, text="現場では", guest_id=guest.pk, at=AT
    )
    assert attendance.speaker_in(said) == "NPO　参考 人子"


def test_attendance_with_deputies(council: Council):
    meeting = council.meeting()

    def attend(seat: Membership, *presence: str) -> None:
        attendance.record_attendance(
            actor=council.alice, meeting_id=meeting.pk, presences={seat.pk: Presence(*presence)}, at=AT
        )

    with pytest.raises(attendance.DeputyNotNamed):
        attend(council.members[0], "deputy", " ")
    other = make_council("別の会議")
    with pytest.raises(attendance.NotAMember):
        attend(other.members[0], "present")
    attend(council.members[0], "deputy", "代理 太郎", "審議官")
    row = Attendance.objects.get(meeting=meeting)
    assert (row.state, row.deputy_name, row.deputy_office) == ("deputy", "代理 太郎", "審議官")
    attend(council.members[0], "present", "残らない名前")
    row.refresh_from_db()
    assert (row.state, row.deputy_name, row.deputy_office) == ("present", "", "")


# -- motions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requirement", "options", "passed"),
    [
        ("majority", "yyn", True), ("majority", "yn", False), ("majority", "yaa", False),
        ("majority", "y", True),
        ("two_thirds", "yyn", True), ("two_thirds", "ynn", False), ("two_thirds", "yyyan", False),
        ("unanimous", "yyyyy", True), ("unanimous", "yyyyn", False), ("unanimous", "yyyya", False),
    ],
)  # fmt: skip
def test_votes_decide_by_the_requirement(council: Council, requirement: str, options: str, passed: bool):
    meeting = council.meeting()
    motion = put(council, meeting, requirement)
    vote(council, motion, *({"y": "yes", "n": "no", "a": "abstain"}[letter] for letter in options))
    closed = count(council, motion)
    assert (closed.passed, closed.state) == (passed, "passed" if passed else "failed")
    assert closed.result == (
        f"賛成{options.count('y')}、反対{options.count('n')}、棄権{options.count('a')}（構成員5）"
    )
    decided = list(Decision.objects.values_list("motion", "text", "decided_on"))
    assert decided == ([(motion.pk, "計画を決定する", DAY)] if passed else [])


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.booleans())
def test_a_stricter_requirement_never_carries_more(
    yes: int, no: int, abstain: int, silent: int, by_circulation: bool
):
    counted = Count(yes, no, abstain, yes + no + abstain + silent)
    results = [
        carries(name, counted, by_circulation=by_circulation)
        for name in ("unanimous", "two_thirds", "majority")
    ]
    assert results == sorted(results)
    if by_circulation:  # silence is no consent
        assert not (carries("unanimous", counted, by_circulation=True) and silent)
    if no > yes:
        assert not results[2]


def test_by_circulation_silence_is_no_consent(council: Council):
    meeting = council.meeting(by_circulation=True)
    motion = put(council, meeting)
    vote(council, motion, "yes", "yes")
    assert not count(council, motion).passed
    second = put(council, meeting)
    vote(council, second, "yes", "yes", "yes")
    assert count(council, second).passed
    assert meetings.hold_meeting(actor=council.alice, meeting_id=meeting.pk, at=AT).state == "circulated"


def test_votes_of_those_who_may_not(council: Council):
    meeting = council.meeting()
    motion = put(council, meeting)
    outsider, seats = make_council("別の会議").members[0], council.members
    posts.end_membership(
        actor=council.alice, membership_id=seats[0].pk, ends_on=DAY - timedelta(days=1), at=AT
    )
    secretary = posts.appoint(
        actor=council.alice, post_id=council.post("庶務", role="secretary"), name="庶務 係",
        begins_on=DAY, authority="x", at=AT,
    )  # fmt: skip
    attendance.record_attendance(
        actor=council.alice, meeting_id=meeting.pk, presences={seats[1].pk: Presence("absent")}, at=AT
    )
    vote(council, motion, "yes")
    for seat, error in (
        (outsider, attendance.NotAMember),
        (secretary, attendance.NotAMember),
        (seats[0], motions.MembershipExpired),
        (seats[1], motions.AbsentCannotVote),
        (council.chair, motions.AlreadyVoted),
    ):
        with pytest.raises(error) as refused:
            motions.cast_vote(
                actor=council.alice, motion_id=motion.pk, membership_id=seat.pk, option="no", at=AT
            )
        assert str(refused.value.sentence).endswith("。")
    assert Vote.objects.count() == 1
    # the database refuses them too, and a changed vote
    for seat in (outsider, secretary, seats[0]):
        with pytest.raises(IntegrityError), transaction.atomic():
            Vote.objects.create(motion=motion, membership=seat, option="yes", cast_at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Vote.objects.update(option="no")
    for stranger in (council.bob, council.charlie):
        with pytest.raises(Motion.DoesNotExist):
            motions.cast_vote(
                actor=stranger, motion_id=motion.pk, membership_id=seats[2].pk, option="yes", at=AT
            )
    count(council, motion)
    with pytest.raises(motions.WrongState):
        vote(council, motion, "no")


def test_a_member_votes_by_the_own_account_and_for_nobody_else(council: Council):
    motion = put(council, council.meeting())
    mina = make_member("mina", Role.VIEWER)
    seat, other = council.members[:2]
    Membership.objects.filter(pk=seat.pk).update(user=mina)
    motions.cast_vote(actor=mina, motion_id=motion.pk, membership_id=seat.pk, option="yes", at=AT)
    with pytest.raises(Motion.DoesNotExist):
        motions.cast_vote(actor=mina, motion_id=motion.pk, membership_id=other.pk, option="yes", at=AT)
    elsewhere = make_council("別の会議")
    foreign = put(elsewhere, elsewhere.meeting())
    with pytest.raises(Motion.DoesNotExist):
        motions.cast_vote(actor=mina, motion_id=foreign.pk, membership_id=seat.pk, option="yes", at=AT)


def test_agreed_to_without_a_vote(council: Council):
    motion = put(council, council.meeting(), "acclamation")
    with pytest.raises(motions.NoVoteTaken):
        vote(council, motion, "yes")
    with pytest.raises(motions.NoVoteTaken):
        count(council, motion)
    done = motions.acclaim(actor=council.alice, motion_id=motion.pk, at=AT, decision_text="了承された")
    assert (done.passed, done.result, done.votes.count()) == (True, "異議なく了承", 0)
    assert Decision.objects.get().text == "了承された"
    second = put(council, motion.meeting, "acclamation")
    failed = motions.acclaim(actor=council.alice, motion_id=second.pk, at=AT, objection="時間が足りない")
    assert (failed.state, failed.result) == ("failed", "異議あり：時間が足りない")
    third = put(council, motion.meeting)
    with pytest.raises(motions.WrongState):
        motions.acclaim(actor=council.alice, motion_id=third.pk, at=AT)
    with pytest.raises(motions.NothingToCount):
        count(council, third)
    motions.withdraw_motion(actor=council.alice, motion_id=third.pk, reason="出しなおす", at=AT)
    assert Decision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_member_who_votes_twice_at_once_votes_once():
    council = make_council(members=1)
    motion, outcomes, barrier = put(council, council.meeting()), [], threading.Barrier(2)

    def cast(option: str) -> None:
        barrier.wait()
        try:
            motions.cast_vote(
                actor=council.alice, motion_id=motion.pk, membership_id=council.chair.pk, option=option, at=AT
            )
            outcomes.append("ok")
        except motions.AlreadyVoted:
            outcomes.append("twice")
        finally:
            connection.close()

    threads = [threading.Thread(target=cast, args=(option,)) for option in ("yes", "no")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ok", "twice"]


# -- what follows --------------------------------------------------------------------------------------------


def assign(council: Council, meeting: Meeting, days: int, **more: object) -> ActionItem:
    return actions.assign_action(
        actor=council.alice, meeting_id=meeting.pk, text="数字をまとめる", owner_id=council.secretariat.pk,
        due_on=DAY + timedelta(days=days), at=AT, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_reminders_go_out_once_each(council: Council):
    officer = make_member("officer", Role.OFFICER, council.secretariat)
    item = assign(council, council.meeting(), 10)
    sent = [actions.send_reminders(at=AT + timedelta(days=day)) for day in range(26)]
    # a week before, on the day, and weekly from then on
    assert [day for day, n in enumerate(sent) if n] == [3, 10, 11, 17, 24]
    assert actions.send_reminders(at=AT + timedelta(days=25)) == 0
    waiting = ProcrastinateJob.objects.filter(task_name="council.mail_reminder")
    assert waiting.count() == 5
    mail_reminder(reminder_id=waiting.order_by("id")[0].args["reminder_id"])
    assert sorted(message.to[0] for message in mail.outbox) == sorted([council.alice.email, officer.email])
    assert "数字をまとめる" in mail.outbox[0].body
    # whoever has left the organisation, and what is done, is left in peace
    actions.close_action(actor=officer, action_id=item.pk, done=True, note="", at=AT)
    mail.outbox.clear()
    mail_reminder(reminder_id=waiting.order_by("id")[1].args["reminder_id"])
    assert mail.outbox == []
    assert actions.send_reminders(at=AT + timedelta(days=31)) == 0


def test_who_may_close_and_move(council: Council):
    ministry = make_organization("担当省", kind=council.secretariat.kind)
    officer = make_member("officer", Role.OFFICER, ministry)
    item = actions.assign_action(
        actor=council.alice, meeting_id=council.meeting().pk, text="調べる", owner_id=ministry.pk,
        due_on=DAY, at=AT,
    )  # fmt: skip
    with pytest.raises(actions.NotYours):
        actions.move_due(actor=officer, action_id=item.pk, due_on=DAY, reason="忙しい", at=AT)
    for stranger in (council.bob, council.charlie):
        with pytest.raises(ActionItem.DoesNotExist):
            actions.close_action(actor=stranger, action_id=item.pk, done=True, note="", at=AT)
    with pytest.raises(posts.ReasonMissing):
        actions.close_action(actor=officer, action_id=item.pk, done=False, note="", at=AT)
    actions.move_due(
        actor=council.alice, action_id=item.pk, due_on=DAY + timedelta(days=3), reason="資料待ち", at=AT
    )
    done = actions.close_action(actor=officer, action_id=item.pk, done=True, note="すみました", at=AT)
    assert (done.state, done.closed_on) == ("done", DAY)
    with pytest.raises(meetings.WrongState):
        actions.close_action(actor=officer, action_id=item.pk, done=True, note="", at=AT)
    with pytest.raises(meetings.WrongDay):
        assign(council, council.meeting(), -1)


def test_decisions_and_actions_are_compiled_across_a_series(council: Council):
    for number in (1, 2):
        meeting = council.meeting(number=number, day=DAY + timedelta(days=number))
        motions.record_decision(actor=council.alice, meeting_id=meeting.pk, text=f"決定{number}", at=AT)
        assign(council, meeting, 20, public=number == 2)
    meetings.publish_meeting(actor=council.alice, meeting_id=meeting.pk, published=True, at=AT)
    assert [d.text for d in decisions_of([council.body], public=False)] == ["決定2", "決定1"]
    assert [d.text for d in decisions_of([council.body], public=True)] == ["決定2"]
    compiled = [actions_of([council.body], public=public).count() for public in (False, True)]
    assert compiled == [2, 1]


# -- papers --------------------------------------------------------------------------------------------------


def test_who_reads_which_paper(council: Council):
    meeting = council.meeting()
    for number, access in enumerate(("public", "members", "secretariat")):
        materials.file_material(
            actor=council.alice, meeting_id=meeting.pk, number=f"資料{number}", title=access, access=access,
            file_name="a.pdf", content=make_pdf(number + 1), at=AT,
        )  # fmt: skip
    mina, old = make_member("mina", Role.VIEWER), make_member("old", Role.VIEWER)
    Membership.objects.filter(pk=council.members[0].pk).update(user=mina)
    Membership.objects.filter(pk=council.members[1].pk).update(user=old)
    posts.end_membership(
        actor=council.alice, membership_id=council.members[1].pk, ends_on=DAY - timedelta(days=1), at=AT
    )

    def read(viewer) -> list[str]:  # noqa: ANN001
        return [material.title for material in materials_read_by(viewer)]

    assert read(council.alice) == ["public", "members", "secretariat"]
    assert read(council.bob) == read(mina) == ["public", "members"]
    assert read(old) == ["public"]
    assert read(council.charlie) == []
    assert list(public_materials()) == []  # the meeting is not known yet
    meetings.publish_meeting(actor=council.alice, meeting_id=meeting.pk, published=True, at=AT)
    assert [material.title for material in public_materials()] == ["public"]
    first = public_materials()[0]
    replaced = materials.replace_file(
        actor=council.alice, material_id=first.pk, file_name="b.pdf", content=make_pdf(9), at=AT
    )
    assert (public_materials()[0].files[0].pk, replaced.number, replaced.pages) == (replaced.pk, 2, 9)
    with pytest.raises(materials.SameFile):
        materials.replace_file(
            actor=council.alice, material_id=first.pk, file_name="c.pdf", content=make_pdf(9), at=AT
        )
    materials.withdraw_material(actor=council.alice, material_id=first.pk, at=AT)
    assert list(public_materials()) == []
    assert read(mina) == ["members"]


@pytest.mark.parametrize(
    ("made_on", "years", "until"),
    [("2026-11-24", 10, "2037-03-31"), ("2026-03-31", 10, "2036-03-31"), ("2026-04-01", 1, "2028-03-31"),
     ("2026-11-24", 0, "2026-11-24"), ("2024-02-29", 30, "2054-03-31")],
)  # fmt: skip
def test_how_long_a_paper_is_kept(made_on: str, years: int, until: str):
    assert kept_until(date.fromisoformat(made_on), years) == date.fromisoformat(until)


# -- minutes -------------------------------------------------------------------------------------------------


def circulated(council: Council) -> Minutes:
    meeting = council.meeting(number=1)
    [point] = meetings.write_agenda(
        actor=council.alice, meeting_id=meeting.pk, items=[("計画", "decision")], at=AT
    )
    attendance.record_attendance(
        actor=council.alice, meeting_id=meeting.pk, at=AT,
        presences={
            council.chair.pk: Presence("present"),
            council.members[0].pk: Presence("deputy", "代理 花子"),
        },
    )  # fmt: skip
    attendance.record_statement(
        actor=council.alice, meeting_id=meeting.pk, text="賛成です。", member_id=council.chair.pk,
        agenda_item_id=point.pk, at=AT,
    )  # fmt: skip
    motion = put(council, meeting, "acclamation")
    motions.acclaim(actor=council.alice, motion_id=motion.pk, at=AT)
    meetings.hold_meeting(actor=council.alice, meeting_id=meeting.pk, at=AT)
    draft = minutes.begin_minutes(actor=council.alice, meeting_id=meeting.pk, at=AT)
    return minutes.circulate_minutes(
        actor=council.alice, minutes_id=draft.pk, reply_by_on=DAY + timedelta(days=7), at=AT
    )


def correct(council: Council, kept: Minutes, text: str, seat: Membership | None = None) -> MinutesCorrection:
    return minutes.ask_correction(
        actor=council.alice, minutes_id=kept.pk, membership_id=(seat or council.chair).pk,
        paragraph_id=kept.paragraphs.get(kind="speech").pk, proposed=text, at=AT,
    )  # fmt: skip


def test_minutes_from_draft_to_approval_at_the_next_meeting(council: Council):
    kept = circulated(council)
    assert [(p.kind, p.speaker, p.text) for p in kept.paragraphs.all()] == [
        ("heading", "", "出席者"),
        ("text", "", "官職0　委員0\n官職1（代理：代理 花子）"),
        ("heading", "", "1　計画"),
        ("speech", "官職0　委員0", "賛成です。"),
        ("heading", "", "そのほか"),
        ("text", "", "決定：計画を決定する"),
    ]
    wanted, unwanted = correct(council, kept, "条件つきで賛成です。"), correct(council, kept, "反対です。")
    later = council.meeting(number=2, day=DAY + timedelta(days=14))

    def approve(**more: object) -> Minutes:
        return minutes.approve_minutes(actor=council.alice, minutes_id=kept.pk, at=LATER, **more)  # type: ignore[arg-type]

    with pytest.raises(minutes.CorrectionsOpen, match="2件"):
        approve(in_meeting_id=later.pk)
    minutes.answer_correction(actor=council.alice, correction_id=wanted.pk, accept=True, answer="", at=AT)
    with pytest.raises(minutes.EditedMeanwhile):
        minutes.answer_correction(
            actor=council.alice, correction_id=unwanted.pk, accept=True, answer="", at=AT
        )
    with pytest.raises(posts.ReasonMissing):
        minutes.answer_correction(
            actor=council.alice, correction_id=unwanted.pk, accept=False, answer=" ", at=AT
        )
    minutes.answer_correction(
        actor=council.alice, correction_id=unwanted.pk, accept=False, answer="録音と違うため", at=AT
    )
    with pytest.raises(minutes.WrongState):
        minutes.publish_minutes(actor=council.alice, minutes_id=kept.pk, at=LATER)
    with pytest.raises(minutes.NotALaterMeeting):
        approve(in_meeting_id=later.pk)  # not held yet
    meetings.hold_meeting(actor=council.alice, meeting_id=later.pk, at=LATER)
    for wrong in (kept.meeting_id, make_earlier(council).pk):
        with pytest.raises(minutes.NotALaterMeeting):
            approve(in_meeting_id=wrong)
    done = approve(in_meeting_id=later.pk)
    assert (done.state, done.approved_in, done.approved_by_circulation) == ("approved", later, False)
    assert kept.paragraphs.get(kind="speech").text == "条件つきで賛成です。"
    assert minutes.publish_minutes(actor=council.alice, minutes_id=kept.pk, at=LATER).published_at == LATER
    # what they rest on changes no more
    with pytest.raises(meetings.MinutesSettled):
        put(council, kept.meeting)
    with pytest.raises(meetings.MinutesSettled):
        attendance.record_attendance(actor=council.alice, meeting_id=kept.meeting_id, presences={}, at=LATER)
    with pytest.raises(minutes.WrongState):
        approve()


def make_earlier(council: Council) -> Meeting:
    earlier = council.meeting(day=DAY - timedelta(days=30))
    return meetings.hold_meeting(actor=council.alice, meeting_id=earlier.pk, at=AT)


def test_approval_by_circulation_waits_for_its_day(council: Council):
    kept = circulated(council)
    with pytest.raises(minutes.WrongDay):
        minutes.approve_minutes(actor=council.alice, minutes_id=kept.pk, at=AT + timedelta(days=7))
    done = minutes.approve_minutes(actor=council.alice, minutes_id=kept.pk, at=AT + timedelta(days=8))
    assert (done.state, done.approved_in, done.approved_by_circulation) == ("approved", None, True)


def test_corrections_come_from_members_and_in_time(council: Council):
    kept = circulated(council)
    with pytest.raises(attendance.NotAMember):
        correct(council, kept, "x", make_council("別の会議").members[0])
    with pytest.raises(minutes.WrongDay):
        minutes.ask_correction(
            actor=council.alice, minutes_id=kept.pk, membership_id=council.chair.pk,
            paragraph_id=kept.paragraphs.get(kind="speech").pk, proposed="遅い", at=AT + timedelta(days=8),
        )  # fmt: skip
    with pytest.raises(posts.NobodyNamed):
        correct(council, kept, "賛成です。")
    for stranger in (council.bob, council.charlie):
        with pytest.raises(Minutes.DoesNotExist):
            minutes.approve_minutes(actor=stranger, minutes_id=kept.pk, at=LATER)


def test_two_writers_of_a_draft_notice_each_other(council: Council):
    meeting = council.meeting()
    meetings.hold_meeting(actor=council.alice, meeting_id=meeting.pk, at=AT)
    draft = minutes.begin_minutes(actor=council.alice, meeting_id=meeting.pk, at=AT)
    first = draft.paragraphs.order_by("position")[0]

    def save(text: str, version: int) -> None:
        minutes.save_minutes(
            actor=council.alice, minutes_id=draft.pk, version=version, at=AT,
            paragraphs=[Paragraph("heading", text, id=first.pk), Paragraph("speech", "どうぞ", "議長")],
        )  # fmt: skip

    save("一", 1)
    with pytest.raises(minutes.EditedMeanwhile):
        save("二", 1)
    assert list(draft.paragraphs.values_list("id", "text"))[0] == (first.pk, "一")
    with pytest.raises(minutes.WrongState):
        minutes.begin_minutes(actor=council.alice, meeting_id=meeting.pk, at=AT)


def test_the_summary_goes_its_own_way(council: Council):
    meeting = council.meeting()
    with pytest.raises(minutes.WrongState):
        minutes.write_summary(actor=council.alice, meeting_id=meeting.pk, text="要旨", publish=True, at=AT)
    meetings.hold_meeting(actor=council.alice, meeting_id=meeting.pk, at=AT)
    write = minutes.write_summary
    assert (
        write(actor=council.alice, meeting_id=meeting.pk, text="要旨", publish=False, at=AT).published_at
        is None
    )
    assert (
        write(actor=council.alice, meeting_id=meeting.pk, text="要旨", publish=True, at=AT).published_at == AT
    )
    assert not Minutes.objects.filter(meeting=meeting).exists()
