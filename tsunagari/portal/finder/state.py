"""The answers as they travel from page to page: only ever inside a sealed token, and stored nowhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class State:
    """Answers by question; the question to ask (else the next one); places among which to choose; and the
    questions whose answers are not to be shown to others.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    asking: str = ""
    places: tuple[str, ...] = ()
    left_out: frozenset[str] = frozenset()

    def asked(self, key: str) -> "State":
        """The same answers, with another question to ask."""
        return replace(self, asking=key, places=())

    def without(self, key: str) -> "State":
        """The same, with an answer left out, or taken in again if it was."""
        return replace(self, left_out=self.left_out ^ {key})

    def to_payload(self) -> dict[str, Any]:
        """What is sealed; empty parts are left out."""
        parts = {
            "a": dict(self.answers),
            "q": self.asking,
            "p": list(self.places),
            "x": sorted(self.left_out),
        }
        return {key: part for key, part in parts.items() if part}

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> "State":
        """What ``to_payload`` gave. That questions and answers still exist is for the rules to say."""
        return cls(
            answers=dict(payload.get("a", {})),
            asking=payload.get("q", ""),
            places=_strings(payload.get("p", ())),
            left_out=frozenset(_strings(payload.get("x", ()))),
        )


def _strings(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)
