"""November and December 2021 once more, through the services: from the council of 9 November to the decision.

The schedule is the document's (data/priority_plan.json); the plan's text is not in it, so measures stay
未入力 and their missing targets have the written reason of that time: the Act was not in force.
"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from tests.factories import make_member
from tsunagari.accounts.models import Organization, Role
from tsunagari.council.models import Body, ConsultationRound, Meeting, Motion, ScheduleItem
from tsunagari.council.selectors.bodies import voters_on
from tsunagari.council.services import attendance, meetings, motions
from tsunagari.council.services.loading import load_council, ministry_of
from tsunagari.council.services.rounds import answers, asked, life
from tsunagari.plan.compliance import duties
from tsunagari.plan.models import Plan, PlanVersion
from tsunagari.plan.selectors.versions import KEY
from tsunagari.plan.services import consulting, editing, states
from tsunagari.plan.services.blockers import blockers_of
from tsunagari.plan.services.content import content_of
from tsunagari.plan.services.loading import load_plan

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")
REASON = "孤独・孤立対策推進法の施行（2024年4月1日）より前の計画で、原資料に目標の記載がないため。"


def on(month: int, day: int, hour: int = 18) -> datetime:
    """A moment of 2021 in Tokyo."""
    return datetime.combine(date(2021, month, day), time(hour), TOKYO)


def test_the_schedule_of_2021_leads_to_the_plan():
    load_council(folder=settings.DATA_DIR, at=on(11, 1))
    load_plan(folder=settings.DATA_DIR, at=on(11, 1))
    version = PlanVersion.objects.get(plan__key=KEY)
    secretariat = Plan.objects.get().secretariat
    alice = make_member("alice", Role.SECRETARY, secretariat)
    bob = make_member("bob", Role.OFFICER, ministry_of("厚生労働省"))
    dora = make_member("dora", Role.OFFICER, ministry_of("総務省"))
    items = list(ScheduleItem.objects.order_by("position"))
    assert [item.date_text for item in items] == [
        "１１月９日（火）", "１１月中旬～", "（１１月中下旬）", "（１１月下旬～）", "１２月中下旬",
    ]  # fmt: skip

    # 9 November: the council
    first = Meeting.objects.get(schedule_item=items[0])
    _hold(alice, first, date(2021, 11, 9))
    assert first.body.name == "孤独・孤立対策に関する連絡調整会議"
    members = voters_on(first.body, date(2021, 11, 9))
    presences = {member.pk: attendance.Presence("present") for member in members}
    attendance.record_attendance(actor=alice, meeting_id=first.pk, presences=presences, at=on(11, 9))
    assert len(presences) == 17  # the chair and sixteen members by office

    # from mid-November: 「年内に３回程度」, three meetings of experts; the forum, the tenth
    experts = Body.objects.get(classification=Body.Classification.EXPERTS)
    for number, day in enumerate((date(2021, 11, 15), date(2021, 11, 30), date(2021, 12, 14)), 1):
        planned = meetings.plan_meeting(
            actor=alice, body_id=experts.pk, title=items[1].title, number=number, year=2021,
            date_text=items[1].date_text, schedule_item_id=items[1].pk, at=on(11, 9),
        )  # fmt: skip
        _hold(alice, planned, day)
    forum = Meeting.objects.get(schedule_item=items[2])
    assert forum.number == 10
    _hold(alice, forum, date(2021, 11, 25))

    # from late November: the ministries
    with pytest.raises(consulting.NotInConsultation):
        _ask(alice, version, on(11, 21))
    states.consult(actor=alice, version_id=version.pk, at=on(11, 22))
    round_ = _ask(alice, version, on(11, 22))
    paragraph = round_.paragraphs.get(heading__startswith="M07")
    welfare, interior = (round_.addressees.get(organization__name=name) for name in ("厚生労働省", "総務省"))
    comment = asked.add_comment(
        actor=bob, addressee_id=welfare.pk, paragraph_id=paragraph.pk, at=on(11, 25),
        body="チャットの相談も対象にしてください。", proposal="",
    )  # fmt: skip
    asked.say_no_comment(actor=dora, addressee_id=interior.pk, at=on(11, 26))
    life.close_round(actor=alice, round_id=round_.pk, at=on(12, 4))
    _told(version, {"round", "comment", "ministry"})
    life.begin_responding(actor=alice, round_id=round_.pk, at=on(12, 4))
    answers.answer_comment(
        actor=alice, comment_id=comment.pk, outcome="accepted", text="ご意見のとおり、対象にします。",
        reason="", at=on(12, 5),
    )  # fmt: skip
    life.finish_round(actor=alice, round_id=round_.pk, at=on(12, 6))
    _told(version, {"ministry"})
    with pytest.raises(life.NotReflected):
        consulting.reflect_comments(actor=alice, version_id=version.pk, round_id=round_.pk, at=on(12, 6))
    text = version.measure_texts.get(measure__key="M07")
    editing.save_measure(
        actor=alice, text_id=text.pk, revision=0, at=on(12, 7),
        content=content_of(text) | {"title": "電話・ＳＮＳ・チャット相談の24時間対応の推進"},
    )  # fmt: skip
    consulting.reflect_comments(actor=alice, version_id=version.pk, round_id=round_.pk, at=on(12, 8))
    asked.agree(actor=bob, addressee_id=welfare.pk, at=on(12, 9))
    _told(version, set())

    # no target is in the document: the reason is written, then the text stands
    assert sum(each.code == "target" for each in blockers_of(version)) == 16
    assert states.write_no_target_reason(actor=alice, version_id=version.pk, reason=REASON) == 16
    states.finish(actor=alice, version_id=version.pk, at=on(12, 20))

    # late December: the body that was called 連絡調整会議 no longer decides on the 28th; its successor does
    december = Meeting.objects.get(schedule_item=items[4])
    states.bind_motion(
        actor=alice, version_id=version.pk,
        motion_id=_agreed(alice, december, date(2021, 12, 28)).pk,
    )  # fmt: skip
    version.refresh_from_db()
    assert [each.code for each in blockers_of(version)] == ["body"]
    with pytest.raises(states.NotReady):
        states.decide(actor=alice, version_id=version.pk, at=on(12, 28, 19))
    successor = Body.objects.get(name="孤独・孤立対策推進会議")
    decisive = meetings.plan_meeting(
        actor=alice, body_id=successor.pk, title="孤独・孤立対策推進会議", year=2021,
        date_text=items[4].date_text, schedule_item_id=items[4].pk, at=on(12, 20),
    )  # fmt: skip
    motion = _agreed(alice, decisive, date(2021, 12, 28))
    states.bind_motion(actor=alice, version_id=version.pk, motion_id=motion.pk)
    states.decide(actor=alice, version_id=version.pk, at=on(12, 28, 19))
    states.enter_into_force(actor=alice, version_id=version.pk, on=date(2021, 12, 28), at=on(12, 28, 20))
    version.refresh_from_db()
    assert (version.state, version.decided_on) == ("in_force", date(2021, 12, 28))
    assert set(version.measure_texts.values_list("no_target_reason", flat=True)) == {REASON}

    _see_it_as_the_public_does(version)


def _hold(actor: object, meeting: Meeting, day: date) -> None:
    meetings.call_meeting(actor=actor, meeting_id=meeting.pk, held_on=day, at=on(11, 8))
    meetings.hold_meeting(actor=actor, meeting_id=meeting.pk, at=datetime.combine(day, time(17), TOKYO))


def _ask(actor: object, version: PlanVersion, at: datetime) -> ConsultationRound:
    return consulting.ask_for_comments(
        actor=actor, version_id=version.pk, kind="ministry", closes_at=on(12, 3), at=at,
        asked=Organization.objects.filter(name__in=["厚生労働省", "総務省"]),
    )  # fmt: skip


def _agreed(actor: object, meeting: Meeting, day: date) -> Motion:
    """「重点計画を決定」, agreed to without a vote."""
    meetings.call_meeting(actor=actor, meeting_id=meeting.pk, held_on=day, at=on(12, 21))
    motion = motions.put_motion(
        actor=actor, meeting_id=meeting.pk, text="重点計画を決定", requirement="acclamation",
        classification="plan", at=on(12, 21),
    )  # fmt: skip
    meetings.hold_meeting(actor=actor, meeting_id=meeting.pk, at=on(12, 28, 17))
    return motions.acclaim(actor=actor, motion_id=motion.pk, at=on(12, 28))


def _told(version: PlanVersion, codes: set[str]) -> None:
    version.refresh_from_db()
    assert {each.code for each in blockers_of(version)} - {"target", "motion"} == codes


def _see_it_as_the_public_does(version: PlanVersion) -> None:
    client = Client()
    assert "決定：2021年12月28日（火）" in client.get("/plan/").content.decode()
    orders = client.get("/plan/orders/").content.decode()
    assert "こたえる施策がない指示：5" in orders
    assert "社会全体の気運醸成" in orders
    assert "決定しました" in client.get("/plan/feed.atom").content.decode()
    with translation.override("ja"):
        first, second, *_rest = duties(version, date(2021, 12, 29))
    assert (first.state, second.state) == ("not_yet", "kept")
    assert "0日後に公表" in second.evidence[0].text
