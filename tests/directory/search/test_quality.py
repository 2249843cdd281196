"""The static prior."""

from dataclasses import replace
from datetime import date

import pytest

from tsunagari.directory.search.quality import Facts, confirmed_on, quality

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
    losses = [
        1 - quality(replace(BEST, confirmed_on=day), ON) for day in (date(2025, 6, 2), date(2023, 12, 10))
    ]
    assert losses == [pytest.approx(0.1), pytest.approx(0.15, abs=0.001)]


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
