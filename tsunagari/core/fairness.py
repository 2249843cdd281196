"""Who is answered next when more people ask than can be answered: bounded work, bounded waiting, in turn.

Public pages that no cache holds are rendered a few at a time. Whoever comes next waits for a place, in the
order of coming; behind everybody else wait those whose network has used up its share (`SHARE`), and they get
a part of the places only. A share is never a refusal: while there is room, everybody gets the full answer,
a whole school behind one address included. Whoever has waited too long gets the lines to call, at once and
without the database (`busy` of the view's mark, or the page of lines): nobody leaves with nothing.

    within its share      waits up to `PATIENCE`, for any place
    beyond its share      waits up to `PATIENCE`, for one of the last places, behind all others
    then                  200 with the pinned lines for a question that sounds like danger,
                          503 (or 429 beyond the share) with Retry-After and the lines for everything else
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tsunagari.core import fallback
from tsunagari.core.access import Kind, access_of
from tsunagari.core.rate_limits import Share, within

PATIENCE = 2.0
MOST_WAITING = 100
"""Of each sort, in one process: each holds a thread."""
SHARE = Share(most=300, per_second=1.0)
"""Of one network: a class of thirty that asks ten questions each at once, and sixty a minute from then on."""
NEVER_IN_TURN = {"/healthz", "/readyz"}


class _Waiting:
    """Somebody who waits for a place."""

    __slots__ = ("admitted", "event")

    def __init__(self) -> None:
        self.event = threading.Event()
        self.admitted = False


class Turns:
    """``places`` at once, of which those ``beyond`` their share get ``last_places`` at most."""

    def __init__(self, places: int, last_places: int, most_waiting: int = MOST_WAITING) -> None:
        self.places = places
        self.last_places = last_places
        self.most_waiting = most_waiting
        self._lock = threading.Lock()
        self._taken = 0
        self._taken_beyond = 0
        self._first: deque[_Waiting] = deque()
        self._beyond: deque[_Waiting] = deque()

    def enter(self, *, beyond: bool, patience: float) -> bool:
        """Take a place, waiting for it; False after ``patience`` seconds, or when too many wait already."""
        queue = self._beyond if beyond else self._first
        me = _Waiting()
        with self._lock:
            if len(queue) >= self.most_waiting:
                return False
            queue.append(me)
            self._admit()
        me.event.wait(patience)
        with self._lock:
            if not me.admitted:
                queue.remove(me)
            return me.admitted

    def leave(self, *, beyond: bool) -> None:
        """Give the place to whoever is next."""
        with self._lock:
            self._taken -= 1
            self._taken_beyond -= beyond
            self._admit()

    def _admit(self) -> None:
        while self._taken < self.places:
            if self._first:
                next_one = self._first.popleft()
            elif self._beyond and self._taken_beyond < self.last_places:
                next_one = self._beyond.popleft()
                self._taken_beyond += 1
            else:
                return
            self._taken += 1
            next_one.admitted = True
            next_one.event.set()


def places_of(pool: int) -> tuple[int, int]:
    """How many at once, and how many of them for those beyond their share: some connections stay free."""
    places = max(2, pool - 2)
    return places, max(1, places // 3)


turns = Turns(*places_of(int(settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"])))
"""Of this process."""


class FairTurns:
    """Middleware: public views take their turn. Stands before whatever takes a database connection."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request; the place, if one was taken, is given back at its end."""
        try:
            return self.get_response(request)
        finally:
            held = getattr(request, "turn_beyond", None)
            if held is not None:
                turns.leave(beyond=held)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], arguments: Any, names: Any
    ) -> HttpResponse | None:
        """Wait for a place; without one, answer with what can be said without it."""
        access = access_of(view)
        if access is None or access.kind is not Kind.PUBLIC or request.path_info in NEVER_IN_TURN:
            return None
        if getattr(view, "takes_no_turn", False):
            # one look at an index; when a web process ends, all its streams come back at once
            return None
        beyond = not within(request, "public", SHARE, now=time.time())
        if turns.enter(beyond=beyond, patience=PATIENCE):
            request.turn_beyond = beyond  # type: ignore[attr-defined]
            return None
        status = 429 if beyond else 503
        busy = getattr(view, "busy", None)
        answer: HttpResponse = (
            fallback.busy(request, status)
            if busy is None
            else busy(request, *arguments, status=status, **names)
        )
        answer["Retry-After"] = "5"
        answer["Cache-Control"] = "no-store"
        return answer


_few_more = Turns(2, 1)


@contextmanager
def a_little_more() -> Iterator[bool]:
    """What a busy answer still looks up (lines for somebody in danger): True with one of two places."""
    entered = _few_more.enter(beyond=False, patience=1.0)
    try:
        yield entered
    finally:
        if entered:
            _few_more.leave(beyond=False)
