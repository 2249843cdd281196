"""A service as a visitor sees it: open or not, the ways to reach it as buttons, cost, why it is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext

from tsunagari.core import display
from tsunagari.core.areas import area_full_name, area_tree
from tsunagari.core.templatetags.ui import listed, tel
from tsunagari.directory.ageing import day_of, is_silent
from tsunagari.directory.models import Channel, Service
from tsunagari.directory.opening import hours_of
from tsunagari.directory.reachability import PRIOR_SHARE, chance, told
from tsunagari.directory.schedules import Hours, is_always_open, is_open, next_closing, next_opening
from tsunagari.directory.search.cards import Result
from tsunagari.directory.selectors.reachability import TALKING as TALKING
from tsunagari.directory.selectors.reachability import seen_of
from tsunagari.portal import chances, guidance
from tsunagari.portal.age import age_words
from tsunagari.portal.easy_words import easy_of

WITHOUT_HOURS = (Service.Kind.PROGRAMME, Service.Kind.INFORMATION)
_ORDER = {
    kind: place
    for place, kind in enumerate(
        (Channel.Type.PHONE, Channel.Type.CHAT, Channel.Type.LINE, Channel.Type.VISIT, Channel.Type.EMAIL)
    )
}
LANGUAGE_NAMES = {
    "ja": "日本語", "en": "English", "zh": "中文", "ko": "한국어", "tl": "Tagalog", "pt": "Português",
    "es": "Español", "th": "ไทย", "vi": "Tiếng Việt", "ne": "नेपाली", "id": "Bahasa Indonesia",
    "my": "မြန်မာ", "km": "ខ្មែរ", "mn": "Монгол", "fr": "Français", "ru": "Русский", "si": "සිංහල",
}  # fmt: skip


LANGUAGE_NAMES_EN = {
    "ja": "Japanese", "en": "English", "zh": "Chinese", "ko": "Korean", "tl": "Tagalog", "pt": "Portuguese",
    "es": "Spanish", "th": "Thai", "vi": "Vietnamese", "ne": "Nepali", "id": "Indonesian",
    "my": "Burmese", "km": "Khmer", "mn": "Mongolian", "fr": "French", "ru": "Russian", "si": "Sinhala",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """A channel as a button. ``href`` is empty when there is nothing to open (a LINE name, an office)."""

    type: str
    label: str
    label_language: str
    note: str
    note_language: str
    action: str
    shown: str
    written: str
    href: str
    external: bool
    free: bool | None
    cost: list[str]
    hours: Hours
    open_now: bool | None
    until: datetime | None
    next_opening: datetime | None
    always: bool
    chance: float = PRIOR_SHARE
    reach: str = ""
    """How often it answers, in words; empty for what does not answer at once."""
    reach_known: bool = False


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """What core/partials/service_card.html shows. ``why``: sentences; ``ask``: without verified contact."""

    pk: UUID | None
    url: str
    name: str
    name_language: str
    organization: str
    organization_language: str
    open_now: bool | None
    until: datetime | None
    next_opening: datetime | None
    always: bool
    counts_hours: bool
    verified: bool
    kind: str
    free: bool
    channels: list[Way]
    ask: str
    facts: list[str]
    at: datetime
    description: tuple[str, str] = ("", "ja")
    kana: str = ""
    why: list[str] = field(default_factory=list)
    age: str = ""
    """Of when the facts are, for what nobody has confirmed for six months."""
    chance: float = PRIOR_SHARE
    """Of being answered, by the best channel that is open (by the best of all when none is)."""
    silent: bool = False
    """Asked a year ago whether it is right, and nobody has answered: its hours count for nothing."""
    drawn: dict[bool, str] = field(default_factory=dict, compare=False, repr=False)
    """Its HTML once it has been rendered, whole (False) and brief (True); see ``{% service_card %}``."""

    @property
    def plain(self) -> bool:
        """Whether its text is in plain Japanese on a page in easy words, which then says so."""
        return display.is_easy() and bool(self.description[0]) and self.description[1] == "ja"


def way_of(channel: Channel, service: Service, at: datetime, *, silent: bool = False) -> Way:
    """Return a channel as a button; its schedules and observations should be prefetched.

    ``silent``: its hours stay readable, but nothing is said of this minute.
    """
    hours = hours_of(channel.schedules.all())
    href, shown, action = _button(channel.type, channel.value, service.url)
    free, cost = guidance.call_cost(channel.type, channel.value, channel.toll_free)
    label, label_language = text_of(channel.label, channel.label_en)
    note, note_language = text_of(channel.note, channel.note_en)
    seen = seen_of(channel.reachability.all())
    said = chances.sentence(told(seen)) if channel.type in TALKING else ""
    return Way(
        chance=chance(seen, timezone.localdate(at)),
        reach=said or (chances.unknown() if channel.type in TALKING else ""),
        reach_known=bool(said),
        type=channel.type,
        label=label,
        label_language=label_language,
        note=note,
        note_language=note_language,
        action=action,
        shown=shown,
        written=channel.value,
        href=href,
        external=href.startswith("http"),
        free=free,
        cost=cost,
        hours=hours,
        open_now=None if silent else is_open(hours, at),
        until=None if silent else next_closing(hours, at),
        next_opening=None if silent else next_opening(hours, at),
        always=not silent and is_always_open(hours),
    )


def _button(kind: str, value: str, site: str) -> tuple[str, str, str]:
    """(address, what is shown beside the verb, verb) of a channel's button; ``site`` is the service's own."""
    address = value if value.startswith(("https://", "http://")) else ""
    match kind:
        case Channel.Type.PHONE:
            return tel(value), value, gettext("電話する")
        case Channel.Type.CHAT:
            return address or site, "", gettext("チャットを開く")
        case Channel.Type.LINE:
            return address or site, "" if address else value, gettext("LINEで話す")
        case Channel.Type.EMAIL:
            return address or f"mailto:{value}", "", gettext("メールを送る")
        case Channel.Type.WEB:
            return address, "", gettext("サイトを開く")
        case _:
            return "", value, gettext("行って話す")


def card_of(
    service: Service, at: datetime, *, why: Sequence[str] = (), only: str = "", facts: Iterable[str] = ()
) -> ServiceCard:
    """Return a service's card at the moment ``at``.

    ``only`` keeps the channels of one type. The service's channels with their schedules, its organisation and
    its languages should be prefetched, and ``unanswered_since`` read (``selectors.services_for_cards``).
    """
    silent = is_silent_entry(service, at)
    ways = [
        way_of(channel, service, at, silent=silent)
        for channel in service.channels.all()
        if not only or channel.type == only
    ]
    ways.sort(key=_place_of)
    talking = [way for way in ways if way.type in TALKING or way.type == Channel.Type.VISIT]
    known = [way for way in talking if way.open_now is not None]
    open_ways = [way for way in known if way.open_now]
    closings = [way.until for way in open_ways if way.until]
    openings = [way.next_opening for way in known if way.next_opening]
    answering = [way for way in open_ways or talking if way.type in TALKING]
    best = max(answering, key=lambda way: way.chance, default=None)
    reach = [best.reach] if best and best.reach_known else []
    name, name_language = name_of(service)
    organization, organization_language = organization_of(service)
    return ServiceCard(
        pk=service.pk,
        url=reverse("portal:service", args=[service.pk]),
        name=name,
        name_language=name_language,
        organization=organization,
        organization_language=organization_language,
        open_now=True if open_ways else (False if known else None),
        until=max(closings, default=None),
        next_opening=min(openings, default=None),
        always=any(way.always for way in open_ways),
        counts_hours=service.kind not in WITHOUT_HOURS,
        verified=service.contact_verified,
        kind=_kind_of(service.kind),
        free=bool(talking) and all(way.free for way in talking),
        channels=ways,
        ask=_to_be_asked(service, silent=silent),
        facts=[*facts, *reach, *_facts(service)],
        at=at,
        description=text_of(service.description, service.description_en, service.description_easy),
        kana=service.name_kana if name_language == "ja" else "",
        why=list(why),
        age=age_words(service.assured_on, service.as_of, day_of(at)),
        chance=best.chance if best else PRIOR_SHARE,
        silent=silent,
    )


def is_silent_entry(service: Service, at: datetime) -> bool:
    """Whether the keeper of an entry has not answered for a year; False where that was not read with it."""
    asked: datetime | None = vars(service).get("unanswered_since")
    return asked is not None and is_silent(day_of(asked), day_of(at))


def card_of_result(result: Result, at: datetime) -> ServiceCard:
    """Return the card of a search result; a municipal kind as a whole asks for the place instead."""
    name, name_language = text_of(result.name, result.name_en)
    organization, organization_language = text_of(result.organization, result.organization_en)
    ways = [_way_of_result(channel, result) for channel in result.channels]
    ways.sort(key=_place_of)
    talking = [way for way in ways if way.type in TALKING or way.type == Channel.Type.VISIT]
    url = reverse("portal:service", args=[result.id]) if result.id else reverse("portal:areas")
    ask = "" if result.contact_verified else _whom_to_ask(result.contact_area_name)
    if result.asks_for_place:
        ask = gettext("どのまちにもあります。まちを選ぶと、聞けるところがわかります。")
    return ServiceCard(
        pk=result.id,
        url=url,
        name=name,
        name_language=name_language,
        organization=organization,
        organization_language=organization_language,
        open_now=result.open_now,
        until=result.closes_at,
        next_opening=result.next_opening,
        always=bool(result.open_now) and result.closes_at is None,
        counts_hours=result.kind not in WITHOUT_HOURS and not result.asks_for_place,
        verified=result.contact_verified or result.asks_for_place,
        kind=_kind_of(result.kind),
        free=bool(talking) and all(way.free for way in talking),
        channels=ways,
        ask=ask,
        facts=[gettext("%(km)s km") % {"km": result.distance_km}] if result.distance_km else [],
        at=at,
        description=text_of(result.description, result.description_en, result.description_easy),
        kana=result.name_kana if name_language == "ja" else "",
        why=list(result.why),
        age="" if result.asks_for_place else age_words(result.assured_on, result.as_of, day_of(at)),
    )


def _way_of_result(channel: dict[str, Any], result: Result) -> Way:
    href, shown, action = _button(channel["type"], channel["value"], result.url)
    free, cost = guidance.call_cost(channel["type"], channel["value"], channel["toll_free"])
    label, label_language = text_of(channel["label"], channel["label_en"])
    note, note_language = text_of(channel["note"], channel["note_en"])
    return Way(
        type=channel["type"],
        label=label,
        label_language=label_language,
        note=note,
        note_language=note_language,
        action=action,
        shown=shown,
        written=channel["value"],
        href=href,
        external=href.startswith("http"),
        free=free,
        cost=cost,
        hours=Hours(),
        open_now=channel["open_now"],
        until=None,
        next_opening=None,
        always=False,
    )


def _place_of(way: Way) -> tuple[bool, int]:
    """What answers now comes first; then telephone, chat, LINE; then the directory's own order."""
    return way.open_now is not True, _ORDER.get(Channel.Type(way.type), len(_ORDER))


def _to_be_asked(service: Service, *, silent: bool) -> str:
    """What to do before relying on an entry; empty for one that is confirmed."""
    if not service.contact_verified:
        return _whom_to_ask(_contact_area(service))
    if silent:
        return gettext(
            "いまも続いているか、確かめられていません。かける前、行く前に、公式サイトなどで確かめてください。"
        )
    return ""


def _whom_to_ask(area: str) -> str:
    """What to do about an entry whose contact nobody has confirmed."""
    if area:
        return gettext("連絡先は、%(area)sの役所に聞いてください。") % {"area": area}
    return gettext("連絡先は、公式サイトで確かめてください。")


def _kind_of(kind: str) -> str:
    """The word for what is no consultation; empty for consultations."""
    words = {
        Service.Kind.PROGRAMME: gettext("制度"),
        Service.Kind.PLACE: gettext("居場所"),
        Service.Kind.INFORMATION: gettext("情報サイト"),
    }
    return words.get(Service.Kind(kind), "")


def text_of(japanese: str, english: str, easy: str = "") -> tuple[str, str]:
    """(text, its language): the reader's language where the directory has it, else plain Japanese.

    What is plain Japanese on a page in easy words is marked ``ja`` and gets furigana (``core.furigana``).
    """
    if display.is_easy() and easy:
        return easy, display.language_tag()
    return (english, "en") if get_language() == "en" and english else (japanese, "ja")


def fact_of(japanese: str, english: str) -> tuple[str, str]:
    """``text_of`` of an official text, in easy words where there are some for its very wording."""
    return text_of(japanese, english, easy_of(japanese))


def name_of(service: Service) -> tuple[str, str]:
    """(the name, its language); our programmes have one in easy words beside the official one."""
    ours = service.kind == Service.Kind.PROGRAMME and service.key
    return text_of(service.name, service.name_en, service.alternate_name if ours else "")


def language_name(code: str) -> str:
    """The name of a language: in itself, so that its speakers find it; in English on a page in English."""
    names = LANGUAGE_NAMES_EN if get_language() == "en" else LANGUAGE_NAMES
    return names.get(code, code)


def organization_of(service: Service) -> tuple[str, str]:
    """(who runs the service, in which language): the reader's where the directory has it."""
    profile = getattr(service.organization, "profile", None)
    return text_of(service.organization.name, profile.name_en if profile else "")


def _contact_area(service: Service) -> str:
    """The area to ask about a service, with its prefecture; empty where none is known."""
    area = area_tree().get(service.contact_area_id or "")
    return area_full_name(area) if area else ""


def _facts(service: Service) -> list[str]:
    codes = [language.code for language in service.languages.all()]
    if len(codes) <= 1:
        return []
    reading = "en" if get_language() == "en" else "ja"
    names = [language_name(code) for code in codes if code != reading]
    shown = listed(names[:3]) + (" …" if len(names) > 3 else "")
    return [gettext("ことば：%(languages)s") % {"languages": shown}]
