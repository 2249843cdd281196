"""The table of 意見と回答 as files: CSV and Excel."""

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from tsunagari.core.tables.formulas import harmless

HEADINGS: Final = (
    "番号",
    "段落番号",
    "見出し",
    "意見を出した人",
    "意見",
    "修正案",
    "扱い",
    "回答",
    "理由",
    "変更前",
    "変更後",
    "反映した別の場所",
    "まとめ",
)
WIDTHS: Final = (7, 12, 22, 20, 60, 40, 14, 60, 40, 40, 40, 20, 16)


def write_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """UTF-8 with a mark, so that Excel reads it; nothing in it is computed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def write_xlsx(title: str, rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook to print, A4 on its side."""
    book = Workbook()
    sheet: Worksheet = book.active  # type: ignore[assignment]
    sheet.title = "意見と回答"
    _put(sheet, 1, 1, title)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    for number, line in enumerate((HEADINGS, *rows), start=3):
        for column, text in enumerate(line, start=1):
            _put(sheet, number, column, text)
            sheet.cell(number, column).alignment = Alignment(wrap_text=True, vertical="top")
            if number == 3:
                sheet.cell(number, column).font = Font(bold=True)
                sheet.cell(number, column).fill = PatternFill("solid", fgColor="FFDDE7F0")
    for column, width in enumerate(WIDTHS):
        sheet.column_dimensions[chr(65 + column)].width = width
    sheet.freeze_panes = "B4"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _put(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """Text as text, also where it begins like a formula."""
    cell: Any = sheet.cell(row, column)
    cell.value = "".join(c for c in text if c in "\n\t" or ord(c) >= 32)[:32_000]
    cell.data_type = "s"
