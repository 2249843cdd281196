"""Many patterns over one text, quickly: each is tried only where a letter stands that it can begin with.

The rules are a thousand alternatives; `re` would try every one at every letter. Here each alternative is
filed under its possible first letters, so that a query of 40 letters costs some hundred short tries.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_FIRST = 400
"""A pattern that may begin with more letters than this is tried everywhere."""
_BOUNDS = re.compile(r"\{(\d*)(,?)\d*\}")


@dataclass(frozen=True, slots=True)
class Found:
    """Where a pattern was found, and which."""

    start: int
    end: int
    rule: int


class Matcher:
    """Patterns (already checked), tried side by side. ``rule`` is a pattern's place in the list given."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._by_letter: dict[str, list[tuple[re.Pattern[str], int]]] = defaultdict(list)
        self._anywhere: list[tuple[re.Pattern[str], int]] = []
        for rule, pattern in enumerate(patterns):
            for alternative in alternatives(pattern):
                filed = (re.compile(alternative), rule)
                first = first_letters(alternative)
                if first is None:
                    self._anywhere.append(filed)
                    continue
                for letter in first:
                    self._by_letter[letter].append(filed)

    def find(self, text: str) -> Iterator[Found]:
        """All places where a pattern matches at least one letter, from left to right; they may overlap."""
        none: list[tuple[re.Pattern[str], int]] = []
        for at, letter in enumerate(text):
            for pattern, rule in self._by_letter.get(letter, none):
                if (match := pattern.match(text, at)) and match.end() > at:
                    yield Found(at, match.end(), rule)
            for pattern, rule in self._anywhere:
                if (match := pattern.match(text, at)) and match.end() > at:
                    yield Found(at, match.end(), rule)

    def tries(self, text: str) -> int:
        """How many patterns are tried on a text: the measure of its work."""
        return sum(len(self._by_letter.get(letter, ())) + len(self._anywhere) for letter in text)


def alternatives(pattern: str) -> list[str]:
    """A pattern's alternatives at its outermost level."""
    parts = [""]
    depth = at = 0
    while at < len(pattern):
        piece = _class_at(pattern, at) if pattern[at] == "[" else pattern[at : at + 1 + (pattern[at] == "\\")]
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += piece
        at += len(piece)
    return parts


def _class_at(pattern: str, at: int) -> str:
    return pattern[at : pattern.index("]", at + 2) + 1]


def first_letters(pattern: str) -> frozenset[str] | None:
    """The letters that a match can begin with; None when they are too many, or the match may be empty."""
    letters, nullable = _first_of_choice(pattern)
    return None if letters is None or nullable or len(letters) > MOST_FIRST else frozenset(letters)


def _first_of_choice(pattern: str) -> tuple[set[str] | None, bool]:
    letters: set[str] = set()
    nullable = False
    for part in alternatives(pattern):
        some, empty = _first_of_sequence(part)
        if some is None:
            return None, True
        letters |= some
        nullable |= empty
    return letters, nullable


def _first_of_sequence(pattern: str) -> tuple[set[str] | None, bool]:
    letters: set[str] = set()
    at = 0
    while at < len(pattern):
        some, empty, at = _first_of_atom(pattern, at)
        if at < len(pattern) and pattern[at] in "?*":
            empty = True
            at += 1
        elif at < len(pattern) and pattern[at] == "+":
            at += 1
        elif at < len(pattern) and (bounds := _BOUNDS.match(pattern, at)):
            empty = empty or bounds.group(1) in ("", "0")
            at = bounds.end()
        if at < len(pattern) and pattern[at] == "?":  # not greedy
            at += 1
        if some is None:
            return None, True
        letters |= some
        if not empty:
            return letters, False
    return letters, True


def _first_of_atom(pattern: str, at: int) -> tuple[set[str] | None, bool, int]:
    """(letters, may be empty, where the atom ends)."""
    here = pattern[at]
    if here == "(":
        end = _group_end(pattern, at)
        inner = pattern[at + 1 : end - 1]
        if inner.startswith("?:"):
            return *_first_of_choice(inner[2:]), end
        if inner.startswith("?"):  # looks around: takes no letter
            return set(), True, end
        return *_first_of_choice(inner), end
    if here == "[":
        found = _class_at(pattern, at)
        return _letters_of_class(found), False, at + len(found)
    if here in "^$":
        return set(), True, at + 1
    if here in ".\\":
        return None, False, at + 1 + (here == "\\")
    return {here}, False, at + 1


def _group_end(pattern: str, at: int) -> int:
    depth = 0
    while at < len(pattern):
        piece = _class_at(pattern, at) if pattern[at] == "[" else pattern[at : at + 1 + (pattern[at] == "\\")]
        depth += (piece == "(") - (piece == ")")
        at += len(piece)
        if not depth:
            return at
    return at


def _letters_of_class(found: str) -> set[str] | None:
    inside = found[1:-1]
    if inside.startswith("^") or "\\" in inside:
        return None
    letters: set[str] = set()
    at = 0
    while at < len(inside):
        if at + 2 < len(inside) and inside[at + 1] == "-":
            low, high = ord(inside[at]), ord(inside[at + 2])
            if high - low > MOST_FIRST:
                return None
            letters |= {chr(code) for code in range(low, high + 1)}
            at += 3
        else:
            letters.add(inside[at])
            at += 1
    return letters
