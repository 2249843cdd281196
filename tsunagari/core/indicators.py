"""The registry of figures that apps offer to the plan.

An app registers functions in its ``indicators.py``; the plan finds them here and no app knows the plan.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from tsunagari.core.areas import AreaNode


class UnknownIndicator(LookupError):
    """No indicator is registered under this key."""


class DuplicateIndicator(Exception):
    """Two functions were registered under one key."""


@dataclass(frozen=True, slots=True)
class Period:
    """From ``begins_on`` to ``ends_on``, both inclusive, in Asia/Tokyo."""

    begins_on: date
    ends_on: date

    def __post_init__(self) -> None:
        if self.begins_on > self.ends_on:
            raise ValueError("a period ends on or after the day on which it begins")


@dataclass(frozen=True, slots=True)
class Observation:
    """A figure: ``value`` None means *not measured*, which is a value; ``suppressed`` hides a small count."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    standard_error: float | None = None
    suppressed: bool = False

    def __post_init__(self) -> None:
        if self.suppressed and not (self.value is None and self.numerator is None):
            raise ValueError("a suppressed figure carries neither value nor numerator")


NOT_MEASURED = Observation(value=None)

# area None: the whole country
Measure = Callable[[AreaNode | None, Period], Observation]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure's stable key, its names, its unit and the function that computes it."""

    key: str
    name_ja: str
    name_en: str
    unit: str
    measure: Measure


_registry: dict[str, Indicator] = {}


def indicator(*, key: str, name_ja: str, name_en: str, unit: str) -> Callable[[Measure], Measure]:
    """Register a function under ``key`` (``app.figure``; never changed once published).

    Raises:
        DuplicateIndicator: the key is taken.
    """

    def register(measure: Measure) -> Measure:
        if key in _registry:
            raise DuplicateIndicator(key)
        _registry[key] = Indicator(key, name_ja, name_en, unit, measure)
        return measure

    return register


def indicators() -> list[Indicator]:
    """All registered indicators, by key."""
    return [_registry[key] for key in sorted(_registry)]


def observe(key: str, area: AreaNode | None, period: Period) -> Observation:
    """Compute one figure now.

    Raises:
        UnknownIndicator: nothing is registered under ``key``.
    """
    try:
        found = _registry[key]
    except KeyError as error:
        raise UnknownIndicator(key) from error
    return found.measure(area, period)
