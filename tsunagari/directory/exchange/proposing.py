"""Pairs of services that look like one: found by shared keys, scored, explained and proposed once.

The score adds what speaks for and against; each part is a reason that the desk shows. Sizes were set on
generated duplicates (``bench/import_hsds.py``), whose precision and recall stand in docs/performance.md.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import connection, transaction
from rapidfuzz import fuzz

from tsunagari.core.areas import area_tree
from tsunagari.directory.exchange.matching import folded_name, keys_of, phone_digits, web_place
from tsunagari.directory.models import ImportRun, MergeProposal

BATCH: Final = 2_000
LARGEST_BLOCK: Final = 25
"""Services that share a key; with more, the key tells nothing (the number of a city hall)."""
ENOUGH: Final = 60
_NUMBERS: Final = re.compile(r"[0-9]+")


@dataclass(slots=True)
class Features:
    """What is compared of a service."""

    name: str
    other_name: str
    organization: str
    organization_id: UUID
    kind: str
    numbers: set[str] = field(default_factory=set)
    pages: set[str] = field(default_factory=set)
    areas: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two services may, or may not, be the same."""

    code: str
    points: int
    value: str = ""


def score(first: Features, second: Features) -> tuple[int, list[Reason]]:
    """(0 to 100, the reasons): how likely it is that both are the same service."""
    reasons = [*_by_name(first, second), *_by_contact(first, second), *_by_place(first, second)]
    if first.organization_id == second.organization_id:
        reasons.append(Reason("same_organization", 5, first.organization))
    else:
        alike = fuzz.ratio(folded_name(first.organization), folded_name(second.organization))
        if alike == 100:
            reasons.append(Reason("same_organization_name", 15, second.organization))
        elif alike >= 85:
            reasons.append(Reason("similar_organization_name", 8, second.organization))
        else:
            reasons.append(Reason("other_organization", -8))
    if first.kind != second.kind:
        reasons.append(Reason("other_kind", -15))
    return max(0, min(100, sum(reason.points for reason in reasons))), reasons


def _by_name(first: Features, second: Features) -> Iterator[Reason]:
    one, two = folded_name(first.name), folded_name(second.name)
    best = fuzz.ratio(one, two)
    for name, other in ((first.other_name, two), (second.other_name, one)):
        if name:
            best = max(best, fuzz.ratio(folded_name(name), other))
    if best == 100:
        yield Reason("same_name", 45, second.name)
    elif best >= 88 or (min(len(one), len(two)) >= 6 and fuzz.partial_ratio(one, two) >= 95):
        yield Reason("similar_name", 36, second.name)
    elif best >= 75:
        yield Reason("similar_name", 20, second.name)
    elif best < 55:
        yield Reason("other_name", -25)
    mine, theirs = set(_NUMBERS.findall(one)), set(_NUMBERS.findall(two))
    if mine and theirs and mine.isdisjoint(theirs):
        # 第一 and 第二 of one house are two
        yield Reason("other_number_in_name", -40)


def _by_contact(first: Features, second: Features) -> Iterator[Reason]:
    if shared := first.numbers & second.numbers:
        yield Reason("same_phone", 30, min(shared))
    elif first.numbers and second.numbers:
        yield Reason("other_phone", -6)
    if pages := first.pages & second.pages:
        yield Reason("same_page", 25, min(pages))
    elif first.pages and second.pages:
        yield Reason("other_page", -4)


def _by_place(first: Features, second: Features) -> Iterator[Reason]:
    if addresses := first.addresses & second.addresses:
        yield Reason("same_address", 15, min(addresses))
    if first.areas and second.areas:
        if first.areas & second.areas:
            yield Reason("same_area", 12)
        elif not _within(first.areas, second.areas):
            yield Reason("other_area", -40)


def _within(first: set[str], second: set[str]) -> bool:
    """Whether one of the areas lies in one of the others."""
    tree = area_tree()
    scopes = [{code, getattr(tree.get(code), "prefecture_code", code)} for code in first | second]
    return "JP" in first | second or any(
        one & other for one in scopes[: len(first)] for other in scopes[len(first) :]
    )


# -- keys -----------------------------------------------------------------------------------------------


def refresh_keys(*, since: datetime | None = None) -> int:
    """Write the keys of services that have none, and of those changed ``since``. Returns how many."""
    count = 0
    with connection.cursor() as cursor:
        if since is not None:
            cursor.execute(
                "DELETE FROM directory_matchkey m USING directory_service s"
                " WHERE s.id = m.service_id AND s.modified_at > %s AND NOT EXISTS"
                " (SELECT FROM directory_importrow r WHERE r.object_id = s.id AND r.kind = 'service'"
                "  AND r.action = 'created' AND s.modified_at = s.created_at)",
                [since],
            )
        cursor.execute(
            "SELECT s.id FROM directory_service s WHERE s.status <> 'defunct'"
            " AND NOT EXISTS (SELECT FROM directory_matchkey m WHERE m.service_id = s.id) ORDER BY s.id"
        )
        ids = [row[0] for row in cursor.fetchall()]
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            found = features_of(batch)
            with cursor.copy("COPY directory_matchkey (service_id, key) FROM STDIN") as copy:
                for service_id, known in found.items():
                    keys = keys_of(
                        names=[known.name, *([known.other_name] if known.other_name else [])],
                        numbers=known.numbers,
                        urls=[f"https://{page}" for page in known.pages],
                        areas=sorted(known.areas),
                    )
                    for key in keys:
                        copy.write_row((service_id, key))
            count += len(found)
    return count


def features_of(ids: Sequence[UUID]) -> dict[UUID, Features]:
    """What is compared of these services: four queries."""
    found: dict[UUID, Features] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, s.name, s.alternate_name, s.url, s.kind, o.name, o.id FROM directory_service s"
            " JOIN accounts_organization o ON o.id = s.organization_id"
            " WHERE s.id = ANY(%s) AND s.status <> 'defunct'",
            [list(ids)],
        )
        for pk, name, other, url, kind, organization, organization_id in cursor.fetchall():
            found[pk] = Features(name, other, organization, organization_id, kind)
            if place := web_place(url):
                found[pk].pages.add(place)
        cursor.execute(
            "SELECT coalesce(c.service_id, p.service_id), c.type, c.value FROM directory_channel c"
            " LEFT JOIN directory_serviceatlocation p ON p.id = c.service_at_location_id"
            " WHERE c.service_id = ANY(%s) OR c.service_at_location_id IN"
            " (SELECT id FROM directory_serviceatlocation WHERE service_id = ANY(%s))",
            [list(ids), list(ids)],
        )
        for pk, kind, value in cursor.fetchall():
            if pk in found and kind == "phone" and (digits := phone_digits(value)):
                found[pk].numbers.add(digits)
            elif pk in found and kind in ("web", "chat") and (place := web_place(value)):
                found[pk].pages.add(place)
        cursor.execute(
            "SELECT service_id, area_id FROM directory_servicearea WHERE service_id = ANY(%s)", [list(ids)]
        )
        for pk, code in cursor.fetchall():
            if pk in found:
                found[pk].areas.add(code or "JP")
        cursor.execute(
            "SELECT p.service_id, l.area_id, l.address_1 FROM directory_serviceatlocation p"
            " JOIN directory_location l ON l.id = p.location_id"
            " WHERE p.service_id = ANY(%s) AND l.address_1 <> '' AND NOT l.confidential",
            [list(ids)],
        )
        for pk, code, address in cursor.fetchall():
            if pk in found:
                found[pk].addresses.add(f"{code or ''} {folded_name(address)}")
    return found


# -- proposals ------------------------------------------------------------------------------------------


def propose_merges(*, at: datetime, run: ImportRun | None = None) -> int:
    """Propose the pairs that look like one: those of a run's services with any other, or all.

    A pair that was proposed before, whatever was decided, is not proposed again.

    Returns:
        How many were proposed.
    """
    previous = ImportRun.objects.filter(finished_at__lt=run.finished_at).first() if run else None
    refresh_keys(since=previous.finished_at if previous else None)
    count = 0
    with connection.cursor() as cursor:
        # An import has just filled them, of which the planner knows nothing yet. Outside of the transaction
        # below: nobody else who wants to analyse or clean them waits until the pairs are found.
        cursor.execute("ANALYZE directory_matchkey, directory_service, directory_importrow")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        query = _PAIRS.replace("{largest}", str(LARGEST_BLOCK)).replace("{mine}", _OF_RUN if run else "")
        cursor.execute(query.replace("{run}", "run_id = %s" if run else "false"), [run.pk] if run else [])
        cursor.execute("SELECT first_id, second_id FROM match_pairs ORDER BY first_id, second_id")
        pairs = cursor.fetchall()
        cursor.execute("DROP TABLE match_pairs")
    for start in range(0, len(pairs), BATCH):
        count += _propose(pairs[start : start + BATCH], at, run)
    return count


def _propose(pairs: list[tuple[UUID, UUID]], at: datetime, run: ImportRun | None) -> int:
    known = features_of(list({service_id for pair in pairs for service_id in pair}))
    proposals = []
    for first, second in pairs:
        one, two = known.get(first), known.get(second)
        if one is None or two is None:
            continue
        points, reasons = score(one, two)
        if points >= ENOUGH:
            proposals.append(
                MergeProposal(
                    id=uuid4(),
                    first_id=first,
                    second_id=second,
                    run=run,
                    score=points,
                    reasons=[_as_json(reason) for reason in reasons],
                    created_at=at,
                )
            )
    before = MergeProposal.objects.count() if proposals else 0
    MergeProposal.objects.bulk_create(proposals, batch_size=1_000, ignore_conflicts=True)
    return MergeProposal.objects.count() - before if proposals else 0


def _as_json(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "points": reason.points, "value": reason.value[:200]}


_OF_RUN: Final = """
    AND (EXISTS (SELECT FROM mine WHERE mine.id = a.service_id)
         OR EXISTS (SELECT FROM mine WHERE mine.id = b.service_id))
"""
_PAIRS: Final = """
CREATE TEMPORARY TABLE match_pairs ON COMMIT DROP AS
WITH mine AS MATERIALIZED (
    SELECT object_id AS id FROM directory_importrow
    WHERE {run} AND kind = 'service' AND action IN ('created', 'changed')
), telling AS MATERIALIZED (
    SELECT key FROM directory_matchkey GROUP BY key HAVING count(*) BETWEEN 2 AND {largest}
), few AS MATERIALIZED (
    SELECT m.key, m.service_id FROM directory_matchkey m JOIN telling USING (key)
)
SELECT DISTINCT a.service_id AS first_id, b.service_id AS second_id
FROM few a JOIN few b USING (key)
WHERE a.service_id < b.service_id {mine}
  AND NOT EXISTS (SELECT FROM directory_mergeproposal p
                  WHERE p.first_id = a.service_id AND p.second_id = b.service_id)
  AND NOT EXISTS (SELECT FROM directory_service s JOIN directory_service t ON t.id = b.service_id
                  WHERE s.id = a.service_id AND s.key IS NOT NULL AND t.key IS NOT NULL)
"""
