"""Whom to try when a line is busy: the same need first, open now, and the best chance of being answered."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from tsunagari.directory.models import Service
from tsunagari.portal import selectors
from tsunagari.portal.cards import ServiceCard
from tsunagari.portal.finder.gathering import OTHER_LANGUAGE

MOST_NEXT = 3
FOR_ANYBODY = ("just-talk", "loneliness")
"""Needs of lines that listen to whatever it is: they stand in when too few others are open."""


def next_lines(service: Service, at: datetime) -> list[ServiceCard]:
    """Up to three other lines for what this service is for.

    Open ones first; among them those that share its first need before those that share a later one, and then
    by the chance of being answered. Where too few of them are open, lines for anybody stand in.
    """
    needs = service.service_needs.order_by("position").values_list("term__code", flat=True)
    return after({service.pk}, list(needs), at)


def after(
    shown: Collection[UUID],
    needs: Sequence[str],
    at: datetime,
    *,
    language: str = "",
    most: int = MOST_NEXT,
) -> list[ServiceCard]:
    """The next lines for these needs (the most important first), without those that are shown already.

    ``language``: of those who do not want to speak Japanese; lines that speak it stand alone if any is open.
    """
    services = [line for line in selectors.lines_at(at) if line.pk not in shown]
    understood = [line for line in services if _speaks(line, language)]
    if len(understood) < len(services):
        found = _nearest(understood, needs, at)[:most]
        if any(card.open_now for card in found):
            return found
    return _nearest(services, needs, at)[:most]


def _speaks(line: Service, language: str) -> bool:
    """Whether a line can be talked to in this language; of one without a name, whether in several."""
    codes = {each.code for each in line.languages.all()}
    if language in {"", "ja"}:
        return True
    return len(codes) > 1 if language == OTHER_LANGUAGE else language in codes


def _nearest(services: Sequence[Service], needs: Sequence[str], at: datetime) -> list[ServiceCard]:
    """These lines as cards: open ones for these needs, open ones for anybody, closed ones for these needs."""
    place = {need: number for number, need in enumerate(needs)}
    closeness: dict[UUID, int] = {}
    anybody: set[UUID] = set()
    for line in services:
        codes = [need.term.code for need in line.answers]  # type: ignore[attr-defined]
        places = [place[code] for code in codes if code in place]
        if places:
            closeness[line.pk] = min(places)
        if set(FOR_ANYBODY) & set(codes):
            anybody.add(line.pk)
    among = {service.pk for service in services}
    cards = [
        card for card in selectors.lines_open_first(at) if card.open_now is not None and card.pk in among
    ]
    fitting = [card for card in cards if card.pk in closeness]
    # stable: within one need the order by chance stays
    fitting.sort(key=lambda card: (not card.open_now, closeness[card.pk] if card.pk else len(place)))
    first = [card for card in fitting if card.open_now]
    second = [card for card in cards if card.open_now and card.pk in anybody - closeness.keys()]
    return [*first, *second, *(card for card in fitting if not card.open_now)]
