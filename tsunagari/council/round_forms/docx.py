"""The form as a Word document: the same head and the same table."""

import io
import re
from typing import Any, Final

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from tsunagari.council.round_forms.form import ANSWER_LABEL, COLUMNS, Form
from tsunagari.council.round_forms.xlsx import GUIDE, head_of, lines_of, title_of

WIDTHS: Final = (24, 32, 74, 60, 60, 22)
GIVEN: Final = "F2F2F2"
HEAD: Final = "DDE7F0"
FONT: Final = "游ゴシック"
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def write(form: Form) -> bytes:
    """The document, A4 on its side."""
    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(12)
    section.top_margin = section.bottom_margin = Mm(14)
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(9.5)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    for text, size in ((title_of(form), 14), (form.title, 12)):
        run = document.add_paragraph().add_run(_plain(text))
        run.bold, run.font.size = True, Pt(size)
    head = document.add_table(rows=0, cols=2, style="Table Grid")
    for label, value in head_of(form):
        cells = head.add_row().cells
        _put(cells[0], label, GIVEN, Mm(36))
        _put(cells[1], value, "" if label == ANSWER_LABEL else GIVEN, Mm(236))
    document.add_paragraph(GUIDE)
    _table(document, form)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _table(document: Any, form: Form) -> None:
    lines = lines_of(form)
    table = document.add_table(rows=1 + len(lines), cols=len(COLUMNS), style="Table Grid")
    table.autofit = False
    rows = table.rows
    for cell, heading, width in zip(rows[0].cells, COLUMNS, WIDTHS, strict=True):
        _put(cell, heading, HEAD, Mm(width))
    repeated = OxmlElement("w:tblHeader")
    rows[0]._tr.get_or_add_trPr().append(repeated)
    for row, line in zip(list(rows)[1:], lines, strict=True):
        for number, (cell, value) in enumerate(zip(row.cells, line, strict=True)):
            _put(cell, value, "" if number in {3, 4} else GIVEN, Mm(WIDTHS[number]))


def _plain(text: str) -> str:
    return _CONTROLS.sub("", text)


def _put(cell: Any, text: str, colour: str, width: Any) -> None:
    cell.width = width
    cell.paragraphs[0].add_run(_plain(text))
    if colour:
        shade(cell, colour)


def shade(cell: Any, colour: str) -> None:
    """Give a cell a ground; "" takes it away."""
    properties = cell._tc.get_or_add_tcPr()
    for old in properties.findall(qn("w:shd")):
        properties.remove(old)
    if colour:
        ground = OxmlElement("w:shd")
        ground.set(qn("w:val"), "clear")
        ground.set(qn("w:color"), "auto")
        ground.set(qn("w:fill"), colour)
        properties.append(ground)
