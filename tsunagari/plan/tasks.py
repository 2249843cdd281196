"""Jobs of the plan, run by the worker."""

from uuid import UUID

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from tsunagari.plan.models import Plan
from tsunagari.plan.services.change_requests import open_for_missed_targets
from tsunagari.plan.services.observations import live_indicator_ids, observe_period
from tsunagari.plan.services.standings import compute_standings

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=4)


# procrastinate counts in UTC: 5:10 in Tokyo, after the directory's nightly figures
@app.periodic(cron="10 20 * * *")
@app.task(name="plan.observe_live_figures")
def observe_live_figures(timestamp: int) -> int:
    """Each night: one job for each live figure, which keeps its last whole period if it is not there yet."""
    found = live_indicator_ids(timezone.now())
    for indicator_id in found:
        observe_live_figure.defer(indicator_id=str(indicator_id))
    return len(found)


@app.task(name="plan.observe_live_figure", retry=AGAIN)
def observe_live_figure(indicator_id: str) -> int:
    """Keep the last whole period of a live figure; again, it changes nothing."""
    return observe_period(indicator_id=UUID(indicator_id), at=timezone.now())


@app.periodic(cron="30 20 * * *")
@app.task(name="plan.open_change_requests")
def open_change_requests(timestamp: int) -> int:
    """Each night: targets whose deadline has passed unreached, or unmeasured, ask for change."""
    return sum(open_for_missed_targets(plan=plan, at=timezone.now()) for plan in Plan.objects.all())


@app.periodic(cron="40 20 * * *")
@app.task(name="plan.compute_standings")
def compute_all_standings(timestamp: int) -> int:
    """Each night: where every figure stands, since targets may have changed with a version."""
    return compute_standings()
