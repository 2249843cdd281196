"""Offers: the one who needs it most, to the counsellor who is free. Counsellors do not choose.

Every process may make offers at the same time. What two of them want is taken with ``SKIP LOCKED``: the
second goes on to the next. A counsellor's place is counted under the shift's lock, and the database refuses
a load above the capacity. An offer carries the task's fence; an answer with an older one comes too late.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.consultation.models import Alarm, Reservation, Shift, Task, TaskEvent
from tsunagari.consultation.priority import Weights, spoken, weights
from tsunagari.consultation.selectors.queue import SIGN_OF_LIFE
from tsunagari.consultation.services.alarms import raise_alarm
from tsunagari.consultation.services.messages import write_event
from tsunagari.consultation.services.tasks import lock_task, move, move_to_offered
from tsunagari.consultation.states import ReservationState, TaskState
from tsunagari.core.errors import RuleBroken

CANDIDATES = 50
"""How many of those who wait are looked at together, the first ones of the queue."""


TOGETHER = 25
"""Offers of one transaction."""
TRIES = 5
"""How often in a row everything that one wanted may have been taken by others."""
HARMED = "abuse"
"""The reason of the step by which a counsellor ended an abusive contact: never again these two."""
IN_A_ROW = 3
"""So many offers without an answer, and the shift pauses: nobody is there."""


class OfferGone(RuleBroken):
    """The offer was answered, has run out or was taken back."""

    status = 409


@dataclass(frozen=True, slots=True)
class _Free:
    """A counsellor with a free place, as matching sees them."""

    pk: UUID
    user_id: UUID
    languages: Sequence[str]
    skills: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Pair:
    task: UUID
    shift: UUID
    reasons: list[dict[str, Any]]


def make_offers_on_commit(helpline_id: UUID, at: datetime) -> None:
    """Look for offers as soon as what has just changed can be seen."""
    transaction.on_commit(lambda: make_offers(helpline_id=helpline_id, at=at))


def make_offers(*, helpline_id: UUID, at: datetime) -> int:
    """Offer those who wait to counsellors with a free place; return how many offers were made.

    Several offers are one short transaction. Whoever does the same at this moment is not waited for: what
    they have taken is looked at anew, a few times.
    """
    made = missed = 0
    while missed < TRIES:
        pairs = _pairs(helpline_id, at)
        if not pairs:
            break
        done = _offer(helpline_id, pairs, at)
        made += done
        missed = 0 if done else missed + 1
    return made


def _on_duty(helpline_id: UUID, at: datetime) -> QuerySet[Shift]:
    return Shift.objects.filter(
        helpline_id=helpline_id,
        kind=Shift.Kind.COUNSELLOR,
        ended_at=None,
        paused_at=None,
        seen_at__gt=at - SIGN_OF_LIFE,
    )


def _pairs(helpline_id: UUID, at: datetime) -> Sequence[_Pair]:
    """Whom to offer to whom, by what stands there now; each counsellor and each person at most once."""
    known = weights()
    on_duty = _on_duty(helpline_id, at)
    free = [
        _Free(*row)
        for row in on_duty.filter(load__lt=F("capacity"))
        .order_by("load", F("last_offer_at").asc(nulls_first=True), "id")
        .values_list("pk", "user_id", "languages", "skills")
    ]
    if not free:
        return ()
    waiting = list(
        Task.objects.filter(helpline_id=helpline_id, state=TaskState.QUEUED).order_by("rank_at", "id")[
            :CANDIDATES
        ]
    )
    if not waiting:
        return ()
    users = {shift.user_id for shift in free}
    # who knows the person stands a little earlier for that one counsellor, and for nobody else
    waiting.sort(key=lambda task: (_place(task, known, familiar=task.familiar_id in users), task.pk))
    matching = _Matching(waiting, on_duty, known, at)
    pairs = []
    for task in waiting:
        shift = matching.who_takes(task, free)
        if shift is None:
            continue
        free.remove(shift)
        assert task.queued_at is not None  # noqa: S101 - a contact in the queue has begun to wait
        reasons = known.reasons(
            queued_at=task.queued_at,
            risk=task.risk,
            interrupted=task.interrupted_at is not None,
            familiar=task.familiar_id == shift.user_id,
            at=at,
        )
        pairs.append(_Pair(task.pk, shift.pk, reasons))
        if not free or len(pairs) == TOGETHER:
            break
    return pairs


def _place(task: Task, known: Weights, *, familiar: bool) -> datetime:
    assert task.rank_at is not None  # noqa: S101 - a contact in the queue has a rank
    return task.rank_at - known.familiar if familiar else task.rank_at


class _Matching:
    """What decides between two counsellors who are free: language, an earlier no, skills, familiarity."""

    def __init__(
        self, waiting: Sequence[Task], on_duty: QuerySet[Shift], known: Weights, at: datetime
    ) -> None:
        self.on_duty, self.known, self.at = on_duty, known, at
        self.declined = set(
            Reservation.objects.filter(
                task__in=waiting,
                state__in=[ReservationState.REJECTED, ReservationState.TIMEOUT],
                decided_at__gt=at - known.not_again,
            ).values_list("task_id", "shift_id")
        )
        self.harmed = set(
            TaskEvent.objects.filter(
                reason=HARMED, task__conversation__in=[task.conversation_id for task in waiting]
            ).values_list("task__conversation_id", "shift__user_id")
        )

    @cached_property
    def colleagues(self) -> Sequence[Sequence[str]]:
        """The languages of each counsellor on duty, also of those without a free place."""
        return list(self.on_duty.values_list("languages", flat=True))

    def who_takes(self, task: Task, free: Sequence[_Free]) -> _Free | None:
        """The best free counsellor for a person; None when one who is busy is worth waiting for."""
        able = [shift for shift in free if (task.conversation_id, shift.user_id) not in self.harmed]
        language = spoken(task.language)
        speaks = [shift for shift in able if language in shift.languages]
        if not speaks and not self._has_waited(task) and any(language in one for one in self.colleagues):
            return None
        able = speaks or able
        # somebody who has just said no is asked again only where there is nobody else
        fresh = [shift for shift in able if (task.pk, shift.pk) not in self.declined]
        if not fresh and len(self.colleagues) > 1:
            return None
        able = fresh or able
        able = [shift for shift in able if set(task.skills) <= set(shift.skills)] or able
        return next((shift for shift in able if shift.user_id == task.familiar_id), next(iter(able), None))

    def _has_waited(self, task: Task) -> bool:
        """Whether a person has waited so long for somebody who speaks their language that anybody will do."""
        assert task.queued_at is not None  # noqa: S101 - a contact in the queue has begun to wait
        return self.at - task.queued_at >= self.known.any_language_after


@transaction.atomic
def _offer(helpline_id: UUID, pairs: Sequence[_Pair], at: datetime) -> int:
    """Make those offers of which both sides can be had at this moment; nothing is waited for."""
    tasks = {
        task.pk: task
        for task in Task.objects.select_for_update(skip_locked=True).filter(
            pk__in=[pair.task for pair in pairs], state=TaskState.QUEUED
        )
    }
    shifts = {
        shift.pk: shift
        for shift in Shift.objects.select_for_update(skip_locked=True).filter(
            pk__in=[pair.shift for pair in pairs if pair.task in tasks],
            ended_at=None,
            paused_at=None,
            load__lt=F("capacity"),
        )
    }
    both = [pair for pair in pairs if pair.task in tasks and pair.shift in shifts]
    if not both:
        return 0
    Shift.objects.filter(pk__in=[pair.shift for pair in both]).update(load=F("load") + 1, last_offer_at=at)
    expires_at = at + weights().lease
    Reservation.objects.bulk_create(
        Reservation(
            task=tasks[pair.task],
            shift=shifts[pair.shift],
            fence=tasks[pair.task].fence + 1,
            reasons=pair.reasons,
            offered_at=at,
            expires_at=expires_at,
        )
        for pair in both
    )
    move_to_offered([(tasks[pair.task], shifts[pair.shift]) for pair in both], at=at)
    return len(both)


@transaction.atomic
def accept_offer(*, user: User, reservation_id: UUID, fence: int, at: datetime) -> Task:
    """Take the person; the person is told that somebody has come.

    Raises:
        OfferGone: it ran out, was answered or taken back.
        Reservation.DoesNotExist: no offer to this user.
    """
    task, offer, shift = _locked(user, reservation_id, fence, at)
    offer.state, offer.decided_at = ReservationState.ACCEPTED, at
    offer.save(update_fields=["state", "decided_at"])
    _is_there(shift, at)
    move(
        task,
        to=TaskState.CONNECTED,
        at=at,
        reason="accepted",
        actor=user,
        by_shift=shift,
        shift=shift,
        connected_at=at,
        familiar=user,
    )
    write_event(conversation_id=task.conversation_id, code="joined", at=at)
    return task


@transaction.atomic
def reject_offer(*, user: User, reservation_id: UUID, fence: int, at: datetime) -> Task:
    """Say that one cannot take the person, who keeps the place in the queue.

    Raises:
        OfferGone, Reservation.DoesNotExist: see `accept_offer`.
    """
    task, offer, shift = _locked(user, reservation_id, fence, at)
    _is_there(shift, at)
    release(offer, shift, state=ReservationState.REJECTED, at=at)
    return move(task, to=TaskState.QUEUED, at=at, reason="rejected", actor=user, by_shift=shift)


def _locked(user: User, reservation_id: UUID, fence: int, at: datetime) -> tuple[Task, Reservation, Shift]:
    found = Reservation.objects.only("task_id").get(pk=reservation_id, shift__user=user)
    task = lock_task(found.task_id)
    offer = Reservation.objects.select_for_update().get(pk=reservation_id)
    shift = Shift.objects.select_for_update().get(pk=offer.shift_id)
    if offer.state != ReservationState.CREATED or offer.fence != fence or offer.expires_at <= at:
        raise OfferGone(_("この知らせは期限が切れたか、別の人が受けました。次の知らせをお待ちください。"))
    return task, offer, shift


def release(offer: Reservation, shift: Shift, *, state: ReservationState, at: datetime) -> None:
    """End an offer without a talk and give the place back; both rows are locked by the caller."""
    offer.state, offer.decided_at = state, at
    offer.save(update_fields=["state", "decided_at"])
    free_place(shift, at=at)


def free_place(shift: Shift, *, at: datetime) -> None:
    """Give one place of a shift back, under its lock; whoever waits is offered to it on commit."""
    shift.load -= 1
    if shift.kind == Shift.Kind.SUPERVISOR:
        # a supervisor has places only for what they took over themselves
        shift.capacity = shift.load
    shift.save(update_fields=["load", "capacity"])
    make_offers_on_commit(shift.helpline_id, at)


def lock_shifts(*shift_ids: UUID | None) -> dict[UUID, Shift]:
    """Several shifts, locked in one order for everybody."""
    wanted: Collection[UUID] = {pk for pk in shift_ids if pk is not None}
    return {
        shift.pk: shift for shift in Shift.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    }


def free_next(task: Task, *, at: datetime) -> None:
    """Give back the place that was kept for a hand-over of this task, which the caller has locked."""
    for shift in lock_shifts(task.next_shift_id).values():
        free_place(shift, at=at)


def take_back(
    offer_id: UUID, *, at: datetime, state: ReservationState = ReservationState.TIMEOUT, reason: str = ""
) -> bool:
    """Return an offer that ran out, or that is taken back, to the queue; False when somebody was quicker."""
    with transaction.atomic():
        found = Reservation.objects.filter(pk=offer_id).first()
        if found is None:
            return False
        task = Task.objects.select_for_update().get(pk=found.task_id)
        offer = Reservation.objects.select_for_update().get(pk=offer_id)
        ran_out = state == ReservationState.TIMEOUT
        if offer.state != ReservationState.CREATED or (ran_out and offer.expires_at > at):
            return False
        shift = Shift.objects.select_for_update().get(pk=offer.shift_id)
        release(offer, shift, state=state, at=at)
        move(task, to=TaskState.QUEUED, at=at, reason=reason or "lease_ran_out", by_shift=shift)
        if ran_out:
            _pause_if_nobody_is_there(shift, task, at)
    return True


def _pause_if_nobody_is_there(shift: Shift, task: Task, at: datetime) -> None:
    """After several offers in a row without an answer, offer no more; a supervisor is told.

    Who takes up work again and is silent again has as many offers as before.
    """
    answered = shift.reservations.filter(state__in=[ReservationState.ACCEPTED, ReservationState.REJECTED])
    last = answered.order_by("-offered_at").values_list("offered_at", flat=True).first()
    silent = shift.reservations.filter(state=ReservationState.TIMEOUT)
    in_a_row = (silent.filter(offered_at__gt=last) if last is not None else silent).count()
    if in_a_row % IN_A_ROW == 0 and shift.paused_at is None:
        shift.paused_at = at
        shift.save(update_fields=["paused_at"])
        raise_alarm(helpline_id=shift.helpline_id, kind=Alarm.Kind.NO_ANSWER, task=task, at=at)


def _is_there(shift: Shift, at: datetime) -> None:
    """Whoever answers is there, also without a stream."""
    if shift.seen_at < at:
        shift.seen_at = at
        shift.save(update_fields=["seen_at"])
