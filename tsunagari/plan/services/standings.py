"""Where each figure stands, computed anew from what was observed and what is aimed at."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from tsunagari.plan.models import Indicator, Observation, SeriesBreak, Standing
from tsunagari.plan.progress import Aim, Uncertainty, assess
from tsunagari.plan.selectors.indicators import RATIO, aims_of
from tsunagari.plan.series import points_of

COLUMNS = (
    "id", "indicator_id", "area_id", "ends_on", "value", "numerator", "denominator", "standard_error",
)  # fmt: skip
AT_ONCE = 100
"""Indicators whose series are held in memory together: 47 prefectures and ten years are 50,000 rows."""


def compute_standings(indicator_ids: Iterable[UUID] | None = None) -> int:
    """Write the standings of these indicators (None: of all) anew; return how many rows there are.

    Each batch is one transaction that waits for others on the same indicators, so that of two writers the
    later one has seen what the earlier wrote.
    """
    wanted = Indicator.objects.order_by("key").values_list("pk", flat=True)
    keys = list(wanted if indicator_ids is None else wanted.filter(pk__in=list(indicator_ids)))
    return sum(_compute(keys[start : start + AT_ONCE]) for start in range(0, len(keys), AT_ONCE))


@transaction.atomic
def _compute(keys: list[UUID]) -> int:
    indicators = {
        indicator.pk: indicator
        for indicator in Indicator.objects.select_for_update().filter(pk__in=keys).order_by("key")
    }
    aims = aims_of(indicators.values())
    breaks: dict[UUID, list[date]] = defaultdict(list)
    for indicator_id, on in SeriesBreak.objects.filter(indicator__in=keys).values_list("indicator", "on"):
        breaks[indicator_id].append(on)
    series: dict[tuple[UUID, str | None], list[Any]] = {(key, None): [] for key in indicators}
    current = Observation.objects.filter(indicator__in=keys, current=True).order_by("ends_on", "begins_on")
    # plain rows: models would take several times as long
    for observation in current.values_list(*COLUMNS, named=True).iterator(chunk_size=5_000):
        series.setdefault((observation.indicator_id, observation.area_id), []).append(observation)
    rows = [
        _standing(indicators[key], area, found, breaks[key], aims.get(key) if area is None else None)
        for (key, area), found in series.items()
    ]
    Standing.objects.filter(indicator__in=keys).delete()
    Standing.objects.bulk_create(rows, batch_size=1_000)
    return len(rows)


def _standing(
    indicator: Indicator,
    area: str | None,
    observations: list[Any],
    breaks: list[date],
    aim: Aim | None,
) -> Standing:
    found = assess(
        points_of(indicator, observations),
        better_up=indicator.better == Indicator.Better.UP,
        uncertainty=Uncertainty(indicator.uncertainty),
        aim=aim,
        breaks=breaks,
        limit=1.0 if indicator.unit == RATIO else None,
    )
    return Standing(
        indicator=indicator,
        area_id=area,
        latest_id=observations[-1].id if observations else None,
        progress=found.status.value,
        change=found.change.value,
        reason=found.reason.value,
        since=found.base.ends_on if found.base else None,
    )
