"""Official texts in やさしい日本語 (programmes_easy_texts.json), by the very words of the official text.

An easy text belongs to one wording: where somebody has changed the official text since, there is none, and
the official one is shown with its readings. So the two never say different things.
"""

import functools
import json
from collections.abc import Sequence

from django.conf import settings

from tsunagari.directory.models import Service


@functools.cache
def _texts() -> dict[str, str]:
    file = settings.DATA_DIR / "programmes_easy_texts.json"
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))["texts"]
    return found


def easy_of(official: str) -> str:
    """The easy words for an official text; empty where there are none for it as it stands."""
    return _texts().get(official, "")


def easy_list(officials: Sequence[str], *, mark: str) -> str:
    """Easy words for each, one a line behind ``mark``; empty unless there are some for all of them."""
    found = [easy_of(each) for each in officials]
    return "\n".join(f"{mark}{each}" for each in found) if all(found) else ""


def has_easy_words(service: Service) -> bool:
    """Whether any of an entry's facts has easy words: nobody has checked them yet, and its page says so."""
    facts = (service.eligibility_description, service.application_process, service.fees_description)
    return any(map(easy_of, facts))
