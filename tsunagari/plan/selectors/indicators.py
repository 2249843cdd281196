"""Indicators as the desk sees them, restricted to the viewer; what is late; the aims of the plan."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Max, Q, QuerySet

from tsunagari.accounts.models import Membership, User
from tsunagari.accounts.selectors import active_memberships
from tsunagari.core.indicators import Period
from tsunagari.plan import figure_policies
from tsunagari.plan.models import (
    Indicator,
    MeasureText,
    Observation,
    Plan,
    PlanVersion,
    Responsibility,
    Target,
    TargetIndicator,
)
from tsunagari.plan.periods import last_due_period
from tsunagari.plan.progress import Aim

TOKYO = ZoneInfo("Asia/Tokyo")
PERCENT = frozenset({"%", "％", "percent", "パーセント"})
RATIO = "ratio"


def secretariat_ids() -> frozenset[UUID]:
    """The organisations that are the secretariat of a plan."""
    return frozenset(Plan.objects.values_list("secretariat_id", flat=True))


def may_keep(viewer: User, indicator: Indicator) -> bool:
    """Whether the viewer keeps this figure."""
    return figure_policies.can_keep_figure(active_memberships(viewer), indicator.owner_id, secretariat_ids())


def indicators_visible_to(viewer: User) -> QuerySet[Indicator]:
    """The figures that somebody reads on the desk: the secretariat's members all, others their own."""
    memberships = active_memberships(viewer)
    indicators = Indicator.objects.select_related("owner").order_by("key")
    if figure_policies.reads_everything(memberships, secretariat_ids()):
        return indicators
    own = {m.organization_id for m in memberships if m.role in figure_policies.READERS}
    return indicators.filter(owner__in=own)


def observations_visible_to(viewer: User) -> QuerySet[Observation]:
    """The observations of those figures."""
    return Observation.objects.filter(indicator__in=indicators_visible_to(viewer))


@dataclass(frozen=True, slots=True)
class Late:
    """A figure whose period has ended long enough ago, without an observation of the whole country."""

    indicator: Indicator
    period: Period


def late_among(indicators: QuerySet[Indicator], at: datetime) -> list[Late]:
    """The late ones, by key. One query."""
    today = at.astimezone(TOKYO).date()
    national = Q(observations__current=True, observations__area=None)
    found = (
        indicators.filter(Q(retired_on=None) | Q(retired_on__gt=today))
        .annotate(newest=Max("observations__ends_on", filter=national))
        .order_by("key")
    )
    late = []
    for indicator in found:
        period = last_due_period(indicator.frequency, today, indicator.due_days)
        newest: date | None = indicator.newest
        if period.ends_on >= indicator.starts_on and (newest is None or newest < period.begins_on):
            late.append(Late(indicator, period))
    return late


def judged_version(plan: Plan) -> PlanVersion | None:
    """The version whose targets count: the one in force, else the newest decided one."""
    order = F("decided_on").desc(nulls_last=True)
    return (
        plan.versions.filter(state="in_force").first()
        or plan.versions.filter(state="decided").order_by(order, "-number").first()
    )


def published_version() -> PlanVersion | None:
    """The version by whose policies and measures the public looks at figures: in force, else the newest."""
    return (
        PlanVersion.objects.filter(published_at__isnull=False)
        .select_related("plan")
        .annotate(in_force=Q(state="in_force"))
        .order_by("-in_force", "-number")
        .first()
    )


def in_unit_of(indicator: Indicator, value: float, unit: str) -> float | None:
    """A target's value in the indicator's unit; None when the two cannot be compared."""
    if unit == indicator.unit:
        return value
    if indicator.unit == RATIO and unit in PERCENT:
        return value / 100
    return None


def aims_of(indicators: Iterable[Indicator]) -> dict[UUID, Aim]:
    """The nearest aim of each indicator in the versions that count."""
    by_id = {indicator.pk: indicator for indicator in indicators}
    links = {
        link.lineage_id: link.indicator_id for link in TargetIndicator.objects.filter(indicator__in=by_id)
    }
    aims: dict[UUID, Aim] = {}
    versions = [version for plan in Plan.objects.all() if (version := judged_version(plan)) is not None]
    targets = Target.objects.filter(
        measure_text__version__in=versions,
        lineage_id__in=links,
        value__isnull=False,
        deadline_on__isnull=False,
    ).order_by("-deadline_on")
    for target in targets:
        indicator = by_id[links[target.lineage_id]]
        value = in_unit_of(indicator, float(target.value or 0), target.unit)
        if value is not None and target.deadline_on is not None:
            aims[indicator.pk] = Aim(value, target.deadline_on)
    return aims


def ministries_of(measure_id: UUID, version_id: UUID) -> frozenset[UUID]:
    """The ministries that are responsible for a measure in a version."""
    return frozenset(
        Responsibility.objects.filter(
            measure_text__measure=measure_id, measure_text__version=version_id
        ).values_list("ministry_id", flat=True)
    )


def measure_texts_visible_to(viewer: User, version: PlanVersion) -> QuerySet[MeasureText]:
    """The measures of a version that somebody works on: the secretariat all, ministries their own."""
    memberships: list[Membership] = active_memberships(viewer)
    texts = MeasureText.objects.filter(version=version).select_related("measure").order_by("measure__key")
    if figure_policies.reads_everything(memberships, {version.plan.secretariat_id}):
        return texts
    own = {m.organization_id for m in memberships if m.role in figure_policies.READERS}
    return texts.filter(responsibilities__ministry__in=own).distinct()
