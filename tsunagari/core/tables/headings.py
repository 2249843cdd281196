"""Where a table begins in a sheet: titles above it, headings in one row or two, notes and sums below."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from tsunagari.core.tables.grid import MOST_COLUMNS, Document, GridRow, Merge, Sheet
from tsunagari.core.tables.problems import Problem
from tsunagari.core.tables.remarks import remark

SEARCHED_ROWS: Final = 40
"""A table begins within the first rows of its sheet."""
ASKED: Final = "確認してください"
"""The column that our own answer adds to a CSV; never read."""

_SUM = re.compile(r"(?:合\s*計|総\s*計|小\s*計|計)$")
_NOTE = re.compile(r"[※＊*]|注[)）:：\d]|備考[:：]|出典|資料[:：]|\(?注")
_VALUE = re.compile(r"\d{2,}|https?:|@")
_MARKS = re.compile(r"[※＊*●○◎◆■□★☆【】\[\]<>＜＞「」『』]|必須|任意|\(必\)|\(任\)")
# 「ホ－ムペ－ジ」 with a hyphen for the long mark
_LONG_MARK = re.compile("(?<=[ァ-ヺ])[-‐-―−](?=[ァ-ヺ]|$)")
_BETWEEN = re.compile(r"[\s_＿・:：/／-]+")

Knows = Callable[[str], float]
"""How well a text is known as a heading of the tables that are looked for: 0 to 1."""


def plain_heading(heading: str) -> str:
    """A heading as it is compared: NFKC, small letters, no spaces, marks and lines between its parts."""
    text = _LONG_MARK.sub("ー", unicodedata.normalize("NFKC", heading).lower())
    return _BETWEEN.sub("", _MARKS.sub("", text))


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its headings by column, and its rows, each with as many cells as there are headings."""

    sheet: Sheet
    headings: tuple[str, ...]
    columns: tuple[int, ...]
    heading_rows: tuple[int, ...]
    titles: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        """The sheet's name; "" for a text file."""
        return self.sheet.name

    def rows(self) -> Iterator[GridRow]:
        """The rows that hold data; what is skipped as a note comes without cells and with its problem."""
        after = self.heading_rows[-1]
        plain = tuple(map(plain_heading, self.headings))
        for row in self.sheet.rows():
            if row.number <= after or not any(cell.strip() for cell in row.cells):
                continue
            if row.hidden:
                yield GridRow(
                    row.number, (), (remark("row_hidden", number=row.number, value=1, part=self.name),)
                )
                continue
            yield self._own(row, plain)

    def _own(self, row: GridRow, plain: tuple[str, ...]) -> GridRow:
        cells = tuple(row.cells[column] if column < len(row.cells) else "" for column in self.columns)
        if all(plain_heading(cell) == heading for cell, heading in zip(cells, plain, strict=True)):
            return self._skipped(row, "repeated_heading")
        filled = [cell.strip() for cell in row.cells if cell.strip()]
        first = filled[0] if filled else ""
        # what is merged over columns counts once
        if len(self.headings) > 2 and (
            (len(set(filled)) == 1 and (_NOTE.match(first) or len(first) > 25)) or _SUM.fullmatch(first)
        ):
            return self._skipped(row, "note_row")
        problems = [self._named(found) for found in row.problems]
        last = self.columns[-1]
        hidden = self.sheet.hidden_columns
        beyond = [
            cell
            for column, cell in enumerate(row.cells)
            if column > last and column not in hidden and cell.strip()
        ]
        if beyond and not self.sheet.merges and not any(p.code == "more_cells" for p in problems):
            problems.append(remark("more_cells", number=row.number, value=beyond[0], part=self.name))
        return GridRow(row.number, cells, tuple(problems))

    def _skipped(self, row: GridRow, code: str) -> GridRow:
        first = next((cell.strip() for cell in row.cells if cell.strip()), "")
        return GridRow(row.number, (), (remark(code, number=row.number, value=first, part=self.name),))

    def _named(self, found: Problem) -> Problem:
        """A problem of a cell, its column's number turned into the heading."""
        column = int(found.field) if found.field.isdigit() else -1
        heading = self.headings[self.columns.index(column)] if column in self.columns else ""
        return replace(found, field=heading, part=self.name)


def tables_of(document: Document, *, knows: Knows) -> tuple[list[Table], list[Problem]]:
    """The tables of a document, one for each sheet that has one, and what is said of the others."""
    tables: list[Table] = []
    problems = list(document.problems)
    for sheet in document.sheets:
        table = find_table(sheet, knows=knows)
        if table is not None:
            tables.append(table)
            problems += table.problems
        elif not any(row.cells for row in islice(sheet.rows(), SEARCHED_ROWS)):
            problems.append(remark("sheet_empty", value=sheet.name, part=sheet.name))
        else:
            problems.append(remark("sheet_without_table", value=sheet.name, part=sheet.name))
    return tables, problems


def find_table(sheet: Sheet, *, knows: Knows) -> Table | None:
    """The table of a sheet; None where no row looks like headings."""
    rows = list(islice(sheet.rows(), SEARCHED_ROWS))
    best: tuple[float, int] | None = None
    for place, row in enumerate(rows):
        score = _score(_spread(row, sheet.merges), knows)
        if score > 0 and (best is None or score > best[0]):
            best = (score, place)
    if best is None or best[0] < 1.5:
        # no headings that we know: the first row of words may be some, and a person can say what they mean
        first = next((n for n, row in enumerate(rows) if _may_be_headings(row)), None)
        if first is None or first + 1 >= len(rows):
            return None
        best = 0.0, first
    place = best[1]
    upper, lower = _pair(rows, place, sheet.merges, knows)
    texts, numbers = _joined(rows, upper, lower, sheet.merges)
    columns = tuple(
        column
        for column, text in enumerate(texts)
        if text and column not in sheet.hidden_columns and text != ASKED and column < MOST_COLUMNS
    )
    if not columns:
        return None
    headings = _distinct([texts[column] for column in columns])
    hidden = [text for column, text in enumerate(texts) if text and column in sheet.hidden_columns]
    return Table(
        sheet=sheet,
        headings=headings,
        columns=columns,
        heading_rows=numbers,
        titles=tuple(cell.strip() for row in rows[:upper] for cell in row.cells if cell.strip())[:20],
        problems=tuple(remark("column_hidden", value=text, part=sheet.name) for text in hidden),
    )


def _may_be_headings(row: GridRow) -> bool:
    filled = [cell.strip() for cell in row.cells if cell.strip()]
    words = [cell for cell in filled if not _VALUE.search(cell) and len(cell) <= 40]
    return len(set(words)) >= 2 and len(words) == len(filled)


def _score(cells: Sequence[str], knows: Knows) -> float:
    """How much a row looks like headings: what it knows of them, less what looks like values."""
    texts = list(dict.fromkeys(cell.strip() for cell in cells if cell.strip()))
    known = sum(certainty for text in texts if (certainty := knows(text)) >= 0.7)
    values = sum(1 for text in texts if _VALUE.search(unicodedata.normalize("NFKC", text)) or len(text) > 40)
    return known - values * 0.7


def _pair(rows: Sequence[GridRow], place: int, merges: Sequence[Merge], knows: Knows) -> tuple[int, int]:
    """The rows (from, to) of the headings: one, or two where a heading stands over several."""
    best = place, place
    best_score = 0.0
    for upper, lower in ((place, place + 1), (place - 1, place)):
        if upper < 0 or lower >= len(rows) or rows[lower].number - rows[upper].number != 1:
            continue
        if not _covers(rows[upper], rows[lower], merges):
            continue
        single = max(_score(_spread(rows[n], merges), knows) for n in (upper, lower))
        joined = _score(_joined(rows, upper, lower, merges)[0], knows)
        below = _score(rows[lower].cells, knows)
        # words of two rows are known a little less well; the lower row must not be data
        if joined >= single * 0.75 and below > -0.7 and joined > best_score:
            best, best_score = (upper, lower), joined
    return best


def _covers(upper: GridRow, lower: GridRow, merges: Sequence[Merge]) -> bool:
    """Whether a cell of the upper row stands over several of the lower one."""
    for merge in merges:
        above = merge.first_row <= upper.number <= merge.last_row < lower.number
        if above and merge.last_column > merge.first_column and sum(map(bool, _part(lower, merge))) > 1:
            return True
        if merge.first_row == upper.number and merge.last_row >= lower.number:
            return True
    if merges:
        return False
    # without merged cells: an upper cell, then empty ones over filled ones
    return (
        any(
            not cell.strip() and below.strip() and any(c.strip() for c in upper.cells[:column])
            for column, (cell, below) in enumerate(_zip_long(upper.cells, lower.cells))
        )
        and sum(bool(cell.strip()) for cell in lower.cells) >= 2
    )


def _part(row: GridRow, merge: Merge) -> list[str]:
    return [cell.strip() for cell in row.cells[merge.first_column : merge.last_column + 1]]


def _zip_long(first: Sequence[str], second: Sequence[str]) -> Iterator[tuple[str, str]]:
    for place in range(max(len(first), len(second))):
        yield first[place] if place < len(first) else "", second[place] if place < len(second) else ""


def _spread(row: GridRow, merges: Sequence[Merge]) -> list[str]:
    """The cells of a row of headings, merged ones repeated sideways."""
    cells = list(row.cells)
    for merge in merges:
        if merge.first_row <= row.number <= merge.last_row and merge.first_column < len(cells):
            text = cells[merge.first_column]
            last = min(merge.last_column, MOST_COLUMNS - 1)
            if last >= len(cells):
                cells.extend([""] * (last + 1 - len(cells)))
            for column in range(merge.first_column, last + 1):
                cells[column] = cells[column] or text
    return cells


def _joined(
    rows: Sequence[GridRow], upper: int, lower: int, merges: Sequence[Merge]
) -> tuple[list[str], tuple[int, ...]]:
    """The headings as text, two rows joined by 「_」, and the numbers of their rows."""
    if upper == lower:
        # a heading that is merged over columns names only the first of them
        return [_one_line(cell) for cell in rows[upper].cells], (rows[upper].number,)
    above = _spread(rows[upper], merges)
    if not merges:
        carried = ""
        for column, (cell, below) in enumerate(_zip_long(above, rows[lower].cells)):
            if column >= len(above):
                above.append("")
            carried = cell.strip() or (carried if below.strip() else "")
            above[column] = carried
    texts = []
    for over, under in _zip_long(above, rows[lower].cells):
        first, second = _one_line(over), _one_line(under)
        texts.append(first if first == second or not second else second if not first else f"{first}_{second}")
    return texts, (rows[upper].number, rows[lower].number)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", "", text.strip()) if len(text) < 40 else re.sub(r"\s+", " ", text.strip())[:100]


def _distinct(headings: Sequence[str]) -> tuple[str, ...]:
    """Headings that stand twice get a number."""
    seen: dict[str, int] = {}
    found = []
    for heading in headings:
        seen[heading] = seen.get(heading, 0) + 1
        found.append(heading if seen[heading] == 1 else f"{heading}（{seen[heading]}）")
    return tuple(found)
