"""Which hours patterns are open at a minute. There are few: decided once and kept for the minute."""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from tsunagari.directory.models import HoursPattern
from tsunagari.directory.schedules import Hours, is_open, next_closing, next_opening

TALKING = ("phone", "chat", "line", "visit")
"""Channels through which a person talks to somebody; a website or an address is never "open now"."""

Pattern = dict[str, tuple[Hours, ...]]

_MINUTES_KEPT = 64
_lock = threading.Lock()
_patterns: dict[int, Pattern] = {}
_generation = 0


@dataclass(frozen=True, slots=True)
class OpenPatterns:
    """Ids of `HoursPattern` that are open, closed, or of which it is not known, at one minute."""

    open: frozenset[int]
    closed: frozenset[int]
    unknown: frozenset[int]

    def state(self, hours_id: int | None) -> bool | None:
        """True open, False closed, None not known (so is a row without a pattern)."""
        if hours_id in self.open:
            return True
        return False if hours_id in self.closed else None


@lru_cache(maxsize=_MINUTES_KEPT)
def as_arrays(states: OpenPatterns) -> tuple[str, str]:
    """The open and the closed ids as PostgreSQL's arrays in text form, made once a minute."""
    return tuple("{" + ",".join(map(str, sorted(ids))) + "}" for ids in (states.open, states.closed))  # type: ignore[return-value]


def forget() -> None:
    """Read the patterns anew at the next use: after the index has been written, and between tests."""
    global _generation
    with _lock:
        _patterns.clear()
        _generation += 1


def generation() -> int:
    """Grows whenever this process has written the index: part of the key of what is kept for a minute."""
    return _generation


def open_pattern_ids(at: datetime, channels: Collection[str] | None = None) -> OpenPatterns:
    """The patterns by their state at the minute of `at` (aware), over these channel types (all: None).

    A pattern is open when any of its channels is; closed when all are; else not known. New patterns of
    other processes are seen within a minute.
    """
    wanted = tuple(sorted(set(channels) & set(TALKING))) if channels is not None else TALKING
    return _open_patterns(at.replace(second=0, microsecond=0), wanted, _generation)


@lru_cache(maxsize=_MINUTES_KEPT)
def _open_patterns(at: datetime, channels: tuple[str, ...], generation: int) -> OpenPatterns:
    _read_new()
    states: dict[bool | None, set[int]] = {True: set(), False: set(), None: set()}
    for pk, pattern in list(_patterns.items()):
        states[state_of(pattern, at, channels)].add(pk)
    return OpenPatterns(frozenset(states[True]), frozenset(states[False]), frozenset(states[None]))


def _read_new() -> None:
    """Add the patterns that have come since the last look; a pattern never changes."""
    newest = max(_patterns, default=0)
    for pk, hours in HoursPattern.objects.filter(pk__gt=newest).order_by("pk").values_list("pk", "hours"):
        pattern = {
            kind: tuple(Hours.from_json(text) if text else Hours() for text in texts)
            for kind, texts in hours.items()
        }
        with _lock:
            _patterns[pk] = pattern


def state_of(pattern: Pattern, at: datetime, channels: Sequence[str] = TALKING) -> bool | None:
    """Whether any of these channels of a pattern is open; None when none is, but some are not known."""
    states = [is_open(hours, at) for kind in channels for hours in pattern.get(kind, ())]
    if True in states:
        return True
    return False if states and None not in states else None


def pattern(hours_id: int | None) -> Pattern:
    """The hours of a pattern by channel type; empty when there is none."""
    if hours_id is None:
        return {}
    if hours_id not in _patterns:
        _read_new()
    return _patterns.get(hours_id, {})


def opens_next(hours_id: int | None, at: datetime) -> datetime | None:
    """When a service that is closed at `at` opens again (Asia/Tokyo); None: not known, or never."""
    return _moment(hours_id, at.replace(second=0, microsecond=0), False, _generation)


def closes_next(hours_id: int | None, at: datetime) -> datetime | None:
    """When the last open channel of a service closes (Asia/Tokyo); None: not open, or never closing."""
    return _moment(hours_id, at.replace(second=0, microsecond=0), True, _generation)


@lru_cache(maxsize=4096)
def _moment(hours_id: int | None, at: datetime, closing: bool, generation: int) -> datetime | None:
    every = [hours for kind in TALKING for hours in pattern(hours_id).get(kind, ())]
    if closing:
        closings = [next_closing(hours, at) for hours in every if is_open(hours, at)]
        known = [moment for moment in closings if moment is not None]
        return max(known) if known and len(known) == len(closings) else None
    openings = [moment for hours in every if (moment := next_opening(hours, at)) is not None]
    return min(openings, default=None)
