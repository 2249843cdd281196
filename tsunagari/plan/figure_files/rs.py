"""The plan's logic models in the columns of the RS system (行政事業レビュー見える化サイト).

Its files 3-1 (効果発現経路_目標・実績: four rows for an indicator, a column for each year) and 3-2
(効果発現経路_目標のつながり: a row for an edge), as it publishes them; the columns that only it can fill in
are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tsunagari.plan.models import BudgetProject, Indicator, PlanVersion, Standing
from tsunagari.plan.periods import fiscal_year
from tsunagari.plan.progress import Aim
from tsunagari.plan.selectors.figures import Figure, with_series
from tsunagari.plan.selectors.indicators import RATIO, aims_of
from tsunagari.plan.selectors.logic import LogicModel, logic_model

FIRST_YEAR, LAST_YEAR = 2007, 2060
BASE = ("事業年度", "予算事業ID", "事業名", "府省庁")
NUMBER, KIND = (
    "アクティビティ・アウトプット・アウトカムの番号",
    "種別（アクティビティ・アウトプット・アウトカム）",
)
INDICATOR, UNIT, DIRECTION = "活動指標／成果指標", "単位", "改善の上向き／下向き"
SOURCE, VALUE = (
    "成果実績及び目標値の根拠として用いた統計・データ名（出典）",
    "目標年度／目標値／実績値／達成率",
)
KINDS = {"activity": "アクティビティ", "output": "アウトプット", "outcome": "アウトカム"}
ROWS = ("目標年度", "目標値", "実績値", "達成率")


@dataclass(frozen=True, slots=True)
class Project:
    """A budget project with the logic model of the measure that it pays for."""

    budget: BudgetProject
    model: LogicModel

    @property
    def base(self) -> dict[str, Any]:
        """The columns that every file begins with."""
        ministry = self.budget.ministry.name if self.budget.ministry else ""
        values = (self.budget.fiscal_year, self.budget.project_id, self.budget.name, ministry)
        return dict(zip(BASE, values, strict=True))

    @property
    def numbers(self) -> dict[str, str]:
        """The number of each indicator within the project."""
        return {each.key: str(place) for place, each in enumerate(self.model.indicators, start=1)}


def projects_of(version: PlanVersion) -> list[Project]:
    """The budget projects of a version, in order of year and id."""
    budgets = BudgetProject.objects.filter(measure_text__version=version).select_related(
        "ministry", "measure_text__measure"
    )
    models: dict[Any, LogicModel] = {}
    found = []
    for budget in budgets.order_by("fiscal_year", "project_id", "measure_text__measure__key"):
        measure = budget.measure_text.measure
        if measure.pk not in models:
            models[measure.pk] = logic_model(measure, version)
        found.append(Project(budget, models[measure.pk]))
    return found


def goals(version: PlanVersion) -> Iterator[dict[str, Any]]:
    """The rows of 3-1."""
    projects = projects_of(version)
    indicators = {each.pk: each for project in projects for each in project.model.indicators}
    aims, series = aims_of(indicators.values()), _series(list(indicators.values()))
    for project in projects:
        for indicator in project.model.indicators:
            figures = series.get(indicator.key, {})
            for which in ROWS:
                yield (
                    project.base
                    | {
                        NUMBER: project.numbers[indicator.key],
                        KIND: KINDS[indicator.kind],
                        INDICATOR: indicator.name_ja,
                        UNIT: "％" if indicator.unit == RATIO else indicator.unit,
                        DIRECTION: "上向き" if indicator.better == Indicator.Better.UP else "下向き",
                        SOURCE: indicator.source_type,
                        VALUE: which,
                    }
                    | _years(which, indicator, figures, aims.get(indicator.pk))
                )


def _series(indicators: list[Indicator]) -> dict[str, dict[int, float]]:
    rows = list(Standing.objects.filter(indicator__in=indicators, area=None).select_related("indicator"))
    figures: list[Figure] = with_series(rows, None)
    return {
        figure.indicator.key: {
            fiscal_year(each.ends_on): each.value for each in figure.series if each.value is not None
        }
        for figure in figures
    }


def _years(which: str, indicator: Indicator, figures: dict[int, float], aim: Aim | None) -> dict[str, Any]:
    """The columns of the years; a rate of achievement only where higher is better and there is an aim."""
    columns: dict[str, Any] = {str(year): "" for year in range(FIRST_YEAR, LAST_YEAR + 1)}
    scale = 100 if indicator.unit == RATIO else 1
    deadline = fiscal_year(aim.deadline_on) if aim else None
    if which == "目標年度" and deadline:
        columns[str(deadline)] = "目標年度"
    if which == "目標値" and aim and deadline:
        columns[str(deadline)] = round(aim.value * scale, 4)
    if which == "実績値":
        columns |= {str(year): round(value * scale, 4) for year, value in figures.items()}
    if which == "達成率" and aim and aim.value and indicator.better == Indicator.Better.UP:
        columns |= {str(year): round(value / aim.value * 100, 1) for year, value in figures.items()}
    return columns


def edges(version: PlanVersion) -> Iterator[dict[str, Any]]:
    """The rows of 3-2."""
    for project in projects_of(version):
        for edge in project.model.edges:
            begins, ends = edge.from_indicator, edge.to_indicator
            yield project.base | {
                f"派生元ー{NUMBER}": project.numbers[begins.key],
                f"派生元ー{KIND}": KINDS[begins.kind],
                "派生元ー活動指標／成果指標": begins.name_ja,
                f"派生先ー{NUMBER}": project.numbers[ends.key],
                f"派生先ー{KIND}": KINDS[ends.kind],
                "派生先ー活動指標／成果指標": ends.name_ja,
                "後続アウトカムへのつながり": edge.why,
            }
