"""The lines that a municipality copies into its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import override

from tsunagari.core import display
from tsunagari.core.areas import AreaNode
from tsunagari.portal.reach.widget import Options, options_from, title_of


@dataclass(frozen=True, slots=True)
class Snippet:
    """What to copy, the address to look at first, and what could not be used."""

    area: AreaNode
    preview: str
    frame: str
    script: str
    data: str
    problems: list[str]


def snippet_for(area: AreaNode, chosen: Mapping[str, Any]) -> Snippet:
    """Return the lines for an area. ``chosen``: language, need, count, own_colours, accent, ground."""
    colours = chosen if chosen["own_colours"] else {}
    options = options_from(
        {
            "accent": colours.get("accent", ""),
            "ground": colours.get("ground", ""),
            "need": chosen["need"],
            "count": str(chosen["count"] or ""),
        }
    )
    language = chosen["language"] or "ja"
    path = _path("widget", area, language, options)
    data = _path("widget_data", area, language, options)
    with override("en" if language == "en" else "ja"):
        title = title_of(area)
    return Snippet(
        area=area,
        preview=path,
        frame=format_html(
            '<iframe src="{}" title="{}" width="100%" height="640" loading="lazy" '
            'referrerpolicy="no-referrer"></iframe>',
            settings.SITE_URL + path,
            title,
        ),
        script=format_html(
            '<div data-tsunagari="{}"></div>\n<script src="{}" defer></script>',
            settings.SITE_URL + data,
            settings.SITE_URL + _plain("widget_script"),
        ),
        data=settings.SITE_URL + data,
        problems=options.problems,
    )


def _plain(route: str, *args: str) -> str:
    """A page's path in plain Japanese, whatever the page that asks is shown in."""
    with override("ja"):
        path = reverse(f"portal:{route}", args=args)
    return "/" + path.removeprefix(display.current().prefix)


def _path(route: str, area: AreaNode, language: str, options: Options) -> str:
    plain = _plain(route, area.code)
    shown = display.Display(easy=language == "easy")
    path = shown.address(plain, "en" if language == "en" else "ja")
    return f"{path}?{options.query}" if options.query else path
