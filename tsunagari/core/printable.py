"""Text as our fonts can print it: what they lack is replaced, never a box and never a failed document."""

import functools
import re
import struct
import unicodedata
from pathlib import Path

from django.conf import settings

MISSING = "〓"
"""Stands in Japanese print for a character that the printer does not have."""
LONGEST_RUN = 18
_LONG = re.compile(rf"[!-~]{{{LONGEST_RUN}}}(?=[!-~])")
_SPACES = re.compile(r"[ \t\r\n\u00a0\u200b]+")
# ornaments that carry no words: pictographs, their modifiers and joiners
_ORNAMENTS = re.compile(
    "[\u200d\ufe00-\ufe0f\u20e3\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\U000e0000-\U000e01ff]"
)


def fonts_folder() -> Path:
    """The folder with the fonts of printed sheets."""
    return Path(settings.DATA_DIR) / "fonts"


@functools.cache
def _printable_codes() -> frozenset[int]:
    """The characters that one of the fonts has."""
    found: set[int] = set()
    for file in sorted(fonts_folder().glob("*/*.ttf")):
        for first, last in _character_map(file.read_bytes()):
            found.update(range(first, last + 1))
    return frozenset(found)


def _character_map(font: bytes) -> list[tuple[int, int]]:
    """The ranges of a font's ``cmap`` table in format 12 (OpenType, *Segmented coverage*)."""
    (tables,) = struct.unpack_from(">H", font, 4)
    records = (struct.unpack_from(">4s4xII", font, 12 + 16 * place) for place in range(tables))
    start = next(offset for tag, offset, _ in records if tag == b"cmap")
    (subtables,) = struct.unpack_from(">H", font, start + 2)
    for place in range(subtables):
        (offset,) = struct.unpack_from(">I", font, start + 4 + 8 * place + 4)
        (form,) = struct.unpack_from(">H", font, start + offset)
        if form == 12:
            (groups,) = struct.unpack_from(">I", font, start + offset + 12)
            return [
                struct.unpack_from(">II", font, start + offset + 16 + 12 * group) for group in range(groups)
            ]
    raise ValueError("the font has no character map of format 12")


def printable(text: str) -> str:
    """Return ``text`` on one line, in characters that the fonts have.

    Pictographs are left out, other missing characters become 〓, long runs of Latin letters may be broken.
    """
    plain = unicodedata.normalize("NFC", _ORNAMENTS.sub("", text))
    plain = "".join(c if c in " \n\t" or unicodedata.category(c)[0] != "C" else " " for c in plain)
    plain = _SPACES.sub(" ", plain).strip()
    ours = _printable_codes()
    plain = "".join(c if c == " " or ord(c) in ours else MISSING for c in plain)
    return _LONG.sub(lambda run: f"{run[0]}\u200b", plain)
