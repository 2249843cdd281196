"""The way in: which helpline, how the wait is, what is agreed to; and coming back with four words."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_safe

from tsunagari.consultation.consent import consent
from tsunagari.consultation.forms.talk import ConsentForm, ReturnForm
from tsunagari.consultation.models import Conversation, Helpline
from tsunagari.consultation.selectors import queue, talking
from tsunagari.consultation.services import return_keys, tracing
from tsunagari.consultation.services.conversations import begin_conversation
from tsunagari.consultation.views.talk_doors import (
    INTO_DISPLAY,
    ROOM,
    at_the_door,
    session_of,
    set_cookie,
)
from tsunagari.core import display
from tsunagari.core.access import public
from tsunagari.core.errors import RuleBroken
from tsunagari.core.rate_limits import address_of, limit

# in ten minutes, for a whole school or a mobile network behind one address
MOST_BEGINNINGS = 60
MOST_RETURNS = 40


@public(fresh=True)
@require_safe
@at_the_door
def entry(request: HttpRequest) -> HttpResponse:
    """The helplines, and whether somebody can answer now."""
    at = timezone.now()
    lines = [{"helpline": each, "open": queue.can_receive(each, at)} for each in talking.helplines()]
    session = session_of(request)
    goes_on = session is not None and session.ended_at is None and session.conversation.erased_at is None
    return render(request, "consultation/talk/entry.html", {"lines": lines, "goes_on": goes_on, "room": ROOM})


@public(fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
@at_the_door
def begin(request: HttpRequest, key: str, *, young: bool = False) -> HttpResponse:
    """The consent, and with it the beginning."""
    helpline = get_object_or_404(Helpline.objects.select_related("organization"), key=key)
    at = timezone.now()
    words = consent(
        language=_language(),
        young=young,
        tracing=talking.tracing_of(helpline),
        days=helpline.retention_days,
    )
    form = ConsentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and queue.can_receive(helpline, at):
        limit(request, "talk-begin", most=MOST_BEGINNINGS, now=at.timestamp())
        begun = begin_conversation(
            helpline=helpline,
            about=Conversation.About(form.cleaned_data["about"]),
            language=_language(),
            age=Conversation.Age.UNDER_18 if young else Conversation.Age.UNKNOWN,
            consent_version=words.version,
            # never asked of those under 18
            secondary_use=form.cleaned_data["secondary_use"] and not young,
            at=at,
        )
        tracing.seal_connection(
            conversation=begun.conversation, address=address_of(request), port=_port_of(request), at=at
        )
        response = HttpResponseRedirect(f"{ROOM}safety/")
        set_cookie(response, begun.token)
        return response
    shown = {
        "helpline": helpline,
        "open": queue.can_receive(helpline, at),
        "consent": words,
        "form": form,
        "young": young,
    }
    status = 422 if form.is_bound else 200
    return render(request, "consultation/talk/consent.html", shown, status=status)


@public(fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
@at_the_door
def come_back(request: HttpRequest) -> HttpResponse:
    """Four words lead back into a conversation; new words are shown, the old ones are used up."""
    form = ReturnForm(request.POST if request.method == "POST" else None)
    refused, status = None, 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            limit(request, "talk-return", most=MOST_RETURNS, now=at.timestamp())
            conversation, token, words = return_keys.come_back(words=form.cleaned_data["words"], at=at)
        except RuleBroken as broken:
            refused, status = broken.sentence, broken.status
        else:
            with translation.override(INTO_DISPLAY[conversation.language]):
                shown = {"words": words.split(), "room": ROOM, "again": True}
                response = render(request, "consultation/talk/return_key.html", shown)
            set_cookie(response, token)
            return response
    return render(request, "consultation/talk/return.html", {"form": form, "refused": refused}, status=status)


def _port_of(request: HttpRequest) -> int:
    """The port at the other end; 0 where a proxy stands between, which alone knows it."""
    given = request.META.get("REMOTE_PORT", "")
    seen = request.META.get("REMOTE_ADDR", "") == address_of(request)
    return int(given) if seen and str(given).isdigit() else 0


def _language() -> Conversation.Language:
    if display.is_easy():
        return Conversation.Language.EASY
    return Conversation.Language.EN if translation.get_language() == "en" else Conversation.Language.JA
