"""Does a text tell an address? For places that must stay unknown: a shelter's address in no wording.

An address can be written in many ways: 「芝公園4丁目2番8号」「芝公園四の二の八」「しばこうえん４−２−８」
"4-2-8 Shibakoen". `Tell` holds what gives a place away in one form, and `Tell.is_in` brings a text into the
same form first. It errs on the side of silence: the town together with the block is enough.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jaconv

from tsunagari.core.areas import area_tree
from tsunagari.core.japanese import fold, reading

_NUMERALS = {"〇": 0, "零": 0} | {numeral: value for value, numeral in enumerate("一二三四五六七八九", 1)}
_TENS = {"十": 10, "百": 100, "千": 1000}
_DASH = "-‐‑‒–—―−ー~〜"
# 番 of 番町 is part of a name
_UNIT = rf"(?:丁目|番地の|番地|番(?!町)|号棟|号室|号|の|ノ|[{_DASH}]|-?chome-?)"
_KANJI_NUMBER = re.compile("[〇零一二三四五六七八九十百千]+")
# numerals that count: before or after a unit, or beside other numerals with a dash; 三田 and 六本木 stay
_COUNTING = re.compile(
    rf"[〇零一二三四五六七八九十百千]+(?={_UNIT})|(?<=[{_DASH}の目地番])[〇零一二三四五六七八九十百千]+"
)
_BETWEEN = re.compile(rf"(?<=\d)\s*{_UNIT}+\s*(?=\d)")
_AFTER = re.compile(r"(?<=\d)(?:丁目|番地|番(?!町)|号棟|号室|号)")
_APART = re.compile(r"(?<=\d)[\s、。,.・「」()'\"/:：]+(?=\d)")
_MARKS = re.compile(r"[\s、。,.・「」『』()'\"/:：]+")
_PARTS = re.compile(r"^(?P<town>\D*?)(?P<numbers>\d+(?:-\d+)*)(?P<rest>.*)$")
_POSTAL = re.compile(r"(?<![\d-])(\d{3})[-\s]?(\d{4})(?![\d-])")
_SENTENCE = re.compile(r"[。\n]+")
_MAP = re.compile(r"https?://[^/]*map", re.IGNORECASE)

PIECE, OVERLAP = 4_000, 200
"""Characters that are folded at once (`core.japanese` bounds them), and how far the next ones reach back."""
LEAST_TOWN = 2
LEAST_BUILDING = 4
LEAST_SENTENCE = 8
POINT_DIGITS = 3
"""Decimals of a coordinate that give a place away: about 100 metres."""


def plain(text: str) -> str:
    """A text in the form in which addresses are compared: folded, 二丁目三番 and 2-3 alike."""
    result = _COUNTING.sub(lambda found: str(_number(found[0])), fold(text))
    result = _BETWEEN.sub("-", result)
    result = _AFTER.sub("", result)
    result = _APART.sub("|", result)
    return _MARKS.sub("", result)


def _number(numerals: str) -> int:
    """二十三 → 23, 一〇 → 10, 四 → 4."""
    if not set(numerals) & set(_TENS):
        return int("".join(str(_NUMERALS[numeral]) for numeral in numerals))
    total = digit = 0
    for numeral in numerals:
        if numeral in _TENS:
            total += (digit or 1) * _TENS[numeral]
            digit = 0
        else:
            digit = digit * 10 + _NUMERALS[numeral]
    return total + digit


@dataclass(frozen=True, slots=True)
class Tell:
    """What gives one place away: any of the whole phrases, the town with its block, the code, the point."""

    phrases: frozenset[str] = frozenset()
    towns: frozenset[str] = frozenset()
    blocks: tuple[str, ...] = ()
    postal_code: str = ""
    point: tuple[str, str] = ("", "")
    links: frozenset[str] = field(default_factory=frozenset)

    def is_in(self, text: str) -> bool:
        """Whether the text says where the place is; long ones are read piece by piece."""
        pieces = (text[begin : begin + PIECE + OVERLAP] for begin in range(0, len(text), PIECE))
        return any(self._is_in_piece(piece) for piece in pieces if piece.strip())

    def _is_in_piece(self, text: str) -> bool:
        said = plain(text)
        if any(phrase in said for phrase in self.phrases):
            return True
        if any(_block(block).search(said) for block in self.blocks) and any(
            town in said for town in self.towns
        ):
            return True
        straight = fold(text)
        if self.postal_code and any(
            "".join(code) == self.postal_code for code in _POSTAL.findall(_dashed(straight))
        ):
            return True
        if all(self.point) and all(part in straight for part in self.point):
            return True
        return any(link in straight for link in self.links)


def _block(block: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\d-]){re.escape(block)}(?!\d)")


def _dashed(text: str) -> str:
    return re.sub(rf"[{_DASH}]", "-", text)


def tell_of(address: Mapping[str, Any]) -> Tell:
    """What gives the place of this address away.

    ``address`` has the columns of a place that may say where it is: address_1, address_2, postal_code,
    latitude, longitude, transportation, description, url; any may be missing.
    """
    phrases: set[str] = set()
    towns: set[str] = set()
    blocks: list[str] = []
    line = _without_area(str(address.get("address_1") or ""))
    if (parts := _PARTS.match(plain(line))) and parts["town"]:
        towns = _spellings(parts["town"])
        numbers = parts["numbers"].split("-")
        blocks = ["-".join(numbers[:2])] if len(numbers) > 1 else [parts["numbers"]]
        if len(parts["rest"]) >= LEAST_BUILDING:
            phrases |= _spellings(parts["rest"].strip("|"))
    elif len(plain(line)) >= LEAST_BUILDING:
        phrases |= _spellings(plain(line))
    phrases |= _building(str(address.get("address_2") or ""))
    for name in ("transportation", "description"):
        for sentence in _SENTENCE.split(str(address.get(name) or "")):
            if len(plain(sentence)) >= LEAST_SENTENCE:
                phrases.add(plain(sentence))
    latitude, longitude = address.get("latitude"), address.get("longitude")
    point = (_cut(latitude), _cut(longitude)) if latitude is not None and longitude is not None else ("", "")
    url = fold(str(address.get("url") or ""))
    return Tell(
        phrases=frozenset(phrases),
        towns=frozenset(towns),
        blocks=tuple(blocks),
        postal_code=re.sub(r"\D", "", fold(str(address.get("postal_code") or ""))),
        point=point,
        links=frozenset({url} if _MAP.match(url) else ()),
    )


def _cut(degrees: float) -> str:
    """A coordinate cut, not rounded, so that every longer way of writing it begins with this."""
    whole, _, part = f"{abs(degrees):.10f}".partition(".")
    return f"{whole}.{part[:POINT_DIGITS]}"


def _without_area(line: str) -> str:
    """The address without the names of prefecture and municipality in front, which tell little."""
    rest = line
    for _ in range(3):
        names = (area.name for area in area_tree().values() if rest.startswith(area.name))
        longest = max(names, key=len, default="")
        rest = rest.removeprefix(longest).lstrip()
    return rest or line


def _building(line: str) -> set[str]:
    """The name of a building tells where it is; a room's number alone does not."""
    name = re.split(r"[\d|]", plain(line), maxsplit=1)[0].rstrip("-")
    if len(name) >= LEAST_BUILDING:
        return _spellings(name)
    return {plain(line)} if name and len(plain(line)) >= LEAST_BUILDING else set()


def _spellings(name: str) -> set[str]:
    """A name as it is written, as it is read, and in Latin letters."""
    kana = fold(reading(name))
    found = {name, plain(kana), *_in_latin_letters(kana)}
    return {spelling for spelling in found if len(spelling) >= LEAST_TOWN}


def _in_latin_letters(kana: str) -> Iterable[str]:
    if not re.fullmatch("[ぁ-ゖー]+", kana):
        return
    letters = str(jaconv.kana2alphabet(kana.replace("ー", "")))
    yield letters
    # as on signs: without marks for long vowels
    yield re.sub("o[uo]", "o", letters).replace("uu", "u")
