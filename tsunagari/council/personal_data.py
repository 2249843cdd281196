"""What in a text may tell who somebody is: numbers, addresses, names after a title. Pure.

It warns the person before sending and marks the places for the moderator. It never decides, and names nobody.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_DIGITS = r"[0-9０-９]"
_DASH = r"[-－‐–—―ー−()（）\s]{0,2}"

# kind → pattern; matched on the text as it was written, so that positions stay true
PATTERNS: Final[dict[str, re.Pattern[str]]] = {
    "mail": re.compile(r"[A-Za-z0-9._%+\-]{1,64}[@＠][A-Za-z0-9.\-]{1,100}\.[A-Za-z]{2,20}"),
    "phone": re.compile(
        rf"(?<!{_DIGITS})(?:[+＋]81{_DASH}|[0０])[1-9１-９](?:{_DASH}{_DIGITS}){{7,10}}(?!{_DIGITS})"
    ),
    "postal": re.compile(rf"〒\s?{_DIGITS}{{3}}{_DASH}{_DIGITS}{{4}}"),
    "address": re.compile(
        r"[一-龥ぁ-んァ-ヶ]{2,8}[都道府県市区町村][一-龥ぁ-んァ-ヶ々ヶ]{1,12}"
        rf"(?:{_DIGITS}{{1,4}}|[一二三四五六七八九十]{{1,3}})(?:丁目|番地?|[-－‐])"
    ),
    "number": re.compile(
        rf"(?<!{_DIGITS}){_DIGITS}{{4}}[-－\s]?{_DIGITS}{{4}}[-－\s]?{_DIGITS}{{4}}(?!{_DIGITS})"
    ),
    "name": re.compile(
        r"(?:私の名前は|わたしの名前は|氏名[はが：:\s]|名前は|と申します)[、\s]?[一-龥ァ-ヶ]{0,4}"
        r"|[一-龥々ァ-ヶ]{2,6}と申します"
    ),
}
MASK: Final = "■"


@dataclass(frozen=True, slots=True)
class Found:
    """Something that may tell who somebody is: its kind and where it stands."""

    kind: str
    start: int
    end: int


def find_personal_data(text: str) -> list[Found]:
    """What stands in the text, in order; places that overlap are one (the widest kind named first)."""
    found = [
        Found(kind, match.start(), match.end())
        for kind, pattern in PATTERNS.items()
        for match in pattern.finditer(text)
    ]
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (f.start, -(f.end - f.start))):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def masked(text: str) -> str:
    """The text with everything that was found blacked out: what the moderator begins from."""
    pieces, last = [], 0
    for one in find_personal_data(text):
        pieces += [text[last : one.start], MASK * min(one.end - one.start, 6)]
        last = one.end
    return "".join((*pieces, text[last:]))


def clean(text: str, most: int) -> str:
    """A text as it is kept: one form of letters, no control characters, at most ``most`` characters."""
    tidy = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in tidy if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"}).strip()[
        :most
    ]
