"""Areas named inside what a person types: 「札幌 ひきこもり」「横浜市港北区」「さっぽろ」「naha」."""

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tsunagari.core import japanese
from tsunagari.core.areas import AreaNode, area_tree
from tsunagari.core.models import Area

# More places of one name than this (中央区 stands in eleven cities) are asked about, not searched.
MOST_AT_ONCE = 4
_SUFFIXES = ("都", "府", "県", "市", "区", "町", "村")
_KANA_SUFFIXES = {
    "都": "と",
    "府": "ふ",
    "県": "けん",
    "市": "し",
    "区": "く",
    "町": ("まち", "ちょう"),
    "村": ("むら", "そん"),
}
# After a bare name these make it a person's.
_HONORIFICS = ("さん", "くん", "君", "ちゃん", "様", "先生", "先輩", "部長", "課長")
# Names in kana that are everyday words, or parts of what people say about themselves.
_EVERYDAY = """
いま いみず いずみ おおた かい かいづ かさい かなり きた きたい くき こうか さかい さくら さとみ
さんのへ しま しみず せき そうさ たいし たいわ だいご たかい つる とうべつ とね なか なかま なみえ にし
にしき のぞみ はら はるひ ひので ひがし ひかり ふじ ほうき まつり みなと みどり みなみ みやこ みやま
もとす もり やお やまと ようか わこう わじま あい あさひ あま おい おじや いた いたみ いなみ
"""
_EVERYDAY_KANA = frozenset(_EVERYDAY.split())
# What ties a place to the rest of a sentence, the longest first.
_PARTICLES = (
    "に住んでいます",
    "に住んでいる",
    "に住んでて",
    "にある",
    "にいる",
    "在住",
    "での",
    "では",
    "で",
    "の",
    "に",
)
_KANA_OR_LETTERS = re.compile(r"[ぁ-ゖァ-ヺーa-z'-]+")
_LONGEST = 14


@dataclass(frozen=True, slots=True)
class AreasInText:
    """What a text says about places.

    areas: the places meant; more than one when a name is ambiguous (府中市) or names both a prefecture and
    its city (福岡); at most `MOST_AT_ONCE`. ambiguous: all places of a name that is too common to search at
    once. rest: the text without the places' names. name: how the person wrote the place.
    """

    areas: tuple[AreaNode, ...] = ()
    ambiguous: tuple[AreaNode, ...] = ()
    rest: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    written: dict[str, tuple[str, ...]]
    """Full written names, also with their city or prefecture before: 札幌市, 横浜市港北区, 東京都府中市."""
    bare: dict[str, tuple[str, ...]]
    """Written names of at least two letters without 市区町村都府県: 札幌."""
    kana: dict[str, tuple[str, ...]]
    """Hiragana with and without the suffix: さっぽろし, さっぽろ."""


@functools.cache
def _vocabulary(tree_size: int) -> _Vocabulary:
    """The names of all areas; `tree_size` makes it anew when areas have been loaded."""
    written: dict[str, set[str]] = defaultdict(set)
    bare: dict[str, set[str]] = defaultdict(set)
    kana: dict[str, set[str]] = defaultdict(set)
    for area in area_tree().values():
        written[area.name].add(area.code)
        folded = japanese.fold(area.name_kana)
        kana[folded].add(area.code)
        if area.level == Area.Level.WARD:
            continue
        stem = _stem(area.name)
        if len(stem) >= 2:
            bare[stem].add(area.code)
        stem_kana = _kana_stem(folded, area.name[-1])
        if len(stem_kana) >= 2 and stem_kana not in _EVERYDAY_KANA:
            kana[stem_kana].add(area.code)
    return _Vocabulary(
        *({name: tuple(sorted(codes)) for name, codes in names.items()} for names in (written, bare, kana))
    )


def _stem(name: str) -> str:
    # 北海道 has no name without 道; 京都 is not 京
    return name[:-1] if name[-1] in _SUFFIXES else name


def _kana_stem(kana: str, suffix: str) -> str:
    endings = _KANA_SUFFIXES.get(suffix, ())
    for ending in (endings,) if isinstance(endings, str) else endings:
        if kana.endswith(ending) and len(kana) > len(ending):
            return kana.removesuffix(ending)
    return kana


def areas_in_text(text: str, *, near: AreaNode | None = None) -> AreasInText:
    """Find the places that a text names, and what is left of it.

    `near`, the place chosen already, decides between places of one name. Names in a row narrow each other:
    東京都 府中市, 横浜市港北区. Bare names (札幌) count where the dictionary sees a place's name, those in
    kana or romaji (さっぽろ, naha) only as a word of their own.
    """
    plain = japanese.normalize(text)
    if not plain or not area_tree():
        return AreasInText(rest=plain)
    found: Found = []
    kept: list[str] = []
    pieces = plain.split(" ")
    for piece in pieces:
        here, left = _named(piece, alone=len(pieces) == 1)
        found += here
        kept.append(left)
    if not found:
        return AreasInText(rest=plain)
    rest = " ".join(part for part in kept if part)
    codes = _narrowed([codes for _, codes in found])
    nodes = [area_tree()[code] for code in codes]
    if near is not None and len(nodes) > 1:
        nodes = [node for node in nodes if node.prefecture_code == near.prefecture_code] or nodes
    name = " ".join(written for written, _ in found)
    if len(nodes) > MOST_AT_ONCE:
        return AreasInText(ambiguous=tuple(nodes), rest=rest, name=name)
    return AreasInText(areas=tuple(nodes), rest=rest, name=name)


Found = list[tuple[str, tuple[str, ...]]]


def _named(piece: str, *, alone: bool) -> tuple[Found, str]:
    """The places in one word of the text (between spaces), and what is left of it."""
    if _KANA_OR_LETTERS.fullmatch(piece):
        codes = _codes_of_spelling(piece, _vocabulary(len(area_tree())), alone=alone)
        if codes:
            return [(piece, codes)], ""
    return _written(piece, alone=alone)


def _written(text: str, *, alone: bool) -> tuple[Found, str]:
    """Names in kanji, the longest first at each place; bare ones where Sudachi sees a place's name."""
    names = _vocabulary(len(area_tree()))
    places = _bare_places(text, names, alone=alone)
    found: Found = []
    kept: list[str] = []
    at = 0
    while at < len(text):
        for length in range(min(_LONGEST, len(text) - at), 1, -1):
            piece = text[at : at + length]
            codes = names.written.get(piece)
            if codes is None and (at, length) in places:
                codes = names.bare[piece]
            if codes:
                found.append((piece, codes))
                kept.append(" ")
                at += length
                break
        else:
            kept.append(text[at])
            at += 1
    return found, _without_particle("".join(kept)) if found else text


def _bare_places(text: str, names: _Vocabulary, *, alone: bool) -> set[tuple[int, int]]:
    """(start, length) of bare names that are a place: Sudachi takes them for one, or they stand alone."""
    if text in names.bare and not alone:
        return {(0, len(text))}
    found: set[tuple[int, int]] = set()
    if not any(_bare_by_first(text, names)):
        return found
    for morpheme in japanese.morphemes(text):
        surface = morpheme.surface()
        following = text[morpheme.end() :]
        is_place = surface in names.bare and "地名" in morpheme.part_of_speech()[:4]
        if is_place and not following.startswith(_HONORIFICS):
            found.add((morpheme.begin(), len(surface)))
    return found


def _bare_by_first(text: str, names: _Vocabulary) -> Iterable[str]:
    """Pieces of the text that are bare names; cheap, so that most texts are never tokenised for places."""
    for at in range(len(text) - 1):
        for length in range(2, 7):
            piece = text[at : at + length]
            if piece in names.bare:
                yield piece


def _codes_of_spelling(piece: str, names: _Vocabulary, *, alone: bool) -> tuple[str, ...]:
    romaji = piece.isascii() and piece.isalpha()
    spelled = (japanese.romaji_to_kana(piece) or "") if romaji else japanese.to_hiragana(piece)
    # a short word in letters is more often English or a name than a town
    if len(spelled) < (3 if alone else 2) or (romaji and len(piece) < 4):
        return ()
    endings = ("", "の", "で", "に") if not romaji else ("", "し", "けん", "ふ", "と", "く")
    for ending in endings:
        stem = spelled.removesuffix(ending) if ending else spelled
        if stem in names.kana and (len(stem) >= 3 or not alone):
            return names.kana[stem]
        if romaji:  # long vowels are not written: tokyo, osaka
            for kana in _lengthened(stem):
                if kana in names.kana:
                    return names.kana[kana]
    return ()


@functools.cache
def _by_short_vowels(tree_size: int) -> dict[str, tuple[str, ...]]:
    """Kana names by their form without long o and u: ときょ → とうきょう."""
    found: dict[str, set[str]] = defaultdict(set)
    for kana in _vocabulary(tree_size).kana:
        found[_shortened(kana)].add(kana)
    return {short: tuple(sorted(names)) for short, names in found.items()}


def _shortened(kana: str) -> str:
    kept: list[str] = []
    for character in kana:
        before = kept[-1] if kept else ""
        if character in "うお" and before in set(
            "おこそとのほもよろごぞどぼぽょうくすつぬふむゆるぐずぶぷゅ"
        ):
            continue
        kept.append(character)
    return "".join(kept)


def _lengthened(kana: str) -> Sequence[str]:
    return _by_short_vowels(len(area_tree())).get(_shortened(kana), ())


def _without_particle(text: str) -> str:
    """What is left around names that were taken out (spaces stand there), without particles after them."""
    first, *others = text.split(" ")
    kept = [first]
    for other in others:
        particle = next((one for one in _PARTICLES if other.startswith(one)), "")
        kept.append(other.removeprefix(particle))
    return " ".join(part for part in kept if part)


def _narrowed(groups: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The places of the last name that lie in those named before; when they do not, the last name's."""
    tree = area_tree()
    chosen: tuple[str, ...] = ()
    for codes in groups:
        if not chosen:
            chosen = codes
            continue
        inside = tuple(code for code in codes if any(above in chosen for above in tree[code].scope))
        outside = tuple(code for code in chosen if any(above in codes for above in tree[code].scope))
        chosen = inside or outside or codes
    # a prefecture and its city of one name (福岡) both count; the nearer first
    order = {Area.Level.MUNICIPALITY: 0, Area.Level.WARD: 1, Area.Level.PREFECTURE: 2}
    return tuple(sorted(chosen, key=lambda code: (order[Area.Level(tree[code].level)], code)))


def forget() -> None:
    """Read the names anew: after areas have been loaded anew, and between tests."""
    _vocabulary.cache_clear()
    _by_short_vowels.cache_clear()
