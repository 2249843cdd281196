"""The lexicon in memory: from a text to what it means."""

import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from tsunagari.core import japanese
from tsunagari.directory.lexicon.crisis import ASKS_AT_MOST, CrisisRules
from tsunagari.directory.lexicon.forms import Form, cut_plain, squeeze
from tsunagari.directory.lexicon.loading import (
    Expression,
    read_crisis,
    read_expressions,
    read_needs,
    read_synonyms,
    service_keys,
)
from tsunagari.directory.lexicon.matcher import Matcher
from tsunagari.directory.lexicon.types import CrisisSignal, NeedMatch, Understanding
from tsunagari.directory.lexicon.weights import DangerWeights, read_weights
from tsunagari.directory.lexicon.wishes import wishes_in

# What the second and further needs of an expression are worth beside the first.
FURTHER_NEED = 0.6
# What an expression is worth inside a longer one that was found too (学校 in 学校に行きたくない).
INSIDE_ANOTHER = 0.5
CRISIS_NEED = {"strong": 0.9, "weak": 0.7, "weighed": 0.3}
# A phrase in kana up to this long must be a word of its own; longer ones hardly occur by chance.
SHORT_KANA = 4
# One up to this long must also end with the word (うつ, not うつくしい).
TINY_KANA = 2
MOST_TERMS = 8
_JAPANESE = re.compile("[ぁ-ヿ一-鿿ｦ-ﾟ]")


@dataclass(frozen=True, slots=True)
class _Hit:
    expression: Expression
    start: int
    end: int


class Lexicon:
    """All of data/lexicon/, ready to be asked. It holds nothing that changes, so threads may share it."""

    def __init__(
        self,
        *,
        needs: Mapping[str, str],
        crisis: CrisisRules,
        expressions: Iterable[Expression] = (),
        synonyms: Mapping[str, str] | None = None,
        weights: DangerWeights | None = None,
    ) -> None:
        self.needs = dict(needs)
        self.crisis = crisis
        self.weights = weights
        self.expressions = tuple(expressions)
        self.synonyms = dict(synonyms or {})
        self._words: dict[str, list[Expression]] = defaultdict(list)
        self._patterns = [one for one in self.expressions if one.kind == "pattern"]
        self._matcher = Matcher(one.found for one in self._patterns)
        self._phrases: dict[str, list[tuple[str, Expression | str]]] = defaultdict(list)
        for one in self.expressions:
            if one.kind == "word":
                self._words[one.found].append(one)
            elif one.kind == "phrase":
                self._phrases[one.found[:2]].append((one.found, one))
        for variant, canonical in self.synonyms.items():
            self._phrases[variant[:2]].append((variant, canonical))

    def understand(self, text: str) -> Understanding:
        """All that the lexicon makes of a text, of which the first 500 letters are read."""
        plain = cut_plain(text)
        folded = japanese.to_hiragana(plain)
        signals = self.crisis_signals(plain)
        wishes = wishes_in(plain, folded)
        hits, terms = self._hits(plain, folded)
        return Understanding(
            needs=self._needs(hits, signals),
            crisis=signals,
            pins=self.crisis.pins(signals, foreign=wishes.language is not None),
            channels=wishes.channels,
            language=wishes.language,
            open_now=wishes.open_now,
            free=wishes.free,
            audience=wishes.audience,
            terms=terms,
            residual=wishes.residual,
        )

    def crisis_signals(self, text: str, forms: Sequence[Form] | None = None) -> tuple[CrisisSignal, ...]:
        """Only the signs of danger in a text, for the chat.

        The rules speak first. The weights add a sign where no rule found one and the whole text speaks of
        danger, unless it holds a harmless idiom; and they take the rules' signs back where nothing in a short
        Japanese text speaks of danger (「首絞め 技 名前」). Other languages they hardly know.

        Args:
            forms: the text's forms by `CrisisRules.forms`, where they have been made already.
        """
        signals = self.crisis.signals(text, forms)
        if self.weights is None:
            return signals
        short = len(text) <= ASKS_AT_MOST and _JAPANESE.search(text) is not None
        if signals and not short:
            return signals
        danger = self.weights.weigh(text)
        if signals:
            return () if danger.likelihood < self.weights.doubtful else signals
        folded = japanese.to_hiragana(cut_plain(text))
        if danger.likelihood >= self.weights.certain and self.crisis.mask(folded) == folded:
            return (CrisisSignal(danger.kind, "・".join(danger.reasons), "weighed"),)
        return ()

    def _hits(self, plain: str, folded: str) -> tuple[list[_Hit], tuple[str, ...]]:
        hits: list[_Hit] = []
        terms: dict[str, None] = {}
        starts = frozenset({0, *(morpheme.begin() for morpheme in japanese.morphemes(plain))})
        self._find_phrases(folded, starts, 0, hits, terms)
        squeezed = squeeze(folded)
        if squeezed != folded:
            # places in another text: far away, so that nothing seems to lie inside a hit of the first
            self._find_phrases(squeezed, None, 10_000, hits, terms)
        if any("a" <= letter <= "z" for letter in plain):
            kana = squeeze(japanese.romaji_query_to_kana(plain))
            if kana != squeezed:
                self._find_phrases(kana, None, 20_000, hits, terms)
        for word in japanese.tokens_for_query(plain):
            hits += [_Hit(one, -1, -1) for one in self._words.get(word, ())]
            if (canonical := self.synonyms.get(japanese.to_hiragana(word))) is not None:
                terms[canonical] = None
        for text in dict.fromkeys((plain, folded)):
            for found in self._matcher.find(text):
                hits.append(_Hit(self._patterns[found.rule], found.start, found.end))
        present = [term for term in terms if japanese.fold(term) not in folded]
        return hits, tuple(present[:MOST_TERMS])

    def _find_phrases(
        self,
        text: str,
        starts: frozenset[int] | None,
        shift: int,
        hits: list[_Hit],
        terms: dict[str, None],
    ) -> None:
        """Add the phrases and synonyms in a text; without ``starts`` no short kana counts."""
        for at in range(len(text)):
            for length in (2, 1):
                for phrase, meaning in self._phrases.get(text[at : at + length], ()):
                    end = at + len(phrase)
                    if not text.startswith(phrase, at) or not _is_word(text, at, end, starts):
                        continue
                    if isinstance(meaning, Expression):
                        hits.append(_Hit(meaning, at + shift, end + shift))
                    else:
                        terms[meaning] = None

    def _needs(self, hits: list[_Hit], signals: Iterable[CrisisSignal]) -> tuple[NeedMatch, ...]:
        missing: dict[str, float] = {}  # 1 - score, as signs of one need add up
        found: dict[str, dict[str, None]] = defaultdict(dict)
        seen: set[Expression] = set()
        for hit in sorted(hits, key=lambda hit: hit.start - hit.end):
            if hit.expression in seen:
                continue
            seen.add(hit.expression)
            weight = hit.expression.weight * (INSIDE_ANOTHER if _inside(hit, hits) else 1)
            for place, key in enumerate(hit.expression.needs):
                missing[key] = missing.get(key, 1.0) * (1 - weight * (FURTHER_NEED if place else 1))
                found[key][hit.expression.written] = None
        by_class = {one.key: one for one in self.crisis.classes}
        for signal in signals:
            for place, key in enumerate(by_class[signal.kind].needs):
                weight = CRISIS_NEED[signal.strength] * (FURTHER_NEED if place else 1)
                missing[key] = missing.get(key, 1.0) * (1 - weight)
                found[key][signal.matched] = None
        ranked = sorted(missing.items(), key=lambda item: item[1])
        return tuple(NeedMatch(key, round(1 - left, 4), tuple(found[key])) for key, left in ranked)


def _inside(hit: _Hit, hits: list[_Hit]) -> bool:
    if hit.start < 0:
        return False
    size = hit.end - hit.start
    return any(
        other.start <= hit.start and hit.end <= other.end and size < other.end - other.start
        for other in hits
        if other.start >= 0
    )


def _is_kana(text: str) -> bool:
    return all("ぁ" <= letter <= "ゖ" or letter == "ー" for letter in text)


def _is_latin(letter: str) -> bool:
    return letter.isascii() and letter.isalpha()


def _is_word(text: str, start: int, end: int, starts: frozenset[int] | None) -> bool:
    """Whether a phrase found there is meant: Latin letters and short kana only as words of their own."""
    if _is_latin(text[start]) and start and _is_latin(text[start - 1]):
        return False
    if _is_latin(text[end - 1]) and end < len(text) and _is_latin(text[end]):
        return False
    if end - start > SHORT_KANA or not _is_kana(text[start:end]):
        return True
    if starts is None or start not in starts:
        return False
    return end - start > TINY_KANA or end in starts or end == len(text)


def load_lexicon(folder: Path) -> Lexicon:
    """Read and check ``folder``/lexicon/ (needs.json, crisis.json, and the tables if they are there).

    Args:
        folder: the folder of the data; its services.json says what can be pinned.

    Raises:
        LexiconError: a file is wrong; names the file and the line or the place in it.
    """
    own = folder / "lexicon"
    needs = read_needs(own / "needs.json")
    crisis = read_crisis(own / "crisis.json", needs=needs, services=service_keys(folder / "services.json"))
    return Lexicon(
        needs=needs,
        crisis=crisis,
        weights=read_weights(own / "danger_weights.json", classes=tuple(one.key for one in crisis.classes)),
        expressions=read_expressions(own / "expressions.tsv", needs=needs),
        synonyms=read_synonyms(own / "synonyms.tsv"),
    )


_lock = threading.Lock()


@lru_cache(maxsize=2)
def _loaded(folder: Path) -> Lexicon:
    return load_lexicon(folder)


def lexicon() -> Lexicon:
    """The lexicon of ``settings.DATA_DIR``, read once for the process (see `load_lexicon` for errors)."""
    with _lock:
        return _loaded(Path(settings.DATA_DIR))


def understand(text: str) -> Understanding:
    """What a text means by the lexicon of this process; see `Understanding`."""
    return lexicon().understand(text)


def crisis_signals(text: str) -> tuple[CrisisSignal, ...]:
    """The signs of danger in a text by the lexicon of this process."""
    return lexicon().crisis_signals(text)
