"""What is known of objects that stand in the directory: what was said of them, and who has edited them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from tsunagari.directory.exchange.aggregates import (
    State,
    decode,
    groups_of,
    states_of,
)
from tsunagari.directory.exchange.comparing.words import FACE
from tsunagari.directory.models import ImportRow


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
