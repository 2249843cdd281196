"""The lines that stand above everything when somebody may be in danger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tsunagari.core.areas import NATIONWIDE
from tsunagari.directory.models import SearchRow, Service
from tsunagari.directory.search import openness
from tsunagari.directory.search.cards import Found

MOST_PINNED = 4
ENOUGH_OPEN = 2
"""One line may be busy; with two that are open, nobody is sent to one that may be closed."""


def pinned_lines(keys: Sequence[str], at: datetime, *, most: int = MOST_PINNED) -> list[Found]:
    """Of the services with these keys, in this order: those that are open at that moment.

    Those whose hours are not known follow only where fewer than two are open, and closed ones, the next to
    open first, only where none is. Services that are closed for now, or without a verified contact, never.
    """
    wanted = list(dict.fromkeys(keys))
    rows = _rows(wanted)
    states = openness.open_pattern_ids(at)
    by_state: dict[bool | None, list[Found]] = {True: [], None: [], False: []}
    for key in wanted:
        if key in rows:
            by_state[states.state(rows[key].hours_id)].append(rows[key])
    if not by_state[True]:
        closed = sorted(by_state[False], key=lambda line: _opening(line, at))
        return [*by_state[None], *closed][:most]
    if len(by_state[True]) < ENOUGH_OPEN:
        return [*by_state[True], *by_state[None]][:most]
    return by_state[True][:most]


def _opening(line: Found, at: datetime) -> float:
    moment = openness.opens_next(line.hours_id, at)
    return moment.timestamp() if moment else float("inf")


def _rows(keys: Sequence[str]) -> dict[str, Found]:
    found: dict[str, Found] = {}
    rows: Any = (
        SearchRow.objects.filter(
            service__key__in=keys,
            area_code=NATIONWIDE,
            service__status=Service.Status.ACTIVE,
            service__contact_verified=True,
        )
        .order_by("service_id")
        .values_list("service__key", "service_id", "hours_id", "needs")
    )
    key: str
    service_id: UUID
    for key, service_id, hours_id, needs in rows:
        found.setdefault(key, Found(service_id, NATIONWIDE, "", hours_id, tuple(needs)))
    return found
