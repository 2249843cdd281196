"""What a form says: each row by its paragraph, each doubt as a problem with its row and column."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from tsunagari.core.tables.grid import GridRow
from tsunagari.core.tables.problems import Problem
from tsunagari.council.personal_data import clean
from tsunagari.council.round_forms.form import (
    ANSWER_LABEL,
    BODY,
    CODE,
    COLUMNS,
    MARK,
    NO_COMMENT,
    PROPOSAL,
    TEXT,
    WHOLE,
    WITH_COMMENTS,
    Form,
    FormCode,
    FormComment,
    FormParagraph,
    plain,
    read_form_code,
    same_text,
)
from tsunagari.council.round_forms.reading import FileRead, Rows
from tsunagari.council.round_forms.sentences import odd

LONGEST: Final = 10_000
MOST_COMMENTS: Final = 2_000
NOTHING: Final = frozenset({"意見なし", "なし", "特になし", "特段の意見なし", "無し", "-", "ー", "―"})
"""What people write into 意見 when they have none."""


@dataclass(frozen=True, slots=True)
class Said:
    """One comment in the file: on which paragraph (None: the whole), and which standing one it is."""

    paragraph: UUID | None
    body: str
    proposal: str
    comment: UUID | None = None


@dataclass(slots=True)
class Checked:
    """What the file says, and what is odd in it. With an error, nothing of it counts."""

    said: list[Said] = field(default_factory=list)
    no_comment: bool = False
    problems: list[Problem] = field(default_factory=list)
    tables: list["Found"] = field(default_factory=list)
    none_in_rows: bool = False

    @property
    def sound(self) -> bool:
        """Whether it may be handed in."""
        return all(problem.severity != "error" for problem in self.problems)


@dataclass(slots=True)
class Found:
    """Where the table stands: its headings by column, and the row of them."""

    rows: Rows
    columns: dict[str, int]
    heading_row: int

    def cell(self, row: GridRow, name: str) -> str:
        """The text under a heading."""
        column = self.columns.get(name, -1)
        return row.cells[column].strip() if 0 <= column < len(row.cells) else ""


def check(read: FileRead, form: Form) -> Checked:
    """Read what was filled in, against the form as it was given out."""
    checked = Checked(problems=list(read.problems))
    checked.problems += _whose(read, form)
    checked.tables = list(_tables(read.parts))
    if not checked.tables:
        checked.problems.append(odd("no_table"))
        return checked
    paragraphs = {paragraph.code: paragraph for paragraph in form.paragraphs}
    standing = {comment.mark: comment for comment in form.comments}
    seen: set[UUID] = set()
    for table in checked.tables:
        _read_table(table, paragraphs, standing, seen, checked)
    if len(checked.said) > MOST_COMMENTS:
        checked.problems.append(odd("too_many", most=MOST_COMMENTS))
    _yes_or_no(read.parts, checked)
    return checked


def _whose(read: FileRead, form: Form) -> Iterator[Problem]:
    codes = {
        code
        for rows in read.parts
        for row in rows.rows
        for cell in row.cells
        if (code := read_form_code(cell)) is not None
    }
    if not codes:
        yield odd("no_code")
        return
    if len(codes) > 1:
        yield odd("two_codes")
        return
    (code,) = codes
    own = FormCode(form.round_id, form.addressee_id, form.seal)
    if code == own:
        return
    if code.round_id != own.round_id:
        yield odd("other_round")
    elif code.addressee_id != own.addressee_id:
        yield odd("other_organization")
    else:
        yield odd("altered_code")


def _tables(parts: Iterable[Rows]) -> Iterator[Found]:
    known = {plain(name): name for name in COLUMNS}
    for rows in parts:
        for row in rows.rows:
            columns: dict[str, int] = {}
            for number, cell in enumerate(row.cells):
                name = known.get(plain(cell))
                if name is not None:
                    columns.setdefault(name, number)
            if CODE in columns and BODY in columns:
                yield Found(rows, columns, row.number)
                break


def _read_table(
    table: Found,
    paragraphs: dict[str, FormParagraph],
    standing: dict[str, FormComment],
    seen: set[UUID],
    checked: Checked,
) -> None:
    part, above = table.rows.part, ""
    merged = _merged_rows(table)
    for row in table.rows.rows:
        if row.number <= table.heading_row:
            continue
        code, body, proposal = (table.cell(row, name) for name in (CODE, BODY, PROPOSAL))
        code = plain(code)
        # as it would be kept, so that the same words are the same comment
        body, proposal = clean(body, 2 * LONGEST), clean(proposal, 2 * LONGEST)
        if code and code not in paragraphs and code != WHOLE:
            checked.problems.append(
                odd("unknown_paragraph", number=row.number, part=part, field=CODE, value=code)
            )
            above = ""
            continue
        problems = list(_row_problems(table, row, paragraphs.get(code)))
        checked.problems += problems
        if plain(body).rstrip("。.") in NOTHING and not proposal:
            found = odd("none_in_row", number=row.number, part=part, field=BODY, value=body)
            checked.problems.append(found)
            checked.none_in_rows = True
            body = ""
        if not body and not proposal:
            above = code or above
            continue
        if not code:
            code = above
            told = "paragraph_from_above" if above else "no_paragraph"
            checked.problems.append(odd(told, number=row.number, part=part, field=CODE, value=above))
        above = code
        if row.number in merged:
            checked.problems.append(odd("merged_comment", number=row.number, part=part, field=BODY))
        paragraph = paragraphs[code].id if code in paragraphs else None
        comment = _standing(table, row, paragraph, standing, seen, checked)
        checked.said.append(Said(paragraph, body, proposal, comment))


def _merged_rows(table: Found) -> set[int]:
    """Rows after the first of a 意見 that was merged over several."""
    column = table.columns[BODY]
    return {
        row
        for merge in table.rows.merges
        if merge.first_column <= column <= merge.last_column
        for row in range(merge.first_row + 1, merge.last_row + 1)
        if row > table.heading_row
    }


def _row_problems(table: Found, row: GridRow, paragraph: FormParagraph | None) -> Iterator[Problem]:
    part = table.rows.part
    body, proposal, text = (table.cell(row, name) for name in (BODY, PROPOSAL, TEXT))
    names = {str(column): name for name, column in table.columns.items()}
    for found in row.problems:
        if names.get(found.field) in {CODE, BODY, PROPOSAL, MARK}:
            yield odd("formula", number=row.number, part=part, field=names[found.field])
    if paragraph is not None and text and not same_text(text, paragraph.text):
        yield odd("text_changed", number=row.number, part=part, field=TEXT)
    if proposal and not body:
        yield odd("proposal_alone", number=row.number, part=part, field=BODY)
    for name, value in ((BODY, body), (PROPOSAL, proposal)):
        if len(value) > LONGEST:
            yield odd("too_long", number=row.number, part=part, field=name, length=len(value), most=LONGEST)
    if row.hidden and (body or proposal):
        yield odd("hidden_row", number=row.number, part=part, field=BODY)


def _standing(
    table: Found,
    row: GridRow,
    paragraph: UUID | None,
    standing: dict[str, FormComment],
    seen: set[UUID],
    checked: Checked,
) -> UUID | None:
    """Which standing comment a row is; None: a new one."""
    mark = plain(table.cell(row, MARK))
    if not mark:
        return None
    told = ""
    found = standing.get(mark)
    if found is None:
        told = "unknown_mark"
    elif found.id in seen:
        told = "mark_twice"
    elif found.paragraph != paragraph:
        told = "moved"
    if told:
        checked.problems.append(odd(told, number=row.number, part=table.rows.part, field=MARK, value=mark))
        return None
    if found is None:
        return None
    seen.add(found.id)
    return found.id


def _yes_or_no(parts: Iterable[Rows], checked: Checked) -> None:
    """意見の有無, which must fit what the table says: an empty form is no answer."""
    given = ""
    for rows in parts:
        for row in rows.rows:
            cells = [plain(cell) for cell in row.cells]
            if ANSWER_LABEL in cells:
                after = [cell for cell in cells[cells.index(ANSWER_LABEL) + 1 :] if cell]
                given = given or (after[0] if after else "")
    none = given in {NO_COMMENT, "なし", "無", "無し"}
    if given and not none and given not in {WITH_COMMENTS, "あり", "有", "有り"}:
        checked.problems.append(odd("answer_unclear", value=given))
    elif none and checked.said:
        checked.problems.append(odd("said_and_none"))
    elif not none and not checked.said and not checked.none_in_rows and checked.sound:
        checked.problems.append(odd("nothing_said"))
    checked.no_comment = not checked.said and (none or checked.none_in_rows)
