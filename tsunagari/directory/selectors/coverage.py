"""When nobody can be reached: what the coverage of areas and needs says, added up for a reader."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from tsunagari.core.areas import NATIONWIDE, AreaNode
from tsunagari.directory.models import CoverageWeek
from tsunagari.directory.search.needs import known_needs

PROFILE = "ja:any"
"""Somebody who speaks Japanese, and telephones or writes, whatever is open."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What is covered for a need and profile (see `directory.coverage`), and lines of unknown hours."""

    bits: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class AreaCover:
    """The coverage of one code alone. ``unverified``: entries by law whose contact nobody has checked."""

    needs: Mapping[str, Mapping[str, Cover]] = field(default_factory=dict)
    unverified: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """All codes, as of one computation."""

    areas: Mapping[str, AreaCover]
    week_from: date
    computed_at: datetime

    def of(self, area: AreaNode | None, needs: Collection[str], profile: str = PROFILE) -> Cover:
        """What anybody in an area (None: the whole country) finds for any of these needs, or one below them.

        Lines of the area itself, of those above it and of the whole country count.
        """
        wanted = with_those_below(needs)
        bits = unknown = 0
        for code in codes_for(area):
            for need in wanted:
                cover = self.areas.get(code, AreaCover()).needs.get(need, {}).get(profile)
                if cover is not None:
                    bits |= cover.bits
                    unknown = max(unknown, cover.unknown)
        return Cover(bits, unknown)

    def languages(self, area: AreaNode | None) -> list[str]:
        """The languages in which anything at all is covered for an area, Japanese first."""
        found = {
            profile.partition(":")[0]
            for code in codes_for(area)
            for profiles in self.areas.get(code, AreaCover()).needs.values()
            for profile in profiles
        }
        return ["ja", *sorted(found - {"ja"})]


def codes_for(area: AreaNode | None) -> Sequence[str]:
    """The codes whose lines serve an area."""
    return (*(area.scope if area else ()), NATIONWIDE)


def with_those_below(needs: Collection[str]) -> set[str]:
    """These needs and those below them, as the site's pages by need show them."""
    below: dict[str, list[str]] = defaultdict(list)
    for need in known_needs().values():
        if need.parent:
            below[need.parent].append(need.key)
    found: set[str] = set()
    waiting = list(needs)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += below[key]
    return found


def coverage() -> Coverage | None:
    """The newest coverage; None when it has not been computed yet. Read again only after a computation."""
    newest = CoverageWeek.objects.order_by("-computed_at").values_list("computed_at", flat=True).first()
    return _read(newest) if newest else None


@lru_cache(maxsize=1)
def _read(computed_at: datetime) -> Coverage | None:
    rows = list(CoverageWeek.objects.filter(computed_at=computed_at).order_by("area_code"))
    if not rows:
        return None
    areas = {
        row.area_code: AreaCover(
            needs={
                need: {
                    profile: Cover(int(bits, 16), unknown) for profile, (bits, unknown) in profiles.items()
                }
                for need, profiles in row.weeks["needs"].items()
            },
            unverified=row.weeks["unverified"],
        )
        for row in rows
    }
    return Coverage(areas, rows[0].week_from, computed_at)


def forget() -> None:
    """Read it anew at the next use (between tests)."""
    _read.cache_clear()
