"""From a text to tokens: days, times, closures, words between them, and what is not understood."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tsunagari.directory.schedules.period import DAY, WEEKDAYS
from tsunagari.directory.schedules.reading.words import WORDS

MAX_LENGTH: Final = 1_000
"""Longer texts are descriptions, not hours."""

_JA: Final = dict(zip("月火水木金土日", WEEKDAYS, strict=True))
_EN: Final = dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), WEEKDAYS, strict=True))
_KANJI_NUMBERS: Final = {"一": "1", "二": "2", "三": "3", "四": "4", "五": "5"}

_DASH = r"(?:\s*(?:[-‐‑‒–—―−ー~〜∼⁓〰─]|から|より|→|ないし|乃至|to\b)\s*)"
_HALF = r"(?:(?:午前|午後|am|pm|a\.m\.|p\.m\.)\s*)?"
_CLOCK = (
    rf"(?P<{{n}}half>{_HALF})(?:(?P<{{n}}noon>正午)|(?P<{{n}}next>翌(?:朝|日)?\s*の?\s*)?"
    r"(?P<{n}h>\d{{1,2}})(?:(?:\s*[:.]\s*(?P<{n}m>\d{{2}})(?:[:.]\d{{2}})?(?!\d)(?:時|分)?)|(?:\s*時\s*"
    r"(?:(?P<{n}m2>\d{{1,2}})\s*分|(?P<{n}half2>半))?)|(?P<{n}bare>))(?:\s*(?P<{n}after>am|pm))?)"
)
_SPAN = re.compile(
    _CLOCK.format(n="a")
    + rf"(?:{_DASH}|\s*開始\s*{_DASH}?)"
    + _CLOCK.format(n="b")
    + r"(?:\s*(?:まで|迄|頃|ごろ|終了))*"
)
_FOUR_DIGITS = re.compile(rf"(?<!\d)(\d{{2}})(\d{{2}}){_DASH}(\d{{2}})(\d{{2}})(?!\d)")
_ALL_DAY = re.compile(r"24\s*時間\s*(?:[、,・]?\s*365\s*日)?|終日|0:00\s*[-~〜]\s*24:00|(?:24h(?:ours)?)")

_DAY = re.compile(r"(?P<day>[月火水木金土日])(?:曜日?)?|(?P<holiday>祝祭日|祝休日|祝日|祝)")
_DAY_SEPARATOR = re.compile(rf"(?P<dash>{_DASH})|\s*(?:[・、,/&]|および|及び|並びに|又は|または|と)?\s*")
# what may follow a weekday that is written with one letter; 「金額」「日時」「水族館」 are no days
_AFTER_DAY = frozenset("除休定閉開営受の以は及並毎第午各正夜昼朝平終全に")

_ORDINALS = r"(?:第\s*[1-5一二三四五]|最終|最後の)"
_NTH = re.compile(
    rf"(?:(?:毎月|各月|月)(?:の)?\s*)?(?P<nths>{_ORDINALS}(?:(?:\s*[・、,/&と]\s*|および|及び)?(?:{_ORDINALS}|[1-5一二三四五](?!\d|\s*(?:時|:|日(?!曜)|月(?!曜)))))*)"
    rf"\s*(?:週)?\s*(?:の)?\s*(?P<days>[月火水木金土日](?:曜日?)?(?:(?:\s*[・、,/&と]\s*|および|及び)?[月火水木金土日](?:曜日?|(?![曜0-9])))*)"
)
_NTH_ONLY = re.compile(
    rf"(?P<nths>{_ORDINALS}(?:(?:\s*[・、,/&と]\s*|および|及び)?(?:{_ORDINALS}|[1-5一二三四五](?!\d|\s*(?:時|:))))*)(?:週|のみ)?"
    r"(?=\s*(?:[)、,。]|のみ|を?除|は|$))"
)
_MONTHDAY = re.compile(
    r"(?:毎月|各月)\s*(?P<numbers>\d{1,2}\s*日?(?:\s*(?:[・、,/&と]|および|及び)\s*\d{1,2}\s*日?(?![:時\d]))*)(?<=日)"
)
_MONTH_END = re.compile(r"(?:毎月|各月)の?(?:末日|月末|最終日)")
_MONTHS = re.compile(
    rf"(?<![0-9])(?P<from>1[0-2]|[1-9])\s*月?{_DASH}(?P<to>1[0-2]|[1-9])\s*月(?!曜|\d|\s*\d+日)(?:まで|中)?(?:の間)?"
    r"|(?<![0-9])(?P<one>1[0-2]|[1-9])\s*月(?!曜|\s*\d)(?:中|のみ)?"
)
_DATE = r"(?:1[0-2]|[1-9])\s*(?:月|/)\s*(?:3[01]|[12]\d|0?[1-9])\s*日?"
_NAMED_DAYS: Final = {"元日": "01-01", "元旦": "01-01", "大晦日": "12-31", "大みそか": "12-31"}
_UNTIL = re.compile(_CLOCK.format(n="b") + r"\s*(?:まで|迄)")
_CLOSED_DATES = re.compile(
    rf"(?<![0-9/])(?P<from>{_DATE}){_DASH}(?:翌年?の?)?(?P<to>{_DATE}|(?:3[01]|[12]\d|0?[1-9])\s*日)(?:まで)?(?![0-9/時:])"
    rf"|(?<![0-9/])(?P<one>{_DATE})(?![0-9/時:])"
)
_SUBSTITUTE = re.compile(
    r"[(]?(?:(?:但し|ただし)[、,]?)?(?:[月火水木金土日](?:曜日?)?[・、]?(?=[月火水木金土日祝]))*(?:(?:その日|当日|[月火水木金土日]曜日?|休館日|定休日|休日|それ)?が)?(?:国民の)?(?:祝日|祝休日|祝祭日|祝|休日)(?:・?振替休日)?"
    r"(?:に(?:当|あ)たる|と重なる|と重なった|の|である|だった)?(?:場合|とき|時)(?:は|には)?[、,]?(?:その)?(?:開館し?[、,]?)?"
    r"(?:翌日|翌平日|前日|翌週|翌月曜日?|翌火曜日?|[月火水木金土日]曜日?(?=に|へ|[)])|次の平日|直後の平日|翌開館日|その翌日)(?:の?平日)?(?:が|は|に|を)?(?:振替)?(?:休館|休み|休業|休所|休)?(?:日|します|とする)?[)]?"
)

Rule = tuple[str, re.Pattern[str]]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text: what it is (``kind``), what it says, and the words as they were written."""

    kind: str
    text: str
    days: frozenset[str] = frozenset()
    nths: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    span: tuple[int, int] = (0, 0)
    closure: tuple[str, str] = ("", "")
    depth: int = field(default=0, compare=False)


HOLIDAY: Final = "holiday"


def plain(text: str) -> str:
    """The text as it is read: NFKC, small letters, one kind of brackets and spaces."""
    text = unicodedata.normalize("NFKC", text[:MAX_LENGTH]).lower()
    text = text.replace("〔", "(").replace("〕", ")").replace("【", "(").replace("】", ")")
    text = text.replace("[", "(").replace("]", ")").replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"[\t\u3000\u00a0]", " ", text)
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})


def tokens(text: str) -> list[Token]:
    """The tokens of a plain text, from left to right; what is not understood is of kind ``unknown``."""
    found: list[Token] = []
    at, unknown, depth = 0, "", 0
    while at < len(text):
        token, length = _token_at(text, at, in_word=bool(unknown))
        if token is None:
            unknown += text[at]
            at += 1
            continue
        if unknown:
            found.append(Token("unknown", unknown, depth=depth))
            unknown = ""
        if token.kind == "close_paren":
            depth = max(0, depth - 1)
        found.append(Token(**{name: getattr(token, name) for name in _FIELDS} | {"depth": depth}))
        if token.kind == "open_paren":
            depth += 1
        at += length
    if unknown:
        found.append(Token("unknown", unknown, depth=depth))
    return found


_FIELDS: Final = tuple(Token.__slots__)


def _token_at(text: str, at: int, *, in_word: bool) -> tuple[Token | None, int]:
    for reader in _READERS:
        if found := reader(text, at):
            return found
    for kind, pattern in _COMPILED:
        if (match := pattern.match(text, at)) and match[0]:
            return Token(kind, match[0]), len(match[0])
    # 「料金」「期日」: a day inside a word is no day
    if not in_word and (found := _days(text, at) or _english_days(text, at)):
        return found
    return None, 0


# -- times ----------------------------------------------------------------------------------------------


def _span(text: str, at: int) -> tuple[Token, int] | None:
    if match := _ALL_DAY.match(text, at):
        return Token("time", match[0], span=(0, DAY)), len(match[0])
    if match := _FOUR_DIGITS.match(text, at):
        opens, closes = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        return _timed(match[0], opens, closes)
    match = _SPAN.match(text, at)
    if match is None or (at and text[at - 1].isdigit()):
        return None
    # 「10〜16」 alone may be anything; 「10〜16時」 is a time
    bare = match["abare"] is not None and match["bbare"] is not None
    if bare and not (_half(match, "a") and _half(match, "b")):
        return None
    first, second = _half(match, "a"), _half(match, "b")
    begins = _minutes(match, "a", first)
    # 「午後1時〜4時」: the second time is of the afternoon too; 「午前10時〜12時」 is not midnight
    ends = _minutes(match, "b", second or ("pm" if first == "pm" and not match["bnext"] else ""))
    if begins is None or ends is None:
        return None
    if match["bnext"]:
        ends += DAY
    if first == "am" and not second and ends <= begins:
        return None
    return _timed(match[0], begins, ends)


def _timed(text: str, opens: int, closes: int) -> tuple[Token, int] | None:
    if closes <= opens:
        closes += DAY
    if not (0 <= opens < DAY and opens < closes <= 2 * DAY):
        return None
    return Token("time", text, span=(opens, closes)), len(text)


def _half(match: re.Match[str], n: str) -> str:
    written = (match[f"{n}half"] or match[f"{n}after"] or "").strip().replace(".", "")
    return {"午前": "am", "am": "am", "午後": "pm", "pm": "pm"}.get(written, "")


def _minutes(match: re.Match[str], n: str, half: str) -> int | None:
    if match[f"{n}noon"]:
        return 12 * 60
    hour = int(match[f"{n}h"])
    minute = 30 if match[f"{n}half2"] else int(match[f"{n}m"] or match[f"{n}m2"] or 0)
    if half == "pm" and hour < 12:
        hour += 12
    if half and hour > 24:
        return None
    return hour * 60 + minute if minute < 60 and hour <= 48 else None


def _until(text: str, at: int) -> tuple[Token, int] | None:
    match = _UNTIL.match(text, at)
    if match is None or (at and text[at - 1].isdigit()):
        return None
    closes = _minutes(match, "b", _half(match, "b"))
    if closes is None or not 0 < closes <= DAY:
        return None
    return Token("until", match[0], span=(0, closes)), len(match[0])


# -- days -----------------------------------------------------------------------------------------------


def _days(text: str, at: int) -> tuple[Token, int] | None:
    days: set[str] = set()
    end, previous, dashed = at, "", False
    position = at
    while match := _DAY.match(text, position):
        if match["holiday"]:
            days.add(HOLIDAY)
            previous = ""
        else:
            day = _JA[match["day"]]
            if dashed and previous:
                days |= _between(previous, day)
            days.add(day)
            previous = day
        end = match.end()
        separator = _DAY_SEPARATOR.match(text, end)
        dashed = bool(separator and separator["dash"])
        position = separator.end() if separator else end
    if end == at or (end - at == 1 and not _stands_alone(text, end)):
        return None
    if _is_ideograph(text[end : end + 1]) and text[end - 1] not in "曜" and text[end] not in _AFTER_DAY:
        return None
    return Token("days", text[at:end], days=frozenset(days)), end - at


def _between(first: str, last: str) -> set[str]:
    begins, ends = WEEKDAYS.index(first), WEEKDAYS.index(last)
    return {WEEKDAYS[n % 7] for n in range(begins, ends + 1 if ends >= begins else ends + 8)}


def _stands_alone(text: str, end: int) -> bool:
    following = text[end : end + 1]
    return not following or not _is_ideograph(following) or following in _AFTER_DAY


def _is_ideograph(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


_EN_DAYS = re.compile(
    r"(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?(?:\s*(?:[-~–〜]|to|through)\s*(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?)?"
)


def _english_days(text: str, at: int) -> tuple[Token, int] | None:
    match = _EN_DAYS.match(text, at)
    if match is None:
        return None
    days = _between(_EN[match[1]], _EN[match[2] or match[1]])
    return Token("days", match[0], days=frozenset(days)), len(match[0])


def _nth(text: str, at: int) -> tuple[Token, int] | None:
    match = _NTH.match(text, at)
    if match is None:
        return None
    days = re.findall(r"[月火水木金土日](?!曜?日?曜)", re.sub("曜日?", "", match["days"]))
    nths = tuple(f"{number}{_JA[day]}" for number in _numbers(match["nths"]) for day in days)
    return Token("nth", match[0], nths=nths), len(match[0])


def _nth_only(text: str, at: int) -> tuple[Token, int] | None:
    match = _NTH_ONLY.match(text, at)
    return (Token("nth_only", match[0], nths=_numbers(match["nths"])), len(match[0])) if match else None


def _numbers(written: str) -> tuple[str, ...]:
    found = re.findall(r"最終|最後|[1-5一二三四五]", written)
    return tuple("-1" if word.startswith("最") else _KANJI_NUMBERS.get(word, word) for word in found)


def _monthday(text: str, at: int) -> tuple[Token, int] | None:
    if match := _MONTH_END.match(text, at):
        return Token("monthday", match[0], numbers=(-1,)), len(match[0])
    match = _MONTHDAY.match(text, at)
    if match is None:
        return None
    numbers = tuple(int(number) for number in re.findall(r"\d+", match["numbers"]))
    if not all(1 <= number <= 31 for number in numbers):
        return None
    return Token("monthday", match[0], numbers=numbers), len(match[0])


def _months(text: str, at: int) -> tuple[Token, int] | None:
    match = _MONTHS.match(text, at)
    if match is None:
        return None
    if match["one"]:
        return Token("months", match[0], numbers=(int(match["one"]),)), len(match[0])
    begins, ends = int(match["from"]), int(match["to"])
    span = range(begins, ends + 1 if ends >= begins else ends + 13)
    return Token("months", match[0], numbers=tuple(sorted((n - 1) % 12 + 1 for n in span))), len(match[0])


def _closed_dates(text: str, at: int) -> tuple[Token, int] | None:
    for name, day in _NAMED_DAYS.items():
        if text.startswith(name, at):
            return Token("dates", name, closure=(day, day)), len(name)
    match = _CLOSED_DATES.match(text, at)
    if match is None:
        return None
    first = [int(n) for n in re.findall(r"\d+", match["from"] or match["one"])]
    last = [int(n) for n in re.findall(r"\d+", match["to"])] if match["to"] else first
    last = [first[0], *last] if len(last) == 1 else last
    closure = tuple(f"{month:02d}-{day:02d}" for month, day in (first, last))
    return Token("dates", match[0], closure=(closure[0], closure[1])), len(match[0])


def _substitute(text: str, at: int) -> tuple[Token, int] | None:
    match = _SUBSTITUTE.match(text, at)
    if match is None or not match[0].strip():
        return None
    written = match[0]
    # brackets belong to it only as a pair
    if written.endswith(")") and not written.startswith("("):
        written = written[:-1]
    if written.startswith("(") and not written.endswith(")"):
        return None
    return Token("substitute", written), len(written)


_READERS: Final[tuple[Callable[[str, int], tuple[Token, int] | None], ...]] = (
    _substitute,
    _span,
    _until,
    _nth,
    _nth_only,
    _monthday,
    _closed_dates,
    _months,
)
_COMPILED: Final = tuple((kind, re.compile("|".join(words))) for kind, words in WORDS)
