"""A supervisor at a counsellor's side: looking in on a talk, and a word that the person does not see."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from tsunagari.accounts.models import RecordReading, User
from tsunagari.accounts.services.ledger import record_reading
from tsunagari.consultation.models import Message, Shift, Task
from tsunagari.consultation.services.messages import write_event, write_message
from tsunagari.consultation.services.tasks import MOVED_ON, NotNow, lock_task
from tsunagari.consultation.states import ENDED, WITH_COUNSELLOR, TaskState

SUBJECT = "consultation.conversation"
BASIS = "supervision"
LOOKED_IN = "looked_in"
"""The event that the counsellor sees."""
SAME_LOOK = timedelta(minutes=10)
"""Who opens the page again within this time looks in once, as far as the counsellor is told."""


@transaction.atomic
def look_in(*, user: User, task_id: UUID, at: datetime) -> Task:
    """Open a contact's transcript for a supervisor on duty: written down, and seen by its counsellor.

    Raises:
        PermissionDenied: not on duty as a supervisor of this helpline.
        NotNow: the contact has ended; what is kept is read elsewhere.
    """
    task = lock_task(task_id)
    shift = _supervising(user, task)
    if task.state in ENDED:
        raise NotNow(MOVED_ON)
    conversation = task.conversation
    seen_before = RecordReading.objects.filter(
        actor=user, subject_type=SUBJECT, subject_id=conversation.pk, at__gt=at - SAME_LOOK
    ).exists()
    record_reading(
        actor=user,
        organization=shift.helpline.organization,
        subject_type=SUBJECT,
        subject_id=conversation.pk,
        person_ref=conversation.person_id,
        basis=BASIS,
        at=at,
    )
    if not seen_before and task.state in WITH_COUNSELLOR and task.shift_id != shift.pk:
        write_event(conversation_id=conversation.pk, code=LOOKED_IN, at=at, staff_only=True)
    return task


@transaction.atomic
def whisper(*, user: User, task_id: UUID, client_id: UUID, text: str, at: datetime) -> Message:
    """Write to the counsellor beside the talk; the person never gets it. Sent again: the same message.

    Raises:
        BadMessage: see `services.messages.check_text`.
        NotNow: no counsellor is there.
        PermissionDenied: not on duty as a supervisor of this helpline.
    """
    task = lock_task(task_id)
    _supervising(user, task)
    if task.state not in (TaskState.CONNECTED, TaskState.TRANSFERRING, TaskState.WRAP_UP):
        raise NotNow(MOVED_ON)
    return write_message(
        conversation_id=task.conversation_id,
        client_id=client_id,
        author=Message.Author.SUPERVISOR,
        user=user,
        text=text,
        at=at,
        kind=Message.Kind.WHISPER,
        audience=Message.Audience.STAFF,
    )


def _supervising(user: User, task: Task) -> Shift:
    """The shift in which this user supervises the contact's helpline now.

    Raises:
        PermissionDenied: there is none.
    """
    shift = (
        Shift.objects.filter(
            user=user, helpline_id=task.helpline_id, kind=Shift.Kind.SUPERVISOR, ended_at=None
        )
        .select_related("helpline__organization")
        .first()
    )
    if shift is None:
        raise PermissionDenied
    return shift
