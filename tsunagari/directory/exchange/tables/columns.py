"""What the columns of a table mean: a proposal for each heading, with its certainty and the reason.

The dictionary is data (``data/exchange/columns.json``); what is in no dictionary is compared with it, and the
values of the first rows are looked at.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rapidfuzz import fuzz, process

from tsunagari.core.tables.headings import plain_heading

UNUSED: Final = ""
"""The choice that a column means nothing to us."""
KEPT: Final = "keep"
"""The choice that a column is kept as it is and given back on export."""
DATA: Final = Path(__file__).resolve().parents[4] / "data" / "exchange" / "columns.json"

_BRACKETS = re.compile(r"\([^()]*\)")
_PREFIX = re.compile(
    "^(?:施設|窓口|相談窓口|こども食堂|子ども食堂|子供食堂|事業所|医療機関|団体|食堂|連絡先|問い?合わ?せ先?|園"
    "|所在地|会場|開催場所|介護サービス事業所)の?"
)
_SIMILAR: Final = 82.0


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a column can mean."""

    key: str
    label: str
    label_en: str
    standard: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListKind:
    """A kind of list: what its entries are."""

    key: str
    label: str
    label_en: str
    words: tuple[str, ...]
    kind: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a column seems to mean: ``field`` (`UNUSED`: nothing), 0 to 1, and why.

    Reasons: standard, synonym, part, similar (``like`` is the heading it resembles), values, remembered,
    kept, unknown.
    """

    field: str
    certainty: float
    reason: str
    like: str = ""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The headings that are known."""

    fields: dict[str, Field]
    standard: dict[str, str]
    synonyms: dict[str, str]
    kept: frozenset[str]
    lists: tuple[ListKind, ...]


@functools.cache
def dictionary(path: Path = DATA) -> Dictionary:
    """The dictionary of headings, read once."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    fields: dict[str, Field] = {}
    standard: dict[str, str] = {}
    synonyms: dict[str, str] = {}
    for row in data["fields"]:
        key = row["key"]
        fields[key] = Field(key, row["label"], row["label_en"], tuple(row["standard"]))
        for heading in row["standard"]:
            standard[plain_heading(heading)] = key
        for heading in row["synonyms"]:
            synonyms.setdefault(plain_heading(heading), key)
    lists = tuple(
        ListKind(
            row["key"], row["label"], row["label_en"], tuple(row["words"]), row["kind"], tuple(row["needs"])
        )
        for row in data["lists"]
    )
    kept = frozenset(map(plain_heading, data["kept"]))
    return Dictionary(fields, standard, synonyms, kept, lists)


def knows(heading: str) -> float:
    """How well a text is known as a heading: 1 standard, 0.9 or more a synonym, 0.8 with words around it."""
    found = _by_name(heading)
    return found.certainty if found else 0.0


def _by_name(heading: str) -> Proposal | None:
    known = dictionary()
    plain = plain_heading(heading)
    if not plain or len(plain) > 60:
        return None
    if plain in known.standard:
        return Proposal(known.standard[plain], 1.0, "standard")
    if plain in known.kept:
        return Proposal(KEPT, 0.9, "kept")
    if plain in known.synonyms:
        return Proposal(known.synonyms[plain], 0.95, "synonym")
    bare = _BRACKETS.sub("", unicodedata.normalize("NFKC", heading).lower())
    variants = [plain_heading(bare)]
    # 「連絡先_電話」: of a joined heading the last part, then the first
    parts = [part for part in re.split(r"[_＿\n/／]", bare) if part.strip()]
    if len(parts) > 1:
        variants += [plain_heading(parts[-1]), plain_heading(parts[0])]
    variants.append(_PREFIX.sub("", variants[0]))
    for variant in variants:
        if field := known.standard.get(variant) or known.synonyms.get(variant):
            return Proposal(field, 0.8, "part", known.fields[field].label)
    return None


def propose(
    headings: Sequence[str],
    samples: Sequence[Sequence[str]],
    *,
    remembered: Mapping[str, str] | None = None,
) -> list[Proposal]:
    """A proposal for each column; ``samples`` are the values of its first rows.

    ``remembered``: what the organisation chose for these very headings before.
    """
    found = []
    for heading, values in zip(headings, samples, strict=True):
        if remembered is not None and heading in remembered and _is_choice(remembered[heading]):
            found.append(Proposal(remembered[heading], 1.0, "remembered"))
            continue
        proposal = _by_name(heading) or _similar(heading)
        found.append(_weighed(proposal, values))
    return _each_once(found)


def _is_choice(field: str) -> bool:
    return field in {UNUSED, KEPT} or field in dictionary().fields


def _similar(heading: str) -> Proposal | None:
    known = dictionary()
    plain = plain_heading(heading)
    if len(plain) < 2:
        return None
    choices = known.synonyms | known.standard
    best = process.extractOne(plain, choices.keys(), scorer=fuzz.ratio, score_cutoff=_SIMILAR)
    if best is None:
        inside = [name for name in choices if len(name) > 2 and plain.endswith(name)]
        if not inside:
            return None
        name = max(inside, key=len)
        return Proposal(choices[name], 0.6, "similar", name)
    name, score, _ = best
    return Proposal(choices[name], round(score / 100 * 0.75, 2), "similar", name)


# -- what the values look like ----------------------------------------------------------------------------

_SHAPES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("email", re.compile(r"[^\s@]+@[^\s@]+\.[a-z]{2,}")),
    ("url", re.compile(r"https?://\S+")),
    ("postal_code", re.compile(r"〒?\s*\d{3}[-ー−]\d{4}")),
    ("phone", re.compile(r"(?:tel|電話)?[:\s]*\(?0\d{1,4}\)?[-ー−(\s]\d{1,4}[-ー−)\s]\d{3,4}.{0,20}")),
    ("latitude", re.compile(r"(?:2[0-9]|3[0-9]|4[0-5])\.\d{3,}")),
    ("longitude", re.compile(r"1[2-5]\d\.\d{3,}")),
    ("code", re.compile(r"(?:0[1-9]|[1-3]\d|4[0-7])\d{4}")),
    ("address", re.compile(r"(?:.{2,3}[都道府県])?.{1,6}[市区町村].{1,}\d.*")),
    ("hours", re.compile(r".*\d{1,2}(?:[:：]\d{2}|時).*[~〜～-].*\d{1,2}(?:[:：]\d{2}|時).*")),
)


def _weighed(proposal: Proposal | None, values: Sequence[str]) -> Proposal:
    """The proposal after a look at the values."""
    filled = [unicodedata.normalize("NFKC", value).strip().lower() for value in values if value.strip()]
    shape = _shape_of(filled)
    if proposal is None:
        if shape is None:
            return Proposal(UNUSED, 0.0, "unknown")
        return Proposal(shape, 0.6, "values")
    if filled and proposal.field in {"phone", "email", "url", "latitude", "longitude", "postal_code"}:
        share = sum(_looks_like(proposal.field, value) for value in filled) / len(filled)
        if share < 0.3:
            if shape and proposal.certainty < 1.0:
                return Proposal(shape, 0.6, "values")
            return Proposal(
                proposal.field, round(proposal.certainty * 0.6, 2), proposal.reason, proposal.like
            )
    return proposal


def _looks_like(field: str, value: str) -> bool:
    if field == "phone":
        return sum(character.isdigit() for character in value) >= 3
    if field in {"latitude", "longitude"}:
        return any(character.isdigit() for character in value)
    pattern = dict(_SHAPES)[field]
    return bool(pattern.fullmatch(value)) or (field == "url" and "." in value) or field == "postal_code"


def _shape_of(values: Sequence[str]) -> str | None:
    """The field whose values these look like, if nearly all do."""
    if len(values) < 2:
        return None
    for field, pattern in _SHAPES:
        if sum(bool(pattern.fullmatch(value)) for value in values) >= 0.8 * len(values):
            return field
    return None


_MAY_REPEAT: Final = frozenset(
    {UNUSED, KEPT, "phone", "fax", "email", "url", "note", "description", "hours", "days", "closed_days"}
    | {"hours_note", "contact_note", "eligibility", "fees", "access", "category", "line", "form_url"}
)


def _each_once(found: list[Proposal]) -> list[Proposal]:
    """Of two columns that claim one field, the surer one (the first of equals) keeps it."""
    best: dict[str, int] = {}
    for place, proposal in enumerate(found):
        other = best.get(proposal.field)
        if other is None or proposal.certainty > found[other].certainty:
            best[proposal.field] = place
    return [
        proposal
        if proposal.field in _MAY_REPEAT or best[proposal.field] == place
        else Proposal(KEPT, 0.5, "second", proposal.field)
        for place, proposal in enumerate(found)
    ]


def headings_digest(headings: Iterable[str]) -> str:
    """The mark of a set of headings in their order, for what is remembered about them."""
    return hashlib.sha256("\x1f".join(map(plain_heading, headings)).encode()).hexdigest()


def list_kind(texts: Iterable[str]) -> ListKind:
    """The kind of list that a file's name, its sheets, titles and headings tell; facilities if none does."""
    joined = unicodedata.normalize("NFKC", " ".join(texts)).lower()
    kinds = dictionary().lists
    scores = [sum(joined.count(word.lower()) * len(word) for word in kind.words) for kind in kinds]
    best = max(range(len(kinds)), key=lambda place: scores[place])
    return kinds[best] if scores[best] else next(kind for kind in kinds if kind.key == "facilities")
