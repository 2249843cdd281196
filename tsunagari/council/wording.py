"""What changed between two wordings, piece by piece. Pure."""

import re
from difflib import SequenceMatcher
from typing import Literal

Piece = tuple[Literal["same", "removed", "added"], str]
# runs of one writing: near enough to words for reading, and quick
_WORD = re.compile(r"[一-龥々〆]+|[ぁ-ん]+|[ァ-ヶー]+|[A-Za-z]+|[0-9０-９.,]+|\s+|.", re.DOTALL)


def pieces(before: str, after: str) -> list[Piece]:
    """The wordings as one row of pieces: those that stayed, those that went and those that came."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    found: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(old[a:b])))
            continue
        if a < b:
            found.append(("removed", "".join(old[a:b])))
        if c < d:
            found.append(("added", "".join(new[c:d])))
    return found
