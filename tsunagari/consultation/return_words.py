"""The words of return keys: how they are read when people write them down and type them again. Pure."""

import functools
import unicodedata
from pathlib import Path

import jaconv

WORDS_IN_A_KEY = 4
_SMALL = str.maketrans("ぁぃぅぇぉっゃゅょゎ", "あいうえおつやゆよわ")
_ALIKE = str.maketrans({"ー": "", "を": "お", "ゐ": "い", "ゑ": "え"})


def fold(word: str) -> str:
    """A word without what the ear or a tired hand loses: voicing marks, small letters, long vowels."""
    plain = jaconv.kata2hira(unicodedata.normalize("NFKC", word)).translate(_SMALL)
    bare = "".join(one for one in unicodedata.normalize("NFD", plain) if one not in "\u3099\u309a")
    return bare.translate(_ALIKE)


@functools.cache
def read_words(file: Path) -> tuple[str, ...]:
    """The list.

    Raises:
        ValueError: fewer than 2,048 words, or two that sound alike.
    """
    words = tuple(file.read_text(encoding="utf-8").split())
    if len(words) < 2048 or len({fold(word) for word in words}) != len(words):
        raise ValueError(f"{file.name}: at least 2,048 words, no two alike")
    return words


def split(typed: str) -> tuple[str, ...]:
    """The folded words of what somebody typed, whatever stands between them; () if they are not four."""
    text = unicodedata.normalize("NFKC", typed)
    letters = "".join(one if one.isalpha() or one in "ーｰ\u3099\u309a" else " " for one in text)
    words = tuple(fold(word) for word in letters.split())
    return words if len(words) == WORDS_IN_A_KEY else ()
