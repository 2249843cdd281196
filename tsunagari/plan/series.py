"""A figure's series as points: what was measured, with the interval by the indicator's kind of error."""

from collections.abc import Iterable

from tsunagari.plan.models import Indicator, Observation
from tsunagari.plan.progress import Point, Uncertainty, interval


def interval_of(indicator: Indicator, observation: Observation) -> tuple[float, float] | None:
    """The 95 % interval of an observation; None where none is known."""
    return interval(
        observation.value,
        uncertainty=Uncertainty(indicator.uncertainty),
        standard_error=observation.standard_error,
        numerator=observation.numerator,
        denominator=observation.denominator,
    )


def points_of(indicator: Indicator, observations: Iterable[Observation]) -> list[Point]:
    """What was measured, in order of time; suppressed and unmeasured periods have no point."""
    points = []
    for observation in observations:
        if observation.value is not None:
            low, high = interval_of(indicator, observation) or (None, None)
            points.append(Point(observation.ends_on, observation.value, low, high))
    return sorted(points, key=lambda point: point.ends_on)
