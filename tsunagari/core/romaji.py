"""Names of municipalities and prefectures in Latin letters, for pages in English.

Hepburn without marks for long vowels, as on signs and in most municipalities' own English names.
"""

import functools
import re

import jaconv

ENDINGS = {"市": ("し",), "区": ("く",), "町": ("ちょう", "まち"), "村": ("むら", "そん")}
"""How the last letter of a municipality's name is read."""

PREFECTURE_ENDINGS = {"県": "けん", "府": "ふ"}

APART = {
    stem.replace("|", ""): stem
    for stem in (
        "かつ|うら", "こと|うら", "せと|うち", "そ|お", "たきの|うえ", "とよ|うら", "とよ|おか",
        "なちかつ|うら", "にしの|おもて", "ひろ|お", "ぶんご|おおの",
        "まつ|うら", "みの|お", "やまの|うち", "わの|うち",
    )
}  # fmt: skip
"""Stems in which う or お begins a word, so that it makes no long vowel: Matsuura, not Matsura."""

N_BEFORE_VOWEL = re.compile("ん(?=[あいうえおやゆよ])")
LONG_VOWEL = re.compile("o[uo]|uu")


def _spelled(kana: str) -> str:
    letters = jaconv.kana2alphabet(N_BEFORE_VOWEL.sub("ん'", APART.get(kana, kana)))
    letters = LONG_VOWEL.sub(lambda found: found[0][0], letters)
    return str(letters.replace("|", "").replace("cch", "tch"))


@functools.lru_cache(maxsize=4096)
def area_in_romaji(name: str, kana: str) -> str:
    """The English name of a prefecture or municipality: Aomori Prefecture, Tokyo, Hokkaido, Kushiro-shi.

    Args:
        name: in Japanese; its last letter tells what the area is.
        kana: the whole reading in hiragana.
    """
    if name == "東京都":
        return "Tokyo"
    if name[-1] in PREFECTURE_ENDINGS:
        return _spelled(kana.removesuffix(PREFECTURE_ENDINGS[name[-1]])).capitalize() + " Prefecture"
    for ending in ENDINGS.get(name[-1], ()):
        if kana.endswith(ending):
            return f"{_spelled(kana.removesuffix(ending)).capitalize()}-{_spelled(ending)}"
    return _spelled(kana).capitalize()
