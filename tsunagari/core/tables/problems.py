"""What is wrong with a file, a row or a field, told in Japanese and English.

A problem may repeat the cell, for the person whose file it is: it goes into that person's report, never a
log. Which sentences there are, each reader says itself.
"""

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
Sentences = dict[str, tuple[Severity, str, str]]
"""Code → (severity, Japanese, English); blanks are {field}, {value} and what else the caller gives."""
SHOWN = 200


@dataclass(slots=True)
class Problem:
    """One thing that is wrong, where it stands and what follows from it."""

    number: int
    code: str
    severity: Severity
    ja: str
    en: str
    part: str = ""
    field: str = ""
    value: str = ""


def shown(value: object, limit: int = 60) -> str:
    """A cell's value, short enough to stand in a sentence, on one line and without what cannot be stored."""
    if not isinstance(value, str):
        value = repr(value) if isinstance(value, int | float | bool) and abs(value) < 10**18 else "…"
    text = "".join(character if character.isprintable() else " " for character in value[: limit + 1])
    return text if len(text) <= limit else f"{text[:limit]}…"


def problem(
    code: str,
    *,
    number: int,
    field: str = "",
    value: object = "",
    part: str = "",
    sentences: Sentences,
    **words: Any,
) -> Problem:
    """The problem of this code among the ``sentences``; ``words`` fill the sentence's other blanks."""
    severity, ja, en = sentences[code]
    blanks = {"field": shown(field), "value": shown(value), **words}
    return Problem(
        number=number,
        code=code,
        severity=severity,
        ja=ja.format(**blanks)[:500],
        en=en.format(**blanks)[:500],
        part=shown(part, 119)[:120],
        field=shown(field, 119)[:120],
        value=shown(value, SHOWN - 1)[:SHOWN],
    )


class FileRefused(Exception):
    """The file as a whole cannot be read: nothing of it is imported. One sentence in each language."""

    def __init__(self, ja: str, en: str, *, number: int = 0, part: str = "") -> None:
        super().__init__(f"{ja} / {en}")
        self.ja = ja
        self.en = en
        self.number = number
        self.part = part
