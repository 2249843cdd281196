"""``{% load ui %}``: icons, dates and hours as people read them, telephone links, the other language."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.forms import BoundField
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from tsunagari.core import display
from tsunagari.core.areas import area_full_name, area_name
from tsunagari.core.japanese import to_hiragana

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


def _page(context: dict[str, Any]) -> tuple[str, str]:
    """(its path without language and choices, its query) of the page; error pages without a request are home.

    What a form answers stands at the form's own address, whose query is not repeated.
    """
    request = context.get("request")
    if request is None:
        return "/", ""
    _, path = display.split_language(request.path_info)
    query = request.META.get("QUERY_STRING", "") if request.method == "GET" else ""
    return path, f"?{iri_to_uri(query)}" if query else ""


@register.simple_tag(takes_context=True)
def path_in(context: dict[str, Any], language: str) -> str:
    """Return this page's address in ``language``: ja, en or easy (やさしい日本語, with furigana).

    A neutral title stays.
    """
    path, query = _page(context)
    chosen = display.current()
    if language == "easy":
        return replace(chosen, easy=True, furigana=True).address(path, "ja") + query
    return chosen.in_english().address(path, language) + query


@register.simple_tag(takes_context=True)
def ways_of_showing(context: dict[str, Any]) -> list[dict[str, Any]]:
    """The choices of how to show this page: label, address, whether it is on, and the label's language."""
    path, query = _page(context)
    now, english = display.current(), get_language() == "en"
    language = "en" if english else "ja"

    def way(
        label: str, chosen: display.Display, *, on: bool = False, lang: str = "", to: str = "ja"
    ) -> dict[str, Any]:
        return {"label": label, "url": chosen.address(path, to) + query, "on": on, "lang": lang}

    easy = replace(now, easy=not now.easy, furigana=True)
    label = "やさしい日本語" if english else gettext("やさしい日本語")
    ways = [way(label, easy, on=now.easy, lang="ja" if english else "")]
    if english:
        ways.append(way("日本語", now, lang="ja"))
    else:
        ways.append(way(gettext("ふりがな"), replace(now, furigana=not now.furigana), on=now.furigana))
        ways.append(way("English", now, lang="en", to="en"))
    neutral = replace(now, neutral=not now.neutral)
    return [*ways, way(gettext("タブの名前をかくす"), neutral, on=now.neutral, to=language)]


@register.simple_tag(takes_context=True)
def shown_as(context: dict[str, Any]) -> dict[str, Any]:
    """How this page is shown: ``tag`` for ``lang``, neutral, easy, classes; ``links`` to it in other ways.

    The same page with furigana or a neutral title is no page of its own to a search engine.
    """
    now = display.current()
    names = (("furigana", now.furigana or now.easy), ("neutral", now.neutral))
    shown = {
        "tag": display.language_tag(),
        "neutral": now.neutral,
        "easy": now.easy,
        "classes": " ".join(name for name, on in names if on),
        "links": [],
    }
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    if match is None or "token" in match.kwargs:
        return shown
    path, _ = _page(context)
    bare = display.Display()
    own = display.Display(easy=now.easy).address(path, "en" if get_language() == "en" else "ja")
    shown["links"] = [
        {"rel": "canonical", "href": settings.SITE_URL + own},
        *(
            {"rel": "alternate", "hreflang": code, "href": settings.SITE_URL + bare.address(path, code)}
            for code in ("ja", "en")
        ),
    ]
    return shown


@register.simple_tag
def service_card(card: Any, *, brief: bool | str = False) -> SafeString:
    """Render a card (``portal.cards.ServiceCard``); one that is shared by requests is rendered once.

    Everything that it says, its moment included, stands in the card, so its HTML may stay with it.
    """
    short = bool(brief)
    if short not in card.drawn:
        template = get_template("core/partials/service_card.html")
        card.drawn[short] = template.render({"card": card, "brief": short, "at": card.at})
    return SafeString(card.drawn[short])


@register.simple_tag
def kana(reading: str) -> SafeString:
    """Return the attribute by which an element says how its text is read, on pages with furigana."""
    chosen = display.current()
    if not reading or not (chosen.furigana or chosen.easy):
        return SafeString("")
    return format_html(' data-kana="{}"', to_hiragana(reading))


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
    if display.is_easy():
        return f"{local.year}年{local.month}月{local.day}日 {_WEEKDAYS_JA[local.weekday()]}曜日"
    return f"{local.year}年{local.month}月{local.day}日（{_WEEKDAYS_JA[local.weekday()]}）"


def short_day(value: date) -> str:
    """Write a date without its year: 11月24日（火）, or Tue 24 November."""
    if get_language() == "en":
        return f"{value:%a} {value.day} {value:%B}"
    if display.is_easy():
        return f"{value.month}月{value.day}日 {_WEEKDAYS_JA[value.weekday()]}曜日"
    return f"{value.month}月{value.day}日（{_WEEKDAYS_JA[value.weekday()]}）"


def clock(hours: int, minutes: int) -> str:
    """Write a time of day, up to 48:00: 16:00; in easy words 午後 4時, 夜の 12時, 次の 日の 午前 8時."""
    if not display.is_easy():
        return f"{hours}:{minutes:02d}"
    if (hours, minutes) == (24, 0):
        return "夜の 12時"
    day_after = "次の 日の " if hours >= 24 else ""
    half = "午前" if hours % 24 < 12 else "午後"
    return f"{day_after}{half} {hours % 12}時{f'{minutes}分' if minutes else ''}"


@register.filter
def hour(value: datetime | None) -> str:
    """Write the time of day in Tokyo, 24 hours: 9:05."""
    if value is None:
        return ""
    local = timezone.localtime(value, TOKYO)
    return clock(local.hour, local.minute)


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
    time = clock(local.hour, local.minute)
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
