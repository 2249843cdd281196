"""Search: from a request to what the page shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_noop

from tsunagari.core import japanese
from tsunagari.core.areas import NATIONWIDE, AreaNode, distance_km
from tsunagari.directory.models import Channel
from tsunagari.directory.search import names, needs, ranking
from tsunagari.directory.search.cards import Found, Result, explained, results
from tsunagari.directory.search.crisis import pinned_lines
from tsunagari.directory.search.kinds import KIND_AREA
from tsunagari.directory.search.question import Question, Understood, for_everybody, read, replace_place
from tsunagari.directory.search.ranking import Ranked
from tsunagari.directory.search.request import PAGE_SIZE, SearchRequest, check

# Each further result of one sort (local, nationwide) counts this much less, so that neither drowns the other.
TAKING_TURNS = 0.97
# A fallback result must share this part of the question's pairs of letters.
ENOUGH_PAIRS = 0.4


@dataclass(frozen=True, slots=True)
class SearchResponse:
    """What was found.

    crisis: the question sounds like danger; pinned: lines to show above everything then (never hidden by
    filters). did_you_mean: the words with which the results were found instead, or None. total: how many can
    be looked through; total_is_bounded: there are more than we count. categories: (need, name) to choose from
    when nothing was found; the results then are lines for whatever trouble.
    """

    results: tuple[Result, ...]
    crisis: bool
    pinned: tuple[Result, ...]
    did_you_mean: str | None
    understood: Understood
    page: int
    total: int
    total_is_bounded: bool
    has_next: bool
    categories: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The shape of ``POST /api/search``."""
        return {
            "results": [result.to_json() for result in self.results],
            "crisis": self.crisis,
            "pinned": [result.to_json() for result in self.pinned],
            "did_you_mean": self.did_you_mean,
        }


def search(request: SearchRequest) -> SearchResponse:
    """Find services for a question, in plain Japanese or otherwise; see `SearchRequest` and `SearchResponse`.

    Raises:
        BadSearch: a filter or the page's number is not one (its subclasses say which).
    """
    check(request)
    question = read(request)
    rows, candidates = ranking.run(question.wanted)
    instead = None
    nothing = not rows and bool(question.rest)
    if nothing:
        instead, rows, candidates = _otherwise(request, question)
    found = _in_turns(_distinct(rows, question.understood.areas), bool(question.wanted.own))
    start = (request.page - 1) * PAGE_SIZE
    shown = [_found(row, question) for row in found[start : start + PAGE_SIZE]]
    pinned = pinned_lines(question.crisis_keys, request.at) if question.is_crisis else []
    cards = results([*pinned, *shown], request.at)
    pins = cards[: len(pinned)]
    say = {name: gettext(sentence) for name, sentence in REASONS.items()}
    return SearchResponse(
        results=tuple(
            explained(card, _reasons(card, question, nothing, say)) for card in cards[len(pinned) :]
        ),
        crisis=question.is_crisis,
        pinned=tuple(explained(card, _reasons(card, question, False, say)) for card in pins),
        did_you_mean=instead,
        understood=question.understood,
        page=request.page,
        total=max(
            len(found), min(candidates, ranking.CANDIDATES) if len(rows) >= question.wanted.limit else 0
        ),
        total_is_bounded=candidates >= ranking.CANDIDATES,
        has_next=len(found) > start + PAGE_SIZE,
        categories=needs.categories() if nothing or not found else (),
    )


def lines_in_danger(request: SearchRequest) -> tuple[bool, tuple[Result, ...]]:
    """Whether the question sounds like danger, and the lines to show then: all of a search that cannot wait.

    Two statements at most; none when it does not.
    """
    question = read(request)
    if not question.is_crisis:
        return False, ()
    say = {name: gettext(sentence) for name, sentence in REASONS.items()}
    cards = results(pinned_lines(question.crisis_keys, request.at), request.at)
    return True, tuple(explained(card, _reasons(card, question, False, say)) for card in cards)


def _otherwise(request: SearchRequest, question: Question) -> tuple[str | None, list[Ranked], int]:
    """What to show when nothing was found: a correction's results, names alike, lines for everybody.

    Returns (the words searched instead or None, rows, number of candidates).
    """
    instead = names.did_you_mean(question.rest)
    if instead is not None:
        corrected = replace_place(read(request, instead=instead).wanted, question.wanted)
        rows, candidates = ranking.run(corrected)
        if rows:
            return instead, rows, candidates
    rows, candidates = ranking.run_pairs(question.wanted, japanese.bigrams(question.rest), ENOUGH_PAIRS)
    if rows:
        return None, rows, candidates
    return None, *ranking.run(for_everybody(question.wanted))


def _distinct(rows: Sequence[Ranked], areas: Sequence[AreaNode]) -> list[Ranked]:
    """Each service once, and each municipal kind once in every area asked for: the one that is nearest."""
    nearest: dict[tuple[str, str], Ranked] = {}
    for row in rows:
        if row.kind_key and row.area_code != KIND_AREA:
            what = (row.kind_key, _asked_area(row.area_code, areas))
            if what not in nearest or _steps(row, areas) < _steps(nearest[what], areas):
                nearest[what] = row
    local = {kind for kind, _ in nearest}
    seen: set[object] = set()
    kept = []
    for row in rows:
        if row.kind_key and row.area_code != KIND_AREA:
            row = nearest[row.kind_key, _asked_area(row.area_code, areas)]
        elif row.kind_key in local:
            continue
        # a kind as a whole stands for itself, whichever service carries its row
        what_is_shown = (row.kind_key, row.area_code) if row.kind_key else row.service_id
        if what_is_shown not in seen:
            seen.add(what_is_shown)
            kept.append(row)
    return kept


def _steps(row: Ranked, areas: Sequence[AreaNode]) -> int:
    """How many levels above an area asked for a row's area lies (ward, city, prefecture)."""
    return min((area.scope.index(row.area_code) for area in areas if row.area_code in area.scope), default=9)


def _asked_area(code: str, areas: Sequence[AreaNode]) -> str:
    """Which of the areas asked for a row's area stands for: itself, else the first that lies in it."""
    own = [area.code for area in areas if area.code == code]
    return next(iter(own or [area.code for area in areas if code in area.scope]), "")


def _in_turns(rows: list[Ranked], has_area: bool) -> list[Ranked]:
    """Local and nationwide results, neither drowning the other: each further one counts less."""
    if not has_area:
        return rows
    nationwide = [row for row in rows if row.area_code == NATIONWIDE]
    local = [row for row in rows if row.area_code != NATIONWIDE]
    ranked = [
        (row.score * TAKING_TURNS**place, number, row)
        for number, sort in enumerate((local, nationwide))
        for place, row in enumerate(sort)
    ]
    return [row for _, _, row in sorted(ranked, key=lambda item: (-item[0], item[1]))]


def _found(row: Ranked, question: Question) -> Found:
    return Found(
        service_id=row.service_id,
        area_code=row.area_code,
        kind_key=row.kind_key,
        hours_id=row.hours_id,
        needs=row.needs,
        distance_km=_distance(row, question.understood.areas),
        whole_kind=row.area_code == KIND_AREA,
    )


def _distance(row: Ranked, areas: Sequence[AreaNode]) -> float | None:
    """Kilometres from the office of the only area asked for, one decimal; None for lines without a place."""
    if len(areas) != 1 or row.latitude is None or row.longitude is None:
        return None
    area = areas[0]
    if area.latitude is None or area.longitude is None:
        return None
    return round(distance_km(area.latitude, area.longitude, row.latitude, row.longitude), 1)


# -- why ------------------------------------------------------------------------------------------------

REASONS = {
    "open": gettext_noop("いま開いています"),
    "closed": gettext_noop("いまは閉まっています"),
    "need": gettext_noop("「%(need)s」に合うため"),
    "name": gettext_noop("名前が合うため"),
    "everybody": gettext_noop("どんな悩みでも話せるため"),
    "answer": gettext_noop("探していることに合うため"),
    "words": gettext_noop("ことばが合うため"),
    "channel": gettext_noop("%(channel)sで話せます"),
    "ask_for_place": gettext_noop("地域を選ぶと、どこに聞けばよいか分かります"),
    "area": gettext_noop("%(area)sで使えます"),
    "nationwide": gettext_noop("全国どこからでも使えます"),
}


def _reasons(card: Result, question: Question, nothing: bool, say: Mapping[str, str]) -> Iterator[str]:
    """Why a result is shown, the most telling reason first. ``say``: `REASONS` in the request's language."""
    wanted = question.wanted
    known = {str(card.id), card.key}
    if card.open_now:
        yield say["open"]
    elif card.next_opening:
        yield say["closed"]
    matched = next((need for need in (*question.understood.needs, *wanted.needs) if need in card.needs), None)
    if names_of_needs := needs.names_of([matched] if matched else []):
        yield say["need"] % {"need": names_of_needs[0]}
    elif known & wanted.named.keys():
        yield say["name"]
    elif nothing:
        yield say["everybody"]
    elif known & wanted.answers.keys():
        yield say["answer"]
    elif wanted.concepts:
        yield say["words"]
    types = {channel["type"] for channel in card.channels}
    for channel in question.understood.channels:
        if channel in types:
            yield say["channel"] % {"channel": Channel.Type(channel).label}
    if card.asks_for_place:
        yield say["ask_for_place"]
    elif wanted.own or not (wanted.concepts or wanted.needs or wanted.answers or card.open_now):
        yield say["area"] % {"area": card.area_name} if card.area_name else say["nationwide"]
