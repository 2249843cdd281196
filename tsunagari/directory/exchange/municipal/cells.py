"""The cells of a row by what their columns mean, and what is the same for all rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tsunagari.core.tables.problems import Problem
from tsunagari.directory.exchange.tables.columns import KEPT, UNUSED, ListKind
from tsunagari.directory.exchange.tables.remarks import remark
from tsunagari.directory.exchange.tables.values import told, wide

# Service.Kind as lists say it, whatever the language of the page
KINDS: Final = {
    "相談": "consultation",
    "支援制度": "programme",
    "居場所": "place",
    "情報": "information",
    "緊急通報": "emergency",
}


@dataclass(slots=True)
class Context:
    """What is the same for all rows of a table: its kind, its columns, and whose list it is."""

    kind: ListKind
    columns: Mapping[str, str]
    """Heading → field."""
    part: str = ""
    organization: str = ""
    area: str = ""
    scope: str = ""
    """What keeps the numbers of this table apart from those of the file's other tables."""
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def said(self) -> frozenset[str]:
        """The fields that some column gives."""
        return frozenset(self.columns.values())


class Row:
    """The cells of a row by field, with the headings that they came from."""

    def __init__(self, context: Context, number: int, cells: Mapping[str, str]) -> None:
        self.context = context
        self.number = number
        self.problems: list[Problem] = []
        self.values: dict[str, str] = {}
        self.all: dict[str, list[str]] = {}
        self.headings: dict[str, str] = {}
        self.kept: dict[str, str] = {}
        for heading, text in cells.items():
            target = context.columns.get(heading, UNUSED)
            if target == UNUSED:
                continue
            if target == KEPT:
                if text.strip():
                    self.kept[heading] = text.strip()
                continue
            self.all.setdefault(target, []).append(text)
            if not told(self.values.get(target, "")):
                self.values[target] = text
                self.headings[target] = heading

    def __getitem__(self, name: str) -> str:
        return told(self.values.get(name, ""))

    @property
    def kind(self) -> str:
        """What the entry is: as its row says, else as the list is."""
        return KINDS.get(wide(self["kind"]), self.context.kind.kind)

    def has(self, *names: str) -> bool:
        """Whether a column gives any of these."""
        return any(name in self.values for name in names)

    def sayer(self, name: str) -> Any:
        """``say`` for a column: tells a problem of this row under the column's heading."""

        def say(code: str, value: str = "", **words: Any) -> None:
            heading = words.pop("field", "") or self.headings.get(name, name)
            self.problems.append(
                remark(code, number=self.number, part=self.context.part, field=heading, value=value, **words)
            )

        return say
