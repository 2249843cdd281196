"""What every request passes: a log line without personal data, headers, language, a database that is down."""

import logging
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from psycopg_pool import PoolTimeout

from tsunagari.core import fallback
from tsunagari.core.errors import RuleBroken
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
        if isinstance(exception, RuleBroken | OperationalError | InterfaceError | PoolTimeout):
            return
        logger.error("exception", exc_info=exception, extra={"event": "exception"})


class DatabaseDown:
    """Without its database the site still shows whom to call: 503 with the pre-rendered page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request; the database may also fail in a middleware."""
        try:
            return self.get_response(request)
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            return self._unavailable(request, error)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a view that could not reach the database, or whose rule was broken."""
        if isinstance(exception, OperationalError | InterfaceError | PoolTimeout):
            return self._unavailable(request, exception)
        if isinstance(exception, RuleBroken):
            return render(request, "422.html", {"sentence": exception.sentence}, status=exception.status)
        if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
            return render(request, "413.html", status=413)
        return None

    def _unavailable(self, request: HttpRequest, error: Exception) -> HttpResponse:
        logger.error("database", exc_info=error, extra={"event": "database_down"})
        if request.path.startswith("/api/"):
            response: HttpResponse = JsonResponse(
                {
                    "error": "いま情報を読み出せません。少し待って、もう一度お試しください。",
                    "error_en": "The directory cannot be read right now. Please try again shortly.",
                },
                status=503,
                json_dumps_params={"ensure_ascii": False},
            )
            response["Access-Control-Allow-Origin"] = "*"
        else:
            language = "en" if request.path.startswith("/en/") else "ja"
            response = HttpResponse(fallback.page(language), status=503)
        response["Retry-After"] = "10"
        response["Cache-Control"] = "no-store"
        return response


class SecurityHeaders:
    """A strict policy on every answer: no inline script or style, nothing from elsewhere."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request."""
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
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


class LanguageFromPath:
    """The language is part of the address (``/en/…``), never a cookie or a header.

    The desk has one address in all languages: before the login the browser's wish counts there, after it the
    member's own choice (``accounts.middleware``).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request."""
        language = translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
        if request.path_info.startswith("/desk/"):
            language = translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.setdefault("Content-Language", language)
            return response
