"""A contact changes hands: transfer with acceptance before release, and a supervisor who takes over.

The place of whom a contact is offered to is kept at once, that of the first counsellor is free only when the
second has accepted; until then the person talks with the first. The fence grows when the hands change.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.consultation.models import Reservation, Shift, Task, TaskEvent
from tsunagari.consultation.priority import weights
from tsunagari.consultation.selectors.queue import SIGN_OF_LIFE
from tsunagari.consultation.services.messages import write_event
from tsunagari.consultation.services.offers import (
    free_next,
    free_place,
    lock_shifts,
    release,
)
from tsunagari.consultation.services.queue import enqueue
from tsunagari.consultation.services.tasks import MOVED_ON, NotNow, lock_own_task, lock_task, move
from tsunagari.consultation.states import ENDED, ReservationState, TaskState
from tsunagari.core.errors import RuleBroken

HOLDS = timedelta(minutes=2)
"""How long a transfer waits for its answer."""
MOST_IN_HAND = 10
"""Contacts that one supervisor can have taken over at once."""


class NoPlace(RuleBroken):
    """This colleague cannot take the contact now."""


@transaction.atomic
def offer_transfer(*, user: User, task_id: UUID, fence: int, to_shift_id: UUID, at: datetime) -> Task:
    """Ask a colleague on duty at the same helpline to take the contact over; the talk goes on meanwhile.

    Raises:
        NoPlace: the colleague has no free place, pauses, is away or is oneself.
        NotNow, Task.DoesNotExist: see `services.tasks.lock_own_task`.
    """
    task = lock_own_task(user=user, task_id=task_id, fence=fence)
    if task.state != TaskState.CONNECTED:
        raise NotNow(MOVED_ON)
    to = lock_shifts(to_shift_id).get(to_shift_id)
    if to is None or not _can_take(to, task, user, at):
        raise NoPlace(_("この人はいま受けられません。ほかの人に頼むか、スーパーバイザーを呼んでください。"))
    make_room(to)
    to.load += 1
    to.save(update_fields=["load"])
    return move(
        task,
        to=TaskState.TRANSFERRING,
        at=at,
        reason="transfer_offered",
        actor=user,
        by_shift=to,
        next_shift=to,
    )


@transaction.atomic
def accept_transfer(*, user: User, task_id: UUID, fence: int, at: datetime) -> Task:
    """Take the contact that a colleague hands over; the person is told.

    Raises:
        NotNow: it was withdrawn, has run out or goes to somebody else.
        Task.DoesNotExist: there is no such contact.
    """
    task = _incoming(user, task_id, fence)
    if at >= transfer_ends_at(task):
        raise NotNow(MOVED_ON)
    shifts = lock_shifts(task.shift_id, task.next_shift_id)
    assert task.shift_id is not None  # noqa: S101 - the database refuses it
    assert task.next_shift_id is not None  # noqa: S101 - it is this user's
    first, second = shifts[task.shift_id], shifts[task.next_shift_id]
    second.seen_at = max(second.seen_at, at)
    second.save(update_fields=["seen_at"])
    free_place(first, at=at)
    _now_with(task, second, reason="transferred", actor=user, by_shift=first, at=at)
    return task


@transaction.atomic
def decline_transfer(*, user: User, task_id: UUID, fence: int, at: datetime) -> Task:
    """Say that one cannot take it; it stays with the first counsellor.

    Raises:
        NotNow, Task.DoesNotExist: see `accept_transfer`.
    """
    return _stays(_incoming(user, task_id, fence), reason="declined", actor=user, at=at)


@transaction.atomic
def withdraw_transfer(*, user: User, task_id: UUID, fence: int, at: datetime) -> Task:
    """Keep the contact after all.

    Raises:
        NotNow, Task.DoesNotExist: see `services.tasks.lock_own_task`.
    """
    task = lock_own_task(user=user, task_id=task_id, fence=fence)
    if task.state != TaskState.TRANSFERRING:
        raise NotNow(MOVED_ON)
    return _stays(task, reason="withdrawn", actor=user, at=at)


@transaction.atomic
def end_late_transfer(task_id: UUID, *, at: datetime) -> bool:
    """Let a transfer that nobody answered in time stay where it is; False when somebody was quicker."""
    task = lock_task(task_id)
    if task.state != TaskState.TRANSFERRING or at < transfer_ends_at(task):
        return False
    _stays(task, reason="transfer_ran_out", actor=None, at=at)
    return True


@transaction.atomic
def take_over(*, user: User, supervisor_shift_id: UUID, task_id: UUID, at: datetime) -> Task:
    """A supervisor on duty takes a contact at once: out of somebody's hands, or out of the queue.

    What the first counsellor's page sends afterwards carries an older fence and is refused. Twice is once.

    Raises:
        PermissionDenied: not this user's shift as a supervisor of the same helpline.
        NoPlace: this supervisor has as many as one can have.
        NotNow: the contact has ended.
    """
    task = lock_task(task_id)
    if task.state in ENDED:
        raise NotNow(MOVED_ON)
    if task.state in (TaskState.ARRIVED, TaskState.SCREENED):
        task = enqueue(task_id=task.pk, at=at)
    offer = Reservation.objects.select_for_update().filter(task=task, state=ReservationState.CREATED).first()
    shifts = lock_shifts(
        supervisor_shift_id, task.shift_id, task.next_shift_id, offer.shift_id if offer is not None else None
    )
    own = shifts.get(supervisor_shift_id)
    if (
        own is None
        or own.user_id != user.pk
        or own.kind != Shift.Kind.SUPERVISOR
        or own.helpline_id != task.helpline_id
        or own.ended_at is not None
    ):
        raise PermissionDenied
    if task.shift_id == own.pk:
        return task
    own.seen_at = max(own.seen_at, at)
    if task.shift_id is None:
        if offer is not None:
            release(offer, shifts[offer.shift_id], state=ReservationState.RESCINDED, at=at)
            move(task, to=TaskState.QUEUED, at=at, reason="rescinded", by_shift=shifts[offer.shift_id])
        make_room(own)
        _out_of_queue(task, own, user, at)
        return task
    if task.next_shift_id is not None:
        free_place(shifts[task.next_shift_id], at=at)
        move(task, to=TaskState.CONNECTED, at=at, reason="withdrawn", actor=user, next_shift=None)
    make_room(own)
    put_into_hands(task, shifts[task.shift_id], own, reason="taken_over", actor=user, at=at)
    return task


def make_room(shift: Shift) -> None:
    """Give a supervisor, whose shift is locked, a place for one more; a counsellor has no more than before.

    Raises:
        NoPlace: as many as one can have.
    """
    if shift.load < shift.capacity:
        return
    if shift.kind != Shift.Kind.SUPERVISOR or shift.load >= MOST_IN_HAND:
        raise NoPlace(_("これ以上は受けられません。ひとつ終えてから、もう一度お試しください。"))
    shift.capacity = shift.load + 1
    shift.save(update_fields=["capacity", "seen_at"])


def put_into_hands(
    task: Task, first: Shift, second: Shift, *, reason: str, actor: User, at: datetime
) -> None:
    """Move a contact with a counsellor to another shift without asking; all three are locked."""
    wraps = task.state == TaskState.WRAP_UP
    if wraps:
        move(task, to=TaskState.CONNECTED, at=at, reason=reason, actor=actor)
    second.load += 1
    second.save(update_fields=["load", "seen_at"])
    free_place(first, at=at)
    move(
        task,
        to=TaskState.TRANSFERRING,
        at=at,
        reason=reason,
        actor=actor,
        by_shift=first,
        next_shift=second,
    )
    _now_with(task, second, reason="transferred", actor=actor, by_shift=second, at=at, told=not wraps)
    if wraps:
        move(task, to=TaskState.WRAP_UP, at=at, reason=reason, actor=actor)


def transfer_ends_at(task: Task) -> datetime:
    """Until when the transfer that stands can be accepted."""
    begun = TaskEvent.objects.filter(task=task, after=TaskState.TRANSFERRING).order_by("-id").first()
    return (begun.at if begun is not None else task.arrived_at) + HOLDS


def _can_take(shift: Shift, task: Task, user: User, at: datetime) -> bool:
    return (
        shift.helpline_id == task.helpline_id
        and shift.user_id != user.pk
        and shift.ended_at is None
        and shift.paused_at is None
        and shift.seen_at > at - SIGN_OF_LIFE
        and (shift.load < shift.capacity or shift.kind == Shift.Kind.SUPERVISOR and shift.load < MOST_IN_HAND)
    )


def _incoming(user: User, task_id: UUID, fence: int) -> Task:
    task = lock_task(task_id)
    mine = task.next_shift_id and Shift.objects.filter(pk=task.next_shift_id, user=user).exists()
    if not mine or task.fence != fence:
        raise NotNow(MOVED_ON)
    return task


def _stays(task: Task, *, reason: str, actor: User | None, at: datetime) -> Task:
    free_next(task, at=at)
    return move(task, to=TaskState.CONNECTED, at=at, reason=reason, actor=actor, next_shift=None)


def _now_with(
    task: Task, shift: Shift, *, reason: str, actor: User, by_shift: Shift, at: datetime, told: bool = True
) -> None:
    move(
        task,
        to=TaskState.CONNECTED,
        at=at,
        reason=reason,
        actor=actor,
        by_shift=by_shift,
        shift=shift,
        next_shift=None,
        fence=task.fence + 1,
        familiar=shift.user,
    )
    if told:
        write_event(conversation_id=task.conversation_id, code="handover", at=at)


def _out_of_queue(task: Task, own: Shift, user: User, at: datetime) -> None:
    """Take somebody who waits, as an offer to oneself that is accepted at once."""
    own.load += 1
    own.save(update_fields=["load", "seen_at"])
    offer = Reservation.objects.create(
        task=task, shift=own, fence=task.fence + 1, reasons=[{"code": "taken_over", "minutes": 0}],
        offered_at=at, expires_at=at + weights().lease,
    )  # fmt: skip
    move(task, to=TaskState.OFFERED, at=at, reason="taken_over", by_shift=own, fence=task.fence + 1)
    offer.state, offer.decided_at = ReservationState.ACCEPTED, at
    offer.save(update_fields=["state", "decided_at"])
    move(
        task, to=TaskState.CONNECTED, at=at, reason="accepted", actor=user, by_shift=own, shift=own,
        connected_at=at, familiar=user,
    )  # fmt: skip
    write_event(conversation_id=task.conversation_id, code="joined", at=at)
