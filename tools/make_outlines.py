# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "scipy", "shapely>=2.1"]
# ///
"""Draw the outlines of the prefectures from the municipalities' points alone: data/outlines.json.

    PYTHONPATH=. uv run tools/make_outlines.py [--picture FILE.svg]

There is no licensed geodata in it. The land is what lies near a municipality's office: the triangles
between neighbouring offices on one island (Delaunay, long edges left out) and a disc around each office. Each
point of the land belongs to the prefecture of the nearest office (Voronoi). So the outlines are a likeness,
good to recognise and to point at, not to measure by. What is known of the sea, that two neighbours have water
between them, stands below as codes; that is common knowledge of geography, copied from no map.

numpy, scipy (BSD) and shapely (BSD) are needed here only; whoever runs the site does not need them.
"""

import argparse
import csv
import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.spatial import Delaunay, Voronoi, cKDTree
from shapely import coverage_simplify
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.ops import unary_union

from tsunagari.portal.maps.projection import project

ROOT = Path(__file__).resolve().parent.parent
LONGEST_EDGE_KM = {"hokkaido": 95.0}
LONGEST_EDGE_ELSEWHERE_KM = 70.0
SMALLEST_DISC_KM, LARGEST_DISC_KM, SHARE_OF_DISTANCE = 6.0, 12.0, 0.45
ISLAND_DISC_KM = 8.0
STRAIT_KM = 2.2
"""How far each shore draws back where two islands would touch."""
ROUNDING_KM = 3.5
TOLERANCE_KM2 = 4.0
SMALL_KM2, SMALL_TOLERANCE_KM2 = 1500.0, 0.3
UNIT_KM = 0.5

MAIN_ISLANDS = {
    "hokkaido": ("01",),
    "shikoku": ("36", "37", "38", "39"),
    "kyushu": tuple(["40", "41", "42", "43", "44", "45", "46"]),
}
# municipalities on islands of their own, by the first five digits of their codes
ISLANDS = {
    "rishiri": "01517 01518 01519", "okushiri": "01367", "sado": "15224", "oki": "32525 32526 32527 32528",
    "oshima": "13361 13362 13363 13364", "miyake": "13381 13382", "hachijo": "13401", "aogashima": "13402",
    "ogasawara": "13421", "awaji": "28205 28224 28226", "shodo": "37322 37324", "naoshima": "37364",
    "kamijima": "38356", "osakikamijima": "34431", "iki": "42210", "tsushima": "42209",
    "goto": "42211 42411", "ojika": "42383", "tanegashima": "46213 46501 46502", "yakushima": "46505",
    "mishima": "46303", "tokara": "46304",
    "amami": "46222 46523 46524 46525 46527", "kikai": "46529", "tokuno": "46530 46531 46532",
    "okinoerabu": "46533 46534", "yoron": "46535", "himeshima": "44322",
    "okinawa": "47", "kume": "47361", "iheya": "47359 47360", "daito": "47357 47358",
    "tonaki": "47353 47354 47355 47356",
    "miyako": "47214 47375", "yaeyama": "47207 47381", "yonaguni": "47382", "ie": "47315",
}  # fmt: skip
CHITA = "23205 23216 23222 23224 23441 23442 23445 23446 23447"
IZU = "22222 22219 22301 22302 22304 22305 22306 22208 22205"
# (codes, codes): there is water between these, though their offices are near each other
WATER = [
    ("12", "14"), ("42", "43"), ("41", "43"), ("40", "42"), (CHITA, "24"), ("23231", "24"),
    ("23231", CHITA), (IZU, "22100 22212 22226 22223 22424 22209"),
    ("17202 17204 17205 17461 17463 17407", "16201 16202 16204 16206 16207 16211 16342 16343"),
    ("28100 28203 28202 28204 28381 28382",
     "27202 27213 27228 27232 27366 27208 27206 27225 27361 27362 27140"),
    ("01205 01233 01575 01584 01571", "01345 01343 01202 01337 01236"),
    ("46201 46210 46215 46218 46220", "46203 46214 46491 46490 46492 46482 46468"),
    ("02208 02425 02424 02426 02423", "02301 02303 02304 02307 02201 02321"),
    ("33203 33205 33209", "34"),
]  # fmt: skip


def island_of(code: str) -> str:
    """The island that a municipality's office stands on."""
    longest, found = 0, "honshu"
    for name, codes in [*((n, " ".join(c)) for n, c in MAIN_ISLANDS.items()), *ISLANDS.items()]:
        for prefix in codes.split():
            if code.startswith(prefix) and len(prefix) > longest:
                longest, found = len(prefix), name
    return found


def matches(code: str, prefixes: str) -> bool:
    """Whether a code begins with one of the prefixes."""
    return code.startswith(tuple(prefixes.split()))


def has_water(one: str, other: str) -> bool:
    """Whether the line between two offices goes over water."""
    return any(
        (matches(one, a) and matches(other, b)) or (matches(one, b) and matches(other, a)) for a, b in WATER
    )


def read_points() -> tuple[list[str], np.ndarray]:
    """The codes of the municipalities and their points on the plane."""
    with (ROOT / "data/municipalities.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [r for r in csv.DictReader(stream) if r["level"] == "municipality" and r["latitude"]]
    points = [project(float(row["latitude"]), float(row["longitude"])) for row in rows]
    return [row["code"] for row in rows], np.array(points)


def cells(points: np.ndarray) -> list[Polygon]:
    """The Voronoi cell of each point; far points around close the outer ones."""
    centre, reach = points.mean(axis=0), 6000.0
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    around = centre + reach * np.column_stack([np.cos(angles), np.sin(angles)])
    diagram = Voronoi(np.vstack([points, around]))
    return [
        Polygon(diagram.vertices[diagram.regions[diagram.point_region[place]]])
        for place in range(len(points))
    ]


def land_of(names: list[str], codes: list[str], points: np.ndarray) -> dict[str, Polygon | MultiPolygon]:
    """The land of each island."""
    nearest, _ = cKDTree(points).query(points, k=5)
    pieces = defaultdict(list)
    for place, point in enumerate(points):
        island = names[place]
        radius = np.clip(nearest[place, 4] * SHARE_OF_DISTANCE, SMALLEST_DISC_KM, LARGEST_DISC_KM)
        small = island != "honshu" and island not in MAIN_ISLANDS
        pieces[island].append(Point(*point).buffer(min(radius, ISLAND_DISC_KM) if small else radius, 12))
    for corners in Delaunay(points).simplices:
        if len({names[c] for c in corners}) > 1:
            continue
        edges = list(combinations(corners, 2))
        longest = LONGEST_EDGE_KM.get(names[corners[0]], LONGEST_EDGE_ELSEWHERE_KM)
        if max(np.linalg.norm(points[a] - points[b]) for a, b in edges) > longest:
            continue
        if not any(has_water(codes[a], codes[b]) for a, b in edges):
            pieces[names[corners[0]]].append(Polygon(points[corners]))
    lands = {}
    for island, parts in pieces.items():
        land = unary_union(parts)
        land = land.buffer(ROUNDING_KM).buffer(-2 * ROUNDING_KM + 1.5).buffer(ROUNDING_KM - 1.5)
        polygons = land.geoms if isinstance(land, MultiPolygon) else [land]
        lands[island] = unary_union([Polygon(each.exterior) for each in polygons])
    return lands


def draw() -> dict[str, MultiPolygon]:
    """The outline of each prefecture by its code's two first digits."""
    codes, points = read_points()
    names = [island_of(code) for code in codes]
    lands = land_of(names, codes, points)
    own = cells(points)
    regions = {
        island: unary_union([cell for cell, name in zip(own, names, strict=True) if name == island])
        for island in lands
    }
    shores = {island: land.intersection(regions[island].buffer(-STRAIT_KM)) for island, land in lands.items()}
    bays = [
        own[a].intersection(own[b]).buffer(STRAIT_KM)
        for a, b in {
            tuple(sorted(e)) for c in Delaunay(points).simplices for e in combinations(map(int, c), 2)
        }
        if names[a] == names[b] and has_water(codes[a], codes[b])
    ]
    sea = unary_union(bays)
    shores = {island: shore.difference(sea) for island, shore in shores.items()}
    parts = defaultdict(list)
    for code, cell, island in zip(codes, own, names, strict=True):
        parts[code[:2]].append(cell.intersection(shores[island]))
    prefectures = {code: unary_union(found).buffer(0) for code, found in sorted(parts.items())}
    shapes = list(prefectures.values())
    simpler = coverage_simplify(shapes, TOLERANCE_KM2)
    finer = coverage_simplify(shapes, SMALL_TOLERANCE_KM2)
    outlines = {}
    for code, rough, fine in zip(prefectures, simpler, finer, strict=True):
        large = [each for each in polygons_of(rough) if each.area > SMALL_KM2]
        small = [each for each in polygons_of(fine) if 20 < each.area <= SMALL_KM2]
        outlines[code] = MultiPolygon([*large, *(each for each in small if not meets(each, large))])
    return outlines


def polygons_of(shape: Polygon | MultiPolygon) -> list[Polygon]:
    """The parts of a shape."""
    return list(shape.geoms) if isinstance(shape, MultiPolygon) else [shape]


def meets(part: Polygon, others: list[Polygon]) -> bool:
    """Whether a part is drawn already: simplified, an outline may fall on either side of the limit."""
    return any(part.intersection(other).area > part.area / 2 for other in others)


def written(outlines: dict[str, MultiPolygon]) -> str:
    """As JSON: for each prefecture its rings, the largest first: x, y, x, y … in halves of a kilometre."""
    rings = {}
    for code, shape in outlines.items():
        found = []
        for polygon in sorted(shape.geoms, key=lambda each: -each.area):
            for ring in (polygon.exterior, *polygon.interiors):
                pairs = [(round(x / UNIT_KM), round(y / UNIT_KM)) for x, y in ring.coords]
                pairs = [pair for place, pair in enumerate(pairs) if place == 0 or pair != pairs[place - 1]]
                found.append([number for pair in pairs[:-1] for number in pair])
        rings[code] = found
    lines = ",\n".join(
        f'  "{code}": {json.dumps(found, separators=(",", ":"))}' for code, found in rings.items()
    )
    return (
        '{\n "made_by": "tools/make_outlines.py",\n "unit_km": 0.5,\n "prefectures": {\n'
        + lines
        + "\n }\n}\n"
    )


def picture(text: str) -> str:
    """The whole as one SVG to look at."""
    found = json.loads(text)["prefectures"]
    paths = []
    for code, rings in found.items():
        d = "".join("M" + " ".join(map(str, ring)) + "Z" for ring in rings)
        paths.append(
            f'<path d="{d}" fill="hsl({int(code) * 67 % 360} 40% 75%)" stroke="#fff" stroke-width="2"/>'
        )
    xs = [n for rings in found.values() for ring in rings for n in ring[::2]]
    ys = [n for rings in found.values() for ring in rings for n in ring[1::2]]
    box = f"{min(xs)} {min(ys)} {max(xs) - min(xs)} {max(ys) - min(ys)}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="900">{"".join(paths)}</svg>'


def main() -> None:
    """Write the file, and the picture if it is wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    text = written(draw())
    (ROOT / "data/outlines.json").write_text(text, encoding="utf-8")
    print(f"data/outlines.json: {len(text)} bytes")
    if options.picture:
        options.picture.write_text(picture(text), encoding="utf-8")


if __name__ == "__main__":
    main()
