"""The steps of a task: the one place in which its state changes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.consultation.models import Conversation, Shift, Task, TaskEvent
from tsunagari.consultation.states import ENDED, TASK_TRANSITIONS, TaskState
from tsunagari.core.errors import RuleBroken
from tsunagari.core.live import hint

MOVED_ON = _("この連絡は、すでに別の段階に進んでいます。画面を新しくしてください。")


class NotNow(RuleBroken):
    """The contact is not where this step begins: somebody or something was quicker."""


def lock_task(task_id: UUID) -> Task:
    """The contact, with its conversation locked before it, as everywhere."""
    found = Task.objects.only("conversation_id").get(pk=task_id)
    Conversation.objects.select_for_update().get(pk=found.conversation_id)
    return Task.objects.select_for_update().get(pk=task_id)


def lock_own_task(*, user: User, task_id: UUID, fence: int) -> Task:
    """The contact in this counsellor's hands, locked, as the page of the counsellor knows it.

    Raises:
        NotNow: it has changed hands meanwhile.
        Task.DoesNotExist: not this counsellor's.
    """
    held_by = Task.objects.values_list("shift_id", flat=True).get(pk=task_id, shift__user=user)
    task = lock_task(task_id)
    if task.fence != fence or task.shift_id != held_by:
        raise NotNow(MOVED_ON)
    return task


def move(
    task: Task,
    *,
    to: TaskState,
    at: datetime,
    reason: str,
    actor: User | None = None,
    by_shift: Shift | None = None,
    **changes: Any,
) -> Task:
    """Take ``task``, which the caller has locked, to another state; write the event and wake its readers.

    Args:
        by_shift: whose shift did it or lost it, for the event; ``changes`` sets the task's own fields.

    Raises:
        NotNow: the table of steps has no such step.
    """
    before = TaskState(task.state)
    if to not in TASK_TRANSITIONS[before]:
        raise NotNow(MOVED_ON)
    task.state = to
    for name, value in changes.items():
        setattr(task, name, value)
    task.save(update_fields=["state", *changes])
    TaskEvent.objects.create(
        task=task, before=before, after=to, reason=reason, actor=actor, shift=by_shift, at=at
    )
    if to in ENDED:
        # the days of keeping are counted from the last contact, however it ended
        Conversation.objects.filter(pk=task.conversation_id, erasure_asked_at=None).update(
            erase_after=at + timedelta(days=task.helpline.retention_days)
        )
    wake(task)
    return task


def move_to_offered(offers: Sequence[tuple[Task, Shift]], *, at: datetime) -> None:
    """Take contacts in the queue, which the caller has locked, to *offered* together: as `move`, for many."""
    tasks = [task for task, _shift in offers]
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(
        state=TaskState.OFFERED, fence=F("fence") + 1
    )
    TaskEvent.objects.bulk_create(
        TaskEvent(
            task=task,
            before=TaskState.QUEUED,
            after=TaskState.OFFERED,
            reason="offered",
            shift=shift,
            at=at,
        )
        for task, shift in offers
    )
    for task in tasks:
        hint(conversation_topic(task.conversation_id))
    for helpline_id in {task.helpline_id for task in tasks}:
        hint(helpline_topic(helpline_id))


def wake(task: Task) -> None:
    """Tell the person's page, the console and the wall of this task's helpline to look."""
    hint(conversation_topic(task.conversation_id))
    hint(helpline_topic(task.helpline_id))


def conversation_topic(conversation_id: object) -> str:
    """The topic of a conversation's messages and state."""
    return f"conversation:{conversation_id}"


def helpline_topic(helpline_id: object) -> str:
    """The topic of a helpline's queue, offers and alarms."""
    return f"helpline:{helpline_id}"
