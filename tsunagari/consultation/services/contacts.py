"""Ending a talk and closing a contact. Every step names the fence that the counsellor's page knows."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.consultation.models import Conversation, Shift, Task
from tsunagari.consultation.services.messages import write_event
from tsunagari.consultation.services.offers import free_place
from tsunagari.consultation.services.tasks import NotNow, move
from tsunagari.consultation.states import Disposition, TaskState


@transaction.atomic
def finish_talking(*, user: User, task_id: UUID, fence: int, at: datetime) -> Task:
    """End the talk; the person is told, the record is still to be written.

    Raises:
        NotNow: the contact has changed hands or is not being talked in.
        Task.DoesNotExist: not this counsellor's.
    """
    task = _own(user, task_id, fence)
    move(task, to=TaskState.WRAP_UP, at=at, reason="finished", actor=user, wrapped_at=at, next_shift=None)
    write_event(conversation_id=task.conversation_id, code="left", at=at)
    return task


@transaction.atomic
def close_contact(*, user: User, task_id: UUID, fence: int, disposition: Disposition, at: datetime) -> Task:
    """Close a contact with its outcome; the counsellor's place is free, the time of keeping begins anew.

    Raises:
        NotNow, Task.DoesNotExist: see `finish_talking`.
    """
    task = _own(user, task_id, fence)
    shift = Shift.objects.select_for_update().get(tasks=task)
    move(
        task,
        to=TaskState.CLOSED,
        at=at,
        reason="closed",
        actor=user,
        by_shift=shift,
        closed_at=at,
        disposition=disposition,
    )
    conversation = task.conversation
    if conversation.erasure_asked_at is None:
        conversation.erase_after = at + timedelta(days=task.helpline.retention_days)
        conversation.save(update_fields=["erase_after"])
    free_place(shift, at=at)
    return task


def _own(user: User, task_id: UUID, fence: int) -> Task:
    """The counsellor's own contact, with its conversation locked before it."""
    found = Task.objects.get(pk=task_id, shift__user=user)
    Conversation.objects.select_for_update().get(pk=found.conversation_id)
    task = Task.objects.select_for_update().get(pk=task_id)
    if task.fence != fence or task.shift_id != found.shift_id:
        raise NotNow(_("この連絡は、すでに別の段階に進んでいます。画面を新しくしてください。"))
    return task
