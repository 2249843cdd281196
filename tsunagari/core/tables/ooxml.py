"""The XML of Office files, piece by piece: elements, text with formatting, references to cells."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from defusedxml.ElementTree import fromstring, iterparse

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def read_part(archive: zipfile.ZipFile, part: str) -> Any:
    """The root element of a small part."""
    with archive.open(part) as stream:
        return fromstring(stream.read(20_000_001)[:20_000_000], forbid_dtd=True)


def events(stream: IO[bytes]) -> Iterator[tuple[str, Any]]:
    """Elements as they begin and end; a document type is refused."""
    return iter(iterparse(stream, events=("start", "end"), forbid_dtd=True))


def local(tag: Any) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def rich_text(element: Any) -> str:
    """The text of a string with formatting, without its phonetic guide (rPh)."""
    pieces = []
    for child in element:
        tag = local(child.tag)
        if tag == "t":
            pieces.append(child.text or "")
        elif tag == "r":
            pieces += [run.text or "" for run in child if local(run.tag) == "t"]
    return unescaped("".join(pieces))


def unescaped(text: str) -> str:
    """Excel writes control characters as _x000D_."""
    if "_x" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text)


def whole(text: str | None) -> int:
    """A whole number of an attribute; -1 where there is none."""
    stripped = (text or "").strip()
    return int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < 12 else -1


def column_number(letters: str) -> int:
    """The column of 「AB」, from 0."""
    value = 0
    for letter in letters:
        value = value * 26 + ord(letter) - 64
    return value - 1


def column_of(reference: str, following: int) -> int:
    """The column of 「AB12」, from 0; ``following`` where that is no reference."""
    match = REFERENCE.fullmatch(reference)
    return column_number(match[1]) if match else following


def column_letters(column: int) -> str:
    """「A」, 「AB」 of a column from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
