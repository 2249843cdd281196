"""Raising, judging and calling: what the services make of what was read."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.consultation.making import begin, make_helpline, make_shift, make_task
from tests.factories import AT, make_member
from tsunagari.accounts.models import Role
from tsunagari.consultation.models import Alarm, RiskAssessment, Shift, Task
from tsunagari.consultation.services import alarms, offers, queue, risk
from tsunagari.consultation.services.talking import say_as_person
from tsunagari.consultation.states import RiskLevel
from tsunagari.core import live

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def say(task: Task, text: str, at=AT) -> Task:
    say_as_person(conversation_id=task.conversation_id, client_id=uuid4(), text=text, at=at)
    task.refresh_from_db()
    return task


def connected() -> tuple[Task, Shift]:
    helpline = make_helpline()
    shift = make_shift(helpline)
    task = say(begin(helpline).task, "こんばんは")
    offers.make_offers(helpline_id=helpline.pk, at=AT)
    offer = task.reservations.get(state="created")
    return offers.accept_offer(user=shift.user, reservation_id=offer.pk, fence=offer.fence, at=AT), shift


class TestRaising:
    def test_what_is_kept_are_keys_and_the_version_never_words(self):
        task = say(make_task(), "いま橋の上にいます")
        kept = task.assessments.get()
        assert (kept.before, kept.level, kept.source) == (0, 3, RiskAssessment.Source.RULES)
        assert "at_place" in kept.kinds
        assert kept.kinds[-1].startswith("rules-")
        assert not any("橋" in key for key in kept.kinds)
        assert kept.seq == 1
        assert bytes(kept.detail) == b""

    def test_a_calm_word_afterwards_lowers_nothing(self):
        task = say(say(make_task(), "死にたい"), "今日はいい天気でした")
        assert task.risk == RiskLevel.HIGH
        assert task.assessments.count() == 1

    @given(st.lists(st.sampled_from([
        "こんばんは", "もう限界です", "死にたい", "今から死にます", "ありがとう", "薬を", "ぜんぶ飲んだ",
    ]), max_size=6))  # fmt: skip
    @hypothesis_settings(max_examples=12, deadline=None)
    def test_a_machine_only_raises(self, words):
        with transaction.atomic():
            task, before = make_task(), RiskLevel.NONE
            for word in words:
                task = say(task, word)
                assert task.risk >= before
                before = task.risk
            levels = list(task.assessments.order_by("id").values_list("before", "level"))
            assert all(low < high for low, high in levels)
            transaction.set_rollback(True)

    def test_the_database_refuses_a_machine_that_lowers(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            RiskAssessment.objects.create(
                task=make_task(), before=2, level=1, source=RiskAssessment.Source.RULES, at=AT
            )

    def test_a_sentence_over_several_messages_is_read_as_one(self):
        task = make_task()
        for word in ("お母さんの薬", "ぜんぶ", "飲んじゃった"):
            task = say(task, word)
        assert task.risk == RiskLevel.IMMINENT

    def test_messages_of_long_ago_are_not_read_together(self):
        task = say(make_task(), "しに")
        assert say(task, "たい", at=AT + 11 * MINUTE).risk < RiskLevel.HIGH

    def test_who_waits_comes_sooner(self):
        helpline = make_helpline()
        first, second = (say(begin(helpline).task, "こんばんは") for _ in range(2))
        second = say(second, "今から死にます")
        assert second.rank_at < first.rank_at

    def test_an_ended_contact_stays_as_it_was(self):
        task = say(make_task(), "こんばんは")
        queue.leave(conversation_id=task.conversation_id, at=AT)
        assert risk.raise_from_text(task=task, text="死にたい", seq=1, at=AT) == RiskLevel.NONE
        assert not task.assessments.exists()

    def test_weights_alone_are_named_as_such(self):
        task = say(make_task(), "孫が引きこもって十年、私が死んだ後どうなるのか")
        assert task.assessments.get().source == RiskAssessment.Source.WEIGHTS
        assert task.risk == RiskLevel.CONCERN


class TestJudging:
    def test_a_person_lowers_and_what_was_judged_is_not_read_again(self):
        task, shift = connected()
        task = say(task, "死にたい")
        risk.assess(user=shift.user, task_id=task.pk, level=RiskLevel.CONCERN, detail="落ち着いた", at=AT)
        task.refresh_from_db()
        assert task.risk == RiskLevel.CONCERN
        assert say(task, "うん").risk == RiskLevel.CONCERN
        assert say(task, "やっぱり死にたい").risk == RiskLevel.HIGH

    def test_why_is_sealed_and_nothing_is_overwritten(self):
        task, shift = connected()
        for level in (RiskLevel.HIGH, RiskLevel.NONE):
            risk.assess(user=shift.user, task_id=task.pk, level=level, detail="ひみつの理由", at=AT)
        kept = list(task.assessments.order_by("id"))
        assert [(one.before, one.level) for one in kept] == [(0, 2), (2, 0)]
        assert all("ひみつ".encode() not in bytes(one.detail) for one in kept)
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            RiskAssessment.objects.filter(pk=kept[0].pk).update(level=3)


class TestAlarms:
    def test_a_rise_in_mid_conversation_calls_once_until_it_was_seen(self):
        task, _shift = connected()
        say(task, "死にたい")
        say(task, "いま橋の上にいます")
        alarm = Alarm.objects.get(kind=Alarm.Kind.RISK_ROSE)
        assert (alarm.task, alarm.seen_at) == (task, None)
        user = make_member("nora", Role.SUPERVISOR, task.helpline.organization)
        alarms.see_alarm(user=user, alarm_id=alarm.pk, at=AT)
        assert alarms.see_alarm(user=make_member("mio"), alarm_id=alarm.pk, at=AT + MINUTE).seen_by == user
        assert alarms.raise_alarm(helpline_id=task.helpline_id, kind=Alarm.Kind.RISK_ROSE, task=task, at=AT)

    def test_concern_and_those_who_wait_call_nobody(self):
        task, _shift = connected()
        say(task, "眠れません")
        say(make_task(), "今から死にます")
        assert not Alarm.objects.exists()

    def test_the_wall_and_the_talk_are_woken(self, monkeypatch, django_capture_on_commit_callbacks):
        task, _shift = connected()
        woken: list[str] = []
        monkeypatch.setattr(live, "hint", woken.append)
        monkeypatch.setattr("tsunagari.consultation.services.alarms.hint", woken.append)
        monkeypatch.setattr("tsunagari.consultation.services.tasks.hint", woken.append)
        say(task, "死にたい")
        assert f"helpline:{task.helpline_id}" in woken
        assert f"conversation:{task.conversation_id}" in woken

    def test_the_same_call_stands_once(self):
        task, _shift = connected()
        asked = {"helpline_id": task.helpline_id, "kind": Alarm.Kind.HELP_ASKED, "task": task}
        assert alarms.raise_alarm(**asked, at=AT)
        assert not alarms.raise_alarm(**asked, at=AT + MINUTE)
        assert Alarm.objects.count() == 1
