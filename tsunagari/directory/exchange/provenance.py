"""Where each field of an entry comes from: an import (which, when), our own files, or people's hands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Max

from tsunagari.directory.exchange.aggregates import State, groups_of, states_of
from tsunagari.directory.exchange.comparing import FACE, equal, families_of, same, target_rows
from tsunagari.directory.models import ImportRow, ImportRun, Metadata
from tsunagari.directory.services.loaded import as_the_files_say

ENTERED: Final = "entered"
IMPORTED: Final = "imported"
FILES: Final = "files"
OF_FILES: Final = {"channel_schedules": "channels"}
"""Groups of an object that the files speak of under another name."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where one field, or one group such as ``channels``, comes from.

    ``how`` is ``imported`` as long as the value is the one that the import wrote; ``entered`` when a person
    has written it, or changed it since; ``files`` when it stands as ``data/`` has it. ``at`` is when the
    value came to stand there.
    """

    how: str
    source: str = ""
    run_id: UUID | None = None
    at: datetime | None = None


def provenance_of(service_id: UUID) -> dict[str, Provenance]:
    """Field or group of a service → where its present value comes from; empty fields are left out."""
    return provenance_of_objects("service", [service_id]).get(service_id, {})


def provenance_of_objects(kind: str, ids: Sequence[UUID]) -> dict[UUID, dict[str, Provenance]]:
    """The same of several objects of a kind: as many queries for many as for one."""
    states = states_of(kind, ids)
    rows = (
        ImportRow.objects.filter(
            object_id__in=list(states),
            kind=kind,
            run__state=ImportRun.State.DONE,
            action__in=["created", "changed", "unchanged"],
        )
        .select_related("run")
        .order_by("run__finished_at", "id")
    )
    imported: dict[UUID, dict[str, tuple[object, ImportRun]]] = {}
    for row in rows:
        left = set(row.kept or ())
        said = imported.setdefault(row.object_id, {})
        for name in groups_of(kind):
            for column, value in _said(row, name):
                if column not in left:
                    before = said.get(column)
                    # an import that only repeats what stands there is not where it comes from
                    if before is None or not same(before[0], value):
                        said[column] = (value, row.run)
    files = as_the_files_say(states) if kind == "service" else {}
    written = _written_at(kind, states)
    return {
        object_id: _present(
            kind, state, imported.get(object_id, {}), files.get(object_id, set()), written.get(object_id, {})
        )
        for object_id, state in states.items()
    }


def _said(row: ImportRow, name: str) -> list[tuple[str, object]]:
    given = row.payload.get(name)
    if given is None:
        return []
    if name in FACE:
        return [(column, value) for column, value in given[0].items() if column != "id"]
    return [(name, given)]


def _present(
    kind: str,
    state: State,
    said: dict[str, tuple[object, ImportRun]],
    files: set[str],
    written: dict[str, datetime],
) -> dict[str, Provenance]:
    found: dict[str, Provenance] = {}

    def other(name: str) -> Provenance:
        how = FILES if OF_FILES.get(name, name) in files else ENTERED
        return Provenance(how, at=written.get(name, written.get("")))

    for name in FACE & state.keys():
        for column, value in state[name][0].items():
            if value in (None, "", []) or column == "id":
                continue
            word = said.get(column)
            found[column] = _from(word[1]) if word and same(word[0], value) else other(column)
    for family in families_of(kind):
        for group in family:
            current = state.get(group.name, [])
            if not current:
                continue
            word = said.get(group.name)
            given = word[0] if word else None
            as_said = isinstance(given, list) and equal(target_rows(group, given, current), current)
            found[group.name] = _from(word[1]) if word and as_said else other(group.name)
    return found


def _written_at(kind: str, states: Mapping[UUID, State]) -> dict[UUID, dict[str, datetime]]:
    """When each column and group was last written, as the history says; "" is when the object was made."""
    owners: dict[str, tuple[UUID, str]] = {}
    for object_id, state in states.items():
        for name, rows in state.items():
            owners |= {str(row["id"]): (object_id, name) for row in rows if row.get("id")}
        # the face of an organisation has no id of its own
        owners[str(object_id)] = (object_id, "")
    found: dict[UUID, dict[str, datetime]] = {}
    lines = (
        Metadata.objects.filter(resource_id__in=owners)
        .order_by()
        .values_list("resource_id", "last_action_type", "field_name")
        .annotate(last=Max("last_action_date"))
    )
    for resource, action, column, last in lines:
        object_id, name = owners[str(resource)]
        key = name or (column if action == "update" else "")
        at = found.setdefault(object_id, {})
        at[key] = max(last, at.get(key, last))
    return found


def _from(run: ImportRun) -> Provenance:
    return Provenance(IMPORTED, run.source, run.pk, run.finished_at)
