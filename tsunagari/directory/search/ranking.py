# ruff: noqa: S608 - every value is a parameter; only constants of this module stand in the SQL itself
"""The SQL of search: bounded candidates, then relevance × reachable now × nearness × freshness.

Candidates are found in two steps, each of bounded work, so that a question that matches everything costs no
more than one that matches little:

1. A walk by quality, of at most `WALKED` rows in the country or `WALKED_IN_AREA` in each code of the area's
   scope: it meets every common word soon, the best rows first.
2. When that finds few (a rare word, or one that only poor rows have), the GIN index ANDs the words with the
   area, `FROM_GIN` rows at most.

About `CANDIDATES` rows are scored at most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from tsunagari.core.areas import NATIONWIDE
from tsunagari.core.routers import reading_connection
from tsunagari.directory.search.kinds import KIND_AREA, municipal_kinds
from tsunagari.directory.search.lexemes import any_of, area_facet

CANDIDATES = 400
WALKED = 6_000
WALKED_IN_AREA = 300
ENOUGH = 20
FROM_GIN = 2_000
PER_CODE = 150
PER_PART = 6
WALKED_IN_PART = 60
"""Rows of each municipality below a prefecture, of each ward below a city."""

# Weights of a lexeme by where it stands: description, organisation, need, name.
TEXT_WEIGHTS = "{0.25,0.35,0.55,1.0}"
# One operand that is found gives weight / this in ts_rank (its sum of 1/n² for one position).
RANK_OF_ONE = 1.64493406685

NEED_SHARE = 0.15
TEXT_SHARE = 0.55
ANSWER_SHARE = 1.0
NAMED_SHARE = 1.6
# A need that stands later in a service's list, among many others, is less what the service is for.
NEED_POSITION = 0.22
NEED_COUNT = 0.03

QUALITY_FLOOR = 0.9
OPEN, UNKNOWN, CLOSED = 1.0, 0.98, 0.9
OPEN_ASKED = (1.0, 0.62, 0.5)

NEAR_OWN, NEAR_ABOVE, NEAR_BELOW, NEAR_NATION, NEAR_KIND, NEAR_ELSEWHERE = 1.0, 0.97, 0.9, 0.95, 1.0, 0.7


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing that was asked for, in any of several lexemes (word, reading, synonym)."""

    lexemes: tuple[str, ...]
    prefix: bool = False
    weight: float = 1.0
    """How much it tells, beside the other concepts: rare words tell more."""

    @property
    def query(self) -> str:
        """The concept as a tsquery."""
        return any_of(self.lexemes, prefix=self.prefix)


@dataclass(frozen=True, slots=True)
class Ranked:
    """One row that was found. `near`: own, above, below, nation, kind, elsewhere."""

    service_id: UUID
    area_code: str
    kind_key: str
    hours_id: int | None
    latitude: float | None
    longitude: float | None
    needs: tuple[str, ...]
    score: float


@dataclass(slots=True)
class Wanted:
    """What the SQL is made from. Empty `concepts`, `needs` and `named`: everything, the best first."""

    concepts: Sequence[Concept] = ()
    needs: Mapping[str, float] = field(default_factory=dict)
    """Need → weight (0 to 1)."""
    named: Mapping[str, float] = field(default_factory=dict)
    """Id of a service, or key of a municipal kind, that was called by name → how surely."""
    answers: Mapping[str, float] = field(default_factory=dict)
    """Id of a service, or key of a municipal kind, that is known to answer the needs → how well."""
    must: Sequence[str] = ()
    """Facets that a row must have."""
    must_not: Sequence[str] = ()
    soft: Mapping[str, float] = field(default_factory=dict)
    """Facets that lift a row → by how much."""
    own: Sequence[str] = ()
    """Codes of the areas asked for; empty: none given."""
    above: Sequence[str] = ()
    below: Sequence[str] = ()
    ask_for_place: bool = False
    """Add the municipal kinds as wholes."""
    open_ids: str = "{}"
    """Ids of hours patterns that are open, as PostgreSQL's array in text form; likewise the closed ones."""
    closed_ids: str = "{}"
    open_only: bool = False
    prefers_open: bool = False
    limit: int = 80


def asked_query(wanted: Wanted) -> str:
    """The tsquery of what was asked for, any of it; empty when nothing was."""
    asked = [concept.query for concept in wanted.concepts]
    asked += [any_of([f"@need:{need}" for need in wanted.needs])] if wanted.needs else []
    if not asked and wanted.soft and not wanted.named:
        asked = [any_of(wanted.soft)]
    return " | ".join(asked)


def facet_query(wanted: Wanted) -> str:
    """The tsquery of the filters; empty for none."""
    parts = [any_of([facet]) for facet in wanted.must] + [f"!{any_of([facet])}" for facet in wanted.must_not]
    return " & ".join(parts)


Statement = tuple[str, list[Any]]
_COLUMNS = "service_id, area_code, kind_key, hours_id, latitude, longitude, quality, needs, document"
_RESULT = "service_id, area_code, kind_key, hours_id, latitude, longitude, needs"
_TABLE = "directory_searchrow"


def statements(wanted: Wanted) -> list[Statement]:
    """The statements to run in order until one has found `ENOUGH`; the last one's answer counts."""
    walk = _scored(wanted, _walk_in_areas(wanted) if wanted.own else _walk(wanted))
    return [walk, _scored(wanted, _gin(wanted))] if asked_query(wanted) else [walk]


def run(wanted: Wanted) -> tuple[list[Ranked], int]:
    """The best rows, best first, at most `wanted.limit`, and how many candidates there were."""
    rows: list[tuple[Any, ...]] = []
    with reading_connection().cursor() as cursor:
        for sql, params in statements(wanted):
            cursor.execute(sql, params)
            rows = cursor.fetchall()
            if len(rows) >= ENOUGH:
                break
    return _ranked(rows)


def _ranked(rows: list[tuple[Any, ...]]) -> tuple[list[Ranked], int]:
    found = [Ranked(*row[:6], tuple(row[6]), row[7]) for row in rows]  # type: ignore[call-arg, unused-ignore]
    return found, rows[0][8] if rows else 0


def run_pairs(wanted: Wanted, pairs: Sequence[str], least: float) -> tuple[list[Ranked], int]:
    """The last resort: rows whose names share at least this part of these pairs of letters."""
    if not pairs:
        return [], 0
    facets = facet_query(wanted)
    where = "bigrams && %s::varchar[]"
    params: list[Any] = [list(pairs)]
    if facets:
        where, params = f"{where} AND document @@ %s::tsquery", [*params, facets]
    if wanted.open_only:
        where, params = f"{where} AND hours_id = ANY(%s::int[])", [*params, wanted.open_ids]
    if wanted.own:
        codes = [*wanted.own, *wanted.above, NATIONWIDE, *([KIND_AREA] if wanted.ask_for_place else [])]
        where, params = f"{where} AND area_code = ANY(%s::varchar[])", [*params, codes]
    else:
        where = f"{where} AND ({_NO_PLACES} OR area_code = '{KIND_AREA}')"
    sql = (
        f"SELECT {_RESULT}, shared, count(*) OVER () "
        f"FROM (SELECT {_COLUMNS}, (SELECT count(*) FROM unnest(bigrams) AS pair "
        f"WHERE pair = ANY(%s::varchar[]))::float8 / %s AS shared "
        f"FROM {_TABLE} WHERE {where} LIMIT {FROM_GIN}) AS near "
        "WHERE shared >= %s ORDER BY shared DESC, quality DESC, service_id LIMIT %s"
    )
    with reading_connection().cursor() as cursor:
        cursor.execute(sql, [list(pairs), len(pairs), *params, least, wanted.limit])
        return _ranked(cursor.fetchall())


def _filters(wanted: Wanted, *, areas: Sequence[str] = ()) -> Statement:
    """The condition on a row. Services called by name (misspelt, too) need no word in common.

    With `areas` it is for the GIN index: one query of words, filters and areas, and no names.
    """
    conditions: list[str] = []
    params: list[Any] = []
    asked, facets = asked_query(wanted), facet_query(wanted)
    if areas:
        in_area = any_of(area_facet(code) for code in areas)
        asked = f"({asked}) & ({in_area})" if asked else f"({in_area})"
    if (wanted.named or wanted.answers) and not areas:
        by_name = "service_id = ANY(%s::uuid[]) OR kind_key = ANY(%s::varchar[])"
        conditions.append(f"(document @@ %s::tsquery OR {by_name})" if asked else f"({by_name})")
        params += [*([asked] if asked else []), *_named_keys(wanted)]
    elif asked:
        # one query for both, so that one scan of the index ANDs them
        asked, facets = (f"({asked}) & {facets}", "") if facets else (asked, "")
        conditions.append("document @@ %s::tsquery")
        params.append(asked)
    if facets:
        conditions.append("document @@ %s::tsquery")
        params.append(facets)
    if wanted.open_only:
        conditions.append("hours_id = ANY(%s::int[])")
        params.append(wanted.open_ids)
    return " AND ".join(conditions) or "TRUE", params


def _named_keys(wanted: Wanted) -> list[list[str]]:
    every = [*wanted.named, *(key for key in wanted.answers if key not in wanted.named)]
    kinds = [key for key in every if key in municipal_kinds()]
    return [[key for key in every if key not in kinds], kinds]


def _codes(wanted: Wanted) -> list[str]:
    """The codes whose rows may be shown: the areas', those above, the country, and the kinds as wholes."""
    kinds = [KIND_AREA] if wanted.ask_for_place or not wanted.own else []
    return [*wanted.own, *wanted.above, NATIONWIDE, *kinds]


def _walk_code(where: str) -> str:
    """The best rows of one code (the first parameter) that satisfy the condition."""
    return (
        f"(SELECT {_COLUMNS} FROM (SELECT {_COLUMNS} FROM {_TABLE} WHERE area_code = %s "
        f"ORDER BY quality DESC, id LIMIT {WALKED_IN_AREA}) AS best WHERE {where} LIMIT {PER_CODE})"
    )


def _walk_in_areas(wanted: Wanted) -> Statement:
    where, params = _filters(wanted)
    codes = _codes(wanted)
    branches = [_walk_code(where) for _ in codes]
    given = [value for code in codes for value in (code, *params)]
    if wanted.below:
        branches.append(
            f"(SELECT part.* FROM unnest(%s::varchar[]) AS codes(code) CROSS JOIN LATERAL ("
            f"SELECT {_COLUMNS} FROM (SELECT {_COLUMNS} FROM {_TABLE} WHERE area_code = codes.code "
            f"ORDER BY quality DESC, id LIMIT {WALKED_IN_PART}) AS best WHERE {_NO_PLACES} AND {where} "
            f"LIMIT {PER_PART}) AS part LIMIT {CANDIDATES})"
        )
        given += [list(wanted.below), *params]
    return " UNION ALL ".join(branches), given


# the condition of the index `search_walk`; the kinds come as wholes
_NO_PLACES = "kind_key = ''"


def _walk(wanted: Wanted) -> Statement:
    """The best rows of the country, and besides the nationwide ones, that local ones must not push out."""
    where, params = _filters(wanted)
    sql = (
        f"(SELECT {_COLUMNS} FROM (SELECT {_COLUMNS} FROM {_TABLE} WHERE {_NO_PLACES} "
        f"ORDER BY quality DESC, id LIMIT {WALKED}) AS best WHERE {where} LIMIT {CANDIDATES})"
    )
    codes = _codes(wanted)
    given = [value for code in codes for value in (code, *params)]
    return " UNION ALL ".join([sql, *(_walk_code(where) for _ in codes)]), [*params, *given]


def _gin(wanted: Wanted) -> Statement:
    """Rare words, by the index; and the nationwide rows and kinds again, for those called by name."""
    where, params = _filters(wanted, areas=[*_codes(wanted), *wanted.below] if wanted.own else [])
    if not wanted.own:
        where, params = _filters(replace(wanted, named={}, answers={}))
        where = f"{where} AND {_NO_PLACES}"
    sql = (
        f"(SELECT {_COLUMNS} FROM (SELECT {_COLUMNS} FROM {_TABLE} WHERE {where} LIMIT {FROM_GIN}) AS found "
        f"ORDER BY quality DESC LIMIT {CANDIDATES})"
    )
    if not (wanted.named or wanted.answers):
        return sql, params
    also, more = _filters(wanted)
    codes = [NATIONWIDE, KIND_AREA] if not wanted.own else _codes(wanted)
    given = [value for code in codes for value in (code, *more)]
    return " UNION ALL ".join([sql, *(_walk_code(also) for _ in codes)]), [*params, *given]


def _scored(wanted: Wanted, candidates: Statement) -> Statement:
    inner, params = candidates
    need, need_params = _need_score(wanted)
    text, text_params = _text_score(wanted)
    soft, soft_params = _soft_score(wanted)
    named, named_params = _known_score(NAMED_SHARE, wanted.named)
    answer, answer_params = _known_score(ANSWER_SHARE, wanted.answers)
    open_state, open_params = _open_factor(wanted)
    near, near_params = _near_factor(wanted)
    everything = not (wanted.concepts or wanted.needs or wanted.named or wanted.answers)
    relevance = "1.0" if everything else f"({NEED_SHARE} * need + {TEXT_SHARE} * txt + {named} + {answer})"
    sql = (
        f"SELECT {_RESULT}, ({relevance} + {soft}) * ({QUALITY_FLOOR} + {1 - QUALITY_FLOOR} * quality) "
        f"* {open_state} * {near} AS score, count(*) OVER () "
        f"FROM (SELECT *, {need} AS need, {text} AS txt FROM ({inner}) AS candidates) AS measured "
        f"ORDER BY score DESC, service_id LIMIT %s"
    )
    known = [] if everything else [*named_params, *answer_params]
    scoring = [*known, *soft_params, *open_params, *near_params]
    return sql, [*scoring, *need_params, *text_params, *params, wanted.limit]


def _need_score(wanted: Wanted) -> Statement:
    if not wanted.needs:
        return "0.0::float8", []
    terms, params = [], []
    for need, weight in wanted.needs.items():
        terms.append(
            f"coalesce(%s::float8 / ({1 - NEED_POSITION} + {NEED_POSITION} "
            "* array_position(needs, %s::varchar)), 0)"
        )
        params += [weight, need]
    best = f"GREATEST({', '.join(terms)})" if len(terms) > 1 else terms[0]
    together = f"({' + '.join(terms)})" if len(terms) > 1 else "0"
    if len(terms) > 1:
        params = params * 2
    return f"(({best} * 0.8 + {together} * 0.2) / (1 + {NEED_COUNT} * cardinality(needs)))::float8", params


def _text_score(wanted: Wanted) -> Statement:
    """The mean over the concepts, by their weights, of where each stands (1: in the name; 0: nowhere)."""
    if not wanted.concepts:
        return "0.0::float8", []
    total = sum(concept.weight for concept in wanted.concepts)
    rank = f"LEAST(1.0, ts_rank('{TEXT_WEIGHTS}'::float4[], document, %s::tsquery) * %s::float8)"
    terms = " + ".join(f"%s::float8 * {rank}" for _ in wanted.concepts)
    params: list[Any] = []
    for concept in wanted.concepts:
        params += [concept.weight / total, concept.query, RANK_OF_ONE * len(concept.lexemes)]
    return f"({terms})::float8", params


def _soft_score(wanted: Wanted) -> Statement:
    if not wanted.soft:
        return "0.0", []
    terms = " + ".join("CASE WHEN document @@ %s::tsquery THEN %s::float8 ELSE 0 END" for _ in wanted.soft)
    params = [value for facet, lift in wanted.soft.items() for value in (any_of([facet]), lift)]
    return f"({terms})", params


def _known_score(share: float, known: Mapping[str, float]) -> Statement:
    """What services and kinds that are known by id or key get."""
    if not known:
        return "0.0", []
    kinds = {key: worth for key, worth in known.items() if key in municipal_kinds()}
    services = {key: worth for key, worth in known.items() if key not in kinds}
    worth = "coalesce((%s::float8[])[array_position(%s::{type}[], {column})], 0)"
    return (
        f"{share} * ({worth.format(type='uuid', column='service_id')}"
        f" + {worth.format(type='varchar', column='kind_key')})",
        [list(services.values()), list(services), list(kinds.values()), list(kinds)],
    )


def _open_factor(wanted: Wanted) -> Statement:
    is_open, unknown, closed = OPEN_ASKED if wanted.prefers_open else (OPEN, UNKNOWN, CLOSED)
    return (
        f"CASE WHEN hours_id = ANY(%s::int[]) THEN {is_open} "
        f"WHEN hours_id = ANY(%s::int[]) THEN {closed} ELSE {unknown} END",
        [wanted.open_ids, wanted.closed_ids],
    )


def _near_factor(wanted: Wanted) -> Statement:
    if not wanted.own:
        return (
            f"CASE area_code WHEN '{NATIONWIDE}' THEN 1.0 WHEN '{KIND_AREA}' THEN {NEAR_KIND} "
            f"ELSE {NEAR_ELSEWHERE} END",
            [],
        )
    return (
        f"CASE WHEN area_code = '{NATIONWIDE}' THEN {NEAR_NATION} "
        f"WHEN area_code = ANY(%s::varchar[]) THEN {NEAR_OWN} "
        f"WHEN area_code = '{KIND_AREA}' THEN {NEAR_KIND * 0.9} "
        f"WHEN area_code = ANY(%s::varchar[]) THEN {NEAR_ABOVE} ELSE {NEAR_BELOW} END",
        [list(wanted.own), list(wanted.above)],
    )
