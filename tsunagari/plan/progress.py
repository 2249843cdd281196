"""Progress of a figure by Open SDG's classes, said only where the uncertainty allows it. Pure: no Django.

The method is Statistics Canada's, which Open SDG uses: the growth observed against the growth that would
reach the target in time (https://github.com/open-sdg/open-sdg, docs/progress-methodology.md). Two things are
added: a change that lies within the error is no change that anybody may claim, and a series is followed only
since its last break.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

Z = 1.959964
"""For 95 %."""
DAYS_OF_YEAR = 365.25
HIGH, MEDIUM = 0.95, 0.60
"""Share of the growth needed from which progress is substantial, or moderate."""
HIGH_GROWTH, MEDIUM_GROWTH = 0.015, 0.005
"""Growth a year from which it is, where there is no target."""


class ProgressClass(StrEnum):
    """Open SDG's classes."""

    NOT_AVAILABLE = "not-available"
    DETERIORATION = "deterioration"
    LIMITED = "limited"
    MODERATE = "moderate"
    SUBSTANTIAL = "substantial"
    TARGET_ACHIEVED = "target-achieved"


class Change(StrEnum):
    """What may be said of the change between two observations."""

    IMPROVED = "improved"
    WORSENED = "worsened"
    UNCHANGED = "unchanged"
    UNCLEAR = "unclear"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a class is not available."""

    NONE = ""
    NOT_MEASURED = "not-measured"
    ONE_OBSERVATION = "one-observation"
    WITHIN_ERROR = "within-error"
    ERROR_UNKNOWN = "error-unknown"


class Uncertainty(StrEnum):
    """Where a figure's interval comes from."""

    STANDARD_ERROR = "standard_error"
    COUNTS = "counts"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Point:
    """One observation with a value; ``low`` and ``high`` None: no interval is known."""

    ends_on: date
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Aim:
    """What is to be reached, and by when."""

    value: float
    deadline_on: date


@dataclass(frozen=True, slots=True)
class Progress:
    """What may be said of a series: its class, and the change with the interval of the difference."""

    status: ProgressClass
    change: Change
    reason: Reason = Reason.NONE
    base: Point | None = None
    latest: Point | None = None
    low: float | None = None
    high: float | None = None


def interval(
    value: float | None,
    *,
    uncertainty: Uncertainty,
    standard_error: float | None = None,
    numerator: float | None = None,
    denominator: float | None = None,
) -> tuple[float, float] | None:
    """The 95 % interval of a figure; None where none is known.

    With a standard error the normal one; of a share of events that could have gone otherwise, Wilson's. A
    complete count of what is there has none.
    """
    if value is None or not math.isfinite(value):
        return None
    if uncertainty is Uncertainty.STANDARD_ERROR and standard_error is not None:
        return value - Z * standard_error, value + Z * standard_error
    if uncertainty is Uncertainty.COUNTS and numerator is not None and denominator:
        if not 0 <= numerator <= denominator:
            return None
        low, high = wilson(numerator, denominator)
        scale = value * denominator / numerator if numerator else 1.0
        return low * scale, high * scale
    return None


def wilson(numerator: float, denominator: float) -> tuple[float, float]:
    """Wilson's score interval of a share (1927), for 95 %."""
    share, square = numerator / denominator, Z * Z
    middle = (share + square / (2 * denominator)) / (1 + square / denominator)
    half = (
        Z
        * math.sqrt(share * (1 - share) / denominator + square / (4 * denominator**2))
        / (1 + square / denominator)
    )
    return max(middle - half, 0.0), min(middle + half, 1.0)


def difference(base: Point, latest: Point) -> tuple[float, float] | None:
    """The 95 % interval of latest − base (MOVER, Zou and Donner 2008); None where either has none."""
    if base.low is None or base.high is None or latest.low is None or latest.high is None:
        return None
    change = latest.value - base.value
    down = math.hypot(latest.value - latest.low, base.high - base.value)
    up = math.hypot(latest.high - latest.value, base.value - base.low)
    return change - down, change + up


def segments(points: Iterable[Point], breaks: Iterable[date]) -> list[list[Point]]:
    """The series cut at its breaks, in order of time: no line and no comparison crosses one.

    A break's day is the first day of the new way of counting.
    """
    days = sorted(breaks)
    parts: dict[int, list[Point]] = {}
    for point in sorted(points, key=lambda each: each.ends_on):
        parts.setdefault(sum(day <= point.ends_on for day in days), []).append(point)
    return [parts[number] for number in sorted(parts)]


def assess(
    points: Sequence[Point],
    *,
    better_up: bool,
    uncertainty: Uncertainty,
    aim: Aim | None = None,
    breaks: Iterable[date] = (),
    limit: float | None = None,
) -> Progress:
    """The class of a series: since its last break, from its first observation to its newest.

    ``limit`` is the highest value that there can be (1 for a share): near it, less growth is asked for.
    """
    parts = segments(points, breaks)
    if not parts:
        return Progress(ProgressClass.NOT_AVAILABLE, Change.UNKNOWN, Reason.NOT_MEASURED)
    base, latest = parts[-1][0], parts[-1][-1]
    bounds = difference(base, latest) if base is not latest else None
    change = _change(base, latest, bounds, better_up, uncertainty)
    low, high = bounds or (None, None)

    def answer(status: ProgressClass, reason: Reason = Reason.NONE) -> Progress:
        return Progress(status, change, reason, base, latest, low, high)

    if aim is not None and reached(latest, aim.value, better_up=better_up, uncertainty=uncertainty):
        return answer(ProgressClass.TARGET_ACHIEVED)
    if base is latest:
        return answer(ProgressClass.NOT_AVAILABLE, Reason.ONE_OBSERVATION)
    if change is Change.UNKNOWN:
        return answer(ProgressClass.NOT_AVAILABLE, Reason.ERROR_UNKNOWN)
    if change is Change.UNCLEAR:
        return answer(ProgressClass.NOT_AVAILABLE, Reason.WITHIN_ERROR)
    if change is Change.WORSENED:
        return answer(ProgressClass.DETERIORATION)
    return answer(_class_of_growth(base, latest, better_up, aim, limit))


def reached(point: Point, value: float, *, better_up: bool, uncertainty: Uncertainty) -> bool | None:
    """Whether a value is reached: True or False only if the whole interval says so, else None."""
    if uncertainty is Uncertainty.NONE:
        return point.value >= value if better_up else point.value <= value
    if point.low is None or point.high is None:
        return None
    if better_up:
        return True if point.low >= value else False if point.high < value else None
    return True if point.high <= value else False if point.low > value else None


def _change(
    base: Point,
    latest: Point,
    bounds: tuple[float, float] | None,
    better_up: bool,
    uncertainty: Uncertainty,
) -> Change:
    if base is latest:
        return Change.UNKNOWN
    if uncertainty is Uncertainty.NONE:
        bounds = (latest.value - base.value,) * 2
        if bounds[0] == 0:
            return Change.UNCHANGED
    if bounds is None:
        return Change.UNKNOWN
    low, high = bounds if better_up else (-bounds[1], -bounds[0])
    return Change.IMPROVED if low > 0 else Change.WORSENED if high < 0 else Change.UNCLEAR


def _class_of_growth(
    base: Point, latest: Point, better_up: bool, aim: Aim | None, limit: float | None
) -> ProgressClass:
    if aim is not None:
        share = _share_of_needed(base, latest, aim)
        high, medium = HIGH, MEDIUM
    else:
        share = _growth(base.value, latest.value, _years(base.ends_on, latest.ends_on))
        share = share if better_up else -share
        scale = 1 - base.value / limit if better_up and limit and 0 <= base.value < limit else 1.0
        high, medium = HIGH_GROWTH * scale, MEDIUM_GROWTH * scale
    if share >= high:
        return ProgressClass.SUBSTANTIAL
    return ProgressClass.MODERATE if share >= medium else ProgressClass.LIMITED


def _share_of_needed(base: Point, latest: Point, aim: Aim) -> float:
    """Observed growth ÷ the growth that reaches the aim in time; from a base beyond the aim, all of it."""
    years, needed = _years(base.ends_on, latest.ends_on), _years(base.ends_on, aim.deadline_on)
    if needed <= 0 or aim.value == base.value:
        return 0.0 if (latest.value - base.value) * (aim.value - base.value) <= 0 else 1.0
    if min(base.value, latest.value, aim.value) > 0:
        growth = _growth(base.value, latest.value, years)
        return growth / _growth(base.value, aim.value, needed)
    # a rate of growth needs positive values: the straight line instead
    return (latest.value - base.value) / years / ((aim.value - base.value) / needed)


def _growth(base: float, latest: float, years: float) -> float:
    """Compound annual growth; from or to nothing, the change itself a year."""
    if base > 0 and latest > 0:
        return math.pow(latest / base, 1 / years) - 1
    return (latest - base) / years


def _years(begins_on: date, ends_on: date) -> float:
    return (ends_on - begins_on).days / DAYS_OF_YEAR
