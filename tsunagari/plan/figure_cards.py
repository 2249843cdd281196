"""A figure as a page shows it: headline with interval, what may be said of it, a small chart, a table."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tsunagari.core.areas import AreaNode
from tsunagari.plan.charts import Words
from tsunagari.plan.figure_showing import (
    CHANGES,
    CLASSES,
    REASONS,
    SYMBOLS,
    bounds_text,
    number,
    period_text,
    value_text,
)
from tsunagari.plan.models import Indicator, Observation
from tsunagari.plan.selectors.figures import Figure
from tsunagari.plan.series import interval_of, points_of
from tsunagari.plan.sparkline import sparkline

KINDS = {
    Indicator.Kind.ACTIVITY.value: gettext_lazy("活動（何をしたか）"),
    Indicator.Kind.OUTPUT.value: gettext_lazy("アウトプット（何ができたか）"),
    Indicator.Kind.OUTCOME.value: gettext_lazy("アウトカム（何が変わったか）"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """A figure in a list."""

    figure: Figure
    headline: str
    interval: str
    period: str
    symbol: str
    verdict: str
    change: str
    reason: str
    aim: str
    drawing: SafeString


def card_of(figure: Figure) -> Card:
    """A figure as a card."""
    indicator, standing, latest = figure.indicator, figure.standing, figure.latest
    change = str(CHANGES[standing.change]) if standing.change != "unknown" else ""
    if change and standing.since:
        change = _("%(day)sの値から: %(change)s") % {"day": month_text(standing.since), "change": change}
    return Card(
        figure,
        value_text(latest, indicator.unit),
        bounds_text(figure.interval, indicator.unit),
        period_text(latest.begins_on, latest.ends_on) if latest else "",
        SYMBOLS[standing.progress],
        str(CLASSES[standing.progress]),
        change,
        str(REASONS.get(standing.reason, "")),
        aim_text(figure),
        drawing_of(figure),
    )


def month_text(value: date) -> str:
    """A month and its year."""
    return _("%(year)d年%(month)d月") % {"year": value.year, "month": value.month}


def aim_text(figure: Figure) -> str:
    """The aim and its deadline; "" where there is none."""
    if figure.aim is None:
        return ""
    value = number(figure.aim.value, figure.indicator.unit)
    return _("目標 %(value)s（%(deadline)sまで）") % {
        "value": value,
        "deadline": month_text(figure.aim.deadline_on),
    }


def drawing_of(figure: Figure) -> SafeString:
    """The small chart: numbers only, so nothing of it can be markup of somebody's."""
    points = points_of(figure.indicator, figure.series)
    aim = figure.aim.value if figure.aim else None
    return mark_safe(sparkline(points, figure.breaks, aim))  # noqa: S308 - made of numbers


def table_of(figure: Figure) -> list[dict[str, Any]]:
    """The series as rows, the newest first, with a row of its own for each break."""
    rows: list[dict[str, Any]] = [
        {
            "on": each.ends_on,
            "period": period_text(each.begins_on, each.ends_on),
            "value": value_text(each, figure.indicator.unit),
            "interval": bounds_text(interval_of(figure.indicator, each), figure.indicator.unit),
            "counts": _counts(each),
            "observation": each,
        }
        for each in figure.series
    ]
    rows += [{"on": on, "broken": True, "order": 1} for on in figure.breaks]
    rows.sort(key=lambda row: (row["on"], "broken" not in row), reverse=True)
    return rows


def _counts(observation: Observation) -> str:
    if observation.numerator is None or observation.denominator is None:
        return ""
    return f"{observation.numerator:,.0f} / {observation.denominator:,.0f}"


def words_of(figure: Figure, area: str) -> Words:
    """What the big chart says."""
    unit = "％" if figure.indicator.unit in {"ratio", "%"} else figure.indicator.unit
    return Words(
        title=f"{figure.indicator.name}（{area}）",
        time=_("期間の終わり"),
        value=_("値（%(unit)s）") % {"unit": unit},
        aim=aim_text(figure),
        broken=_("ここで数え方が変わりました"),
    )


def area_word(area: AreaNode | None, name: str) -> str:
    """The name of an area, or the whole country."""
    return name if area else _("全国")
