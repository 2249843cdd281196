"""A cell's text, and whether it says anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Final

Say = Callable[..., Any]
"""``say(code, value, **words)``: tells a doubt, see ``remarks``."""

EMPTY: Final = frozenset(
    {"", "-", "--", "ー", "−", "―", "－", "—", "なし", "無し", "ナシ", "未定", "不明", "none", "n/a", "na"}
    | {"null", "nan", "×なし", "特になし", "特に無し", "該当なし", "*", "・", "…", "？", "?", "空欄"}
    | {"記載なし", "非公開", "調整中"}
)  # fmt: skip
"""Cells that say nothing."""
_SPACES = re.compile("[ \\t\u00a0\u3000\u200b\ufeff]+")


def wide(text: str) -> str:
    """A cell as it is read: NFKC, trimmed, ordinary spaces and line breaks."""
    text = unicodedata.normalize("NFKC", text).replace("\r\n", "\n").replace("\r", "\n")
    return _SPACES.sub(" ", text).strip()


def told(text: str) -> str:
    """The cell's text as it stands, trimmed; "" where it says nothing."""
    if wide(text).lower() in EMPTY:
        return ""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip(" \u3000\n\t")


MARK: Final = "・"
"""Before each value of a cell that has one in each line: such a line is one value, whatever stands in it."""


def itemised(values: Sequence[str]) -> str:
    """Values as one cell that ``items`` reads as the same: 「印鑑、通帳」, or one a line behind a mark."""
    plain = "、".join(values)
    if items(plain) == list(values):
        return plain
    # a value of several lines goes on without a mark; a bare mark tells a single one from 「・印鑑・通帳」
    return "\n".join(f"{MARK}{value}" for value in ([*values, ""] if len(values) == 1 else values))


def items(text: str) -> list[str]:
    """The values of a cell: of several marked lines each is one, whole; else as ``several``."""
    text = told(text)
    if not text.startswith(MARK) or f"\n{MARK}" not in text:
        return several(text.removeprefix(MARK))
    found: list[str] = []
    for line in text.split("\n"):
        if line.startswith(MARK):
            found.append(line.removeprefix(MARK))
        else:
            found[-1] += f"\n{line}"
    return [value for value in found if value.strip()]


def several(text: str) -> list[str]:
    """The values of a cell that lists them with 、 ; ／ or line breaks."""
    found = re.split(r"[、,;\n/|]+|(?<=[^\d])・(?=[^\d])", wide(text))
    return list(dict.fromkeys(piece.strip() for piece in found if told(piece)))
