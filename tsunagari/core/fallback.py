"""The page that is shown when the database is down, made at start from the files in ``data/``."""

import functools
import json
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import get_script_prefix, set_script_prefix
from django.utils import translation
from psycopg_pool import PoolTimeout

from tsunagari.core import display
from tsunagari.core.access import kept_fields

DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)
"""What is raised when the database does not answer, or not in time."""
NO_DISPLAY = display.Display()

# lines that one can talk to at any hour, and the two numbers of emergency, stand first on the page
ALL_DAYS = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", "hol"}


def _round_the_clock(channel: dict[str, Any]) -> bool:
    return any(
        set(period["days"]) >= ALL_DAYS and period["opens"] == "00:00" and period["closes"] == "24:00"
        for period in channel["hours"]
    )


def lines() -> list[dict[str, Any]]:
    """Nationwide lines by phone or chat from ``data/services.json``; those of any hour first.

    Names and labels are in the language of the request.
    """
    services = json.loads((settings.DATA_DIR / "services.json").read_text(encoding="utf-8"))["services"]
    english = json.loads((settings.DATA_DIR / "services_en.json").read_text(encoding="utf-8"))
    in_english = translation.get_language() == "en"
    found = [
        {
            "name": english[service["id"]]["name_en"] if in_english else service["name"],
            "type": channel["type"],
            "value": channel["value"],
            "dial": "".join(c for c in channel["value"] if c in "0123456789#*"),
            "label": english[service["id"]]["labels_en"].get(channel["label"], "")
            if in_english
            else channel["label"],
            "hours": channel["hours"],
            "always": _round_the_clock(channel),
        }
        for service in services
        if service["status"] == "active" and "emergency" not in service["topics"]
        for channel in service["channels"]
        if channel["type"] in {"phone", "chat"}
    ]
    return sorted(found, key=lambda line: not line["always"])


@functools.cache
def page(language: str, chosen: display.Display = NO_DISPLAY, template: str = "core/fallback.html") -> bytes:
    """The whole page in ``language`` (ja or en), shown as chosen.

    It is rendered once a process for each way of showing it, and needs no database.
    """
    return _render(language, chosen, template)


def _render(language: str, chosen: display.Display, template: str, **context: Any) -> bytes:
    before = get_script_prefix()
    set_script_prefix(chosen.prefix)
    try:
        with translation.override(display.EASY if chosen.easy else language):
            return render_to_string(template, {"lines": lines(), "language": language, **context}).encode()
    finally:
        set_script_prefix(before)


BUSY = {
    "error": "いま混み合っています。少し待って、もう一度お試しください。",
    "error_en": "Many people are asking right now. Please try again shortly.",
}


def busy(request: HttpRequest, status: int) -> HttpResponse:
    """Too many ask at once: whom to call all the same, or JSON for the API."""
    if request.path_info.startswith("/api/"):
        response: HttpResponse = JsonResponse(BUSY, status=status, json_dumps_params={"ensure_ascii": False})
        response["Access-Control-Allow-Origin"] = "*"
        return response
    language, _ = display.split_language(request.path_info)
    return HttpResponse(page(language, display.current(), "core/busy.html"), status=status)


def answer(request: HttpRequest) -> HttpResponse:
    """503: the page in the language of the address, or JSON for the API."""
    if request.path_info.startswith("/api/"):
        response: HttpResponse = JsonResponse(
            {
                "error": "いま情報を読み出せません。少し待って、もう一度お試しください。",
                "error_en": "The directory cannot be read right now. Please try again shortly.",
            },
            status=503,
            json_dumps_params={"ensure_ascii": False},
        )
        response["Access-Control-Allow-Origin"] = "*"
    elif request.path_info == "/readyz":
        response = JsonResponse({"status": "database down"}, status=503)
    else:
        language, _ = display.split_language(request.path_info)
        words = _kept(request)
        content = (
            _render(language, display.current(), "core/kept.html", **words)
            if words
            else page(language, display.current())
        )
        response = HttpResponse(content, status=503)
    response["Retry-After"] = "10"
    response["Cache-Control"] = "no-store"
    return response


def _kept(request: HttpRequest) -> dict[str, Any]:
    """What somebody wrote into a form that keeps it: ``name``, ``text``, and what else the form said."""
    match = getattr(request, "resolver_match", None)
    if request.method != "POST" or match is None or not (fields := kept_fields(match.func)):
        return {}
    try:
        posted = {name: request.POST.get(name, "") for name in fields}
    except (RequestDataTooBig, TooManyFieldsSent, OSError):
        return {}
    name = fields[0]
    if not posted[name].strip():
        return {}
    others = [(other, value) for other, value in posted.items() if other != name and value]
    return {"name": name, "text": posted[name], "others": others}
