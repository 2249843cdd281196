"""A figure's series as a small SVG for a list: intervals, points, lines that stop at breaks. Pure.

It is decoration beside numbers that say the same, so screen readers pass it by.
"""

from collections.abc import Sequence
from datetime import date

from tsunagari.plan.progress import Point, segments

WIDTH, HEIGHT, EDGE = 160, 48, 5


def sparkline(points: Sequence[Point], breaks: Sequence[date], aim: float | None = None) -> str:
    """The drawing; "" where nothing was measured."""
    if not points:
        return ""
    lows = [p.low if p.low is not None else p.value for p in points]
    highs = [p.high if p.high is not None else p.value for p in points]
    bottom, top = min(lows), max(highs)
    if aim is not None:
        bottom, top = min(bottom, aim), max(top, aim)
    spread = top - bottom or abs(top) or 1.0
    days = [p.ends_on.toordinal() for p in points]
    first, length = min(days), max(days) - min(days) or 1

    def x(day: date) -> float:
        if len(set(days)) == 1:
            return WIDTH / 2
        return round(EDGE + (day.toordinal() - first) / length * (WIDTH - 2 * EDGE), 1)

    def y(value: float) -> float:
        return round(HEIGHT - EDGE - (value - bottom) / spread * (HEIGHT - 2 * EDGE), 1)

    parts = [
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        ' aria-hidden="true" focusable="false">'
    ]
    if aim is not None:
        parts.append(f'<path class="spark-aim" d="M0 {y(aim)}H{WIDTH}"/>')
    for on in breaks:
        if first < on.toordinal() <= max(days):
            parts.append(f'<path class="spark-break" d="M{x(on)} 0V{HEIGHT}"/>')
    for part in segments(points, breaks):
        for point in part:
            if point.low is not None and point.high is not None:
                parts.append(
                    f'<path class="spark-error" d="M{x(point.ends_on)} {y(point.low)}V{y(point.high)}"/>'
                )
        way = "L".join(f"{x(point.ends_on)} {y(point.value)}" for point in part)
        if len(part) > 1:
            parts.append(f'<path class="spark-line" d="M{way}"/>')
        parts += [
            f'<circle class="spark-dot" cx="{x(point.ends_on)}" cy="{y(point.value)}" r="2.5"/>'
            for point in part
        ]
    return "".join([*parts, "</svg>"])
