"""Figures that the directory offers to the plan."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Q, Sum

from tsunagari.core.areas import AreaNode
from tsunagari.core.indicators import NOT_MEASURED, Observation, Period, indicator
from tsunagari.directory.ageing import OLD_AFTER_MONTHS, months_before
from tsunagari.directory.models import MistakeReport, Service, ServiceArea
from tsunagari.directory.search.openness import open_pattern_ids
from tsunagari.directory.selectors.reachability import observations
from tsunagari.directory.selectors.upkeep import LATE_AFTER, last_confirmed

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


@indicator(
    key="directory.confirmed_within_six_months",
    name_ja="この6か月に確かめられた窓口の割合",
    name_en="Share of entries confirmed within the last six months",
    unit="ratio",
)
def confirmed_within_six_months(area: AreaNode | None, period: Period) -> Observation:
    """Active entries confirmed in the six months before the period's last day ÷ active entries.

    Only the latest confirmation of an entry is known: for a day long past, the figure is too low.
    """
    services = Service.objects.filter(_services(area)).annotate(confirmed=last_confirmed()).distinct()
    total = services.count()
    if not total:
        return NOT_MEASURED
    since = months_before(period.ends_on, OLD_AFTER_MONTHS)
    fresh = services.filter(confirmed__gt=since, confirmed__lte=period.ends_on).count()
    return Observation(value=fresh / total, numerator=fresh, denominator=total)


@indicator(
    key="directory.mistakes_handled_in_time",
    name_ja="14日以内に片づけたまちがいの知らせの割合",
    name_en="Share of mistake reports handled within 14 days",
    unit="ratio",
)
def mistakes_handled_in_time(area: AreaNode | None, period: Period) -> Observation:
    """Reports handled within fourteen days ÷ reports whose fourteen days ended in the period."""
    begins = datetime.combine(period.begins_on, time(), TOKYO)
    ends = datetime.combine(period.ends_on + timedelta(days=1), time(), TOKYO)
    due = MistakeReport.objects.filter(created_at__gte=begins - LATE_AFTER, created_at__lt=ends - LATE_AFTER)
    if area:
        due = due.filter(service__service_areas__area=area.code).distinct()
    total = due.count()
    if not total:
        return NOT_MEASURED
    handled = due.filter(handled_at__lte=F("created_at") + LATE_AFTER).count()
    return Observation(value=handled / total, numerator=handled, denominator=total)


@indicator(
    key="directory.calls_answered",
    name_ja="かかってきた電話・チャットのうち、つながった割合",
    name_en="Share of calls and chats that were answered",
    unit="ratio",
)
def calls_answered(area: AreaNode | None, period: Period) -> Observation:
    """Answered ÷ attempts of what was counted in days that ended in the period, by lines that serve the area.

    Reported, measured and published counts alike; a line that nobody counted is in neither number.
    """
    seen = observations().filter(observed_on__range=(period.begins_on, period.ends_on))
    if area:
        served = ServiceArea.objects.filter(Q(area__in=area.scope) | Q(area=None)).values("service")
        seen = seen.filter(channel__service__in=served)
    total = seen.aggregate(attempts=Sum("attempts"), answered=Sum("answered"))
    if not total["attempts"]:
        return NOT_MEASURED
    return Observation(
        value=total["answered"] / total["attempts"],
        numerator=total["answered"],
        denominator=total["attempts"],
    )
