"""What a schedule says of a day (「11月9日（火）」, 「11月中旬～」) as the days that it can mean.

上旬 is the 1st to the 10th, 中旬 the 11th to the 20th, 下旬 the 21st to the month's last day. 「～」 without
an end is open; 「年内」 ends on 31 December; brackets or 「頃」 mean that it is not settled yet.
"""

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from tsunagari.core.errors import RuleBroken

_WEEKDAYS = "月火水木金土日"
_ERAS = {"令和": 2018, "平成": 1988}
_THIRDS = {"上": (1, 10), "初": (1, 10), "中": (11, 20), "下": (21, 31)}
_POINT = re.compile(
    r"(?:(?:(?P<era>令和|平成)(?P<era_year>元|\d{1,2})|(?P<year>\d{4}))年)?"
    r"(?:(?P<month>\d{1,2})月)?"
    r"(?:(?P<day>\d{1,2})日(?:\((?P<weekday>[月火水木金土日])(?:曜日?)?(?:・?祝)?\))?"
    r"|(?P<thirds>[上初中下]{1,2})旬(?P<second>[中下]旬)?)?"
)
_BRACKETS = re.compile(r"^\((.*)\)$")


class NotADate(RuleBroken):
    """The words name no day and no part of a month."""


@dataclass(frozen=True, slots=True)
class DateSpan:
    """The first and last day that the words can mean; ``latest`` is None where they name no end."""

    earliest: date
    latest: date | None
    tentative: bool = False

    @property
    def day(self) -> date | None:
        """The day, if the words name exactly one."""
        return self.earliest if self.earliest == self.latest else None


def parse_date_text(text: str, *, year: int, within_year: bool = False) -> DateSpan:
    """Read ``text``; without a year in it, ``year`` is meant. ``within_year``: 「年内に」 stands beside it.

    Raises:
        NotADate: it cannot be read, or a weekday or a day does not fit the calendar.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("〜", "~").replace("-", "~")
    bracketed = _BRACKETS.match(plain)
    plain = bracketed.group(1) if bracketed else plain
    about = re.search(r"(頃|ごろ|予定|\(予定\))$", plain)
    plain = plain[: about.start()] if about else plain
    plain = re.sub(r"から(?=.)", "~", plain)
    plain = re.sub(r"から$|以降$", "~", plain)
    plain = re.sub(r"まで$", "", plain)
    if plain in {"年内", "年末まで"}:
        return DateSpan(date(year, 1, 1), date(year, 12, 31), tentative=True)
    start, wave, end = plain.partition("~")
    first = _span(start, year=year, month=None)
    last_day: date | None
    if not wave:
        last_day = first[1]
    elif end:
        last_day = _span(end, year=first[0].year, month=first[0].month, after=first[0])[1]
    else:
        last_day = date(first[0].year, 12, 31) if within_year else None
    if last_day is not None and last_day < first[0]:
        raise NotADate(_("終わりが、始まりより前になっています。"))
    return DateSpan(first[0], last_day, tentative=bool(bracketed or about))


def _span(words: str, *, year: int, month: int | None, after: date | None = None) -> tuple[date, date]:
    """The first and last day of 「11月9日」, 「11月中旬」, 「11月」; of 「下旬」 in ``month``."""
    found = _POINT.fullmatch(words)
    if not words or found is None or not any(found.group("month", "day", "thirds")):
        raise _unreadable()
    if found["era"]:
        count = 1 if found["era_year"] == "元" else int(found["era_year"])
        year = _ERAS[found["era"]] + count
    elif found["year"]:
        year = int(found["year"])
    in_month = int(found["month"]) if found["month"] else month
    if in_month is None or not 1 <= in_month <= 12 or not 1 <= year <= 9998:
        raise _unreadable()
    # 「12月下旬～1月上旬」: the end lies in the next year
    if after is not None and not (found["year"] or found["era"]) and in_month < after.month:
        year += 1
    length = calendar.monthrange(year, in_month)[1]
    if found["day"]:
        return _exact(year, in_month, int(found["day"]), length, found["weekday"])
    if not found["thirds"]:
        return date(year, in_month, 1), date(year, in_month, length)
    letters = found["thirds"] + (found["second"] or "").replace("旬", "")
    first, last = _THIRDS[letters[0]][0], min(_THIRDS[letters[-1]][1], length)
    if first > last or len(letters) > 2:
        raise _unreadable()
    return date(year, in_month, first), date(year, in_month, last)


def _exact(year: int, month: int, number: int, length: int, weekday: str | None) -> tuple[date, date]:
    if not 1 <= number <= length:
        raise NotADate(_("その日は、こよみにありません。"))
    day = date(year, month, number)
    if weekday and _WEEKDAYS[day.weekday()] != weekday:
        sentence = _("%(year)s年%(month)s月%(day)s日は%(right)s曜日です。曜日か日付を確かめてください。")
        right = {"year": year, "month": month, "day": number, "right": _WEEKDAYS[day.weekday()]}
        raise NotADate(str(sentence) % right)
    return day, day


def _unreadable() -> NotADate:
    return NotADate(
        _("時期が読み取れません。「11月9日（火）」「11月中旬～」「12月中下旬」のように書いてください。")
    )
