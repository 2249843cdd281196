"""The forms of one text in which the lexicon looks for its rules.

A person in distress writes 「死にたい」「しにたい」「ﾀﾋにたい」「し に た い」「shinitai」. Rather than a rule for each,
the text is brought into a few forms and a rule fires in whichever it fits.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from tsunagari.core import japanese

MAX_LENGTH = 500
"""Letters of a text that are read; a search field takes no more."""

_CIRCLES = str.maketrans(dict.fromkeys("○◯●◎⚪⭕❌✕✖✗×*＊", "〇"))
_MIDDLE_DOT = re.compile("[・･]")
_NOT_WORD = re.compile(r"\W+")
BETWEEN_LEMMAS = "/"
_BETWEEN = re.compile(BETWEEN_LEMMAS)
_NOT_LETTERS = re.compile(r"[^\w]|_")
_LATIN = re.compile(r"[a-z]")
_JAPANESE = re.compile(r"[ぁ-ゖァ-ヺ一-鿿]")
_APOSTROPHES = re.compile(r"['’‘`´]")


@dataclass(slots=True)
class Form:
    """One form: its text, and the places where a word begins, if known."""

    name: str
    text: str
    starts: frozenset[int] = field(default_factory=frozenset)

    def stands_alone(self, start: int, end: int) -> bool:
        """Whether letters are a word rather than a piece of others: a word begins there, or the text ends there.

        「おためしにたいけん」 holds 「しにたい」, but its words are お|ためし|に|たい|けん.
        """
        return start in self.starts or end == len(self.text)


@dataclass(slots=True)
class Forms:
    """All forms of a text. ``plain`` is the normal form with kanji and katakana kept; words: query tokens."""

    plain: str
    folded: str
    words: tuple[str, ...]
    searched: tuple[Form, ...]


def _latin(text: str) -> str:
    """Without accents and apostrophes on Latin letters: não → nao, muốn → muon, can't → cant, đ → d."""
    kept = []
    for character in _APOSTROPHES.sub("", text):
        if character == "đ":
            kept.append("d")
        elif "\u00c0" <= character <= "\u024f" or "\u1e00" <= character <= "\u1eff":
            kept.append(unicodedata.normalize("NFD", character)[0])
        else:
            kept.append(character)
    return "".join(kept)


def _read(text: str) -> tuple[set[int], str]:
    """Where words begin, and the words' normalised forms in hiragana and kanji, "/" between."""
    starts = {0}
    lemmas = []
    for morpheme in japanese.morphemes(text):
        starts.add(morpheme.begin())
        if lemma := morpheme.normalized_form().strip():
            lemmas.append(lemma)
    return starts, japanese.to_hiragana(BETWEEN_LEMMAS.join(lemmas)).lower()


def _starts_after_marks(text: str) -> set[int]:
    """Places in the squeezed text that follow a space or mark in the text: the writer parted words there."""
    starts = set()
    at = 0
    after_mark = True
    for character in text:
        if _NOT_LETTERS.match(character):
            after_mark = True
            continue
        if after_mark:
            starts.add(at)
        after_mark = False
        at += 1
    return starts


def squeeze(text: str) -> str:
    """Only letters and digits: 「し、に、た、い…」 → しにたい."""
    return _NOT_LETTERS.sub("", text)


def forms_of(text: str) -> Forms:
    """Bring a text (of which ``MAX_LENGTH`` letters are read) into its forms.

    - spaced: folded (hiragana), spaces kept, no accents: for other languages and for words apart;
    - squeezed: folded, only letters;
    - lemmas: dictionary forms by Sudachi, "/" between: 「なぐられて」 → 「殴る/れる/て」;
    - kana, kana-lemmas: the same of romaji words, when Latin letters are there.
    """
    plain = japanese.normalize(text[:MAX_LENGTH])[:MAX_LENGTH]
    spaced = _latin(japanese.to_hiragana(_MIDDLE_DOT.sub(" ", plain).translate(_CIRCLES)))
    squeezed = squeeze(spaced)
    searched = [Form("spaced", spaced, frozenset({0}))]
    if _JAPANESE.search(plain):
        starts, lemmas = _read(squeezed)
        if squeezed == spaced:
            searched = []
        else:
            _, lemmas = _read(plain)
        searched.append(Form("squeezed", squeezed, frozenset(starts | _starts_after_marks(spaced))))
        searched.append(Form("lemmas", lemmas, _starts_of_lemmas(lemmas)))
    if _LATIN.search(spaced):
        kana = squeeze(" ".join(japanese.romaji_to_kana(word) or word for word in _NOT_WORD.split(spaced)))
        if kana != squeezed and _JAPANESE.search(kana):
            starts, lemmas = _read(kana)
            searched.append(Form("kana", kana, frozenset(starts)))
            searched.append(Form("kana-lemmas", lemmas, _starts_of_lemmas(lemmas)))
    return Forms(plain, spaced, tuple(japanese.tokens_for_query(plain)), tuple(searched))


def _starts_of_lemmas(lemmas: str) -> frozenset[int]:
    return frozenset({0, *(match.end() for match in _BETWEEN.finditer(lemmas))})
