"""Decide field by field what becomes of an object that a source brings."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tsunagari.core.tables.problems import Problem
from tsunagari.directory.exchange.aggregates import (
    Group,
    Row,
    State,
    groups_of,
    root_of,
)
from tsunagari.directory.exchange.comparing.known import Known, known_of
from tsunagari.directory.exchange.comparing.words import (
    FACE,
    equal,
    families_of,
    rename,
    same,
    target_rows,
    with_what_is_unsaid,
)
from tsunagari.directory.exchange.identity import digest_id
from tsunagari.directory.exchange.problems import problem
from tsunagari.directory.exchange.staged import UNSAID
from tsunagari.directory.models import ImportRow, ImportRun

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
