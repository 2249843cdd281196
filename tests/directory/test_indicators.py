"""The directory's figures on the real data."""

from datetime import date

import pytest

from tsunagari.core.areas import area_tree
from tsunagari.core.indicators import NOT_MEASURED, Period, observe
from tsunagari.directory.models import SearchRow, Service

TODAY = Period(date(2026, 11, 24), date(2026, 11, 24))


@pytest.mark.usefixtures("directory_data")
def test_the_share_of_verified_entries_counts_entries_not_areas():
    found = observe("directory.confirmed", None, TODAY)
    active = Service.objects.filter(status="active")
    assert found.denominator == active.count()
    assert found.numerator == active.filter(contact_verified=True).count()
    sapporo = observe("directory.confirmed", area_tree()["011002"], TODAY)
    assert (sapporo.numerator, sapporo.denominator) == (0, 5)


@pytest.mark.usefixtures("directory_data")
def test_some_nationwide_line_is_open_at_every_hour():
    found = observe("directory.hours_with_a_line", None, TODAY)
    assert (found.value, found.denominator) == (1.0, 24)


@pytest.mark.django_db
def test_an_empty_directory_is_not_measured():
    SearchRow.objects.all().delete()
    Service.objects.all().delete()
    assert observe("directory.confirmed", None, TODAY) == NOT_MEASURED
    assert observe("directory.hours_with_a_line", None, TODAY) == NOT_MEASURED
