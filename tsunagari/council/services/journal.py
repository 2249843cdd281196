"""The journal of a body's affairs: one line for each act, which nobody can change."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tsunagari.accounts.models import User
from tsunagari.council.models import Body, JournalEntry


def record(
    *, body: Body, action: str, subject_id: UUID, actor: User | None, at: datetime, **detail: Any
) -> None:
    """Write down that `actor` did `action` to the thing `subject_id`. Call it in the act's transaction."""
    JournalEntry.objects.create(
        body=body, action=action, subject_id=subject_id, actor=actor, at=at, detail=detail
    )
