"""The steps of a task: the one place in which its state changes."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.consultation.models import Shift, Task, TaskEvent
from tsunagari.consultation.states import TASK_TRANSITIONS, TaskState
from tsunagari.core.errors import RuleBroken
from tsunagari.core.live import hint


class NotNow(RuleBroken):
    """The contact is not where this step begins: somebody or something was quicker."""


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
        raise NotNow(_("この連絡は、すでに別の段階に進んでいます。画面を新しくしてください。"))
    task.state = to
    for name, value in changes.items():
        setattr(task, name, value)
    task.save(update_fields=["state", *changes])
    TaskEvent.objects.create(
        task=task, before=before, after=to, reason=reason, actor=actor, shift=by_shift, at=at
    )
    wake(task)
    return task


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
