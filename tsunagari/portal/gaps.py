"""The hours in which nobody can be reached, made ready for the page, its picture and its files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from tsunagari.core.areas import AreaNode, area_full_name, area_name, area_tree
from tsunagari.core.models import Area
from tsunagari.core.templatetags.ui import listed
from tsunagari.directory.coverage import (
    HOURS_OF_WEEK,
    days_alike,
    days_uncovered,
    hour_is_covered,
    hours_covered,
)
from tsunagari.directory.search.needs import known_needs
from tsunagari.directory.selectors.coverage import AreaCover, Cover, Coverage, codes_for
from tsunagari.portal.cards import language_name
from tsunagari.portal.need_groups import NEED_GROUPS

WAYS = ("any", "phone", "text")
SHADES = 5
"""Shades of the picture, from no day to all seven."""
ROW_HEIGHT = 74
CELL = 30


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of the day in the picture: on ``days`` of seven nothing is open."""

    x: int
    hour: int
    days: int
    shade: int


@dataclass(frozen=True, slots=True)
class NeedGaps:
    """A need with its hours. ``gaps``: sentences; ``missing``: languages in which nothing is ever open."""

    key: str
    name: str
    url: str
    week: int
    holiday: int
    phone: int
    text: int
    unknown: int
    cells: list[Cell]
    gaps: list[str]
    y: int = 0

    @property
    def uncovered(self) -> int:
        """Hours of the week in which nothing is open."""
        return HOURS_OF_WEEK - self.week


def gaps_by_group(coverage: Coverage, area: AreaNode | None, profile: str) -> list[NeedGaps]:
    """The twelve words of the site, the one with the most uncovered hours first."""
    found = [
        _need_gaps(
            coverage, area, profile, group.key, str(group.label), group.needs,
            reverse("portal:need", args=[group.key]),
        )
        for group in NEED_GROUPS
    ]  # fmt: skip
    found.sort(key=lambda need: (need.week, need.holiday))
    return found


def gaps_by_term(coverage: Coverage, area: AreaNode | None, profile: str) -> list[NeedGaps]:
    """Every need of the taxonomy for which there is a line anywhere, the worst first."""
    terms = {need for cover in coverage.areas.values() for need in cover.needs}
    needs = (need for need in known_needs().values() if need.key in terms)
    found = [_need_gaps(coverage, area, profile, need.key, need.shown, (need.key,), "") for need in needs]
    found.sort(key=lambda need: (need.week, need.holiday, need.key))
    return found


def _need_gaps(
    coverage: Coverage,
    area: AreaNode | None,
    profile: str,
    key: str,
    name: str,
    needs: Sequence[str],
    url: str,
) -> NeedGaps:
    language, _, way = profile.partition(":")
    cover = coverage.of(area, needs, profile)
    week, holiday = hours_covered(cover.bits)

    def by(other: str) -> Cover:
        return cover if way == other else coverage.of(area, needs, f"{language}:{other}")

    return NeedGaps(
        key=key,
        name=name,
        url=url,
        week=week,
        holiday=holiday,
        phone=hours_covered(by("phone").bits)[0],
        text=hours_covered(by("text").bits)[0],
        unknown=cover.unknown,
        cells=[_cell(cover.bits, hour) for hour in range(24)],
        gaps=[_sentence(days, gaps) for days, gaps in days_alike(cover.bits)],
    )


def _cell(bits: int, hour: int) -> Cell:
    days = days_uncovered(bits, hour)
    return Cell(hour * CELL, hour, days, -(-days * (SHADES - 1) // 7))


def _sentence(days: Sequence[int], gaps: Sequence[tuple[int, int]]) -> str:
    names = [
        gettext("月曜"), gettext("火曜"), gettext("水曜"), gettext("木曜"), gettext("金曜"), gettext("土曜"),
        gettext("日曜"), gettext("祝日"),
    ]  # fmt: skip
    which = gettext("毎日") if len(days) == len(names) else listed(names[day] for day in days)
    spans = [f"{begin}:00–{end}:00" for begin, end in gaps]
    hours = gettext("一日中") if gaps == [(0, 24)] else listed(spans)
    return gettext("%(days)s：%(hours)s") % {"days": which, "hours": hours}


@dataclass(frozen=True, slots=True)
class LanguageCover:
    """Hours of the week covered in a language, by any need."""

    code: str
    name: str
    week: int


def by_language(coverage: Coverage, area: AreaNode | None) -> list[LanguageCover]:
    """In which languages somebody can be reached for anything at all, the fewest hours first."""
    every = {need for cover in coverage.areas.values() for need in cover.needs}
    found = [
        LanguageCover(
            code, language_name(code), hours_covered(coverage.of(area, every, f"{code}:any").bits)[0]
        )
        for code in coverage.languages(area)
    ]
    return sorted(found, key=lambda row: (row.week, row.code))


@dataclass(frozen=True, slots=True)
class AreaGaps:
    """An area with the share of its hours that is covered, over the twelve needs, and its own entries."""

    code: str
    name: str
    url: str
    share: float
    unverified: int
    own: bool

    @property
    def percent(self) -> int:
        """The share in whole percent."""
        return round(100 * self.share)


def areas_inside(coverage: Coverage, area: AreaNode | None, profile: str) -> list[AreaGaps]:
    """The areas one step inside (prefectures; municipalities; wards), the least covered first."""
    inside = [
        node
        for node in area_tree().values()
        if (node.parent_code == area.code if area else node.level == Area.Level.PREFECTURE)
    ]
    # areas without lines of their own have what those above them have: few distinct ones are added up
    kept: dict[tuple[str, ...], list[int]] = {}
    found = []
    for node in inside:
        serving = tuple(code for code in codes_for(node) if coverage.areas.get(code, AreaCover()).needs)
        if serving not in kept:
            kept[serving] = [
                hours_covered(coverage.of(node, group.needs, profile).bits)[0] for group in NEED_GROUPS
            ]
        weeks = kept[serving]
        found.append(
            AreaGaps(
                code=node.code,
                name=area_name(node),
                url=reverse("portal:gaps_area", args=[node.code]),
                share=sum(weeks) / (len(weeks) * HOURS_OF_WEEK),
                unverified=_unverified(coverage, node),
                own=node.code in serving,
            )
        )
    return sorted(found, key=lambda row: (row.share, -row.unverified, row.code))


def _unverified(coverage: Coverage, area: AreaNode) -> int:
    """Entries whose contact nobody has checked, in an area and in those inside it."""
    own = coverage.areas.get(area.code, AreaCover()).unverified
    if area.level != Area.Level.PREFECTURE:
        return own
    return sum(cover.unverified for code, cover in coverage.areas.items() if code[:2] == area.code[:2])


def rows(coverage: Coverage, area: AreaNode | None) -> Iterator[dict[str, Any]]:
    """The figures as data: a row for each need, language and way of talking.

    ``hours`` has 192 letters, the hours from Monday 0:00 and then those of a 祝日: 1 covered, 0 not.
    """
    profiles = [f"ja:{way}" for way in WAYS]
    profiles += [f"{code}:any" for code in coverage.languages(area) if code != "ja"]
    for kind, needs in _both_kinds(coverage):
        for key, name, codes in needs:
            for profile in profiles:
                cover = coverage.of(area, codes, profile)
                week, holiday = hours_covered(cover.bits)
                language, _, way = profile.partition(":")
                yield {
                    "area_code": area.code if area else "",
                    "area": area_full_name(area) if area else gettext("全国"),
                    "kind": kind,
                    "need": key,
                    "name": name,
                    "language": language,
                    "way": way,
                    "hours_covered_of_168": week,
                    "holiday_hours_covered_of_24": holiday,
                    "lines_with_unknown_hours": cover.unknown,
                    "hours": "".join(
                        "1" if hour_is_covered(cover.bits, day, hour) else "0"
                        for day in range(8)
                        for hour in range(24)
                    ),
                }


def _both_kinds(coverage: Coverage) -> Iterator[tuple[str, list[tuple[str, str, Sequence[str]]]]]:
    yield "group", [(group.key, str(group.label), group.needs) for group in NEED_GROUPS]
    terms = {need for cover in coverage.areas.values() for need in cover.needs}
    yield (
        "need",
        [(need.key, need.shown, (need.key,)) for need in known_needs().values() if need.key in terms],
    )
