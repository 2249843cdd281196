"""Figures that the directory offers to the plan."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Q

from tsunagari.core.areas import AreaNode
from tsunagari.core.indicators import NOT_MEASURED, Observation, Period, indicator
from tsunagari.directory.models import Service
from tsunagari.directory.search.openness import open_pattern_ids

TOKYO = ZoneInfo("Asia/Tokyo")


def _services(area: AreaNode | None) -> Q:
    """Active services whose area is this one, or all."""
    return Q(status=Service.Status.ACTIVE) & (Q(service_areas__area=area.code) if area else Q())


@indicator(
    key="directory.confirmed",
    name_ja="連絡先が確認済みの窓口の割合",
    name_en="Share of entries with a verified contact",
    unit="ratio",
)
def confirmed(area: AreaNode | None, period: Period) -> Observation:
    """Entries with a verified contact ÷ active entries, as they stand now."""
    services = Service.objects.filter(_services(area)).distinct()
    total = services.count()
    if not total:
        return NOT_MEASURED
    verified = services.filter(contact_verified=True).count()
    return Observation(value=verified / total, numerator=verified, denominator=total)


@indicator(
    key="directory.hours_with_a_line",
    name_ja="全国の窓口がひとつでも開いている時間の割合",
    name_en="Share of hours in which some nationwide line is open",
    unit="ratio",
)
def hours_with_a_line(area: AreaNode | None, period: Period) -> Observation:
    """Hours of the period's last day at whose start a nationwide line is open ÷ 24."""
    lines = set(
        Service.objects.filter(
            status=Service.Status.ACTIVE,
            kind=Service.Kind.CONSULTATION,
            search_rows__area_code="000000",
            search_rows__hours__isnull=False,
        ).values_list("search_rows__hours_id", flat=True)
    )
    if not lines:
        return NOT_MEASURED
    hours = sum(
        bool(lines & open_pattern_ids(datetime.combine(period.ends_on, time(hour), TOKYO)).open)
        for hour in range(24)
    )
    return Observation(value=hours / 24, numerator=hours, denominator=24)
