"""Beginning a conversation, and the browser that talks in it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from tsunagari.consultation.keys import make_wrapped_key
from tsunagari.consultation.models import (
    ChatSession,
    Conversation,
    ConversationKey,
    Helpline,
    Person,
    Task,
    TaskEvent,
    TracingDecision,
)
from tsunagari.consultation.services.tasks import wake
from tsunagari.consultation.states import TaskState
from tsunagari.core.crypto import keyed_digest


@dataclass(frozen=True, slots=True)
class Begun:
    """A new conversation with its first contact; the token for the person's cookie is shown nowhere else."""

    conversation: Conversation
    task: Task
    token: str


@transaction.atomic
def begin_conversation(
    *,
    helpline: Helpline,
    about: Conversation.About,
    language: Conversation.Language,
    age: Conversation.Age,
    consent_version: str,
    secondary_use: bool,
    at: datetime,
) -> Begun:
    """Begin a thread after the consent: person, conversation, its key, a contact that has arrived."""
    decision = (
        TracingDecision.objects.filter(organization=helpline.organization_id).order_by("-decided_at").first()
    )
    conversation = Conversation.objects.create(
        id=uuid4(),
        person=Person.objects.create(created_at=at),
        helpline=helpline,
        about=about,
        language=language,
        age=age,
        consent_version=consent_version,
        consented_at=at,
        tracing=decision,
        secondary_use_at=at if secondary_use else None,
        begun_at=at,
        person_seen_at=at,
        erase_after=at + timedelta(days=helpline.retention_days),
    )
    ConversationKey.objects.create(conversation=conversation, wrapped=make_wrapped_key(conversation.pk))
    return Begun(conversation, arrive(conversation, at=at), make_session(conversation, at=at))


def arrive(conversation: Conversation, *, at: datetime) -> Task:
    """A new contact in a thread whose lock the caller holds, or which it has just made."""
    before = conversation.tasks.exclude(shift=None).order_by("-arrived_at").select_related("shift").first()
    task = Task.objects.create(
        conversation=conversation,
        helpline_id=conversation.helpline_id,
        language=conversation.language,
        arrived_at=at,
        familiar_id=before.shift.user_id if before is not None and before.shift is not None else None,
    )
    TaskEvent.objects.create(task=task, before="", after=TaskState.ARRIVED, reason="arrived", at=at)
    wake(task)
    return task


def make_session(conversation: Conversation, *, at: datetime) -> str:
    """Let a browser talk in this conversation; the token goes into its cookie and is kept as an HMAC."""
    token = secrets.token_urlsafe(32)
    ChatSession.objects.create(conversation=conversation, digest=digest_of(token), began_at=at)
    return token


def end_sessions(conversation_id: UUID, *, at: datetime, token: str = "") -> None:
    """End the browser's session with this token, or all of the conversation."""
    sessions = ChatSession.objects.filter(conversation_id=conversation_id, ended_at=None)
    if token:
        sessions = sessions.filter(digest=digest_of(token))
    sessions.update(ended_at=at)


def digest_of(token: str) -> bytes:
    """What a session's token is known by."""
    return keyed_digest(settings.MASTER_KEY, "chat-session", token)
