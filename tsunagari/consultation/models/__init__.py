"""What consultation keeps. Persons, conversations, tasks and reservations are apart (`states.py`)."""

from tsunagari.consultation.models.conversations import (
    ChatSession,
    Conversation,
    ConversationKey,
    Message,
    Person,
    Rating,
    ReturnKey,
    ReturnTry,
)
from tsunagari.consultation.models.helplines import Helpline, Shift, TracingDecision
from tsunagari.consultation.models.records import Alarm, ContactRecord, ContactReferral
from tsunagari.consultation.models.tasks import (
    Callback,
    Reservation,
    RiskAssessment,
    Screening,
    Task,
    TaskEvent,
)
from tsunagari.consultation.models.tracing import BreakGlass, SealedConnection

__all__ = [
    "Alarm",
    "BreakGlass",
    "Callback",
    "ChatSession",
    "ContactRecord",
    "ContactReferral",
    "Conversation",
    "ConversationKey",
    "Helpline",
    "Message",
    "Person",
    "Rating",
    "Reservation",
    "ReturnKey",
    "ReturnTry",
    "RiskAssessment",
    "Screening",
    "SealedConnection",
    "Shift",
    "Task",
    "TaskEvent",
    "TracingDecision",
]
