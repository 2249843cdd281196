"""Which comments say nearly the same: proposals only, a person decides. Pure.

Comments of a campaign share most of their letters. Each text is known by the smallest hashes of its letter
triples (a bottom-k sketch: two texts share these in the measure in which they share triples); only texts that
share some are compared letter by letter. Groups form around their first comment, so that a group of thousands
costs one comparison each.
"""

import re
import unicodedata
import zlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from uuid import UUID

from rapidfuzz import fuzz

ALIKE = 80.0
"""From this likeness on (0 to 100, rapidfuzz's ratio), a person is asked."""
SKETCH = 24
SHARED = 5
"""So many of `SKETCH` hashes must be shared before two texts are compared."""
MOST_COMPARED = 4_000
"""Letters; the rest of a longer text does not count."""
_NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Said:
    """A comment: only those with the same ``place`` (paragraph) and ``kind`` are put together."""

    id: UUID
    text: str
    place: Hashable = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Comments that may be answered together, the earliest first; ``likeness`` is that of the least like."""

    ids: tuple[UUID, ...]
    likeness: int


def normal_form(text: str) -> str:
    """The letters of a text: no marks or spaces, one width, small."""
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", text[:MOST_COMPARED]).lower())


def _sketch(text: str) -> list[int]:
    triples = {text[n : n + 3] for n in range(max(1, len(text) - 2))}
    return sorted(zlib.crc32(triple.encode("utf-8", "surrogatepass")) for triple in triples)[:SKETCH]


def propose_groups(comments: Iterable[Said]) -> list[Proposal]:
    """Groups of two and more alike comments, the largest first. Whoever comes first leads a group."""
    leaders: list[tuple[Said, str]] = []
    members: dict[int, list[tuple[UUID, float]]] = defaultdict(list)
    known: dict[tuple[Hashable, int], list[int]] = defaultdict(list)
    for said in comments:
        text = normal_form(said.text)
        if not text:
            continue
        sketch = _sketch(text)
        shared: Counter[int] = Counter()
        for value in sketch:
            shared.update(known[said.place, value])
        best, score = -1, ALIKE
        # a short text has a short sketch
        enough = min(SHARED, max(1, len(sketch) // 3))
        for number, count in shared.most_common(20):
            if count < enough:
                break
            likeness = fuzz.ratio(leaders[number][1], text, score_cutoff=score)
            if likeness >= score:
                best, score = number, likeness
        if best >= 0:
            members[best].append((said.id, score))
            continue
        leaders.append((said, text))
        for value in sketch:
            known[said.place, value].append(len(leaders) - 1)
    proposals = [
        Proposal((leaders[number][0].id, *(id_ for id_, _ in joined)), int(min(score for _, score in joined)))
        for number, joined in members.items()
    ]
    return sorted(proposals, key=lambda proposal: -len(proposal.ids))
