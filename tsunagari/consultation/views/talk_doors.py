"""What every page of the person's chat passes: where a POST comes from, whose browser it is, which language.

The cookie is the one that a visitor gets, after the consent: HttpOnly, SameSite=Strict, for ``/talk/`` alone,
without a lifetime. Whatever it opens stands below ``/talk/room/``, at one address in all languages.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from tsunagari.consultation.models import ChatSession, Conversation
from tsunagari.consultation.selectors import talking
from tsunagari.consultation.services.conversations import digest_of
from tsunagari.core import display
from tsunagari.core.errors import RuleBroken
from tsunagari.core.furigana.pages import write_readings

COOKIE = "talk"
PATH = "/talk/"
ROOM = "/talk/room/"
"""Always this address: a prefix would take it out of the cookie's path."""
INTO_DISPLAY = {"ja": "ja", "ja-easy": display.EASY, "en": "en"}
LONGEST_TOKEN = 100


class FromElsewhere(RuleBroken):
    """Another site sent this form."""

    status = 403


def refuse_others(request: HttpRequest, *, cookie_is_enough: bool = False) -> None:
    """Let pass only what our own pages send.

    Args:
        cookie_is_enough: an old browser that names no origin passes, since the cookie is never sent from
            another site's page (SameSite=Strict).

    Raises:
        FromElsewhere: another site, or (without the cookie) nobody knows.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in ("same-origin", "none"):
        raise FromElsewhere(_("この送信は受け取れませんでした。このサイトの画面から送ってください。"))
    named = origin if origin is not None else request.headers.get("Referer")
    if named is None:
        own = site is not None or cookie_is_enough
    else:
        own = urlsplit(named).netloc == request.get_host() or (named == "null" and site == "same-origin")
    if not own:
        raise FromElsewhere(_("この送信は受け取れませんでした。このサイトの画面から送ってください。"))


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, and not a form."""
    return request.content_type == "application/json" or request.headers.get("Accept") == "application/json"


def session_of(request: HttpRequest) -> ChatSession | None:
    """The session that the request's cookie names, ended or not."""
    token = request.COOKIES.get(COOKIE, "")
    return talking.session_of(digest_of(token)) if 0 < len(token) <= LONGEST_TOKEN else None


def set_cookie(response: HttpResponse, token: str) -> None:
    """Let this browser talk."""
    response.set_cookie(
        COOKIE, token, path=PATH, httponly=True, samesite="Strict", secure=settings.PRODUCTION
    )


def drop_cookie(response: HttpResponse) -> None:
    """Forget the browser's session."""
    response.delete_cookie(COOKIE, path=PATH, samesite="Strict")


def at_the_door(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page before the room: our own forms only, and an origin that browsers may name."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            refuse_others(request, cookie_is_enough=COOKIE in request.COOKIES)
        return _with_referrer(view(request, *args, **kwargs))

    return guarded


def in_the_room(view: Callable[..., HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A page of the room: ``view(request, conversation=…, at=…)`` in the language of the conversation."""

    @wraps(view)
    def opened(request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            refuse_others(request, cookie_is_enough=COOKIE in request.COOKIES)
        session = session_of(request)
        if session is None or session.ended_at is not None or session.conversation.erased_at is not None:
            return _with_referrer(nobody(request, session))
        conversation = session.conversation
        with translation.override(INTO_DISPLAY[conversation.language]):
            response = answer(view, request, conversation, timezone.now())
            response.headers.setdefault("Content-Language", display.language_tag())
            if conversation.language == Conversation.Language.EASY:
                write_readings(response, everywhere=False)
        return _with_referrer(response)

    return opened


def answer(
    view: Callable[..., HttpResponse], request: HttpRequest, conversation: Conversation, at: datetime
) -> HttpResponse:
    """The view's answer; a broken rule is said to a script as JSON."""
    try:
        return view(request, conversation=conversation, at=at)
    except RuleBroken as broken:
        if wants_json(request):
            return JsonResponse({"error": str(broken.sentence)}, status=broken.status)
        return render(
            request, "consultation/talk/refused.html", {"sentence": broken.sentence}, status=broken.status
        )


def nobody(request: HttpRequest, session: ChatSession | None) -> HttpResponse:
    """Without a session that holds: kindly to the way in; a conversation that has gone says so."""
    if wants_json(request):
        return JsonResponse({"error": str(_("この画面の相談は、閉じられています。"))}, status=410)
    if session is None:
        response: HttpResponse = HttpResponseRedirect(PATH)
        if COOKIE in request.COOKIES:
            drop_cookie(response)
        return response
    language = INTO_DISPLAY[session.conversation.language]
    with translation.override(language):
        gone = {"erased": session.conversation.erased_at is not None}
        response = render(request, "consultation/talk/gone.html", gone, status=410)
    drop_cookie(response)
    return response


def _with_referrer(response: HttpResponse) -> HttpResponse:
    # with the site's "no-referrer" browsers name the origin of a form "null"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
