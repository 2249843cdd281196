"""Contacts that change hands, abusive contacts, counsellors who do not answer, and what the sweep finds."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from tests.consultation.making import begin, loads_are_true, make_helpline, make_shift
from tests.factories import AT
from tsunagari.consultation.models import Alarm, Callback, Reservation, RiskAssessment, Shift, Task, TaskEvent
from tsunagari.consultation.priority import weights
from tsunagari.consultation.selectors.conversations import messages_after
from tsunagari.consultation.services import contacts, duty, handover, offers, queue
from tsunagari.consultation.services.handover import HOLDS
from tsunagari.consultation.services.offers import IN_A_ROW
from tsunagari.consultation.services.sweeping import FORGOTTEN, RECORD_LATE, sweep
from tsunagari.consultation.services.talking import say_as_person
from tsunagari.consultation.services.tasks import NotNow
from tsunagari.consultation.states import Disposition, ReservationState, RiskLevel, TaskState

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def talk(helpline, shift, at=AT) -> Task:
    """Somebody who talks with this counsellor."""
    task = queue.enqueue(task_id=begin(helpline, at=at).task.pk, at=at)
    offers.make_offers(helpline_id=helpline.pk, at=at)
    offer = Reservation.objects.get(task=task, state=ReservationState.CREATED)
    assert offer.shift == shift
    return offers.accept_offer(user=shift.user, reservation_id=offer.pk, fence=offer.fence, at=at)


def told(task: Task) -> list[str]:
    said = messages_after({task.conversation_id: 0}, staff=False).get(task.conversation_id, ())
    return [one.text for one in said if one.kind == "event"]


def supervisor_of(helpline) -> Shift:
    return Shift.objects.get(helpline=helpline, kind=Shift.Kind.SUPERVISOR)


class TestTransfer:
    def _asked(self):
        helpline = make_helpline()
        first = make_shift(helpline, capacity=1)
        task = talk(helpline, first)
        second = make_shift(helpline, capacity=1)
        handover.offer_transfer(
            user=first.user, task_id=task.pk, fence=task.fence, to_shift_id=second.pk, at=AT
        )
        task.refresh_from_db()
        return helpline, first, second, task

    def test_the_second_accepts_before_the_first_lets_go(self):
        _helpline, first, second, task = self._asked()
        assert (task.state, task.shift, task.next_shift) == (TaskState.TRANSFERRING, first, second)
        loads_are_true()
        assert sorted(Shift.objects.filter(kind="counsellor").values_list("load", flat=True)) == [1, 1]
        now = handover.accept_transfer(user=second.user, task_id=task.pk, fence=task.fence, at=AT)
        assert (now.state, now.shift, now.familiar) == (TaskState.CONNECTED, second, second.user)
        assert now.fence == task.fence + 1
        assert told(now) == ["joined", "handover"]
        loads_are_true()
        with pytest.raises(Task.DoesNotExist):
            contacts.finish_talking(user=first.user, task_id=task.pk, fence=task.fence, at=AT)
        with pytest.raises(NotNow):
            handover.accept_transfer(user=second.user, task_id=task.pk, fence=task.fence, at=AT)

    def test_declined_withdrawn_or_late_it_stays(self):
        _helpline, first, second, task = self._asked()
        handover.decline_transfer(user=second.user, task_id=task.pk, fence=task.fence, at=AT)
        loads_are_true()
        asked = {"user": first.user, "task_id": task.pk, "fence": task.fence}
        handover.offer_transfer(**asked, to_shift_id=second.pk, at=AT)
        handover.withdraw_transfer(**asked, at=AT)
        loads_are_true()
        handover.offer_transfer(**asked, to_shift_id=second.pk, at=AT)
        with pytest.raises(NotNow):
            handover.accept_transfer(user=second.user, task_id=task.pk, fence=task.fence, at=AT + HOLDS)
        Shift.objects.update(seen_at=AT + HOLDS)
        assert (sweep(at=AT + HOLDS).transfers, sweep(at=AT + HOLDS).transfers) == (1, 0)
        task.refresh_from_db()
        assert (task.state, task.shift, task.next_shift) == (TaskState.CONNECTED, first, None)
        assert told(task) == ["joined"]
        loads_are_true()

    def test_nobody_is_asked_who_has_no_place_or_is_away(self):
        helpline = make_helpline()
        first = make_shift(helpline, capacity=1)
        task = talk(helpline, first)
        full = make_shift(helpline, capacity=1, load=1)
        paused = make_shift(helpline, paused_at=AT)
        away = make_shift(helpline, at=AT - 5 * MINUTE)
        elsewhere = make_shift(make_helpline())
        for one in (first, full, paused, away, elsewhere):
            with pytest.raises(handover.NoPlace):
                handover.offer_transfer(
                    user=first.user, task_id=task.pk, fence=task.fence, to_shift_id=one.pk, at=AT
                )

    def test_only_who_was_asked_can_accept(self):
        helpline, _first, _second, task = self._asked()
        other = make_shift(helpline)
        for answer in (handover.accept_transfer, handover.decline_transfer):
            with pytest.raises(NotNow):
                answer(user=other.user, task_id=task.pk, fence=task.fence, at=AT)

    @pytest.mark.parametrize("end", ["person", "counsellor", "vanished"])
    def test_the_kept_place_is_free_however_the_talk_ends(self, end: str):
        _helpline, first, second, task = self._asked()
        if end == "person":
            queue.leave(conversation_id=task.conversation_id, at=AT)
        elif end == "counsellor":
            contacts.finish_talking(user=first.user, task_id=task.pk, fence=task.fence, at=AT)
        else:
            Shift.objects.filter(pk=first.pk).update(seen_at=AT - 2 * MINUTE)
            assert sweep(at=AT).vanished == 1
        loads_are_true()
        second.refresh_from_db()
        task.refresh_from_db()
        assert task.next_shift is None


class TestTakingOver:
    @pytest.mark.parametrize("state", ["connected", "transferring", "wrap_up"])
    def test_a_supervisor_takes_a_contact_out_of_somebodys_hands(self, state: str):
        helpline = make_helpline()
        own = supervisor_of(helpline)
        first = make_shift(helpline, capacity=1)
        task = talk(helpline, first)
        if state == "transferring":
            handover.offer_transfer(
                user=first.user,
                task_id=task.pk,
                fence=task.fence,
                to_shift_id=make_shift(helpline).pk,
                at=AT,
            )
        if state == "wrap_up":
            contacts.finish_talking(user=first.user, task_id=task.pk, fence=task.fence, at=AT)
        for _twice in range(2):
            taken = handover.take_over(user=own.user, supervisor_shift_id=own.pk, task_id=task.pk, at=AT)
        assert taken.shift == own
        assert taken.fence == task.fence + 1
        assert taken.state == (TaskState.WRAP_UP if state == "wrap_up" else TaskState.CONNECTED)
        loads_are_true()
        with pytest.raises(Task.DoesNotExist):
            contacts.finish_talking(user=first.user, task_id=task.pk, fence=task.fence, at=AT)
        if state != "wrap_up":
            contacts.finish_talking(user=own.user, task_id=task.pk, fence=taken.fence, at=AT)
        contacts.close_contact(
            user=own.user, task_id=task.pk, fence=taken.fence, disposition=Disposition.TALKED, at=AT
        )
        own.refresh_from_db()
        assert (own.load, own.capacity) == (0, 0)
        assert duty.end_shift(user=own.user, shift_id=own.pk, at=AT).ended_at == AT

    @pytest.mark.parametrize("state", ["arrived", "queued", "offered"])
    def test_a_supervisor_takes_somebody_who_waits(self, state: str):
        helpline = make_helpline()
        own = supervisor_of(helpline)
        task = begin(helpline).task
        if state != "arrived":
            queue.enqueue(task_id=task.pk, at=AT)
        if state == "offered":
            make_shift(helpline)
            assert offers.make_offers(helpline_id=helpline.pk, at=AT) == 1
        taken = handover.take_over(user=own.user, supervisor_shift_id=own.pk, task_id=task.pk, at=AT)
        assert (taken.state, taken.shift) == (TaskState.CONNECTED, own)
        assert told(taken) == ["joined"]
        loads_are_true()

    def test_counsellors_others_and_other_helplines_take_nothing_over(self):
        helpline = make_helpline()
        own = supervisor_of(helpline)
        first = make_shift(helpline)
        task = talk(helpline, first)
        other = supervisor_of(make_helpline())
        for user, shift in ((first.user, own), (other.user, other), (first.user, first)):
            with pytest.raises(PermissionDenied):
                handover.take_over(user=user, supervisor_shift_id=shift.pk, task_id=task.pk, at=AT)

    def test_what_has_ended_stays_ended(self):
        helpline = make_helpline()
        own = supervisor_of(helpline)
        task = begin(helpline).task
        queue.leave(conversation_id=task.conversation_id, at=AT)
        with pytest.raises(NotNow):
            handover.take_over(user=own.user, supervisor_shift_id=own.pk, task_id=task.pk, at=AT)


class TestAbuse:
    def test_it_ends_with_its_outcome_and_a_supervisor_is_told(self):
        helpline = make_helpline()
        shift = make_shift(helpline)
        task = talk(helpline, shift)
        ended = contacts.end_abusive(user=shift.user, task_id=task.pk, fence=task.fence, at=AT)
        assert (ended.state, ended.disposition) == (TaskState.CLOSED, Disposition.ABUSIVE)
        assert told(ended) == ["joined", "left"]
        assert Alarm.objects.filter(task=task, kind=Alarm.Kind.ABUSE).count() == 1
        assert TaskEvent.objects.filter(task=task, reason="abuse", actor=shift.user).exists()
        loads_are_true()

    @pytest.mark.parametrize("how", ["screened", "lowered", "written"])
    def test_who_was_in_danger_gets_a_supervisor_instead(self, how: str):
        helpline = make_helpline()
        own = supervisor_of(helpline)
        shift = make_shift(helpline)
        task = talk(helpline, shift)
        if how == "screened":
            Task.objects.filter(pk=task.pk).update(risk=RiskLevel.HIGH)
        elif how == "lowered":
            RiskAssessment.objects.create(task=task, before=0, level=3, source="screening", at=AT)
        else:
            say_as_person(conversation_id=task.conversation_id, client_id=task.pk, text="もう死にたい", at=AT)
        moved = contacts.end_abusive(user=shift.user, task_id=task.pk, fence=task.fence, at=AT)
        assert (moved.state, moved.shift) == (TaskState.CONNECTED, own)
        assert Alarm.objects.filter(task=task, kind=Alarm.Kind.ABUSE).exists()
        loads_are_true()

    def test_without_a_supervisor_they_wait_before_others_but_never_for_the_same_counsellor(self):
        helpline = make_helpline()
        Shift.objects.filter(kind=Shift.Kind.SUPERVISOR).update(seen_at=AT - 5 * MINUTE)
        shift = make_shift(helpline)
        task = talk(helpline, shift)
        Task.objects.filter(pk=task.pk).update(risk=RiskLevel.IMMINENT)
        moved = contacts.end_abusive(user=shift.user, task_id=task.pk, fence=task.fence, at=AT)
        assert moved.state == TaskState.QUEUED
        assert told(moved) == ["joined", "interrupted"]
        assert offers.make_offers(helpline_id=helpline.pk, at=AT) == 0
        other = make_shift(helpline, load=1)
        assert offers.make_offers(helpline_id=helpline.pk, at=AT) == 1
        assert Reservation.objects.get(task=task, state=ReservationState.CREATED).shift == other

    def test_in_the_middle_of_a_transfer_the_kept_place_is_free(self):
        helpline = make_helpline()
        shift, second = make_shift(helpline), make_shift(helpline, load=1)
        task = talk(helpline, shift)
        handover.offer_transfer(
            user=shift.user, task_id=task.pk, fence=task.fence, to_shift_id=second.pk, at=AT
        )
        contacts.end_abusive(user=shift.user, task_id=task.pk, fence=task.fence, at=AT)
        second.refresh_from_db()
        assert second.load == 1


class TestNoAnswer:
    def test_who_does_not_answer_again_and_again_is_offered_no_more(self):
        helpline = make_helpline()
        shift = make_shift(helpline)
        task = queue.enqueue(task_id=begin(helpline).task.pk, at=AT)
        at = AT
        for _time in range(IN_A_ROW):
            shift.refresh_from_db()
            assert shift.paused_at is None
            assert offers.make_offers(helpline_id=helpline.pk, at=at) == 1
            at += weights().lease
            Shift.objects.update(seen_at=at)
            offer = Reservation.objects.get(state=ReservationState.CREATED)
            assert offers.take_back(offer.pk, at=at)
        shift.refresh_from_db()
        assert shift.paused_at == at
        assert Alarm.objects.filter(kind=Alarm.Kind.NO_ANSWER, task=task).count() == 1
        assert offers.make_offers(helpline_id=helpline.pk, at=at) == 0
        # who takes up work again has as many offers as before
        duty.resume_shift(user=shift.user, shift_id=shift.pk, at=at)
        assert offers.make_offers(helpline_id=helpline.pk, at=at) == 1
        assert offers.take_back(Reservation.objects.get(state="created").pk, at=at + weights().lease)
        shift.refresh_from_db()
        assert shift.paused_at is None
        loads_are_true()

    def test_going_off_duty_gives_an_open_offer_to_others(self):
        helpline = make_helpline()
        shift = make_shift(helpline)
        task = queue.enqueue(task_id=begin(helpline).task.pk, at=AT)
        offers.make_offers(helpline_id=helpline.pk, at=AT)
        assert duty.end_shift(user=shift.user, shift_id=shift.pk, at=AT).ended_at == AT
        task.refresh_from_db()
        assert task.state == TaskState.QUEUED
        loads_are_true()


class TestSweep:
    def test_a_record_that_nobody_writes_calls_a_supervisor_once(self):
        helpline = make_helpline()
        shift = make_shift(helpline)
        task = talk(helpline, shift)
        contacts.finish_talking(user=shift.user, task_id=task.pk, fence=task.fence, at=AT)
        for minutes in (0, 1):
            sweep(at=AT + RECORD_LATE + minutes * MINUTE)
        assert Alarm.objects.filter(kind=Alarm.Kind.COUNSELLOR_VANISHED, task=task).count() == 1

    def test_a_forgotten_shift_ended_when_it_was_last_heard_of(self):
        shift = make_shift(make_helpline())
        busy = make_shift(make_helpline(), load=1)
        later = AT + FORGOTTEN
        # the two supervisors, too
        assert (sweep(at=later).shifts, sweep(at=later).shifts) == (3, 0)
        shift.refresh_from_db()
        busy.refresh_from_db()
        assert (shift.ended_at, busy.ended_at) == (AT, None)

    @pytest.mark.parametrize("kept", [True, False])
    def test_a_callback_whose_time_has_passed_is_decided(self, kept: bool):
        helpline = make_helpline()
        task = talk(helpline, make_shift(helpline)) if kept else begin(helpline).task
        Callback.objects.create(
            conversation=task.conversation,
            helpline=helpline,
            from_at=AT - MINUTE,
            until_at=AT + MINUTE,
            booked_at=AT - MINUTE,
        )
        assert sweep(at=AT).callbacks == 0
        assert (sweep(at=AT + MINUTE).callbacks, sweep(at=AT + MINUTE).callbacks) == (1, 0)
        assert Callback.objects.get().state == ("kept" if kept else "missed")
        assert Alarm.objects.filter(kind=Alarm.Kind.CALLBACK_MISSED).count() == (not kept)

    def test_a_sweep_asks_as_many_questions_however_many_talk(self, django_assert_max_num_queries):
        helpline = make_helpline()
        for _each in range(5):
            talk(helpline, make_shift(helpline, capacity=1))
        with django_assert_max_num_queries(12):
            sweep(at=AT)
