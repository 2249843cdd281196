"""Comments and answers as pages and tables show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tsunagari.council.round_forms.form import WHOLE, FormParagraph
from tsunagari.council.selectors.rounds import Line
from tsunagari.council.wording import Piece, pieces

ACTIONS: Final = {
    "prepared": gettext_lazy("準備した"),
    "opened": gettext_lazy("受付を始めた"),
    "extended": gettext_lazy("受付のおわりを変えた"),
    "closed": gettext_lazy("受付を終えた"),
    "responding": gettext_lazy("回答を書き始めた"),
    "answered": gettext_lazy("回答ずみにした"),
    "reopened": gettext_lazy("回答を開きなおした"),
    "reflected": gettext_lazy("案に反映した"),
    "commented": gettext_lazy("意見が出た"),
    "changed": gettext_lazy("意見を直した"),
    "withdrawn": gettext_lazy("意見を取り下げた"),
    "restored": gettext_lazy("意見を元にもどした"),
    "no_comment": gettext_lazy("意見なしの返事"),
    "agreed": gettext_lazy("協議了の返事"),
    "reminded": gettext_lazy("催促した"),
    "published": gettext_lazy("意見を受け付けた"),
    "hidden": gettext_lazy("意見を載せないことにした"),
    "responded": gettext_lazy("回答した"),
    "grouped": gettext_lazy("まとめた"),
    "left_group": gettext_lazy("まとめから外した"),
    "dissolved": gettext_lazy("まとめを解いた"),
    "file": gettext_lazy("様式が届いた"),
    "file_taken": gettext_lazy("様式を提出した"),
}
"""What the journal's entries are called; a test holds it against the services."""


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A comment with its answer, and its difference in pieces."""

    line: Line
    place: str
    author: str
    difference: list[Piece]


def place_of(line: Line) -> str:
    """「P12-3f9a1c」, as in the forms; 全体 for the whole."""
    paragraph = line.paragraph
    if paragraph is None:
        return WHOLE
    return FormParagraph(
        paragraph.pk, paragraph.paragraph_id, paragraph.position, paragraph.heading, paragraph.text
    ).code


def shown_line(line: Line) -> ShownLine:
    """A line of the table of 意見と回答 for a page."""
    difference = pieces(line.before, line.after or "") if line.before is not None else []
    return ShownLine(line, place_of(line), line.author or _("匿名"), difference)


def result_rows(lines: Iterable[Line]) -> list[list[str]]:
    """The same for a file, in the order of its headings."""
    rows = []
    for line in lines:
        comment, response = line.comment, line.response
        rows.append(
            [
                str(comment.number),
                place_of(line),
                line.paragraph.heading if line.paragraph else "",
                line.author or _("匿名"),
                comment.body,
                comment.proposal,
                str(response.get_outcome_display()) if response else "",
                response.text if response else "",
                response.reason if response else "",
                line.before or "",
                (line.after or _("（削除）")) if line.before is not None else "",
                response.elsewhere if response else "",
                line.together.topic if line.together else "",
            ]
        )
    return rows
