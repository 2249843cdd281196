"""The second half of an import: one transaction makes everything that was staged public, or nothing of it."""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

import psycopg
from django.db import IntegrityError, connection, transaction

from tsunagari.core.tables.problems import FileRefused, Problem
from tsunagari.directory.exchange import runs
from tsunagari.directory.exchange.aggregates import KINDS, State, root_of
from tsunagari.directory.exchange.applying import act_as, apply_states, check_at_once, insert_staged
from tsunagari.directory.exchange.comparing import decisions
from tsunagari.directory.exchange.staging import count_actions, record_problems
from tsunagari.directory.exchange.untold import refuse_telling
from tsunagari.directory.models import ImportRow, ImportRun, ServiceAtLocation
from tsunagari.directory.search.index import reindex_services
from tsunagari.directory.services.confidential import AddressTold

BATCH: Final = 5_000
"""Staged objects that are written together."""
INDEXED_AT_ONCE: Final = 2_000
"""With more changed services than this, the search index follows in jobs of its own."""


def publish(
    run_id: UUID,
    *,
    at: datetime,
    on_progress: runs.Progress | None = None,
    index_later: Callable[[list[UUID]], object] | None = None,
) -> ImportRun:
    """Write what a checked run has staged, in one transaction, and finish the run.

    What somebody has changed since it was checked is compared again first. Interrupted, nothing has changed:
    it begins anew. ``index_later`` is given the services, in batches, when there are too many to index at
    once; without it they are indexed here.

    Raises:
        RunBusy: another process works on the run.
        WrongState: the run is not checked.
    """
    run = ImportRun.objects.select_related("organization").get(pk=run_id)
    with runs.working_on(run_id):
        if run.state == runs.State.CHECKED:
            runs.move(run, runs.State.IMPORTING)
        if run.state != runs.State.IMPORTING:
            raise runs.WrongState
        try:
            with _outside_view(run, on_progress) as seen:
                _publish(run, at, seen)
        except AddressTold:
            runs.fail(
                run,
                FileRefused(
                    "所在地を知らせない場所の住所が、どこかの文に書いてあります。何も取り込んでいません。",
                    "A text gives away the address of a confidential place. Nothing was imported.",
                ),
            )
            return run
        except IntegrityError:
            # somebody has added one of its ids or numbers after it was compared
            runs.fail(
                run,
                FileRefused(
                    "取り込みのあいだに名簿が変わり、番号がぶつかりました。もう一度取り込んでください。",
                    "The directory changed during the import and ids collide; please import again.",
                ),
            )
            return run
    _index(run, index_later)
    return run


@transaction.atomic
def _publish(run: ImportRun, at: datetime, seen: Callable[[int], None]) -> None:
    with connection.cursor() as cursor:
        # one publication at a time; edits of single entries go on
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [0x696D7032])
    act_as(f"import:{run.source}")
    check_at_once()
    _find_newcomers(run)
    written = 0
    for kind in KINDS:
        for first, last, count in _slices(run, kind):
            insert_staged(run.pk, kind, first, last)
            _change(run, kind, first, last)
            written += count
            seen(written)
    refuse_telling(run)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO directory_matchkey (service_id, key) SELECT object_id, unnest(match_keys)"
            " FROM directory_importrow WHERE run_id = %s AND kind = 'service' AND action = 'created'",
            [run.pk],
        )
        cursor.execute(
            "DELETE FROM directory_matchkey m USING directory_importrow r WHERE r.run_id = %s"
            " AND r.kind = 'service' AND r.action = 'changed' AND m.service_id = r.object_id",
            [run.pk],
        )
    run.counts = {
        **{name: count for name, count in run.counts.items() if "." not in name},
        **count_actions(run),
    }
    runs.move(run, runs.State.DONE, finished_at=at, counts=run.counts, published=written)


def _find_newcomers(run: ImportRun) -> None:
    """What was new when it was checked and stands there by now is compared like the rest."""
    with connection.cursor() as cursor:
        for kind in KINDS:
            root = root_of(kind)
            cursor.execute(
                f"UPDATE directory_importrow r SET action = 'unchanged' FROM {root.table} t"  # noqa: S608
                f" WHERE r.run_id = %s AND r.kind = %s AND r.action = 'created' AND t.id = r.object_id",
                [run.pk, kind],
            )


def _slices(run: ImportRun, kind: str) -> Iterator[tuple[int, int, int]]:
    """(first id, last id, rows between them) of the staged rows of a kind."""
    last = 0
    while True:
        ids = list(
            ImportRow.objects.filter(run=run, kind=kind, id__gt=last)
            .order_by("id")
            .values_list("id", flat=True)[:BATCH]
        )
        if not ids:
            return
        yield ids[0], ids[-1], len(ids)
        last = ids[-1]


def _change(run: ImportRun, kind: str, first: int, last: int) -> None:
    """Write what changes among objects that stand there, compared anew under lock."""
    rows = list(
        ImportRow.objects.filter(
            run=run, kind=kind, id__gte=first, id__lte=last, action__in=["changed", "unchanged", "refused"]
        )
        .exclude(payload={})
        .order_by("id")
    )
    if not rows:
        return
    found = decisions(run, kind, rows, lock=True)
    changes: list[tuple[State, State]] = []
    altered, news = [], list[Problem]()
    for row in rows:
        decision = found.get(row.pk)
        if decision is None:
            continue
        if decision.action == "changed":
            changes.append((decision.before, decision.target))
        if (row.action, row.kept or []) != (decision.action, decision.kept):
            news.extend(decision.problems)
        same = (decision.action, decision.changes or None, decision.kept or None)
        if decision.before or (row.action, row.changes, row.kept) != same:
            row.action, row.changes, row.kept = same
            row.before = decision.before or None
            altered.append(row)
    apply_states(kind, changes)
    ImportRow.objects.bulk_update(altered, ["action", "changes", "kept", "before"], batch_size=500)
    record_problems(run, news)


@contextlib.contextmanager
def _outside_view(run: ImportRun, on_progress: runs.Progress | None) -> Iterator[Callable[[int], None]]:
    """Yield a function that shows how far the transaction has come to those outside of it."""
    watching: psycopg.Connection[object] | None = None
    if not connection.in_atomic_block:
        # a connection of its own: what the transaction itself writes is not seen before its end
        parameters = {
            name: value
            for name, value in connection.get_connection_params().items()
            if name not in ("cursor_factory", "context", "pool", "server_side_binding", "prepare_threshold")
        }
        watching = psycopg.connect(**parameters, autocommit=True)

    def seen(written: int) -> None:
        run.published = written
        if watching is not None:
            watching.execute("UPDATE directory_importrun SET published = %s WHERE id = %s", [written, run.pk])
        if on_progress:
            on_progress(run)

    try:
        yield seen
    finally:
        if watching is not None:
            watching.close()


def _index(run: ImportRun, later: Callable[[list[UUID]], object] | None) -> None:
    changed = ImportRow.objects.filter(run=run, kind="service", action__in=["created", "changed"])
    ids = changed.order_by("id").values_list("object_id", flat=True)
    if run.state != runs.State.DONE:
        return
    # a place that moved takes the services there with it
    moved = ImportRow.objects.filter(run=run, kind="location", action="changed").values("object_id")
    there = ServiceAtLocation.objects.filter(location_id__in=moved).exclude(
        service_id__in=changed.values("object_id")
    )
    others = list(there.values_list("service_id", flat=True).distinct())
    if ids.count() + len(others) <= INDEXED_AT_ONCE or later is None:
        reindex_services([*ids, *others])
        return
    batch: list[UUID] = []
    for service_id in itertools.chain(ids.iterator(chunk_size=INDEXED_AT_ONCE), others):
        batch.append(service_id)
        if len(batch) == INDEXED_AT_ONCE:
            later(batch)
            batch = []
    if batch:
        later(batch)
