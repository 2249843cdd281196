"""Services that are called by their name, misspelt too, and what somebody may have meant to type.

Only names that many people know are held in memory: nationwide entries and municipal kinds, a few hundred.
Other names are found through the index.
"""

import math
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tsunagari.core import japanese
from tsunagari.core.areas import NATIONWIDE
from tsunagari.core.routers import reading_connection
from tsunagari.directory.models import SearchRow, Service, TaxonomyTerm
from tsunagari.directory.search.kinds import municipal_kinds
from tsunagari.directory.search.lexemes import run_together

_SECONDS_KEPT = 600
_MOST_NAMES = 3_000
# A name must cover this share of the question, or the question of the name, to be the one that is called.
_PART = 0.5
_SHORTEST = 3
# In front of or behind a name these say what is wanted of it, not which.
_AROUND_NAMES = (
    "でんわばんごう", "ばんごう", "電話番号", "番号", "電話", "相談窓口", "窓口", "相談", "連絡先",
    "受付時間", "時間", "とは",
    "について", "line", "ライン", "チャット", "chat", "phone", "number", "hotline",
)  # fmt: skip

_lock = threading.Lock()
_kept: tuple[float, "Names"] | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """A form of a name (letters and digits, kana folded); the id of a service, or key of a kind or need."""

    form: str
    shown: str
    key: str
    letters: frozenset[str]


@dataclass(frozen=True, slots=True)
class Names:
    """Known names of services, and of needs for suggestions."""

    services: tuple[Name, ...]
    needs: tuple[Name, ...]
    ids: Mapping[str, str]
    """Key of `Service` → id, of the services in ``services``."""
    documents: int
    counts: Mapping[str, int]
    """Lexeme → in how many of the nationwide documents it stands."""


def forget() -> None:
    """Read the names anew at the next use."""
    global _kept
    with _lock:
        _kept = None


def known_names() -> Names:
    """The names, read at most every ten minutes."""
    global _kept
    now = time.monotonic()
    kept = _kept
    if kept is None or now - kept[0] > _SECONDS_KEPT:
        kept = (now, _read())
        with _lock:
            _kept = kept
    return kept[1]


def _read() -> Names:
    curated = Service.objects.filter(key__isnull=False).exclude(key__in=municipal_kinds())
    curated = curated.filter(pk__in=SearchRow.objects.filter(area_code=NATIONWIDE).values("service"))
    services: dict[tuple[str, str], Name] = {}
    ids: dict[str, str] = {}
    rows = curated.order_by("id").values_list("key", "id", "name", "name_kana", "alternate_name", "name_en")
    for entry_key, pk, *forms in rows[:_MOST_NAMES]:
        key = str(pk)
        ids.setdefault(str(entry_key), key)
        for written in forms:
            _add(services, key, written, shown=forms[0])
            for part in _parts(written):
                _add(services, key, part, shown=forms[0])
    for kind in municipal_kinds().values():
        for written in (kind.name, kind.name_kana):
            _add(services, kind.key, written, shown=kind.name)
    needs: dict[tuple[str, str], Name] = {}
    for code, *forms in TaxonomyTerm.objects.filter(taxonomy__key="need").values_list(
        "code", "name", "name_kana"
    ):
        for written in forms:
            for part in written.split("・"):
                _add(needs, code, part, shown=part)
    return Names(tuple(services.values()), tuple(needs.values()), ids, *_counts())


def _counts() -> tuple[int, dict[str, int]]:
    """How many nationwide documents are counted, and in how many of them each lexeme stands."""
    sql = "SELECT word, ndoc FROM ts_stat(%s)"
    documents = (
        f"SELECT document FROM {SearchRow._meta.db_table} WHERE area_code = '{NATIONWIDE}' "  # noqa: S608
        f"ORDER BY quality DESC LIMIT {_MOST_NAMES}"
    )
    with reading_connection().cursor() as cursor:
        cursor.execute(sql, [documents])
        counts = {word: count for word, count in cursor.fetchall() if count > 1}
    return max(counts.values(), default=1), counts


def telling(lexemes: Sequence[str]) -> float:
    """How much a word tells apart: the logarithm of how rare it is among the nationwide services."""
    known = known_names()
    most = max((known.counts.get(lexeme, 1) for lexeme in lexemes), default=1)
    return math.log(1 + known.documents / most)


def _parts(name: str) -> list[str]:
    """A name without what stands in brackets, and that alone: Cure time（キュアタイム）."""
    plain = japanese.normalize(name)
    if "(" not in plain:
        return []
    before, _, inside = plain.partition("(")
    return [before, inside.rstrip(")")]


def _add(names: dict[tuple[str, str], Name], key: str, written: str, *, shown: str) -> None:
    form = run_together(written)
    if len(form) >= _SHORTEST:
        names.setdefault((form, key), Name(form, shown, key, frozenset(form)))


def called_by_name(text: str) -> dict[str, float]:
    """Ids of services, and keys of municipal kinds, that the text calls by name, with how surely (0 to 1).

    1: the name itself; 0.9: the name inside the text; 0.6 to 0.85: most of the name, or the name misspelt.
    """
    forms = [(form, frozenset(form)) for form in _forms(japanese.normalize(text))]
    if not forms:
        return {}
    found: dict[str, float] = {}
    for name in known_names().services:
        sure = max(_sureness(form, letters, name) for form, letters in forms)
        if sure > found.get(name.key, 0.0):
            found[name.key] = sure
    return dict(sorted(found.items(), key=lambda pair: -pair[1])[:8])


def _forms(text: str) -> tuple[str, ...]:
    """The text run together: as typed, with romaji as kana, and without what stands around a name."""
    candidates = [text, japanese.romaji_query_to_kana(text)]
    for candidate in list(candidates):
        words = candidate.split(" ")
        kept = [word for word in words if word not in _AROUND_NAMES]
        candidates.append(" ".join(kept))
    forms = dict.fromkeys(run_together(candidate) for candidate in candidates)
    for form in list(forms):
        for around in _AROUND_NAMES[:7]:
            if form.endswith(around) and len(form) - len(around) >= _SHORTEST:
                forms[form.removesuffix(around)] = None
    return tuple(form for form in forms if len(form) >= _SHORTEST)


def _sureness(asked: str, letters: frozenset[str], called: Name) -> float:
    name = called.form
    if asked == name:
        return 1.0
    if name in asked and len(name) >= _SHORTEST + 1:
        return 0.9 if len(name) >= _PART * len(asked) else 0.6
    if asked in name and len(asked) >= _PART * len(name):
        return 0.6 + 0.25 * len(asked) / len(name)
    shorter = min(len(asked), len(name))
    allowed = min(shorter // 5 + (shorter >= 5), 3)
    # cheap bounds first: lengths, then letters that the name does not have
    if not allowed or abs(len(asked) - len(name)) > allowed or len(letters - called.letters) > allowed:
        return 0.0
    off = distance(asked, name, allowed)
    return 0.85 - 0.1 * (off - 1) if off <= allowed else 0.0


def distance(one: str, other: str, most: int) -> int:
    """Edits between two strings (insert, delete, change, swap neighbours); more than `most` is `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        now = [row]
        for column, right in enumerate(other, 1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (left != right))
            if row > 1 and column > 1 and left == other[column - 2] and one[row - 2] == right:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        if min(now) > most:
            return most + 1
        before, last = last, now
    return last[-1] if last[-1] <= most else most + 1


def did_you_mean(text: str) -> str | None:
    """The known name of a service or need nearest to a text that found nothing; None when none is near."""
    asked = run_together(japanese.romaji_query_to_kana(text))
    if not _SHORTEST <= len(asked) <= 30:
        return None
    allowed = max(1, min(3, len(asked) // 4))
    best: tuple[int, int, str] | None = None
    names = known_names()
    letters = frozenset(asked)
    for name in (*names.needs, *names.services):
        if abs(len(name.form) - len(asked)) > allowed or len(letters - name.letters) > allowed:
            continue
        off = distance(asked, name.form, allowed)
        if 0 < off <= allowed and (best is None or (off, len(name.form)) < best[:2]):
            best = (off, len(name.form), name.shown)
    return best[2] if best else None
