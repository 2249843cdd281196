"""Text as people type it ↔ paragraphs: a subset of Markdown, and nothing else is markup.

A line ``# …`` to ``#### …`` is a heading, ``- …`` (or ``・…``) an item, ``  - …`` an item below it, ``> …`` a
quotation; other lines make paragraphs, which an empty line parts. Inside: ``**bold**`` and ``[words](https://…)``.
Everything else, HTML too, stays the words that it is.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from uuid import UUID, uuid4

MAX_PARAGRAPH = 9_000
"""Letters of one paragraph: Sudachi reads 10,000 at once."""
MAX_PARAGRAPHS = 400

_HEADING = re.compile(r"(#{1,4})[ 　]+(.+)")
_ITEM = re.compile(r"([ 　\t]*)(?:[-*][ 　]+|・[ 　]*)(.+)")
_QUOTE = re.compile(r">[ 　]?(.*)")
_INLINE = re.compile(r"\*\*(?P<bold>[^*]+)\*\*|\[(?P<words>[^\[\]]+)\]\((?P<href>https?://[^\s()]+)\)")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph without its identity. ``level``: 1 to 4 of a heading, 1 or 2 of an item, else 1."""

    kind: str
    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Span:
    """A run of a paragraph's text: plain, bold, or a link to ``href``."""

    text: str
    bold: bool = False
    href: str = ""


class TooLong(ValueError):
    """A paragraph, or the number of them, is more than can be compared and cited."""


def read(text: str) -> list[Piece]:
    """The paragraphs of what somebody typed, in order.

    Raises:
        TooLong: a paragraph of more than ``MAX_PARAGRAPH`` letters, or more than ``MAX_PARAGRAPHS``.
    """
    pieces: list[Piece] = []
    lines: list[str] = []
    quoted: list[str] = []

    def end() -> None:
        if lines:
            pieces.append(Piece("paragraph", "\n".join(lines)))
            lines.clear()
        if quoted:
            pieces.append(Piece("quote", "\n".join(quoted)))
            quoted.clear()

    for raw in _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n"):
        line = raw.rstrip()
        if not line.strip(" 　\t"):
            end()
        elif heading := _HEADING.fullmatch(line):
            end()
            pieces.append(Piece("heading", heading[2].strip(), len(heading[1])))
        elif item := _ITEM.fullmatch(line):
            end()
            pieces.append(Piece("item", item[2].strip(), 2 if item[1] else 1))
        elif quote := _QUOTE.fullmatch(line):
            if lines:
                end()
            if quote[1].strip():
                quoted.append(quote[1].strip())
        else:
            if quoted:
                end()
            lines.append(line)
    end()
    pieces = [piece for piece in pieces if piece.text.strip()]
    if len(pieces) > MAX_PARAGRAPHS or any(len(piece.text) > MAX_PARAGRAPH for piece in pieces):
        raise TooLong
    return pieces


def write(pieces: Iterable[Piece]) -> str:
    """What somebody would have typed to get these paragraphs; `read` gives them back."""
    written: list[str] = []
    before = ""
    for piece in pieces:
        if written and not (piece.kind == before == "item"):
            written.append("")
        if piece.kind == "heading":
            written.append(f"{'#' * piece.level} {piece.text}")
        elif piece.kind == "item":
            written.append(f"{'  ' if piece.level > 1 else ''}- {piece.text}")
        elif piece.kind == "quote":
            written += [f"> {line}" for line in piece.text.split("\n")]
        else:
            written.append(piece.text)
        before = piece.kind
    return "\n".join(written)


def spans(text: str) -> list[Span]:
    """The runs of a paragraph's text."""
    found: list[Span] = []
    at = 0
    for match in _INLINE.finditer(text):
        if match.start() > at:
            found.append(Span(text[at : match.start()]))
        if match["bold"] is not None:
            found.append(Span(match["bold"], bold=True))
        else:
            found.append(Span(match["words"], href=match["href"]))
        at = match.end()
    if at < len(text):
        found.append(Span(text[at:]))
    return found


def plain(text: str) -> str:
    """The words of a paragraph without marks."""
    return "".join(span.text for span in spans(text))


def keep_ids(old: Sequence[tuple[UUID, str]], new: Sequence[str]) -> list[UUID]:
    """Ids for the paragraphs ``new``: those of ``old`` (id, text) that they come from, else new ones.

    A paragraph that stands as it did, wherever it was moved to, keeps its id; one that was reworked keeps
    that of the most alike one between the same neighbours, if more than half of it is the same.
    """
    ids: list[UUID | None] = [None] * len(new)
    free = dict(enumerate(old))
    matcher = SequenceMatcher(a=[text for _, text in old], b=list(new), autojunk=False)
    gaps: list[tuple[range, range]] = []
    for tag, a, a_end, b, b_end in matcher.get_opcodes():
        if tag == "equal":
            for offset in range(a_end - a):
                ids[b + offset] = free.pop(a + offset)[0]
        elif tag == "replace":
            gaps.append((range(a, a_end), range(b, b_end)))
    for at, text in enumerate(new):  # moved elsewhere as it was
        if ids[at] is None:
            same = next((place for place, (_, words) in free.items() if words == text), None)
            if same is not None:
                ids[at] = free.pop(same)[0]
    for olds, news in gaps:
        pairs = sorted(
            (
                (_alike(old[a][1], new[b]), -abs((a - olds.start) - (b - news.start)), a, b)
                for a in olds
                for b in news
                if a in free and ids[b] is None
            ),
            reverse=True,
        )
        for alike, _distance, a, b in pairs[:20_000]:
            if alike > 0.5 and a in free and ids[b] is None:
                ids[b] = free.pop(a)[0]
    return [each or uuid4() for each in ids]


def _alike(one: str, other: str) -> float:
    matcher = SequenceMatcher(a=one[:2_000], b=other[:2_000], autojunk=False)
    return 0.0 if matcher.real_quick_ratio() <= 0.5 or matcher.quick_ratio() <= 0.5 else matcher.ratio()
