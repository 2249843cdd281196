"""Open SDG's classes, and what the uncertainty does not let anybody say."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagari.plan.progress import (
    Aim,
    Change,
    Point,
    ProgressClass,
    Reason,
    Uncertainty,
    assess,
    difference,
    interval,
    reached,
    segments,
    wilson,
)

EXACT, SAMPLE = Uncertainty.NONE, Uncertainty.STANDARD_ERROR


def year(number: int, value: float, error: float | None = None) -> Point:
    low, high = interval(value, uncertainty=SAMPLE, standard_error=error) or (None, None)
    return Point(date(number, 12, 31), value, low, high)


AIM = Aim(200.0, date(2030, 12, 31))


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        (200.0, ProgressClass.TARGET_ACHIEVED),
        # (200/100)^(1/10) − 1 is 7.18 % a year; 95 % of it over five years is 138.99, 60 % of it 123.44
        (139.1, ProgressClass.SUBSTANTIAL),
        (138.8, ProgressClass.MODERATE),
        (123.6, ProgressClass.MODERATE),
        (123.3, ProgressClass.LIMITED),
        (100.0, ProgressClass.LIMITED),
        (99.9, ProgressClass.DETERIORATION),
    ],
)
def test_the_class_follows_growth_against_the_growth_needed(latest: float, expected: str) -> None:
    points = [year(2020, 100.0), year(2025, latest)]
    assert assess(points, better_up=True, uncertainty=EXACT, aim=AIM).status == expected


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        (92.7, ProgressClass.SUBSTANTIAL),  # 1.5 % a year downwards is 92.72
        (92.8, ProgressClass.MODERATE),
        (97.5, ProgressClass.MODERATE),  # 0.5 % a year is 97.52
        (97.6, ProgressClass.LIMITED),
        (100.1, ProgressClass.DETERIORATION),
    ],
)
def test_without_an_aim_fixed_rates_are_asked_for_in_the_better_direction(
    latest: float, expected: str
) -> None:
    points = [year(2020, 100.0), year(2025, latest)]
    assert assess(points, better_up=False, uncertainty=EXACT).status == expected


def test_near_the_highest_value_less_growth_is_asked_for() -> None:
    points = [year(2020, 0.95), year(2025, 0.955)]
    assert assess(points, better_up=True, uncertainty=EXACT).status is ProgressClass.LIMITED
    assert assess(points, better_up=True, uncertainty=EXACT, limit=1.0).status is ProgressClass.SUBSTANTIAL


def test_the_survey_of_2021_to_2024_says_nothing_about_loneliness() -> None:
    """4.5 % (n=11,867) in 2021, 4.3 % (n=10,876) in 2024: published, and within the error."""
    points = [
        year(2021, 4.5, (4.5 * 95.5 / 11867) ** 0.5),
        year(2024, 4.3, (4.3 * 95.7 / 10876) ** 0.5),
    ]
    found = assess(points, better_up=False, uncertainty=SAMPLE)
    assert (found.status, found.change, found.reason) == (
        ProgressClass.NOT_AVAILABLE,
        Change.UNCLEAR,
        Reason.WITHIN_ERROR,
    )
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


def test_from_2021_to_2022_loneliness_at_all_grew_beyond_the_error() -> None:
    points = [
        year(2021, 36.4, (36.4 * 63.6 / 11867) ** 0.5),
        year(2022, 40.3, (40.3 * 59.7 / 11218) ** 0.5),
    ]
    assert assess(points, better_up=False, uncertainty=SAMPLE).status is ProgressClass.DETERIORATION


def test_an_estimate_without_its_error_claims_nothing() -> None:
    points = [year(2021, 4.5), year(2024, 1.0)]
    found = assess(points, better_up=False, uncertainty=SAMPLE)
    assert (found.status, found.reason) == (ProgressClass.NOT_AVAILABLE, Reason.ERROR_UNKNOWN)
    assert reached(points[1], 2.0, better_up=False, uncertainty=SAMPLE) is None


def test_an_aim_is_reached_only_if_the_whole_interval_is_beyond_it() -> None:
    assert reached(year(2025, 10.0, 0.4), 9.0, better_up=True, uncertainty=SAMPLE) is True
    assert reached(year(2025, 10.0, 0.6), 9.0, better_up=True, uncertainty=SAMPLE) is None
    assert reached(year(2025, 10.0, 0.4), 11.0, better_up=True, uncertainty=SAMPLE) is False


def test_a_break_is_never_crossed() -> None:
    points = [year(2019, 10), year(2020, 11), year(2021, 50), year(2022, 49)]
    breaks = [date(2021, 4, 1)]
    assert [[p.value for p in part] for part in segments(points, breaks)] == [[10, 11], [50, 49]]
    assert assess(points, better_up=True, uncertainty=EXACT).status is ProgressClass.SUBSTANTIAL
    found = assess(points, better_up=True, uncertainty=EXACT, breaks=breaks)
    assert (found.status, found.base) == (ProgressClass.DETERIORATION, points[2])
    alone = assess(points[:3], better_up=True, uncertainty=EXACT, breaks=breaks)
    assert (alone.status, alone.reason) == (ProgressClass.NOT_AVAILABLE, Reason.ONE_OBSERVATION)


def test_wilson_against_newcombe_1998() -> None:
    """Newcombe (1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (numerator, denominator), bounds in published.items():
        assert wilson(numerator, denominator) == pytest.approx(bounds, abs=5e-5)


def test_a_difference_of_shares_against_newcombe_1998() -> None:
    """Newcombe (1998), interval estimation for the difference, table II, method 10: 56/70 − 48/80."""
    points = []
    for numerator, denominator in ((48, 80), (56, 70)):
        low, high = wilson(numerator, denominator)
        points.append(Point(date(2020, 1, 1), numerator / denominator, low, high))
    assert difference(*points) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_percent_keeps_its_scale() -> None:
    low, high = interval(30.0, uncertainty=Uncertainty.COUNTS, numerator=30, denominator=100) or (0, 0)
    assert (low, high) == pytest.approx(tuple(100 * bound for bound in wilson(30, 100)))


@given(
    st.lists(st.floats(0, 1000), min_size=1, max_size=8),
    st.booleans(),
    st.one_of(st.none(), st.floats(0, 1000)),
    st.one_of(st.none(), st.floats(0, 50)),
)
def test_nothing_is_called_progress_that_the_interval_does_not_show(
    values: list[float], better_up: bool, aim: float | None, error: float | None
) -> None:
    points = [year(2015 + number, value, error) for number, value in enumerate(values)]
    found = assess(
        points,
        better_up=better_up,
        uncertainty=SAMPLE,
        aim=Aim(aim, date(2030, 12, 31)) if aim is not None else None,
    )
    assert found.status in set(ProgressClass)
    if found.status in {ProgressClass.LIMITED, ProgressClass.MODERATE, ProgressClass.SUBSTANTIAL}:
        assert found.low is not None
        assert found.high is not None
        assert (found.low > 0) if better_up else (found.high < 0)
    if found.status is ProgressClass.TARGET_ACHIEVED:
        assert error is not None
        assert aim is not None
