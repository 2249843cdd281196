"""The follow-up table of a review as Excel: filled in by ministries, read back by measure and revision.

Nothing is half read: a table with one wrong row changes nothing, and every wrong row is named.
"""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter

from tsunagari.accounts.models import User
from tsunagari.core.errors import RuleBroken
from tsunagari.plan.models import Review, ReviewItem
from tsunagari.plan.review_showing import figures_shown
from tsunagari.plan.selectors.reviews import items_visible_to
from tsunagari.plan.services.reviews import write_item

SHEET = "フォローアップ"
HEADINGS = (
    "施策",
    "施策名",
    "数字（自動）",
    "目標と結果（自動）",
    "事例",
    "評価",
    "改善の方向性",
    "版",
    "番号",
)
KEY, NARRATIVE, ASSESSMENT, DIRECTION, REVISION, ITEM = 0, 4, 5, 6, 7, 8
WIDTHS = (8, 24, 44, 44, 50, 50, 50, 6, 38)
MOST_BYTES = 900_000
"""Below what a form may bring (`core.body_limit`): four hundred measures take a third of it."""
MOST_UNPACKED = 50_000_000
MOST_ROWS = 2_000


class BadTable(RuleBroken):
    """The file is no follow-up table, or some rows cannot be read; the sentence names them."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was filled in."""

    line: int
    item_id: UUID
    key: str
    narrative: str
    assessment: str
    direction: str
    revision: int


def followup_table(review: Review, items: Iterable[ReviewItem]) -> bytes:
    """The table as an Excel file: what is computed is locked, what is to be filled in is yellow."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = SHEET
    sheet.append(HEADINGS)
    for cell in sheet[1]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for line, item in enumerate(items, start=2):
        figures = figures_shown(item.figures)
        row = (
            item.measure.key, item.title, _numbers(figures), _targets(figures), item.narrative,
            item.assessment, item.direction, item.revision, str(item.pk),
        )  # fmt: skip
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(line, column)
            # a text that begins like a formula stays a text
            cell.value, cell.data_type = value, "n" if isinstance(value, int) else "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if column - 1 in (NARRATIVE, ASSESSMENT, DIRECTION):
                cell.protection = Protection(locked=False)
                cell.fill = PatternFill("solid", fgColor="FFF7DC")
    for column, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.column_dimensions[get_column_letter(REVISION + 1)].hidden = True
    sheet.column_dimensions[get_column_letter(ITEM + 1)].hidden = True
    sheet.protection.sheet = True
    sheet.freeze_panes = "C2"
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _numbers(figures: list[dict[str, Any]]) -> str:
    lines = []
    for figure in figures:
        if figure.get("key"):
            parts = [figure["value"], figure["interval"], figure["period"], str(figure["verdict"])]
            lines.append(f"{figure['name']}: {' ／ '.join(part for part in parts if part)}")
    return "\n".join(lines)


def _targets(figures: list[dict[str, Any]]) -> str:
    lines = [
        f"{target['text']}（{target['deadline_on'] or '—'}）: {target['words']}"
        for figure in figures
        for target in figure["targets"]
    ]
    return "\n".join(lines)


@transaction.atomic
def read_back(*, actor: User, review: Review, content: bytes, at: datetime) -> int:
    """Write what a filled table says, all rows or none; return how many measures changed.

    Raises:
        BadTable: it is no such table, or rows are wrong; each is named.
    """
    known = {item.pk: item for item in items_visible_to(actor, review)}
    wrong, changed = [], 0
    for row in _rows(content):
        item = known.get(row.item_id)
        if item is None or item.measure.key != row.key:
            wrong.append(_("%(line)d行目: この評価の施策ではありません。") % {"line": row.line})
            continue
        texts = (row.narrative, row.assessment, row.direction)
        if texts == (item.narrative, item.assessment, item.direction):
            continue
        try:
            with transaction.atomic():
                write_item(
                    actor=actor,
                    item_id=item.pk,
                    narrative=row.narrative,
                    assessment=row.assessment,
                    direction=row.direction,
                    revision=row.revision,
                    at=at,
                )
        except RuleBroken as broken:
            sentence = _("%(line)d行目（%(key)s）: %(sentence)s")
            wrong.append(sentence % {"line": row.line, "key": row.key, "sentence": broken.sentence})
        else:
            changed += 1
    if wrong:
        nothing = _("何も保存していません。")
        raise BadTable("\n".join(str(line) for line in (*wrong[:30], nothing)))
    return changed


def _rows(content: bytes) -> Iterator[Row]:
    if len(content) > MOST_BYTES:
        raise BadTable(_("ファイルが大きすぎます。900 KB までにしてください。"))
    seen: set[UUID] = set()
    for line, cells in enumerate(_cells(content), start=2):
        if line > MOST_ROWS:
            raise BadTable(_("行が多すぎます。"))
        if not any(cells):
            continue
        try:
            item_id, revision = UUID(cells[ITEM]), int(float(cells[REVISION]))
        except ValueError as bad:
            raise BadTable(
                _("%(line)d行目: かくれている「版」か「番号」が変わっています。様式を取りなおしてください。")
                % {"line": line}
            ) from bad
        if item_id in seen:
            raise BadTable(_("%(line)d行目: 同じ施策が2回出ています。") % {"line": line})
        seen.add(item_id)
        yield Row(line, item_id, cells[KEY], cells[NARRATIVE], cells[ASSESSMENT], cells[DIRECTION], revision)


def _cells(content: bytes) -> list[list[str]]:
    """The texts of the sheet's rows below its headings, as many as there are headings.

    Raises:
        BadTable: it is no Excel file of ours, or grows too large when unpacked.
    """
    refused = BadTable(_("フォローアップの様式（Excel）として読めません。様式を取りなおしてください。"))
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise refused
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError, SyntaxError) as bad:
        raise refused from bad
    if SHEET not in book.sheetnames:
        raise refused
    rows = book[SHEET].iter_rows(max_col=len(HEADINGS), max_row=MOST_ROWS + 1, values_only=True)
    headings = tuple(str(cell or "") for cell in next(rows, ()))
    if headings != HEADINGS:
        raise refused
    return [[_text(cell) for cell in (*row, *[None] * len(HEADINGS))[: len(HEADINGS)]] for row in rows]


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    # what Excel cannot write as it is, it writes as _xHHHH_
    return str(cell).replace("_x000D_", "").replace("\r\n", "\n").strip()
