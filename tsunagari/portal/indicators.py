"""Figures that the portal offers to the plan: hours in which somebody can be reached, by need."""

from tsunagari.core.areas import AreaNode
from tsunagari.core.indicators import NOT_MEASURED, Measure, Observation, Period, indicator
from tsunagari.directory.coverage import HOURS_OF_WEEK, hours_covered
from tsunagari.directory.selectors.coverage import coverage
from tsunagari.portal.need_groups import NEED_GROUPS, NeedGroup

_ENGLISH = {
    "company": "loneliness", "life": "thoughts of dying", "mind": "mental health", "family": "family",
    "safety": "violence", "school": "school", "work": "work", "living": "money and housing",
    "home": "hikikomori", "care": "care and illness", "languages": "people from abroad",
    "myself": "gender and rights",
}  # fmt: skip


def _measure(group: NeedGroup) -> Measure:
    def hours(area: AreaNode | None, period: Period) -> Observation:
        """Hours of the week in which a line for the need is open ÷ 168, as last computed."""
        found = coverage()
        if found is None:
            return NOT_MEASURED
        week, _holiday = hours_covered(found.of(area, group.needs).bits)
        return Observation(value=week / HOURS_OF_WEEK, numerator=week, denominator=HOURS_OF_WEEK)

    return hours


for _group in NEED_GROUPS:
    indicator(
        key=f"portal.hours_covered_{_group.key}",
        name_ja=f"一週間のうち、話せるところが開いている時間の割合（{_group.label}）",
        name_en=f"Share of the week in which somebody can be reached ({_ENGLISH[_group.key]})",
        unit="ratio",
    )(_measure(_group))
