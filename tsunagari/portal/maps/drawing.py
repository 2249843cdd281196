"""What a map shows, ready to be drawn: shapes and points that are links, each with its name."""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.urls import reverse

from tsunagari.core.areas import AreaNode, area_name, area_tree
from tsunagari.core.models import Area
from tsunagari.portal.maps.outlines import (
    Box,
    Ring,
    box_of,
    groups_of,
    inset_of,
    outlines,
    path_of,
    rings_of,
)
from tsunagari.portal.maps.projection import project

WIDTH, HEIGHT = 600, 520
"""Units of a prefecture's map for its main island."""
CAPTION = 46
"""Units above a map for the name under the pointer or the focus."""
MARGIN = 14
INSET, GAP = 138, 16
NEAREST_KM = 9.0
"""A town's map shows at least this far around its office."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An outline; a link when it has an address."""

    path: str
    name: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A point; a link when it has an address. ``kind``: area, here or place."""

    x: int
    y: int
    name: str
    url: str = ""
    kind: str = "area"


@dataclass(frozen=True, slots=True)
class Frame:
    """A box around islands that are drawn apart from where they are."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map. ``kind``: country, prefecture or town."""

    kind: str
    width: int
    height: int
    shapes: list[Shape] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)


@functools.cache
def _country() -> tuple[int, int, tuple[tuple[str, str], ...], tuple[Frame, ...]]:
    """(width, height, (prefecture's two digits, path) …, frames around the insets)."""
    placed: dict[str, list[Ring]] = {}
    apart: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for prefecture, rings in outlines().items():
        for ring in rings:
            inset = inset_of(prefecture, ring)
            dx, dy = inset.moved if inset else (0, 0)
            moved = tuple((x + dx, y + dy) for x, y in ring)
            placed.setdefault(prefecture, []).append(moved)
            if inset:
                apart.setdefault(inset.moved, []).extend(moved)
    left, top, right, bottom = box_of(p for rings in placed.values() for ring in rings for p in ring)
    shift = (20 - left, 20 - top)
    frames = []
    for points in apart.values():
        box = box_of(points)
        x, y = round(box[0] + shift[0] - 14), round(box[1] + shift[1] - 14)
        frames.append(Frame(x, y, round(box[2] - box[0] + 28), round(box[3] - box[1] + 28)))
    paths = tuple((prefecture, path_of(rings, moved=shift)) for prefecture, rings in placed.items())
    return round(right - left + 40), round(bottom - top + 40), paths, tuple(frames)


def country_map() -> Drawing:
    """All prefectures as links."""
    width, height, paths, frames = _country()
    by_digits = {area.code[:2]: area for area in area_tree().values() if area.level == Area.Level.PREFECTURE}
    shapes = [
        Shape(path, area_name(by_digits[digits]), reverse("portal:area", args=[by_digits[digits].code]))
        for digits, path in paths
        if digits in by_digits
    ]
    return Drawing("country", width, height, shapes, list(frames))


@dataclass(frozen=True, slots=True)
class _Window:
    """A part of the plane and where it is drawn."""

    box: Box
    x: float
    y: float
    scale: float

    @property
    def moved(self) -> tuple[float, float]:
        return self.x / self.scale - self.box[0], self.y / self.scale - self.box[1]

    def place(self, point: tuple[float, float]) -> tuple[int, int]:
        dx, dy = self.moved
        return round((point[0] + dx) * self.scale), round((point[1] + dy) * self.scale)

    def away(self, point: tuple[float, float]) -> float:
        """How far a point is from this window, in kilometres; 0 inside."""
        left, top, right, bottom = self.box
        across = max(left - point[0], point[0] - right, 0)
        return float(across + max(top - point[1], point[1] - bottom, 0))


def _fitting(box: Box, x: float, y: float, width: float, height: float) -> _Window:
    """The window that shows ``box`` as large as it fits, in the middle of a field."""
    across, down = max(box[2] - box[0], 8), max(box[3] - box[1], 8)
    scale = min((width - 2 * MARGIN) / across, (height - 2 * MARGIN) / down)
    return _Window(box, x + (width - across * scale) / 2, y + (height - down * scale) / 2, scale)


@functools.cache
def _windows(digits: str) -> tuple[int, tuple[tuple[_Window, str], ...], tuple[Frame, ...]]:
    """(height, (window, path) …, frames) of a prefecture: the main island large, far ones in a row below."""
    main, *far = groups_of(rings_of(digits))
    box = box_of(point for ring in main for point in ring)
    tall = min(HEIGHT, (box[3] - box[1]) / (box[2] - box[0]) * WIDTH + 2 * MARGIN)
    window = _fitting(box, 0, CAPTION, WIDTH, tall)
    windows, frames = [(window, path_of(main, moved=window.moved, scale=window.scale))], []
    height = CAPTION + tall
    for place, group in enumerate(far):
        x = (place % 4) * (INSET + GAP)
        y = height + GAP + (place // 4) * (INSET + GAP)
        small = _fitting(box_of(point for ring in group for point in ring), x, y, INSET, INSET)
        windows.append((small, path_of(group, moved=small.moved, scale=small.scale)))
        frames.append(Frame(round(x) + 1, round(y), INSET - 2, INSET))
    rows = -(-len(far) // 4)
    return round(height + rows * (INSET + GAP)), tuple(windows), tuple(frames)


def prefecture_map(area: AreaNode, inside: Iterable[AreaNode]) -> Drawing:
    """A prefecture's outline with the points of its municipalities as links."""
    height, windows, frames = _windows(area.code[:2])
    spots = []
    for each in inside:
        if each.latitude is None or each.longitude is None:
            continue
        point = project(each.latitude, each.longitude)
        x, y = min(windows, key=lambda pair: pair[0].away(point))[0].place(point)
        spots.append(Spot(x, y, area_name(each), reverse("portal:area", args=[each.code])))
    shapes = [Shape(path) for _, path in windows]
    return Drawing("prefecture", WIDTH, height, shapes, list(frames), spots)


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """Where a service can be visited; only of places whose address is public."""

    name: str
    service_id: UUID
    latitude: float
    longitude: float


def town_map(area: AreaNode, places: Sequence[PublicPlace]) -> Drawing | None:
    """The places of a municipality around its office; None where no place has a point."""
    if not places or area.latitude is None or area.longitude is None:
        return None
    centre = project(area.latitude, area.longitude)
    points = [project(place.latitude, place.longitude) for place in places]
    left, top, right, bottom = box_of([centre, *points])
    half = max(NEAREST_KM, (right - left) / 2 + 1, (bottom - top) / 2 + 1)
    middle = ((left + right) / 2, (top + bottom) / 2)
    box = (middle[0] - half, middle[1] - half * 0.7, middle[0] + half, middle[1] + half * 0.7)
    window = _Window(box, 0, CAPTION, WIDTH / (2 * half))
    shapes = [
        Shape(path_of(near, moved=window.moved, scale=window.scale))
        for rings in outlines().values()
        if (near := [ring for ring in rings if _meets(box_of(ring), box)])
    ]
    spots = [Spot(*window.place(centre), area_name(area), kind="here")]
    spots += [
        Spot(*window.place(point), place.name, reverse("portal:service", args=[place.service_id]), "place")
        for place, point in zip(places, points, strict=True)
    ]
    return Drawing("town", WIDTH, round(CAPTION + WIDTH * 0.7), shapes, [], spots)


def _meets(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
