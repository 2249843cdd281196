"""Openness by pattern is the openness of the schedules themselves."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.directory.search.conftest import NIGHT, NOON, TOKYO
from tsunagari.directory.models import SearchRow, Service
from tsunagari.directory.opening import hours_of
from tsunagari.directory.schedules import is_open
from tsunagari.directory.search import openness

pytestmark = pytest.mark.usefixtures("directory_data")


@pytest.mark.parametrize("hours", range(0, 7 * 24, 5))
def test_state_of_every_service_over_a_week(hours: int) -> None:
    at = NIGHT + timedelta(hours=hours, minutes=hours % 60)
    states = openness.open_pattern_ids(at)
    rows = dict(SearchRow.objects.filter(area_code="000000").values_list("service", "hours"))
    checked = 0
    for service in Service.objects.filter(pk__in=rows, status="active").prefetch_related(
        "channels__schedules"
    ):
        talking = [channel for channel in service.channels.all() if channel.type in openness.TALKING]
        each = [is_open(hours_of(channel.schedules.all()), at) for channel in talking]
        expected = True if True in each else (False if each and None not in each else None)
        assert states.state(rows[service.pk]) is expected, service.name
        checked += 1
    assert checked > 40


def test_a_page_of_results_needs_one_query_for_what_is_open() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        states = openness.open_pattern_ids(NOON)
        ids = list(SearchRow.objects.filter(area_code="000000").values_list("hours_id", flat=True)[:50])
        assert {states.state(pk) for pk in ids} == {True, False, None}
    assert len(queries) == 2  # the patterns once for the minute, and the page
    with CaptureQueriesContext(connection) as queries:
        openness.open_pattern_ids(NOON + timedelta(seconds=30))
    assert len(queries) == 0


def test_only_the_channels_asked_for_count() -> None:
    row = SearchRow.objects.get(service__key="ikizurabit")
    evening = datetime(2026, 11, 25, 20, 0, tzinfo=TOKYO)
    assert openness.open_pattern_ids(evening).state(row.hours_id) is True
    assert openness.open_pattern_ids(evening, ["phone"]).state(row.hours_id) is None
    assert openness.open_pattern_ids(evening, ["web", "email"]).state(row.hours_id) is None


def test_next_opening_and_closing_follow_the_hours() -> None:
    row = SearchRow.objects.get(service__key="childline")
    opens = openness.opens_next(row.hours_id, NIGHT)
    assert opens == datetime(2026, 11, 25, 16, 0, tzinfo=TOKYO)
    assert openness.closes_next(row.hours_id, opens) == datetime(2026, 11, 25, 21, 0, tzinfo=TOKYO)
    assert openness.opens_next(None, NIGHT) is None


def test_seconds_do_not_matter() -> None:
    assert openness.open_pattern_ids(NOON) is openness.open_pattern_ids(NOON + timedelta(seconds=59))
