"""What a source says, set beside what stands: whole rows, families of groups, sameness. Pure."""

import functools
from typing import Any, Final

from tsunagari.directory.exchange.aggregates import (
    Group,
    Row,
    State,
    defaults_of,
    groups_of,
    root_of,
)
from tsunagari.directory.exchange.staged import UNSAID

FACE: Final = frozenset({"service", "location", "profile"})
"""Groups of one row whose columns are compared one by one."""


def with_what_is_unsaid(kind: str, payload: dict[str, Any], state: State) -> dict[str, Any]:
    """The payload with what stands in the directory for the parts of which the source says nothing."""
    unsaid = payload.get(UNSAID)
    result = {name: rows for name, rows in payload.items() if name != UNSAID}
    for name, owner in unsaid or ():
        group = groups_of(kind).get(name)
        if group is not None:
            stays = [part for part in state.get(name, ()) if part.get(group.key) == owner]
            result[name] = [*result.get(name, ()), *stays]
            below = [child for child in groups_of(kind).values() if child.parent == name and stays]
            for child in below:
                ids = {part["id"] for part in stays}
                parts = [part for part in state.get(child.name, ()) if part.get(child.key) in ids]
                result[child.name] = [*result.get(child.name, ()), *parts]
    for name, group in groups_of(kind).items():
        if group.additive and payload.get(group.parent) is not None:
            ids = {part["id"] for part in result[group.parent]}
            there = {part["id"] for part in result.get(name, ())}
            result[name] = [
                *(part for part in state.get(name, ()) if part[group.key] in ids and part["id"] not in there),
                *result.get(name, ()),
            ]
    return result


def rename(payload: dict[str, Any], renamed: dict[str, str]) -> None:
    """Give parts of a payload other ids, wherever they are named."""
    for name, rows in payload.items():
        if name == UNSAID:
            payload[name] = [[group, renamed.get(owner, owner)] for group, owner in rows]
            continue
        for part in rows:
            for column, value in part.items():
                if isinstance(value, str) and value in renamed:
                    part[column] = renamed[value]


def target_rows(group: Group, rows: list[Row], current: list[Row]) -> list[Row]:
    """The whole rows as they would stand: what is given over what stands, or over a new row's values."""
    standing = {str(part[group.primary_key]): part for part in current}
    fresh = defaults_of(group.model)
    return [{**standing.get(str(part[group.primary_key]), fresh), **part} for part in rows]


def same(first: Any, second: Any) -> bool:
    """Whether two values say the same."""
    if first == second:
        return True
    # an empty cell and nothing are the same; so are 300 and 300.0
    return first in (None, "", []) and second in (None, "", [])


@functools.cache
def families_of(kind: str) -> tuple[tuple[Group, ...], ...]:
    """The groups that stand or fall together: those right below the object, each with what hangs on it."""
    groups = groups_of(kind)
    root = root_of(kind).name
    found: dict[str, list[Group]] = {}
    for name, group in groups.items():
        if not group.parent or name in FACE:
            continue
        first = group
        while first.parent != root:
            first = groups[first.parent]
        found.setdefault(first.name, []).append(group)
    return tuple(tuple(family) for family in found.values())


def equal(first: list[Row], second: list[Row]) -> bool:
    """Whether two lists of whole rows say the same."""
    if len(first) != len(second):
        return False
    others = {str(part.get("id")): part for part in second}
    for part in first:
        other = others.get(str(part.get("id")))
        if other is None or any(not same(value, other.get(column)) for column, value in part.items()):
            return False
    return True
