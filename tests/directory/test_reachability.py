"""The estimate of the chance that a call is answered, and what may be said of it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagari.directory.reachability import PRIOR_SHARE, Seen, Told, chance, told

ON = date(2026, 11, 24)


def seen(attempts: int, answered: int, *, days: int = 0, kind: str = "measured", **more: object) -> Seen:
    return Seen(attempts, answered, ON - timedelta(days=days), kind, **more)  # type: ignore[arg-type]


def test_of_an_unknown_line_the_prior() -> None:
    assert chance([], ON) == PRIOR_SHARE


@pytest.mark.parametrize(
    ("observations", "expected"),
    [
        # (10 + 200) / (20 + 500)
        ([seen(500, 200)], 210 / 520),
        # three lucky calls prove little: (10 + 3) / (20 + 3)
        ([seen(3, 3)], 13 / 23),
        # a year old counts half: (10 + 100) / (20 + 250)
        ([seen(500, 200, days=365)], 110 / 270),
        # a report counts 0.7: (10 + 140) / (20 + 350)
        ([seen(500, 200, kind="reported")], 150 / 370),
        # a million calls count as 500
        ([seen(1_000_000, 20_000)], 20 / 520),
        ([seen(100, 0), seen(100, 100)], 110 / 220),
    ],
)
def test_worked_examples(observations: list[Seen], expected: float) -> None:
    assert chance(observations, ON) == pytest.approx(expected)


def test_new_observations_outweigh_old_ones() -> None:
    worse_now = chance([seen(200, 20), seen(200, 180, days=730)], ON)
    better_now = chance([seen(200, 180), seen(200, 20, days=730)], ON)
    assert worse_now < PRIOR_SHARE < better_now


def test_a_line_known_to_be_bad_stands_below_one_that_nobody_knows_and_a_good_one_above() -> None:
    assert chance([seen(5000, 200)], ON) < chance([], ON) < chance([seen(5000, 4000)], ON)


@given(
    st.lists(
        st.tuples(st.integers(1, 10**7), st.floats(0, 1), st.integers(-10, 4000)).map(
            lambda one: seen(one[0], int(one[0] * one[1]), days=one[2])
        ),
        max_size=20,
    )
)
def test_it_is_a_share_and_one_answered_call_more_never_lowers_it(observations: list[Seen]) -> None:
    share = chance(observations, ON)
    assert 0 < share < 1
    for place, each in enumerate(observations):
        if each.answered < each.attempts:
            better = [*observations]
            better[place] = Seen(each.attempts, each.answered + 1, each.on, each.kind)
            assert chance(better, ON) >= share


@pytest.mark.parametrize(
    ("attempts", "answered", "tenths"),
    [
        (1000, 400, 4),
        (1000, 449, 4),
        (1000, 450, 5),
        (1000, 0, 0),
        (1000, 49, 0),
        (1000, 50, 1),
        (20, 20, 10),
    ],
)
def test_it_is_told_in_tenths(attempts: int, answered: int, tenths: int) -> None:
    found = told([seen(attempts, answered, source="いのちの会")])
    assert found == Told(tenths, 2026, "measured", "いのちの会", None)


def test_nothing_is_told_of_few_calls() -> None:
    assert told([]) is None
    assert told([seen(19, 19)]) is None


def test_the_newest_large_observation_speaks_alone() -> None:
    old, new, small = seen(900, 90, days=400), seen(40, 20, wait_minutes=7), seen(5, 5)
    assert told([old, new, small]) == Told(5, 2026, "measured", "", 7)
    same_day = [seen(50, 5, kind="reported"), seen(30, 24, kind="measured")]
    assert told(same_day) == Told(8, 2026, "measured", "", None)
