"""One service: its page, the sheet to print, its hours for a calendar, and "there is a mistake here"."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from tsunagari.core import display
from tsunagari.core.access import public
from tsunagari.core.rate_limits import limit
from tsunagari.core.templatetags.ui import day
from tsunagari.directory.exchange.merging import survivor_of
from tsunagari.directory.models import Channel, Service
from tsunagari.directory.services.mistakes import report_mistake as report_mistake_of
from tsunagari.portal import calendar, guidance, selectors
from tsunagari.portal.cards import ServiceCard, card_of, fact_of, text_of
from tsunagari.portal.clock import this_minute
from tsunagari.portal.easy_words import easy_list, has_easy_words
from tsunagari.portal.forms import MistakeForm
from tsunagari.portal.languages import spoken_in, text_languages
from tsunagari.portal.need_groups import group_of
from tsunagari.portal.next_lines import next_lines
from tsunagari.portal.week import week_of

# reports from one network in ten minutes
MAX_REPORTS = 10


def _service(service_id: UUID) -> Service:
    service = selectors.any_service().filter(pk=service_id).first()
    if service is None:
        raise Http404
    return service


def _facts(service: Service, card: ServiceCard) -> list[tuple[str, str, str]]:
    """What one may want to know before calling, as (label, text, its language); empty ones are left out."""
    reading = display.language_tag()
    talks = {way.type for way in card.channels}
    kinds = [kind for kind in (Channel.Type.PHONE, Channel.Type.CHAT, Channel.Type.LINE) if kind in talks]
    for_whom = fact_of(service.eligibility_description, service.eligibility_description_en)
    cost = fact_of(service.fees_description, service.fees_description_en)
    free = gettext("相談は無料です。") if card.free else ""
    traces = "\n".join(filter(None, (guidance.traces(kind) for kind in kinds)))
    facts = [
        (gettext("だれのため"), *(for_whom if for_whom[0] else (selectors.audience_names(service), reading))),
        (
            gettext("どこで申しこむ"),
            *fact_of(service.application_process, service.application_process_en),
        ),
        (gettext("行くところ"), selectors.places_in_words(service), "ja"),
        (gettext("持っていくもの"), *_documents(service)),
        (gettext("費用"), *(cost if cost[0] else (free, reading))),
        (gettext("使えることば"), spoken_in(service), reading),
        (gettext("あとに残るもの"), traces, reading),
        # a law is cited by its Japanese name: no other is official
        (gettext("根拠の法律"), service.basis, "ja"),
        (gettext("知っておくこと"), *text_of(service.note, service.note_en)),
        (gettext("ここを動かしている団体"), card.organization, card.organization_language),
        (gettext("さいごに確かめた日"), _confirmed(service), reading),
    ]
    return [fact for fact in facts if fact[1]]


def _documents(service: Service) -> tuple[str, str]:
    """(what to bring, one a line, its language): in English or easy words when every document has it."""
    documents = service.required_documents.all()
    japanese = [document.document for document in documents]
    english = [document.document_en for document in documents]
    return text_of(
        "\n".join(f"・{document}" for document in japanese),
        "\n".join(f"- {document}" for document in english) if all(english) else "",
        easy_list(japanese, mark="・"),
    )


def _confirmed(service: Service) -> str:
    if service.assured_on:
        return day(service.assured_on)
    if len(service.as_of) == 7:
        year, month = service.as_of.split("-")
        return gettext("%(year)s年%(month)s月時点の公表情報です。") % {"year": year, "month": int(month)}
    return ""


def _some_plain(facts: list[tuple[str, str, str]]) -> bool:
    """Whether a fact is told in plain Japanese on a page in easy words: sentences, not names."""
    return display.is_easy() and any(language == "ja" and "。" in text for _, text, language in facts)


def _context(service: Service, at: datetime) -> dict[str, Any]:
    card = card_of(service, at)
    facts = _facts(service, card)
    needs = [term.code for term in service.needs.all()]
    channels = {channel.type: channel for channel in reversed(service.channels.all())}
    first = channels[card.channels[0].type] if card.channels else None
    group = group_of(needs)
    written = gettext("送ると、どうなる？")
    headings = {
        Channel.Type.PHONE: gettext("かけると、どうなる？"),
        Channel.Type.VISIT: gettext("行くと、どうなる？"),
        Channel.Type.WEB: gettext("ひらくと、どうなる？"),
    }
    return {
        "at": at,
        "service": service,
        "card": card,
        "description": card.description,
        "act": None
        if card.silent
        else next((way for way in card.channels if way.href and way.open_now is not False), None),
        "week": week_of(card.channels, at),
        "steps": guidance.steps(first) if first else [],
        "steps_heading": headings.get(Channel.Type(first.type), written) if first else "",
        "first_words": guidance.first_words(needs, first.type) if first and first.type != "web" else [],
        "facts": facts,
        "easy_unchecked": display.is_easy() and has_easy_words(service),
        "some_plain": card.plain or _some_plain(facts),
        "text_languages": text_languages(service),
        "ask_nearby": service.kind == Service.Kind.PROGRAMME,
        "trail": [(group.label, reverse("portal:need", args=[group.key]))] if group else [],
    }


@public(cache_seconds=60)
@require_safe
def service(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Everything about one service, the button to act first."""
    at = this_minute()
    if survivor := survivor_of(service_id):
        # merged with another: its address leads there
        return HttpResponseRedirect(reverse("portal:service", args=[survivor]))
    found = _service(service_id)
    context = _context(found, at)
    # whoever may no longer be there leads on, whatever it was
    leads_on = found.kind == Service.Kind.CONSULTATION or context["card"].silent
    context["similar"] = next_lines(found, at) if leads_on else []
    return render(request, "portal/service.html", context)


@public(cache_seconds=60)
@require_safe
def service_print(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """The same on a sheet of paper, to carry to a counter or a telephone."""
    return render(request, "portal/service_print.html", _context(_service(service_id), this_minute()))


@public(cache_seconds=60)
@require_safe
def service_hours(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """The hours of the next four weeks as iCalendar; the entries' titles tell nothing to who looks over."""
    at = this_minute()
    card = card_of(_service(service_id), at)
    text = calendar.hours_calendar(card, at, language="en" if get_language() == "en" else "ja")
    if text is None:
        raise Http404
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="hours.ics"'
    return response


@public(keeps=("text", "kind"))
@require_http_methods(["GET", "HEAD", "POST"])
def report_mistake(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Take a report that an entry is wrong. It asks for no name and no address."""
    found = _service(service_id)
    form = MistakeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        limit(request, "mistake", most=MAX_REPORTS, now=at.timestamp())
        report_mistake_of(
            service_id=found.pk, kind=form.cleaned_data["kind"], text=form.cleaned_data["text"], at=at
        )
        return HttpResponseRedirect(reverse("portal:mistake_reported", args=[service_id]), status=303)
    return render(
        request,
        "portal/report_mistake.html",
        {"service": found, "name": text_of(found.name, found.name_en), "form": form},
        status=422 if form.is_bound else 200,
    )


@public()
@require_safe
def mistake_reported(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Thank the person who told us."""
    return render(request, "portal/report_mistake.html", {"service": _service(service_id), "thanks": True})
