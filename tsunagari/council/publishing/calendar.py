"""Meetings as iCalendar (RFC 5545). A time that is not fixed yet is a tentative event over all its days."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext
from icalendar import Calendar, Event

from tsunagari.core.addresses import whole_address
from tsunagari.council.models import Meeting

TOKYO = ZoneInfo("Asia/Tokyo")
_CONFIRMED = {Meeting.State.CALLED, Meeting.State.HELD, Meeting.State.CIRCULATED}


def calendar_of(meetings: Iterable[Meeting], *, name: str) -> bytes:
    """The calendar of these meetings under a name; a line without an end is left to its first day."""
    calendar = Calendar()
    calendar.add("prodid", "-//tsunagari//council//JA")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    for meeting in meetings:
        calendar.add_component(_event(meeting))
    return bytes(calendar.to_ical())


def _event(meeting: Meeting) -> Event:
    event = Event()
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    event.add("uid", f"{meeting.pk}@{host}")
    event.add("sequence", meeting.changes)
    event.add("dtstamp", meeting.changed_at)
    event.add("created", meeting.created_at)
    event.add("last-modified", meeting.changed_at)
    event.add("summary", summary_of(meeting))
    if meeting.place:
        event.add("location", meeting.place)
    url = whole_address("council:meeting", meeting.pk)
    words = [meeting.date_text, meeting.note, meeting.cancelled_reason, url]
    event.add("description", "\n".join(word for word in words if word))
    event.add("url", url)
    event.add("status", _status(meeting))
    # a day that may be is no busy day
    event.add("transp", "OPAQUE" if meeting.state in _CONFIRMED else "TRANSPARENT")
    _when(event, meeting)
    return event


def summary_of(meeting: Meeting) -> str:
    """「会議（第3回）」; by circulation says so."""
    number = gettext("（第%(n)s回）") % {"n": meeting.number} if meeting.number else ""
    title = meeting.title if number and number in meeting.title else f"{meeting.title}{number}"
    return f"{title}{gettext('（持ち回り）')}" if meeting.by_circulation else title


def _status(meeting: Meeting) -> str:
    if meeting.state == Meeting.State.CANCELLED:
        return "CANCELLED"
    return "CONFIRMED" if meeting.state in _CONFIRMED else "TENTATIVE"


def _when(event: Event, meeting: Meeting) -> None:
    first = meeting.held_on or meeting.earliest_on
    if meeting.held_on is not None and meeting.begins_at is not None:
        event.add("dtstart", _moment(meeting, meeting.begins_at))
        if meeting.ends_at is not None:
            event.add("dtend", _moment(meeting, meeting.ends_at))
        return
    last = meeting.held_on or meeting.latest_on or meeting.earliest_on
    event.add("dtstart", first)
    event.add("dtend", last + timedelta(days=1))  # the day after the last (RFC 5545, 3.6.1)


def _moment(meeting: Meeting, at: time) -> datetime:
    """In UTC: no reader needs to know Japan's clock."""
    day = meeting.held_on or meeting.earliest_on
    return datetime.combine(day, at, tzinfo=TOKYO).astimezone(ZoneInfo("UTC"))
