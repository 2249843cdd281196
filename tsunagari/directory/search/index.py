"""Write the search rows of services: one for each area they serve, in bulk, with COPY."""

import hashlib
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.utils import timezone

from tsunagari.core import japanese
from tsunagari.core.areas import NATIONWIDE
from tsunagari.core.bulk import given
from tsunagari.directory.ageing import confirmed_on
from tsunagari.directory.models import (
    Channel,
    CostOption,
    HoursPattern,
    Language,
    Schedule,
    SearchRow,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
    TaxonomyTerm,
)
from tsunagari.directory.opening import hours_of
from tsunagari.directory.reachability import chance
from tsunagari.directory.search import names, openness, quality
from tsunagari.directory.search import needs as needs_in_memory
from tsunagari.directory.search.apart import DocumentMaker
from tsunagari.directory.search.document import Document, NeedTerm, Source, document
from tsunagari.directory.search.kinds import KIND_AREA, MunicipalKind, municipal_kinds
from tsunagari.directory.search.lexemes import area_facet, quoted
from tsunagari.directory.search.openness import TALKING
from tsunagari.directory.selectors.reachability import seen_by_service
from tsunagari.directory.selectors.upkeep import silent_services

# Raise this when what is written below changes: every row is then outdated.
RULES = 2
BATCH = 2_000
_VERSION = Cast("modified_at", TextField())

SEARCHED_STATUS = (Service.Status.ACTIVE, Service.Status.TEMPORARILY_CLOSED)
_SCHEDULE_COLUMNS = [
    column.attname
    for column in Schedule._meta.concrete_fields
    if column.attname not in {"id", "channel_id", "service_id", "location_id", "service_at_location_id"}
]
_COLUMNS = (
    "service_id", "area_code", "quality", "hours_id", "kind_key", "channels", "needs",
    "latitude", "longitude", "document", "bigrams", "dictionary",
)  # fmt: skip


def index_version() -> str:
    """Names everything that decides what a row holds; rows of another version are outdated."""
    return hashlib.sha256(f"{japanese.dictionary_version()} index {RULES}".encode()).hexdigest()[:40]


def reindex_services(service_ids: Sequence[UUID] | None = None, *, on: date | None = None) -> int:
    """Write the search rows of these services (of all: None) anew.

    A service has one row per area, `NATIONWIDE` for the country; inactive and defunct ones have none.
    Freshness is counted to `on` (today in Japan). Each batch is one transaction. The words of many services
    are analysed in a process of their own, one batch ahead.

    Returns:
        How many rows were written.
    """
    day = on or timezone.localdate()
    terms = _need_terms()
    ids: Iterable[UUID]
    if service_ids is None:
        ids = Service.objects.order_by("id").values_list("id", flat=True).iterator(chunk_size=BATCH)
    else:
        ids = iter(service_ids)
    batches = _batched(ids, BATCH)
    with DocumentMaker() as maker, _Writer() as writer:
        batch = _read(next(batches, None), terms, day)
        if batch:
            maker.begin(batch.sources)
        while batch:
            following = _read(next(batches, None), terms, day)
            documents = maker.finish()
            if following:
                maker.move_apart()
                maker.begin(following.sources)
            writer.wait()
            writer.begin(batch, documents, terms, day)
            batch = following
        writer.wait()
    written, kinds = writer.written, writer.kinds
    with transaction.atomic():
        written += _reindex_kinds(kinds, terms)
    _take_in_pending_rows()
    names.forget()
    needs_in_memory.forget()
    openness.forget()
    return written


def outdated_services() -> list[UUID]:
    """Services whose rows another version of the dictionary or of these rules has written."""
    rows = SearchRow.objects.exclude(dictionary=index_version()).exclude(area_code=KIND_AREA)
    return list(rows.order_by("service_id").values_list("service_id", flat=True).distinct())


def reindex_outdated(*, on: date | None = None) -> int:
    """Write anew what an older dictionary or older rules have written. Returns how many rows were written."""
    outdated = outdated_services()
    return reindex_services(outdated, on=on) if outdated else 0


def _take_in_pending_rows() -> None:
    """Let the GIN indexes take in the rows that they have collected: each search reads that list in full."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT gin_clean_pending_list(oid::regclass) FROM pg_class"
            " WHERE relname = ANY(%s) AND relkind = 'i' AND pg_has_role(relowner, 'USAGE')"
            " AND relnamespace = current_schema()::regnamespace AND NOT pg_is_in_recovery()",
            [["search_document", "search_bigrams"]],
        )


# -- one batch ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Children:
    """Everything of a batch of services that the index reads, by service."""

    areas: dict[UUID, list[str]]
    needs: dict[UUID, list[UUID]]
    languages: dict[UUID, list[str]]
    channels: dict[UUID, list[tuple[UUID, str, str]]]
    hours: dict[UUID, str]
    """Canonical hours by channel; channels whose hours are unknown are missing."""
    points: dict[UUID, tuple[float, float]]
    answered: dict[UUID, float]
    free: set[UUID]
    silent: set[UUID]
    """Asked a year ago whether they are right, and no answer: not offered as reachable now."""


class _Service(NamedTuple):
    """The columns that the index reads: as model instances a million of them would cost a minute more."""

    id: UUID
    organization__name: str
    key: str | None
    kind: str
    name: str
    name_kana: str
    name_en: str
    alternate_name: str
    description: str
    description_en: str
    description_easy: str
    url: str
    status: str
    application_process: str
    eligibility_description: str
    basis: str
    audience: list[str]
    contact_verified: bool
    note: str
    as_of: str
    assured_on: date | None
    version: str
    """When it was changed last, as PostgreSQL writes it: only compared."""


@dataclass(slots=True)
class _Batch:
    """Services as they were read, with everything of them; ``ids`` has those too that are not searched."""

    ids: list[UUID]
    services: list[_Service]
    needs: list[list[NeedTerm]]
    children: _Children
    sources: list[Source]


def _read(ids: list[UUID] | None, terms: dict[UUID, NeedTerm], day: date) -> _Batch | None:
    """Read these services, if there are any, and all that belongs to them."""
    if ids is None:
        return None
    searched = Service.objects.filter(pk__in=given(ids), status__in=SEARCHED_STATUS).order_by("id")
    columns = searched.annotate(version=_VERSION).values_list(*_Service._fields)
    services = [_Service._make(row) for row in columns.iterator(chunk_size=BATCH)]
    children = _children_of([service.id for service in services], day)
    needs = [[terms[term] for term in children.needs[service.id] if term in terms] for service in services]
    sources = [_source_of(service, named, children) for service, named in zip(services, needs, strict=True)]
    return _Batch(ids, services, needs, children, sources)


class _Writer(AbstractContextManager["_Writer"]):
    """Writes one batch at a time, over a connection of its own while the next one is read.

    Inside a transaction there is only that one connection: then it writes at once.
    """

    def __init__(self) -> None:
        self.written = 0
        self.kinds: set[str] = set()
        self._thread = None if connection.in_atomic_block else ThreadPoolExecutor(1)
        self._begun: Future[tuple[int, set[str]]] | None = None

    def begin(
        self, batch: _Batch, documents: Sequence[Document], terms: dict[UUID, NeedTerm], day: date
    ) -> None:
        """Write a batch. The one before must have been waited for."""
        if self._thread is None:
            self._count(_write(batch, documents, terms, day))
        else:
            self._begun = self._thread.submit(_write, batch, documents, terms, day)

    def wait(self) -> None:
        """Wait for what was begun; raises what it has raised."""
        if self._begun is not None:
            begun, self._begun = self._begun, None
            self._count(begun.result())

    def _count(self, done: tuple[int, set[str]]) -> None:
        self.written += done[0]
        self.kinds |= done[1]

    def __exit__(self, *exception: object) -> None:
        """End the thread and its connection, after what it is writing."""
        if self._thread is not None:
            self._thread.submit(connection.close)
            self._thread.shutdown()


@transaction.atomic
def _write(
    batch: _Batch, documents: Sequence[Document], terms: dict[UUID, NeedTerm], day: date
) -> tuple[int, set[str]]:
    """Write the rows of a batch anew. Returns how many, and which municipal kinds are among them."""
    all_ids = given(batch.ids)
    SearchRow.objects.filter(service_id__in=all_ids).exclude(area_code=KIND_AREA)._raw_delete("default")
    kinds = municipal_kinds()
    of_kinds = Service.objects.filter(pk__in=all_ids, key__in=kinds)
    touched = {str(key) for key in of_kinds.values_list("key", flat=True)}
    patterns = _intern([_pattern_of(service, batch.children) for service in batch.services])
    version = index_version()
    # Somebody may have changed a service since it was read. Whoever reindexes it now waits for the rows
    # that were deleted above, so either that change is seen here or the one who made it comes after.
    now = dict(Service.objects.filter(pk__in=all_ids).annotate(version=_VERSION).values_list("id", "version"))
    changed = [service.id for service in batch.services if now.get(service.id) != service.version]

    def rows() -> Iterator[tuple[Any, ...]]:
        for service, needs, made, pattern in zip(
            batch.services, batch.needs, documents, patterns, strict=True
        ):
            if service.id in changed:
                continue
            bigrams = _letters(made.bigrams)
            facts = _facts_of(service, batch.children, has_hours=pattern is not None)
            prior = quality.quality(facts, day)
            point = batch.children.points.get(service.id)
            channels = sorted({channel[1] for channel in batch.children.channels[service.id]})
            for area in batch.children.areas[service.id]:
                yield (
                    service.id,
                    area,
                    prior,
                    pattern,
                    service.key if service.key in kinds else "",
                    channels,
                    [need.key for need in needs],
                    point and point[0],
                    point and point[1],
                    f"{made.tsvector} {quoted(area_facet(area))}",
                    bigrams,
                    version,
                )

    count = copy_rows(rows())
    if changed:
        again = _read(changed, terms, day)
        assert again is not None  # noqa: S101 - there are some
        count += _write(again, [document(source) for source in again.sources], terms, day)[0]
    return count, touched


def _letters(pairs: Sequence[str]) -> str:
    """Pairs of letters as an array in PostgreSQL's text form, which they need no quotes in; they are many."""
    return "{" + ",".join(pairs) + "}"


def copy_rows(rows: Iterable[tuple[Any, ...]]) -> int:
    """COPY finished rows into the search table; returns how many."""
    count = 0
    table = connection.ops.quote_name(SearchRow._meta.db_table)
    with connection.cursor() as cursor:
        # the indexes collect up to this much before they take it in
        cursor.execute("SET LOCAL gin_pending_list_limit = '64MB'")
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(_COLUMNS)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _source_of(service: _Service, needs: Sequence[NeedTerm], children: _Children) -> Source:
    return Source(
        name=service.name,
        name_kana=service.name_kana,
        other_names=(service.alternate_name, service.name_en),
        organization=service.organization__name,
        descriptions=(
            service.description,
            service.description_easy,
            service.description_en,
            service.eligibility_description,
            service.application_process,
            service.basis,
            service.note,
        ),
        needs=needs,
        audience=service.audience,
        channels=[(kind, value) for _, kind, value in children.channels[service.id]],
        languages=children.languages[service.id],
        kind=service.kind,
        free=service.id in children.free,
    )


def _facts_of(service: _Service, children: _Children, *, has_hours: bool) -> quality.Facts:
    return quality.Facts(
        contact_verified=service.contact_verified,
        curated_nationwide=service.key is not None and NATIONWIDE in children.areas[service.id],
        confirmed_on=confirmed_on(service.assured_on, service.as_of),
        answered_share=children.answered.get(service.id),
        has_hours=has_hours,
        has_description=bool(service.description),
        has_url=bool(service.url),
        has_easy_description=bool(service.description_easy),
        temporarily_closed=service.status == Service.Status.TEMPORARILY_CLOSED,
        emergency=service.kind == Service.Kind.EMERGENCY,
    )


def _children_of(ids: list[UUID], day: date) -> _Children:
    services = given(ids)
    areas: dict[UUID, list[str]] = defaultdict(list)
    for service, area in (
        ServiceArea.objects.filter(service__in=services).order_by("area").values_list("service", "area")
    ):
        areas[service].append(area or NATIONWIDE)
    needs: dict[UUID, list[UUID]] = defaultdict(list)
    for service, term in (
        ServiceNeed.objects.filter(service__in=services)
        .order_by("service", "position")
        .values_list("service", "term")
    ):
        needs[service].append(term)
    languages: dict[UUID, list[str]] = defaultdict(list)
    for service, code in (
        Language.objects.filter(service__in=services).order_by("code").values_list("service", "code")
    ):
        languages[service].append(code)
    channels: dict[UUID, list[tuple[UUID, str, str]]] = defaultdict(list)
    for service, channel, kind, value in (
        Channel.objects.filter(service__in=services)
        .order_by("service", "position", "id")
        .values_list("service", "id", "type", "value")
    ):
        channels[service].append((channel, kind, value))
    points: dict[UUID, tuple[float, float]] = {}
    for service, latitude, longitude in (
        ServiceAtLocation.objects.filter(service__in=services, location__latitude__isnull=False)
        .order_by("location__name", "location")
        .values_list("service", "location__latitude", "location__longitude")
    ):
        if latitude is not None and longitude is not None:
            points.setdefault(service, (latitude, longitude))
    answered = {service: chance(seen, day) for service, seen in seen_by_service(services).items()}
    free = set(CostOption.objects.filter(service__in=services, amount=0).values_list("service", flat=True))
    toll_free = Channel.objects.filter(service__in=services, toll_free=True)
    free |= set(toll_free.values_list("service", flat=True))
    silent = set(silent_services(day).filter(pk__in=services).values_list("pk", flat=True))
    hours = _hours_of_channels(services)
    return _Children(areas, needs, languages, channels, hours, points, answered, free, silent)


def _hours_of_channels(services: RawSQL) -> dict[UUID, str]:
    """Canonical hours by channel. Services of one batch share few distinct hours, so each is made once."""
    rows: dict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
    for channel, *values in (
        Schedule.objects.filter(channel__service__in=services, channel__type__in=TALKING)
        .order_by("channel", "id")
        .values_list("channel", *_SCHEDULE_COLUMNS)
    ):
        rows[channel].append(tuple(values))
    made: dict[tuple[Any, ...], str] = {}
    found: dict[UUID, str] = {}
    for channel, values in rows.items():
        # ids differ between channels, so the order of equal rows may too
        key = tuple(sorted(values, key=repr))
        if key not in made:
            hours = hours_of(Schedule(**dict(zip(_SCHEDULE_COLUMNS, row, strict=True))) for row in key)
            made[key] = hours.to_json() if hours.periods else ""
        if made[key]:
            found[channel] = made[key]
    return found


def _pattern_of(service: _Service, children: _Children) -> dict[str, list[str | None]] | None:
    """{channel type: the distinct hours of its channels, None for unknown}; None when nothing is known.

    An entry without a verified contact, one that is closed for now, and one whose keeper has been silent for
    a year, never counts as reachable.
    """
    if not service.contact_verified or service.status != Service.Status.ACTIVE:
        return None
    if service.id in children.silent:
        return None
    pattern: dict[str, list[str | None]] = {}
    for channel, kind, _ in children.channels[service.id]:
        if kind in TALKING:
            hours = children.hours.get(channel)
            known = pattern.setdefault(kind, [])
            if hours not in known:
                known.append(hours)
    if not any(hours for kinds in pattern.values() for hours in kinds):
        return None
    return {kind: sorted(hours, key=lambda text: text or "") for kind, hours in sorted(pattern.items())}


def _intern(patterns: list[dict[str, list[str | None]] | None]) -> list[int | None]:
    """The id of each pattern, new ones inserted."""
    digests: list[bytes | None] = []
    new: dict[bytes, HoursPattern] = {}
    for pattern in patterns:
        if pattern is None:
            digests.append(None)
            continue
        digest = hashlib.sha256(json.dumps(pattern, sort_keys=True).encode()).digest()
        digests.append(digest)
        new[digest] = HoursPattern(digest=digest, hours=pattern)
    ids: dict[bytes, int] = {}
    if new:
        HoursPattern.objects.bulk_create([new[digest] for digest in sorted(new)], ignore_conflicts=True)
        ids = {
            bytes(digest): pk
            for digest, pk in HoursPattern.objects.filter(digest__in=list(new)).values_list("digest", "id")
        }
    return [None if digest is None else ids[digest] for digest in digests]


# -- needs and municipal kinds --------------------------------------------------------------------------


def _need_terms() -> dict[UUID, NeedTerm]:
    # their words in kana and English are the lexicon's work: it turns a question into needs
    terms = TaxonomyTerm.objects.filter(taxonomy__key="need").values_list("id", "code", "name")
    return {pk: NeedTerm(code, name) for pk, code, name in terms}


def _reindex_kinds(keys: set[str], terms: dict[UUID, NeedTerm]) -> int:
    """Write one row for each of these municipal kinds, carried by its first service."""
    if not keys:
        return 0
    SearchRow.objects.filter(area_code=KIND_AREA, kind_key__in=keys)._raw_delete("default")
    by_code = {term.key: term for term in terms.values()}
    rows: list[tuple[Any, ...]] = []
    for key in sorted(keys):
        kind = municipal_kinds()[key]
        first = (
            Service.objects.filter(key=key, status__in=SEARCHED_STATUS)
            .order_by("id")
            .values_list("id", flat=True)
            .first()
        )
        if first is None:
            continue
        needs = [by_code[need] for need in kind.needs if need in by_code]
        made = _kind_document(kind, needs)
        prior = SearchRow.objects.filter(service_id=first).values_list("quality", flat=True).first() or 0.0
        rows.append(
            (
                first,
                KIND_AREA,
                prior,
                None,
                key,
                [],
                [need.key for need in needs],
                None,
                None,
                f"{made.tsvector} {quoted(area_facet(KIND_AREA))}",
                list(made.bigrams),
                index_version(),
            )  # fmt: skip
        )
    return copy_rows(rows)


def _kind_document(kind: MunicipalKind, needs: Sequence[NeedTerm]) -> Document:
    return document(
        Source(
            name=kind.name,
            name_kana=kind.name_kana,
            descriptions=(kind.description, kind.basis),
            needs=needs,
            languages=("ja",),
        )
    )


def _batched(items: Iterable[UUID], size: int) -> Iterator[list[UUID]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
