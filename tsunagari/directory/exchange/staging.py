"""The first half of an import: read the file, check it, stage what it says, with a checkpoint every batch.

An interrupted reading begins again at the file's beginning, which costs no writing, and stages from the last
checkpoint on. When the file is read to its end, what stands in the directory is compared: the run is checked.
"""

import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from tsunagari.accounts.models import Organization
from tsunagari.core.bulk import given, uuid_array
from tsunagari.core.tables.problems import FileRefused, Problem
from tsunagari.directory.exchange import runs, uploads
from tsunagari.directory.exchange.aggregates import named_parts, root_of
from tsunagari.directory.exchange.comparing import decisions, rename
from tsunagari.directory.exchange.filter import SeenIds
from tsunagari.directory.exchange.formats import SourceFile, format_of
from tsunagari.directory.exchange.identity import digest_id
from tsunagari.directory.exchange.problems import problem
from tsunagari.directory.exchange.records import Item, OrganizationRecord, ServiceRecord
from tsunagari.directory.exchange.rows import Rows
from tsunagari.directory.exchange.staged import Refused, Staged, Terms
from tsunagari.directory.models import ImportProblem, ImportRow, ImportRun, Taxonomy, TaxonomyTerm

BATCH: Final = 2_000
"""Records between two checkpoints."""
MOST_PROBLEMS: Final = 20_000
"""Problems that are recorded; the others are counted."""
REMEMBERED: Final = 300_000
"""Organisations and places that are known to be staged already."""
SHARED: Final = frozenset({"organization", "location", "taxonomy", "term"})
"""Kinds that may come several times in a file, inside what belongs to them."""


def check(
    run_id: UUID, *, at: datetime, file: SourceFile | None = None, on_progress: runs.Progress | None = None
) -> ImportRun:
    """Read and compare a run's file, from its last checkpoint on: the dry run. Nothing of it is public.

    ``file`` is given when it is not one of the stored uploads. A file that cannot be read fails the run.

    Raises:
        RunBusy: another process works on the run.
    """
    run = ImportRun.objects.select_related("organization").get(pk=run_id)
    if run.state != runs.State.CHECKING:
        return run
    with runs.working_on(run_id):
        try:
            _Staging(run, file or _stored(run), on_progress).read()
            compare_staged(run, on_progress=on_progress)
        except FileRefused as refusal:
            runs.fail(run, refusal)
            return run
        run.counts = {**run.counts, **count_actions(run)}
        runs.move(run, runs.State.CHECKED, checked_at=at, counts=run.counts)
    return run


def _stored(run: ImportRun) -> SourceFile:
    return uploads.stored(run.file_digest, name=run.file_name, size=run.file_size)


def count_actions(run: ImportRun) -> dict[str, int]:
    """{"service.created": 12, …} of a run's rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, action, count(*) FROM directory_importrow WHERE run_id = %s GROUP BY kind, action",
            [run.pk],
        )
        return {f"{kind}.{action}": count for kind, action, count in cursor.fetchall() if action}


def known_terms() -> Terms:
    """The terms of the directory."""
    terms = Terms(taxonomies={str(row.pk): row.key for row in Taxonomy.objects.all()})
    for pk, taxonomy_id, code in TaxonomyTerm.objects.values_list("pk", "taxonomy_id", "code"):
        taxonomy = terms.taxonomies[str(taxonomy_id)]
        terms.by_id[str(pk)] = (str(pk), taxonomy)
        terms.by_code[(taxonomy, code)] = str(pk)
    # the needs are ours: search understands no others
    terms.closed = frozenset({"need"} & set(terms.taxonomies.values()))
    return terms


class _Staging:
    """One reading of a run's file."""

    def __init__(self, run: ImportRun, file: SourceFile, on_progress: runs.Progress | None) -> None:
        self.run = run
        self.file = file
        self.on_progress = on_progress
        self.rows = Rows(
            source=run.source,
            terms=known_terms(),
            organization_id=str(run.organization_id) if run.organization_id else None,
            restricted=run.restricted,
        )
        self.staged: list[Staged | Refused] = []
        self.seen = SeenIds(file.size)
        self.hashes: dict[str, int] = {}
        self.items_read = 0
        self.done_before = run.records_read
        self.numbers: dict[str, str] = {}

    def read(self) -> None:
        """Stage the whole file.

        Raises:
            FileRefused: it cannot be read; what was staged is of no use.
        """
        source = SourceFile(
            path=self.file.path,
            name=self.file.name,
            digest=self.file.digest,
            size=self.file.size,
            source=self.run.source,
            options=self.run.options,
        )
        batch: list[Item] = []
        for item in format_of(self.run.format).read(source):
            batch.append(item)
            if len(batch) >= BATCH:
                self._take(batch)
                batch = []
        self._take(batch)
        if not ImportRow.objects.filter(run=self.run).exists() and not self.run.counts.get("problems"):
            raise FileRefused("ファイルの中に項目がありません。", "There are no items in the file.")
        self.run.rows_total = self.run.rows_seen
        self.run.save(update_fields=["rows_total"])
        self._resolve()

    def _take(self, batch: list[Item]) -> None:
        """Turn a batch into rows; write them unless an earlier reading did."""
        self._find_aliases(batch)
        self.items_read += len(batch)
        staged: list[Staged | Refused] = []
        for item in batch:
            if isinstance(item, Problem):
                self.rows.problems.append(item)
            else:
                staged.extend(self.rows.staged(item))
        for row in staged:
            if isinstance(row, Staged):
                self._give_own_ids(row)
        problems, self.rows.problems = self.rows.problems, []
        if self.items_read <= self.done_before:
            for row in staged:
                if isinstance(row, Staged):
                    self._remember(row)
            return
        with transaction.atomic():
            self._write(staged, problems)
            self.run.records_read = self.items_read
            self.run.rows_seen += sum(not isinstance(item, Problem) for item in batch)
            self.run.save(update_fields=["records_read", "rows_seen", "counts"])
        if self.on_progress:
            self.on_progress(self.run)

    def _find_aliases(self, batch: list[Item]) -> None:
        """Organisations that are registered under another id, by their 法人番号."""
        wanted: dict[str, str] = {}
        for item in batch:
            record = item.organization if isinstance(item, ServiceRecord) else item
            if isinstance(record, OrganizationRecord):
                number = record.fields.get("corporate_number")
                if isinstance(number, str) and number.strip():
                    wanted[self.rows.organization_key(record)] = number.strip().upper().removeprefix("T")
        if not wanted:
            return
        known = dict(
            Organization.objects.filter(corporate_number__in=set(wanted.values()), parent=None).values_list(
                "corporate_number", "pk"
            )
        )
        for key, number in wanted.items():
            actual = str(known[number]) if number in known else self.numbers.setdefault(number, key)
            if actual != key:
                self.rows.aliases[key] = actual

    def _give_own_ids(self, row: Staged) -> None:
        """Parts whose id another object of the file has already get one of their own."""
        if row.object_id in self.hashes:
            return
        renamed = {}
        for name in named_parts(row.kind):
            if name in row.payload and name != "foreign":
                for part in row.payload[name]:
                    if self.seen.add(part["id"]):
                        renamed[part["id"]] = digest_id(f"{row.object_id}\x1f{name}\x1f{part['id']}")
        if renamed and not self._is_repeated(row):
            rename(row.payload, renamed)
            for old in list(renamed)[:20]:
                self.rows.problems.append(
                    problem("id_of_another", number=row.number, part=row.part, field="id", value=old)
                )

    def _is_repeated(self, row: Staged) -> bool:
        """Whether the object itself is staged already: then its parts are too."""
        return ImportRow.objects.filter(run=self.run, kind=row.kind, object_id=row.object_id).exists()

    def _remember(self, row: Staged) -> None:
        if row.kind in SHARED:
            if len(self.hashes) >= REMEMBERED:
                self.hashes.clear()
            self.hashes.setdefault(row.object_id, _hash(row.payload))

    # -- writing -----------------------------------------------------------------------------------------

    def _write(self, staged: list[Staged | Refused], problems: list[Problem]) -> None:
        fresh: dict[tuple[str, str], Staged] = {}
        refused = [row for row in staged if isinstance(row, Refused)]
        for row in staged:
            if not isinstance(row, Staged):
                continue
            if row.kind in SHARED and row.object_id in self.hashes:
                if self.hashes[row.object_id] == _hash(row.payload):
                    continue
                problems.extend(self._differences(row, fresh.get((row.kind, row.object_id))))
                continue
            first = fresh.get((row.kind, row.object_id))
            if first is not None:
                problems.append(_twice(row, first.number))
                continue
            self._remember(row)
            fresh[(row.kind, row.object_id)] = row
        self._leave_out_staged(fresh, problems)
        there = self._there(fresh.values())
        self._free_parts([row for key, row in fresh.items() if key not in there], problems)
        if self.run.restricted:
            refused.extend(self._not_ours(fresh, problems))
        self._copy(fresh.values(), refused, there)
        self._tell(problems)

    def _leave_out_staged(self, fresh: dict[tuple[str, str], Staged], problems: list[Problem]) -> None:
        """Drop what an earlier batch has staged: a service is told, what is shared is as it should be."""
        if not fresh:
            return
        known = ImportRow.objects.filter(
            run=self.run, object_id__in=given(object_id for _kind, object_id in fresh)
        ).exclude(action="refused")
        for kind, object_id, number in known.values_list("kind", "object_id", "number"):
            row = fresh.pop((kind, str(object_id)), None)
            if row is None:
                continue
            if kind in SHARED:
                problems.extend(self._differences(row, None))
            else:
                problems.append(_twice(row, number))

    def _differences(self, row: Staged, first: Staged | None) -> Iterator[Problem]:
        """What a repeated organisation or place says differently from the first time."""
        if first is not None:
            number, payload = first.number, first.payload
        else:
            stored = ImportRow.objects.filter(run=self.run, kind=row.kind, object_id=row.object_id).first()
            if stored is None:
                return
            number, payload = stored.number, stored.payload
        for name in ("organization", "profile", "location"):
            for column, value in (row.payload.get(name) or [{}])[0].items():
                before = (payload.get(name) or [{}])[0].get(column)
                if value not in (None, "", []) and before != value:
                    yield problem(
                        "differs_from_first",
                        number=row.number,
                        part=row.part,
                        field=column,
                        value=value,
                        first=number,
                    )

    def _there(self, fresh: Iterable[Staged]) -> set[tuple[str, str]]:
        """(kind, id) of what stands in the directory already."""
        by_kind: dict[str, list[str]] = {}
        for row in fresh:
            by_kind.setdefault(row.kind, []).append(row.object_id)
        found = set()
        for kind, ids in by_kind.items():
            model = root_of(kind).model
            pks = model._default_manager.filter(pk__in=given(ids)).values_list("pk", flat=True)
            found |= {(kind, str(pk)) for pk in pks}
        return found

    def _free_parts(self, fresh: list[Staged], problems: list[Problem]) -> None:
        """Parts of new objects whose id stands in the directory already get one of their own."""
        wanted: dict[str, dict[str, tuple[Staged, str]]] = {}
        for row in fresh:
            for name, table in named_parts(row.kind).items():
                if name in row.payload:
                    there = wanted.setdefault(table, {})
                    for part in row.payload[name]:
                        there[part["id"]] = (row, name)
        with connection.cursor() as cursor:
            for table, parts in wanted.items():
                if not parts:
                    continue
                query = f"SELECT id::text FROM {table} WHERE id = ANY(%s::uuid[])"  # noqa: S608 - ours
                cursor.execute(query, [uuid_array(parts)])
                for (taken,) in cursor.fetchall():
                    row, name = parts[taken]
                    rename(row.payload, {taken: digest_id(f"{row.object_id}\x1f{name}\x1f{taken}")})
                    if name != "foreign":
                        problems.append(
                            problem(
                                "id_of_another", number=row.number, part=row.part, field="id", value=taken
                            )
                        )

    def _not_ours(self, fresh: dict[tuple[str, str], Staged], problems: list[Problem]) -> Iterator[Refused]:
        """New services that would stand under an organisation that is neither ours nor brought by us."""
        owners = {
            row.payload["service"][0]["organization_id"] for row in fresh.values() if row.kind == "service"
        }
        ours = {str(self.run.organization_id)}
        registered = {
            str(pk) for pk in Organization.objects.filter(pk__in=owners - ours).values_list("pk", flat=True)
        }
        brought = ImportRow.objects.filter(
            kind="organization",
            object_id__in=registered,
            action="created",
            run__organization=self.run.organization,
            run__state=ImportRun.State.DONE,
        )
        others = registered - {str(pk) for pk in brought.values_list("object_id", flat=True)}
        for key, row in list(fresh.items()):
            if row.kind == "service" and row.payload["service"][0]["organization_id"] in others:
                del fresh[key]
                problems.append(
                    problem("not_yours", number=row.number, part=row.part, field="organization_id", value="")
                )
                yield Refused("service", row.number)

    def _copy(self, fresh: Iterable[Staged], refused: list[Refused], there: set[tuple[str, str]]) -> None:
        run_id = self.run.pk
        with (
            connection.cursor() as cursor,
            cursor.copy(
                "COPY directory_importrow (run_id, kind, object_id, number, name, payload, match_keys,"
                " action) FROM STDIN"
            ) as copy,
        ):
            for row in fresh:
                copy.write_row(
                    (
                        run_id,
                        row.kind,
                        row.object_id,
                        row.number,
                        row.name[:200],
                        json.dumps(row.payload, ensure_ascii=False),
                        row.match_keys,
                        "" if (row.kind, row.object_id) in there else "created",
                    )
                )
            for lost in refused:
                copy.write_row((run_id, lost.kind, uuid.uuid4(), lost.number, "", "{}", None, "refused"))

    def _tell(self, problems: list[Problem]) -> None:
        record_problems(self.run, problems)

    # -- references --------------------------------------------------------------------------------------

    def _resolve(self) -> None:
        """Refuse services whose organisation, and leave out places whose location, is nowhere."""
        with transaction.atomic(), connection.cursor() as cursor:
            run = self.run.pk
            # Hundreds of thousands of rows have just come, of which the planner knows nothing: it would look
            # through all of them for each of them.
            cursor.execute("ANALYZE directory_importrow")
            cursor.execute(_WITHOUT_ORGANIZATION, [run, run])
            lost = cursor.fetchall()
            problems = [
                problem("unknown_reference", number=number, field="organization_id", value=owner)
                for number, owner in lost
            ]
            cursor.execute(_LOCATIONS_OF_NOBODY, [run, run])
            cursor.execute(_PLACES_NOWHERE, [run, run, run])
            for pk, number, kept, gone in cursor.fetchall():
                problems.append(problem("orphan", number=number, field="location_id", value=gone))
                row = ImportRow.objects.get(pk=pk)
                row.payload = _without_places(row.payload, set(kept or ()))
                row.save(update_fields=["payload"])
            cursor.execute(_TERMS_WITHOUT_PARENT, [run, run])
            record_problems(self.run, problems)
            self.run.save(update_fields=["counts"])


def record_problems(run: ImportRun, problems: list[Problem]) -> None:
    """Add problems to a run's report and count them; the run is saved by the caller."""
    counts = run.counts
    for found in problems:
        counts[f"{found.severity}s"] = counts.get(f"{found.severity}s", 0) + 1
    recorded = counts.get("problems", 0)
    counts["problems"] = recorded + len(problems)
    ImportProblem.objects.bulk_create(
        [
            ImportProblem(
                run=run,
                number=found.number,
                part=found.part,
                field=found.field,
                value=found.value,
                code=found.code,
                severity=found.severity,
                sentence_ja=found.ja[:500],
                sentence_en=found.en[:500],
            )
            for found in problems[: max(0, MOST_PROBLEMS - recorded)]
        ],
        batch_size=1_000,
    )


def compare_staged(run: ImportRun, *, on_progress: runs.Progress | None = None) -> None:
    """Decide what becomes of the staged objects that stand in the directory already, batch by batch."""
    while True:
        batch = list(ImportRow.objects.filter(run=run, action="").order_by("id")[:BATCH])
        if not batch:
            return
        with transaction.atomic():
            decide_rows(run, batch)
            run.save(update_fields=["counts"])
        if on_progress:
            on_progress(run)


def decide_rows(run: ImportRun, batch: list[ImportRow]) -> None:
    """Write the decisions of these rows, which may be of several kinds."""
    for kind in dict.fromkeys(row.kind for row in batch):
        rows = [row for row in batch if row.kind == kind]
        found = decisions(run, kind, rows)
        problems: list[Problem] = []
        for row in rows:
            decision = found.get(row.pk)
            row.action = decision.action if decision else "created"
            row.changes = decision.changes or None if decision else None
            row.kept = decision.kept or None if decision else None
            problems.extend(decision.problems if decision else ())
        ImportRow.objects.bulk_update(rows, ["action", "changes", "kept"], batch_size=500)
        record_problems(run, problems)


def _twice(row: Staged, first: int) -> Problem:
    return problem("twice_in_file", number=row.number, part=row.part, field="id", value="", first=first)


def _hash(payload: dict[str, Any]) -> int:
    return hash(repr(payload))


def _without_places(payload: dict[str, Any], locations: set[str]) -> dict[str, Any]:
    """A payload with only the places at these locations, and what belongs to them."""
    places = [part for part in payload.get("places", ()) if part["location_id"] in locations]
    ids = {part["id"] for part in places}
    channels = [part for part in payload.get("place_channels", ()) if part["service_at_location_id"] in ids]
    numbers = {part["id"] for part in channels}
    return {
        **payload,
        "places": places,
        "place_channels": channels,
        "place_schedules": [
            part for part in payload.get("place_schedules", ()) if part["service_at_location_id"] in ids
        ],
        "place_channel_schedules": [
            part for part in payload.get("place_channel_schedules", ()) if part["channel_id"] in numbers
        ],
    }


_WITHOUT_ORGANIZATION: Final = """
UPDATE directory_importrow r SET action = 'refused'
FROM (
    SELECT s.id, s.payload->'service'->0->>'organization_id' AS owner FROM directory_importrow s
    WHERE s.run_id = %s AND s.kind = 'service' AND s.action <> 'refused'
) s
WHERE r.id = s.id
  AND NOT EXISTS (SELECT FROM directory_importrow o WHERE o.run_id = %s AND o.kind = 'organization'
                  AND o.object_id = s.owner::uuid AND o.action <> 'refused')
  AND NOT EXISTS (SELECT FROM accounts_organization o WHERE o.id = s.owner::uuid)
RETURNING r.number, s.owner
"""
_LOCATIONS_OF_NOBODY: Final = """
UPDATE directory_importrow r SET payload = payload #- '{location,0,organization_id}'
WHERE r.run_id = %s AND r.kind = 'location' AND payload->'location'->0->>'organization_id' IS NOT NULL
  AND NOT EXISTS (SELECT FROM directory_importrow o WHERE o.run_id = %s AND o.kind = 'organization'
                  AND o.object_id = (r.payload->'location'->0->>'organization_id')::uuid
                  AND o.action <> 'refused')
  AND NOT EXISTS (SELECT FROM accounts_organization o
                  WHERE o.id = (r.payload->'location'->0->>'organization_id')::uuid)
"""
_PLACES_NOWHERE: Final = """
SELECT r.id, r.number, array_agg(l.id) FILTER (WHERE l.there), min(l.id) FILTER (WHERE NOT l.there)
FROM directory_importrow r
CROSS JOIN LATERAL (
    SELECT p->>'location_id' AS id,
           EXISTS (SELECT FROM directory_importrow o WHERE o.run_id = %s AND o.kind = 'location'
                   AND o.object_id = (p->>'location_id')::uuid AND o.action <> 'refused')
           OR EXISTS (SELECT FROM directory_location o WHERE o.id = (p->>'location_id')::uuid) AS there
    FROM jsonb_array_elements(r.payload->'places') p
) l
WHERE r.run_id = %s AND r.kind = 'service' AND r.action <> 'refused' AND r.run_id = %s
  AND jsonb_typeof(r.payload->'places') = 'array'
GROUP BY r.id, r.number HAVING NOT bool_and(l.there)
"""
_TERMS_WITHOUT_PARENT: Final = """
UPDATE directory_importrow r SET payload = payload #- '{term,0,parent_id}'
WHERE r.run_id = %s AND r.kind = 'term' AND payload->'term'->0->>'parent_id' IS NOT NULL
  AND NOT EXISTS (SELECT FROM directory_importrow o WHERE o.run_id = %s AND o.kind = 'term'
                  AND o.object_id = (r.payload->'term'->0->>'parent_id')::uuid)
  AND NOT EXISTS (SELECT FROM directory_taxonomyterm o
                  WHERE o.id = (r.payload->'term'->0->>'parent_id')::uuid)
"""
