"""Many patterns over one text, quickly: each is tried only where letters stand that it can begin with.

The rules are a thousand alternatives; `re` would try every one at every letter. Here each alternative is
filed under the pairs of letters that it can begin with, so that a query of 40 letters costs some hundred
short tries, and a message of a hundred some hundred more.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

MOST_FIRST = 400
"""A pattern that may begin with more letters than this is tried everywhere."""
MOST_PAIRS = 4000
"""One that may begin with more pairs of letters than this is filed under the first letters alone."""
_BOUNDS = re.compile(r"\{(\d*),?(\d*)\}")


@dataclass(frozen=True, slots=True)
class Found:
    """Where a pattern was found, and which."""

    start: int
    end: int
    rule: int


_Filed = tuple[int, re.Pattern[str], int]


class Matcher:
    """Patterns (already checked), tried side by side. ``rule`` is a pattern's place in the list given."""

    def __init__(self, patterns: Iterable[str]) -> None:
        under: dict[str, list[_Filed]] = defaultdict(list)
        self._anywhere: list[_Filed] = []
        number = 0
        for rule, pattern in enumerate(patterns):
            for alternative in alternatives(pattern):
                filed = (number, re.compile(alternative), rule)
                number += 1
                first = beginnings(alternative)
                if first is None:
                    self._anywhere.append(filed)
                    continue
                for letters in first:
                    under[letters].append(filed)
        self._by_letter = {letters: found for letters, found in under.items() if len(letters) == 1}
        # each pair holds what is filed under its first letter alone, too, in the order given
        self._by_pair = {
            letters: sorted({*found, *self._by_letter.get(letters[0], ())}, key=lambda filed: filed[0])
            for letters, found in under.items()
            if len(letters) == 2
        }

    def find(self, text: str) -> Iterator[Found]:
        """All places where a pattern matches at least one letter, from left to right; they may overlap."""
        anywhere = self._anywhere
        by_pair, by_letter = self._by_pair.get, self._by_letter.get
        for at, letter in enumerate(text):
            tried = by_pair(text[at : at + 2]) or by_letter(letter)
            if tried is not None:
                for _, pattern, rule in tried:
                    if (match := pattern.match(text, at)) and match.end() > at:
                        yield Found(at, match.end(), rule)
            for _, pattern, rule in anywhere:
                if (match := pattern.match(text, at)) and match.end() > at:
                    yield Found(at, match.end(), rule)

    def tries(self, text: str) -> int:
        """How many patterns are tried on a text: the measure of its work."""
        filed = (
            self._by_pair.get(text[at : at + 2]) or self._by_letter.get(letter) or []
            for at, letter in enumerate(text)
        )
        return sum(len(tried) + len(self._anywhere) for tried in filed)


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


def beginnings(pattern: str) -> frozenset[str] | None:
    """The letters (pairs, or one where any may follow) that a match can begin with.

    None when they are too many, or the match may be empty.
    """
    heads = _heads_of_choice(pattern)
    if len({letters[:1] for letters, _ in heads}) > MOST_FIRST or any(not letters for letters, _ in heads):
        return None
    return frozenset(letters for letters, _ in heads)


_Heads = frozenset[tuple[str, bool]]
"""How matches can begin: up to two letters, and whether the match ends with them."""
_EMPTY: _Heads = frozenset({("", True)})
_ANY: _Heads = frozenset({("", False)})


def _then(first: _Heads, second: _Heads) -> _Heads:
    """The beginnings of one thing and another after it."""
    found: set[tuple[str, bool]] = set()
    for letters, ends in first:
        if not ends or len(letters) == 2:
            found.add((letters, False))
            continue
        for more, more_ends in second:
            joined = letters + more
            found.add((joined[:2], more_ends and len(joined) <= 2))
    if len(found) > MOST_PAIRS:
        return frozenset((letters[:1], False) for letters, _ in found)
    return frozenset(found)


@cache
def _heads_of_choice(pattern: str) -> _Heads:
    return frozenset().union(*(_heads_of_sequence(part) for part in alternatives(pattern)))


def _heads_of_sequence(pattern: str) -> _Heads:
    found = _EMPTY
    at = 0
    while at < len(pattern) and any(ends and len(letters) < 2 for letters, ends in found):
        atom, at = _heads_of_atom(pattern, at)
        repeats = optional = False
        if at < len(pattern) and pattern[at] in "?*+":
            repeats, optional = pattern[at] != "?", pattern[at] != "+"
            at += 1
        elif at < len(pattern) and (bounds := _BOUNDS.match(pattern, at)):
            repeats, optional = bounds.group(2) != "1", bounds.group(1) in ("", "0")
            at = bounds.end()
        if at < len(pattern) and pattern[at] == "?":  # not greedy
            at += 1
        if repeats:
            atom = atom | _then(atom, atom)
        found = _then(found, atom | _EMPTY if optional else atom)
    return found


def _heads_of_atom(pattern: str, at: int) -> tuple[_Heads, int]:
    """(how it can begin, where the atom ends)."""
    here = pattern[at]
    if here == "(":
        end = _group_end(pattern, at)
        inner = pattern[at + 1 : end - 1]
        if inner.startswith("?:"):
            return _heads_of_choice(inner[2:]), end
        if inner.startswith("?"):  # looks around: takes no letter
            return _EMPTY, end
        return _heads_of_choice(inner), end
    if here == "[":
        found = _class_at(pattern, at)
        letters = _letters_of_class(found)
        heads = _ANY if letters is None else frozenset((letter, True) for letter in letters)
        return heads, at + len(found)
    if here in "^$":
        return _EMPTY, at + 1
    if here in ".\\":
        return _ANY, at + 1 + (here == "\\")
    return frozenset({(here, True)}), at + 1


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
