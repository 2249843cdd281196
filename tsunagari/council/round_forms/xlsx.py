"""The form as an Excel workbook."""

import io
import re
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from tsunagari.council.round_forms.form import (
    ANSWER_LABEL,
    COLUMNS,
    FORM_LABEL,
    NO_COMMENT,
    SPARE_ROWS,
    WHOLE,
    WITH_COMMENTS,
    Form,
)

_WRAP = Alignment(wrap_text=True, vertical="top")
_LINE = Side(style="thin", color="FF999999")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_GIVEN = PatternFill("solid", fgColor="FFF2F2F2")
_HEAD = PatternFill("solid", fgColor="FFDDE7F0")
WIDTHS: Final = (14, 22, 60, 50, 50, 14)
GUIDE: Final = (
    "白い欄（意見・修正案）に書いてください。一つの段落に意見がいくつもあるときは、行を足して同じ段落番号を書きます。"
    "案全体への意見は、段落番号に「全体」と書きます。意見がないときは「意見の有無」を「意見なし」にしてください。"
    "灰色の欄は変えないでください。"
)


def write(form: Form) -> bytes:
    """The workbook: the head with the form's number, and a row for every paragraph and standing comment."""
    book = Workbook()
    sheet: Worksheet = book.active  # type: ignore[assignment]
    sheet.title = "意見"
    top = _head(sheet, form)
    for column, heading in enumerate(COLUMNS, start=1):
        _put(sheet, top, column, heading, fill=_HEAD, bold=True)
    row = top
    for code, heading, text, body, proposal, mark in lines_of(form):
        row += 1
        for column, value in enumerate((code, heading, text, body, proposal, mark), start=1):
            _put(sheet, row, column, value, fill=None if column in {4, 5} else _GIVEN)
    for letter, width in zip("ABCDEF", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = f"A{top + 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    sheet.print_title_rows = f"{top}:{top}"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def lines_of(form: Form) -> list[tuple[str, str, str, str, str, str]]:
    """The rows of the table: what stands already, and a row to write into for every paragraph."""
    by_paragraph: dict[Any, list[tuple[str, str, str]]] = {}
    for comment in form.comments:
        by_paragraph.setdefault(comment.paragraph, []).append((comment.body, comment.proposal, comment.mark))
    lines = []
    for paragraph in form.paragraphs:
        standing = by_paragraph.get(paragraph.id, [])
        for body, proposal, mark in standing or [("", "", "")] * SPARE_ROWS:
            lines.append((paragraph.code, paragraph.heading, paragraph.text, body, proposal, mark))
    for body, proposal, mark in by_paragraph.get(None, []) or [("", "", "")] * SPARE_ROWS:
        lines.append((WHOLE, "", "", body, proposal, mark))
    return lines


def head_of(form: Form) -> list[tuple[str, str]]:
    """What stands above the table: label and value."""
    said = WITH_COMMENTS if form.comments else ""
    answer = NO_COMMENT if form.no_comment else said
    return [
        ("府省・団体", form.organization),
        ("受付のおわり", form.closes),
        ("送り先", form.secretariat),
        (FORM_LABEL, form.code),
        (ANSWER_LABEL, answer),
    ]


def title_of(form: Form) -> str:
    """「各省協議　意見様式（第2回）」."""
    return f"{form.kind}　意見様式（第{form.number}回）"


def _head(sheet: Worksheet, form: Form) -> int:
    _put(sheet, 1, 1, title_of(form), bold=True, box=False, wrap=False)
    _put(sheet, 2, 1, form.title, bold=True, box=False, wrap=False)
    row = 2
    for label, value in head_of(form):
        row += 1
        _put(sheet, row, 1, label, fill=_GIVEN)
        sheet.merge_cells(start_row=row, start_column=2, end_row=row, end_column=3)
        _put(sheet, row, 2, value, fill=None if label == ANSWER_LABEL else _GIVEN, wrap=False)
    choice = DataValidation(type="list", formula1=f'"{WITH_COMMENTS},{NO_COMMENT}"', allow_blank=True)
    sheet.add_data_validation(choice)
    choice.add(f"B{row}")
    row += 1
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=6)
    _put(sheet, row, 1, GUIDE, box=False)
    sheet.row_dimensions[row].height = 48
    return row + 2


def _put(
    sheet: Worksheet,
    row: int,
    column: int,
    value: str,
    *,
    fill: PatternFill | None = None,
    bold: bool = False,
    box: bool = True,
    wrap: bool = True,
) -> None:
    """Text as text, also where it begins like a formula."""
    cell: Any = sheet.cell(row, column)
    cell.value = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value)[:32_000]
    cell.data_type = "s"
    if wrap:
        cell.alignment = _WRAP
    if box:
        cell.border = _BOX
    if bold:
        cell.font = Font(bold=True)
    if fill is not None:
        cell.fill = fill
