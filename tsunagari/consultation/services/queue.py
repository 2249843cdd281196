"""Coming into the queue and leaving it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tsunagari.accounts.models import User
from tsunagari.consultation.models import Conversation, Reservation, Shift, Task
from tsunagari.consultation.priority import weights
from tsunagari.consultation.services.messages import write_event
from tsunagari.consultation.services.offers import free_next, make_offers_on_commit, release
from tsunagari.consultation.services.tasks import lock_task, move, wake
from tsunagari.consultation.states import ENDED, Disposition, ReservationState, TaskState


@transaction.atomic
def enqueue(*, task_id: UUID, at: datetime) -> Task:
    """Let a contact wait for a counsellor; offers are made on commit. One that is further on stays there."""
    task = Task.objects.select_for_update().get(pk=task_id)
    if task.state not in (TaskState.ARRIVED, TaskState.SCREENED):
        return task
    known = weights()
    move(
        task,
        to=TaskState.QUEUED,
        at=at,
        reason="asked",
        queued_at=at,
        rank_at=known.rank(queued_at=at, risk=task.risk, interrupted=False),
        weights_version=known.version,
    )
    make_offers_on_commit(task.helpline_id, at)
    return task


def rerank(*, task: Task) -> None:
    """Give a contact that waits, and that the caller has locked, the place that its risk asks for now."""
    if task.queued_at is None or task.state not in (TaskState.QUEUED, TaskState.OFFERED):
        return
    known = weights()
    task.rank_at = known.rank(
        queued_at=task.queued_at, risk=task.risk, interrupted=task.interrupted_at is not None
    )
    task.weights_version = known.version
    task.save(update_fields=["rank_at", "weights_version"])
    wake(task)


@transaction.atomic
def leave(*, conversation_id: UUID, at: datetime) -> None:
    """The person stops waiting, or ends the talk, which its counsellor then writes up. Twice is once."""
    Conversation.objects.select_for_update().get(pk=conversation_id)
    task = (
        Task.objects.select_for_update()
        .filter(conversation_id=conversation_id)
        .exclude(state__in=ENDED)
        .first()
    )
    if task is None or task.state == TaskState.WRAP_UP:
        return
    if task.state in (TaskState.CONNECTED, TaskState.TRANSFERRING):
        free_next(task, at=at)
        move(task, to=TaskState.WRAP_UP, at=at, reason="person_left", wrapped_at=at, next_shift=None)
        write_event(conversation_id=conversation_id, code="left", at=at)
        return
    end_waiting(
        task, to=TaskState.ABANDONED_EXPLICIT, disposition=Disposition.LEFT, reason="person_left", at=at
    )


def end_waiting(
    task: Task,
    *,
    to: TaskState,
    disposition: Disposition,
    reason: str,
    at: datetime,
    actor: User | None = None,
) -> None:
    """End a contact that waits, and that the caller has locked; an offer of it is taken back."""
    offer = Reservation.objects.select_for_update().filter(task=task, state=ReservationState.CREATED).first()
    if offer is not None:
        shift = Shift.objects.select_for_update().get(pk=offer.shift_id)
        release(offer, shift, state=ReservationState.CANCELLED, at=at)
    move(task, to=to, at=at, reason=reason, actor=actor, closed_at=at, disposition=disposition)
    make_offers_on_commit(task.helpline_id, at)


@transaction.atomic
def divert(*, task_id: UUID, actor: User | None = None, at: datetime) -> Task:
    """End a contact that was led to another way of help before anybody talked; later ones stay."""
    task = lock_task(task_id)
    if task.state in (TaskState.ARRIVED, TaskState.SCREENED, TaskState.QUEUED):
        end_waiting(
            task,
            to=TaskState.DIVERTED,
            disposition=Disposition.DIVERTED,
            reason="diverted",
            at=at,
            actor=actor,
        )
    return task


def requeue(task: Task, *, reason: str, by_shift: Shift, at: datetime, **changes: Any) -> None:
    """Let a contact wait again, before others, after a talk that broke off; the caller holds all locks.

    Who waited already keeps the moment at which the wait began. The person is told.
    """
    known = weights()
    began = task.queued_at or at
    move(
        task,
        to=TaskState.QUEUED,
        at=at,
        reason=reason,
        by_shift=by_shift,
        shift=None,
        next_shift=None,
        fence=task.fence + 1,
        queued_at=began,
        interrupted_at=at,
        rank_at=known.rank(queued_at=began, risk=task.risk, interrupted=True),
        weights_version=known.version,
        **changes,
    )
    write_event(conversation_id=task.conversation_id, code="interrupted", at=at)
    make_offers_on_commit(task.helpline_id, at)
