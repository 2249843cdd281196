"""Telephone numbers as they stand in cells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tsunagari.directory.exchange.tables.values.plain import Say, told, wide

_DASHES = re.compile(r"(?<=\d) *[‐‑‒–—―−ー─ｰ﹣] *(?=\d)")
# 「4567〜9」 are several lines of one desk, not more digits
_WAVES = re.compile(r"(?<=\d) *[~〜∼] *(?=\d{2})")
_PHONE = re.compile(
    r"(?<![\d-])(?P<number>(?:\+81[-\s]?\(?0?\)?[-\s]?)?[(]?\d{1,5}[)]?(?:[-( .]{0,2}[)]?\d{1,4}[)]?){1,3}\d?"
    r"|#\d{4}|1(?:1[0-9]|[2-9]\d)(?!\d))(?!\d)"
)
_EXTENSION = re.compile(
    r"(?:内線(?:番号)?|内|ext\.?)\s*[:.]?\s*[(]?\s*(\d{1,6}(?:\s*[・,~-]\s*\d{1,6})*)\s*[)]?"
)
_BESIDE = re.compile(r"(?:\s*[(]?[^\d()]{0,8}[)]?\s*[(]?(?:内|ext)[^()、,;/]*[)]?)?")
_FAX = re.compile(r"(?:fax|ファッ?クス|ファクシミリ|\bf\b)\s*(?:番号|専用)?\s*[:.)]?\s*")
_SPECIAL: Final = frozenset({"110", "118", "119", "171", "188", "189", "104", "115", "117", "177"})


@dataclass(frozen=True, slots=True)
class Phone:
    """A number with hyphens as they stood, its 内線, what stood beside it, and whether it is a fax."""

    number: str
    extension: str = ""
    label: str = ""
    is_fax: bool = False


def phones(text: str, say: Say, *, extension: str = "", fax: bool = False) -> list[Phone]:
    """The telephone numbers of a cell: several, with 内線, （代表）, FAX, in any writing."""
    if not told(text):
        return []
    plain = wide(text).lower()
    plain = _DASHES.sub("-", plain)
    plain = _WAVES.sub("-", plain)
    found: list[Phone] = []
    beyond = 0
    for match in _PHONE.finditer(plain):
        if match.start() < beyond:
            continue
        number = _number(match["number"], say)
        if number is None:
            continue
        before = plain[beyond : match.start()]
        after = plain[match.end() :].split("\n")[0]
        beside = _BESIDE.match(after)
        own = _EXTENSION.search(beside[0]) if beside else None
        until = match.end() + (after.find(own[0]) + len(own[0]) if own else 0)
        beyond = until
        found.append(
            Phone(
                number=number,
                extension=re.sub(r"\s", "", own[1]) if own else "",
                label=_label(before, after[:16]),
                is_fax=fax or bool(_FAX.search(before)),
            )
        )
    if not found:
        say("not_phone", text)
    if extension and found and not found[0].extension and (digits := re.search(r"\d{1,6}", wide(extension))):
        found[0] = Phone(found[0].number, digits[0], found[0].label, found[0].is_fax)
    return list({(phone.number, phone.is_fax): phone for phone in reversed(found)}.values())[::-1]


def _label(before: str, after: str) -> str:
    """「代表」, 「直通」, the name of a desk: what stands in front of a number or in brackets behind it."""
    behind = re.match(r"\s*[(]\s*([^()\d]{1,12})\s*[)]", after)
    if behind:
        return behind[1].strip()
    front = re.sub(r"(?:tel|電話(?:番号)?|℡|☎|fax|ファッ?クス|直通|代表)?\s*[:.)]?\s*[(]?\s*$", "", before)
    words = re.split(r"[、,;/\n]", front)[-1].strip(" ():・.-")
    named = re.search(r"(代表|直通|携帯|フリーダイヤル)", before.split("\n")[-1])
    return (words if words and not any(c.isdigit() for c in words) else named[1] if named else "")[:60]


def _number(written: str, say: Say) -> str | None:
    """The number with hyphens as they stood, or put in; None where it is none."""
    if written.startswith("#") or written in _SPECIAL:
        return written
    parts = re.findall(r"\d+", re.sub(r"^\+81[-\s]?(?:[(]0[)])?", "", written))
    digits = "".join(parts)
    if digits.startswith("0"):
        return _written(parts) if _has_length(digits) else None
    if not _has_length(f"0{digits}"):
        return None
    now = _written([f"0{parts[0]}", *parts[1:]])
    if not written.startswith("+81"):
        say("zero_restored", written, now=now)  # a spreadsheet took 0312345678 for a number
    return now


def _has_length(digits: str) -> bool:
    """Ten digits, eleven of those that begin with 050 to 090 and 0800 (電気通信番号計画)."""
    return len(digits) == (11 if re.match(r"0(?:[56789]0(?!0)|800)", digits) else 10)


def _written(parts: list[str]) -> str:
    return "-".join(parts) if 2 <= len(parts) <= 3 else _hyphens("".join(parts))


# 総務省「市外局番の一覧」: where the area code ends cannot be told from the digits alone beyond these
_AREA_CODES: Final = (
    ("0120", (4, 3, 3)), ("0570", (4, 3, 3)), ("0800", (4, 3, 4)), ("0990", (4, 3, 3)), ("050", (3, 4, 4)),
    ("060", (3, 4, 4)), ("070", (3, 4, 4)), ("080", (3, 4, 4)), ("090", (3, 4, 4)),
    ("03", (2, 4, 4)), ("06", (2, 4, 4)), ("011", (3, 3, 4)), ("022", (3, 3, 4)), ("025", (3, 3, 4)),
    ("043", (3, 3, 4)), ("044", (3, 3, 4)), ("045", (3, 3, 4)), ("048", (3, 3, 4)), ("052", (3, 3, 4)),
    ("053", (3, 3, 4)), ("054", (3, 3, 4)), ("075", (3, 3, 4)), ("078", (3, 3, 4)), ("082", (3, 3, 4)),
    ("086", (3, 3, 4)), ("092", (3, 3, 4)), ("093", (3, 3, 4)), ("096", (3, 3, 4)), ("072", (3, 3, 4)),
    ("042", (3, 3, 4)), ("047", (3, 3, 4)), ("049", (3, 3, 4)), ("046", (3, 3, 4)), ("058", (3, 3, 4)),
    ("059", (3, 3, 4)), ("077", (3, 3, 4)), ("079", (3, 3, 4)), ("087", (3, 3, 4)), ("088", (3, 3, 4)),
    ("089", (3, 3, 4)), ("095", (3, 3, 4)), ("097", (3, 3, 4)), ("098", (3, 3, 4)), ("099", (3, 3, 4)),
)  # fmt: skip


def _hyphens(digits: str) -> str:
    for prefix, lengths in _AREA_CODES:
        if digits.startswith(prefix) and len(digits) == sum(lengths):
            first, second, _ = lengths
            return f"{digits[:first]}-{digits[first : first + second]}-{digits[first + second :]}"
    return digits
