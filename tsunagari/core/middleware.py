"""What every request passes: a log line without personal data, headers, language, a database that is down."""

import logging
import secrets
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import connections
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import get_script_prefix, set_script_prefix
from django.utils import translation
from django.utils.encoding import escape_uri_path, iri_to_uri

from tsunagari.core import display, fallback, routers
from tsunagari.core.access import Kind, access_of, may_read_replica, wants_primary
from tsunagari.core.errors import RuleBroken
from tsunagari.core.furigana.pages import write_readings
from tsunagari.core.logs import request_id

logger = logging.getLogger("tsunagari.request")

GetResponse = Callable[[HttpRequest], HttpResponse]

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


class RequestLog:
    """Give the request an id and write one line when it is done: the route's pattern, never the path."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request."""
        identifier = secrets.token_hex(8)
        reset = request_id.set(identifier)
        request.request_id = identifier  # type: ignore[attr-defined]
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = identifier
            logger.log(
                logging.ERROR if response.status_code >= 500 else logging.INFO,
                "request",
                extra={
                    "route": getattr(request.resolver_match, "route", ""),
                    "method": request.method,
                    "status": response.status_code,
                    "milliseconds": round((time.perf_counter() - started) * 1000, 1),
                },
            )
            return response
        finally:
            request_id.reset(reset)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Log where an unexpected exception was raised (its text may hold personal data)."""
        if not isinstance(exception, (RuleBroken, Http404, *fallback.DATABASE_AWAY)):
            logger.error("exception", exc_info=exception, extra={"event": "exception"})


class DatabaseDown:
    """Chooses the database that a public view reads from; without any, it shows whom to call (503).

    With a replica, a public page is answered by whichever of the two databases answers (`core.routers`), and
    one that goes away in the middle of a reading is replaced by the other. After a failure to connect, the
    next second's requests are answered at once: waiting for a connection holds a thread for seconds, and on
    the worst day many people come. What fails in a middleware is answered by ``views.server_error``.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.down_until = 0.0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request."""
        with routers.one_request():
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], arguments: object, names: object
    ) -> HttpResponse | None:
        """Refuse a public page when the database is away, even one that needs none: where it leads does."""
        access = access_of(view)
        if access is None or access.kind != Kind.PUBLIC or request.path == "/healthz":
            return None
        if time.monotonic() < self.down_until:
            return fallback.answer(request)
        reads = may_read_replica(view, request.method)
        places = routers.readable(primary_first=wants_primary(view)) if reads else [routers.PRIMARY]
        error: Exception | None = None
        for alias in places:
            if not reads and routers.is_away(alias):
                break
            try:
                connections[alias].ensure_connection()
            except fallback.DATABASE_AWAY as away:
                routers.note_failure(alias)
                error = away
            else:
                routers.current_reading().alias = alias if reads else None
                return None
        return fallback.answer(request) if error is None else self._unavailable(request, error)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a view that could not reach the database, or whose rule was broken."""
        if isinstance(exception, fallback.DATABASE_AWAY):
            return self._elsewhere(request, exception) or self._unavailable(request, exception)
        if isinstance(exception, RuleBroken):
            return render(request, "422.html", {"sentence": exception.sentence}, status=exception.status)
        if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
            return render(request, "413.html", status=413)
        return None

    def _elsewhere(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Ask the view once more with the other database, unless it was only too slow."""
        reading, match = routers.current_reading(), request.resolver_match
        if reading.alias is None or reading.tried_elsewhere or match is None or _sqlstate(error) == TOO_SLOW:
            return None
        failed, reading.tried_elsewhere = reading.alias, True
        connections[failed].close()
        if _sqlstate(error) != CONFLICT_WITH_RECOVERY:
            routers.note_failure(failed)
        for alias in routers.readable():
            if alias != failed:
                reading.alias = alias
                try:
                    answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
                except fallback.DATABASE_AWAY:
                    routers.note_failure(alias)
                    return None
                return answer
        return None

    def _unavailable(self, request: HttpRequest, error: Exception) -> HttpResponse:
        logger.error("database", exc_info=error, extra={"event": "database_down"})
        if _sqlstate(error) is None and not routers.has_replica():
            # not an answer of the server (a statement that took too long), but none at all
            self.down_until = time.monotonic() + 1
        return fallback.answer(request)


TOO_SLOW = "57014"
CONFLICT_WITH_RECOVERY = "40001"


def _sqlstate(error: Exception) -> str | None:
    """The code of the server's answer; None when there was none at all."""
    state: str | None = getattr(error.__cause__, "sqlstate", None)
    return state


class SecurityHeaders:
    """A strict policy on every answer: no inline script or style, nothing from elsewhere."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request."""
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        # a widget says so itself, and its policy names who may frame it
        if not getattr(response, "may_be_framed", False):
            response.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault(
            "Permissions-Policy",
            "geolocation=(self), camera=(), microphone=(), payment=(), interest-cohort=()",
        )
        if not response.has_header("Cache-Control"):
            # what is not said to be public is somebody's own
            response["Cache-Control"] = "no-store"
        return response


class DisplayFromPath:
    """Language and ways of showing are part of the address (``core.display``), never a cookie or a header.

    The desk has one address in all languages: before the login the browser's wish counts there, after it the
    member's own choice (``accounts.middleware``).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request; an address that says the same in another way is sent to the canonical one."""
        chosen, path = display.read(request.path_info)
        language, _ = display.split_language(path)
        meant = chosen if language == settings.LANGUAGE_CODE else chosen.in_english()
        if not display.of_visitors(path):
            meant = display.Display()
        address = meant.prefix + path.removeprefix("/")
        if address != request.path_info:
            query = request.META.get("QUERY_STRING", "")
            # 308: a form that is sent there is sent on
            return HttpResponseRedirect(
                escape_uri_path(address) + (f"?{iri_to_uri(query)}" if query else ""), status=308
            )
        if path.startswith("/desk/"):
            language = translation.get_language_from_request(request)
        request.path_info = path
        before = get_script_prefix()
        set_script_prefix(meant.prefix)
        try:
            with translation.override(display.EASY if meant.easy else language):
                request.LANGUAGE_CODE = language
                response = self.get_response(request)
                response.setdefault("Content-Language", display.language_tag())
                if meant.easy or meant.furigana:
                    write_readings(response, everywhere=meant.furigana)
                return response
        finally:
            set_script_prefix(before)
