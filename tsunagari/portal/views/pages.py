"""Pages of text: how to stay unseen, what this site is, open data, for those who worry about somebody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from tsunagari.core.access import public
from tsunagari.core.furigana.pages import write_readings
from tsunagari.portal import selectors
from tsunagari.portal.clock import this_minute

MAX_LINES = 6


@public(cache_seconds=300)
@require_safe
def safety(request: HttpRequest) -> HttpResponse:
    """What the quick exit and this site can do for a person who is watched, and what they cannot."""
    return render(request, "portal/safety.html", {"trail": []})


@public(cache_seconds=300)
@require_safe
def shared_device(request: HttpRequest) -> HttpResponse:
    """For a person whose telephone or computer others use or watch."""
    trail = [(gettext("見られたくないとき"), reverse("portal:safety"))]
    return render(request, "portal/shared_device.html", {"trail": trail})


@public(cache_seconds=60)
@require_safe
def under_18(request: HttpRequest) -> HttpResponse:
    """For children, in words that a ten-year-old reads; in Japanese always with furigana."""
    at = this_minute()
    lines = list(selectors.lines_for_the_young())
    theirs = {line.pk for line in lines if {"child", "youth"} & set(line.audience)}
    # open first, and of those the lines that are for children
    cards = sorted(selectors.cards_open_first(lines, at), key=lambda card: card.pk not in theirs)
    context = {
        "at": at,
        "open_cards": [card for card in cards if card.open_now],
        "other_cards": [card for card in cards if card.open_now is False][:MAX_LINES],
        "trail": [],
    }
    response = render(request, "portal/under_18.html", context)
    if get_language() != "en":
        write_readings(response, keep=True)
    return response


@public(cache_seconds=300)
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this site is, where its entries come from, how they are ordered."""
    return render(request, "portal/about.html", {"trail": []})


@public(cache_seconds=300)
@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    """Where the directory can be had as data."""
    return render(request, "portal/open_data.html", {"trail": []})


@public(cache_seconds=60)
@require_safe
def others(request: HttpRequest) -> HttpResponse:
    """For family, friends and neighbours: how to speak to somebody, and who listens to them."""
    at = this_minute()
    cards = selectors.cards_open_first(selectors.nationwide_services_for(("family", "loneliness")), at)
    lines = [card for card in cards if card.counts_hours][:MAX_LINES]
    return render(request, "portal/others.html", {"at": at, "cards": lines, "trail": []})
