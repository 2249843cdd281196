"""The bounds that search must keep on the judged questions, asked of the real directory."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.conf import settings

from bench.relevance import Figures, Share, measure, ndcg, questions
from tsunagari.directory.services.loading import load_directory


@pytest.fixture(scope="module")
def figures(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[Figures]:
    """Both halves, measured once on the loaded directory; what was loaded is rolled back."""
    from django.db import transaction  # noqa: PLC0415 - within the blocker

    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        load_directory(folder=settings.DATA_DIR, at=datetime(2026, 11, 24, tzinfo=UTC))
        yield measure("all")
        transaction.set_rollback(True)


@pytest.mark.slow
def test_danger_is_heard(figures: Figures) -> None:
    assert figures.recall.of >= 300
    assert figures.recall.value >= 0.98


@pytest.mark.slow
def test_few_false_alarms(figures: Figures) -> None:
    assert figures.false_alarms.of >= 300
    assert figures.false_alarms.value <= 0.05


@pytest.mark.slow
def test_what_fits_stands_first(figures: Figures) -> None:
    assert figures.graded >= 200
    assert figures.ndcg >= 0.85


def test_halves_are_disjoint_and_about_equal() -> None:
    for name in ("crisis", "negatives", "graded"):
        tune, final = questions(name, "tune"), questions(name, "final")
        assert len(tune) + len(final) == len(questions(name, "all"))
        assert not {row["q"] for row in tune} & {row["q"] for row in final}
        assert 0.4 < len(tune) / (len(tune) + len(final)) < 0.6


def test_ndcg_rewards_the_best_first() -> None:
    grades = {"best": 3, "good": 1}
    assert ndcg(["best", "good"], grades) == 1.0
    assert ndcg(["best", "best", "good"], grades) == 1.0
    assert 0 < ndcg(["good", "best"], grades) < 1
    assert ndcg(["other"], grades) == 0.0


def test_wilson_interval_of_all_found() -> None:
    low, high = Share(300, 300).interval
    assert high == 1.0
    assert 0.987 < low < 0.988
