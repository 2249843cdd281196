"""What an import would change: the source's word against what stands, and against what it said before.

A field that a person has edited since the source last set it is kept, and told. "Edited" is seen by its
value: it is no longer what the last import wrote. Fields that no import has set yet count as edited when the
history names somebody other than the system for a change of them.
"""

import functools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import connection

from tsunagari.directory.exchange.aggregates import (
    Group,
    Row,
    State,
    decode,
    defaults_of,
    groups_of,
    root_of,
    states_of,
)
from tsunagari.directory.exchange.identity import digest_id
from tsunagari.directory.exchange.problems import Problem, problem
from tsunagari.directory.exchange.staged import UNSAID
from tsunagari.directory.models import ImportRow, ImportRun

FACE: Final = frozenset({"service", "location", "profile"})
"""Groups of one row whose columns are compared one by one."""
# what tells where a place is
TELLING: Final = (
    "name", "name_kana", "alternate_name", "description", "transportation", "url", "latitude", "longitude",
    "address_1", "address_2", "postal_code",
)  # fmt: skip


@dataclass(slots=True)
class Decision:
    """What becomes of one object."""

    action: str
    changes: dict[str, Any] = field(default_factory=dict)
    """Field or group → [before, after]."""
    kept: list[str] = field(default_factory=list)
    target: dict[str, list[Row]] = field(default_factory=dict)
    """The whole rows of the groups that change, as they will stand."""
    before: State = field(default_factory=dict)
    """The rows of the same groups as they stand."""
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Known:
    """What is known of the objects of a batch."""

    states: dict[UUID, State]
    said: dict[UUID, dict[str, Any]]
    """What finished imports have set, by object: column of the face → value, group → rows."""
    edited: dict[UUID, set[str]]
    """Columns, and ids of parts, that the history says a person has changed."""
    importers: dict[UUID, UUID | None]
    """The organisation of the last import of an object."""
    taken: dict[tuple[str, str], None] = field(default_factory=dict)
    """(table, id) of parts that stand there already, whoever they belong to."""


def decisions(
    run: ImportRun, kind: str, rows: Sequence[ImportRow], *, lock: bool = False
) -> dict[int, Decision]:
    """What becomes of each of these staged objects that stand in the directory; others are left out.

    ``lock`` keeps them from changing until the transaction ends.
    """
    known = known_of(kind, rows, lock=lock)
    found = {}
    for row in rows:
        state = known.states.get(row.object_id)
        if state is not None:
            found[row.pk] = _decide(run, kind, row, state, known)
    return found


def known_of(kind: str, rows: Sequence[ImportRow], *, lock: bool = False) -> Known:
    """Read what is known of these objects: as many queries for many as for one."""
    ids = [row.object_id for row in rows]
    states = states_of(kind, ids, lock=lock)
    if not states:
        return Known({}, {}, {}, {})
    said: dict[UUID, dict[str, Any]] = {}
    importers: dict[UUID, UUID | None] = {}
    own = {row.pk for row in rows}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.id, r.object_id, r.payload::text, r.kept, i.organization_id FROM directory_importrow r"
            " JOIN directory_importrun i ON i.id = r.run_id"
            " WHERE r.object_id = ANY(%s) AND r.kind = %s AND i.state = 'done'"
            " AND r.action IN ('created', 'changed', 'unchanged') ORDER BY i.finished_at, r.id",
            [list(states), kind],
        )
        for pk, object_id, payload, kept, organization in cursor.fetchall():
            if pk not in own:
                overlay(kind, said.setdefault(object_id, {}), decode(payload), kept or ())
                importers[object_id] = organization
        cursor.execute(
            "SELECT resource_id, field_name FROM directory_metadata WHERE resource_id = ANY(%s)"
            " AND last_action_type = 'update' AND updated_by <> 'system' AND updated_by NOT LIKE 'import:%%'",
            [list(states)],
        )
        edited: dict[UUID, set[str]] = {}
        for resource, column in cursor.fetchall():
            edited.setdefault(resource, set()).add(column)
        owners = {
            part["id"]: object_id
            for object_id, state in states.items()
            for rows_there in state.values()
            for part in rows_there
            if part.get("id") not in (None, str(object_id))
        }
        cursor.execute(
            "SELECT DISTINCT resource_id::text FROM directory_metadata WHERE resource_id = ANY(%s::uuid[])"
            " AND updated_by <> 'system' AND updated_by NOT LIKE 'import:%%'",
            [list(owners)],
        )
        for (part,) in cursor.fetchall():
            edited.setdefault(owners[part], set()).add(part)
    known = Known(states, said, edited, importers)
    _find_taken(kind, rows, known)
    return known


def overlay(kind: str, said: dict[str, Any], payload: dict[str, Any], kept: Iterable[str]) -> None:
    """Add to ``said`` what one import has set: columns of the face, and whole groups."""
    left = set(kept)
    for name in groups_of(kind):
        rows = payload.get(name)
        if rows is None:
            continue
        if name in FACE:
            for column, value in rows[0].items():
                if column not in left:
                    said[column] = value
        elif name not in left:
            said[name] = rows


def _find_taken(kind: str, rows: Sequence[ImportRow], known: Known) -> None:
    """Which of the parts' ids stand in the tables already."""
    by_table: dict[str, set[str]] = {}
    for row in rows:
        if row.object_id in known.states:
            for name, group in groups_of(kind).items():
                if group.parent and group.primary_key == "id":
                    ids = by_table.setdefault(group.table, set())
                    ids.update(part["id"] for part in row.payload.get(name, ()))
    with connection.cursor() as cursor:
        for name, wanted in by_table.items():
            if wanted:
                cursor.execute(f"SELECT id::text FROM {name} WHERE id = ANY(%s::uuid[])", [list(wanted)])  # noqa: S608 - a table of ours
                known.taken.update(((name, found), None) for (found,) in cursor.fetchall())


# -- one object -----------------------------------------------------------------------------------------


def _decide(run: ImportRun, kind: str, row: ImportRow, state: State, known: Known) -> Decision:
    decision = Decision("unchanged")
    if refusal := _refusal(run, kind, row, state, known):
        return Decision("refused", problems=[refusal])
    said = known.said.get(row.object_id, {})
    edited = known.edited.get(row.object_id, set())
    payload = with_what_is_unsaid(kind, row.payload, state)
    _give_new_ids(kind, row, payload, state, known, decision)
    for name, group in groups_of(kind).items():
        rows = payload.get(name)
        if rows is None:
            continue
        current = state.get(name, [])
        if group.insert_only:
            if current:
                _tell_what_stays(row, group, rows, current, decision)
            continue
        if name in FACE:
            _decide_face(run, row, name, target_rows(group, rows, current), current, said, edited, decision)
    for family in families_of(kind):
        _decide_family(run, row, family, payload, state, said, edited, decision)
    if decision.target:
        decision.action = "changed"
    return decision


def _refusal(run: ImportRun, kind: str, row: ImportRow, state: State, known: Known) -> Problem | None:
    root = state[root_of(kind).name][0]
    if kind == "location" and root.get("confidential"):
        brought = row.payload.get("location", [{}])[0]
        tells = [name for name in TELLING if brought.get(name) not in (None, "")]
        hangs = [name for name in ("accessibility", "foreign") if row.payload.get(name)]
        visits = [part for part in row.payload.get("channels", ()) if part["type"] == "visit"]
        if tells or hangs or visits or str(brought.get("area_id") or "")[2:5] not in ("", "000"):
            # the value is not repeated: the report is read by others than the file's owner
            return problem("confidential_address", number=row.number, field=kind)
    if run.restricted and kind in ("service", "location", "organization"):
        owner = str(root["id"] if kind == "organization" else root.get("organization_id"))
        ours = owner == str(run.organization_id) or (
            known.importers.get(row.object_id) == run.organization_id and row.object_id in known.importers
        )
        if not ours and kind == "service":
            return problem("not_yours", number=row.number, field="id", value=str(row.object_id))
        if not ours:
            # places and organisations of others may be pointed at, not changed
            for name in list(row.payload):
                if name not in (UNSAID, root_of(kind).name):
                    del row.payload[name]
            row.payload[root_of(kind).name] = [{"id": str(row.object_id)}]
    return None


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


def _give_new_ids(
    kind: str, row: ImportRow, payload: dict[str, Any], state: State, known: Known, decision: Decision
) -> None:
    """Parts whose id is another object's get one of their own."""
    renamed = {}
    for name, group in groups_of(kind).items():
        if group.parent and group.primary_key == "id":
            own = {part["id"] for part in state.get(name, ())}
            for part in payload.get(name, ()):
                if part["id"] not in own and (group.table, part["id"]) in known.taken:
                    decision.problems.append(
                        problem("id_of_another", number=row.number, field=name, value=part["id"])
                    )
                    renamed[part["id"]] = digest_id(f"{row.object_id}\x1f{name}\x1f{part['id']}")
    if renamed:
        rename(payload, renamed)


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


def _decide_face(
    run: ImportRun,
    row: ImportRow,
    name: str,
    target: list[Row],
    current: list[Row],
    said: dict[str, Any],
    edited: Collection[str],
    decision: Decision,
) -> None:
    stands, wanted = (current[0] if current else {}), target[0]
    changed = False
    for column, value in list(wanted.items()):
        before = stands.get(column)
        if column == "confidential" and current:
            # only people make a place confidential, or open again
            wanted[column] = before
            continue
        if current and same(before, value):
            wanted[column] = before
            continue
        by_person = not same(before, said[column]) if column in said else column in edited
        if current and by_person and run.policy == ImportRun.Policy.KEEP:
            wanted[column] = before
            decision.kept.append(column)
            decision.problems.append(
                problem("edited_by_person", number=row.number, field=column, value=value)
            )
            continue
        decision.changes[column] = [before, value]
        changed = True
    if changed or not current:
        decision.target[name] = [wanted]
        decision.before[name] = current


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


def _decide_family(
    run: ImportRun,
    row: ImportRow,
    family: tuple[Group, ...],
    payload: dict[str, Any],
    state: State,
    said: dict[str, Any],
    edited: Collection[str],
    decision: Decision,
) -> None:
    given = [group for group in family if payload.get(group.name) is not None]
    targets = {
        group.name: target_rows(group, payload[group.name], state.get(group.name, [])) for group in given
    }
    if all(equal(targets[group.name], state.get(group.name, [])) for group in given):
        return
    first = family[0]
    if run.policy == ImportRun.Policy.KEEP and any(
        _by_person(group, state, said, edited) for group in family
    ):
        decision.kept.extend(group.name for group in given)
        decision.problems.append(problem("edited_by_person", number=row.number, field=first.name, value="…"))
        return
    for group in given:
        current, target = state.get(group.name, []), targets[group.name]
        decision.target[group.name] = target
        decision.before[group.name] = current
        if not equal(target, current):
            decision.changes[group.name] = [_plain(current), _plain(target)]


def _by_person(group: Group, state: State, said: dict[str, Any], edited: Collection[str]) -> bool:
    if group.additive:
        return False
    current = state.get(group.name, [])
    if group.name in said:
        return not equal(target_rows(group, said[group.name], current), current)
    return any(part.get("id") in edited for part in current)


def _plain(rows: list[Row]) -> list[Row]:
    """Rows as a report shows them: without ids and what is empty."""
    return [
        {
            column: value
            for column, value in part.items()
            if value not in (None, "", [], False) and column != "id" and not column.endswith("_id")
        }
        for part in rows[:20]
    ]


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


def _tell_what_stays(
    row: ImportRow, group: Group, rows: list[Row], current: list[Row], decision: Decision
) -> None:
    """The identity of an organisation is not changed by an import; that it differs is told."""
    if group.name != "organization":
        return
    for column, value in rows[0].items():
        if column not in ("id", "kind") and value and not same(current[0].get(column), value):
            decision.problems.append(
                problem("organization_kept", number=row.number, field=column, value=value)
            )
