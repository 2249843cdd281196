"""What to know before calling or writing: first words, what happens then, cost, traces (first_words.json)."""

import functools
import json
import re
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from tsunagari.core import display
from tsunagari.directory.models import Channel


@functools.cache
def _texts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((settings.DATA_DIR / "first_words.json").read_text(encoding="utf-8"))
    return found


def _in_language(texts: dict[str, Any]) -> Any:
    return texts.get("easy_ja" if display.is_easy() else get_language() or "ja", texts["ja"])


def bare_number(number: str) -> str:
    """A telephone number without hyphens and spaces: ``0120279338``, ``#8008``."""
    return re.sub(r"[^0-9#]", "", number)


def first_words(needs: list[str], channel: str) -> list[str]:
    """Return up to three sentences to begin with: of the first known need, then of the channel."""
    texts = _texts()["first_words"]
    by_need: list[str] = next(
        (_in_language(texts["by_topic"][key]) for key in needs if key in texts["by_topic"]), []
    )
    by_channel: list[str] = (
        _in_language(texts["by_channel"][channel]) if channel in texts["by_channel"] else []
    )
    return [*by_need, *by_channel][:3]


def steps(channel: Channel) -> list[str]:
    """Return what happens after one calls, writes or goes, in three sentences."""
    texts = _texts()["steps"]
    number = bare_number(channel.value) if channel.type == Channel.Type.PHONE else ""
    found = texts["by_number"].get(number) or texts["by_channel"].get(channel.type)
    return list(_in_language(found)) if found else []


def call_cost(kind: str, value: str, toll_free: bool | None) -> tuple[bool | None, list[str]]:
    """Return whether a channel is free (None: it depends) and, for calls, sentences on cost and mobiles.

    ``kind``, ``value`` and ``toll_free`` are those of ``Channel``. What the directory knows of this very
    channel goes before the rule for its kind of number.
    """
    if kind != Channel.Type.PHONE:
        return toll_free, []
    number = bare_number(value)
    rule = next((rule for rule in _texts()["call_costs"] if re.match(rule["pattern"], number)), None)
    if rule is None:
        return toll_free, []
    free: bool | None = rule["free"] if toll_free is None else toll_free
    return free, [_in_language(rule["cost"]), _in_language(rule["mobile_note"])]


def traces(channel: str) -> str:
    """Return what stays visible on the person's own device after using this kind of channel."""
    texts = _texts()["traces"]
    return str(_in_language(texts[channel])) if channel in texts else ""
