"""The forms of one text in which the lexicon looks for its rules.

A person in distress writes 「死にたい」「しにたい」「ﾀﾋにたい」「し に た い」「shinitai」. Rather than a
rule for each, the text is brought into a few forms, and a rule fires in whichever it fits.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from tsunagari.core import japanese

MAX_LENGTH = 500
"""Letters of a text that are read; a search field takes no more."""
MASKED = "ꙮ"
"""Stands for each letter that a mask took out: a letter, so that no form drops it, which nobody types."""
BETWEEN_LEMMAS = "/"

_CIRCLES = str.maketrans(dict.fromkeys("○◯●◎⚪⭕❌✕✖✗×*＊", "〇"))
_EMOJI = str.maketrans(
    {
        "💀": "死",
        "☠": "死",
        "💊": "薬",
        "🩸": "血",
        "👊": "殴",
        "🔪": "包丁",
        "🆘": "sos",
        "🚑": "救急車",
        "⚰": "死",
        "🪦": "死",
    }
)
"""Pictures that stand for a word."""
_MIDDLE_DOT = re.compile("[・･]")
_NOT_LETTERS = re.compile(r"[^\w]|_")
_LATIN = re.compile(r"[a-z]")
_JAPANESE = re.compile(r"[ぁ-ゖァ-ヺ一-鿿]")
_APOSTROPHES = re.compile(r"['’‘`´]")
_DRAWN_OUT = re.compile(r"(?<=[ぁ-ん])[ー~〜ぁぃぅぇぉっ]+(?![てたとかさ])")
_REPEATED = re.compile(r"([ぁ-ん])\1{2,}")
_LAUGHS = re.compile(r"(?<![a-z])w+(?![a-z])|笑+$")
_ROMAJI_RUN = re.compile(r"[a-z][a-z'-]*")
_BETWEEN = re.compile(BETWEEN_LEMMAS)


@dataclass(slots=True)
class Form:
    """One form: its text, and the places where a word begins, if known."""

    name: str
    text: str
    starts: frozenset[int] = field(default_factory=frozenset)

    def stands_alone(self, start: int, end: int) -> bool:
        """Whether letters are a word, no piece of others: a word begins there, or the text ends there.

        「おためしにたいけん」 holds 「しにたい」, but its words are お|ためし|に|たい|けん.
        """
        return start in self.starts or end == len(self.text)


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


def cut_plain(text: str) -> str:
    """The normal form of the first ``MAX_LENGTH`` letters."""
    return japanese.normalize(text[:MAX_LENGTH])[:MAX_LENGTH]


def forms_of(text: str, *, mask: Callable[[str], str] = str) -> list[Form]:
    """Bring a text (of which ``MAX_LENGTH`` letters are read) into its forms.

    - spaced: folded (hiragana), spaces kept, no accents: for other languages and for words apart;
    - squeezed: folded, only letters;
    - lemmas: dictionary forms by Sudachi, "/" between: 「なぐられて」 → 「殴る/れる/て」;
    - flat, flat-lemmas: without drawn-out and repeated letters: 「しにたーーい」「死ににににたい」;
    - kana, kana-lemmas: the same of romaji words, when Latin letters are there.

    Args:
        mask: replaces letters of a folded text by `MASKED`, as many as there were.
    """
    plain = cut_plain(text)
    folded = _MIDDLE_DOT.sub(" ", japanese.to_hiragana(plain)).translate(_CIRCLES | _EMOJI)
    spaced = mask(_latin(folded))
    squeezed = mask(squeeze(spaced))
    forms = []
    if _JAPANESE.search(plain):
        starts, lemmas = _read(squeezed)
        if squeezed != spaced:
            forms.append(Form("spaced", spaced, frozenset({0})))
        if len(spaced) == len(plain):  # read katakana as it was written: テレビ is a word, てれび is not
            kept = (ours if seen != MASKED else MASKED for ours, seen in zip(plain, spaced, strict=True))
            _, lemmas = _read("".join(kept))
        forms.append(Form("squeezed", squeezed, frozenset(starts | _starts_after_marks(spaced))))
        forms.append(Form("lemmas", lemmas, _starts_of_lemmas(lemmas)))
        flat = _LAUGHS.sub("", _REPEATED.sub(r"\1", _DRAWN_OUT.sub("", plain)))
        if flat != plain:
            text = mask(squeeze(japanese.to_hiragana(flat)))
            starts, lemmas = _read(text)
            forms.append(Form("flat", text, frozenset(starts)))
            forms.append(Form("flat-lemmas", lemmas, _starts_of_lemmas(lemmas)))
    else:
        forms.append(Form("spaced", spaced, frozenset({0})))
    if _LATIN.search(spaced):
        kana = squeeze(
            _ROMAJI_RUN.sub(lambda run: japanese.romaji_to_kana(run.group()) or run.group(), spaced)
        )
        if kana != squeezed and _JAPANESE.search(kana):
            kana = mask(kana)
            starts, lemmas = _read(kana)
            forms.append(Form("kana", kana, frozenset(starts)))
            forms.append(Form("kana-lemmas", lemmas, _starts_of_lemmas(lemmas)))
    return forms


def _starts_of_lemmas(lemmas: str) -> frozenset[int]:
    return frozenset({0, *(match.end() for match in _BETWEEN.finditer(lemmas))})
