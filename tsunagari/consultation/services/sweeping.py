"""What nobody has done in time: offers that ran out, counsellors who vanished, persons who fell silent.

Each finding is a transaction of its own, so that a sweep that is interrupted has done what it has done, and
two sweeps at once do nothing twice. Run by the pulse of each web process (`pulse.py`) and, should no pulse
beat, by a job each minute.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from tsunagari.consultation.models import Alarm, Callback, Conversation, Helpline, Reservation, Shift, Task
from tsunagari.consultation.selectors.queue import SIGN_OF_LIFE, supervisors_there
from tsunagari.consultation.services.alarms import raise_alarm
from tsunagari.consultation.services.handover import HOLDS, end_late_transfer
from tsunagari.consultation.services.offers import (
    free_place,
    lock_shifts,
    make_offers,
    take_back,
)
from tsunagari.consultation.services.queue import end_waiting, requeue
from tsunagari.consultation.services.tasks import helpline_topic, lock_task
from tsunagari.consultation.states import WAITING, Disposition, ReservationState, TaskState
from tsunagari.core.live import hint

SILENT_AFTER = timedelta(minutes=30)
"""Nobody looked at the person's page for so long while it waited: not there any more."""
LONG_WAIT = timedelta(minutes=60)
"""A wait of which a supervisor is told."""
RECORD_LATE = timedelta(minutes=30)
"""A counsellor whose console has been silent for so long writes no record: a supervisor takes it over."""
FORGOTTEN = timedelta(hours=8)
"""A shift with nobody in hand whose console has been silent for so long has ended."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How many of each were found."""

    offers: int
    transfers: int
    vanished: int
    silent: int
    callbacks: int
    shifts: int
    alarms: int


def sweep(*, at: datetime) -> Swept:
    """Look for everything that is overdue and do what has to be done; then make offers."""
    overdue = Reservation.objects.filter(state=ReservationState.CREATED, expires_at__lte=at)
    offers = sum(take_back(pk, at=at) for pk in _keys(overdue))
    # one that began earlier than that may have run out, or its second counsellor is not there
    asked = Task.objects.filter(state=TaskState.TRANSFERRING, events__after=TaskState.TRANSFERRING)
    late = asked.filter(events__at__lte=at - HOLDS).distinct()
    transfers = sum(end_late_transfer(pk, at=at) for pk in _keys(late))
    gone = Task.objects.filter(
        state__in=[TaskState.CONNECTED, TaskState.TRANSFERRING], shift__seen_at__lte=at - SIGN_OF_LIFE
    )
    vanished = sum(_back_into_queue(pk, at) for pk in _keys(gone))
    unseen = Task.objects.filter(state__in=WAITING, conversation__person_seen_at__lte=at - SILENT_AFTER)
    silent = sum(_fell_silent(pk, at) for pk in _keys(unseen))
    due = Callback.objects.filter(state=Callback.State.BOOKED, until_at__lte=at)
    callbacks = sum(_decide_callback(pk, at) for pk in _keys(due))
    forgotten = Shift.objects.filter(ended_at=None, load=0, seen_at__lte=at - FORGOTTEN)
    shifts = sum(_end_forgotten(pk, at) for pk in _keys(forgotten))
    alarms = _tell_supervisors(at)
    for helpline_id in (
        Task.objects.filter(state=TaskState.QUEUED).values_list("helpline_id", flat=True).distinct()
    ):
        make_offers(helpline_id=helpline_id, at=at)
    return Swept(offers, transfers, vanished, silent, callbacks, shifts, alarms)


def _keys(found: QuerySet[Any]) -> list[UUID]:
    return list(found.values_list("pk", flat=True))


@transaction.atomic
def _back_into_queue(task_id: UUID, at: datetime) -> bool:
    """The counsellor's screen has gone: the person waits again, before others, and is told."""
    task = lock_task(task_id)
    if task.state not in (TaskState.CONNECTED, TaskState.TRANSFERRING) or task.shift_id is None:
        return False
    shifts = lock_shifts(task.shift_id, task.next_shift_id)
    shift = shifts[task.shift_id]
    if shift.seen_at > at - SIGN_OF_LIFE:
        return False
    for held in shifts.values():
        free_place(held, at=at)
    requeue(task, reason="counsellor_vanished", by_shift=shift, at=at)
    raise_alarm(helpline_id=task.helpline_id, kind=Alarm.Kind.COUNSELLOR_VANISHED, task=task, at=at)
    return True


@transaction.atomic
def _fell_silent(task_id: UUID, at: datetime) -> bool:
    """Nobody is at the person's page: a contact with its outcome, and the thread is there for coming back."""
    task = lock_task(task_id)
    if task.state not in WAITING or task.conversation.person_seen_at > at - SILENT_AFTER:
        return False
    end_waiting(
        task,
        to=TaskState.ABANDONED_SILENT,
        disposition=Disposition.SILENT,
        reason="not_seen",
        at=at,
    )
    return True


@transaction.atomic
def _decide_callback(callback_id: UUID, at: datetime) -> bool:
    """The agreed time has passed: kept where somebody talked in it, else missed, and a supervisor is told."""
    found = Callback.objects.get(pk=callback_id)
    Conversation.objects.select_for_update().get(pk=found.conversation_id)
    callback = Callback.objects.select_for_update().get(pk=callback_id)
    if callback.state != Callback.State.BOOKED or callback.until_at > at:
        return False
    contacts = Task.objects.filter(conversation=callback.conversation_id)
    talked = contacts.filter(
        events__after=TaskState.CONNECTED, events__at__range=(callback.from_at, callback.until_at)
    )
    kept = talked.exists()
    callback.state = Callback.State.KEPT if kept else Callback.State.MISSED
    callback.decided_at = at
    callback.save(update_fields=["state", "decided_at"])
    if not kept:
        raise_alarm(
            helpline_id=callback.helpline_id,
            kind=Alarm.Kind.CALLBACK_MISSED,
            task=contacts.order_by("-arrived_at").first(),
            at=at,
        )
    return True


@transaction.atomic
def _end_forgotten(shift_id: UUID, at: datetime) -> bool:
    """Nobody is there and nobody is in hand: the shift ended when its console was last heard of."""
    shift = Shift.objects.select_for_update().get(pk=shift_id)
    if shift.ended_at is not None or shift.load or shift.seen_at > at - FORGOTTEN:
        return False
    shift.ended_at = max(shift.seen_at, shift.started_at)
    shift.save(update_fields=["ended_at"])
    hint(helpline_topic(shift.helpline_id))
    return True


def _tell_supervisors(at: datetime) -> int:
    """Call for a supervisor where none has confirmed, for long waits, for records that nobody writes."""
    raised = 0
    for helpline in Helpline.objects.exclude(opened_at=None):
        if not supervisors_there(helpline, at):
            raised += raise_alarm(helpline_id=helpline.pk, kind=Alarm.Kind.NO_SUPERVISOR, at=at)
    told = Alarm.objects.filter(seen_at=None, task__isnull=False)
    waits = Task.objects.filter(state=TaskState.QUEUED, queued_at__lte=at - LONG_WAIT)
    for task in waits.exclude(pk__in=told.filter(kind=Alarm.Kind.WAITS_LONG).values("task")):
        raised += raise_alarm(helpline_id=task.helpline_id, kind=Alarm.Kind.WAITS_LONG, task=task, at=at)
    unwritten = Task.objects.filter(state=TaskState.WRAP_UP, shift__seen_at__lte=at - RECORD_LATE)
    for task in unwritten.exclude(pk__in=told.filter(kind=Alarm.Kind.COUNSELLOR_VANISHED).values("task")):
        raised += raise_alarm(
            helpline_id=task.helpline_id, kind=Alarm.Kind.COUNSELLOR_VANISHED, task=task, at=at
        )
    return raised
