"""What the lexicon says about a text."""

from dataclasses import dataclass
from typing import Literal

Strength = Literal["strong", "weak", "weighed"]


class LexiconError(ValueError):
    """A file of data/lexicon/ is wrong; the message names the file and the line or the place in it."""


@dataclass(frozen=True, slots=True)
class NeedMatch:
    """A need that the text speaks of.

    score: over 0 up to 1. expressions: what of the lexicon was found, as written there, longest first.
    """

    key: str
    score: float
    expressions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrisisSignal:
    """A sign of danger.

    kind: a class of crisis.json. matched: the words that gave it, in the lexicon's writing (hiragana).
    strength: "strong" for what is done, felt or wanted; "weak" for a bare noun or stem (自殺, DV), which
    counts unless the text only asks for information; "weighed" for what no rule named but the whole text
    says.
    """

    kind: str
    matched: str
    strength: Strength


@dataclass(frozen=True, slots=True)
class Understanding:
    """All that was understood of a text.

    needs: best first. pins: keys of services to show above everything, best first, empty without a crisis.
    channels: types of `directory.models.Channel` that are wanted. language: ISO 639-1 (``tl`` for Filipino)
    or None. audience: keys of needs of kind "audience", and "child", "youth", "older". terms: canonical words
    for variants in the text (ナマポ → 生活保護). residual: what is left for full-text search.
    """

    needs: tuple[NeedMatch, ...] = ()
    crisis: tuple[CrisisSignal, ...] = ()
    pins: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    language: str | None = None
    open_now: bool = False
    free: bool = False
    audience: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    residual: str = ""

    @property
    def is_crisis(self) -> bool:
        """Whether lines are to be pinned."""
        return bool(self.crisis)
