"""The needs in memory: their names, and which are near to which."""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils import translation

from tsunagari.core import display
from tsunagari.directory.models import TaxonomyTerm

_SECONDS_KEPT = 600
PARENT = 0.5
"""What a service for the wider need is worth to somebody with a narrower one."""
CHILD = 0.45

_lock = threading.Lock()
_kept: tuple[float, dict[str, "Need"]] | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A need by its key, with the key of the wider need that it belongs to."""

    key: str
    name: str
    name_en: str
    name_easy: str
    parent: str | None

    @property
    def shown(self) -> str:
        """Its name in the language of the request."""
        if display.is_easy() and self.name_easy:
            return self.name_easy
        return self.name_en if translation.get_language() == "en" and self.name_en else self.name


def known_needs() -> dict[str, Need]:
    """Every need by key in the taxonomy's order, read at most every ten minutes."""
    global _kept
    now = time.monotonic()
    kept = _kept
    if kept is None or now - kept[0] > _SECONDS_KEPT:
        terms = TaxonomyTerm.objects.filter(taxonomy__key="need").select_related("parent")
        found = {
            term.code: Need(
                term.code, term.name, term.name_en, term.name_easy, term.parent.code if term.parent else None
            )
            for term in terms
        }
        kept = (now, found)
        with _lock:
            _kept = kept
    return kept[1]


def forget() -> None:
    """Read the needs anew at the next use."""
    global _kept
    with _lock:
        _kept = None


def widened(needs: Mapping[str, float]) -> dict[str, float]:
    """The needs with the wider ones that they belong to, at a share of their weight."""
    known = known_needs()
    found = {key: weight for key, weight in needs.items() if key in known}
    for key, weight in list(found.items()):
        parent = known[key].parent
        if parent is not None:
            found[parent] = max(found.get(parent, 0.0), weight * PARENT)
    return found


def categories() -> tuple[tuple[str, str], ...]:
    """(key, name) of the widest needs: what is offered when nothing was found."""
    parents = {need.parent for need in known_needs().values() if need.parent}
    return tuple(
        (need.key, need.shown)
        for need in known_needs().values()
        if need.parent is None and need.key in parents
    )


def names_of(keys: Iterable[str]) -> list[str]:
    """The names of needs in the language of the request; unknown keys are left out."""
    known = known_needs()
    return [known[key].shown for key in keys if key in known]
