"""What a widget on somebody else's page says, and how it may be changed from there."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.utils.translation import gettext

from tsunagari.core import display
from tsunagari.core.addresses import whole_address
from tsunagari.core.areas import AreaNode, area_full_name
from tsunagari.core.templatetags.ui import hour, time_left, when_next
from tsunagari.portal import selectors
from tsunagari.portal.cards import ServiceCard, Way, card_of
from tsunagari.portal.need_groups import BY_KEY, NeedGroup
from tsunagari.portal.reach.colours import Palette, palette, read_colour

VERSION: Final = 1
"""Of the JSON: it grows only; what would change a meaning gets another number."""
MOST, USUAL = 12, 4
MOST_OFFICES: Final = 6
DEFAULT_ACCENT, DEFAULT_GROUND = "0a5a33", "ffffff"


@dataclass(frozen=True, slots=True)
class Options:
    """How a widget was asked for. ``problems``: what could not be used, as sentences."""

    accent: str = ""
    ground: str = ""
    need: NeedGroup | None = None
    count: int = USUAL
    problems: list[str] = field(default_factory=list)

    @property
    def palette(self) -> Palette | None:
        """The chosen colours; None where none was chosen: then the widget has ours, light or dark."""
        if not self.accent and not self.ground:
            return None
        return palette(self.accent or DEFAULT_ACCENT, self.ground or DEFAULT_GROUND)

    @property
    def query(self) -> str:
        """The options as they stand in an address, defaults left out."""
        found = {
            "accent": self.accent,
            "ground": self.ground,
            "need": self.need.key if self.need else "",
            "count": str(self.count) if self.count != USUAL else "",
        }
        return urlencode({name: value for name, value in found.items() if value})

    @property
    def colours_query(self) -> str:
        """The colours alone, for the address of the style sheet."""
        found = {"accent": self.accent, "ground": self.ground}
        return urlencode({name: value for name, value in found.items() if value})


def options_from(query: Mapping[str, str]) -> Options:
    """Read ``accent``, ``ground``, ``need`` and ``count``; what cannot be used is left at its default."""
    problems: list[str] = []
    colours = {}
    for name in ("accent", "ground"):
        given = query.get(name, "").strip()
        colours[name] = read_colour(given) or ""
        if given and not colours[name]:
            problems.append(gettext("色は 0a5a33 のような6けたで書きます。いつもの色にしました。"))
    key = query.get("need", "")
    if key and key not in BY_KEY:
        problems.append(gettext("その困りごとの分類はありません。全部から選びました。"))
    asked = query.get("count", "").strip()
    count = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 0
    if asked and not 1 <= count <= MOST:
        problems.append(gettext("件数は1から%(most)dまでです。いつもの数にしました。") % {"most": MOST})
        count = 0
    return Options(
        accent=colours["accent"],
        ground=colours["ground"],
        need=BY_KEY.get(key),
        count=count or USUAL,
        problems=list(dict.fromkeys(problems)),
    )


def cards_for(options: Options, at: datetime) -> list[ServiceCard]:
    """Nationwide lines for the chosen need, who answers now first; never an empty list."""
    lines = selectors.lines_open_first(at)
    if options.need is not None:
        among = set(selectors.nationwide_services_for(options.need.needs).values_list("pk", flat=True))
        if found := [card for card in lines if card.pk in among]:
            return found[: options.count]
    return list(lines[: options.count])


def offices_of(area: AreaNode, at: datetime) -> list[ServiceCard]:
    """The area's own offices."""
    return [card_of(service, at) for service in selectors.services_in_area(area)][:MOST_OFFICES]


def status_of(card: ServiceCard) -> str:
    """Whether somebody answers, in words."""
    if not card.verified:
        return gettext("連絡先は未確認")
    if card.open_now and card.always:
        return gettext("24時間開いています")
    if card.open_now:
        left = time_left(card.until, card.at)
        return gettext("開いています・%(left)s") % {"left": left} if left else gettext("開いています")
    if card.open_now is None:
        return gettext("受付時間は確かめてください")
    return when_next(card.next_opening, card.at) or gettext("いまは閉まっています")


def widget_json(area: AreaNode, options: Options, at: datetime) -> dict[str, Any]:
    """The widget as data; documented in docs/reach.md."""
    colours = options.palette
    return {
        "version": VERSION,
        "language": display.language_tag(),
        "area": {
            "code": area.code,
            "name": area_full_name(area),
            "url": whole_address("portal:area", area.code),
        },
        "title": title_of(area),
        "at": at.isoformat(),
        "time": hour(at),
        "emergency": [
            {"number": "119", "label": gettext("いのちに関わるとき")},
            {"number": "110", "label": gettext("だれかに傷つけられそうなとき")},
        ],
        "services": [_service(card) for card in cards_for(options, at)],
        "offices": [_service(card) for card in offices_of(area, at)],
        "words": {
            "services": gettext("話せるところ"),
            "offices": gettext("地域の窓口"),
            "more": gettext("つながりのページで、もっと見る"),
            "free": gettext("無料"),
        },
        "more": whole_address("portal:area", area.code),
        "colours": asdict(colours) if colours else None,
        "problems": options.problems,
    }


def title_of(area: AreaNode) -> str:
    """What stands above a widget."""
    return gettext("%(name)sで話せるところ") % {"name": area_full_name(area)}


def _service(card: ServiceCard) -> dict[str, Any]:
    return {
        "id": str(card.pk),
        "name": card.name,
        "name_language": card.name_language,
        "organization": card.organization,
        "organization_language": card.organization_language,
        "open_now": card.open_now,
        "status": status_of(card),
        "free": card.free,
        "ask": card.ask,
        "ways": [_way(way) for way in card.channels[:3] if way.href],
        "url": whole_address("portal:service", card.pk),
    }


def _way(way: Way) -> dict[str, Any]:
    return {
        "type": way.type,
        "action": way.action,
        "number": way.shown,
        "url": way.href,
        "open_now": way.open_now,
    }
