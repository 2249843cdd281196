"""The two live streams: who may listen is decided here, then the stream leaves Django (`core.streaming`)."""

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from tsunagari.accounts.models import Role, User
from tsunagari.consultation.selectors.streaming import session_that_talks
from tsunagari.consultation.services.conversations import digest_of
from tsunagari.consultation.services.presence import see_persons, see_shifts
from tsunagari.consultation.streams import open_for_console, open_for_person, read_cursor
from tsunagari.core.access import public, roles
from tsunagari.core.live import Event, last_event_id
from tsunagari.core.streaming import hand_over

PERSON_PATH = "/talk/room/stream"
CONSOLE_PATH = "/desk/consultation/stream"
COOKIE = "talk"
LONGEST_TOKEN = 200
MOST_LOOKED_AT = 10


@public(fresh=True)
@require_GET
def person_stream(request: HttpRequest) -> HttpResponse:
    """The person's own conversation, after ``Last-Event-ID`` or ``?after=``; without a session: the end."""
    token = request.COOKIES.get(COOKIE, "")
    session = session_that_talks(digest_of(token)) if 0 < len(token) <= LONGEST_TOKEN else None
    if session is None:
        return HttpResponse(
            Event("", "ended", "{}").encode(), content_type="text/event-stream; charset=utf-8"
        )
    session_id, conversation_id = session
    see_persons([conversation_id], at=timezone.now())
    return hand_over(
        request,
        open_for_person(conversation_id=conversation_id, session_id=session_id, after=last_event_id(request)),
    )


person_stream.takes_no_turn = True  # type: ignore[attr-defined]


@roles(Role.COUNSELLOR, Role.SUPERVISOR)
@require_GET
def console_stream(request: HttpRequest) -> HttpResponse:
    """What the user's shifts have in hand; ``?look=`` names conversations that a supervisor looks in on."""
    user_id = cast(User, request.user).pk
    see_shifts([user_id], at=timezone.now())
    given = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    looked_at = {
        UUID(pk) for pk in request.GET.getlist("look")[:MOST_LOOKED_AT] if len(pk) == 36 and _is_uuid(pk)
    }
    return hand_over(
        request,
        open_for_console(
            user_id=user_id,
            session_key=request.session.session_key or "",
            after=read_cursor(given),
            looked_at=frozenset(looked_at),
        ),
    )


def _is_uuid(given: str) -> bool:
    try:
        UUID(given)
    except ValueError:
        return False
    return True
