"""A service as it leaves the site: what holds at any minute, so nothing of "open now"."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.utils.translation import get_language, gettext

from tsunagari.core import display
from tsunagari.core.addresses import whole_address
from tsunagari.core.areas import AreaNode
from tsunagari.directory.models import Service
from tsunagari.directory.schedules import summary
from tsunagari.portal import selectors
from tsunagari.portal.cards import TALKING, ServiceCard, Way, card_of
from tsunagari.portal.need_groups import NeedGroup

# On paper and in copies these stand first: any trouble at any hour, the gravest ones, then by who asks
FIRST = (
    "yorisoi", "inochi-sos", "kodomo-sos", "dv-plus", "jisou-189", "inochi-freedial", "anata-no-ibasho",
    "onestop-8891", "keisatsu-9110", "childline", "kokoro-no-mimi", "houterasu", "isa-gaikokujin",
    "minna-jinken",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EntryWay:
    """A way to reach somebody: what it is, how it is written, when it answers, what it costs."""

    type: str
    action: str
    written: str
    href: str
    label: str
    label_language: str
    hours: str
    free: bool | None
    cost: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A service outside the site. ``ask``: whom to ask where no contact has been confirmed.

    ``silent``: nobody has answered for a year whether it is right; ``ask`` then says so.
    """

    id: UUID
    key: str
    kind: str
    name: str
    name_language: str
    organization: str
    organization_language: str
    description: str
    description_language: str
    ways: tuple[EntryWay, ...]
    free: bool
    always: bool
    ask: str
    silent: bool
    url: str
    as_of: str


def entry_of(service: Service, at: datetime) -> Entry:
    """Return a service as an entry; prefetch as for a card (``selectors.services_for_cards``)."""
    card = card_of(service, at)
    description, language = card.description
    if display.is_easy() and service.description_easy:
        description, language = service.description_easy, "ja"
    return Entry(
        id=service.pk,
        key=service.key or "",
        kind=service.kind,
        name=card.name,
        name_language=card.name_language,
        organization=card.organization,
        organization_language=card.organization_language,
        description=description,
        description_language=language,
        ways=tuple(_way(way) for way in card.channels),
        free=card.free,
        always=_always(card),
        ask=card.ask,
        silent=card.silent,
        url=whole_address("portal:service", service.pk),
        as_of=service.as_of,
    )


def _way(way: Way) -> EntryWay:
    language: Literal["ja", "en"] = "en" if get_language() == "en" else "ja"
    return EntryWay(
        type=way.type,
        action=way.action,
        written=way.written,
        href=way.href,
        label=way.label,
        label_language=way.label_language,
        hours=summary(way.hours, language) if way.hours.periods else "",
        free=way.free,
        cost=_cost(way),
    )


def _cost(way: Way) -> str:
    """The cost in a word or a sentence."""
    if way.free:
        return gettext("無料")
    return way.cost[0] if way.cost else ""


def _always(card: ServiceCard) -> bool:
    return any(way.always for way in card.channels if way.type in TALKING)


def nationwide_entries(at: datetime) -> list[Entry]:
    """Lines of the whole country: those of `FIRST`, then who answers at any hour, then the others by name."""
    entries = [entry_of(service, at) for service in selectors.lines_at(at)]
    place = {key: number for number, key in enumerate(FIRST)}
    return sorted(
        entries,
        key=lambda entry: (place.get(entry.key, len(FIRST)), not entry.always, not entry.free, entry.name),
    )


def entries_in(area: AreaNode, at: datetime, services: Iterable[Service] | None = None) -> list[Entry]:
    """Services of an area and of those above it; ``services``: where they have been read already."""
    found = selectors.services_in_area(area) if services is None else services
    return [entry_of(service, at) for service in found]


def entries_for(group: NeedGroup, entries: Sequence[Entry], terms: dict[UUID, set[str]]) -> list[Entry]:
    """Those of ``entries`` that answer one of a group's needs; ``terms`` are the needs of each service."""
    return [entry for entry in entries if terms.get(entry.id, set()) & set(group.needs)]


def data_month(entries: Iterable[Entry]) -> str:
    """The month of the oldest facts among ``entries``, in words; empty where none says it."""
    months = [entry.as_of for entry in entries if len(entry.as_of) == 7]
    if not months:
        return ""
    year, month = min(months).split("-")
    return gettext("%(year)s年%(month)s月時点の情報") % {"year": year, "month": int(month)}
