"""By language: what can be used in it, and an entry in its own words."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tsunagari.core.access import public
from tsunagari.directory.models import ServiceText
from tsunagari.portal import languages as spoken
from tsunagari.portal import selectors
from tsunagari.portal.cards import card_of
from tsunagari.portal.clock import this_minute


@public(cache_seconds=300)
@require_safe
def languages(request: HttpRequest) -> HttpResponse:
    """The languages in which somebody answers."""
    return render(request, "portal/languages.html", {"languages": spoken.languages_spoken(), "trail": []})


@public(cache_seconds=60)
@require_safe
def language(request: HttpRequest, code: str) -> HttpResponse:
    """What can be used in one language, open now first, with the entries' texts in it where they have any."""
    at = this_minute()
    cards = selectors.cards_open_first(spoken.services_in(code), at)
    if not cards:
        raise Http404
    texts = spoken.translations([card.pk for card in cards if card.pk], code)
    context = {
        "at": at,
        "language": spoken.named(code),
        "entries": [(card, texts.get(card.pk)) for card in cards if card.pk],
        "trail": [(gettext("ことばでさがす"), reverse("portal:languages"))],
    }
    return render(request, "portal/language.html", context)


@public(cache_seconds=60)
@require_safe
def service_in(request: HttpRequest, service_id: UUID, code: str) -> HttpResponse:
    """An entry's texts in one language, with the buttons to act; 404 where it has none in it."""
    service = selectors.any_service().filter(pk=service_id).first()
    texts = spoken.translations([service.pk], code) if service else {}
    if service is None or service.pk not in texts:
        raise Http404
    found = texts[service.pk]
    fields = [(label, found.texts[key]) for key, label in ServiceText.Field.choices if key in found.texts]
    context = {
        "card": card_of(service, this_minute()),
        "language": spoken.named(code),
        "translation": found,
        "name": found.texts.get("name", ""),
        "fields": [(label, text) for label, text in fields if text != found.texts.get("name")],
        "trail": [],
    }
    return render(request, "portal/service_in.html", context)
