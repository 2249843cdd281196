"""The prefectures' outlines (data/outlines.json, made by tools/make_outlines.py) and where they are drawn."""

import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings

from tsunagari.portal.maps.projection import project

Ring = tuple[tuple[float, float], ...]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in kilometres."""

TOGETHER_KM = 45
"""Islands nearer to each other than this are drawn in one frame."""


@dataclass(frozen=True, slots=True)
class Inset:
    """Islands far from the rest, drawn elsewhere on the map of the whole country."""

    prefecture: str
    south_of: float
    moved: tuple[int, int]


_SOUTH = project(30.2, 130.0)[1]
# Okinawa and Amami go into the Sea of Japan, Ogasawara to the south of Tokyo, as maps in Japan have it
INSETS = (
    Inset("47", -9999, (330, -1400)),
    Inset("46", _SOUTH, (330, -1400)),
    Inset("13", _SOUTH, (-200, -560)),
)


@functools.cache
def outlines() -> dict[str, tuple[Ring, ...]]:
    """Each prefecture's rings by its code (six digits), the largest first, in kilometres."""
    found = json.loads((settings.DATA_DIR / "outlines.json").read_text(encoding="utf-8"))
    unit = found["unit_km"]
    return {
        code: tuple(
            tuple((x * unit, y * unit) for x, y in zip(ring[::2], ring[1::2], strict=True)) for ring in rings
        )
        for code, rings in found["prefectures"].items()
    }


def rings_of(prefecture_code: str) -> tuple[Ring, ...]:
    """The rings of the prefecture with this code (six digits, or its first two)."""
    return outlines()[prefecture_code[:2]]


def box_of(points: Iterable[tuple[float, float]]) -> Box:
    """The smallest box around some points."""
    places = list(points)
    xs, ys = [x for x, _ in places], [y for _, y in places]
    return min(xs), min(ys), max(xs), max(ys)


def inset_of(prefecture: str, ring: Ring) -> Inset | None:
    """The inset in which a ring of a prefecture (two digits) is drawn on the map of the country."""
    top = min(y for _, y in ring)
    return next((each for each in INSETS if each.prefecture == prefecture and top > each.south_of), None)


def groups_of(rings: Sequence[Ring]) -> list[list[Ring]]:
    """Rings by nearness: first the group of the first (the largest) ring, then far islands."""
    groups: list[list[Ring]] = []
    for ring in rings:
        near = [group for group in groups if any(_apart(ring, other) < TOGETHER_KM for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*(each for group in near for each in group), ring])
    return sorted(groups, key=lambda group: rings[0] not in group)


def _apart(one: Ring, other: Ring) -> float:
    left, top, right, bottom = box_of(one)
    left2, top2, right2, bottom2 = box_of(other)
    across = max(left2 - right, left - right2, 0)
    down = max(top2 - bottom, top - bottom2, 0)
    return float((across**2 + down**2) ** 0.5)


def path_of(rings: Iterable[Ring], *, moved: tuple[float, float] = (0, 0), scale: float = 1.0) -> str:
    """An SVG path: each point relative to the one before it, which is short and packs well."""
    parts = []
    for ring in rings:
        points = [(round((x + moved[0]) * scale), round((y + moved[1]) * scale)) for x, y in ring]
        steps = [f"{x2 - x} {y2 - y}" for (x, y), (x2, y2) in zip(points, points[1:], strict=False)]
        parts.append(f"M{points[0][0]} {points[0][1]}l{' '.join(steps)}z")
    return "".join(parts).replace(" -", "-")
