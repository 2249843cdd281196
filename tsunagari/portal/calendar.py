"""Opening hours as iCalendar (RFC 5545)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext

from tsunagari.directory.schedules import TOKYO, openings_between
from tsunagari.portal.cards import ServiceCard

WEEKS = 4
_LINE_OCTETS = 75


def hours_calendar(card: ServiceCard, at: datetime, *, language: str) -> str | None:
    """Return the hours of the first channel that has any, for the next four weeks; None without hours.

    None, too, for an entry of which nobody has said for a year that its hours are right.

    A line that never closes is one entry for today, all day, repeated daily. The title tells nothing about
    the service: somebody else may see the calendar. Its name and number stand in the description.
    """
    way = next((way for way in card.channels if way.hours.periods), None)
    if way is None or card.silent:
        return None
    midnight = at.astimezone(TOKYO).replace(hour=0, minute=0)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//tsunagari//hours//{language.upper()}",
        "CALSCALE:GREGORIAN",
    ]
    if way.always:
        spans: list[tuple[str, str, str]] = [
            (f"DTSTART;VALUE=DATE:{midnight:%Y%m%d}", "RRULE:FREQ=DAILY", f"{midnight:%Y%m%d}")
        ]
    else:
        spans = [
            (f"DTSTART:{_utc(begins)}", f"DTEND:{_utc(ends)}", _utc(begins))
            for begins, ends in openings_between(way.hours, midnight, midnight + timedelta(weeks=WEEKS))
        ]
    for starts, second, key in spans:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{key}-{card.pk}@tsunagari",
            f"DTSTAMP:{_utc(at)}",
            starts,
            second,
            f"SUMMARY:{_text(gettext('話せる時間'))}",
            f"DESCRIPTION:{_text(f'{card.name} {way.written}')}",
            "TRANSP:TRANSPARENT",
            "CLASS:PRIVATE",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """A TEXT value: backslash, semicolon, comma and line breaks escaped (3.3.11)."""
    for plain, escaped in (
        ("\\", "\\\\"),
        (";", "\\;"),
        (",", "\\,"),
        ("\r\n", "\\n"),
        ("\n", "\\n"),
        ("\r", "\\n"),
    ):
        value = value.replace(plain, escaped)
    return value


def _folded(line: str) -> Iterable[str]:
    """Lines of at most 75 octets, the following ones indented by a space (3.1); no character is cut."""
    part = ""
    for character in line:
        if len((part + character).encode()) > _LINE_OCTETS:
            yield part
            part = " "
        part += character
    yield part
