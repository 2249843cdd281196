"""A pasted table of months: whose channel, which month, how many calls, how many answered, how long a wait.

    0120-000-000, 2026-10, 1200, 480, 12
    ０１２０－０００－０００	2026年9月	1150	400

Commas, tabs or full-width commas; a line of headings may stand first; the wait may be missing. It is taken in
whole or not at all.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.core.errors import RuleBroken
from tsunagari.core.japanese import fold
from tsunagari.directory.models import Channel
from tsunagari.directory.selectors.reachability import channels_kept_by
from tsunagari.directory.services.reachability import report_reachability

MOST_LINES = 1_000
MOST_CHARACTERS = 100_000
_MONTH = re.compile(
    r"(?:令和|r\.?)?(?P<year>\d{1,4}|元)(?:年|-|/|\.)(?P<month>\d{1,2})(?:月|-\d{1,2}|/\d{1,2})?"
)
_FIRST_YEAR_OF_REIWA = 2019


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line: its number (from 1), which column, and a sentence."""

    line: int
    column: str | Promise
    sentence: str | Promise


@dataclass(frozen=True, slots=True)
class Row:
    """One line, understood."""

    line: int
    channel_id: UUID
    month: date
    attempts: int
    answered: int
    typical_wait_minutes: int | None


class TableRefused(RuleBroken):
    """Nothing was taken in; ``problems`` say why, line by line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(_("取りこめない行があります。何も取りこんでいません。"))
        self.problems = problems


@transaction.atomic
def report_table(*, actor: User, text: str, at: datetime, confirmed: bool = False) -> int:
    """Take in every line of a pasted table, or none. Returns how many lines were taken in.

    Raises:
        TableRefused: a line cannot be read, or its figures cannot be.
    """
    rows, problems = read_table(text, channels_kept_by(actor))
    if not problems:
        for row in rows:
            try:
                # each in a savepoint, so that the lines after a bad one are tried too
                with transaction.atomic():
                    report_reachability(
                        actor=actor,
                        channel_id=row.channel_id,
                        attempts=row.attempts,
                        answered=row.answered,
                        typical_wait_minutes=row.typical_wait_minutes,
                        month=row.month,
                        at=at,
                        confirmed=confirmed,
                    )
            except RuleBroken as broken:
                problems.append(Problem(row.line, "", broken.sentence))
    if problems:
        raise TableRefused(problems)
    return len(rows)


def read_table(text: str, channels: Iterable[Channel]) -> tuple[list[Row], list[Problem]]:
    """The lines that could be read, and what is wrong with the others."""
    if len(text) > MOST_CHARACTERS:
        return [], [Problem(1, "", _("表が大きすぎます。1000行までに分けてください。"))]
    known = {_name_of(channel.value): channel.pk for channel in channels}
    rows: list[Row] = []
    problems: list[Problem] = []
    lines = [(number, cells) for number, cells in _cells(text) if any(cells)]
    if not lines:
        return [], [Problem(1, "", _("表が空です。"))]
    if len(lines) > MOST_LINES + 1:
        return [], [Problem(MOST_LINES + 1, "", _("表が大きすぎます。1000行までに分けてください。"))]
    for place, (number, cells) in enumerate(lines):
        if place == 0 and not any(re.search(r"\d", cell) for cell in cells):
            continue  # headings
        row, wrong = _row(number, cells, known)
        problems += wrong
        if row:
            rows.append(row)
    if not rows and not problems:
        problems.append(Problem(1, "", _("数字の行がありません。")))
    return rows, problems


def _cells(text: str) -> Iterable[tuple[int, list[str]]]:
    lines = text.replace("\x00", "").replace("，", ",").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        delimiter = "\t" if "\t" in line else ","
        try:
            cells = next(csv.reader(io.StringIO(line), delimiter=delimiter), [])
        except csv.Error:
            cells = [line]
        yield number, [cell.strip() for cell in cells]


def _row(number: int, cells: list[str], known: dict[str, UUID]) -> tuple[Row | None, list[Problem]]:
    problems: list[Problem] = []
    if not 4 <= len([*cells]) <= 5:
        return None, [Problem(number, "", _("列は、窓口・月・かかった数・つながった数・待ち時間の順です。"))]
    channel = known.get(_name_of(cells[0]))
    if channel is None:
        problems.append(Problem(number, _("窓口"), _("あなたの団体の番号・アドレスと合いません。")))
    month = _month(cells[1])
    if month is None:
        problems.append(Problem(number, _("対象の月"), _("2026-10 や 2026年10月 のように書いてください。")))
    attempts, answered = _number(cells[2]), _number(cells[3])
    for name, value in ((_("かかった数"), attempts), (_("つながった数"), answered)):
        if value is None:
            problems.append(Problem(number, name, _("数字で書いてください。")))
    wait = _number(cells[4].removesuffix("分")) if len(cells) == 5 and cells[4] else None
    if len(cells) == 5 and cells[4] and wait is None:
        problems.append(Problem(number, _("待ち時間"), _("分の数で書いてください。")))
    if problems or channel is None or month is None or attempts is None or answered is None:
        return None, problems
    return Row(number, channel, month, attempts, answered, wait), []


def _name_of(value: str) -> str:
    """A number by its digits, whatever its hyphens and width; other values folded."""
    folded = fold(value)
    digits = re.sub(r"[-‐‑–—−ー()\s]", "", folded)
    return digits if re.fullmatch(r"[\d#*]+", digits) else folded


def _month(text: str) -> date | None:
    found = _MONTH.fullmatch(fold(text).replace(" ", ""))
    if found is None:
        return None
    year = 1 if found["year"] == "元" else int(found["year"])
    if year < 100:
        year += _FIRST_YEAR_OF_REIWA - 1
    try:
        return date(year, int(found["month"]), 1)
    except ValueError:
        return None


def _number(text: str) -> int | None:
    plain = fold(text).replace(",", "").replace(" ", "").removesuffix("回").removesuffix("件")
    return int(plain) if re.fullmatch(r"\d{1,9}", plain) else None
