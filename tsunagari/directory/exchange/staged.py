"""What the first half of an import makes of a record, and the terms that it knows."""

from dataclasses import dataclass, field
from typing import Any, Final

UNSAID: Final = "unsaid"
"""In a payload: [[group, id of the owner], …] of which the source says nothing, so that they stay."""


@dataclass(slots=True)
class Staged:
    """An object ready to be compared with the directory."""

    kind: str
    object_id: str
    number: int
    name: str
    payload: dict[str, Any]
    match_keys: list[int] | None = None
    part: str = ""


@dataclass(slots=True)
class Terms:
    """The terms that are known: those of the directory, and those that the file brings."""

    by_id: dict[str, tuple[str, str]] = field(default_factory=dict)
    """id, also a source's own → (id in the directory, key of the taxonomy)"""
    by_code: dict[tuple[str, str], str] = field(default_factory=dict)
    taxonomies: dict[str, str] = field(default_factory=dict)
    """id → key"""
    closed: frozenset[str] = frozenset()
    """Taxonomies that an import does not add to: ours, where they are known already."""


@dataclass(slots=True)
class Refused:
    """A record that cannot be imported; its problems say why."""

    kind: str
    number: int
