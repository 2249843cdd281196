"""What open streams ask about, for many of them at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import connection

from tsunagari.accounts.models import Role
from tsunagari.consultation.models import ChatSession


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands; ``sessions``: the browsers that may still talk in it."""

    last_seq: int
    person_read_seq: int
    staff_read_seq: int
    state: str
    risk: int
    fence: int
    sessions: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Desk:
    """What somebody on duty follows. ``mark`` changes whenever the console has something new to show."""

    conversations: frozenset[UUID]
    helplines: frozenset[UUID]
    mark: str


def session_that_talks(digest: bytes) -> tuple[UUID, UUID] | None:
    """The browser's session and its conversation, unless one of them has ended."""
    return (
        ChatSession.objects.filter(digest=digest, ended_at=None, conversation__erased_at=None)
        .values_list("id", "conversation_id")
        .first()
    )


_STANDINGS = """
SELECT c.id, c.last_seq, c.person_read_seq, c.staff_read_seq, coalesce(t.state, ''), coalesce(t.risk, 0),
    coalesce(t.fence, 0), CASE WHEN c.erased_at IS NULL THEN ARRAY(
        SELECT s.id FROM consultation_chatsession s WHERE s.conversation_id = c.id AND s.ended_at IS NULL
    ) ELSE '{}' END
FROM consultation_conversation c
LEFT JOIN LATERAL (
    SELECT state, risk, fence FROM consultation_task
    WHERE conversation_id = c.id ORDER BY arrived_at DESC, id LIMIT 1
) t ON true
WHERE c.id = ANY(%s)
"""


def standings_of(conversations: Collection[UUID]) -> Mapping[UUID, Standing]:
    """Where these conversations stand; one query."""
    if not conversations:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, [list(conversations)])
        return {
            pk: Standing(last, by_person, by_staff, state, risk, fence, frozenset(sessions))
            for pk, last, by_person, by_staff, state, risk, fence, sessions in cursor.fetchall()
        }


# A supervisor also looks in on open contacts of the own helpline that the page names.
_DESKS = """
SELECT s.user_id, s.helpline_id,
    ARRAY(
        SELECT t.conversation_id FROM consultation_task t
        WHERE t.shift_id = s.id AND t.state IN ('connected', 'transferring', 'wrap_up')
        UNION
        SELECT t.conversation_id FROM consultation_task t
        WHERE s.kind = 'supervisor' AND t.helpline_id = s.helpline_id AND t.conversation_id = ANY(%s)
            AND t.state NOT IN ('closed', 'abandoned_explicit', 'abandoned_silent', 'diverted')
    ),
    concat_ws(' ', s.id, s.paused_at, s.confirmed_at, s.load, h.opened_at,
        (SELECT string_agg(concat_ws(':', t.id, t.state, t.fence, t.risk), ',' ORDER BY t.id)
            FROM consultation_task t
            WHERE (t.shift_id = s.id OR t.next_shift_id = s.id)
                AND t.state IN ('connected', 'transferring', 'wrap_up')),
        (SELECT string_agg(r.id::text, ',' ORDER BY r.id)
            FROM consultation_reservation r WHERE r.shift_id = s.id AND r.state = 'created'),
        CASE WHEN s.kind = 'supervisor' THEN (
            SELECT concat_ws(':', count(*), sum(t.risk), max(t.fence)) FROM consultation_task t
            WHERE t.helpline_id = s.helpline_id
                AND t.state NOT IN ('closed', 'abandoned_explicit', 'abandoned_silent', 'diverted')) END,
        CASE WHEN s.kind = 'supervisor' THEN (
            SELECT string_agg(a.id::text, ',' ORDER BY a.id) FROM consultation_alarm a
            WHERE a.helpline_id = s.helpline_id AND a.seen_at IS NULL) END)
FROM consultation_shift s
JOIN consultation_helpline h ON h.id = s.helpline_id
JOIN accounts_user u ON u.id = s.user_id AND u.is_active
WHERE s.user_id = ANY(%s) AND s.ended_at IS NULL AND EXISTS (
    SELECT FROM accounts_membership m
    WHERE m.user_id = s.user_id AND m.organization_id = h.organization_id AND m.ended_at IS NULL
        AND m.role = ANY(%s)
)
ORDER BY s.user_id, s.started_at, s.id
"""


def desks_of(users: Collection[UUID], *, looked_at: Collection[UUID] = ()) -> Mapping[UUID, Desk]:
    """What these people follow as long as they are on duty; who is not there follows nothing. One query.

    Args:
        looked_at: conversations on which supervisors look in, if they may.
    """
    if not users:
        return {}
    found: dict[UUID, Desk] = {}
    with connection.cursor() as cursor:
        cursor.execute(_DESKS, [list(looked_at), list(users), [Role.COUNSELLOR, Role.SUPERVISOR]])
        for user_id, helpline_id, conversations, mark in cursor.fetchall():
            before = found.get(user_id, Desk(frozenset(), frozenset(), ""))
            found[user_id] = Desk(
                before.conversations | frozenset(conversations),
                before.helplines | {helpline_id},
                f"{before.mark}\n{mark}",
            )
    return found


def living_sessions(keys: Collection[str], *, at: datetime) -> frozenset[str]:
    """Which of these sessions of the desk still hold; one query."""
    if not keys:
        return frozenset()
    held = Session.objects.filter(session_key__in=list(keys), expire_date__gt=at)
    return frozenset(held.values_list("session_key", flat=True))
