"""Files that came back, as rows of text: Excel by the directory's reader, Word by ours, within bounds."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from tsunagari.core.tables.grid import Document, GridRow, Merge
from tsunagari.core.tables.ooxml import events, local, unescaped, whole
from tsunagari.core.tables.problems import Problem
from tsunagari.core.tables.workbooks import OLE, damage_told_as, read_workbook
from tsunagari.council.round_forms.sentences import odd, refused

MOST_BYTES: Final = 10_000_000
MOST_UNPACKED: Final = 80_000_000
MOST_PARTS: Final = 2_000
MOST_ROWS: Final = 25_000
_LONGEST_CELL: Final = 32_767


@dataclass(slots=True)
class Rows:
    """The rows of one table or sheet. ``merges`` are those of a sheet; ``part`` names it."""

    part: str
    rows: list[GridRow]
    merges: tuple[Merge, ...] = ()


@dataclass(slots=True)
class FileRead:
    """A file, read. ``document`` is there for a workbook, which is marked through it."""

    kind: Literal["xlsx", "docx"]
    parts: list[Rows]
    problems: list[Problem] = field(default_factory=list)
    document: Document | None = None


def read_file(path: Path) -> FileRead:
    """Read an Excel or Word file; its content decides, not its name.

    Raises:
        FileRefused: it is neither, is damaged, locked or too large; with a sentence on what to do.
    """
    size = path.stat().st_size
    if size == 0:
        raise refused("empty")
    if size > MOST_BYTES:
        raise refused("too_big", most=MOST_BYTES // 1_000_000)
    with path.open("rb") as file:
        head = file.read(8)
    if head == OLE:
        raise refused("old_word")
    if not head.startswith(b"PK\x03\x04"):
        raise refused("wrong_type")
    with damage_told_as(refused("broken")), zipfile.ZipFile(path) as archive:
        names = _check_bounds(archive)
        if "word/document.xml" in names:
            return _word(archive)
        if "xl/workbook.xml" not in names:
            raise refused("wrong_type")
    return _excel(path)


def _check_bounds(archive: zipfile.ZipFile) -> set[str]:
    # zipfile reads no more of a part than its header says, so these sums are what can come
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise refused("unpacks_too_big")
    return {part.filename for part in parts}


def _excel(path: Path) -> FileRead:
    document = read_workbook(path)
    parts = []
    left = MOST_ROWS
    for sheet in document.sheets:
        rows = []
        for row in sheet.rows():
            if any(cell.strip() for cell in row.cells):
                rows.append(row)
                left -= 1
            if left < 0:
                raise refused("too_many_rows", most=MOST_ROWS)
        parts.append(Rows(sheet.name, rows, sheet.merges))
    return FileRead("xlsx", parts, list(document.problems), document)


# -- Word ----------------------------------------------------------------------------------------------------


def _word(archive: zipfile.ZipFile) -> FileRead:
    """The tables of a document. Text that was deleted with its changes tracked is not read (w:delText)."""
    tables: list[Rows] = []
    tracked = False
    count = 0
    # which of its own text each open table cell collects; a table inside a cell is read as part of that cell
    depth = 0
    row: list[str] = []
    above: list[str] = []
    with archive.open("word/document.xml") as stream:
        for event, element in events(stream):
            tag = local(element.tag)
            if event == "start":
                depth += tag == "tbl"
                if tag == "tbl" and depth == 1:
                    tables.append(Rows(f"表{len(tables) + 1}", []))
                    above = []
                continue
            if tag in {"ins", "del"}:
                tracked = True
            elif tag == "tbl":
                depth -= 1
                if depth == 0:
                    element.clear()
            elif tag == "tr" and depth == 1:
                row = _word_row(element, above)
                above = row
                count += 1
                if count > MOST_ROWS:
                    raise refused("too_many_rows", most=MOST_ROWS)
                tables[-1].rows.append(GridRow(len(tables[-1].rows) + 1, tuple(row)))
                element.clear()
    problems = [odd("tracked_changes")] if tracked else []
    return FileRead("docx", tables, problems)


def _word_row(row: Any, above: list[str]) -> list[str]:
    cells: list[str] = []
    for cell in row:
        tag = local(cell.tag)
        found = [cell] if tag == "tc" else [inner for inner in cell.iter() if local(inner.tag) == "tc"]
        for one in found if tag in {"tc", "sdt"} else []:
            width, continues = _shape(one)
            text = above[len(cells)] if continues and len(cells) < len(above) else _cell_text(one)
            cells.append(text[:_LONGEST_CELL])
            # a cell over several columns counts for its first
            cells.extend([""] * (min(width, 50) - 1))
    return cells


def _shape(cell: Any) -> tuple[int, bool]:
    """(columns that it spans, whether it continues the cell above)."""
    width, continues = 1, False
    for child in cell:
        if local(child.tag) != "tcPr":
            continue
        for setting in child:
            values = {local(name): value for name, value in setting.attrib.items()}
            if local(setting.tag) == "gridSpan":
                width = max(1, whole(values.get("val")))
            elif local(setting.tag) == "vMerge":
                continues = values.get("val", "continue") != "restart"
    return width, continues


def _cell_text(cell: Any) -> str:
    lines = []
    for paragraph in cell.iter():
        if local(paragraph.tag) != "p":
            continue
        pieces = []
        for piece in paragraph.iter():
            tag = local(piece.tag)
            if tag == "t":
                pieces.append(piece.text or "")
            elif tag == "tab":
                pieces.append("\t")
            elif tag in {"br", "cr"}:
                pieces.append("\n")
        lines.append("".join(pieces))
    return unescaped("\n".join(lines)).strip()
