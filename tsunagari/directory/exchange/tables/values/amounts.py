"""Yes and no, prices, ages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tsunagari.directory.exchange.tables.values.plain import EMPTY, Say, told, wide

_YES: Final = frozenset({
    "○", "◯", "〇", "●", "◎", "有", "あり", "有り", "可", "可能", "要", "必要", "はい", "yes", "y", "true",
    "1", "対応", "対応可", "できる", "必須", "有料", "実施", "✓", "✔", "レ", "t", "済",
})  # fmt: skip
_NO: Final = frozenset({
    "×", "✕", "✖", "x", "無", "なし", "無し", "不可", "不要", "いいえ", "no", "n", "false", "0", "無料",
    "非対応", "-", "f", "できない", "未対応", "必要なし", "未実施", "ー",
})  # fmt: skip


def flag(text: str, say: Say | None = None, *, field: str = "") -> bool | None:
    """Yes, no, or None where the cell is empty or says neither."""
    plain = wide(text).lower().rstrip("。.")
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    if plain and say is not None and plain not in EMPTY:
        say("not_flag", text, field=field)
    return None


_AMOUNT = re.compile(r"(?:¥\s*)?(\d{1,3}(?:,\d{3})+|\d{1,7})\s*(?:円)?")


@dataclass(frozen=True, slots=True)
class Cost:
    """What somebody pays: ``option`` says who or what for, ``amount`` in yen, ``words`` what stood there."""

    option: str
    amount: int | None
    words: str


def costs(text: str) -> list[Cost]:
    """The prices of a cell: 「子ども無料、大人300円」, 「100円（材料費）」, 「無料」, 「500」."""
    if not told(text):
        return []
    plain = wide(text)
    found: list[Cost] = []
    for piece in re.split(r"[、;\n/]|(?<=円)[,・ ]|(?<=無料)[,・ ]|(?<=\D),", plain):
        piece = piece.strip(" 。")
        if not piece:
            continue
        amounts = re.findall(r"(\d{1,3}(?:,\d{3})+|\d{1,7})\s*円", piece)
        bare = _AMOUNT.fullmatch(piece)
        if bare:
            found.append(Cost("", int(bare[1].replace(",", "")), piece))
        elif len(amounts) == 1 and not re.search(r"\d\s*[~〜-]\s*\d|以上|から|程度|まで|以内", piece):
            who = re.sub(r"(?:¥\s*)?(\d{1,3}(?:,\d{3})+|\d{1,7})\s*円.*$", "", piece).strip(" :：(")
            found.append(Cost(who[:100], int(amounts[0].replace(",", "")), piece))
        elif "無料" in piece and not amounts:
            who = piece.split("無料")[0].strip(" :：(はが")
            found.append(Cost(who[:100], 0, piece))
        else:
            found.append(Cost("", None, piece))
    return found


_AGES = re.compile(r"(?:満)?(\d{1,3})\s*(?:歳|才)?\s*(?:[~〜-]|から)\s*(?:満)?(\d{1,3})\s*(?:歳|才)")
_AGE_FROM = re.compile(r"(?:満)?(\d{1,3})\s*(?:歳|才)\s*(?:以上|から|より上|~|〜)")
_AGE_TO = re.compile(r"(?:満)?(\d{1,3})\s*(?:歳|才)\s*(?P<how>以下|未満|まで)")


def ages(text: str) -> tuple[int | None, int | None]:
    """The youngest and the oldest age that a text about 対象 names; 「18歳未満」 ends at 17."""
    plain = wide(text)
    low = high = None
    if match := _AGES.search(plain):
        low, high = int(match[1]), int(match[2])
    else:
        if match := _AGE_FROM.search(plain):
            low = int(match[1])
        if match := _AGE_TO.search(plain):
            high = int(match[1]) - (match["how"] == "未満")
    if (low is not None and low > 120) or (high is not None and not 0 <= high <= 120):
        return None, None
    if low is not None and high is not None and low > high:
        return None, None
    return low, high
