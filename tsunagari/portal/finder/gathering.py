"""From an outcome to what the directory has of it, and what of that answers at a moment.

`gather` takes what the directory had at a minute; `arrange` knows the hours and reads nothing but those that
are in memory. So the same answers can be asked for any hour, which the tests do for every hour of a week.

What is read is the same for everybody: the entries of a place, whatever was answered. It is kept for the
minute; of the answers nothing is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from tsunagari.core.areas import NATIONWIDE, AreaNode
from tsunagari.directory.lexicon import CrisisSignal, lexicon
from tsunagari.directory.models import Language, SearchRow, Service
from tsunagari.directory.schedules import holiday_name
from tsunagari.directory.search import openness
from tsunagari.directory.search.cards import Found
from tsunagari.directory.search.crisis import pinned_lines
from tsunagari.directory.search.kinds import KIND_AREA
from tsunagari.portal.finder.outcome import Outcome, Reason

TOKYO = ZoneInfo("Asia/Tokyo")
MOST_NOW, MOST_LATER, MOST_OFFICES, MOST_PROGRAMMES, MOST_SITES = 6, 6, 6, 6, 3
BEST_OF_AN_AREA = 300
"""So many of an area's entries, the best, are looked through for a need: no page grows with the directory."""
MOST_BY_NEED = 12
OTHER_LANGUAGE = "other"
EVERYBODY = "anyone"


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the directory that fits, with why. kind_key: of a municipal kind, else empty."""

    found: Found
    kind: str
    kind_key: str
    channels: tuple[str, ...]
    languages: tuple[str, ...]
    verified: bool
    reason: Reason

    @property
    def service_id(self) -> UUID:
        """Of the service."""
        return self.found.service_id


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the directory has for an outcome, each in the order in which it fits."""

    lines: tuple[Line, ...] = ()
    offices: tuple[Line, ...] = ()
    programmes: tuple[Line, ...] = ()
    sites: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Arranged:
    """What is shown at a moment.

    pinned: lines above everything, when an answer spoke of danger. now: open at this moment, those that
    answer in the way wished for first. later: closed now or of unknown hours; what is open at the time wished
    for comes first. at_wished_time: services among both that are open then. by_wish: whether any of `now`
    answers in the way wished for.
    """

    pinned: tuple[Found, ...] = ()
    now: tuple[Line, ...] = ()
    later: tuple[Line, ...] = ()
    offices: tuple[Line, ...] = ()
    programmes: tuple[Line, ...] = ()
    sites: tuple[Line, ...] = ()
    by_wish: bool = True
    at_wished_time: frozenset[UUID] = field(default=frozenset())


def gather(outcome: Outcome, area: AreaNode | None, at: datetime) -> Gathered:
    """What the directory has for an outcome, for somebody who lives in ``area`` (None: not said)."""
    named = _named(outcome, area, at)
    by_need = _by_need(outcome, area, {line.service_id for line in named}, at)
    talking = [*named, *by_need]
    return Gathered(
        lines=tuple(
            line
            for line in talking
            if line.kind in {Service.Kind.CONSULTATION, Service.Kind.PLACE}
            and line.verified
            and not line.kind_key
        ),
        offices=tuple(
            line
            for line in talking
            if line.kind in {Service.Kind.CONSULTATION, Service.Kind.PLACE}
            and (line.kind_key or not line.verified)
        ),
        programmes=tuple(line for line in named if line.kind == Service.Kind.PROGRAMME),
        sites=tuple(line for line in named if line.kind == Service.Kind.INFORMATION),
    )


def arrange(gathered: Gathered, outcome: Outcome, at: datetime) -> Arranged:
    """What of it is shown at the moment ``at``: whoever answers now comes first."""
    pinned = tuple(danger_lines(outcome, at))
    above = {found.service_id for found in pinned}
    lines = [line for line in _in_language(gathered.lines, outcome.language) if line.service_id not in above]
    states = openness.open_pattern_ids(at)
    wished = openness.open_pattern_ids(at, [outcome.how]) if outcome.how else states
    then = [openness.open_pattern_ids(moment) for moment in wished_moments(outcome.when, at)]

    def open_then(line: Line) -> bool:
        return any(at_moment.state(line.found.hours_id) for at_moment in then)

    now = [line for line in lines if states.state(line.found.hours_id)]
    # sorting keeps the order of fitness among equals
    now.sort(key=lambda line: (not wished.state(line.found.hours_id), bool(then) and not open_then(line)))
    later = [line for line in lines if not states.state(line.found.hours_id)]
    later.sort(
        key=lambda line: (
            bool(then) and not open_then(line),
            bool(outcome.how) and outcome.how not in line.channels,
            states.state(line.found.hours_id) is None,
        )
    )
    return Arranged(
        pinned=pinned,
        now=tuple(now[:MOST_NOW]),
        later=tuple(later[:MOST_LATER]),
        offices=gathered.offices[:MOST_OFFICES],
        programmes=gathered.programmes[:MOST_PROGRAMMES],
        sites=gathered.sites[:MOST_SITES],
        by_wish=any(wished.state(line.found.hours_id) for line in now) or outcome.how == "visit",
        at_wished_time=frozenset(line.service_id for line in (*now, *later) if then and open_then(line)),
    )


def danger_lines(outcome: Outcome, at: datetime) -> list[Found]:
    """The lines that search would pin for such words (lexicon/crisis.json), open ones first."""
    if not outcome.danger:
        return []
    signals = [CrisisSignal(kind, "", "strong") for kind in outcome.danger]
    return pinned_lines(lexicon().crisis.pins(signals, foreign=_is_foreign(outcome.language)), at)


def wished_moments(when: str, at: datetime) -> list[datetime]:
    """Moments that stand for the time wished for: an evening and a night, a weekday at noon, days off.

    None for "now", which is the moment itself, and for whoever does not mind.
    """
    midnight = at.astimezone(TOKYO).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [midnight + timedelta(days=number) for number in range(15)]
    free = [day for day in days if day.weekday() > 4 or holiday_name(day.date())]
    if when == "night":
        nights = [midnight + timedelta(hours=21), midnight + timedelta(hours=25)]
        return [night if night > at else night + timedelta(days=1) for night in nights]
    if when == "day":
        return [day + timedelta(hours=11) for day in days[1:] if day not in free][:1]
    if when == "weekend":
        return [day + timedelta(hours=14) for day in free if day + timedelta(hours=14) > at][:2]
    return []


def _is_foreign(language: str) -> bool:
    return language not in {"", "ja"}


def _in_language(lines: Sequence[Line], language: str) -> Sequence[Line]:
    """Those that speak the language; of one that nobody has, those that speak more than Japanese."""
    if not _is_foreign(language):
        return lines
    if language == OTHER_LANGUAGE:
        return [line for line in lines if len(line.languages) > 1]
    return [line for line in lines if language in line.languages]


def _rows(rows: QuerySet[SearchRow]) -> QuerySet[SearchRow, Any]:
    """What is read of an entry, without its texts."""
    return (
        rows.filter(service__status=Service.Status.ACTIVE)
        .annotate(
            languages=ArraySubquery(Language.objects.filter(service=OuterRef("service_id")).values("code"))
        )
        .values_list(
            "pk",
            "service_id",
            "service__key",
            "service__kind",
            "service__contact_verified",
            "service__audience",
            "area_code",
            "kind_key",
            "hours_id",
            "needs",
            "channels",
            "languages",
            named=True,
        )
    )


def _line(row: Any, reason: Reason) -> Line:
    whole = row.area_code == KIND_AREA
    return Line(
        found=Found(
            service_id=row.service_id,
            area_code=row.area_code,
            kind_key=row.kind_key,
            hours_id=row.hours_id,
            needs=tuple(row.needs),
            whole_kind=whole,
        ),
        kind=row.service__kind,
        kind_key=row.kind_key,
        channels=tuple(row.channels),
        languages=tuple(row.languages),
        verified=row.service__contact_verified and not whole,
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class _Entries:
    """What an area has, as rows: by key, by municipal kind, and the best to talk to or to go to."""

    by_key: Mapping[str, Any]
    by_kind: Mapping[str, Any]
    best: tuple[Any, ...]


def _entries_of(area_code: str, at: datetime) -> _Entries:
    return _entries_kept(area_code, at.replace(second=0, microsecond=0), openness.generation())


@lru_cache(maxsize=64)
def _entries_kept(area_code: str, minute: datetime, generation: int) -> _Entries:
    here = SearchRow.objects.filter(area_code=area_code)
    best = set(here.order_by("-quality", "id").values_list("pk", flat=True)[:BEST_OF_AN_AREA])
    wanted = ~Q(kind_key="") | Q(pk__in=best)
    if area_code == NATIONWIDE:
        # rules name only lines and programmes of our own, which serve the whole country
        wanted |= Q(service__key__isnull=False)
    rows = list(_rows(here.filter(wanted).order_by("-quality", "id")))
    return _Entries(
        # of several of one kind the best stays
        by_key={row.service__key: row for row in reversed(rows) if row.service__key and not row.kind_key},
        by_kind={row.kind_key: row for row in reversed(rows) if row.kind_key},
        best=tuple(
            row
            for row in rows
            if row.pk in best
            and not row.kind_key
            and row.service__kind in {Service.Kind.CONSULTATION, Service.Kind.PLACE}
        ),
    )


def _named(outcome: Outcome, area: AreaNode | None, at: datetime) -> list[Line]:
    """What the rules name. Without a place an office is its kind as a whole; with one, the nearest of it."""
    named: Mapping[str, Reason] = {**outcome.programmes, **outcome.lines}
    lines = _entries_of(NATIONWIDE, at).by_key
    offices: dict[str, Any] = {}
    for code in area.scope if area is not None else (KIND_AREA,):
        for kind, row in _entries_of(code, at).by_kind.items():
            offices.setdefault(kind, row)
    return [
        *(_line(lines[key], reason) for key, reason in named.items() if key in lines),
        *(_line(offices[key], reason) for key, reason in outcome.kinds.items() if key in offices),
    ]


def _by_need(outcome: Outcome, area: AreaNode | None, known: Iterable[UUID], at: datetime) -> list[Line]:
    """What else the directory has for these needs: near first. Rules need not know each entry by name."""
    seen = set(known)
    found: list[Line] = []
    for code in (*(area.scope if area is not None else ()), NATIONWIDE):
        for row in _entries_of(code, at).best:
            need = next((key for key in outcome.needs if key in row.needs), None)
            if need is None or row.service_id in seen or not _is_for(row.service__audience, outcome):
                continue
            seen.add(row.service_id)
            found.append(_line(row, outcome.needs[need]))
            if len(found) == MOST_BY_NEED:
                return found
    return found


def _is_for(audience: Sequence[str], outcome: Outcome) -> bool:
    return not audience or EVERYBODY in audience or not outcome.audience.isdisjoint(audience)
