"""Where each field of an entry comes from: an import (which, when), or people's hands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from tsunagari.directory.exchange.aggregates import groups_of, states_of
from tsunagari.directory.exchange.comparing import FACE, equal, families_of, same, target_rows
from tsunagari.directory.models import ImportRow, ImportRun

ENTERED: Final = "entered"
IMPORTED: Final = "imported"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where one field, or one group such as ``channels``, comes from.

    ``how`` is ``imported`` as long as the value is the one that the import wrote; ``entered`` when a person
    has written it, or changed it since.
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
    return {
        object_id: _present(kind, state, imported.get(object_id, {})) for object_id, state in states.items()
    }


def _said(row: ImportRow, name: str) -> list[tuple[str, object]]:
    given = row.payload.get(name)
    if given is None:
        return []
    if name in FACE:
        return [(column, value) for column, value in given[0].items() if column != "id"]
    return [(name, given)]


def _present(
    kind: str, state: dict[str, list[dict[str, object]]], said: dict[str, tuple[object, ImportRun]]
) -> dict[str, Provenance]:
    found: dict[str, Provenance] = {}
    for name in FACE & state.keys():
        for column, value in state[name][0].items():
            if value in (None, "", []) or column == "id":
                continue
            word = said.get(column)
            found[column] = _from(word[1]) if word and same(word[0], value) else Provenance(ENTERED)
    for family in families_of(kind):
        for group in family:
            current = state.get(group.name, [])
            if not current:
                continue
            word = said.get(group.name)
            given = word[0] if word else None
            as_said = isinstance(given, list) and equal(target_rows(group, given, current), current)
            found[group.name] = _from(word[1]) if word and as_said else Provenance(ENTERED)
    return found


def _from(run: ImportRun) -> Provenance:
    return Provenance(IMPORTED, run.source, run.pk, run.finished_at)
