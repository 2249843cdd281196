"""What happens each night by itself: registered with its hour, deferred when it comes, done by a worker."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.periodic import PeriodicDeferrer, PeriodicRegistry

from tests.directory.test_tasks import work
from tests.plan.making import make_indicator, make_measure, make_plan, make_target, make_version
from tsunagari.plan.models import ChangeRequest, Indicator, Observation, PlanVersion, Standing
from tsunagari.plan.services.indicator_loading import load_indicators
from tsunagari.plan.services.observations import live_indicator_ids

NIGHTLY = {
    "plan.observe_live_figures": "5:10",
    "plan.open_change_requests": "5:30",
    "plan.compute_standings": "5:40",
}
"""Task → its hour in Tokyo."""


@pytest.fixture
def version(transactional_db: None) -> Iterator[PlanVersion]:
    with connection.cursor() as cursor:
        # Django does not manage procrastinate's tables, so no test's end empties them
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_periodic_defers CASCADE")
    yield make_version(make_plan())
    with connection.cursor() as cursor:
        # what was observed refuses to be deleted row by row
        cursor.execute("TRUNCATE plan_plan, plan_indicator CASCADE")
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_periodic_defers CASCADE")


def registry_of(*names: str) -> PeriodicRegistry:
    """The application's own periodic tasks of these names."""
    found = PeriodicRegistry()
    found.periodic_tasks = {
        key: task for key, task in app.periodic_registry.periodic_tasks.items() if key[0] in names
    }
    return found


def the_hour_comes(*names: str) -> int:
    """Let procrastinate's own deferrer look now, as if a day were not too late; how many were due."""
    deferrer = PeriodicDeferrer(registry_of(*names), max_delay=86_400)
    due = list(deferrer.get_previous_tasks(at=time.time()))

    async def run() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as worker:
            async with worker.open_async():
                await deferrer.defer_jobs(jobs_to_defer=due)

    async_to_sync(run)()
    return len(due)


@pytest.mark.parametrize(("name", "hour"), NIGHTLY.items())
def test_each_is_due_once_a_day_at_its_hour_in_tokyo(name: str, hour: str):
    (periodic,) = registry_of(name).periodic_tasks.values()
    first = periodic.croniter.get_next(
        ret_type=float, start_time=datetime(2026, 11, 24, tzinfo=UTC).timestamp()
    )
    second = periodic.croniter.get_next(ret_type=float, start_time=first)
    when = datetime.fromtimestamp(first, ZoneInfo("Asia/Tokyo"))
    assert f"{when.hour}:{when.minute:02}" == hour
    assert second - first == 86_400


def test_a_live_figure_is_observed_by_the_night(version: PlanVersion):
    live = make_indicator(
        version.plan.secretariat, source="live", registry_key="plan.measures_with_target", uncertainty="none",
        frequency="M", starts_on=date(2020, 4, 1),
    )  # fmt: skip
    make_target(version, make_measure(version))
    make_measure(version)
    assert the_hour_comes("plan.observe_live_figures") == 1
    work()
    observation = Observation.objects.get(indicator=live)
    month_ends = datetime.now(tz=ZoneInfo("Asia/Tokyo")).date().replace(day=1) - timedelta(days=1)
    assert observation.ends_on == month_ends
    assert observation.begins_on == month_ends.replace(day=1)
    assert observation.maker == "core.indicators:plan.measures_with_target"
    # a version that is newer than the period says nothing of it; either way it is written down what is known
    assert observation.state in {"measured", "not_measured"}
    assert Standing.objects.filter(indicator=live).exists()
    # (the worker itself also does what is due each minute)
    ours = ProcrastinateJob.objects.filter(task_name__startswith="plan.")
    assert set(ours.values_list("task_name", "status")) == {
        ("plan.observe_live_figures", "succeeded"),
        ("plan.observe_live_figure", "succeeded"),
    }


def test_two_workers_and_a_second_look_make_one_observation(version: PlanVersion):
    """The hour is taken once, whoever sees it: procrastinate keeps which moments were deferred."""
    make_indicator(
        version.plan.secretariat, source="live", registry_key="plan.measures_with_target", uncertainty="none",
        frequency="M", starts_on=date(2020, 4, 1),
    )  # fmt: skip
    for _ in range(2):
        assert the_hour_comes("plan.observe_live_figures") == 1
    assert ProcrastinateJob.objects.filter(task_name="plan.observe_live_figures").count() == 1
    work()
    work()
    assert Observation.objects.count() == 1


def test_every_figure_that_the_work_measures_is_observed(version: PlanVersion):
    """The figures of ``data/``: each live one gets a row for its last period, measured or honestly not."""
    load_indicators(folder=settings.DATA_DIR, at=datetime.now(tz=UTC))
    # whatever day it is, a period of each has ended
    Indicator.objects.update(starts_on=date(2020, 4, 1))
    wanted = set(live_indicator_ids(datetime.now(tz=UTC)))
    assert len(wanted) >= 20
    the_hour_comes("plan.observe_live_figures")
    work()
    assert not ProcrastinateJob.objects.exclude(status="succeeded").exists()
    observed = Observation.objects.filter(indicator__source="live").values_list("indicator_id", flat=True)
    assert set(observed) == wanted


def test_a_missed_target_asks_for_change_by_night(version: PlanVersion):
    indicator = make_indicator(version.plan.secretariat)
    measure = make_measure(version)
    make_target(version, measure, indicator, deadline_on=date(2025, 3, 31))
    assert the_hour_comes("plan.open_change_requests", "plan.compute_standings") == 2
    work()
    request = ChangeRequest.objects.get()
    assert (request.measure, request.state) == (measure, "open")
    assert Standing.objects.filter(indicator=indicator).exists()
    assert not ProcrastinateJob.objects.exclude(status="succeeded").exists()
