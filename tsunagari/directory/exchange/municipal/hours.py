"""The opening hours of a row, from whichever of its columns say something about them."""

from dataclasses import dataclass, replace

from tsunagari.directory.exchange.tables.values import Say, clock_of, told, wide
from tsunagari.directory.schedules import Hours, HoursReading, read_hours

_WHY = {
    "no_days": ("曜日が書かれていません。", "No day of the week is given."),
    "no_times": ("時刻が書かれていません。", "No time of day is given."),
    "irregular": (
        "隔週や不定期は、日程に表せません。",
        "Every other week or irregular cannot be a schedule.",
    ),
    "too_long": ("長すぎます。", "It is too long."),
}


@dataclass(frozen=True, slots=True)
class RowHours:
    """``hours`` None: nothing was said; without periods: what was said could not be read. ``note``: words."""

    hours: Hours | None = None
    note: str = ""


def row_hours(values: dict[str, str], say: Say) -> RowHours:
    """Read the columns days, opens, closes, hours, closed_days and hours_note of a row together."""
    cells = {name: told(values.get(name, "")) for name in ("days", "hours", "closed_days", "hours_note")}
    opens, closes = clock_of(values.get("opens", "")), clock_of(values.get("closes", ""))
    span = f"{opens}〜{closes}" if opens and closes else ""
    if not span:
        span = "〜".join(filter(None, (told(values.get("opens", "")), told(values.get("closes", "")))))
    days = wide(cells["days"]).replace("\n", "、")
    base = " ".join(filter(None, (days, cells["hours"] or span)))
    closed = cells["closed_days"]
    if closed and "休" not in closed:
        closed = f"定休日 {closed}"
    written = "\n".join(dict.fromkeys(filter(None, (base, cells["closed_days"], cells["hours_note"]))))
    if not written:
        return RowHours(Hours() if "hours" in values or "days" in values else None)
    reading = _best(base, closed, cells["hours_note"])
    if not reading.understood:
        why_ja, why_en = _WHY.get(reading.reason, ("", ""))
        say("unreadable_hours", written, why_ja=why_ja, why_en=why_en)
        return RowHours(Hours(), written)
    if reading.assumed_year_end:
        say("year_end_assumed", written)
    if not reading.exact:
        say("hours_in_part", written)
    return RowHours(reading.hours, reading.note)


def _best(base: str, closed: str, note: str) -> HoursReading:
    """The reading of as many of the columns as can be read together; what is left out is a note."""
    whole = "\n".join(filter(None, (base, closed, note)))
    reading = read_hours(whole)
    if reading.understood or not base:
        return reading if reading.understood else read_hours(note or closed)
    for used, left in (
        (" ".join(filter(None, (base, note))), ""),
        ("\n".join(filter(None, (base, closed))), note),
    ):
        reading = read_hours(used)
        if reading.understood:
            return replace(reading, note=whole, exact=False) if left else reading
    alone = read_hours(base)
    if alone.understood and (closed or note):
        # 「第2火曜の翌日休館」: what is closed is not understood, so the open days are only half the truth
        return replace(alone, note=whole, exact=False)
    if not alone.understood and note and (other := read_hours(note)).understood:
        return replace(other, note=whole, exact=False)
    return alone
