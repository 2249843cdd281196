"""Charts by Altair, drawn as SVG on the server by vl-convert: no script, no network, one at a time.

The libraries are loaded with the first chart: most processes never draw one. A finished chart is kept by the
digest of what is in it, and the page's cache keeps it besides.
"""

import hashlib
import json
import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from tsunagari.plan.progress import Aim, Point, segments

FONT = "BIZ UDPGothic, Hiragino Sans, Noto Sans JP, Noto Sans CJK JP, Yu Gothic UI, Meiryo, sans-serif"
INK, SOFT, LINE, GREEN, BAND, AMBER = "#26221c", "#5b5347", "#857a69", "#0a5a33", "#8fc3a4", "#9a4a00"
GROUND = "#fffdfa"
KEPT = 256
"""Charts kept in memory; one takes about 12 kB."""

_kept: OrderedDict[str, str] = OrderedDict()
_lock = threading.Lock()
_press = threading.Lock()
_ready = False


@dataclass(frozen=True, slots=True)
class Words:
    """What a chart says beside its numbers."""

    title: str
    time: str
    value: str
    aim: str
    broken: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One area of a chart of areas."""

    name: str
    value: float
    low: float | None
    high: float | None


def series_chart(
    points: Sequence[Point],
    breaks: Sequence[date],
    *,
    words: Words,
    percent: bool,
    aim: Aim | None = None,
) -> str:
    """A series in time as SVG: intervals, a line for each stretch between breaks, the aim."""
    rows = [
        {
            "day": point.ends_on.isoformat(),
            "value": _scaled(point.value, percent),
            "low": _scaled(point.low, percent),
            "high": _scaled(point.high, percent),
            "part": number,
        }
        for number, part in enumerate(segments(points, breaks))
        for point in part
    ]
    ends = [point.ends_on for point in points] + ([aim.deadline_on] if aim else [])
    marks = [day.isoformat() for day in breaks if ends and min(ends) < day <= max(ends)]
    goal = (
        {"day": aim.deadline_on.isoformat(), "value": _scaled(aim.value, percent), "text": words.aim}
        if aim
        else None
    )
    return _drawn("series", {"rows": rows, "marks": marks, "goal": goal, "words": _dict(words)})


def areas_chart(bars: Sequence[Bar], *, words: Words, percent: bool) -> str:
    """Areas one below the other, each a point with its interval."""
    rows = [
        {
            "name": bar.name,
            "value": _scaled(bar.value, percent),
            "low": _scaled(bar.low, percent),
            "high": _scaled(bar.high, percent),
        }
        for bar in bars
    ]
    return _drawn("areas", {"rows": rows, "words": _dict(words)})


def _dict(words: Words) -> dict[str, str]:
    return {name: getattr(words, name) for name in ("title", "time", "value", "aim", "broken")}


def _scaled(value: float | None, percent: bool) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return value * 100 if percent else value


def _drawn(kind: str, content: dict[str, Any]) -> str:
    key = hashlib.sha256(json.dumps([kind, content], sort_keys=True).encode()).hexdigest()
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    with _press:
        svg = _convert(_series(content) if kind == "series" else _areas(content))
    with _lock:
        _kept[key] = svg
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return svg


def _convert(chart: Any) -> str:
    import vl_convert  # noqa: PLC0415 - a JavaScript engine: only where charts are drawn

    global _ready
    if not _ready:
        vl_convert.register_font_directory(str(Path(settings.DATA_DIR) / "fonts" / "biz-udpgothic"))
        _ready = True
    svg: str = vl_convert.vegalite_to_svg(chart.to_json(), allowed_base_urls=[])
    return svg


def _data(alt: Any, rows: list[dict[str, Any]]) -> Any:
    return alt.Data(values=rows)


def _milliseconds(day: str) -> int:
    """A day as Vega counts time: milliseconds since 1970, UTC."""
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * 86_400_000


def _axis(alt: Any, words: dict[str, str], rows: list[dict[str, Any]]) -> Any:
    lows = [row["low"] if row["low"] is not None else row["value"] for row in rows]
    scale = alt.Scale(zero=False, nice=True) if lows else alt.Scale()
    return alt.Y("value:Q", title=words["value"], scale=scale)


def _series(content: dict[str, Any]) -> Any:
    import altair as alt  # noqa: PLC0415 - takes a second to load

    rows, words = content["rows"], content["words"]
    data = _data(alt, rows)
    # the month in which a period ends, at the points themselves: a year alone would be read as another one
    days = [*{row["day"] for row in rows}, *([content["goal"]["day"]] if content["goal"] else [])]
    axis = alt.Axis(format="%Y/%m", values=sorted(_milliseconds(day) for day in days), labelOverlap=True)
    x = alt.X("day:T", title=words["time"], axis=axis, scale=alt.Scale(type="utc"))
    y = _axis(alt, words, rows)
    base = alt.Chart(data).encode(x=x)
    low = alt.Y("low:Q", title=words["value"])
    layers = [
        base.mark_rule(color=BAND, strokeWidth=8, opacity=0.7).encode(y=low, y2="high:Q"),
        base.mark_line(color=GREEN, strokeWidth=2.5).encode(y=y, detail="part:N"),
        base.mark_point(color=GREEN, filled=True, size=60, opacity=1).encode(y=y),
    ]
    if content["marks"]:
        marks = _data(alt, [{"day": day, "text": words["broken"]} for day in content["marks"]])
        base = alt.Chart(marks).encode(x=x)
        note = base.mark_text(align="left", dx=5, dy=6, baseline="top", color=SOFT, fontSize=13)
        layers += [
            base.mark_rule(color=SOFT, strokeDash=[4, 4]),
            note.encode(y=alt.value(0), text="text:N"),
        ]
    if content["goal"]:
        base = alt.Chart(_data(alt, [content["goal"]])).encode(y=y)
        note = base.mark_text(align="right", dx=-10, dy=16, color=AMBER, fontSize=14)
        layers += [
            base.mark_rule(color=AMBER, strokeDash=[8, 4], strokeWidth=2),
            base.mark_point(shape="diamond", color=AMBER, filled=True, size=120, opacity=1).encode(x=x),
            note.encode(x=x, text="text:N"),
        ]
    return _dressed(alt.layer(*layers), words["title"], width=640, height=300)


def _areas(content: dict[str, Any]) -> Any:
    import altair as alt  # noqa: PLC0415

    rows, words = content["rows"], content["words"]
    data = _data(alt, rows)
    y = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=200))
    x = alt.X("value:Q", title=words["value"], scale=alt.Scale(zero=False))
    base, low = alt.Chart(data).encode(y=y), alt.X("low:Q", title=words["value"])
    layers = [
        base.mark_rule(color=BAND, strokeWidth=6).encode(x=low, x2="high:Q"),
        base.mark_point(color=GREEN, filled=True, size=50, opacity=1).encode(x=x),
    ]
    return _dressed(alt.layer(*layers), words["title"], width=520, height=alt.Step(20))


def _dressed(chart: Any, title: str, **size: Any) -> Any:
    return (
        chart.properties(description=title, **size)
        .configure(font=FONT, background=GROUND, padding=12)
        .configure_axis(
            labelFontSize=14,
            titleFontSize=14,
            titleFontWeight="normal",
            labelColor=INK,
            titleColor=SOFT,
            gridColor="#e9e0d2",
            domainColor=LINE,
            tickColor=LINE,
        )
        .configure_view(stroke=None)
    )
