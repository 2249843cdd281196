"""A4 sheets: what there is in a town, or one service, to hang on a wall, hand over or cut into cards."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import get_language, gettext, pgettext

from tsunagari.core import display
from tsunagari.core.addresses import whole_address
from tsunagari.core.areas import AreaNode, area_full_name
from tsunagari.core.furigana import segments
from tsunagari.core.furigana.readings import has_kanji
from tsunagari.core.printable import MISSING, fonts_folder, printable
from tsunagari.core.runtime.typeset import typeset
from tsunagari.core.templatetags.ui import day, listed
from tsunagari.directory.models import Service
from tsunagari.portal import guidance
from tsunagari.portal.cards import LANGUAGE_NAMES, LANGUAGE_NAMES_EN
from tsunagari.portal.reach.entries import Entry, data_month, entries_in, entry_of, nationwide_entries
from tsunagari.portal.reach.qr import qr_svg

TEMPLATE = Path(__file__).with_name("sheet.typ")
SIZES = {"normal": (13, 12.5, 12, 11.5, 11, 10.5, 10, 9.5, 9, 8.5, 8), "large": (20, 19, 18, 17, 16, 15)}
MOST_LINES, MOST_OFFICES, MOST_WAYS, MOST_LETTERS = 14, 16, 4, 160
NOT_PRINTED = frozenset({"qr", "address", "kind", "form", "lang"})
"""Keys whose values are no texts that somebody reads."""
KEPT = 64
"""Sheets kept in memory; one takes about 100 kB."""

_kept: OrderedDict[str, bytes] = OrderedDict()
_lock = threading.Lock()
_press = threading.BoundedSemaphore(2)


def area_sheet(
    area: AreaNode,
    at: datetime,
    *,
    size: str = "normal",
    form: str = "wall",
    lines: Sequence[Entry] | None = None,
    here: Sequence[Entry] | None = None,
) -> bytes:
    """The sheet of a town as PDF. ``size``: normal or large; ``form``: wall or cards.

    ``lines`` of the country and entries of the area (``here``): where they have been made already.
    """
    lines = nationwide_entries(at) if lines is None else lines
    here = entries_in(area, at) if here is None else here
    # a paper hangs for months: what nobody has confirmed for a year is not put on it
    offices = [entry for entry in here if not entry.silent]
    unconfirmed = [entry for entry in offices if entry.ask]
    confirmed = [entry for entry in offices if not entry.ask]
    note = gettext("電話番号は、役所の代表電話でたずねてください。") if unconfirmed else ""
    return _printed(
        _common(at, size=size, form=form)
        | {
            "place": area_full_name(area),
            "title": gettext("話せるところ"),
            "lead": gettext("名前を言わなくても話せます。うまく話せなくても、だいじょうぶです。"),
            "lines_title": gettext("全国どこからでも"),
            "lines": [_line(entry) for entry in lines[:MOST_LINES]],
            "offices_title": gettext("地域の窓口"),
            "offices": [_line(each, asks=False) for each in [*confirmed, *unconfirmed][:MOST_OFFICES]],
            "offices_note": note,
            **_code("area", area.code),
            "date": _date([*lines, *offices], at),
        }
    )


def service_sheet(service: Service, at: datetime, *, size: str = "normal", form: str = "wall") -> bytes:
    """The sheet of one service as PDF: numbers, hours, what happens, first words."""
    entry = entry_of(service, at)
    return _printed(
        _common(at, size=size, form="cards" if form == "cards" else "facts")
        | {
            "place": entry.organization,
            "title": entry.name,
            "lead": entry.description,
            "lines": [_line(entry)],
            "parts": _parts(service),
            **_code("service", service.pk),
            "date": _date([entry], at),
        }
    )


def _common(at: datetime, *, size: str, form: str) -> dict[str, Any]:
    neutral = display.current().neutral
    return {
        # what a viewer's window, its list of recent files and a printer's queue show
        "document_title": pgettext("neutral title", "お知らせ") if neutral else "",
        "author": "" if neutral else gettext("つながり"),
        "lang": "en" if get_language() == "en" else "ja",
        "site": gettext("つながり"),
        "form": form,
        "large": size == "large",
        "sizes": SIZES[size],
        "emergency": gettext("いのちに関わるときは 119 へ。だれかに傷つけられそうなときは 110 へ。"),
        "lines_title": "",
        "offices": [],
        "offices_title": "",
        "offices_note": "",
        "parts": [],
        # a card lies about: it says whom one can call and not why
        "card_title": gettext("話せるところ"),
        "card_note": gettext("いのちに関わるとき 119 ／ あぶないとき 110"),
    }


def _code(route: str, argument: Any) -> dict[str, str]:
    address = whole_address(f"portal:{route}", argument)
    return {
        "address": address,
        "qr": qr_svg(address),
        "qr_name": gettext("このページのQRコード：%(address)s") % {"address": address},
    }


def _date(entries: Sequence[Entry], at: datetime) -> str:
    made = gettext("%(day)sに作成") % {"day": day(at)}
    return " ／ ".join(filter(None, (data_month(entries), made)))


def _line(entry: Entry, *, asks: bool = True) -> dict[str, Any]:
    """An entry for the template; ``asks`` False leaves out whom to ask, where one note says it for all."""
    ways = [
        {
            "written": way.written,
            "shown": not way.written.startswith(("http://", "https://")),
            "action": way.action,
            "label": way.label,
            "hours": way.hours,
            "cost": way.cost if way.free else "",
        }
        for way in entry.ways[:MOST_WAYS]
        if way.type != "web" or len(entry.ways) == 1
    ]
    about = "" if entry.organization == entry.name else entry.organization
    return {"name": entry.name, "about": about, "ways": ways, "ask": entry.ask if asks else ""}


def _parts(service: Service) -> list[dict[str, Any]]:
    """What one may want to know, most needed first."""
    channels = list(service.channels.all())
    first = channels[0] if channels else None
    needs = [term.code for term in service.needs.all()]
    costs = [
        line
        for channel in channels
        for line in guidance.call_cost(channel.type, channel.value, channel.toll_free)[1]
    ]
    traces = [guidance.traces(channel.type) for channel in channels]
    parts = [
        ("lines", gettext("費用"), [*dict.fromkeys(costs)][:3]),
        ("steps", gettext("そのあと、どうなる？"), guidance.steps(first) if first else []),
        ("say", gettext("最初のひとこと"), guidance.first_words(needs, first.type)[:2] if first else []),
        ("lines", gettext("使えることば"), [_languages(service)]),
        ("lines", gettext("あとに残るもの"), [*dict.fromkeys(traces)][:2]),
        ("lines", gettext("知っておくこと"), [service.note if get_language() != "en" else service.note_en]),
    ]
    found = [
        {"kind": kind, "title": title, "lines": [line for line in lines if line]}
        for kind, title, lines in parts
    ]
    return [part for part in found if part["lines"]]


def _languages(service: Service) -> str:
    """The languages' names, in themselves where our fonts have their letters."""
    names = []
    for language in service.languages.all():
        own = LANGUAGE_NAMES.get(language.code, language.code)
        names.append(
            own if MISSING not in printable(own) else LANGUAGE_NAMES_EN.get(language.code, language.code)
        )
    return listed(names) if len(names) > 1 else ""


def _clean(value: Any, *, most: int = MOST_LETTERS) -> Any:
    """All texts as the fonts can print them, of a length that a sheet can hold."""
    if isinstance(value, str):
        text = printable(value)
        return text if len(text) <= most else f"{text[: most - 1]}…"
    if isinstance(value, dict):
        return {key: each if key in NOT_PRINTED else _clean(each, most=most) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each, most=most) for each in value]
    return value


def _with_readings(content: dict[str, Any]) -> dict[str, Any]:
    """What a sheet says, with the readings of its texts where its page was asked for with furigana.

    ``readings``: {text: [[as written, reading], …]}; a text without kanji is not among them.
    """
    shown = display.current()
    if get_language() == "en" or not (shown.furigana or shown.easy):
        return content | {"readings": {}}
    texts = dict.fromkeys(_texts(content))
    return content | {"readings": {text: segments(text) for text in texts if has_kanji(text)}}


def _texts(value: Any) -> Iterator[str]:
    """All that is printed as text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            if key not in NOT_PRINTED:
                yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _printed(content: dict[str, Any]) -> bytes:
    """The PDF of what a sheet says; the same words are typeset once a day."""
    order = json.dumps(_with_readings(_clean(content)), ensure_ascii=False, sort_keys=True)
    key = hashlib.sha256(order.encode()).hexdigest()
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    with _press:  # typesetting takes a processor: no more than two at once, however many ask
        pdf = typeset(TEMPLATE, {"data": order}, fonts=fonts_folder())
    with _lock:
        _kept[key] = pdf
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return pdf
