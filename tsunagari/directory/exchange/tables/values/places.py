"""Points on the earth and postal codes."""

from __future__ import annotations

import re
from typing import Final

from tsunagari.directory.exchange.tables.values.plain import Say, told, wide

_DMS = re.compile(
    r"([NSEWnsew北南東西緯経]*)\s*(\d{1,3})\s*(?:°|度|d)\s*(\d{1,2})\s*(?:'|′|分|m)\s*(\d{1,2}(?:\.\d+)?)\s*(?:\"|″|''|秒|s)?"
)
_DECIMAL = re.compile(r"-?\d{1,3}(?:\.\d+)?")
# Japan with its outermost islands (国土地理院: 日本の東西南北端点)
_LATITUDES: Final = (20.0, 46.0)
_LONGITUDES: Final = (122.0, 155.0)


def degrees(text: str) -> float | None:
    """Degrees of 「35.68」, 「35度40分52秒」, 「35°40′52″」, or of a value in milliseconds."""
    plain = wide(text).replace("′", "'").replace("″", '"').replace("，", ".")
    if match := _DMS.search(plain):
        return round(int(match[2]) + int(match[3]) / 60 + float(match[4]) / 3600, 7)
    plain = re.sub(r"^(?:北緯|東経|緯度|経度|[ne])\s*[:：]?\s*", "", plain.lower()).rstrip("度°")
    return float(plain) if _DECIMAL.fullmatch(plain) else None


def point(latitude: str, longitude: str, say: Say) -> tuple[float, float] | None:
    """Latitude and longitude of two cells; swapped ones are put right."""
    if not told(latitude) and not told(longitude):
        return None
    lat, lon = degrees(latitude), degrees(longitude)
    if lat is not None and lon is not None:
        if _in_japan(lat, lon):
            return lat, lon
        if _in_japan(lon, lat):
            say("point_swapped", f"{latitude}, {longitude}")
            return lon, lat
    if (lat or 0) != 0 or (lon or 0) != 0 or lat is None or lon is None:
        say("not_point", f"{latitude}, {longitude}")
    return None


def point_of(text: str, say: Say) -> tuple[float, float] | None:
    """Latitude and longitude of one cell: 「35.68, 139.76」."""
    if not told(text):
        return None
    pieces = [piece for piece in re.split(r"[,、\s/;]+", wide(text)) if piece]
    if len(pieces) == 2:
        return point(pieces[0], pieces[1], say)
    say("not_point", text)
    return None


def _in_japan(latitude: float, longitude: float) -> bool:
    return _LATITUDES[0] <= latitude <= _LATITUDES[1] and _LONGITUDES[0] <= longitude <= _LONGITUDES[1]


_DASHES = re.compile(r"[‐‑‒–—―−ー─ｰ]")
_POSTAL = re.compile(r"〒?\s*(\d{3})-?(\d{4})(?!\d)")


def postal_code(text: str) -> str:
    """「123-4567」 of a cell, also where a leading 0 was lost; "" where there is none."""
    plain = _DASHES.sub("-", wide(text))
    if match := _POSTAL.search(plain):
        return f"{match[1]}-{match[2]}"
    digits = plain.replace("-", "")
    if digits.isascii() and digits.isdigit() and len(digits) in {5, 6}:
        digits = digits.zfill(7)
        return f"{digits[:3]}-{digits[3:]}"
    return ""
