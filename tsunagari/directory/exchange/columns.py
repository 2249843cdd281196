"""Values in the form of columns: hours, texts in further languages, and what is foreign to us."""

import functools
import re
from typing import Any, Final

from tsunagari.directory.exchange.cleaning import Unusable, clean_text
from tsunagari.directory.exchange.records import Fields, PartRecord
from tsunagari.directory.models import Schedule
from tsunagari.directory.schedules import Closure, Period

_SCHEDULE_LIMITS: Final = {
    column.column: column.max_length for column in Schedule._meta.concrete_fields if column.max_length
}
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-zA-Z0-9]{1,8})*")


def further_texts(records: list[PartRecord] | None) -> list[PartRecord] | None:
    """Texts in further languages, each language and field once; Japanese and English have columns."""
    if records is None:
        return None
    kept: dict[tuple[str, str], PartRecord] = {}
    for record in records:
        language, field_name = record.fields.get("language"), record.fields.get("field")
        if not isinstance(language, str) or not isinstance(field_name, str) or language in ("ja", "en"):
            continue
        if _LANGUAGE.fullmatch(language):
            kept.setdefault((language, field_name), record)
    return list(kept.values())


def storable(value: Any, depth: int = 0) -> Any:
    """A foreign value as JSON that PostgreSQL can hold, within bounds."""
    if depth > 8:
        return None
    if isinstance(value, dict):
        # what a reader notes for itself is no field of the source
        pairs = [pair for pair in value.items() if not str(pair[0]).startswith("\x1f")][:200]
        return {clean_text(str(name))[:100]: storable(item, depth + 1) for name, item in pairs}
    if isinstance(value, list | tuple):
        return [storable(item, depth + 1) for item in value[:500]]
    if value is None or isinstance(value, bool):
        return value
    try:
        text = clean_text(value)
    except Unusable:
        return None
    return (
        text[:20_000]
        if isinstance(value, str)
        else float(value)
        if isinstance(value, float)
        else (int(value) if isinstance(value, int) else float(value))
    )


def fits(row: Fields) -> bool:
    """Whether the columns of ``Schedule`` can hold a rule."""
    return all(
        (not isinstance(value, str) or len(value) <= _SCHEDULE_LIMITS.get(column, 20_000))
        and (type(value) is not int or value <= 2_147_483_647)
        for column, value in row.items()
    )


@functools.lru_cache(maxsize=20_000)
def period_columns(period: Period) -> Fields:
    """The columns of ``Schedule`` for a period, without those that have their default."""
    row: Fields = {"opens_minute": period.opens, "closes_minute": period.closes}
    for name in ("byday", "bymonthday", "byyearday", "byweekno", "bymonth", "bysetpos"):
        if values := getattr(period, name):
            row[name] = ",".join(map(str, values))
    if period.freq != "WEEKLY":
        row["freq"] = period.freq
    if period.interval != 1:
        row["interval"] = period.interval
    if period.wkst != "MO":
        row["wkst"] = period.wkst
    if period.holidays != "never":
        row["holidays"] = period.holidays
    if period.count is not None:
        row["count"] = period.count
    if period.description:
        row["description"] = clean_text(period.description)
    for name in ("until", "dtstart", "valid_from", "valid_to"):
        if (day := getattr(period, name)) is not None:
            row[name] = day.isoformat()
    return row


def closure_columns(closure: Closure) -> Fields:
    """The columns of ``Schedule`` for a closure."""
    row: Fields = {"is_closure": True, "closed_from": closure.begins, "closed_to": closure.ends}
    if closure.description:
        row["description"] = clean_text(closure.description)
    return row
