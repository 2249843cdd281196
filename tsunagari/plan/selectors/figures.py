"""What the public pages of figures read: a page of standings, the series of each, one figure as a whole.

Queries are few and bounded by the page, whatever the size of the plan: `bench/indicators.py`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, When

from tsunagari.core.areas import AreaNode
from tsunagari.plan.models import (
    Indicator,
    Measure,
    MeasureIndicator,
    MeasureText,
    Observation,
    PlanVersion,
    Policy,
    SeriesBreak,
    Standing,
)
from tsunagari.plan.progress import Aim
from tsunagari.plan.selectors.indicators import aims_of
from tsunagari.plan.series import interval_of

PER_PAGE = 30
DOWNLOADED_AT_MOST = 200_000
UNMEASURED_LAST = Case(When(reason="not-measured", then=1), default=0, output_field=IntegerField())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the dashboard is asked for; None: any."""

    area: AreaNode | None = None
    policy: int | None = None
    measure: str | None = None
    kind: str | None = None
    progress: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator in an area: where it stands, and its series (the current revisions, in order of time)."""

    indicator: Indicator
    standing: Standing
    series: list[Observation]
    breaks: list[date]
    aim: Aim | None

    @property
    def latest(self) -> Observation | None:
        """Its newest observation."""
        return self.series[-1] if self.series else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the newest observation."""
        return interval_of(self.indicator, self.latest) if self.latest else None


def standings(wanted: Wanted, version: PlanVersion | None) -> QuerySet[Standing]:
    """The standings that are asked for, by the indicators' keys; measures and policies are the version's."""
    found = Standing.objects.filter(area=wanted.area.code if wanted.area else None)
    if wanted.kind:
        found = found.filter(indicator__kind=wanted.kind)
    if wanted.measure or wanted.policy:
        texts = MeasureText.objects.filter(version=version)
        if wanted.measure:
            texts = texts.filter(measure__key=wanted.measure)
        if wanted.policy:
            texts = texts.filter(policies__number=wanted.policy)
        links = MeasureIndicator.objects.filter(
            indicator=OuterRef("indicator"), measure__in=texts.values("measure")
        )
        found = found.filter(Exists(links))
    return found.filter(indicator__retired_on=None)


def counts_by_progress(found: QuerySet[Standing]) -> Counter[str]:
    """How many stand in each class."""
    return Counter(dict(found.order_by().values_list("progress").annotate(n=Count("id"))))


def page_of_figures(found: QuerySet[Standing], area: AreaNode | None, number: int) -> list[Figure]:
    """One page of figures with their series, the newest ten years of each."""
    begins = (number - 1) * PER_PAGE
    rows = list(
        found.select_related("indicator__owner").order_by(UNMEASURED_LAST, "indicator__key")[
            begins : begins + PER_PAGE
        ]
    )
    return with_series(rows, area)


def with_series(rows: list[Standing], area: AreaNode | None) -> list[Figure]:
    """The standings with what was observed, the breaks and the aims: three queries for any number."""
    keys = [row.indicator_id for row in rows]
    series = _series(keys, area)
    breaks = _breaks(keys)
    aims = aims_of([row.indicator for row in rows]) if area is None else {}
    return [
        Figure(
            row.indicator,
            row,
            series[row.indicator_id],
            breaks[row.indicator_id],
            aims.get(row.indicator_id),
        )
        for row in rows
    ]


def _series(keys: Iterable[UUID], area: AreaNode | None) -> dict[UUID, list[Observation]]:
    found: dict[UUID, list[Observation]] = defaultdict(list)
    current = Observation.objects.filter(
        area=area.code if area else None, indicator__in=list(keys), current=True
    )
    for observation in current.order_by("indicator", "ends_on"):
        found[observation.indicator_id].append(observation)
    return found


def _breaks(keys: Iterable[UUID]) -> dict[UUID, list[date]]:
    found: dict[UUID, list[date]] = defaultdict(list)
    rows = SeriesBreak.objects.filter(indicator__in=list(keys)).order_by("on")
    for indicator_id, on in rows.values_list("indicator", "on"):
        found[indicator_id].append(on)
    return found


def figure_of(indicator: Indicator, area: AreaNode | None) -> Figure:
    """One indicator in an area, whether or not anything was observed there."""
    standing = Standing.objects.filter(
        indicator=indicator, area=area.code if area else None
    ).first() or Standing(
        indicator=indicator,
        area_id=area.code if area else None,
        progress="not-available",
        change="unknown",
        reason="not-measured",
    )
    return with_series([standing], area)[0]


def by_prefecture(indicator: Indicator) -> list[Standing]:
    """The newest observation of each prefecture that has one."""
    return list(
        Standing.objects.filter(indicator=indicator, area__isnull=False, area__level="prefecture")
        .select_related("area", "latest")
        .order_by("area")
    )


def policies_of(version: PlanVersion | None) -> list[Policy]:
    """The policies of the published version."""
    return list(Policy.objects.filter(version=version).order_by("number")) if version else []


def measures_to_choose(version: PlanVersion | None) -> list[tuple[str, str]]:
    """The measures of the published version as (key, title), by key: there may be hundreds, for one menu."""
    if version is None:
        return []
    texts = MeasureText.objects.filter(version=version).order_by("measure__key")
    return list(texts.values_list("measure__key", "title"))


def measures_of(indicator: Indicator, version: PlanVersion | None) -> list[MeasureText]:
    """The measures of the published version that an indicator judges."""
    if version is None:
        return []
    texts = MeasureText.objects.filter(
        version=version, measure__measure_indicators__indicator=indicator
    ).select_related("measure")
    return list(texts.order_by("measure__key"))


def published_measure(key: str, version: PlanVersion | None) -> tuple[Measure, MeasureText]:
    """A measure of the published version.

    Raises:
        MeasureText.DoesNotExist: there is none of this key.
    """
    text = MeasureText.objects.select_related("measure__plan").get(version=version, measure__key=key)
    return text.measure, text


def revisions_of(indicator: Indicator, area: AreaNode | None) -> list[Observation]:
    """What was corrected: the revisions that are no longer current, the newest first."""
    return list(
        Observation.objects.filter(
            indicator=indicator, area=area.code if area else None, current=False
        ).order_by("-ends_on", "-revision")[:100]
    )


STATUS = {"measured": "A", "suppressed": "Q", "not_measured": "O"}
"""SDMX's code list CL_OBS_STATUS: normal; missing, suppressed; missing value."""


def download_rows(observations: QuerySet[Observation]) -> Iterator[dict[str, Any]]:
    """Observations as rows with SDMX's names, in the order of indicator, area and time."""
    ordered = observations.select_related("indicator").order_by("indicator__key", "area", "ends_on")
    for each in ordered[:DOWNLOADED_AT_MOST].iterator(chunk_size=2_000):
        low, high = interval_of(each.indicator, each) or (None, None)
        yield {
            "INDICATOR": each.indicator.key,
            "REF_AREA": each.area_id or "JP",
            "TIME_BEGIN": each.begins_on.isoformat(),
            "TIME_END": each.ends_on.isoformat(),
            "OBS_VALUE": each.value,
            "OBS_STATUS": STATUS[each.state],
            "NUMERATOR": each.numerator,
            "DENOMINATOR": each.denominator,
            "STD_ERR": each.standard_error,
            "LOWER_95": low,
            "UPPER_95": high,
            "UNIT_MEASURE": each.indicator.unit,
            "FREQ": each.indicator.frequency,
            "REVISION": each.revision,
            "MADE_AT": each.made_at.isoformat(),
            "MADE_BY": each.maker or "officer",
            "CODE_VERSION": each.code_version,
            "DATA_VERSION": each.data_version,
            "COMMENT_OBS": each.note,
        }
