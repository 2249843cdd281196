"""Rows of text, as a file of any kind gives them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tsunagari.core.tables.problems import Problem

MOST_BYTES: Final = 50_000_000
MOST_COLUMNS: Final = 400


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row: ``number`` is the line that the person sees; cells are text, empty ones at the end left out.

    ``problems`` name their column by number, from 0, in ``field``; ``headings`` turns it into words.
    """

    number: int
    cells: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Merge:
    """Cells that were made one: rows and columns from and to, both included; columns from 0."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook, or the one table of a text file. ``rows`` begins anew at each call."""

    name: str
    rows: Callable[[], Iterator[GridRow]]
    merges: tuple[Merge, ...] = ()
    hidden_columns: frozenset[int] = frozenset()


@dataclass(slots=True)
class Document:
    """A file, read: its sheets, and what is to be said about it as a whole."""

    kind: str
    path: Path
    sheets: list[Sheet]
    problems: list[Problem] = field(default_factory=list)
    encoding: str = ""
    delimiter: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    """Of a workbook: the name of each sheet → its part of the file."""
