"""Taking a finished import back: what stood before stands again, as long as nobody has changed it since.

At the desk it is asked for (`ask_to_undo`) and done by a job (`undo_asked`), since a large import takes
longer than a request may; the run stays done until the job's one transaction ends.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization, User
from tsunagari.core.errors import RuleBroken
from tsunagari.directory.exchange import runs
from tsunagari.directory.exchange.aggregates import KINDS, State, groups_of, states_of
from tsunagari.directory.exchange.applying import act_as, apply_states, check_at_once, delete_objects
from tsunagari.directory.exchange.comparing import (
    FACE,
    equal,
    target_rows,
    with_what_is_unsaid,
)
from tsunagari.directory.exchange.watching import seen_outside
from tsunagari.directory.models import ImportRow, ImportRun, MatchKey, ServiceAtLocation
from tsunagari.directory.search.index import reindex_services

BATCH: Final = 1_000
NAMED: Final = 100


@dataclass(frozen=True, slots=True)
class Conflict:
    """An object that somebody has changed, or built upon, after the import."""

    kind: str
    object_id: UUID
    name: str
    field: str


class ChangedSince(RuleBroken):
    """The import cannot be undone as a whole; ``conflicts`` names what was changed since."""

    status = 409

    def __init__(self, conflicts: list[Conflict]) -> None:
        names = "、".join(f"「{conflict.name}」({conflict.field})" for conflict in conflicts[:10])
        super().__init__(
            _("取り込んだあとに変わったものがあるので、取り消せません: %(names)s") % {"names": names}
        )
        self.conflicts = conflicts


def undo_run(
    run_id: UUID, *, at: datetime, actor: User | None = None, keep_changed: bool = False
) -> list[Conflict]:
    """Undo a finished import, all or nothing.

    With ``keep_changed`` what was changed since stays as it is, and the rest is undone.

    Returns:
        What was kept because it was changed since.

    Raises:
        ChangedSince: something was changed since, and ``keep_changed`` is not set. Nothing is undone.
        RunBusy: another process works on it.
        WrongState: the run is not finished.
    """
    run = ImportRun.objects.get(pk=run_id)
    if run.state != runs.State.DONE:
        raise runs.WrongState
    with runs.working_on(run_id), seen_outside(run, "undo_seen") as seen, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [0x696D7032])
        act_as(f"import:{run.source}")
        check_at_once()
        conflicts: list[Conflict] = []
        touched: list[UUID] = []
        for kind in reversed(KINDS):
            conflicts.extend(_undo_kind(run, kind, touched, seen))
        if conflicts and not keep_changed:
            raise ChangedSince(conflicts)
        runs.move(
            run,
            runs.State.UNDONE,
            undone_at=at,
            undo_asked_at=None,
            undo_conflicts=_named(conflicts),
            undo_seen=run.undo_seen,
        )
        MatchKey.objects.filter(service_id__in=touched)._raw_delete(using="default")
        for start in range(0, len(touched), BATCH):
            reindex_services(touched[start : start + BATCH])
    return conflicts


@transaction.atomic
def ask_to_undo(run_id: UUID, *, at: datetime, keep_changed: bool = False) -> ImportRun:
    """Note that a finished import is to be undone; defer the job in the same transaction.

    Asked again while it waits, it is the same asking: the first one's wish stands.

    Raises:
        WrongState: the run is not finished.
    """
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    if run.state != runs.State.DONE:
        raise runs.WrongState
    if run.undo_asked_at is None:
        run.undo_asked_at, run.undo_keeps_changed = at, keep_changed
        run.undo_total = ImportRow.objects.filter(run=run, action__in=["created", "changed"]).count()
        run.undo_seen, run.undo_conflicts = 0, None
        run.save(
            update_fields=[
                "undo_asked_at", "undo_keeps_changed", "undo_total", "undo_seen", "undo_conflicts",
            ]
        )  # fmt: skip
    return run


def undo_asked(run_id: UUID, *, at: datetime) -> ImportRun:
    """Undo an import for which somebody has asked. What hinders it is written down, and the waiting ends.

    Raises:
        RunBusy: another process works on it.
    """
    run = ImportRun.objects.get(pk=run_id)
    if run.undo_asked_at is None or run.state != runs.State.DONE:
        return run
    hindered: list[Conflict] | None = None
    try:
        undo_run(run_id, at=at, keep_changed=run.undo_keeps_changed)
    except ChangedSince as changed:
        hindered = changed.conflicts
    except IntegrityError:
        # what stood before may not stand any more: its place has become confidential, its area is gone
        hindered = [Conflict("", run_id, run.file_name, "refused")]
    if hindered is not None:
        ImportRun.objects.filter(pk=run_id).update(
            undo_asked_at=None, undo_seen=0, undo_conflicts=_named(hindered)
        )
    run.refresh_from_db()
    return run


def _named(conflicts: list[Conflict]) -> list[dict[str, str]] | None:
    """The conflicts as the page names them, so many at most."""
    named = [
        {"kind": one.kind, "id": str(one.object_id), "name": one.name, "field": one.field}
        for one in conflicts[:NAMED]
    ]
    return named or None


def _undo_kind(
    run: ImportRun, kind: str, touched: list[UUID], seen: Callable[[int], None]
) -> Iterator[Conflict]:
    last: int | None = None
    while True:
        rows = ImportRow.objects.filter(run=run, kind=kind, action__in=["created", "changed"])
        if last is not None:
            rows = rows.filter(id__lt=last)
        batch = list(rows.order_by("-id")[:BATCH])
        if not batch:
            return
        last = batch[-1].pk
        yield from _undo_batch(kind, batch, touched)
        seen(run.undo_seen + len(batch))


def _undo_batch(kind: str, batch: list[ImportRow], touched: list[UUID]) -> Iterator[Conflict]:
    states = states_of(kind, [row.object_id for row in batch], lock=True)
    later = set(
        ImportRow.objects.filter(
            kind=kind,
            object_id__in=list(states),
            action="changed",
            run__state=runs.State.DONE,
            id__gt=batch[0].pk,
        )
        .exclude(run=batch[0].run_id)
        .values_list("object_id", flat=True)
    )
    gone: list[UUID] = []
    changes: list[tuple[State, State]] = []
    for row in batch:
        state = states.get(row.object_id)
        if state is None:
            continue
        field = "import" if row.object_id in later else _changed_field(kind, row, state)
        if field:
            yield Conflict(kind, row.object_id, row.name, field)
            continue
        if row.action == "created":
            gone.append(row.object_id)
        else:
            changes.append((state, dict(row.before or {})))
        if kind == "service":
            touched.append(row.object_id)
    apply_states(kind, changes)
    yield from _delete(kind, gone, {row.object_id: row.name for row in batch})


def _changed_field(kind: str, row: ImportRow, state: State) -> str:
    """The first field that is no longer as the import left it; "" when all is."""
    payload: dict[str, Any] = with_what_is_unsaid(kind, row.payload, state)
    kept = set(row.kept or ())
    for name, group in groups_of(kind).items():
        rows, current = payload.get(name), state.get(name, [])
        if group.insert_only or name in kept:
            continue
        if rows is None:
            # a new object had none of what its source did not say
            if row.action == "created" and current and not group.additive:
                return name
            continue
        if name in FACE:
            if field := _changed_column(row, group.name, rows[0], current, kept):
                return field
        elif not group.additive and not equal(target_rows(group, rows, []), current):
            return name
    return ""


def _changed_column(
    row: ImportRow, name: str, said: dict[str, Any], current: list[dict[str, Any]], kept: set[str]
) -> str:
    if not current:
        return name
    group = groups_of(row.kind)[name]
    wanted = target_rows(group, [said], [])[0] if row.action == "created" else said
    for column, value in wanted.items():
        # a changed object is compared only where the import changed it
        touched = row.action == "created" or column in (row.changes or {})
        if column in kept or not touched:
            continue
        if current[0].get(column) != value and not (
            current[0].get(column) in (None, "", []) and value in (None, "", [])
        ):
            return column
    return ""


def _delete(kind: str, ids: list[UUID], names: dict[UUID, str]) -> Iterator[Conflict]:
    """Delete what the import made; what others point at by now stays and is a conflict."""
    if not ids:
        return
    if kind == "location":
        used = set(
            ServiceAtLocation.objects.filter(location_id__in=ids).values_list("location_id", flat=True)
        )
    elif kind == "organization":
        used = set(
            Organization.objects.filter(pk__in=ids)
            .filter(services__isnull=False)
            .values_list("pk", flat=True)
        ) | set(
            Organization.objects.filter(pk__in=ids, memberships__isnull=False).values_list("pk", flat=True)
        )
    else:
        used = set()
    for object_id in used:
        yield Conflict(kind, object_id, names.get(object_id, ""), "used")
    free = [object_id for object_id in ids if object_id not in used]
    try:
        with transaction.atomic():
            delete_objects(kind, free)
    except ProtectedError:
        for object_id in free:
            try:
                with transaction.atomic():
                    delete_objects(kind, [object_id])
            except ProtectedError:
                yield Conflict(kind, object_id, names.get(object_id, ""), "used")
