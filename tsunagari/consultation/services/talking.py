"""The person writes."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tsunagari.consultation.models import Conversation, Message
from tsunagari.consultation.selectors.talking import open_task
from tsunagari.consultation.services import queue, risk
from tsunagari.consultation.services.conversations import arrive
from tsunagari.consultation.services.messages import write_message
from tsunagari.consultation.services.tasks import conversation_topic
from tsunagari.consultation.states import WAITING, TaskState
from tsunagari.core.live import hint

BEFORE_QUEUE = frozenset({TaskState.ARRIVED, TaskState.SCREENED})


@transaction.atomic
def say_as_person(*, conversation_id: UUID, client_id: UUID, text: str, at: datetime) -> Message:
    """Write what the person says; whoever writes is in the queue, and is there.

    A thread without an open contact gets a new one, which waits. What is written before somebody is there is
    kept as such. A contact in wrap-up stays; its counsellor sees the message. Sent again: the same message,
    and nothing else happens.

    Raises:
        BadMessage, ConversationErased: see `services.messages`.
    """
    conversation = Conversation.objects.select_for_update().get(pk=conversation_id)
    written = Message.objects.filter(conversation=conversation, client_id=client_id).exists()
    task = open_task(conversation)
    waits = task is None or task.state in WAITING
    message = write_message(
        conversation_id=conversation_id,
        client_id=client_id,
        author=Message.Author.PERSON,
        text=text,
        at=at,
        kind=Message.Kind.WAITING if waits else Message.Kind.TEXT,
    )
    if written:
        return message
    be_here(conversation_id=conversation_id, at=at)
    if task is None:
        task = arrive(conversation, at=at)
    risk.raise_from_text(task=task, text=text, seq=message.seq, at=at)
    task.refresh_from_db()
    if task.state in BEFORE_QUEUE:
        queue.enqueue(task_id=task.pk, at=at)
    return message


def be_here(*, conversation_id: UUID, at: datetime) -> None:
    """Note that the person's page is open; a clock that runs behind changes nothing."""
    Conversation.objects.filter(pk=conversation_id, person_seen_at__lt=at).update(person_seen_at=at)


@transaction.atomic
def take_a_place(*, conversation_id: UUID, at: datetime) -> None:
    """Let an open contact that is not in the queue yet wait there; anything else stays as it is."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation_id)
    be_here(conversation_id=conversation_id, at=at)
    task = open_task(conversation)
    if task is not None and task.state in BEFORE_QUEUE:
        queue.enqueue(task_id=task.pk, at=at)


@transaction.atomic
def read_until(*, conversation_id: UUID, seq: int) -> None:
    """Note how far the person has read; never back, never beyond what was said."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation_id)
    seq = min(seq, conversation.last_seq)
    if seq > conversation.person_read_seq:
        conversation.person_read_seq = seq
        conversation.save(update_fields=["person_read_seq"])
        hint(conversation_topic(conversation_id))
