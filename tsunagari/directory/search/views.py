"""``POST /api/search``: search for widgets of other sites. Words travel in the body and are never logged."""

import json
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from tsunagari.core import fallback
from tsunagari.core.access import public
from tsunagari.core.fairness import a_little_more
from tsunagari.core.routers import public_reading
from tsunagari.directory.search.query import lines_in_danger, search
from tsunagari.directory.search.request import BadSearch, SearchRequest

MAX_BODY = 65_536
"""Bytes: a question of 10,000 characters fits; it is read to its 500th."""
_FIELDS = ("q", "area", "open_now", "channel", "language", "page", "kind")


class BadRequest(BadSearch):
    """The body is not what the API reads."""

    status = 400


def busy_search(request: HttpRequest, *, status: int) -> HttpResponse:
    """Too many search at once: the lines of a question that sounds like danger, or when to ask again."""
    if request.method != "POST":
        return fallback.busy(request, status)
    try:
        asked = _request_of(_body(request))
        with a_little_more() as entered, public_reading():
            crisis, pinned = lines_in_danger(asked) if entered else (False, ())
    except BadSearch as error:
        return _sentence(error.status, str(error.sentence), error.english)
    except fallback.DATABASE_AWAY:
        crisis, pinned = False, ()
    content = {**fallback.BUSY, "crisis": crisis, "pinned": [line.to_json() for line in pinned]}
    return _open_to_all(
        JsonResponse(
            {**content, "results": [], "did_you_mean": None} if pinned else content,
            status=200 if pinned else status,
            json_dumps_params={"ensure_ascii": False},
        )
    )


@public(only_reads=True, busy=busy_search)
def search_api(request: HttpRequest) -> HttpResponse:
    """Answer a search in JSON; 400 when the body cannot be read, 422 when a value is not one."""
    if request.method == "OPTIONS":
        return _open_to_all(HttpResponse(status=204))
    if request.method != "POST":
        answer = _sentence(
            405, "検索は POST で送ってください。", "Please send searches with POST, as JSON in the body."
        )
        answer["Allow"] = "POST, OPTIONS"
        return answer
    try:
        response = search(_request_of(_body(request)))
    except BadSearch as error:
        return _sentence(error.status, str(error.sentence), error.english)
    return _open_to_all(JsonResponse(response.to_json(), json_dumps_params={"ensure_ascii": False}))


def _body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the body.

    Raises:
        BadRequest: there is none, or it is too large.
    """
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        raw = request.body if length <= MAX_BODY else None
    except (ValueError, RequestDataTooBig):
        raw = None
    if raw is None or len(raw) > MAX_BODY:
        raise BadRequest("送られた内容が長すぎます。", "The body is too long: 64 KB at most.")
    try:
        content = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise BadRequest(
            'JSON で送ってください。例: {"q": "夜中に話せるところ"}',
            'Please send a JSON object in UTF-8, for example {"q": "someone to talk to at night"}.',
        )
    return content


def _request_of(content: dict[str, Any]) -> SearchRequest:
    """The request in a JSON object; missing and null fields are not set.

    Raises:
        BadRequest: a field is unknown or has another type.
    """
    unknown = [name for name in content if name not in _FIELDS]
    if unknown:
        raise BadRequest(
            f"使えるのは {', '.join(_FIELDS)} だけです。",
            f"Only these fields are known: {', '.join(_FIELDS)}.",
        )
    page = content.get("page")
    open_now = content.get("open_now")
    if page is not None and (isinstance(page, bool) or not isinstance(page, int)):
        raise BadRequest("page は数で送ってください。", "The field page must be a number.")
    if open_now is not None and not isinstance(open_now, bool):
        raise BadRequest("open_now は true か false です。", "The field open_now must be true or false.")
    return SearchRequest(
        q=_text(content, "q") or "",
        area_code=_text(content, "area"),
        open_now=bool(open_now),
        channel=_text(content, "channel"),
        language=_text(content, "language"),
        kind=_text(content, "kind"),
        page=1 if page is None else page,
        at=timezone.now(),
    )


def _text(content: dict[str, Any], name: str) -> str | None:
    value = content.get(name)
    if value is None or isinstance(value, str):
        return value or None
    raise BadRequest(f"{name} は文字で送ってください。", f"The field {name} must be text.")


def _sentence(status: int, sentence: str, english: str) -> HttpResponse:
    return _open_to_all(
        JsonResponse(
            {"error": sentence, "error_en": english}, status=status, json_dumps_params={"ensure_ascii": False}
        )
    )


def _open_to_all(response: HttpResponse) -> HttpResponse:
    """Any site may ask: there is nothing of a visitor in the answer, and no credentials are read."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = "POST, OPTIONS"
    response["Access-Control-Allow-Headers"] = "Content-Type"
    response["Access-Control-Max-Age"] = "86400"
    response["Cache-Control"] = "no-store"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
