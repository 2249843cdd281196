"""The page that is shown when the database is down, made at start from the files in ``data/``."""

import functools
import json
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

# lines that one can talk to at any hour, and the two numbers of emergency, stand first on the page
ALL_DAYS = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", "hol"}


def _round_the_clock(channel: dict[str, Any]) -> bool:
    return any(
        set(period["days"]) >= ALL_DAYS and period["opens"] == "00:00" and period["closes"] == "24:00"
        for period in channel["hours"]
    )


def lines() -> list[dict[str, Any]]:
    """Nationwide lines by phone, chat or LINE from ``data/services.json``; those of any hour first."""
    services = json.loads((settings.DATA_DIR / "services.json").read_text(encoding="utf-8"))["services"]
    found = [
        {
            "name": service["name"],
            "type": channel["type"],
            "value": channel["value"],
            "dial": "".join(c for c in channel["value"] if c in "0123456789#*"),
            "label": channel["label"],
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
def page(language: str) -> bytes:
    """The whole page in ``language`` (ja or en). It is rendered once a process and needs no database."""
    with translation.override(language):
        return render_to_string("core/fallback.html", {"lines": lines(), "language": language}).encode()
