"""A figure's series as points: what was measured, with the interval by the indicator's kind of error."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from tsunagari.plan.models import Indicator
from tsunagari.plan.progress import Point, Uncertainty, interval


class Observed(Protocol):
    """What a point is made of: an `Observation`, or a row with these of its columns."""

    @property
    def ends_on(self) -> date: ...
    @property
    def value(self) -> float | None: ...
    @property
    def numerator(self) -> float | None: ...
    @property
    def denominator(self) -> float | None: ...
    @property
    def standard_error(self) -> float | None: ...


def interval_of(indicator: Indicator, observation: Observed) -> tuple[float, float] | None:
    """The 95 % interval of an observation; None where none is known."""
    return interval(
        observation.value,
        uncertainty=Uncertainty(indicator.uncertainty),
        standard_error=observation.standard_error,
        numerator=observation.numerator,
        denominator=observation.denominator,
    )


def points_of(indicator: Indicator, observations: Iterable[Observed]) -> list[Point]:
    """What was measured, in order of time; suppressed and unmeasured periods have no point."""
    points = []
    for observation in observations:
        if observation.value is not None:
            low, high = interval_of(indicator, observation) or (None, None)
            points.append(Point(observation.ends_on, observation.value, low, high))
    return sorted(points, key=lambda point: point.ends_on)
