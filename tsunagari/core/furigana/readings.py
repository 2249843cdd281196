"""How a text is read: Sudachi's readings, corrected by ``data/readings.tsv`` and by the names in ``data/``.

A correction counts where words begin and end as it says: 「北区」 is not read inside 「東北区間」. Longer
ones go before shorter ones, and one with a context before one without.
"""

import csv
import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from sudachipy import SplitMode

from tsunagari.core.japanese import MAX_CHARACTERS, morphemes, to_hiragana

_HAN = "々〆〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAS_KANJI = re.compile(f"[{_HAN}]")
# what is read as one with its kanji: 10日 とおか, 1ヶ月, 龍ケ崎
_RUN = re.compile(f"([{_HAN}0-9０-９]*[{_HAN}](?:[{_HAN}0-9０-９]|[ヶヵケ](?=[{_HAN}]))*)")
_PIECE = re.compile(f"[^。\n]{{1,{MAX_CHARACTERS // 4}}}[。\n]*|[。\n]+")

Segment = tuple[str, str]
"""(as written, how it is read): no reading where none is needed."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A correction. ``before``, ``after``: what must stand there (``#`` is any digit); empty is anything."""

    surface: str
    reading: str
    before: tuple[str, ...] = ()
    not_before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()

    @property
    def bound(self) -> bool:
        """Whether it asks for a context."""
        return bool(self.before or self.not_before or self.after or self.not_after)

    def fits(self, text: str, start: int) -> bool:
        """Whether the context of ``surface`` at ``start`` is the one that is asked for."""
        ahead, behind = text[:start], text[start + len(self.surface) :]
        if not self.bound:
            return True
        return (
            (not self.before or _ends(ahead, self.before))
            and not _ends(ahead, self.not_before)
            and (not self.after or _begins(behind, self.after))
            and not _begins(behind, self.not_after)
        )


def _ends(text: str, endings: tuple[str, ...]) -> bool:
    return any(text[-1:].isdigit() if ending == "#" else text.endswith(ending) for ending in endings)


def _begins(text: str, beginnings: tuple[str, ...]) -> bool:
    return any(text[:1].isdigit() if begin == "#" else text.startswith(begin) for begin in beginnings)


def _context(cell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    parts = [part for part in cell.split("|") if part]
    return (
        tuple(part for part in parts if not part.startswith("!")),
        tuple(part[1:] for part in parts if part.startswith("!")),
    )


def _written_rules() -> Iterator[Rule]:
    """The corrections of ``data/readings.tsv``: surface, reading, before, after."""
    with (settings.DATA_DIR / "readings.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(
            (line for line in stream if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE
        ):
            before, not_before = _context(row["before"] or "")
            after, not_after = _context(row["after"] or "")
            yield Rule(row["surface"], row["reading"], before, not_before, after, not_after)


def _names() -> Iterator[Rule]:
    """Areas, services, programmes and kinds of office, by the kana in their files."""
    ways: dict[str, set[str]] = {}
    with (settings.DATA_DIR / "municipalities.csv").open(encoding="utf-8-sig", newline="") as stream:
        areas = {row["code"]: row for row in csv.DictReader(stream)}
    for area in areas.values():
        above = areas.get(area["parent_code"])
        ways.setdefault(area["name"], set()).add(area["kana"])
        if above:
            ways.setdefault(above["name"] + area["name"], set()).add(above["kana"] + area["kana"])
    for file, lists in (
        ("services.json", ("services", "municipal_services")),
        ("programmes.json", ("programmes",)),
    ):
        content = json.loads((settings.DATA_DIR / file).read_text(encoding="utf-8"))
        for entry in (entry for each in lists for entry in content[each]):
            name = entry.get("name") or entry["name_pattern"].replace("{area}", "").strip()
            ways.setdefault(name, set()).add(entry.get("name_kana") or entry["kana"])
    for name, kana in ways.items():
        # 池田町 is いけだちょう and いけだまち: the name alone does not tell
        if len(kana) == 1 and _HAS_KANJI.search(name):
            reading = to_hiragana(next(iter(kana))).replace(" ", "").replace("　", "")
            if matched(name, reading) is not None:
                yield Rule(name, reading)


@functools.cache
def _rules() -> tuple[dict[str, list[Rule]], dict[str, tuple[int, ...]]]:
    """(rules by their surface, those with a context first; lengths of surfaces by their first letter)."""
    by_surface: dict[str, list[Rule]] = {}
    for rule in _written_rules():
        by_surface.setdefault(rule.surface, []).append(rule)
    for rule in _names():
        by_surface.setdefault(rule.surface, [rule])
    lengths: dict[str, set[int]] = {}
    for surface, rules in by_surface.items():
        rules.sort(key=lambda rule: not rule.bound)
        lengths.setdefault(surface[0], set()).add(len(surface))
    return by_surface, {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}


def matched(surface: str, reading: str) -> list[Segment] | None:
    """Divide a reading over the kanji of a word or name; None when its kana do not fit."""
    parts = [part for part in _RUN.split(surface) if part]
    kanji = [bool(_HAS_KANJI.search(part)) for part in parts]
    pattern = "".join(
        "(.+?)" if is_kanji else re.escape(to_hiragana(part))
        for part, is_kanji in zip(parts, kanji, strict=True)
    )
    match = re.fullmatch(pattern, reading)
    runs = [part for part, is_kanji in zip(parts, kanji, strict=True) if is_kanji]
    # a kanji is read with a kana at least: some kana are those of a shorter name
    if match is None or any(len(kana) < len(run) for kana, run in zip(match.groups(), runs, strict=True)):
        return None
    found = iter(match.groups())
    return [(part, next(found) if is_kanji else "") for part, is_kanji in zip(parts, kanji, strict=True)]


def align(surface: str, reading: str) -> list[Segment]:
    """Divide the reading of a word over it, so that only kanji carry one: 受け取る → 受(う)け取(と)る.

    ``reading`` is in hiragana. Where its kana do not fit, the whole word carries the whole reading.
    """
    if not reading or not _HAS_KANJI.search(surface) or reading == surface:
        return [(surface, "")]
    return matched(surface, reading) or [(surface, reading)]


def segments(text: str) -> list[Segment]:
    """Return the text in pieces, each with the reading that belongs over it; joined, they are the text."""
    found: list[Segment] = []
    for piece in _PIECE.findall(text) if len(text) > MAX_CHARACTERS // 4 else [text]:
        found += _segments(piece) if _HAS_KANJI.search(piece) else [(piece, "")]
    return found


def _segments(text: str) -> list[Segment]:
    words = morphemes(text)
    starts = {word.begin(): word for word in words}
    corrected = _corrections(text, words)
    found: list[Segment] = []
    at = 0
    while at < len(text):
        if at in corrected:
            end, reading = corrected[at]
            found += align(text[at:end], reading)
            at = end
            continue
        word = starts.get(at)
        if word is None or any(word.begin() < start < word.end() for start in corrected):
            # a correction begins or ended inside of this word: go on by its parts
            end, reading = _part_at(words, at)
        else:
            end, reading = word.end(), word.reading_form()
        found += align(text[at:end], to_hiragana(reading))
        at = end
    return found


def _part_at(words: list[Any], at: int) -> tuple[int, str]:
    word = next(word for word in words if word.begin() <= at < word.end())
    part = next(part for part in word.split(SplitMode.A) if part.begin() <= at < part.end())
    return part.end(), part.reading_form() if part.begin() == at else ""


def _corrections(text: str, words: list[Any]) -> dict[int, tuple[int, str]]:
    """Where the rules apply: start → (end, reading)."""
    by_surface, lengths = _rules()
    edges = {word.begin() for word in words} | {len(text)}
    found: dict[int, tuple[int, str]] = {}
    end = 0
    for at, letter in enumerate(text):
        if at < end or letter not in lengths:
            continue
        for length in lengths[letter]:
            rule = next((r for r in by_surface.get(text[at : at + length], ()) if r.fits(text, at)), None)
            if rule and _is_edge(at, edges, words) and _is_edge(at + length, edges, words):
                end = at + length
                found[at] = (end, rule.reading)
                break
    return found


def _is_edge(at: int, edges: set[int], words: list[Any]) -> bool:
    """Whether a word, or a part of a compound, begins or ends here."""
    if at in edges:
        return True
    word = next((word for word in words if word.begin() < at < word.end()), None)
    return word is not None and any(part.begin() == at for part in word.split(SplitMode.A))


def marked_up(found: list[Segment]) -> str:
    """Segments as HTML; several in one element: a parent may lay out its children in a row with gaps."""
    made = "".join(
        f"<ruby>{written}<rt>{reading}</rt></ruby>" if reading else written for written, reading in found
    )
    return f'<span class="yomi">{made}</span>' if len(found) > 1 and made.count("<ruby>") else made


# Texts of entries and pages repeat. A visitor's own words are never put here: see `with_ruby`.
_KEPT: dict[str, str] = {}
_MOST_KEPT = 20_000


def with_ruby(text: str, *, keep: bool) -> str:
    """Return ``text`` (of a page, escaped as it is there) with ``<ruby>`` over its kanji.

    ``keep`` says that the text is the site's own and may stay in memory; what a person has written may not.
    """
    known = _KEPT.get(text)
    if known is not None:
        return known
    made = marked_up(segments(text))
    if keep:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        _KEPT[text] = made
    return made


def has_kanji(text: str) -> bool:
    """Whether there is anything to read."""
    return _HAS_KANJI.search(text) is not None
