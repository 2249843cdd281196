"""The file back, with what is to be looked at: colours and comments on the cells, and a list of everything.

A problem is shown by a colour, by words in a comment, and in a list: never by colour alone.
"""

import io
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from docx import Document
from docx.oxml.ns import qn
from docx.shared import RGBColor

from tsunagari.core.tables import answers
from tsunagari.core.tables.headings import Table
from tsunagari.core.tables.problems import Problem
from tsunagari.council.round_forms.checking import Checked, Found
from tsunagari.council.round_forms.docx import shade
from tsunagari.council.round_forms.reading import FileRead

AUTHOR: Final = answers.AUTHOR
WORDS: Final = {"error": "直してください", "warning": "確かめてください", "note": "お知らせ"}
COLOURS: Final = {"error": "F8CBAD", "warning": "FFF2CC", "note": "DDEBF7"}
LIST_MARK: Final = "〔つながりの確認結果〕"
MOST_LISTED: Final = 500
_UNREADABLE = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    zipfile.BadZipFile,
    ParseError,
    SyntaxError,
)


def marked(path: Path, read: FileRead, checked: Checked, summary: Sequence[str]) -> bytes:
    """The same file with its problems; ``summary`` are the first lines of the list."""
    if read.kind == "xlsx" and read.document is not None:
        sheets = {sheet.name: sheet for sheet in read.document.sheets}
        tables = [_table(found, sheets[found.rows.part]) for found in checked.tables]
        return answers.answer(read.document, tables, checked.problems, summary, words=WORDS)
    try:
        document = Document(io.BytesIO(path.read_bytes()))
        _clear(document)
        _mark(document, checked)
        _list(document, checked.problems, summary)
    except _UNREADABLE:  # python-docx is stricter than Word
        document = Document()
        _list(document, checked.problems, summary)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _table(found: Found, sheet: Any) -> Table:
    ordered = sorted(found.columns.items(), key=lambda item: item[1])
    return Table(
        sheet=sheet,
        headings=tuple(name for name, _ in ordered),
        columns=tuple(column for _, column in ordered),
        heading_rows=(found.heading_row,),
    )


def _clear(document: Any) -> None:
    """Take away what an earlier answer of ours has left: its list, its comments, its colours."""
    for paragraph in list(document.paragraphs):
        if paragraph.text.startswith(LIST_MARK):
            paragraph._p.getparent().remove(paragraph._p)
    ours = {str(comment.comment_id) for comment in document.comments if comment.author == AUTHOR}
    for tag in ("w:commentRangeStart", "w:commentRangeEnd", "w:commentReference"):
        for element in list(document.element.body.iter(qn(tag))):
            if element.get(qn("w:id")) in ours:
                element.getparent().remove(element)
    for comment in list(document.comments):
        if str(comment.comment_id) in ours:
            comment._comment_elm.getparent().remove(comment._comment_elm)
    for cell in document.element.body.iter(qn("w:tc")):
        for ground in list(cell.iter(qn("w:shd"))):
            if ground.get(qn("w:fill")) in COLOURS.values():
                ground.getparent().remove(ground)


def _mark(document: Any, checked: Checked) -> None:
    at: dict[tuple[str, int, str], list[Problem]] = defaultdict(list)
    for problem in checked.problems:
        if problem.number > 0 and problem.severity != "note":
            at[problem.part, problem.number, problem.field].append(problem)
    columns = {found.rows.part: found.columns for found in checked.tables}
    for (part, number, name), problems in list(at.items())[:MOST_LISTED]:
        if part not in columns:
            continue
        table = document.tables[int(part.removeprefix("表")) - 1]
        cells = table.rows[number - 1].cells
        cell = cells[min(columns[part].get(name, 0), len(cells) - 1)]
        worst = "error" if any(problem.severity == "error" for problem in problems) else "warning"
        shade(cell, COLOURS[worst])
        paragraph = cell.paragraphs[0]
        runs = paragraph.runs or [paragraph.add_run("")]
        text = "\n".join(f"【{WORDS[problem.severity]}】{problem.ja} / {problem.en}" for problem in problems)
        document.add_comment(runs, text=text[:3000], author=AUTHOR, initials="つ")


def _list(document: Any, problems: Sequence[Problem], summary: Sequence[str]) -> None:
    lines = [*summary]
    for problem in problems[:MOST_LISTED]:
        place = f"{problem.part} {problem.number}行目 {problem.field}：" if problem.number > 0 else ""
        lines.append(f"【{WORDS[problem.severity]}】{place}{problem.ja} / {problem.en}")
    first = document.paragraphs[0] if document.paragraphs else document.add_paragraph("")
    for line in lines:
        run = first.insert_paragraph_before("").add_run(f"{LIST_MARK} {line}")
        run.font.color.rgb = RGBColor(0x8A, 0x3B, 0x00)
