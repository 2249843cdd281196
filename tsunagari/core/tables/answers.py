"""The same file back, with what is to be looked at: a workbook with colours and comments, a CSV with words.

A problem is shown by a colour, a word in a comment on its cell, and a line in a sheet of its own: never by
colour alone. What an earlier answer of ours left in a workbook is taken away first.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from tsunagari.core.tables.formulas import harmless
from tsunagari.core.tables.grid import Document
from tsunagari.core.tables.headings import ASKED, Table
from tsunagari.core.tables.ooxml import column_letters, events, local
from tsunagari.core.tables.problems import Problem
from tsunagari.core.tables.workbooks import OUR_SHEET

AUTHOR: Final = "つながり"
# pale, so that black text on them stays readable
COLOURS: Final = {"error": "FFF8CBAD", "warning": "FFFFF2CC", "note": "FFDDEBF7"}
WORDS: Final = {"error": "載せられない", "warning": "確かめてください", "note": "お知らせ"}
MOST_UNPACKED: Final = 60_000_000
"""A larger workbook is not opened as a whole; its answer is a list of the problems."""
MOST_MARKED: Final = 5_000


def answer(
    document: Document,
    tables: Sequence[Table],
    problems: Iterable[Problem],
    summary: Sequence[str],
    words: Mapping[str, str] = WORDS,
) -> bytes:
    """The file with its problems; ``summary`` are the first lines of the sheet about them.

    ``words`` say what to do about a problem of each severity.

    A workbook answers with a workbook, a CSV with a CSV, in the encoding that it came in where it can.
    """
    found = list(problems)
    if document.kind == "xlsx":
        if _unpacked(document) > MOST_UNPACKED:
            return _list_only(found, summary, words)
        return _workbook(document, tables, found, summary, words)
    return _text(document, tables, found)


def _unpacked(document: Document) -> int:
    with zipfile.ZipFile(document.path) as archive:
        return sum(part.file_size for part in archive.infolist())


# -- workbooks ----------------------------------------------------------------------------------------------


def _workbook(
    document: Document,
    tables: Sequence[Table],
    problems: Sequence[Problem],
    summary: Sequence[str],
    words: Mapping[str, str],
) -> bytes:
    try:
        book = load_workbook(io.BytesIO(document.path.read_bytes()), keep_links=False)
    except _UNREADABLE:
        return _list_only(problems, summary, words)  # openpyxl is stricter than Excel
    for sheet in list(book.worksheets):
        if sheet.title.startswith(OUR_SHEET):
            book.remove(sheet)
        else:
            _clear(sheet)
    by_name = {table.name: table for table in tables}
    at: dict[tuple[str, str], list[Problem]] = defaultdict(list)
    places: list[tuple[Problem, str]] = []
    for found in problems:
        place = _place(found, by_name)
        places.append((found, place))
        if place and found.severity != "note" and len(at) < MOST_MARKED:
            at[found.part, place].append(found)
    for (part, place), here in at.items():
        if part in book.sheetnames:
            _mark(book[part], place, here, words)
    _summary(book, places, summary, words)
    stream = io.BytesIO()
    book.save(stream)
    return _with_stored_values(document, stream.getvalue(), book)


def _place(found: Problem, tables: dict[str, Table]) -> str:
    """「C7」: the cell that a problem is about; the row's first where it is about the row."""
    table = tables.get(found.part)
    if table is None or found.number <= 0:
        return ""
    column = table.columns[0]
    if found.field in table.headings:
        column = table.columns[table.headings.index(found.field)]
    return f"{column_letters(column)}{found.number}"


def _clear(sheet: Worksheet) -> None:
    """Take away the marks of our earlier answer."""
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell, MergedCell) or cell.comment is None or cell.comment.author != AUTHOR:
                continue
            before = cell.comment.text.split(_SEPARATOR)[1:]
            cell.comment = Comment(before[0], "") if before else None
            if cell.fill.fgColor.rgb in COLOURS.values():
                cell.fill = PatternFill(fill_type=None)


_UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, IndexError, zipfile.BadZipFile, ParseError)
_SEPARATOR: Final = "\n──\n"


def _mark(sheet: Worksheet, place: str, problems: Sequence[Problem], words: Mapping[str, str]) -> None:
    cell: Any = sheet[place]
    if isinstance(cell, MergedCell):
        for merged in sheet.merged_cells.ranges:
            if place in merged:
                cell = sheet.cell(merged.min_row, merged.min_col)
    worst = "error" if any(found.severity == "error" for found in problems) else "warning"
    cell.fill = PatternFill("solid", fgColor=COLOURS[worst])
    text = "\n".join(f"【{words[found.severity]}】{found.ja}" for found in problems)[:3000]
    if cell.comment is not None and cell.comment.author != AUTHOR:
        text = f"{text}{_SEPARATOR}{cell.comment.text}"
    elif cell.comment is not None:
        text = f"{cell.comment.text}\n{text}"
    comment = Comment(text, AUTHOR)
    comment.width, comment.height = 320, min(60 + 24 * len(problems), 300)
    cell.comment = comment


def _summary(
    book: Workbook, places: Sequence[tuple[Problem, str]], summary: Sequence[str], words: Mapping[str, str]
) -> None:
    sheet = book.create_sheet(OUR_SHEET, 0)
    book.active = 0
    bold, wrap = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for number, line in enumerate(summary, start=1):
        _write(sheet, number, 1, line)
        sheet.cell(number, 1).font = Font(bold=True, size=14) if number == 1 else Font()
    top = len(summary) + 2
    for column, heading in enumerate(
        ("どうすれば", "シート", "セル", "列", "書いてあること", "説明"), start=1
    ):
        _write(sheet, top, column, heading)
        sheet.cell(top, column).font = bold
    order = {"error": 0, "warning": 1, "note": 2}
    listed = sorted(places, key=lambda item: (order[item[0].severity], item[0].part, item[0].number))
    for number, (found, place) in enumerate(listed[:MOST_MARKED], start=top + 1):
        cells = (words[found.severity], found.part, place, found.field, found.value, found.ja)
        for column, text in enumerate(cells, start=1):
            _write(sheet, number, column, text)
            sheet.cell(number, column).alignment = wrap
        sheet.cell(number, 1).fill = PatternFill("solid", fgColor=COLOURS[found.severity])
        if place and found.part in book.sheetnames:
            title = found.part.replace("'", "''")
            sheet.cell(number, 3).hyperlink = f"#'{title}'!{place}"
    for letter, width in zip("ABCDEF", (18, 18, 8, 20, 30, 80), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = f"A{top + 1}"


def _write(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """Text as text, also where it begins like a formula."""
    plain = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)[:32_000]
    cell: Any = sheet.cell(row, column)
    cell.value, cell.data_type = plain, "s"


def _list_only(problems: Sequence[Problem], summary: Sequence[str], words: Mapping[str, str]) -> bytes:
    book = Workbook()
    first = book.active
    places = [(found, str(found.number) if found.number > 0 else "") for found in problems]
    _summary(book, places, summary, words)
    if first is not None:
        book.remove(first)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


_CELL = re.compile(
    r'<c r="(?P<place>[A-Z]{1,3}[0-9]+)"(?P<more>[^>]*)>'
    r"(?P<f><f(?:\s[^>]*)?(?:/>|>[^<]*</f>))(?:<v\s*/>|<v></v>)</c>"
)


def _with_stored_values(document: Document, saved: bytes, book: Workbook) -> bytes:
    """Give formulas the stored values back that openpyxl leaves out: the answer can be sent as it is."""
    stored = {sheet.name: _formula_values(document, sheet.name) for sheet in document.sheets}
    if not any(stored.values()):
        return saved
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(saved)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        parts = {
            f"xl/worksheets/sheet{n}.xml": sheet.title for n, sheet in enumerate(book.worksheets, start=1)
        }
        for item in source.infolist():
            data = source.read(item.filename)
            if values := stored.get(parts.get(item.filename, "")):
                data = _CELL.sub(lambda m, v=values: _valued(m, v), data.decode()).encode()  # type: ignore[misc]
            target.writestr(item, data)
    return stream.getvalue()


def _valued(match: re.Match[str], values: dict[str, tuple[str, str]]) -> str:
    kind, value = values.get(match["place"], ("", ""))
    if not value:
        return match[0]
    more = re.sub(r'\s+t="[^"]*"', "", match["more"]) + (f' t="{kind}"' if kind else "")
    return f'<c r="{match["place"]}"{more}>{match["f"]}<v>{escape(value)}</v></c>'


def _formula_values(document: Document, name: str) -> dict[str, tuple[str, str]]:
    """Cell → (type, stored value) of a sheet's formulas."""
    part = document.parts.get(name, "")
    found: dict[str, tuple[str, str]] = {}
    if not part:
        return found
    with zipfile.ZipFile(document.path) as archive, archive.open(part) as stream:
        data = None
        for event, element in events(stream):
            tag = local(element.tag)
            if event == "start":
                data = element if tag == "sheetData" else data
            elif tag == "c" and any(local(child.tag) == "f" for child in element):
                value = next((child.text or "" for child in element if local(child.tag) == "v"), "")
                found[element.get("r", "")] = (element.get("t", ""), value)
            elif tag == "row" and data is not None:
                data.clear()
    return found


# -- CSV ----------------------------------------------------------------------------------------------------


def _text(document: Document, tables: Sequence[Table], problems: Sequence[Problem]) -> bytes:
    said: dict[int, list[str]] = defaultdict(list)
    for found in problems:
        if found.severity != "note" and found.number > 0:
            label = f"{found.field}: " if found.field and found.field not in found.ja else ""
            said[found.number].append(f"【{WORDS[found.severity]}】{label}{found.ja}")
    sheet = document.sheets[0]
    headings = set(tables[0].heading_rows) if tables else set()
    rows = list(sheet.rows())
    asked = {
        n
        for row in rows
        if row.number in headings
        for n, cell in enumerate(row.cells)
        if cell.strip() == ASKED
    }
    width = max((len(row.cells) for row in rows), default=0)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=document.delimiter, lineterminator="\r\n")
    last = max(headings, default=0)
    for row in rows:
        cells = [cell for n, cell in enumerate(row.cells) if n not in asked]
        cells += [""] * (width - len(asked) - len(cells))
        cells.append(ASKED if row.number == last else " ".join(said.get(row.number, ())))
        writer.writerow([harmless(cell) for cell in cells])
    return _encoded(text.getvalue(), document.encoding)


def _encoded(text: str, encoding: str) -> bytes:
    """In the encoding that it came in, so that the city's tools read it; UTF-8 with a mark otherwise."""
    if encoding.startswith("Shift_JIS"):
        try:
            return text.encode("cp932")
        except UnicodeEncodeError:
            pass
    if encoding == "UTF-16":
        return text.encode("utf-16")
    return text.encode("utf-8-sig")
