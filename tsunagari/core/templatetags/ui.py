"""``{% load ui %}``: icons, dates and hours as people read them, telephone links, the other language."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from tsunagari.core.areas import area_full_name, area_name

register = template.Library()
register.filter(area_name)
register.filter(area_full_name)

TOKYO = ZoneInfo("Asia/Tokyo")
# Where "close this page at once" leads: a page that millions have open, which tells nothing
NEUTRAL_PAGE = "https://www.google.co.jp/"
_WEEKDAYS_JA = "月火水木金土日"


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return the drawing ``name`` of static/img/icons.svg, hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def neutral_page() -> str:
    """Return the address that the quick exit opens instead of ours."""
    return NEUTRAL_PAGE


@register.simple_tag(takes_context=True)
def path_in(context: dict[str, Any], language: str) -> str:
    """Return this page's path in ``language``: none prefixed in Japanese, ``/en`` in English.

    Error pages are rendered without a request; they lead to the home page.
    """
    request = context.get("request")
    path: str = request.path if request is not None else "/"
    if path == "/en" or path.startswith("/en/"):
        path = path[3:] or "/"
    return f"/en{path}" if language == "en" else path


def _in_tokyo(value: date | datetime) -> date:
    return timezone.localtime(value, TOKYO) if isinstance(value, datetime) else value


@register.filter
def day(value: date | datetime | None) -> str:
    """Write a date: 2026年11月24日（火）, or Tue 24 November 2026."""
    if value is None:
        return ""
    local = _in_tokyo(value)
    if get_language() == "en":
        return f"{local:%a} {local.day} {local:%B %Y}"
    return f"{local.year}年{local.month}月{local.day}日（{_WEEKDAYS_JA[local.weekday()]}）"


def short_day(value: date) -> str:
    """Write a date without its year: 11月24日（火）, or Tue 24 November."""
    if get_language() == "en":
        return f"{value:%a} {value.day} {value:%B}"
    return f"{value.month}月{value.day}日（{_WEEKDAYS_JA[value.weekday()]}）"


@register.filter
def hour(value: datetime | None) -> str:
    """Write the time of day in Tokyo, 24 hours: 9:05."""
    if value is None:
        return ""
    local = timezone.localtime(value, TOKYO)
    return f"{local.hour}:{local.minute:02d}"


@register.simple_tag
def time_left(until: datetime | None, at: datetime) -> str:
    """Say how long something stays open: 「あと3時間」, 「あと20分」; nothing past a day or without end."""
    if until is None or until <= at or until - at > timedelta(hours=24):
        return ""
    minutes = int((until - at).total_seconds() // 60)
    if minutes < 60:
        return ngettext("あと%(n)d分", "あと%(n)d分", minutes) % {"n": minutes}
    hours = minutes // 60
    return ngettext("あと%(n)d時間", "あと%(n)d時間", hours) % {"n": hours}


@register.simple_tag
def when_next(moment: datetime | None, at: datetime) -> str:
    """Say when it opens: 「次は 16:00 から」, 「次は あす 9:00 から」, 「次は 11月26日（木）9:00 から」."""
    if moment is None:
        return ""
    local, today = timezone.localtime(moment, TOKYO), timezone.localtime(at, TOKYO).date()
    time = f"{local.hour}:{local.minute:02d}"
    if local.date() == today:
        return gettext("次は %(time)s から") % {"time": time}
    if local.date() == today + timedelta(days=1):
        return gettext("次は あす %(time)s から") % {"time": time}
    return gettext("次は %(day)s %(time)s から") % {"day": short_day(local), "time": time}


@register.filter
def listed(words: Iterable[str]) -> str:
    """Words in a row: 「電話・チャット」, "telephone, chat"."""
    return (", " if get_language() == "en" else "・").join(words)


@register.filter
def tel(number: str) -> str:
    """Return the ``tel:`` address of a number as it is written; ``#8008`` needs its mark escaped."""
    return "tel:" + quote("".join(c for c in number if c.isdigit() or c in "#+*"), safe="+*")


@register.inclusion_tag("core/partials/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """Render a form's field with its label, hint and errors, tied together for screen readers."""
    described = []
    if bound.help_text:
        described.append(f"{bound.id_for_label}_hint")
    if bound.errors:
        described.append(f"{bound.id_for_label}_error")
    attributes: dict[str, str | bool] = {"aria-describedby": " ".join(described)} if described else {}
    return {"bound": bound, "widget": bound.as_widget(attrs=attributes)}
