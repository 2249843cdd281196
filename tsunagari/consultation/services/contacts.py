"""Ending a talk and closing a contact. Every step names the fence that the counsellor's page knows."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from tsunagari.accounts.models import User
from tsunagari.consultation.models import Alarm, Message, RiskAssessment, Shift, Task
from tsunagari.consultation.selectors.conversations import messages_after
from tsunagari.consultation.selectors.queue import SIGN_OF_LIFE
from tsunagari.consultation.services.alarms import raise_alarm
from tsunagari.consultation.services.handover import MOST_IN_HAND, make_room, put_into_hands
from tsunagari.consultation.services.messages import write_event
from tsunagari.consultation.services.offers import HARMED, free_next, free_place, lock_shifts
from tsunagari.consultation.services.queue import requeue
from tsunagari.consultation.services.risk import raise_from_text
from tsunagari.consultation.services.tasks import lock_own_task, move
from tsunagari.consultation.states import Disposition, RiskLevel, TaskState

READ_AGAIN = 50
"""So many of the last messages are read for danger before an abusive contact is ended."""


@transaction.atomic
def finish_talking(*, user: User, task_id: UUID, fence: int, at: datetime) -> Task:
    """End the talk; the person is told, the record is still to be written.

    Raises:
        NotNow: the contact has changed hands or is not being talked in.
        Task.DoesNotExist: not this counsellor's.
    """
    task = lock_own_task(user=user, task_id=task_id, fence=fence)
    free_next(task, at=at)
    move(task, to=TaskState.WRAP_UP, at=at, reason="finished", actor=user, wrapped_at=at, next_shift=None)
    write_event(conversation_id=task.conversation_id, code="left", at=at)
    return task


@transaction.atomic
def close_contact(*, user: User, task_id: UUID, fence: int, disposition: Disposition, at: datetime) -> Task:
    """Close a contact with its outcome; the counsellor's place is free, the time of keeping begins anew.

    Raises:
        NotNow, Task.DoesNotExist: see `finish_talking`.
    """
    task = lock_own_task(user=user, task_id=task_id, fence=fence)
    shift = Shift.objects.select_for_update().get(tasks=task)
    _close(task, shift, user=user, disposition=disposition, at=at)
    return task


@transaction.atomic
def end_abusive(*, user: User, task_id: UUID, fence: int, at: datetime) -> Task:
    """End a contact that harms the counsellor: with one key, recorded, never silently dropped.

    What the person wrote last is read for danger once more. Whoever was ever thought to be in high danger
    in this contact is not left alone: a supervisor on duty gets them, or they wait again before others, and
    never for the same counsellor. A supervisor is told in each case.

    Raises:
        NotNow, Task.DoesNotExist: see `finish_talking`.
    """
    task = lock_own_task(user=user, task_id=task_id, fence=fence)
    _read_again(task, at)
    task.refresh_from_db()
    highest = RiskAssessment.objects.filter(task=task).aggregate(found=Max("level"))["found"] or task.risk
    in_danger = max(highest, task.risk) >= RiskLevel.HIGH and task.state != TaskState.WRAP_UP
    supervisor = _supervisor(task, user, at) if in_danger else None
    shifts = lock_shifts(task.shift_id, task.next_shift_id, supervisor)
    assert task.shift_id is not None  # noqa: S101 - the contact is in this counsellor's hands
    own = shifts[task.shift_id]
    if task.next_shift_id is not None:
        free_place(shifts[task.next_shift_id], at=at)
        move(task, to=TaskState.CONNECTED, at=at, reason="withdrawn", actor=user, next_shift=None)
    if supervisor is not None and shifts[supervisor].ended_at is None:
        make_room(shifts[supervisor])
        put_into_hands(task, own, shifts[supervisor], reason=HARMED, actor=user, at=at)
    elif in_danger:
        free_place(own, at=at)
        requeue(task, reason=HARMED, by_shift=own, at=at, familiar=None)
    else:
        if task.state == TaskState.CONNECTED:
            move(task, to=TaskState.WRAP_UP, at=at, reason="finished", actor=user, wrapped_at=at)
            write_event(conversation_id=task.conversation_id, code="left", at=at)
        _close(task, own, user=user, disposition=Disposition.ABUSIVE, reason=HARMED, at=at)
    raise_alarm(helpline_id=task.helpline_id, kind=Alarm.Kind.ABUSE, task=task, at=at)
    return task


def _read_again(task: Task, at: datetime) -> None:
    """The rules read what the person wrote last; they only raise."""
    first = max(0, task.conversation.last_seq - READ_AGAIN)
    for said in messages_after({task.conversation_id: first}, staff=False).get(task.conversation_id, ()):
        if said.author == Message.Author.PERSON:
            raise_from_text(task=task, text=said.text, seq=said.seq, at=at)


def _supervisor(task: Task, user: User, at: datetime) -> UUID | None:
    """The supervisor on duty with the fewest people in hand."""
    return (
        Shift.objects.filter(
            helpline_id=task.helpline_id,
            kind=Shift.Kind.SUPERVISOR,
            ended_at=None,
            seen_at__gt=at - SIGN_OF_LIFE,
            load__lt=MOST_IN_HAND,
        )
        .exclude(user=user)
        .exclude(pk__in=[pk for pk in (task.shift_id, task.next_shift_id) if pk is not None])
        .order_by("load", "id")
        .values_list("pk", flat=True)
        .first()
    )


def _close(
    task: Task, shift: Shift, *, user: User, disposition: Disposition, reason: str = "closed", at: datetime
) -> None:
    move(
        task,
        to=TaskState.CLOSED,
        at=at,
        reason=reason,
        actor=user,
        by_shift=shift,
        closed_at=at,
        disposition=disposition,
    )
    free_place(shift, at=at)
