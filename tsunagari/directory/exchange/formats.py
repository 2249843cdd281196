"""The formats that can be read, and how a file's format is told."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from django.utils.functional import Promise

from tsunagari.accounts.models import Organization
from tsunagari.core.tables.problems import FileRefused
from tsunagari.directory.exchange.records import Item

# a module of each format, which registers itself
MODULES: tuple[str, ...] = (
    "tsunagari.directory.exchange.hsds",
    "tsunagari.directory.exchange.municipal.reader",
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A stored file, and how it is to be read."""

    path: Path
    name: str
    digest: str
    size: int
    source: str = ""
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its reader, and a quick look that tells whether a file seems to be of it."""

    key: str
    label: str | Promise
    read: Callable[[SourceFile], Iterator[Item]]
    recognises: Callable[[SourceFile], bool]
    options_for: Callable[[Organization | None], dict[str, Any]] | None = None
    """What a run of this format needs to know of whose file it is, where no page has asked."""
    describe: Callable[[SourceFile], Iterable[str]] | None = None
    """Lines that tell how a file is understood, for the dry run on the command line."""


_formats: dict[str, Format] = {}


def register(known: Format) -> None:
    """Make a format known under its key."""
    _formats[known.key] = known


def load_formats() -> dict[str, Format]:
    """Every format by its key."""
    for module in MODULES:
        import_module(module)
    return dict(_formats)


def format_of(key: str) -> Format:
    """The format of this key.

    Raises:
        FileRefused: there is none.
    """
    try:
        return load_formats()[key]
    except KeyError as error:
        keys = "、".join(sorted(_formats))
        raise FileRefused(
            f"この形式は読めません。読めるのは {keys} です。",
            f"This format cannot be read; those that can are {', '.join(sorted(_formats))}.",
        ) from error


def recognise(file: SourceFile) -> str:
    """The key of the first format that recognises the file.

    Raises:
        FileRefused: none does.
    """
    for key, known in load_formats().items():
        if known.recognises(file):
            return key
    raise FileRefused(
        "ファイルの形式が分かりません。形式を選んでください。",
        "The format of the file is not recognised; please choose it.",
    )
