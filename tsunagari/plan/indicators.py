"""Figures that the plan offers about itself: whether it keeps the Act's duties and answers what it missed."""

from datetime import datetime, time, timedelta

from tsunagari.core.areas import AreaNode
from tsunagari.core.indicators import NOT_MEASURED, Observation, Period, indicator
from tsunagari.plan.models import ChangeRequest, MeasureText, PlanVersion, Target
from tsunagari.plan.selectors.indicators import TOKYO


def _share(part: int, whole: int) -> Observation:
    if not whole:
        return NOT_MEASURED
    return Observation(value=part / whole, numerator=part, denominator=whole)


@indicator(
    key="plan.measures_with_target",
    name_ja="目標と期限のある施策の割合",
    name_en="Measures with a target and a deadline",
    unit="ratio",
)
def measures_with_target(area: AreaNode | None, period: Period) -> Observation:
    """Measures with a target and a deadline ÷ measures of the versions in force at the period's end."""
    versions = PlanVersion.objects.filter(in_force_on__lte=period.ends_on).exclude(
        superseded_on__lte=period.ends_on
    )
    measures = MeasureText.objects.filter(version__in=versions)
    if area is not None:
        return NOT_MEASURED
    with_target = Target.objects.filter(measure_text__in=measures, deadline_on__isnull=False)
    return _share(with_target.values("measure_text").distinct().count(), measures.count())


@indicator(
    key="plan.missed_targets_answered",
    name_ja="届かなかった目標に答えた割合",
    name_en="Missed targets that were answered",
    unit="ratio",
)
def missed_targets_answered(area: AreaNode | None, period: Period) -> Observation:
    """Change requests for targets answered by the period's end ÷ those opened by then."""
    if area is not None:
        return NOT_MEASURED
    ends = datetime.combine(period.ends_on + timedelta(days=1), time(), TOKYO)
    asked = ChangeRequest.objects.filter(target_lineage_id__isnull=False, opened_at__lt=ends)
    return _share(asked.filter(answered_at__lt=ends).count(), asked.count())
