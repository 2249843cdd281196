"""Home, and who answers at this minute."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tsunagari.core.access import public
from tsunagari.directory.models import Channel
from tsunagari.portal import selectors
from tsunagari.portal.cards import TALKING
from tsunagari.portal.clock import this_minute
from tsunagari.portal.need_groups import NEED_GROUPS
from tsunagari.portal.own_chats import chats_open

MAX_SOON = 6


def _headings() -> dict[str, tuple[str, str]]:
    return {
        Channel.Type.PHONE: (gettext("電話"), gettext("声で話す")),
        Channel.Type.CHAT: (gettext("チャット"), gettext("文字で話す（チャット）")),
        Channel.Type.LINE: (gettext("LINE"), gettext("文字で話す（LINE）")),
    }


@public(cache_seconds=60)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Three doors, twelve needs, the way by area."""
    at = this_minute()
    counts = selectors.open_counts(at)
    headings = _headings()
    channels = [
        {"type": kind, "label": headings[kind][0], "count": counts[kind]} for kind in TALKING if counts[kind]
    ]
    return render(
        request,
        "portal/home.html",
        {"at": at, "open": {"total": counts["total"], "channels": channels}, "needs": NEED_GROUPS},
    )


@public(cache_seconds=60)
@require_safe
def talk_now(request: HttpRequest) -> HttpResponse:
    """Everyone who answers at this minute, by the way of talking; below, who opens next."""
    at = this_minute()
    headings = _headings()
    groups: list[dict[str, Any]] = []
    for kind in TALKING:
        cards = [card for card in selectors.lines_open_first(at, only=kind) if card.open_now]
        if cards:
            groups.append(
                {"type": kind, "label": headings[kind][0], "heading": headings[kind][1], "cards": cards}
            )
    closed = [card for card in selectors.lines_open_first(at) if card.open_now is False]
    soon = sorted(
        (card for card in closed if card.next_opening), key=lambda card: (card.next_opening, card.name)
    )
    shown = {"at": at, "chats": chats_open(at), "groups": groups, "soon": soon[:MAX_SOON], "trail": []}
    return render(request, "portal/talk_now.html", shown)
