"""The tree of areas: loaded from ``data/municipalities.csv``, read from memory.

There are 1,959 areas and they change a few times in ten years, so every process keeps them.
"""

import csv
import functools
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils.translation import get_language

from tsunagari.core.models import Area
from tsunagari.core.romaji import area_in_romaji

EARTH_RADIUS_KM = 6371.0088
NATIONWIDE = "000000"
"""Stands for the whole country where a column needs a code; no area has it."""

SEATS = {"130001": "131041", "350001": "352039", "400009": "401307"}
"""Seats of prefectures that are not the prefecture's first municipality by code (東京、山口、福岡)."""


class BadAreas(Exception):
    """The file of areas breaks a rule; the message names the line."""


def check_digit(first_five: str) -> int:
    """The sixth digit of a 全国地方公共団体コード (総務省: weights 6 to 2, modulo 11)."""
    total = sum(int(digit) * weight for digit, weight in zip(first_five, range(6, 1, -1), strict=True))
    return (11 - total % 11) % 10 if total >= 11 else 11 - total


def area_kind(level: str, name: str, *, has_wards: bool) -> str:
    """The kind of an area by its level and the last letter of its name (市, 区, 町, 村)."""
    if level != Area.Level.MUNICIPALITY:
        return level
    if has_wards:
        return Area.Kind.DESIGNATED_CITY
    kinds = {
        "市": Area.Kind.CITY,
        "区": Area.Kind.SPECIAL_WARD,
        "町": Area.Kind.TOWN,
        "村": Area.Kind.VILLAGE,
    }
    try:
        return kinds[name[-1]]
    except KeyError as error:
        raise BadAreas(f"{name}: 市・区・町・村のどれでもありません") from error


def seat_of(prefecture: str, codes: Iterable[str]) -> str:
    """The code of the municipality where the prefecture's office is."""
    return SEATS.get(prefecture) or min(c for c in codes if c[:2] == prefecture[:2] and c != prefecture)


@transaction.atomic
def load_areas(file: Path) -> int:
    """Write the areas of a CSV (code, level, name, kana, prefecture, parent_code, latitude, longitude).

    A ward without a point gets its city's, a prefecture that of its seat. Areas that the file no longer
    has stay: entries point at them.

    Returns:
        How many areas the file has.

    Raises:
        BadAreas: a code's check digit, a parent or a name is wrong.
    """
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = {row["code"]: row for row in csv.DictReader(stream)}
    parents = {row["parent_code"] for row in rows.values() if row["level"] == Area.Level.WARD}
    areas = []
    # parents first: prefectures, municipalities, wards
    for level in Area.Level.values:
        for code, row in rows.items():
            if row["level"] != level:
                continue
            parent = rows.get(row["parent_code"])
            if len(code) != 6 or int(code[5]) != check_digit(code[:5]):
                raise BadAreas(f"{code} {row['name']}: 検査数字が合いません")
            if (parent is None) != (level == Area.Level.PREFECTURE):
                raise BadAreas(f"{code} {row['name']}: 親の自治体がありません")
            point = row if row["latitude"] else parent or rows[seat_of(code, rows)]
            prefecture = (parent["parent_code"] or parent["code"]) if parent else None
            areas.append(
                Area(
                    code=code,
                    level=level,
                    kind=area_kind(level, row["name"], has_wards=code in parents),
                    name=row["name"],
                    name_kana=row["kana"],
                    parent_id=row["parent_code"] or None,
                    prefecture_id=prefecture,
                    latitude=float(point["latitude"]) if point and point["latitude"] else None,
                    longitude=float(point["longitude"]) if point and point["longitude"] else None,
                )
            )
    Area.objects.bulk_create(
        areas,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[
            "level",
            "kind",
            "name",
            "name_kana",
            "parent",
            "prefecture",
            "latitude",
            "longitude",
        ],
    )
    forget_areas()
    return len(areas)


@dataclass(frozen=True, slots=True)
class AreaNode:
    """An area in memory. ``scope`` are the codes of this area and of those above it, the nearest first."""

    code: str
    level: str
    kind: str
    name: str
    name_kana: str
    full_name: str
    parent_code: str | None
    prefecture_code: str
    scope: tuple[str, ...]
    latitude: float | None
    longitude: float | None


def area_tree() -> dict[str, AreaNode]:
    """Every area by its code, in the order of codes. An empty tree is not kept: a replica may be behind."""
    tree = _area_tree()
    if not tree:
        _area_tree.cache_clear()
    return tree


@functools.cache
def _area_tree() -> dict[str, AreaNode]:
    nodes: dict[str, AreaNode] = {}
    order = {level: place for place, level in enumerate(Area.Level.values)}
    for area in sorted(Area.objects.all(), key=lambda area: order[area.level]):
        parent = nodes.get(area.parent_id or "")
        nodes[area.code] = AreaNode(
            code=area.code,
            level=area.level,
            kind=area.kind,
            name=area.name,
            name_kana=area.name_kana,
            full_name=(parent.full_name if parent else "") + area.name,
            parent_code=area.parent_id,
            prefecture_code=parent.prefecture_code if parent else area.code,
            scope=(area.code, *(parent.scope if parent else ())),
            latitude=area.latitude,
            longitude=area.longitude,
        )
    return dict(sorted(nodes.items()))


def areas_below(code: str) -> tuple[str, ...]:
    """The codes of the areas inside this one, in the order of codes; none for an unknown code."""
    return _areas_below().get(code, ()) if area_tree() else ()


@functools.cache
def _areas_below() -> dict[str, tuple[str, ...]]:
    below: dict[str, list[str]] = {}
    for node in area_tree().values():
        for code in node.scope[1:]:
            below.setdefault(code, []).append(node.code)
    return {code: tuple(codes) for code, codes in below.items()}


@functools.cache
def _names_in_use() -> Counter[str]:
    return Counter(node.name for node in area_tree().values())


def area_name(area: AreaNode) -> str:
    """An area's own name in the language of the request: 品川区, Shinagawa-ku."""
    return area_in_romaji(area.name, area.name_kana) if get_language() == "en" else area.name


def area_full_name(area: AreaNode) -> str:
    """An area's name with those above it, in the language of the request.

    東京都品川区; Shinagawa-ku, Tokyo.
    """
    if get_language() != "en":
        return area.full_name
    return ", ".join(area_name(area_tree()[code]) for code in area.scope)


def area_label(area: AreaNode) -> str:
    """An area's name as a person reads it, in the language of the request: 札幌市, Sapporo-shi.

    Where several areas have the name, the prefecture (and a ward's city) stands with it: 東京都府中市,
    Fuchu-shi, Tokyo.
    """
    return area_name(area) if _names_in_use()[area.name] == 1 else area_full_name(area)


def forget_areas() -> None:
    """Read the areas anew at the next use (after loading, and between tests)."""
    for memory in (_area_tree, _areas_below, _names_in_use):
        memory.cache_clear()


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance in kilometres between two points in degrees (haversine)."""
    a, b = math.radians(latitude), math.radians(other_latitude)
    half = (
        math.sin((b - a) / 2) ** 2
        + math.cos(a) * math.cos(b) * math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half))
