"""Compute when somebody can be reached, for every need and area: a job, not a page's work.

A line counts if a person answers at once (telephone, chat, LINE), its contact is verified and its hours are
known. Verified lines whose hours are not known are counted beside, as unknown. Entries that exist by law but
whose contact nobody has checked are counted as unverified, and cover nothing.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from tsunagari.core.areas import NATIONWIDE
from tsunagari.directory.coverage import Calendar, calendar_from, covered, together
from tsunagari.directory.models import CoverageWeek
from tsunagari.directory.search import openness
from tsunagari.directory.search.kinds import KIND_AREA

JAPANESE = "ja"
WRITTEN = ("chat", "line")
TALKING = ("phone", *WRITTEN)

_LINES = """
SELECT r.area_code, r.hours_id, n.need, coalesce(l.code, 'ja'), count(DISTINCT r.service_id)
  FROM directory_searchrow AS r
  JOIN directory_service AS s ON s.id = r.service_id
  CROSS JOIN unnest(r.needs) AS n(need)
  LEFT JOIN directory_language AS l ON l.service_id = s.id
 WHERE s.contact_verified AND s.status = 'active' AND s.kind = 'consultation'
   AND r.area_code <> %s AND r.channels && %s::varchar[]
 GROUP BY r.area_code, r.hours_id, n.need, coalesce(l.code, 'ja')
"""
_UNVERIFIED = """
SELECT r.area_code, count(DISTINCT r.service_id)
  FROM directory_searchrow AS r JOIN directory_service AS s ON s.id = r.service_id
 WHERE NOT s.contact_verified AND s.status = 'active' AND r.area_code <> %s
 GROUP BY r.area_code
"""

# {need: {profile: [mask, unknown]}}
_Needs = defaultdict[str, defaultdict[str, list[int]]]


def _needs() -> _Needs:
    return defaultdict(lambda: defaultdict(lambda: [0, 0]))


@transaction.atomic
def compute_coverage(*, at: datetime) -> int:
    """Write the weeks of all areas anew, as seen from a day on. Returns how many areas there are."""
    calendar = calendar_from(timezone.localdate(at))
    areas: dict[str, _Needs] = defaultdict(_needs)
    masks: dict[int, dict[str, tuple[int, bool]]] = {}
    for code, hours_id, need, language, count in _rows(_LINES, [KIND_AREA, list(TALKING)]):
        if hours_id is not None and hours_id not in masks:
            masks[hours_id] = _masks(hours_id, calendar)
        profiles = masks[hours_id] if hours_id is not None else {"any": (0, True)}
        for way, (mask, unknown) in profiles.items():
            if language != JAPANESE and way != "any":
                continue
            entry = areas[code][need][f"{language}:{way}"]
            entry[0] |= mask
            entry[1] += count if unknown else 0
    unverified = dict(_rows(_UNVERIFIED, [KIND_AREA]))
    rows = [
        CoverageWeek(
            area_code=code,
            weeks={
                "unverified": unverified.get(code, 0),
                "needs": {
                    need: {profile: [f"{mask:x}", unknown] for profile, (mask, unknown) in profiles.items()}
                    for need, profiles in areas[code].items()
                },
            },
            week_from=calendar.mondays[0],
            computed_at=at,
        )
        for code in sorted({NATIONWIDE} | areas.keys() | unverified.keys())
    ]
    CoverageWeek.objects.all().delete()
    CoverageWeek.objects.bulk_create(rows, batch_size=200)
    return len(rows)


def _masks(hours_id: int, calendar: Calendar) -> dict[str, tuple[int, bool]]:
    """{way of talking: (covered quarters, whether some of it is not known)} of a pattern of hours."""
    pattern = openness.pattern(hours_id)
    ways = {"any": TALKING, "phone": ("phone",), "text": WRITTEN}
    found = {}
    for way, kinds in ways.items():
        every = [hours for kind in kinds for hours in pattern.get(kind, ())]
        if every:
            mask = together(covered(hours, calendar) for hours in every)
            found[way] = (mask, not any(hours.periods for hours in every))
    return found


def _rows(sql: str, params: list[Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        yield from cursor.fetchall()
