"""What a person agrees to before the first word, in the words of ``data/consultation/consent.json``.

A conversation keeps the version of the words that were shown. They follow what the organisation has decided
on tracing, and how long the helpline keeps; there is one text for adults and one that a ten-year-old reads.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Consent:
    """The words of the consent in one language: four short lines, and (title, text) below them."""

    version: str
    lines: tuple[str, ...]
    details: tuple[tuple[str, str], ...]


@functools.cache
def _data() -> dict[str, Any]:
    path = Path(settings.DATA_DIR) / "consultation" / "consent.json"
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def consent(*, language: str, young: bool, tracing: str, days: int) -> Consent:
    """The words as they are shown.

    Args:
        language: of the conversation: ja, ja-easy or en.
        tracing: a `TracingDecision.Choice`. Without a decision nothing is kept, which is what ``never`` says.
        days: how long the helpline keeps a conversation.
    """
    data = _data()
    part = data["young" if young else "adult"]
    word = {"ja": "ja", "ja-easy": "easy", "en": "en"}[language]

    def say(texts: dict[str, str]) -> str:
        return texts[word].replace("{days}", str(days))

    return Consent(
        version=data["version"],
        lines=tuple(say(line) for line in part["lines"] if line.get("only", tracing) == tracing),
        details=tuple((say(each["title"]), say(each["text"])) for each in part["details"]),
    )
