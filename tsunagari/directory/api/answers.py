"""What every answer of the API has: CORS for everybody, an ETag, errors as JSON in both languages."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

from tsunagari.core.access import public
from tsunagari.core.open_answers import OPEN_HEADERS, etag_of, json_answer
from tsunagari.directory.api.parameters import Refused

METHODS: Final = "GET, HEAD, OPTIONS"
MAX_AGE: Final = 60
"""Seconds for which anybody may keep an answer: ``open_now`` is of a minute."""

View = Callable[..., HttpResponseBase]


def error_answer(refused: Refused) -> HttpResponse:
    """The sentences of a refusal, in both languages."""
    return json_answer({"error": refused.ja, "error_en": refused.en}, status=refused.status)


def open_data(view: View) -> View:
    """Make a view one of open data: for everybody and every site, GET, HEAD and OPTIONS only."""

    @public()
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = _answer(view, request, *args, **kwargs)
        for name, value in OPEN_HEADERS.items():
            response[name] = value
        return response

    return answer


def _answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    if request.method == "OPTIONS":
        return HttpResponse(
            status=204,
            headers={
                "Allow": METHODS,
                "Access-Control-Allow-Methods": METHODS,
                "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match, X-Requested-With",
                "Access-Control-Max-Age": "86400",
                "Cache-Control": "public, max-age=86400",
            },
        )
    if request.method not in {"GET", "HEAD"}:
        response = error_answer(
            Refused(
                405,
                "読み取り専用です（GET、HEAD、OPTIONS）。",
                "This API is read-only (GET, HEAD, OPTIONS).",
            )
        )
        response["Allow"] = METHODS
        return response
    is_head = request.method == "HEAD"
    # what answers is written for GET; Django leaves out the body of a HEAD
    request.method = "GET"
    try:
        request.GET  # noqa: B018 - read here, where what is wrong with it can still be told
        answered = view(request, *args, **kwargs)
    except Refused as refused:
        answered = error_answer(refused)
    except TooManyFieldsSent:
        answered = error_answer(Refused(400, "条件が多すぎます。", "There are too many parameters."))
    finally:
        request.method = "HEAD" if is_head else "GET"
    if answered.status_code != 200:
        return answered
    if answered.streaming or not isinstance(answered, HttpResponse):
        # no shared cache waits for, or keeps, all rows
        answered["Cache-Control"] = "private, no-store"
        answered["X-Accel-Buffering"] = "no"
        return answered
    answered["Cache-Control"] = f"public, max-age={MAX_AGE}"
    answered["ETag"] = etag_of(answered.content)
    patch_vary_headers(answered, ["Accept-Encoding"])
    return _unless_known(request, answered)


def _unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """304 when the client has this very answer (RFC 9110, 13.1.2: compared weakly)."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    mine = response["ETag"]
    if "*" not in known and mine not in (tag.removeprefix("W/") for tag in known):
        return response
    unchanged = HttpResponseNotModified()
    for name in ("ETag", "Cache-Control", "Vary"):
        unchanged[name] = response[name]
    return unchanged
