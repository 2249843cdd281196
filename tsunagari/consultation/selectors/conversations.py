"""A conversation as its two sides read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from tsunagari.consultation.keys import Secrets
from tsunagari.consultation.models import ChatSession, Conversation


@dataclass(frozen=True, slots=True)
class Said:
    """A message in the open, as it is shown."""

    conversation_id: UUID
    seq: int
    client_id: UUID
    author: str
    user_id: UUID | None
    kind: str
    audience: str
    sent_at: datetime
    text: str


def conversation_of(digest: bytes) -> Conversation | None:
    """The conversation in which the browser with this session's digest talks."""
    session = (
        ChatSession.objects.filter(digest=digest, ended_at=None, conversation__erased_at=None)
        .select_related("conversation__helpline")
        .first()
    )
    return session.conversation if session is not None else None


_AFTER = """
SELECT m.conversation_id, m.seq, m.client_id, m.author, m.user_id, m.kind, m.audience, m.sent_at, m.body,
    k.wrapped
FROM unnest(%s::uuid[], %s::bigint[]) AS asked(id, seq)
JOIN consultation_conversationkey k ON k.conversation_id = asked.id
JOIN consultation_message m ON m.conversation_id = asked.id AND m.seq > asked.seq
WHERE %s OR m.audience = 'all'
ORDER BY m.conversation_id, m.seq
LIMIT %s
"""


def messages_after(
    after: Mapping[UUID, int], *, staff: bool, most: int = 500
) -> Mapping[UUID, Sequence[Said]]:
    """What was said in several conversations, after a number each, in order; one query for all.

    Args:
        staff: also what only the staff may read.
        most: messages in all; what is cut off comes when it is asked for again.

    Conversations without a key (erased) have nothing.
    """
    if not after:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_AFTER, [list(after), list(after.values()), staff, most])
        rows = cursor.fetchall()
    opened: dict[UUID, Secrets] = {}
    said: dict[UUID, list[Said]] = {}
    for pk, seq, client_id, author, user_id, kind, audience, sent_at, body, wrapped in rows:
        if pk not in opened:
            opened[pk] = Secrets(pk, wrapped)
        text = opened[pk].open("message", body)
        said.setdefault(pk, []).append(
            Said(pk, seq, client_id, author, user_id, kind, audience, sent_at, text)
        )
    return said
