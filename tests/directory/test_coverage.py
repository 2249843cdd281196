"""When somebody can be reached: hours as bits, the days looked at, and what is computed of lines."""

from datetime import date

import pytest

from tests.directory.api.making import make_areas, make_public_organization, make_service
from tests.factories import AT
from tsunagari.core.areas import area_tree
from tsunagari.core.indicators import NOT_MEASURED, Period, observe
from tsunagari.directory import coverage as bits_of
from tsunagari.directory.coverage import calendar_from, covered, days_uncovered, gaps_of_day, hours_covered
from tsunagari.directory.models import (
    Channel,
    CoverageWeek,
    Language,
    Reachability,
    Schedule,
    Service,
    ServiceNeed,
    Taxonomy,
    TaxonomyTerm,
)
from tsunagari.directory.schedules import Closure, Hours
from tsunagari.directory.schedules import Period as Opening
from tsunagari.directory.search import needs as needs_in_memory
from tsunagari.directory.search.index import reindex_services
from tsunagari.directory.selectors import coverage as selectors
from tsunagari.directory.services.coverage import compute_coverage

ON = date(2026, 11, 24)
CALENDAR = calendar_from(ON)
EVERY_DAY = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def of(*periods: Opening, closures: tuple[Closure, ...] = ()) -> int:
    return covered(Hours(periods, closures), CALENDAR)


def test_ordinary_weeks_and_holidays_are_looked_at() -> None:
    assert CALENDAR.mondays == (
        date(2026, 11, 30), date(2026, 12, 7), date(2026, 12, 14), date(2026, 12, 21), date(2027, 1, 18),
    )  # fmt: skip
    assert CALENDAR.holidays == (date(2027, 1, 11), date(2027, 2, 11), date(2027, 2, 23))


def test_unknown_hours_cover_nothing_and_round_the_clock_everything() -> None:
    assert covered(Hours(), CALENDAR) == 0
    always = of(Opening(freq="DAILY", opens=0, closes=1440, holidays="as_weekday"))
    assert hours_covered(always) == (168, 24)
    assert bits_of.days_alike(always) == []


def test_weekdays_nine_to_five() -> None:
    mask = of(Opening(freq="WEEKLY", byday=EVERY_DAY[:5], opens=540, closes=1020))
    assert hours_covered(mask) == (40, 0)
    assert gaps_of_day(mask, 0) == [(0, 9), (17, 24)]
    assert gaps_of_day(mask, 5) == [(0, 24)]
    assert [days_uncovered(mask, hour) for hour in (8, 9, 16, 17)] == [7, 2, 2, 7]
    assert [list(days) for days, _ in bits_of.days_alike(mask)] == [[0, 1, 2, 3, 4], [5, 6, 7]]


def test_a_night_line_covers_the_morning_after_too() -> None:
    mask = of(Opening(freq="WEEKLY", byday=("SU",), opens=22 * 60, closes=26 * 60))
    assert hours_covered(mask) == (4, 0)
    assert gaps_of_day(mask, 0) == [(2, 24)]  # Monday until 2:00
    assert gaps_of_day(mask, 6) == [(0, 22)]


def test_part_of_an_hour_is_not_the_hour_unless_another_line_fills_it() -> None:
    first = of(Opening(freq="WEEKLY", byday=("MO",), opens=540, closes=570))
    second = of(Opening(freq="WEEKLY", byday=("MO",), opens=570, closes=600))
    assert hours_covered(first) == hours_covered(second) == (0, 0)
    assert hours_covered(first | second) == (1, 0)
    assert hours_covered(of(Opening(freq="WEEKLY", byday=("MO",), opens=541, closes=600))) == (0, 0)


def test_a_line_of_one_day_a_month_covers_nothing_one_can_rely_on() -> None:
    assert hours_covered(of(Opening(freq="MONTHLY", bymonthday=(10,), opens=0, closes=1440))) == (0, 0)


def test_the_turn_of_the_year_and_one_closure_once() -> None:
    always = Opening(freq="DAILY", opens=0, closes=1440, holidays="as_weekday")
    assert hours_covered(of(always, closures=(Closure("12-29", "01-03"),))) == (168, 24)
    assert hours_covered(of(always, closures=(Closure("2026-12-08", "2026-12-08"),))) == (144, 24)


def test_a_holiday_rule_counts_for_the_holiday_alone() -> None:
    mask = of(Opening(freq="DAILY", opens=600, closes=720, holidays="only"))
    assert hours_covered(mask) == (0, 2)


# -- computed of lines ---------------------------------------------------------------------------------------


@pytest.fixture
def term(db: None) -> TaxonomyTerm:
    """A need below another one."""
    make_areas()
    selectors.forget()
    taxonomy, _ = Taxonomy.objects.get_or_create(
        key="need", defaults={"name": "困りごと", "description": "x"}
    )
    above, _ = TaxonomyTerm.objects.get_or_create(
        taxonomy=taxonomy, code="trial-above", defaults={"name": "上", "description": "x"}
    )
    term, _ = TaxonomyTerm.objects.get_or_create(
        taxonomy=taxonomy, code="trial-below", defaults={"name": "下", "description": "x", "parent": above}
    )
    needs_in_memory.forget()
    return term


def line(
    term: TaxonomyTerm,
    *,
    area: str | None,
    kind: str = "phone",
    hours: tuple[int, int] | None = (540, 1020),
    language: str = "ja",
    **fields: object,
) -> Service:
    service = make_service(organization=make_public_organization(), area=area, **fields)
    channel = Channel.objects.create(service=service, type=kind, value="0120-000-000")
    if hours:
        Schedule.objects.create(channel=channel, freq="DAILY", opens_minute=hours[0], closes_minute=hours[1])
    ServiceNeed.objects.create(service=service, term=term)
    Language.objects.create(service=service, code=language)
    reindex_services([service.pk])
    return service


def week(area: str | None, profile: str = "ja:any", need: str = "trial-below") -> int:
    compute_coverage(at=AT)
    selectors.forget()
    found = selectors.coverage()
    assert found is not None
    return hours_covered(found.of(area_tree()[area] if area else None, [need], profile).bits)[0]


def test_lines_of_the_area_of_those_above_and_of_the_country_add_up(term: TaxonomyTerm) -> None:
    line(term, area="131016", hours=(540, 600))
    line(term, area="130001", hours=(600, 660))
    line(term, area=None, hours=(660, 720))
    assert [week(code) for code in ("131016", "130001", None)] == [21, 14, 7]
    assert week("131016", need="trial-above") == 21  # a line for the narrower need serves the wider one


def test_what_covers_nothing(term: TaxonomyTerm) -> None:
    line(term, area=None, contact_verified=False)
    line(term, area=None, status="temporarily closed")
    line(term, area=None, kind="email")
    line(term, area=None, kind="visit")
    line(term, area=None, kind="web")
    line(term, area=None, hours=None)
    make_service(organization=make_public_organization())
    assert week(None) == 0
    found = selectors.coverage()
    assert found is not None
    assert found.of(None, ["trial-below"]).unknown == 1


def test_for_whom_by_language_and_way(term: TaxonomyTerm) -> None:
    line(term, area=None, kind="phone", hours=(540, 600))
    line(term, area=None, kind="chat", hours=(600, 720))
    line(term, area=None, kind="phone", hours=(720, 780), language="vi")
    assert [week(None, profile) for profile in ("ja:any", "ja:phone", "ja:text", "vi:any", "en:any")] == [
        21, 7, 14, 7, 0,
    ]  # fmt: skip
    found = selectors.coverage()
    assert found is not None
    assert {"ja", "vi"} <= set(found.languages(None))


def test_computed_anew_it_replaces_what_was(term: TaxonomyTerm) -> None:
    service = line(term, area="131016")
    assert week("131016") == 56
    Service.objects.filter(pk=service.pk).update(status="defunct")
    reindex_services([service.pk])
    assert week("131016") == 0
    # other tests' entries by law may stand there
    rows = CoverageWeek.objects.filter(area_code="131016")
    assert all("trial-below" not in row.weeks["needs"] for row in rows)


def test_nothing_computed_yet(db: None) -> None:
    CoverageWeek.objects.all().delete()
    selectors.forget()
    assert selectors.coverage() is None
    assert observe("portal.hours_covered_company", None, Period(ON, ON)) == NOT_MEASURED


def test_the_share_of_calls_answered(term: TaxonomyTerm) -> None:
    Reachability.objects.all().delete()
    october = Period(date(2026, 10, 1), date(2026, 10, 31))
    assert observe("directory.calls_answered", None, october) == NOT_MEASURED
    for area, answered, on in (("131016", 40, 31), (None, 10, 1)):
        channel = line(term, area=area).channels.get()
        Reachability.objects.create(
            channel=channel, attempts=100, answered=answered, source="x", observed_on=date(2026, 10, on)
        )
    Reachability.objects.create(
        channel=channel, attempts=100, answered=99, source="x", observed_on=date(2026, 11, 1)
    )
    Reachability.objects.create(
        channel=channel, attempts=100, answered=99, source="y", observed_on=date(2026, 10, 9), withdrawn_at=AT
    )
    everywhere = observe("directory.calls_answered", None, october)
    assert (everywhere.value, everywhere.denominator) == (0.25, 200)
    assert observe("directory.calls_answered", area_tree()["130001"], october).numerator == 10
    assert observe("directory.calls_answered", area_tree()["131016"], october).numerator == 50
