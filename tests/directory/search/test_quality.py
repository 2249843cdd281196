"""The static prior."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tsunagari.directory.ageing import confirmed_on
from tsunagari.directory.search.quality import FRESH, HALF_LIFE_DAYS, OLD, Facts, quality

BEST = Facts(
    contact_verified=True, curated_nationwide=True, confirmed_on=date(2026, 11, 24), answered_share=1.0,
    has_hours=True, has_description=True, has_url=True, has_easy_description=True,
    temporarily_closed=False, emergency=False,
)  # fmt: skip
ON = date(2026, 11, 24)


def test_the_best_is_one() -> None:
    assert quality(BEST, ON) == 1.0


@pytest.mark.parametrize(
    "worse",
    [
        {"contact_verified": False}, {"curated_nationwide": False}, {"confirmed_on": date(2024, 12, 1)},
        {"confirmed_on": None}, {"answered_share": 0.02}, {"answered_share": None}, {"has_hours": False},
        {"has_url": False}, {"temporarily_closed": True}, {"emergency": True},
    ],
)  # fmt: skip
def test_each_lack_costs(worse: dict[str, object]) -> None:
    assert 0 <= quality(replace(BEST, **worse), ON) < 1.0  # type: ignore[arg-type]


def test_freshness_halves() -> None:
    def freshness(days: int) -> float:
        return quality(replace(BEST, confirmed_on=ON - timedelta(days=days)), ON) - (1 - FRESH)

    assert freshness(HALF_LIFE_DAYS) == pytest.approx(FRESH * OLD / 2, abs=1e-6)
    assert freshness(2 * HALF_LIFE_DAYS) == pytest.approx(FRESH * OLD / 4, abs=1e-6)


def test_six_months_are_a_step_down_and_the_old_keep_their_order() -> None:
    days = [date(2026, 5, 25), date(2026, 5, 24), date(2024, 12, 1), date(2024, 6, 1)]
    priors = [quality(replace(BEST, confirmed_on=day), ON) for day in days]
    assert priors == sorted(priors, reverse=True)
    losses = [before - after for before, after in zip(priors, priors[1:], strict=False)]
    # one day over the six months costs more than the next year and a half
    assert losses[0] > losses[1] > losses[2] > 0
    assert losses[0] > FRESH * (1 - OLD) * 0.75


def test_a_date_in_the_future_is_not_better_than_today() -> None:
    assert quality(replace(BEST, confirmed_on=date(2030, 1, 1)), ON) == 1.0


@pytest.mark.parametrize(
    ("assured", "as_of", "expected"),
    [
        (date(2026, 1, 2), "2024-12", date(2026, 1, 2)), (None, "2024-12", date(2024, 12, 1)),
        (None, "", None), (None, "いつか", None),
    ],
)  # fmt: skip
def test_confirmed_on(assured: date | None, as_of: str, expected: date | None) -> None:
    assert confirmed_on(assured, as_of) == expected
