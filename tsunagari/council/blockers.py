"""What blocks a decision, as other apps see it: each registers a function that the secretariat's desk asks.

    blockers.register("plan", lambda viewer, at: [Blocker(sentence=…, url=…, due_on=…)])

Call it in the app's `AppConfig.ready`; the council knows none of the apps above it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # an AppConfig imports this before models can be loaded
    from tsunagari.accounts.models import User


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that stands in the way: a sentence for people, and where it can be put right."""

    sentence: str
    url: str
    subject: str = ""
    due_on: date | None = None


Source = Callable[["User", datetime], Iterable[Blocker]]
_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Add a source; under the same name it takes the place of the earlier one."""
    _sources[name] = source


def forget(name: str) -> None:
    """Take a source away."""
    _sources.pop(name, None)


def blockers_seen_by(viewer: "User", at: datetime) -> list[Blocker]:
    """All that the sources name to ``viewer``, source by source."""
    return [blocker for source in _sources.values() for blocker in source(viewer, at)]
