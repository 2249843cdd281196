"""Excel workbooks (.xlsx, .xlsm), read within bounds: stored values only, nothing evaluated, nothing fetched.

We read the XML ourselves, one row at a time: a workbook that claims a million columns, or unpacks to a
thousand times its size, costs no more than its bounds (ECMA-376 part 1, 18.2–18.4).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException

from tsunagari.core.tables.grid import (
    MOST_BYTES,
    MOST_COLUMNS,
    Document,
    GridRow,
    Merge,
    Sheet,
)
from tsunagari.core.tables.ooxml import (
    REFERENCE,
    RELATION,
    STRICT_RELATION,
    column_number,
    column_of,
    events,
    local,
    read_part,
    rich_text,
    unescaped,
    whole,
)
from tsunagari.core.tables.problems import FileRefused, Problem
from tsunagari.core.tables.remarks import refusal, remark

MOST_UNPACKED: Final = 300_000_000
MOST_STRINGS: Final = 120_000_000
"""Bytes of the table of shared strings, which is held in memory."""
MOST_PARTS: Final = 5_000
MOST_SHEETS: Final = 100
MOST_ROWS: Final = 200_000
MOST_MERGES: Final = 50_000
_LONGEST_CELL: Final = 32_767

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
# Excel's own formats of dates and times; 27–36 and 50–58 are Japanese Excel's (ECMA-376 18.8.30)
_DATE_FORMATS: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_TIME_ONLY: Final = frozenset({18, 19, 20, 21, 32, 33, 45, 46, 47})
OUR_SHEET: Final = "つながりの確認結果"
"""The name of the sheet that `answers` adds."""

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    DefusedXmlException,
    ParseError,
    KeyError,
    ValueError,
    OverflowError,
    LookupError,
    OSError,
)


@contextmanager
def damage_told_as(told: FileRefused) -> Iterator[None]:
    """What a broken or hostile file makes the readers of ZIP and XML raise, as one sentence."""
    try:
        yield
    except FileRefused:
        raise
    except _DAMAGE as error:
        raise told from error


def refuse_other_office_files(path: Path) -> None:
    """Say what an old, locked or foreign office file is.

    Raises:
        FileRefused: it is one.
    """
    with path.open("rb") as file:
        head = file.read(8)
        if head == OLE:
            locked = _ENCRYPTED in file.read(20_000_000)
            raise refusal("locked" if locked else "old_excel")


def is_workbook(path: Path) -> bool:
    """Whether the file looks like an office file, new or old."""
    with path.open("rb") as file:
        head = file.read(8)
    return head == OLE or head.startswith(b"PK\x03\x04")


def read_workbook(path: Path) -> Document:
    """A workbook as a document of its visible sheets.

    Raises:
        FileRefused: old, locked, damaged or too large.
    """
    if path.stat().st_size > MOST_BYTES:
        raise refusal("too_big", most=MOST_BYTES // 1_000_000)
    refuse_other_office_files(path)
    with damage_told_as(refusal("broken_workbook")), zipfile.ZipFile(path) as archive:
        _check_bounds(archive)
        book = _Workbook(path, archive)
    return book.document()


def _check_bounds(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "xl/workbook.bin" in names:
        raise refusal("binary_excel")
    if "content.xml" in names and "mimetype" in names:
        raise refusal("open_document")
    if "xl/workbook.xml" not in names:
        raise refusal("no_workbook")
    # zipfile reads no more of a part than its header says, so these sums are what can come
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise refusal("unpacks_too_big")


@dataclass(slots=True)
class _Workbook:
    path: Path
    archive: zipfile.ZipFile
    strings: list[str] = field(default_factory=list)
    date_styles: frozenset[int] = frozenset()
    time_styles: frozenset[int] = frozenset()
    from_1904: bool = False
    sheets: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    shapes: dict[str, tuple[tuple[Merge, ...], frozenset[int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = set(self.archive.namelist())
        self._read_contents(names)
        if "xl/sharedStrings.xml" in names:
            self._read_strings()
        if "xl/styles.xml" in names:
            self._read_styles()
        if any(name.endswith("vbaProject.bin") for name in names):
            self.problems.append(remark("macros_left"))
        for _, part in self.sheets:
            self.shapes[part] = _shape_of(self.archive, part)

    def document(self) -> Document:
        sheets = []
        for name, part in self.sheets:
            merges, hidden = self.shapes[part]
            sheets.append(Sheet(name, self._rows_of(name, part, merges), merges, hidden))
        return Document("xlsx", self.path, sheets, list(self.problems), parts=dict(self.sheets))

    def _rows_of(self, name: str, part: str, merges: tuple[Merge, ...]) -> Any:
        def rows() -> Iterator[GridRow]:
            with damage_told_as(refusal("broken_workbook")), zipfile.ZipFile(self.path) as archive:
                yield from _spread_down(self._rows(archive, name, part), merges)

        return rows

    def _read_contents(self, names: set[str]) -> None:
        targets = {}
        for relation in read_part(self.archive, "xl/_rels/workbook.xml.rels"):
            target = relation.get("Target", "")
            if relation.get("TargetMode") != "External":
                targets[relation.get("Id", "")] = target.lstrip("/") if target[:1] == "/" else f"xl/{target}"
        root = read_part(self.archive, "xl/workbook.xml")
        for element in root.iter():
            tag = local(element.tag)
            if tag == "workbookPr":
                self.from_1904 = element.get("date1904") in {"1", "true"}
            elif tag == "sheet":
                name = str(element.get("name", ""))[:100]
                part = targets.get(element.get(RELATION) or element.get(STRICT_RELATION) or "", "")
                if part not in names or "/worksheets/" not in f"/{part}":
                    continue  # a sheet of charts or macros
                if element.get("state") in {"hidden", "veryHidden"}:
                    self.problems.append(remark("sheet_hidden", value=name, part=name))
                elif name.startswith(OUR_SHEET):
                    self.problems.append(remark("sheet_is_ours", value=name, part=name))
                else:
                    self.sheets.append((name, part))
        del self.sheets[MOST_SHEETS:]

    def _read_strings(self) -> None:
        if self.archive.getinfo("xl/sharedStrings.xml").file_size > MOST_STRINGS:
            raise refusal("unpacks_too_big")
        with self.archive.open("xl/sharedStrings.xml") as stream:
            root = None
            for event, element in events(stream):
                if event == "start":
                    root = element if root is None else root
                elif local(element.tag) == "si":
                    self.strings.append(rich_text(element))
                    if root is not None:
                        root.clear()

    def _read_styles(self) -> None:
        root = read_part(self.archive, "xl/styles.xml")
        own = {}
        for element in root.iter():
            if local(element.tag) == "numFmt":
                own[whole(element.get("numFmtId"))] = str(element.get("formatCode", ""))
        dates, times = set(), set()
        for block in root:
            if local(block.tag) != "cellXfs":
                continue
            for index, style in enumerate(block):
                code = whole(style.get("numFmtId"))
                pattern = own.get(code, "")
                if code in _DATE_FORMATS or (pattern and _is_date_format(pattern)):
                    dates.add(index)
                    plain = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", pattern).lower()
                    if code in _TIME_ONLY or (pattern and "h" in plain and not re.search("[dy]|g|e", plain)):
                        times.add(index)
        self.date_styles, self.time_styles = frozenset(dates), frozenset(times)

    # -- rows ---------------------------------------------------------------------------------------------

    def _rows(self, archive: zipfile.ZipFile, name: str, part: str) -> Iterator[GridRow]:
        number = 0
        with archive.open(part) as stream:
            data = None
            count = 0
            for event, element in events(stream):
                tag = local(element.tag)
                if event == "start":
                    if tag == "sheetData":
                        data = element
                    continue
                if tag == "row" and data is not None:
                    claimed = whole(element.get("r"))
                    number = claimed if number < claimed <= 1_048_576 else number + 1
                    yield self._row(element, number)
                    data.clear()
                    count += 1
                    if count > MOST_ROWS:
                        raise refusal("too_many_rows", value=name, most=MOST_ROWS, part=name)
                elif tag == "sheetData":
                    return

    def _row(self, element: Any, number: int) -> GridRow:
        cells: list[str] = []
        problems: list[Problem] = []
        column = -1
        for cell in element:
            if local(cell.tag) != "c":
                continue
            column = column_of(cell.get("r", ""), column + 1)
            if column >= MOST_COLUMNS:
                if text := self._text(cell, number, problems).strip():
                    beyond = remark("more_cells", number=number, value=text)
                    problems.append(replace(beyond, field=str(MOST_COLUMNS)))
                break
            before = len(problems)
            text = self._text(cell, number, problems)
            problems[before:] = [replace(found, field=str(column)) for found in problems[before:]]
            if column >= len(cells):
                cells.extend([""] * (column + 1 - len(cells)))
            cells[column] = text
        while cells and not cells[-1].strip():
            cells.pop()
        hidden = element.get("hidden") in {"1", "true"}
        return GridRow(number, tuple(cells), tuple(problems), hidden=hidden)

    def _text(self, cell: Any, number: int, problems: list[Problem]) -> str:
        kind = str(cell.get("t", "n"))
        value, inline, formula, stored = "", "", False, False
        for child in cell:
            tag = local(child.tag)
            if tag == "v":
                value, stored = child.text or "", True
            elif tag == "is":
                inline = rich_text(child)
            elif tag == "f":
                formula = True
        if inline:
            return inline[:_LONGEST_CELL]
        if not value:
            if formula and not (stored and kind == "str"):
                problems.append(remark("formula_without_value", number=number))
            return ""
        if kind == "s":
            index = whole(value)
            return self.strings[index][:_LONGEST_CELL] if 0 <= index < len(self.strings) else ""
        if kind == "e":
            problems.append(remark("formula_error", number=number, value=value))
            return ""
        if kind == "b":
            return "TRUE" if value.strip() in {"1", "true"} else "FALSE"
        if kind in {"str", "inlineStr"}:
            return unescaped(value)[:_LONGEST_CELL]
        if kind == "d":
            return value[:40].removesuffix("T00:00:00").replace("T", " ")
        return self._number_text(value, whole(cell.get("s")))

    def _number_text(self, value: str, style: int) -> str:
        try:
            number = float(value)
        except ValueError:
            return value[:_LONGEST_CELL]
        if number != number or abs(number) > 1e15:
            return value[:40]
        if style in self.date_styles and (text := self._moment(number, time_only=style in self.time_styles)):
            return text
        if number == int(number):
            return str(int(number))
        return repr(round(number, 12))

    def _moment(self, serial: float, *, time_only: bool) -> str:
        """A date, a time or both, of Excel's count of days (18.17.4: 1900 is taken for a leap year)."""
        if not 0 <= serial < 2_958_466:
            return ""
        minutes = round((serial % 1) * 1440)
        clock = f"{minutes // 60}:{minutes % 60:02d}"
        if time_only or serial < 1:
            hours = round(serial * 1440) if serial < 3 else minutes
            return f"{hours // 60}:{hours % 60:02d}"
        if self.from_1904:
            day = datetime(1904, 1, 1) + timedelta(days=int(serial))  # noqa: DTZ001 - a date of the calendar
        else:
            day = datetime(1899, 12, 30) + timedelta(days=int(serial) + (serial < 60))  # noqa: DTZ001 - the same
        text = f"{day:%Y-%m-%d}"
        return text if minutes in {0, 1440} else f"{text} {clock}"


def _shape_of(archive: zipfile.ZipFile, part: str) -> tuple[tuple[Merge, ...], frozenset[int]]:
    """The merged cells and the hidden columns of a sheet; both stand outside its rows."""
    merges: list[Merge] = []
    hidden: set[int] = set()
    with archive.open(part) as stream:
        data = None
        for event, element in events(stream):
            tag = local(element.tag)
            if event == "start":
                data = element if tag == "sheetData" else data
            elif tag == "row" and data is not None:
                data.clear()
            elif tag == "col" and element.get("hidden") in {"1", "true"}:
                first, last = whole(element.get("min")), whole(element.get("max"))
                hidden |= set(range(max(0, first - 1), min(last, MOST_COLUMNS)))
            elif (
                tag == "mergeCell" and len(merges) < MOST_MERGES and (merge := _merge(element.get("ref", "")))
            ):
                merges.append(merge)
    return tuple(merges), frozenset(hidden)


def _merge(reference: str) -> Merge | None:
    first, _, last = reference.partition(":")
    corners = [REFERENCE.fullmatch(corner) for corner in (first, last or first)]
    if corners[0] is None or corners[1] is None:
        return None
    (left, top), (right, bottom) = ((column_number(c[1]), int(c[2])) for c in corners if c)
    if right < left or bottom < top:
        return None
    return Merge(top, bottom, left, min(right, MOST_COLUMNS))


def _spread_down(rows: Iterator[GridRow], merges: tuple[Merge, ...]) -> Iterator[GridRow]:
    """Give every row of a merged cell its value (in its first column; headings spread sideways)."""
    starting: dict[int, list[Merge]] = {}
    for merge in merges:
        if merge.last_row > merge.first_row and merge.first_column < MOST_COLUMNS:
            starting.setdefault(merge.first_row, []).append(merge)
    if not starting:
        yield from rows
        return
    waiting = sorted(starting)
    active: list[tuple[Merge, str]] = []
    for row in rows:
        active = [(merge, text) for merge, text in active if merge.last_row >= row.number]
        cells = list(row.cells)
        if cells:
            for merge, text in active:
                column = merge.first_column
                if column >= len(cells):
                    cells.extend([""] * (column + 1 - len(cells)))
                cells[column] = cells[column] or text
        while waiting and waiting[0] <= row.number:
            for merge in starting[waiting.pop(0)]:
                if merge.first_row == row.number and merge.first_column < len(row.cells):
                    active.append((merge, row.cells[merge.first_column]))
        yield replace(row, cells=tuple(cells)) if tuple(cells) != row.cells else row


def _is_date_format(pattern: str) -> bool:
    # loaded where a workbook is read: with numpy it would cost every process of the site a second
    from openpyxl.styles.numbers import is_date_format  # noqa: PLC0415

    return bool(is_date_format(pattern))
