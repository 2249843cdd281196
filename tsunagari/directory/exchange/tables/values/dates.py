"""Dates in 和暦 and 西暦, and times of day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from tsunagari.directory.exchange.tables.values.plain import Say, told, wide

# 元号: first day and name; the first year is 元年
_ERAS: Final = {
    "令和": date(2019, 5, 1), "平成": date(1989, 1, 8), "昭和": date(1926, 12, 25), "大正": date(1912, 7, 30),
    "明治": date(1868, 1, 25),
}  # fmt: skip
_ERA_LETTERS: Final = {
    "r": "令和",
    "h": "平成",
    "s": "昭和",
    "t": "大正",
    "m": "明治",
    "令": "令和",
    "平": "平成",
    "昭": "昭和",
}
_ERA_ENDS: Final = {"平成": date(2019, 4, 30), "昭和": date(1989, 1, 7), "大正": date(1926, 12, 24)}
_ERA_DATE = re.compile(
    r"(令和|平成|昭和|大正|明治|[rhstm令平昭])\s*\.?\s*(\d{1,2}|元)\s*(?:年(?:度)?|[./-])\s*"
    r"(?:(\d{1,2})\s*(?:月|[./-])?\s*(?:(\d{1,2})\s*日?)?)?"
)
_DATE = re.compile(r"(\d{4})\s*(?:年(?:度)?|[./-])\s*(?:(\d{1,2})\s*(?:月|[./-])?\s*(?:(\d{1,2})\s*日?)?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")


def day_of(text: str, say: Say, *, field: str = "") -> date | None:
    """A date in 和暦 or 西暦, of a year and month their first day; an Excel serial if it stands alone."""
    if not told(text):
        return None
    plain = re.sub(r"[（(].*?[)）]", "", wide(text).lower()).strip()
    plain = re.sub(r"(?:現在|時点|更新|開始|開設|設立|から|~|〜)\s*$", "", plain).strip()
    try:
        if match := _ERA_DATE.match(plain):
            return _era_day(match, text, say)
        if match := _COMPACT.fullmatch(plain):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _DATE.match(plain):
            return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
        if plain.isascii() and plain.isdigit() and 20_000 <= int(plain) <= 80_000:
            return date(1899, 12, 30) + timedelta(days=int(plain))
    except ValueError:
        pass
    say("not_date_here", text, field=field)
    return None


def _era_day(match: re.Match[str], text: str, say: Say) -> date:
    era = _ERA_LETTERS.get(match[1], match[1])
    year = _ERAS[era].year + (1 if match[2] == "元" else int(match[2])) - 1
    found = date(year, int(match[3] or 1), int(match[4] or 1))
    if (last := _ERA_ENDS.get(era)) and found > last:
        say("era_ended", text, now=found.isoformat())
    return found


_CLOCK = re.compile(
    r"(午前|午後|am|pm)?\s*(\d{1,2})(?:[:時.]\s*(?:(\d{1,2})(?:[:分]\d{0,2})?|(半))?)?(?:分)?\s*(am|pm)?"
)


def clock_of(text: str) -> str:
    """「9:00」 of 「9時」, 「09:00:00」, 「午前9時」, 「900」, Excel's part of a day; "" if it is no time."""
    plain = wide(text).lower()
    if match := _CLOCK.fullmatch(plain):
        hour = int(match[2])
        minute = 30 if match[4] else int(match[3] or 0)
        if (match[1] in {"午後", "pm"} or match[5] == "pm") and hour < 12:
            hour += 12
        return f"{hour}:{minute:02d}" if hour <= (48 if match[3] else 24) and minute < 60 else ""
    if match := re.fullmatch(r"(\d{1,2})(\d{2})", plain):
        return f"{int(match[1])}:{match[2]}" if int(match[1]) <= 24 and int(match[2]) < 60 else ""
    if re.fullmatch(r"0?\.\d+", plain):
        minutes = round(float(plain) * 1440)
        return f"{minutes // 60}:{minutes % 60:02d}"
    if plain == "正午":
        return "12:00"
    return ""
