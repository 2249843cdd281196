"""Erasing a conversation: its key goes first, and with it everything that was said; then the rest.

What stays is a pseudonymous row of when a contact came and how it ended, which the figures need.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tsunagari.consultation.models import (
    Callback,
    ChatSession,
    ContactRecord,
    ContactReferral,
    Conversation,
    ConversationKey,
    Message,
    Rating,
    ReturnKey,
    RiskAssessment,
    Screening,
    SealedConnection,
    Task,
)
from tsunagari.consultation.states import ENDED

AT_ONCE = 200


@transaction.atomic
def ask_erasure(*, conversation_id: UUID, at: datetime) -> bool:
    """The person wants it erased: at once, or when the contact that is still open is closed. True: it is."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation_id)
    if conversation.erasure_asked_at is None:
        conversation.erasure_asked_at = at
        conversation.erase_after = min(conversation.erase_after, at)
        conversation.save(update_fields=["erasure_asked_at", "erase_after"])
    return erase(conversation_id=conversation_id, at=at)


@transaction.atomic
def erase(*, conversation_id: UUID, at: datetime) -> bool:
    """Destroy the key and what it sealed; True when it is erased. Only what is due, and no open contact.

    Both are looked at under the conversation's lock: whoever writes before it is taken goes on talking.
    Copies in backups can be read until the last backup that holds the key has expired.
    """
    conversation = Conversation.objects.select_for_update().get(pk=conversation_id)
    if conversation.erased_at is not None:
        return True
    still_open = Task.objects.filter(conversation=conversation).exclude(state__in=ENDED).exists()
    if still_open or conversation.erase_after > at:
        return False
    ConversationKey.objects.filter(conversation=conversation).delete()
    Message.objects.filter(conversation=conversation).delete()
    Screening.objects.filter(task__conversation=conversation).delete()
    Rating.objects.filter(task__conversation=conversation).update(words=b"")
    ContactRecord.objects.filter(task__conversation=conversation).update(words=b"")
    ContactReferral.objects.filter(task__conversation=conversation).update(words=b"")
    RiskAssessment.objects.filter(task__conversation=conversation).update(detail=b"")
    Callback.objects.filter(conversation=conversation).update(words=b"")
    SealedConnection.objects.filter(conversation=conversation).delete()
    ReturnKey.objects.filter(conversation=conversation).delete()
    ChatSession.objects.filter(conversation=conversation, ended_at=None).update(ended_at=at)
    conversation.erased_at = at
    conversation.save(update_fields=["erased_at"])
    return True


def erase_due(*, at: datetime) -> int:
    """Erase what has been kept long enough, or was asked for; return how many. Open contacts go on."""
    due = (
        Conversation.objects.filter(erased_at=None, erase_after__lte=at)
        .exclude(tasks__in=Task.objects.exclude(state__in=ENDED))
        .order_by("erase_after")
        .values_list("pk", flat=True)[:AT_ONCE]
    )
    return sum(erase(conversation_id=pk, at=at) for pk in list(due))
