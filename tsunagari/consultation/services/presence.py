"""Signs of life of open pages, written for many at once."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

SEEN_AGAIN = timedelta(seconds=15)
"""Whoever was seen within this time is not written again."""

# Rows that somebody else holds are left for the next time: whoever holds one is writing a sign of life.
_SEEN = """
UPDATE {table} SET {column} = %s WHERE id IN (
    SELECT id FROM {table} WHERE {which} = ANY(%s) AND {column} < %s {more}
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
)
"""


def see_persons(conversations: Collection[UUID], *, at: datetime) -> int:
    """These persons' pages are open; returns how many were written."""
    statement = _SEEN.format(
        table="consultation_conversation", column="person_seen_at", which="id", more="AND erased_at IS NULL"
    )
    return _write(statement, conversations, at)


def see_shifts(users: Collection[UUID], *, at: datetime) -> int:
    """The consoles of these people are open: their shifts go on; returns how many were written."""
    statement = _SEEN.format(
        table="consultation_shift", column="seen_at", which="user_id", more="AND ended_at IS NULL"
    )
    return _write(statement, users, at)


def _write(statement: str, whom: Collection[UUID], at: datetime) -> int:
    if not whom:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(statement, [at, list(whom), at - SEEN_AGAIN])
        return int(cursor.rowcount)
