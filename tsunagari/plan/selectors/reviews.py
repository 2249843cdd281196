"""Reviews and change requests; whether a target was reached; the figures of a measure for a year."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tsunagari.accounts.models import User
from tsunagari.accounts.selectors import active_memberships
from tsunagari.plan import figure_policies
from tsunagari.plan.models import (
    ChangeRequest,
    Indicator,
    MeasureIndicator,
    Observation,
    Plan,
    PlanVersion,
    Responsibility,
    Review,
    ReviewItem,
    SeriesBreak,
    Target,
    TargetIndicator,
)
from tsunagari.plan.progress import Aim, Uncertainty, assess, reached
from tsunagari.plan.selectors.indicators import RATIO, TOKYO, in_unit_of, ministries_of
from tsunagari.plan.series import interval_of, points_of

PATIENCE_DAYS = 90
"""A target without an indicator of its own is asked about so many days after its deadline."""


class Result(StrEnum):
    """What became of a target."""

    NOT_DUE = "not_due"
    ACHIEVED = "achieved"
    MISSED = "missed"
    UNCLEAR = "unclear"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class Judged:
    """A target, the indicator it is judged by, the observation that decides, and what became of it."""

    target: Target
    indicator: Indicator | None
    observation: Observation | None
    result: Result


def judge_targets(targets: Iterable[Target], at: datetime) -> list[Judged]:
    """What became of these targets: decided by the first observation that reaches their deadline."""
    targets = list(targets)
    links = {
        link.lineage_id: link.indicator
        for link in TargetIndicator.objects.filter(
            lineage_id__in=[target.lineage_id for target in targets]
        ).select_related("indicator")
    }
    series: dict[UUID, list[Observation]] = defaultdict(list)
    wanted = Observation.objects.filter(
        indicator__in=[indicator.pk for indicator in links.values()], area=None, current=True
    )
    for observation in wanted.order_by("ends_on"):
        series[observation.indicator_id].append(observation)
    today = at.astimezone(TOKYO).date()
    return [_judge(target, links.get(target.lineage_id), series, today) for target in targets]


def _judge(
    target: Target, indicator: Indicator | None, series: dict[UUID, list[Observation]], today: date
) -> Judged:
    deadline = target.deadline_on
    if deadline is None or deadline >= today:
        return Judged(target, indicator, None, Result.NOT_DUE)
    found = next((o for o in (series[indicator.pk] if indicator else ()) if o.ends_on >= deadline), None)
    patience = timedelta(days=indicator.due_days if indicator else PATIENCE_DAYS)
    value = (
        in_unit_of(indicator, float(target.value), target.unit)
        if indicator is not None and target.value is not None
        else None
    )
    if indicator is None or found is None or found.value is None or value is None:
        waits = found is None and today <= deadline + patience
        return Judged(target, indicator, found, Result.NOT_DUE if waits else Result.NOT_MEASURED)
    point = points_of(indicator, [found])[0]
    answer = reached(
        point,
        value,
        better_up=indicator.better == Indicator.Better.UP,
        uncertainty=Uncertainty(indicator.uncertainty),
    )
    results = {True: Result.ACHIEVED, False: Result.MISSED, None: Result.UNCLEAR}
    return Judged(target, indicator, found, results[answer])


def figures_of_measure(measure_id: UUID, version: PlanVersion, until: date, at: datetime) -> list[Any]:
    """The figures of a measure as they stood on a day, ready to be kept in a review as JSON."""
    links = MeasureIndicator.objects.filter(measure=measure_id).select_related("indicator")
    indicators = [link.indicator for link in links.order_by("indicator__key")]
    targets = list(Target.objects.filter(measure_text__measure=measure_id, measure_text__version=version))
    judged = judge_targets(targets, at)
    rows: list[Any] = [
        _figure(indicator, until, [j for j in judged if j.indicator == indicator]) for indicator in indicators
    ]
    rows += [{"targets": [_target(j)]} for j in judged if j.indicator is None]
    return rows


def _figure(indicator: Indicator, until: date, judged: list[Judged]) -> dict[str, Any]:
    observations = list(
        Observation.objects.filter(indicator=indicator, area=None, current=True, ends_on__lte=until).order_by(
            "ends_on"
        )
    )
    breaks = SeriesBreak.objects.filter(indicator=indicator).values_list("on", flat=True)
    found = assess(
        points_of(indicator, observations),
        better_up=indicator.better == Indicator.Better.UP,
        uncertainty=Uncertainty(indicator.uncertainty),
        aim=_aim(judged),
        breaks=breaks,
        limit=1.0 if indicator.unit == RATIO else None,
    )
    latest = observations[-1] if observations else None
    low, high = (interval_of(indicator, latest) if latest else None) or (None, None)
    return {
        "indicator": indicator.key,
        "name_ja": indicator.name_ja,
        "name_en": indicator.name_en,
        "unit": indicator.unit,
        "kind": indicator.kind,
        "state": latest.state if latest else Observation.State.NOT_MEASURED.value,
        "value": latest.value if latest else None,
        "low": low,
        "high": high,
        "begins_on": latest.begins_on.isoformat() if latest else None,
        "ends_on": latest.ends_on.isoformat() if latest else None,
        "revision": latest.revision if latest else None,
        "observation": str(latest.pk) if latest else None,
        "progress": found.status.value,
        "change": found.change.value,
        "reason": found.reason.value,
        "targets": [_target(j) for j in judged],
    }


def _aim(judged: list[Judged]) -> Aim | None:
    for each in judged:
        target, indicator = each.target, each.indicator
        if target.value is None or target.deadline_on is None or indicator is None:
            continue
        value = in_unit_of(indicator, float(target.value), target.unit)
        if value is not None:
            return Aim(value, target.deadline_on)
    return None


def _target(judged: Judged) -> dict[str, Any]:
    target = judged.target
    return {
        "text": target.text,
        "value": float(target.value) if target.value is not None else None,
        "unit": target.unit,
        "deadline_on": target.deadline_on.isoformat() if target.deadline_on else None,
        "result": judged.result.value,
    }


def open_change_requests(version: PlanVersion) -> QuerySet[ChangeRequest]:
    """What has to be answered before this version is decided, the oldest first."""
    return (
        ChangeRequest.objects.filter(plan=version.plan_id, state=ChangeRequest.State.OPEN)
        .select_related("measure")
        .order_by("opened_at", "id")
    )


def accepted_change_requests(plan: Plan) -> QuerySet[ChangeRequest]:
    """What the next draft starts from: accepted and in no draft yet."""
    return (
        ChangeRequest.objects.filter(plan=plan, state=ChangeRequest.State.ACCEPTED, carried_into=None)
        .select_related("measure")
        .order_by("measure__key", "opened_at")
    )


def runs_reviews(viewer: User, plan: Plan) -> bool:
    """Whether the viewer is of the plan's secretariat."""
    return figure_policies.is_secretary(active_memberships(viewer), {plan.secretariat_id})


def _own_measures(viewer: User) -> tuple[set[UUID], QuerySet[Responsibility]]:
    memberships = active_memberships(viewer)
    own = {m.organization_id for m in memberships if m.role in figure_policies.READERS}
    return own, Responsibility.objects.filter(ministry__in=own)


def reviews_visible_to(viewer: User) -> QuerySet[Review]:
    """Reviews on the desk: the secretariat's members all, ministries those with their measures."""
    own, mine = _own_measures(viewer)
    reviews = Review.objects.select_related("version__plan")
    found = reviews.filter(version__plan__secretariat__in=own) | reviews.filter(
        version__in=mine.values("measure_text__version")
    )
    return found.order_by("-fiscal_year", "-opened_at")


def items_visible_to(viewer: User, review: Review) -> QuerySet[ReviewItem]:
    """The measures of a review that somebody writes on."""
    own, mine = _own_measures(viewer)
    items = ReviewItem.objects.filter(review=review).select_related("measure", "review__version__plan")
    if review.version.plan.secretariat_id not in own:
        items = items.filter(
            measure__in=mine.filter(measure_text__version=review.version_id).values("measure_text__measure")
        )
    return items.order_by("measure__key")


def may_write_item(viewer: User, item: ReviewItem) -> bool:
    """Whether the viewer writes the review of this measure."""
    version = item.review.version
    return figure_policies.can_write_item(
        active_memberships(viewer),
        ministries_of(item.measure_id, version.pk),
        {version.plan.secretariat_id},
    )


def change_requests_visible_to(viewer: User) -> QuerySet[ChangeRequest]:
    """Change requests on the desk, the open ones first."""
    own, mine = _own_measures(viewer)
    requests = ChangeRequest.objects.select_related("measure", "plan", "answered_by", "carried_into")
    found = requests.filter(plan__secretariat__in=own) | requests.filter(
        measure__in=mine.values("measure_text__measure")
    )
    return found.distinct().order_by("-state", "opened_at", "id")


def published_reviews() -> QuerySet[Review]:
    """Reviews that the public may read, the newest first."""
    return (
        Review.objects.filter(state=Review.State.PUBLISHED)
        .select_related("version__plan")
        .order_by("-fiscal_year", "-published_at")
    )
