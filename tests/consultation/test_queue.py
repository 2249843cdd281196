"""The queue, the offers and the shifts: order, capacity, fences, and what is overdue."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.consultation.making import begin, loads_are_true, make_helpline, make_shift
from tests.factories import AT, make_member
from tsunagari.accounts.models import Role
from tsunagari.consultation.models import Alarm, Conversation, Reservation, Shift, Task
from tsunagari.consultation.priority import weights
from tsunagari.consultation.selectors.conversations import messages_after
from tsunagari.consultation.selectors.queue import can_receive, until_free, wait_for_newcomer, wait_of
from tsunagari.consultation.services import contacts, duty, offers, queue
from tsunagari.consultation.services.sweeping import SILENT_AFTER, sweep
from tsunagari.consultation.services.tasks import NotNow
from tsunagari.consultation.states import (
    ENDED,
    Disposition,
    ReservationState,
    RiskLevel,
    TaskState,
)

MINUTE = timedelta(minutes=1)


def wait(helpline, *, risk=RiskLevel.NONE, at=AT, **fields) -> Task:
    """Somebody who waits; no offer has been made yet."""
    task = begin(helpline, at=at, **fields).task
    if risk:
        Task.objects.filter(pk=task.pk).update(risk=risk)
    return queue.enqueue(task_id=task.pk, at=at)


def offered(helpline, at=AT) -> list[Reservation]:
    offers.make_offers(helpline_id=helpline.pk, at=at)
    waiting = Reservation.objects.filter(task__helpline=helpline, state=ReservationState.CREATED)
    return list(waiting.select_related("task", "shift__user").order_by("offered_at", "fence"))


def accept(offer: Reservation, at=AT) -> Task:
    return offers.accept_offer(user=offer.shift.user, reservation_id=offer.pk, fence=offer.fence, at=at)


@pytest.mark.django_db
class TestOrder:
    def test_who_is_in_danger_is_offered_first_whoever_came_before(self):
        helpline = make_helpline()
        wait(helpline, at=AT - 30 * MINUTE)
        grave = wait(helpline, risk=RiskLevel.IMMINENT)
        make_shift(helpline, capacity=1)
        assert [one.task for one in offered(helpline)] == [grave]

    def test_who_has_waited_longer_than_the_head_start_is_not_starved(self):
        helpline = make_helpline()
        start = weights().head_start(risk=RiskLevel.HIGH, interrupted=False)
        patient = wait(helpline, at=AT - start - MINUTE)
        wait(helpline, risk=RiskLevel.HIGH)
        make_shift(helpline, capacity=1)
        assert [one.task for one in offered(helpline)] == [patient]

    def test_who_knows_the_person_is_offered_them(self):
        helpline = make_helpline()
        make_shift(helpline)
        familiar = make_shift(helpline)
        task = wait(helpline)
        Task.objects.filter(pk=task.pk).update(familiar=familiar.user)
        (offer,) = offered(helpline)
        assert offer.shift == familiar
        assert {"code": "familiar", "minutes": 15} in offer.reasons

    def test_a_language_waits_for_who_speaks_it_but_not_for_ever(self):
        helpline = make_helpline()
        make_shift(helpline, languages=["en"], capacity=1, load=1)
        japanese = make_shift(helpline)
        wait(helpline, language=Conversation.Language.EN)
        assert offered(helpline) == []
        later = AT + weights().any_language_after
        Shift.objects.update(seen_at=later)
        assert [one.shift for one in offered(helpline, later)] == [japanese]

    def test_a_language_that_nobody_on_duty_speaks_does_not_wait(self):
        helpline = make_helpline()
        make_shift(helpline)
        wait(helpline, language=Conversation.Language.EN)
        assert len(offered(helpline)) == 1

    def test_easy_japanese_is_japanese(self):
        helpline = make_helpline()
        make_shift(helpline)
        wait(helpline, language=Conversation.Language.EASY)
        assert len(offered(helpline)) == 1

    def test_the_one_with_fewer_people_is_offered_first(self):
        helpline = make_helpline()
        busy, idle = make_shift(helpline), make_shift(helpline)
        wait(helpline)
        accept(next(one for one in offered(helpline)))
        wait(helpline)
        assert {one.shift for one in offered(helpline)} <= {busy, idle}
        assert sorted(Shift.objects.filter(kind="counsellor").values_list("load", flat=True)) == [1, 1]


@given(
    people=st.lists(
        st.tuples(st.integers(0, 2000), st.sampled_from(RiskLevel), st.booleans()), min_size=2, max_size=30
    )
)
@settings(max_examples=200, deadline=None)
def test_nobody_is_overtaken_by_more_than_the_bound(people):
    known = weights()
    ranked = sorted(
        (known.rank(queued_at=AT + came * MINUTE, risk=risk, interrupted=back), came)
        for came, risk, back in people
    )
    for place, (_rank, came) in enumerate(ranked):
        assert all(before <= came + known.largest / MINUTE for _other, before in ranked[:place])


@pytest.mark.django_db
class TestOffers:
    def test_accepting_connects_and_tells_the_person(self):
        helpline = make_helpline()
        shift = make_shift(helpline)
        task = wait(helpline)
        accept(offered(helpline)[0])
        task.refresh_from_db()
        assert (task.state, task.shift, task.familiar) == (TaskState.CONNECTED, shift, shift.user)
        said = messages_after({task.conversation_id: 0}, staff=False)[task.conversation_id]
        assert [one.text for one in said] == ["joined"]
        loads_are_true()

    def test_nobody_else_can_accept(self):
        helpline = make_helpline()
        make_shift(helpline)
        wait(helpline)
        (offer,) = offered(helpline)
        charlie = make_member("charlie", Role.COUNSELLOR, helpline.organization)
        with pytest.raises(Reservation.DoesNotExist):
            offers.accept_offer(user=charlie, reservation_id=offer.pk, fence=offer.fence, at=AT)

    def test_twice_late_or_with_an_older_fence_is_too_late(self):
        helpline = make_helpline()
        make_shift(helpline)
        wait(helpline)
        (offer,) = offered(helpline)
        for fence, at in ((offer.fence - 1, AT), (offer.fence, AT + weights().lease)):
            with pytest.raises(offers.OfferGone):
                offers.accept_offer(user=offer.shift.user, reservation_id=offer.pk, fence=fence, at=at)
        accept(offer)
        with pytest.raises(offers.OfferGone):
            accept(offer)
        loads_are_true()

    def test_who_says_no_is_not_asked_again_at_once_and_the_place_is_kept(self):
        helpline = make_helpline()
        make_shift(helpline), make_shift(helpline)
        task = wait(helpline)
        (offer,) = offered(helpline)
        offers.reject_offer(user=offer.shift.user, reservation_id=offer.pk, fence=offer.fence, at=AT)
        (again,) = offered(helpline)
        assert again.shift != offer.shift
        assert again.task.rank_at == task.rank_at
        loads_are_true()

    def test_who_is_alone_is_asked_again(self):
        helpline = make_helpline()
        make_shift(helpline)
        wait(helpline)
        (offer,) = offered(helpline)
        offers.reject_offer(user=offer.shift.user, reservation_id=offer.pk, fence=offer.fence, at=AT)
        assert len(offered(helpline)) == 1

    @pytest.mark.parametrize(
        "fields", [{"paused_at": AT}, {"seen_at": AT - timedelta(minutes=5)}, {"capacity": 1, "load": 1}]
    )
    def test_who_is_away_or_full_gets_none(self, fields):
        helpline = make_helpline()
        shift = make_shift(helpline)
        Shift.objects.filter(pk=shift.pk).update(**fields)
        wait(helpline)
        assert offered(helpline) == []

    def test_the_database_refuses_a_load_above_the_capacity(self):
        shift = make_shift(make_helpline(), capacity=1)
        with pytest.raises(IntegrityError), transaction.atomic():
            Shift.objects.filter(pk=shift.pk).update(load=2)


@pytest.mark.django_db
class TestLeaving:
    def test_who_stops_waiting_has_an_outcome_and_frees_the_counsellor(self):
        helpline = make_helpline()
        make_shift(helpline)
        task = wait(helpline)
        (offer,) = offered(helpline)
        queue.leave(conversation_id=task.conversation_id, at=AT)
        queue.leave(conversation_id=task.conversation_id, at=AT)
        task.refresh_from_db()
        assert (task.state, task.disposition) == (TaskState.ABANDONED_EXPLICIT, Disposition.LEFT)
        offer.refresh_from_db()
        assert offer.state == ReservationState.CANCELLED
        loads_are_true()

    def test_who_ends_the_talk_leaves_its_record_to_be_written(self):
        helpline = make_helpline()
        make_shift(helpline)
        task = wait(helpline)
        accept(offered(helpline)[0])
        queue.leave(conversation_id=task.conversation_id, at=AT)
        task.refresh_from_db()
        assert task.state == TaskState.WRAP_UP
        closed = contacts.close_contact(
            user=task.shift.user,
            task_id=task.pk,
            fence=task.fence,
            disposition=Disposition.TALKED,
            at=AT + MINUTE,
        )
        assert closed.state == TaskState.CLOSED
        loads_are_true()

    def test_a_stale_fence_or_another_counsellor_ends_nothing(self):
        helpline = make_helpline()
        make_shift(helpline)
        wait(helpline)
        task = accept(offered(helpline)[0])
        with pytest.raises(NotNow):
            contacts.finish_talking(user=task.shift.user, task_id=task.pk, fence=task.fence - 1, at=AT)
        with pytest.raises(Task.DoesNotExist):
            contacts.finish_talking(
                user=make_member("bob", Role.COUNSELLOR, helpline.organization),
                task_id=task.pk,
                fence=task.fence,
                at=AT,
            )


@pytest.mark.django_db
class TestSweep:
    def test_an_offer_without_an_answer_returns_to_the_queue(self):
        helpline = make_helpline()
        make_shift(helpline), make_shift(helpline)
        task = wait(helpline)
        (offer,) = offered(helpline)
        later = AT + weights().lease
        Shift.objects.update(seen_at=later)
        assert sweep(at=later).offers == 1
        assert sweep(at=later).offers == 0
        offer.refresh_from_db()
        task.refresh_from_db()
        assert offer.state == ReservationState.TIMEOUT
        # and is offered to the other one
        assert task.state == TaskState.OFFERED
        loads_are_true()

    def test_people_of_a_counsellor_who_vanished_come_back_before_others(self):
        helpline = make_helpline()
        make_shift(helpline, capacity=1)
        task = wait(helpline)
        accept(offered(helpline)[0])
        wait(helpline, at=AT + MINUTE)
        later = AT + 2 * MINUTE
        assert sweep(at=later).vanished == 1
        assert sweep(at=later).vanished == 0
        make_shift(helpline, capacity=1, at=later)
        assert [one.task for one in offered(helpline, later)] == [task]
        told = messages_after({task.conversation_id: 0}, staff=False)[task.conversation_id]
        assert [one.text for one in told] == ["joined", "interrupted"]
        assert Alarm.objects.filter(kind=Alarm.Kind.COUNSELLOR_VANISHED, task=task).count() == 1
        loads_are_true()

    def test_the_vanished_counsellors_page_can_do_nothing_any_more(self):
        helpline = make_helpline()
        make_shift(helpline, capacity=1)
        wait(helpline)
        task = accept(offered(helpline)[0])
        user = task.shift.user
        sweep(at=AT + 2 * MINUTE)
        with pytest.raises(Task.DoesNotExist):
            contacts.finish_talking(user=user, task_id=task.pk, fence=task.fence, at=AT + 2 * MINUTE)

    def test_who_is_not_at_the_page_any_more_has_an_outcome(self):
        helpline = make_helpline()
        task = wait(helpline)
        assert sweep(at=AT + SILENT_AFTER - MINUTE).silent == 0
        assert sweep(at=AT + SILENT_AFTER).silent == 1
        task.refresh_from_db()
        assert (task.state, task.disposition) == (TaskState.ABANDONED_SILENT, Disposition.SILENT)

    def test_a_supervisor_who_does_not_confirm_is_called_once(self):
        helpline = make_helpline()
        later = AT + timedelta(minutes=31)
        assert not can_receive(helpline, later)
        sweep(at=later)
        sweep(at=later + MINUTE)
        assert Alarm.objects.filter(helpline=helpline, kind=Alarm.Kind.NO_SUPERVISOR).count() == 1


@pytest.mark.django_db
class TestDuty:
    def test_a_queue_opens_only_with_a_supervisor_who_is_there(self):
        helpline = make_helpline(opened=False)
        supervisor = make_member("sara", Role.SUPERVISOR, helpline.organization)
        with pytest.raises(duty.NobodySupervises):
            duty.open_queue(user=supervisor, helpline_id=helpline.pk, at=AT)
        shift = duty.start_shift(
            user=supervisor, helpline=helpline, kind=Shift.Kind.SUPERVISOR, at=AT - timedelta(minutes=31)
        )
        with pytest.raises(duty.NobodySupervises):
            duty.open_queue(user=supervisor, helpline_id=helpline.pk, at=AT)
        duty.confirm_presence(user=supervisor, shift_id=shift.pk, at=AT)
        # open, but nobody answers yet
        assert not can_receive(duty.open_queue(user=supervisor, helpline_id=helpline.pk, at=AT), AT)
        make_shift(helpline)
        assert can_receive(duty.open_queue(user=supervisor, helpline_id=helpline.pk, at=AT), AT)
        assert not can_receive(duty.close_queue(user=supervisor, helpline_id=helpline.pk, at=AT), AT)

    @pytest.mark.parametrize("role", [Role.ADMIN, Role.COUNSELLOR, Role.EDITOR])
    def test_only_supervisors_of_the_organisation_open_it(self, role: Role):
        helpline = make_helpline()
        for user in (
            make_member("bob", role, helpline.organization),
            make_member("charlie", Role.SUPERVISOR),
        ):
            with pytest.raises(PermissionDenied):
                duty.open_queue(user=user, helpline_id=helpline.pk, at=AT)

    def test_coming_twice_is_one_shift_and_an_outsider_has_none(self):
        helpline = make_helpline()
        user = make_member("bob", Role.COUNSELLOR, helpline.organization)
        given_ = {"helpline": helpline, "kind": Shift.Kind.COUNSELLOR, "at": AT}
        assert duty.start_shift(user=user, **given_) == duty.start_shift(user=user, **given_)
        with pytest.raises(PermissionDenied):
            duty.start_shift(user=make_member("charlie", Role.COUNSELLOR), **given_)
        with pytest.raises(duty.BadCapacity):
            duty.start_shift(
                user=make_member("dan", Role.COUNSELLOR, helpline.organization), capacity=11, **given_
            )

    def test_nobody_leaves_while_somebody_talks_with_them(self):
        helpline = make_helpline()
        shift = make_shift(helpline)
        wait(helpline)
        task = accept(offered(helpline)[0])
        with pytest.raises(duty.StillInHand):
            duty.end_shift(user=shift.user, shift_id=shift.pk, at=AT)
        contacts.finish_talking(user=shift.user, task_id=task.pk, fence=task.fence, at=AT)
        contacts.close_contact(
            user=shift.user, task_id=task.pk, fence=task.fence, disposition=Disposition.TALKED, at=AT
        )
        assert duty.end_shift(user=shift.user, shift_id=shift.pk, at=AT).ended_at == AT


@pytest.mark.django_db
class TestWait:
    def test_nothing_is_said_while_nobody_is_on_duty(self):
        helpline = make_helpline()
        task = wait(helpline)
        found = wait_of(task, AT)
        assert (found.low_minutes, found.high_minutes, found.on_duty) == (None, None, 0)

    def test_the_range_grows_with_those_ahead(self):
        helpline = make_helpline()
        make_shift(helpline, capacity=1)
        first = wait_for_newcomer(helpline, AT)
        assert (first.ahead, first.low_minutes, first.high_minutes) == (0, 0, 1)
        accept_all = [wait(helpline) for _ in range(3)]
        accept(offered(helpline)[0])
        later = wait_for_newcomer(helpline, AT)
        assert later.ahead == len(accept_all) - 1
        assert 0 < later.low_minutes < later.high_minutes

    def test_the_quantiles_are_those_of_the_gamma_distribution(self):
        """Against waits that were drawn, for several queues."""
        chance = random.Random(1)
        for departures, places in ((1, 1), (3, 2), (10, 6)):
            drawn = sorted(
                sum(chance.expovariate(places / 45) for _ in range(departures)) for _ in range(20_000)
            )
            low, high = until_free(departures, places, timedelta(minutes=45))
            assert abs(low - drawn[4_000]) <= 0.06 * drawn[4_000] + 1.5
            assert abs(high - drawn[16_000]) <= 0.06 * drawn[16_000] + 1.5


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_overfill_nobody_and_lose_nobody(monkeypatch):
    """Everything at the same time: coming, offering, accepting, refusing, leaving, ending, sweeping."""
    # each with a connection of its own, as fifty processes would have
    connection.close()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    helpline = make_helpline()
    shifts = [make_shift(helpline, capacity=2) for _ in range(10)]
    begun = [begin(helpline) for _ in range(60)]

    def work(number: int) -> None:
        chance = random.Random(number)
        try:
            for _ in range(3):
                _anything(chance, helpline, shifts, begun)
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(work, range(50)))
    loads_are_true()
    for task in Task.objects.all():
        assert (task.closed_at is not None) == (task.state in ENDED)
        assert Task.objects.filter(conversation=task.conversation).exclude(state__in=ENDED).count() <= 1
    for shift in Shift.objects.filter(kind=Shift.Kind.COUNSELLOR):
        assert shift.load <= 2
    assert Task.objects.exclude(shift=None).exists()
    connection.close()


def _anything(chance: random.Random, helpline, shifts, begun) -> None:
    deed = chance.randrange(6)
    one = chance.choice(begun)
    if deed == 0:
        queue.enqueue(task_id=one.task.pk, at=AT)
    elif deed == 1:
        offers.make_offers(helpline_id=helpline.pk, at=AT)
    elif deed == 2:
        queue.leave(conversation_id=one.conversation.pk, at=AT)
    elif deed == 3:
        sweep(at=AT)
    else:
        shift = chance.choice(shifts)
        answer = offers.accept_offer if deed == 4 else offers.reject_offer
        for offer in Reservation.objects.filter(shift=shift, state=ReservationState.CREATED):
            try:
                task = answer(user=shift.user, reservation_id=offer.pk, fence=offer.fence, at=AT)
                if task.state == TaskState.CONNECTED and chance.random() < 0.5:
                    contacts.finish_talking(user=shift.user, task_id=task.pk, fence=task.fence, at=AT)
                    contacts.close_contact(
                        user=shift.user,
                        task_id=task.pk,
                        fence=task.fence,
                        disposition=Disposition.TALKED,
                        at=AT,
                    )
            except (offers.OfferGone, NotNow):
                continue
