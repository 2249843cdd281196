"""Japanese text: one normal form, words, readings, bigrams, romaji and telephone numbers.

Words come from SudachiPy with SudachiDict-core. The dictionary is loaded once for the process (a memory map);
a tokenizer is not safe between threads, so each thread has its own.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import jaconv
from sudachipy import Dictionary, SplitMode

# Sudachi refuses more than 49,149 bytes; 10,000 characters of at most 4 bytes stay below that.
MAX_CHARACTERS = 10_000
# A lexeme of PostgreSQL may have 2,046 bytes; no Japanese word is near this.
MAX_TOKEN = 100
# Raise this when the rules below change what is indexed, so that the index is rebuilt.
TEXT_RULES = 1

_DROPPED_POS = frozenset({"助詞", "助動詞", "補助記号", "空白"})
_VARIATION = re.compile("[\ufe00-\ufe0f]")
_SPACES = re.compile(r"\s+")
_LONG_MARKS = re.compile(r"(?<=[ぁ-ゖァ-ヺー])[ー~〜]+")
_HYPHEN_IN_KATAKANA = re.compile(r"(?<=[ァ-ヺ])[-‐-―−](?=[ァ-ヺ])")
_WORD_RUN = re.compile(r"[^\W_]+")

_dictionary: Any = None
_dictionary_lock = threading.Lock()
_local = threading.local()


# -- normal form ----------------------------------------------------------------------------------------


def _strip_invisible(text: str) -> str:
    """Without control, format (zero width, direction), surrogate and variation marks; breaks → spaces."""
    if text.isprintable() and not _VARIATION.search(text):
        return text
    kept = []
    for character in text:
        if character.isascii() and character.isprintable():
            kept.append(character)
            continue
        if character in "\t\n\r\v\f\x85\u2028\u2029":
            kept.append(" ")
            continue
        if unicodedata.category(character) in {"Cc", "Cf", "Cs"} or "\ufe00" <= character <= "\ufe0f":
            continue
        kept.append(character)
    return "".join(kept)


def normalize(text: str) -> str:
    """The one form in which text is compared: NFKC, lower case, no invisible characters, single spaces.

    Full-width letters become ASCII and half-width kana full-width (NFKC); a run of long marks or waves after
    kana becomes one 「ー」; emoji stay (their joiners go). Doing it twice changes nothing. At most
    ``MAX_CHARACTERS`` characters come back.
    """
    result = text[: MAX_CHARACTERS * 2]
    for _ in range(4):  # lowering may denormalise (İ) and stripping may bring new neighbours together
        before = result
        result = unicodedata.normalize("NFKC", _strip_invisible(result)).lower()
        result = _HYPHEN_IN_KATAKANA.sub("ー", result)
        result = _LONG_MARKS.sub("ー", result)
        result = _SPACES.sub(" ", result).strip()[:MAX_CHARACTERS].rstrip()
        if result == before:
            break
    return result


def to_hiragana(text: str) -> str:
    """Katakana (any width) as hiragana; everything else stays."""
    return str(jaconv.kata2hira(jaconv.h2z(text)))


def to_katakana(text: str) -> str:
    """Hiragana and half-width katakana as full-width katakana; everything else stays."""
    return str(jaconv.hira2kata(jaconv.h2z(text)))


def fold(text: str) -> str:
    """``normalize`` with katakana as hiragana: 「リスカ」「りすか」「ﾘｽｶ」 are one."""
    # the normal form has no half-width kana any more
    return str(jaconv.kata2hira(normalize(text)))


# -- words ----------------------------------------------------------------------------------------------


def tokenizer() -> Any:
    """This thread's Sudachi tokenizer (mode C), over the dictionary shared by the process."""
    global _dictionary
    found = getattr(_local, "tokenizer", None)
    if found is None:
        with _dictionary_lock:
            if _dictionary is None:
                _dictionary = Dictionary(dict="core")
        found = _local.tokenizer = _dictionary.tokenizer(mode=SplitMode.C)
    return found


def dictionary_version() -> str:
    """Names all that decides what is indexed; when it differs from the stored one, reindex."""
    return (
        f"sudachidict-core {version('sudachidict-core')} sudachipy {version('sudachipy')} rules {TEXT_RULES}"
    )


def morphemes(text: str) -> list[Any]:
    """Sudachi's morphemes (mode C) of text that is already normalised; ``MAX_CHARACTERS`` are read."""
    return list(tokenizer().tokenize(text[:MAX_CHARACTERS]))


_dropped: dict[int, bool] = {}


def _is_dropped(morpheme: Any) -> bool:
    """Whether it is a 助詞, 助動詞, 補助記号 or space; kept by Sudachi's number of the part of speech."""
    number = morpheme.part_of_speech_id()
    known = _dropped.get(number)
    if known is None:
        known = _dropped[number] = morpheme.part_of_speech()[0] in _DROPPED_POS
    return known


def _is_content(morpheme: Any) -> bool:
    return not _is_dropped(morpheme) and any(character.isalnum() for character in morpheme.surface())


def _content(text: str) -> Iterator[Any]:
    """The morphemes that carry meaning: no 助詞, 助動詞, 補助記号 or space; at least one letter or digit."""
    return (morpheme for morpheme in morphemes(normalize(text)) if _is_content(morpheme))


def _token(form: str) -> str:
    """A morpheme's normalised form as a lexeme: our normal form, no spaces, bounded."""
    return normalize(form).replace(" ", "")[:MAX_TOKEN]


def tokens_for_query(text: str) -> list[str]:
    """The words of a question in order: Sudachi's mode C, normalised (こども → 子供), without particles."""
    return [token for morpheme in _content(text) if (token := _token(morpheme.normalized_form()))]


def tokens_for_index(text: str) -> list[str]:
    """The words of a document in order: mode C, each followed by its parts in mode A.

    A question in mode C then finds both the whole (生活保護) and, asked alone, a part (保護).
    """
    return [token for tokens, _ in _words_of_index(text) for token in tokens]


def tokens_and_readings_for_index(text: str) -> tuple[list[str], list[str]]:
    """``tokens_for_index`` and ``readings`` of a text, which is read only once."""
    found = _words_of_index(text)
    tokens = [token for tokens, _ in found for token in tokens]
    return tokens, [reading for _, reading in found if reading]


# The words of entries are kept; those of a question are a person's and leave nothing in memory.
# A word of the dictionary has the same forms, parts and reading wherever it stands, so they are kept by its
# number; the numbers from here on are words that Sudachi made up (unknown words, joined digits).
_NOT_IN_DICTIONARY = 0xF000_0000
_KEPT_WORDS = 65_536
_Word = tuple[tuple[str, ...], str]
_known_words: dict[int, _Word] = {}


def _words_of_index(text: str) -> list[_Word]:
    """(its tokens, its reading) of each word of a document; nothing for particles and marks."""
    found = []
    known = _known_words
    for morpheme in morphemes(normalize(text)):
        number = morpheme.word_id()
        word = known.get(number)
        if word is None:
            word = _word_of_index(morpheme)
            if number < _NOT_IN_DICTIONARY:
                if len(known) >= _KEPT_WORDS:
                    known.clear()
                known[number] = word
        found.append(word)
    return found


def _word_of_index(morpheme: Any) -> _Word:
    if not _is_content(morpheme):
        return (), ""
    forms = [morpheme.normalized_form()]
    parts = morpheme.split(SplitMode.A)
    if len(parts) > 1:
        forms += [part.normalized_form() for part in parts if not _is_dropped(part)]
    tokens = tuple(token for form in forms if (token := _token_of_index(form)))
    return tokens, _reading_of_index(morpheme.reading_form())


def _reading(form: str) -> str:
    """A morpheme's reading as a lexeme in hiragana."""
    return fold(form).replace(" ", "")[:MAX_TOKEN]


# for what is not in the dictionary, and is repeated all the same: numbers, names of facilities
_token_of_index = lru_cache(maxsize=_KEPT_WORDS)(_token)
_reading_of_index = lru_cache(maxsize=_KEPT_WORDS)(_reading)


def readings(text: str) -> list[str]:
    """The readings of the words of ``text`` in hiragana, in order, without particles."""
    return [reading for morpheme in _content(text) if (reading := _reading(morpheme.reading_form()))]


def reading(text: str) -> str:
    """The whole of ``text`` in hiragana as it is read, particles included, without spaces and marks."""
    return "".join(
        fold(morpheme.reading_form() or morpheme.surface())
        for morpheme in morphemes(normalize(text))
        if morpheme.part_of_speech()[0] not in {"補助記号", "空白"}
    )


def bigrams(text: str) -> list[str]:
    """Pairs of neighbouring letters, kana folded, each once, in order; a lone letter stands for itself.

    The last resort of search, when no word is found: they survive misspellings that the dictionary does not.
    """
    found: dict[str, None] = {}
    for run in _WORD_RUN.findall(fold(text)):
        if len(run) == 1:
            found[run] = None
        for at in range(len(run) - 1):
            found[run[at : at + 2]] = None
    return list(found)


# -- romaji ---------------------------------------------------------------------------------------------

_VOWELS = "aiueo"


def _romaji_table() -> dict[str, str]:
    """Hepburn and Kunrei syllables, and those of common keyboards, to hiragana."""
    table: dict[str, str] = {}
    rows = {
        "": "あいうえお", "k": "かきくけこ", "s": "さしすせそ", "t": "たちつてと", "n": "なにぬねの",
        "h": "はひふへほ", "m": "まみむめも", "r": "らりるれろ", "g": "がぎぐげご", "z": "ざじずぜぞ",
        "d": "だぢづでど", "b": "ばびぶべぼ", "p": "ぱぴぷぺぽ",
    }  # fmt: skip
    for consonant, row in rows.items():
        for vowel, kana in zip(_VOWELS, row, strict=True):
            table[consonant + vowel] = kana
    for consonant, kana in {
        "ky": "き", "sy": "し", "ty": "ち", "ny": "に", "hy": "ひ", "my": "み", "ry": "り", "gy": "ぎ",
        "zy": "じ", "jy": "じ", "dy": "ぢ", "by": "び", "py": "ぴ", "cy": "ち",
    }.items():  # fmt: skip
        for vowel, small in zip("auo", "ゃゅょ", strict=True):
            table[consonant + vowel] = kana + small
    for consonant, kana in {"sh": "し", "ch": "ち", "j": "じ"}.items():
        table[consonant + "i"] = kana
        for vowel, small in zip("aueo", "ゃゅぇょ", strict=True):
            table[consonant + vowel] = kana + small
    table |= {
        "ya": "や", "yu": "ゆ", "yo": "よ", "wa": "わ", "wo": "を", "tsu": "つ", "fu": "ふ", "fa": "ふぁ",
        "fi": "ふぃ", "fe": "ふぇ", "fo": "ふぉ", "va": "ゔぁ", "vi": "ゔぃ", "vu": "ゔ", "ve": "ゔぇ",
        "vo": "ゔぉ", "thi": "てぃ", "dhi": "でぃ", "wi": "うぃ", "we": "うぇ", "she": "しぇ", "-": "ー",
    }  # fmt: skip
    return table


_ROMAJI = _romaji_table()
_MACRONS = str.maketrans({"ā": "aa", "ī": "ii", "ū": "uu", "ē": "ei", "ō": "ou", "â": "aa", "î": "ii",
                          "û": "uu", "ê": "ei", "ô": "ou"})  # fmt: skip
_ROMAJI_WORD = re.compile(r"[a-z][a-z'-]*")


def romaji_to_kana(word: str) -> str | None:
    """One word in Hepburn or Kunrei as hiragana (``shinitai``, ``sinitai`` → しにたい).

    None when it is not romaji throughout (``help``), so that English words stay English.
    """
    letters = normalize(word).translate(_MACRONS)[:MAX_TOKEN]
    if not _ROMAJI_WORD.fullmatch(letters):
        return None
    kana: list[str] = []
    at = 0
    while at < len(letters):
        here = letters[at]
        following = letters[at + 1 : at + 2]
        if here == "n" and (following == "'" or (following not in _VOWELS + "y" and following != "")):
            kana.append("ん")
            doubled = following == "n" and letters[at + 2 : at + 3] not in _VOWELS + "y"  # "onn", not "onna"
            at += 2 if following == "'" or doubled else 1
            continue
        if here == "n" and following == "":
            kana.append("ん")
            at += 1
            continue
        if here == "m" and following in ("b", "p", "m"):  # shimbun, sampo
            kana.append("ん")
            at += 1
            continue
        if (here == following and here not in _VOWELS + "n'-") or letters[at : at + 3] == "tch":
            kana.append("っ")
            at += 1
            continue
        for length in (3, 2, 1):
            syllable = letters[at : at + length]
            if len(syllable) == length and syllable in _ROMAJI:
                kana.append(_ROMAJI[syllable])
                at += length
                break
        else:
            return None
    return "".join(kana)


def romaji_query_to_kana(text: str) -> str:
    """``text`` with every word that is romaji throughout as hiragana; other words stay as they are."""
    return " ".join(romaji_to_kana(word) or word for word in normalize(text).split(" ")).strip()


# -- telephone numbers ----------------------------------------------------------------------------------

_KANJI_DIGITS = re.compile(r"[〇零一二三四五六七八九]{3,}")
_KANJI_TO_DIGIT = str.maketrans("〇零一二三四五六七八九", "00123456789")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[-‐-―−ー~〜_./・\s()]{1,3}(?=\d)")
_DIGIT_RUN = re.compile(r"\d{3,20}", re.ASCII)


def digits(text: str) -> list[str]:
    """The numbers in ``text`` that may be (part of) a telephone number, bare, in order, from 3 to 20 digits.

    Any writing: ０１２０ー２７９, 0120-279-338, (0120)279338, ＃8008, 一一〇番, +81 120 279 338 → 0120279338.
    """
    plain = normalize(text)
    plain = _KANJI_DIGITS.sub(lambda match: match.group().translate(_KANJI_TO_DIGIT), plain)
    plain = _BETWEEN_DIGITS.sub("", plain).replace("(", "").replace("+81", "0")
    return _DIGIT_RUN.findall(plain)
