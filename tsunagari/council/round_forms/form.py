"""What a form holds, and the marks by which it is known again."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from tsunagari.core.crypto import keyed_digest

COLUMNS: Final = ("段落番号", "見出し", "案の文", "意見", "修正案", "意見番号")
"""The headings of the table, in Japanese as ministries have them; the file explains itself."""
CODE, HEADING, TEXT, BODY, PROPOSAL, MARK = COLUMNS
WHOLE: Final = "全体"
"""The 段落番号 of what is said of the whole draft."""
ANSWER_LABEL: Final = "意見の有無"
WITH_COMMENTS: Final = "意見あり"
NO_COMMENT: Final = "意見なし"
FORM_LABEL: Final = "様式番号"
SPARE_ROWS: Final = 1

_FORM = re.compile(r"R-([0-9a-f]{32})-([0-9a-f]{32})-([0-9a-f]{12})")


@dataclass(frozen=True, slots=True)
class FormParagraph:
    """A paragraph as it is commented upon. ``id`` is the round's own, ``paragraph_id`` the permanent one."""

    id: UUID
    paragraph_id: UUID
    position: int
    heading: str
    text: str

    @property
    def code(self) -> str:
        """「P12-3f9a1c」: its place, and the beginning of its permanent id against mistakes."""
        return f"P{self.position}-{self.paragraph_id.hex[:6]}"


@dataclass(frozen=True, slots=True)
class FormComment:
    """A comment that stands already."""

    id: UUID
    number: int
    paragraph: UUID | None
    body: str
    proposal: str

    @property
    def mark(self) -> str:
        """「C7-ab12cd」."""
        return f"C{self.number}-{self.id.hex[:6]}"


@dataclass(frozen=True, slots=True)
class Form:
    """Everything that is written into a file for one organisation."""

    round_id: UUID
    addressee_id: UUID
    seal: str
    title: str
    kind: str
    number: int
    organization: str
    secretariat: str
    closes_at: datetime
    closes: str
    paragraphs: tuple[FormParagraph, ...]
    comments: tuple[FormComment, ...]
    no_comment: bool = False

    @property
    def code(self) -> str:
        """「R-…」: the round, the addressee, and a seal by which a changed one is noticed."""
        return f"R-{self.round_id.hex}-{self.addressee_id.hex}-{self.seal}"


@dataclass(frozen=True, slots=True)
class FormCode:
    """A 様式番号, read."""

    round_id: UUID
    addressee_id: UUID
    seal: str


def seal_of(master: bytes, round_id: UUID, addressee_id: UUID) -> str:
    """The seal of a form: 12 hex digits."""
    return keyed_digest(master, "council-form", f"{round_id.hex}{addressee_id.hex}").hex()[:12]


def read_form_code(text: str) -> FormCode | None:
    """The 様式番号 in a cell, whatever stands around it."""
    match = _FORM.search(unicodedata.normalize("NFKC", text).lower().replace("r-", "R-", 1))
    if match is None:
        return None
    return FormCode(UUID(hex=match[1]), UUID(hex=match[2]), match[3])


def plain(text: str) -> str:
    """A heading or a code as it is compared: one width, no spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def same_text(one: str, other: str) -> bool:
    """Whether two texts differ only in spaces, line breaks and width."""
    return plain(one) == plain(other)
