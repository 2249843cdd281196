"""The searchable form of one service: its words by weight, its facets and its pairs of letters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tsunagari.core import japanese
from tsunagari.directory.search.lexemes import (
    run_together,
    telephone_lexemes,
    tsvector,
    words,
    words_and_readings,
)

# A description longer than this is searched by its beginning, so that no entry makes its row wide.
MAX_DESCRIPTION = 2_000
MAX_BIGRAMS = 400


@dataclass(frozen=True, slots=True)
class NeedTerm:
    """A need as the index uses it: its key and its name."""

    key: str
    name: str


@dataclass(slots=True)
class Source:
    """What of a service is searched."""

    name: str
    name_kana: str = ""
    other_names: Sequence[str] = ()
    organization: str = ""
    descriptions: Sequence[str] = ()
    needs: Sequence[NeedTerm] = ()
    audience: Sequence[str] = ()
    channels: Sequence[tuple[str, str]] = ()
    """(type, value) of each way to reach it."""
    languages: Sequence[str] = ()
    kind: str = "consultation"
    free: bool = False
    extra_facets: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Document:
    """What `SearchRow` holds of a service: a tsvector in text form, and bigrams of its names."""

    tsvector: str
    bigrams: tuple[str, ...]


def facets(source: Source) -> Iterable[str]:
    """What is filtered by: ``@ch:phone``, ``@lang:vi``, ``@need:dv``, ``@for:youth``, ``@kind:place`` …"""
    yield f"@kind:{source.kind}"
    yield from (f"@need:{need.key}" for need in source.needs)
    yield from (f"@for:{audience}" for audience in source.audience)
    yield from (f"@ch:{channel}" for channel, _ in source.channels)
    yield from (f"@lang:{language}" for language in source.languages or ("ja",))
    if source.free:
        yield "@free"
    yield from source.extra_facets


def document(source: Source) -> Document:
    """Make the searchable form: names and numbers A, needs B, organisation C, description D."""
    names = [source.name, source.name_kana, *source.other_names]
    by_weight = (
        ("A", _names(source)),
        (
            "A",
            (
                lexeme
                for kind, value in source.channels
                if kind == "phone"
                for lexeme in telephone_lexemes(value)
            ),
        ),
        ("B", (word for need in source.needs for word in words(need.name))),
        ("C", words_and_readings(source.organization)),
        ("D", (word for text in source.descriptions for word in words(text[:MAX_DESCRIPTION]))),
    )
    letters = " ".join(name for name in names if name)
    return Document(
        tsvector=tsvector(by_weight, facets(source)), bigrams=tuple(japanese.bigrams(letters)[:MAX_BIGRAMS])
    )


def _names(source: Source) -> Iterable[str]:
    for name in (source.name, *source.other_names):
        if name:
            yield from words_and_readings(name)
            yield run_together(name)
    if source.name_kana:
        # its words as a question in kana would be cut; their readings are those of the name
        yield from words(source.name_kana)
        yield run_together(source.name_kana)
