"""Whatever happens in whatever order: the queue's rules hold after every step."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.consultation.making import begin, loads_are_true, make_helpline, make_shift
from tests.factories import AT
from tsunagari.consultation.models import Reservation, Shift, Task
from tsunagari.consultation.priority import weights
from tsunagari.consultation.services import contacts, duty, handover, offers, queue
from tsunagari.consultation.services.handover import NoPlace
from tsunagari.consultation.services.offers import OfferGone
from tsunagari.consultation.services.sweeping import sweep
from tsunagari.consultation.services.tasks import NotNow
from tsunagari.consultation.states import ENDED, WITH_COUNSELLOR, Disposition, ReservationState, RiskLevel

REFUSED = (OfferGone, NotNow, NoPlace, duty.StillInHand, Task.DoesNotExist, Shift.DoesNotExist)
WHICH = st.integers(0, 7)
DONE: Counter[tuple[str, bool]] = Counter()
"""How often each service did something, and was refused."""


class Night(RuleBasedStateMachine):
    """A helpline through a night: three counsellors, a supervisor, and whoever comes.

    Every step is a savepoint, as each service is a transaction: what is refused has changed nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.whole = transaction.atomic()
        self.whole.__enter__()
        self.at = AT
        self.helpline = make_helpline()
        self.shifts = [make_shift(self.helpline, capacity=number) for number in (1, 1, 2)]
        self.supervisor = Shift.objects.get(helpline=self.helpline, kind=Shift.Kind.SUPERVISOR)
        self.tasks: list[Task] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.whole.__exit__(None, None, None)

    def _do(self, service, **given) -> None:
        try:
            with transaction.atomic():
                service(**given, at=self.at)
        except REFUSED:
            DONE[service.__name__, False] += 1
        else:
            DONE[service.__name__, True] += 1
            # as happens on commit
            offers.make_offers(helpline_id=self.helpline.pk, at=self.at)

    def _open(self, *states: str) -> list[Task]:
        return list(
            Task.objects.filter(state__in=states).select_related("shift__user").order_by("arrived_at", "pk")
        )

    def _task(self, which: int) -> Task | None:
        return Task.objects.get(pk=self.tasks[which % len(self.tasks)].pk) if self.tasks else None

    @initialize(count=st.integers(2, 6))
    def an_evening(self, count) -> None:
        for _each in range(count):
            self.comes(RiskLevel.NONE)

    @rule(risk=st.sampled_from(RiskLevel))
    def comes(self, risk) -> None:
        task = begin(self.helpline, at=self.at).task
        Task.objects.filter(pk=task.pk).update(risk=risk)
        queue.enqueue(task_id=task.pk, at=self.at)
        self.tasks.append(task)
        offers.make_offers(helpline_id=self.helpline.pk, at=self.at)

    @rule(which=WHICH)
    def accepts(self, which) -> None:
        self.answers(which, True, False)

    @rule(which=WHICH, takes=st.booleans(), stale=st.booleans())
    def answers(self, which, takes, stale) -> None:
        waits = list(Reservation.objects.filter(state=ReservationState.CREATED).select_related("shift__user"))
        if waits:
            offer = waits[which % len(waits)]
            self._do(
                offers.accept_offer if takes else offers.reject_offer,
                user=offer.shift.user,
                reservation_id=offer.pk,
                fence=offer.fence - stale,
            )

    @rule(which=WHICH)
    def leaves(self, which) -> None:
        if task := self._task(which):
            self._do(queue.leave, conversation_id=task.conversation_id)

    @rule(
        which=WHICH,
        how=st.sampled_from([contacts.finish_talking, contacts.end_abusive, contacts.close_contact]),
    )
    def ends(self, which, how) -> None:
        held = self._open(*WITH_COUNSELLOR)
        if held:
            task = held[which % len(held)]
            given = {"user": task.shift.user, "task_id": task.pk, "fence": task.fence}
            if how is contacts.close_contact:
                given["disposition"] = Disposition.TALKED
            self._do(how, **given)

    @rule(which=WHICH, to=WHICH)
    def asks_a_colleague(self, which, to) -> None:
        held = self._open("connected", "transferring")
        if held:
            task = held[which % len(held)]
            shift = [*self.shifts, self.supervisor][to % 4]
            self._do(
                handover.offer_transfer,
                user=task.shift.user,
                task_id=task.pk,
                fence=task.fence,
                to_shift_id=shift.pk,
            )

    @rule(which=WHICH, accepts=st.booleans())
    def hands_over(self, which, accepts) -> None:
        """A transfer that is answered at once, to whoever has a place."""
        for to in range(4):
            self.asks_a_colleague(which, to)
        self._colleague(handover.accept_transfer if accepts else handover.decline_transfer, which)

    @rule(which=WHICH)
    def a_colleague_accepts(self, which) -> None:
        self._colleague(handover.accept_transfer, which)

    @rule(which=WHICH)
    def a_colleague_declines(self, which) -> None:
        self._colleague(handover.decline_transfer, which)

    def _colleague(self, answer, which: int) -> None:
        asked = self._open("transferring")
        if asked:
            task = asked[which % len(asked)]
            self._do(answer, user=task.next_shift.user, task_id=task.pk, fence=task.fence)

    @rule(which=WHICH)
    def supervisor_takes_over(self, which) -> None:
        if task := self._task(which):
            self._do(
                handover.take_over,
                user=self.supervisor.user,
                supervisor_shift_id=self.supervisor.pk,
                task_id=task.pk,
            )

    @rule(which=WHICH, how=st.sampled_from([duty.pause_shift, duty.resume_shift]))
    def pauses(self, which, how) -> None:
        shift = self.shifts[which % 3]
        self._do(how, user=shift.user, shift_id=shift.pk)

    @rule(seconds=st.sampled_from([1, 31, 61, 1801]), here=st.sets(st.integers(0, 3)))
    def time_passes(self, seconds, here) -> None:
        """Some consoles give signs of life, others do not; the clocks of people's devices never matter."""
        self.at += timedelta(seconds=seconds)
        for number in here:
            duty.beat(shift_id=[*self.shifts, self.supervisor][number].pk, at=self.at)
            duty.beat(shift_id=self.shifts[0].pk, at=self.at - timedelta(hours=3))
        sweep(at=self.at)
        again = sweep(at=self.at)
        assert (again.transfers, again.vanished, again.silent, again.alarms) == (0, 0, 0, 0)
        DONE["swept", True] += 1

    @invariant()
    def nobody_has_more_than_their_places(self) -> None:
        loads_are_true()
        assert all(shift.load <= shift.capacity for shift in Shift.objects.all())

    @invariant()
    def every_contact_is_somewhere_or_has_its_outcome(self) -> None:
        for task in Task.objects.all():
            assert (task.closed_at is not None and task.disposition != "") == (task.state in ENDED)
            assert (task.shift_id is not None) or task.state not in WITH_COUNSELLOR
            open_offers = Reservation.objects.filter(task=task, state=ReservationState.CREATED).count()
            assert open_offers == (task.state == "offered")

    @invariant()
    def who_waits_stands_where_the_weights_say(self) -> None:
        known = weights()
        for task in Task.objects.filter(state__in=["queued", "offered"]):
            assert task.rank_at == known.rank(
                queued_at=task.queued_at, risk=task.risk, interrupted=task.interrupted_at is not None
            )
            assert task.queued_at - task.rank_at <= known.largest


@pytest.mark.slow
@pytest.mark.django_db
def test_the_rules_hold_through_any_night():
    DONE.clear()
    run_state_machine_as_test(
        Night,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # the nights were long enough to say something
    for service in (offers.accept_offer, queue.leave, handover.offer_transfer, handover.take_over):
        assert DONE[service.__name__, True] >= 1, DONE
