"""HSDS as tables: one CSV for each kind of object, in a ZIP or a folder, with or without datapackage.json.

The tables are put into a temporary SQLite file, so that a file of any size is joined in constant memory; then
each object is put together as its compiled form, with the line of each of its rows, and read as such.
"""

import json
import re
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from tsunagari.core.tables.problems import FileRefused, Problem
from tsunagari.directory.exchange.archives import Member, members, open_member
from tsunagari.directory.exchange.formats import SourceFile
from tsunagari.directory.exchange.hsds.objects import LINE, Objects, text_of
from tsunagari.directory.exchange.problems import problem
from tsunagari.directory.exchange.records import Item
from tsunagari.directory.exchange.texts import table

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
FOREIGN_COLUMN: Final = "foreign_fields"
"""An extension: what has no column, as JSON."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and the objects whose lists its rows join: (column, list in the owner, table of the owner)."""

    owners: tuple[tuple[str, str, str], ...] = ()
    required: bool = False


# a row belongs to the first owner that it names
TABLES: Final[dict[str, Table]] = {
    "organizations": Table(required=True),
    "services": Table(required=True),
    "locations": Table(),
    "service_at_location": Table((("service_id", "service_at_locations", "services"),)),
    "addresses": Table((("location_id", "addresses", "locations"),)),
    "phones": Table(
        (
            ("service_id", "phones", "services"),
            ("service_at_location_id", "phones", "service_at_location"),
            ("contact_id", "phones", "contacts"),
            ("location_id", "phones", "locations"),
            ("organization_id", "phones", "organizations"),
        )
    ),
    "channels": Table(
        (
            ("service_id", "channels", "services"),
            ("service_at_location_id", "channels", "service_at_location"),
            ("contact_id", "channels", "contacts"),
            ("location_id", "channels", "locations"),
            ("organization_id", "channels", "organizations"),
        )
    ),
    "schedules": Table(
        (
            ("service_id", "schedules", "services"),
            ("service_at_location_id", "schedules", "service_at_location"),
            ("contact_id", "schedules", "contacts"),
            ("location_id", "schedules", "locations"),
            ("organization_id", "schedules", "organizations"),
        )
    ),
    "closures": Table(
        (
            ("service_id", "closures", "services"),
            ("service_at_location_id", "closures", "service_at_location"),
            ("contact_id", "closures", "contacts"),
            ("location_id", "closures", "locations"),
            ("organization_id", "closures", "organizations"),
        )
    ),
    "contacts": Table(
        (
            ("service_id", "contacts", "services"),
            ("service_at_location_id", "contacts", "service_at_location"),
            ("location_id", "contacts", "locations"),
            ("organization_id", "contacts", "organizations"),
        )
    ),
    "service_areas": Table((("service_id", "service_areas", "services"),)),
    "languages": Table(
        (
            ("phone_id", "languages", "phones"),
            ("service_id", "languages", "services"),
            ("location_id", "languages", "locations"),
        )
    ),
    "cost_options": Table((("service_id", "cost_options", "services"),)),
    "required_documents": Table((("service_id", "required_documents", "services"),)),
    "texts": Table((("service_id", "texts", "services"),)),
    "reachability": Table((("channel_id", "reachability", "channels"),)),
    "accessibility": Table((("location_id", "accessibility", "locations"),)),
    "organization_identifiers": Table((("organization_id", "organization_identifiers", "organizations"),)),
    "programs": Table((("organization_id", "programs", "organizations"),)),
    "funding": Table(
        (("service_id", "funding", "services"), ("organization_id", "funding", "organizations"))
    ),
    "attributes": Table(
        (
            ("link_id", "attributes", "services"),
            ("link_id", "attributes", "locations"),
            ("link_id", "attributes", "organizations"),
        )
    ),
    "taxonomies": Table(),
    "taxonomy_terms": Table(),
}
_ALIASES: Final = {
    "service_at_locations": "service_at_location",
    "accessibility_for_disabilities": "accessibility",
    "service": "services", "organization": "organizations", "location": "locations",
    "phone": "phones", "schedule": "schedules", "contact": "contacts", "address": "addresses",
    "language": "languages", "cost_option": "cost_options", "required_document": "required_documents",
    "service_area": "service_areas", "attribute": "attributes", "taxonomy": "taxonomies",
    "taxonomy_term": "taxonomy_terms", "organization_identifier": "organization_identifiers",
    "program": "programs", "physical_addresses": "addresses", "fundings": "funding",
}  # fmt: skip
_UNUSED: Final = frozenset({"metadata", "meta_table_descriptions"})
_NUMBERED: Final = re.compile(r"^'(?=['=+\-@\t\r])")


def is_tables(source: SourceFile) -> bool:
    """Whether a ZIP or folder holds HSDS tables."""
    names = {_table_of(member.name) for member in members(source.path)}
    return "services" in names or "organizations" in names


def read_tabular(source: SourceFile) -> Iterator[Item]:
    """The records of a ZIP or folder of tables."""
    inside: dict[str, Member] = {}
    for member in members(source.path):
        name = _table_of(member.name)
        if name in TABLES:
            inside.setdefault(name, member)
        elif member.name != "datapackage.json" and name not in _UNUSED:
            yield problem("file_unknown", number=0, part=member.name, value=member.name)
    for name in ("services", "organizations"):
        if name not in inside:
            raise FileRefused(f"{name}.csv がありません。", f"There is no {name}.csv.", part=f"{name}.csv")
    with _Store() as store:
        for name, member in inside.items():
            with open_member(source.path, member) as stream:
                yield from store.fill(name, _rows(stream, member.name))
        yield from store.items()


def read_tables(tables: dict[str, list[Any]]) -> Iterator[Item]:
    """The records of tables that are lists of objects (the standard's ``tabular.json``)."""
    with _Store() as store:
        for file, rows in tables.items():
            if (name := _table_of(file)) in TABLES:
                yield from store.fill(
                    name, ((number, row) for number, row in enumerate(rows, 2) if isinstance(row, dict))
                )
        yield from store.items()


def _table_of(file: str) -> str:
    if not file.lower().endswith(".csv"):
        return ""
    name = file.lower().removesuffix(".csv")
    return _ALIASES.get(name, name)


def revealed(cell: str) -> str:
    """The text of a cell that was made harmless for spreadsheets: one quote before a dangerous sign."""
    return cell[1:] if _NUMBERED.match(cell) else cell


def _rows(stream: IO[bytes], part: str) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    rows = table(stream, part=part)
    try:
        _line, heading = next(rows)
    except StopIteration:
        return
    names = [name.strip().lower() for name in heading]
    if len(set(names)) != len(names):
        raise FileRefused(
            "同じ名前の列が二つあります。", "Two columns have the same name.", number=1, part=part
        )
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names):
            yield line, problem("left_out", number=line, part=part, field="", value=cells[len(names)])
        row: dict[str, Any] = {name: revealed(cell) for name, cell in zip(names, cells, strict=False) if name}
        yield line, row


class _Store:
    """The tables in a temporary SQLite file."""

    def __enter__(self) -> "_Store":
        self._folder = tempfile.TemporaryDirectory(prefix="tsunagari-tables-")
        self._db = sqlite3.connect(Path(self._folder.name) / "tables.sqlite", isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;")
        self._db.execute("BEGIN")
        for name, known in TABLES.items():
            owners = "".join(f", o{place} TEXT" for place in range(len(known.owners)))
            self._db.execute(f"CREATE TABLE {name} (id TEXT PRIMARY KEY, line INTEGER, fields TEXT{owners})")
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()
        self._folder.cleanup()

    def fill(self, name: str, rows: Iterable[tuple[int, Any]]) -> Iterator[Problem]:
        """Put the rows of a table in; the problems of those that cannot be used come back."""
        known, part = TABLES[name], f"{name}.csv"
        marks = ", ".join("?" * (3 + len(known.owners)))
        insert = f"INSERT OR IGNORE INTO {name} VALUES ({marks})"  # noqa: S608 - names of our own tables
        for line, row in rows:
            if isinstance(row, Problem):
                yield row
                continue
            row = {field: value for field, value in row.items() if value is not None}
            key = text_of(row.get("id"))
            if not key and name in ("services", "organizations", "locations"):
                yield problem("missing", number=line, part=part, field="id")
                continue
            owners = [text_of(row.get(column)) or None for column, _list, _table in known.owners]
            text = json.dumps(row, ensure_ascii=True)
            done = self._db.execute(insert, [key or f"\x1f{line}", line, text, *owners])
            if done.rowcount == 0:
                found = problem("part_twice", number=line, part=part, field="id", value=key)
                if name in ("services", "organizations", "locations"):
                    first = self._db.execute(f"SELECT line FROM {name} WHERE id = ?", [key]).fetchone()[0]  # noqa: S608
                    found = problem(
                        "twice_in_file", number=line, part=part, field="id", value=key, first=first
                    )
                yield found

    def items(self) -> Iterator[Item]:
        """The objects with all that belongs to them, taxonomies first, then organisations, then services."""
        for name, known in TABLES.items():
            for place in range(len(known.owners)):
                self._db.execute(f"CREATE INDEX {name}_{place} ON {name} (o{place})")
        yield from self._orphans()
        objects = Objects()
        for kind, name in (
            ("taxonomy", "taxonomies"),
            ("taxonomy_term", "taxonomy_terms"),
            ("organization", "organizations"),
            ("location", "locations"),
            ("service", "services"),
        ):
            with closing(self._db.cursor()) as cursor:
                order = "ORDER BY line" if name != "taxonomy_terms" else "ORDER BY line"
                cursor.execute(f"SELECT id, line, fields FROM {name} {order}")  # noqa: S608
                for key, line, text in cursor:
                    item = self._item(name, key, line, text)
                    yield from objects.items(kind, item, number=line, part=f"{name}.csv")

    def _orphans(self) -> Iterator[Problem]:
        """Rows that name no owner which is there."""
        for name, known in TABLES.items():
            if not known.owners:
                continue
            there = " OR ".join(
                f"EXISTS (SELECT 1 FROM {owner} o WHERE o.id = t.o{place})"  # noqa: S608
                for place, (_column, _list, owner) in enumerate(known.owners)
            )
            query = f"SELECT line, fields FROM {name} t WHERE NOT ({there}) ORDER BY line"  # noqa: S608
            for line, text in self._db.execute(query):
                row = json.loads(text)
                column = next((column for column, _l, _t in known.owners if row.get(column)), None)
                if name == "programs" and column is None:
                    continue
                field = column or known.owners[0][0]
                yield problem(
                    "orphan", number=line, part=f"{name}.csv", field=field, value=text_of(row.get(field))
                )

    def _item(self, name: str, key: str, line: int, text: str, depth: int = 0) -> dict[str, Any]:
        """A row with the rows that belong to it, by list."""
        row: dict[str, Any] = json.loads(text)
        foreign = row.pop(FOREIGN_COLUMN, None)
        item = {
            field: value
            for field, value in row.items()
            if value != "" or (depth == 0 and name in ("services", "locations", "organizations"))
        }
        item[LINE] = (f"{name}.csv", line)
        if isinstance(foreign, str) and foreign.startswith("{"):
            try:
                item |= {field: value for field, value in json.loads(foreign).items() if field not in item}
            except (ValueError, RecursionError):
                item[FOREIGN_COLUMN] = foreign
        for child, known in TABLES.items():
            for place, (_column, list_name, owner) in enumerate(known.owners):
                if owner == name:
                    found = self._children(child, known, place, key, depth)
                    if found or self._is_filled(child):
                        item.setdefault(list_name, []).extend(found)
        if name == "service_at_location" and (location := item.get("location_id")):
            item["location_id"] = location
        return item

    def _is_filled(self, name: str) -> bool:
        # a table that is not in the file says nothing: what stands in the directory stays
        if not hasattr(self, "_filled"):
            self._filled = {
                name
                for name in TABLES
                if self._db.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone()  # noqa: S608
            }
        return name in self._filled

    def _children(self, name: str, known: Table, place: int, key: str, depth: int) -> list[dict[str, Any]]:
        if depth > 3:
            return []
        before = "".join(
            f" AND NOT EXISTS (SELECT 1 FROM {known.owners[other][2]} o WHERE o.id = t.o{other})"  # noqa: S608
            for other in range(place)
            if known.owners[other][2] != known.owners[place][2]
        )
        query = f"SELECT id, line, fields FROM {name} t WHERE o{place} = ?{before} ORDER BY line LIMIT 5000"  # noqa: S608
        rows = self._db.execute(query, [key]).fetchall()
        return [self._item(name, child, line, text, depth + 1) for child, line, text in rows]
