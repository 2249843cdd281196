"""What a draft changes: field by field, old and new side by side, word by word where it is text. Pure."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Side = tuple[tuple[bool, str], ...]
"""Pieces of a text in order; True: only on this side."""

# Latin words, numbers and runs of katakana or kanji are words; hiragana are compared letter by letter.
_WORD = re.compile(r"[A-Za-z]+|[0-9]+|[ァ-ヺー]+|[一-鿿々]+|\s+|.", re.DOTALL)
# difflib takes quadratic time on repeated words: beyond this, whole lines are compared, then whole texts.
MOST_PAIRS = 250_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A changed field: its name, and both sides as pieces."""

    field: str
    before: Side
    after: Side


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row of a list (a channel, a cost) that was added, removed or changed, with its changed fields."""

    field: str
    what: Literal["added", "removed", "changed", "moved"]
    name: str
    fields: tuple[Difference, ...]


def words_apart(before: str, after: str) -> tuple[Side, Side]:
    """Both texts cut into pieces that are shared or not."""
    for cut in (_WORD.findall, lambda text: text.splitlines(keepends=True)):
        left, right = cut(before), cut(after)
        if len(left) * len(right) <= MOST_PAIRS:
            return _pieces(left, right)
    return ((True, before),) if before else (), ((True, after),) if after else ()


def _pieces(left: Sequence[str], right: Sequence[str]) -> tuple[Side, Side]:
    before: list[tuple[bool, str]] = []
    after: list[tuple[bool, str]] = []
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if i2 > i1:
            before.append((tag != "equal", "".join(left[i1:i2])))
        if j2 > j1:
            after.append((tag != "equal", "".join(right[j1:j2])))
    return tuple(before), tuple(after)


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of the fields in which two documents differ, in the order of the second."""
    return [name for name in after if before.get(name) != after[name]]


def rows_apart(
    field: str,
    before: Iterable[Mapping[str, str]],
    after: Iterable[Mapping[str, str]],
) -> list[RowDifference]:
    """Compare rows of texts that carry an ``id``; ``name`` is what a row is called by."""
    old = {row["id"]: row for row in before}
    new = {row["id"]: row for row in after}
    found: list[RowDifference] = []
    for key, row in new.items():
        if key not in old:
            found.append(RowDifference(field, "added", row["name"], _fields({}, row)))
        elif fields := _fields(old[key], row):
            found.append(RowDifference(field, "changed", row["name"], fields))
    found += [
        RowDifference(field, "removed", row["name"], _fields(row, {}))
        for key, row in old.items()
        if key not in new
    ]
    kept = [key for key in old if key in new]
    if kept != [key for key in new if key in old]:
        order = words_apart(
            "・".join(old[key]["name"] for key in kept), "・".join(row["name"] for row in new.values())
        )
        found.append(RowDifference(field, "moved", "", (Difference("order", *order),)))
    return found


def _fields(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Difference, ...]:
    names = [name for name in (after or before) if name not in {"id", "name"}]
    return tuple(
        Difference(name, *words_apart(before.get(name, ""), after.get(name, "")))
        for name in names
        if before.get(name, "") != after.get(name, "")
    )


def merged(
    base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Carry a draft over to an entry that has changed: (the new draft, fields that both have changed).

    A field that only one side changed takes that side. Where both did, and not alike, the draft's own stays
    and is named, so that somebody looks at it.
    """
    result: dict[str, Any] = {}
    both: list[str] = []
    for name in mine:
        i_changed = mine[name] != base.get(name)
        they_changed = theirs.get(name) != base.get(name)
        result[name] = mine[name] if i_changed else theirs.get(name, mine[name])
        if i_changed and they_changed and mine[name] != theirs.get(name):
            both.append(name)
    return result, both
