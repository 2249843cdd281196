"""What the portal's pages read from the directory."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import get_language, gettext

from tsunagari.core import display
from tsunagari.core.areas import NATIONWIDE, AreaNode, area_tree
from tsunagari.core.fairness import a_little_more
from tsunagari.core.fallback import DATABASE_AWAY
from tsunagari.core.japanese import fold
from tsunagari.core.romaji import area_in_romaji
from tsunagari.core.routers import public_reading
from tsunagari.core.templatetags.ui import listed
from tsunagari.directory.models import (
    Channel,
    Schedule,
    SearchRow,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
    TaxonomyTerm,
)
from tsunagari.directory.search import needs, openness
from tsunagari.directory.search.query import lines_in_danger, search
from tsunagari.directory.search.request import SearchRequest
from tsunagari.directory.selectors.reachability import observations
from tsunagari.directory.selectors.upkeep import unanswered_since
from tsunagari.portal.cards import TALKING, ServiceCard, card_of, card_of_result
from tsunagari.portal.need_groups import BY_KEY, NEED_GROUPS, NeedGroup, group_of

MAX_AREAS_FOUND = 40
MOST_LINES = 100
MOST_IN_AREA = 60
MAX_ANYWAY = 4
_LATIN_NAME = re.compile("[a-z][a-z',.-]*")
_NO_LETTERS = re.compile("[^a-z]")


def services_for_cards() -> QuerySet[Service]:
    """Active services with all that a card shows: six queries for any number of them."""
    return (
        Service.objects.filter(status=Service.Status.ACTIVE)
        .annotate(unanswered_since=unanswered_since())
        .select_related("organization__profile", "contact_area__parent__parent")
        .prefetch_related(
            Prefetch(
                "channels",
                Channel.objects.prefetch_related(
                    Prefetch("schedules", Schedule.objects.order_by("id")),
                    Prefetch("reachability", observations()),
                ),
            ),
            "languages",
        )
    )


def _nationwide() -> Exists:
    return Exists(ServiceArea.objects.filter(service=OuterRef("pk"), area=None))


def nationwide_lines() -> QuerySet[Service]:
    """Services of the whole country with a telephone, chat or LINE; 110 and 119 are not among them.

    At most `MOST_LINES`, the best by the index's prior: nobody reads more, and a page must not grow with the
    directory.
    """
    best = (
        SearchRow.objects.filter(
            area_code=NATIONWIDE,
            # no pattern: hours unknown, or nobody has answered for a year whether the entry is right
            hours__isnull=False,
            channels__overlap=list(TALKING),
            service__kind=Service.Kind.CONSULTATION,
            service__status=Service.Status.ACTIVE,
            service__contact_verified=True,
        )
        .order_by("-quality", "id")
        .values_list("service_id", flat=True)[:MOST_LINES]
    )
    return services_for_cards().filter(pk__in=list(best))


def lines_for_the_young() -> QuerySet[Service]:
    """Nationwide lines for children and young people, and those for anybody who answer by chat or LINE."""
    young = Q(audience__overlap=["child", "youth"]) & ~Q(audience__contains=["hikikomori"])
    in_writing = Q(audience__contains=["anyone"], channels__type__in=[Channel.Type.CHAT, Channel.Type.LINE])
    return nationwide_lines().filter(young | in_writing).distinct()


def cards_open_first(services: Iterable[Service], at: datetime, *, only: str = "") -> list[ServiceCard]:
    """Cards: open ones first, among them by the chance of being answered, then free ones first.

    Where the chances are equal, as they are where nothing is known, those that close soon stand before those
    of any hour. Differences below a hundredth are none.

    ``only`` looks at the channels of one type alone.
    """
    cards = [card_of(service, at, only=only) for service in services]
    far = datetime.max.replace(tzinfo=at.tzinfo)
    return sorted(
        cards,
        key=lambda card: (
            {True: 0, False: 1, None: 2}[card.open_now],
            -round(card.chance, 2),
            not card.free,
            card.always,
            card.next_opening or far if card.open_now is False else card.until or far,
            card.name,
        ),
    )


def lines_at(at: datetime) -> Sequence[Service]:
    """``nationwide_lines`` with their needs (``answers``) as they stood in this minute: shared, only to read.

    Half of the pages show some of them. A process reads them once a minute, and again when it has written
    the index; what others have written is seen within the minute, as on every page that is kept for one.
    """
    return _lines_of(at.replace(second=0, microsecond=0), openness.generation())


@lru_cache(maxsize=4)
def _lines_of(minute: datetime, generation: int) -> tuple[Service, ...]:
    answers = Prefetch("service_needs", ServiceNeed.objects.select_related("term"), to_attr="answers")
    return tuple(nationwide_lines().prefetch_related(answers))


def lines_open_first(at: datetime, *, only: str = "") -> Sequence[ServiceCard]:
    """The cards of ``lines_at`` in the order of ``cards_open_first``: shared, only to read.

    They are made once a minute for each language and way of showing, and so is the HTML of each.
    """
    minute = at.replace(second=0, microsecond=0)
    return _line_cards(minute, openness.generation(), get_language() or "", display.current().prefix, only)


@lru_cache(maxsize=48)
def _line_cards(
    minute: datetime, generation: int, language: str, prefix: str, only: str
) -> tuple[ServiceCard, ...]:
    return tuple(cards_open_first(lines_at(minute), minute, only=only))


def open_counts(at: datetime) -> dict[str, int]:
    """How many nationwide lines answer at ``at`` by each channel type, and ``total`` for any of them.

    The index knows each service's pattern of hours (a nationwide service has one row); how many services have
    which pattern, and which patterns are open, is kept for the minute. The page "talk now" lists the same
    lines; a test holds the two together.
    """
    services = _lines_by_hours(at.replace(second=0, microsecond=0), openness.generation())
    open_now = {kind: openness.open_pattern_ids(at, [kind]).open for kind in TALKING}

    def counted(patterns: Iterable[int]) -> int:
        return sum(services.get(pattern, 0) for pattern in patterns)

    counts = {kind.value: counted(patterns) for kind, patterns in open_now.items()}
    return counts | {"total": counted(frozenset().union(*open_now.values()))}


@lru_cache(maxsize=4)
def _lines_by_hours(minute: datetime, generation: int) -> dict[int, int]:
    """How many nationwide lines have each pattern of hours, as of this minute."""
    return dict(
        SearchRow.objects.filter(
            area_code=NATIONWIDE,
            hours__isnull=False,
            service__kind=Service.Kind.CONSULTATION,
            service__status=Service.Status.ACTIVE,
            service__contact_verified=True,
        )
        .values_list("hours_id")
        .annotate(Count("service_id"))
    )


def needs_below(codes: Sequence[str]) -> list[UUID]:
    """Ids of the needs with these codes and of all needs below them."""
    return list(
        TaxonomyTerm.objects.filter(taxonomy__key="need")
        .filter(Q(code__in=codes) | Q(parent__code__in=codes) | Q(parent__parent__code__in=codes))
        .values_list("pk", flat=True)
    )


def any_service() -> QuerySet[Service]:
    """Services for their own pages: those that are closed for now too, the ended ones not."""
    return (
        Service.objects.exclude(status=Service.Status.DEFUNCT)
        .annotate(unanswered_since=unanswered_since())
        .select_related("organization__profile", "contact_area__parent__parent")
        .prefetch_related(
            Prefetch(
                "channels",
                Channel.objects.prefetch_related(
                    Prefetch("schedules", Schedule.objects.order_by("id")),
                    Prefetch("reachability", observations()),
                ),
            ),
            "languages",
            "required_documents",
            Prefetch("needs", TaxonomyTerm.objects.order_by("position")),
        )
    )


def places_in_words(service: Service) -> str:
    """Where a service is offered, a line for each thing to know; confidential places are left out."""
    told = service.at_locations.filter(location__confidential=False).select_related("location")
    return "\n\n".join(filter(None, map(_place_in_words, told.order_by("location__name", "location_id"))))


def _place_in_words(at: ServiceAtLocation) -> str:
    place = at.location
    area = area_tree().get(place.area_id or "")
    name = area.full_name if area else ""
    address = place.address_1 if place.address_1.startswith(name) else f"{name}{place.address_1}"
    code = f"〒{place.postal_code}" if place.postal_code else ""
    line = " ".join(filter(None, [code, address, place.address_2]))
    return "\n".join(filter(None, [place.name, line, place.transportation, at.description]))


def audience_names(service: Service) -> str:
    """For whom a service is, in words; empty when nothing is known."""
    return listed(needs.names_of(service.audience))


def nationwide_services_for(codes: Sequence[str]) -> QuerySet[Service]:
    """Nationwide services and programmes that answer one of the needs ``codes`` or one below them."""
    return services_for_cards().filter(
        _nationwide(),
        Exists(ServiceNeed.objects.filter(service=OuterRef("pk"), term__in=needs_below(codes))),
    )


def services_in_area(area: AreaNode) -> QuerySet[Service]:
    """Services of this area and of those above it, the nationwide ones not included; at most 60, the best."""
    best = (
        SearchRow.objects.filter(area_code__in=area.scope)
        .order_by("-quality", "id")
        .values_list("service_id", flat=True)[:MOST_IN_AREA]
    )
    return services_for_cards().filter(pk__in=list(best))


def programmes_by_need(at: datetime) -> list[tuple[NeedGroup, list[ServiceCard]]]:
    """Nationwide support programmes under the first of the twelve words that fits, in the words' order."""
    found: dict[str, list[ServiceCard]] = {}
    services = (
        services_for_cards()
        .filter(_nationwide(), kind=Service.Kind.PROGRAMME)
        .prefetch_related(Prefetch("needs", TaxonomyTerm.objects.select_related("parent")))
        .order_by("name_kana", "name")
    )
    for service in services:
        codes = [
            code
            for term in service.needs.all()
            for code in (term.code, term.parent and term.parent.code)
            if code
        ]
        group = group_of(codes) or BY_KEY["living"]
        found.setdefault(group.key, []).append(card_of(service, at))
    return [(group, found[group.key]) for group in NEED_GROUPS if group.key in found]


def areas_named(text: str) -> list[AreaNode]:
    """Areas whose name a person has written: exact matches alone if there are any, else beginnings.

    In Japanese, kana or Latin letters. The prefecture may stand in front (「東京都品川区」, "Shinagawa-ku,
    Tokyo"), the ending (市区町村) may be left out.
    """
    wanted = fold(text).replace(" ", "")
    names_of = _names_in_japanese
    if _LATIN_NAME.fullmatch(wanted):
        wanted, names_of = _NO_LETTERS.sub("", wanted), _names_in_latin_letters
    if not wanted:
        return []
    exact, begins = [], []
    for area in area_tree().values():
        names, short = names_of(area)
        if wanted in names or wanted in short:
            exact.append(area)
        elif any(name.startswith(wanted) for name in names):
            begins.append(area)
    return (exact or begins)[:MAX_AREAS_FOUND]


def _names_in_japanese(area: AreaNode) -> tuple[set[str], set[str]]:
    """How an area may be written, whole and without its ending."""
    above = area_tree().get(area.parent_code or "")
    written = [area.name, area.name_kana, area.full_name, *([above.name + area.name] if above else [])]
    names = {fold(name) for name in written}
    short = {name[:-1] for name in names if name[-1] in "市区町村都府県"}
    short |= {
        name.removesuffix(ending)
        for name in names
        for ending in ("し", "く", "ちょう", "まち", "むら", "そん", "けん", "ふ", "と")
        if len(name) > len(ending) + 1
    }
    return names, short


def _names_in_latin_letters(area: AreaNode) -> tuple[set[str], set[str]]:
    """The same of its name in Latin letters, without spaces and marks: shinagawakutokyo, shinagawatokyo."""
    above = [area_in_romaji(node.name, node.name_kana) for node in map(area_tree().__getitem__, area.scope)]
    ward_in_prefecture = [above[0] + above[-1]] if len(above) > 1 else []
    names = {_NO_LETTERS.sub("", name.lower()) for name in [above[0], "".join(above), *ward_in_prefecture]}
    stem = above[0].rsplit("-", 1)[0].removesuffix(" Prefecture")
    with_prefecture = stem + above[-1].removesuffix(" Prefecture") if len(above) > 1 else stem
    return names, {_NO_LETTERS.sub("", name.lower()) for name in (stem, with_prefecture)}


def pinned_for(q: str, *, at: datetime) -> list[ServiceCard]:
    """The lines for a question that sounds like danger, and nothing more; empty when it does not.

    For when there is no room for a search: at most two look at once, and without a database nobody does.
    """
    with a_little_more() as entered, public_reading():
        if not entered:
            return []
        try:
            _, lines = lines_in_danger(SearchRequest(q=q, at=at))
        except DATABASE_AWAY:
            return []
    return [card_of_result(line, at) for line in lines]


def found_for(sought: Mapping[str, Any], *, page: int, at: datetime) -> dict[str, Any]:
    """What a search found, for the results page.

    ``sought``: q, area (code), open_now, channel; all but q may be missing. Returns cards, pinned and crisis
    (lines to show above everything), needs (codes, those of the question first, then of those lines),
    did_you_mean, understood (words for what was read out of q), areas (the place that was understood),
    areas_possible, has_next, and anyway: lines for any trouble when nothing fits.
    """
    response = search(
        SearchRequest(
            q=sought["q"],
            at=at,
            area_code=sought.get("area") or None,
            open_now=bool(sought.get("open_now")),
            channel=sought.get("channel") or None,
            page=page,
        )
    )
    read = response.understood
    words = [
        *([read.area_from_text] if read.area_from_text else []),
        *([gettext("いま開いている")] if read.open_now else []),
        *(str(Channel.Type(kind).label) for kind in read.channels),
        *needs.names_of(read.needs),
    ]
    pinned = [card_of_result(result, at) for result in response.pinned]
    sought_needs = [*read.needs, *(need for result in response.pinned for need in result.needs)]
    above = {card.pk for card in pinned}
    cards = [card_of_result(result, at) for result in response.results if result.id not in above]
    anyway = []
    if not cards and not pinned:
        among = set(nationwide_services_for(["just-talk", "loneliness"]).values_list("pk", flat=True))
        lines = [card for card in lines_open_first(at) if card.pk in among and card.open_now is not None]
        anyway = lines[:MAX_ANYWAY]
    return {
        "cards": cards,
        "crisis": response.crisis,
        "pinned": pinned,
        "needs": list(dict.fromkeys(sought_needs)),
        "did_you_mean": response.did_you_mean,
        "understood": words,
        "areas": read.areas,
        "areas_possible": read.areas_possible,
        "has_next": response.has_next,
        "anyway": anyway,
    }
