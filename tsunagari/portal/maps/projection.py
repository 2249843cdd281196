"""Degrees to the plane of our maps: Lambert's conformal conic, in kilometres, y growing to the south."""

import math

EARTH_KM = 6371.0088
CENTRE_LONGITUDE, CENTRE_LATITUDE = 137.0, 37.0
PARALLELS = (33.0, 43.0)


def _along(latitude: float) -> float:
    return math.tan(math.pi / 4 + math.radians(latitude) / 2)


_SOUTH, _NORTH = (math.radians(each) for each in PARALLELS)
_N = math.log(math.cos(_SOUTH) / math.cos(_NORTH)) / math.log(_along(PARALLELS[1]) / _along(PARALLELS[0]))
_F = math.cos(_SOUTH) * _along(PARALLELS[0]) ** _N / _N
_RHO_CENTRE = EARTH_KM * _F / _along(CENTRE_LATITUDE) ** _N


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Return (x, y) in kilometres from 37°N 137°E, x to the east, y to the south as SVG counts."""
    rho = EARTH_KM * _F / _along(latitude) ** _N
    angle = _N * math.radians(longitude - CENTRE_LONGITUDE)
    return rho * math.sin(angle), rho * math.cos(angle) - _RHO_CENTRE
