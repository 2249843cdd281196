"""Lexemes of PostgreSQL's tsvector and tsquery: the words come from Sudachi, not from PostgreSQL's parser."""

from collections.abc import Iterable
from functools import lru_cache

from tsunagari.core import japanese

# Texts repeat (descriptions of municipal kinds, names of needs and organisations), so their words are kept.
# Never keep here what also a question goes through: a person's words stay in memory for their request only.
_KEPT_TEXTS = 20_000


def quoted(lexeme: str) -> str:
    """A lexeme as PostgreSQL reads it in a tsvector or tsquery: in quotes, quotes and backslashes doubled."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


_quoted_of_index = lru_cache(maxsize=65_536)(quoted)


@lru_cache(maxsize=_KEPT_TEXTS)
def words(text: str) -> tuple[str, ...]:
    """The distinct words of a text for the index: Sudachi's mode C with its parts in mode A, normalised."""
    return tuple(dict.fromkeys(japanese.tokens_for_index(text)))


@lru_cache(maxsize=_KEPT_TEXTS)
def words_and_readings(text: str) -> tuple[str, ...]:
    """`words`, and how each is read in hiragana, so that kana finds kanji: for names and needs."""
    tokens, readings = japanese.tokens_and_readings_for_index(text)
    return tuple(dict.fromkeys((*tokens, *readings)))


def run_together(text: str) -> str:
    """A text as one lexeme: kana folded, letters and digits only."""
    return "".join(
        character for character in japanese.fold(text) if character.isalnum() or character in "ー"
    )[: japanese.MAX_TOKEN]


def telephone_lexemes(value: str) -> list[str]:
    """Lexemes that find a telephone number: the whole, and its tails at each hyphen, from five digits on.

    Short numbers (189, #8008) are found whole.
    """
    whole = "".join(japanese.digits(value))
    if not whole:
        return []
    found = [f"@tel:{whole}"]
    groups = [
        part for part in japanese.normalize(value).replace("(", "-").replace(")", "-").split("-") if part
    ]
    digits_of = ["".join(character for character in part if character.isdigit()) for part in groups]
    for at in range(1, len(digits_of)):
        tail = "".join(digits_of[at:])
        if len(tail) >= 5:
            found.append(f"@tel:{tail}")
    return found


def area_facet(code: str) -> str:
    """The lexeme of an area's rows, so that one scan of the GIN index ANDs a word with a place."""
    return f"@area:{code}"


def tsvector(weighted: Iterable[tuple[str, Iterable[str]]], facets: Iterable[str]) -> str:
    """The text form of a tsvector. Each lexeme once, with the first (highest) weight it comes with.

    `weighted`: (weight A, B, C or D; lexemes), the highest weight first. Facets carry no weight.
    """
    placed: dict[str, str] = {}
    for weight, lexemes in weighted:
        for lexeme in lexemes:
            if lexeme:
                placed.setdefault(lexeme, weight)
    parts = [
        f"{_quoted_of_index(word)}:1{'' if weight == 'D' else weight}" for word, weight in placed.items()
    ]
    parts += [_quoted_of_index(facet) for facet in dict.fromkeys(facets) if facet not in placed]
    return " ".join(parts)


def any_of(lexemes: Iterable[str], *, prefix: bool = False) -> str:
    """A tsquery that any of these lexemes satisfies; empty for none."""
    mark = ":*" if prefix else ""
    return " | ".join(f"{quoted(lexeme)}{mark}" for lexeme in dict.fromkeys(lexemes))
