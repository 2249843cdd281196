"""Files of Office are known by their bytes; what is too large, damaged or holds a program is refused."""

import io
import zipfile

import pytest
from docx import Document
from openpyxl import Workbook

from tsunagari.core.office_files import MOST_PARTS, MOST_UNPACKED, NotOffice, Refusal, office_kind
from tsunagari.core.tables.formulas import harmless


def packed(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name in names:
            package.writestr(name, b"x")
    return out.getvalue()


def refusal_of(content: bytes) -> Refusal:
    with pytest.raises(NotOffice) as refused:
        office_kind(content)
    return refused.value.refusal


def test_real_files_are_known():
    word, book = io.BytesIO(), io.BytesIO()
    Document().save(word)
    Workbook().save(book)
    assert office_kind(word.getvalue()) == "docx"
    assert office_kind(book.getvalue()) == "xlsx"
    assert office_kind(packed("[Content_Types].xml", "ppt/presentation.xml")) == "pptx"


def test_what_is_none_is_refused_with_its_reason():
    assert refusal_of(b"") == refusal_of(b"%PDF-1.7") == Refusal.OTHER
    assert refusal_of(packed("a.txt")) == refusal_of(packed("xl/workbook.xml")) == Refusal.OTHER
    assert refusal_of(packed("[Content_Types].xml", "xl/workbook.xml")[:-30]) == Refusal.BROKEN
    assert refusal_of(packed("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")) == Refusal.MACROS


def test_a_bomb_is_not_unpacked_to_be_refused():
    content = packed("[Content_Types].xml", "word/document.xml")
    # the size that the list of parts tells, four bytes at 24 of the entry
    at = content.rindex(b"PK\x01\x02") + 24
    lying = content[:at] + (MOST_UNPACKED + 1).to_bytes(4, "little") + content[at + 4 :]
    assert refusal_of(lying) == Refusal.TOO_LARGE
    assert refusal_of(packed(*(f"word/{n}" for n in range(MOST_PARTS + 1)))) == Refusal.TOO_LARGE


@pytest.mark.parametrize(
    "cell", ["=1+1", " ＝1", "\n=1", "﹦1", "@x", "\tx", "+cmd|'/C calc'!A0", "-1+1", "－Ａ"]
)
def test_what_begins_like_a_formula_is_made_a_text(cell: str):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "名前", "-3", "+81 3-1234-5678", "-0.5", "－", "a=b", "'=1"])
def test_what_is_no_formula_stays(cell: str):
    assert harmless(cell) == cell
