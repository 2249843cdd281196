"""Old and silent entries: where they are marked, ranked and hidden, on days that are passed in."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.directory.upkeep.conftest import Scene
from tests.factories import AT, make_organization
from tsunagari.directory import ageing
from tsunagari.directory.models import ConfirmationRequest, NightlyRun, SearchRow, Service, ServiceArea
from tsunagari.directory.search import openness
from tsunagari.directory.search.index import reindex_services
from tsunagari.directory.search.query import search
from tsunagari.directory.search.request import SearchRequest
from tsunagari.directory.selectors import upkeep
from tsunagari.directory.services import nights
from tsunagari.portal import selectors

TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _patterns_anew() -> Iterator[None]:
    yield
    openness.forget()


@pytest.mark.parametrize(
    ("on", "months", "expected"),
    [
        (date(2026, 11, 24), 6, date(2026, 5, 24)),
        (date(2026, 8, 31), 6, date(2026, 2, 28)),
        (date(2024, 8, 31), 6, date(2024, 2, 29)),
        (date(2026, 1, 1), 12, date(2025, 1, 1)),
        (date(2026, 3, 31), 13, date(2025, 2, 28)),
    ],
)
def test_months_before(on: date, months: int, expected: date):
    assert ageing.months_before(on, months) == expected


def test_a_day_decides():
    assert not ageing.is_old(date(2026, 5, 25), TODAY)
    assert ageing.is_old(date(2026, 5, 24), TODAY)
    assert ageing.is_old(None, TODAY)
    assert ageing.is_silent(date(2025, 11, 24), TODAY)
    assert not ageing.is_silent(date(2025, 11, 25), TODAY)
    assert not ageing.is_silent(None, TODAY)


@pytest.mark.parametrize(
    ("assured", "as_of", "expected"),
    [
        (date(2026, 1, 2), "2024-12", date(2026, 1, 2)), (None, "2024-12", date(2024, 12, 1)),
        (None, "", None), (None, "いつか", None), (None, "2024-13", None),
    ],
)  # fmt: skip
def test_the_database_reads_the_date_as_the_code_does(
    scene: Scene, assured: date | None, as_of: str, expected: date | None
):
    Service.objects.filter(pk=scene.service.pk).update(assured_on=assured, as_of=as_of)
    found = Service.objects.annotate(confirmed=upkeep.last_confirmed()).get(pk=scene.service.pk)
    assert found.confirmed == expected == ageing.confirmed_on(assured, as_of)


def make_line(scene: Scene, *, key: str | None = None, asked: datetime | None) -> Service:
    """alice's line for the whole country, with an open question since then."""
    line = scene.service
    ServiceArea.objects.filter(service=line).update(area=None)
    Service.objects.filter(pk=line.pk).update(key=key, name="ねむれない夜の電話", assured_on=date(2025, 1, 1))
    if asked:
        ConfirmationRequest.objects.create(service=line, asked_at=asked, last_sent_at=asked)
    return line


OPEN_AT = datetime(2026, 11, 24, 3, tzinfo=UTC)  # Tuesday noon in Tokyo; the line is open from 9 to 17


def reachable(line: Service, on: date) -> dict[str, bool]:
    """Where the line is offered as reachable now, after the index of that day."""
    reindex_services([line.pk], on=on)
    found = search(SearchRequest(q="ねむれない夜の電話", at=OPEN_AT))
    open_only = search(SearchRequest(q="ねむれない夜の電話", at=OPEN_AT, open_now=True))
    return {
        "talk now": line.pk in {service.pk for service in selectors.nationwide_lines()},
        "open now": line.pk in {result.id for result in open_only.results},
        "counted": selectors.open_counts(OPEN_AT)["phone"] == 1,
        "found": line.pk in {result.id for result in found.results},
    }


@pytest.mark.parametrize(
    ("asked", "key", "hidden"),
    [
        (None, None, False),
        (datetime(2025, 11, 25, 1, tzinfo=UTC), None, False),
        (datetime(2025, 11, 24, 1, tzinfo=UTC), None, True),
        # a curated nationwide line is never hidden, however long nobody answers
        (datetime(2020, 1, 1, tzinfo=UTC), "yorisoi", False),
    ],
)
def test_silent_for_a_year_is_not_offered_as_reachable_but_found(
    scene: Scene, asked: datetime | None, key: str | None, hidden: bool
):
    SearchRow.objects.all().delete()
    line = make_line(scene, key=key, asked=asked)
    shown = not hidden
    assert reachable(line, TODAY) == {"talk now": shown, "open now": shown, "counted": shown, "found": True}


def test_an_answer_brings_it_back(scene: Scene):
    SearchRow.objects.all().delete()
    line = make_line(scene, asked=datetime(2025, 1, 1, tzinfo=UTC))
    assert not reachable(line, TODAY)["talk now"]
    ConfirmationRequest.objects.update(answered_at=AT, answer="confirmed")
    assert reachable(line, TODAY)["talk now"]


def test_the_old_rank_behind_the_fresh(scene: Scene):
    priors = []
    for day in (date(2026, 6, 1), date(2026, 5, 1), date(2024, 12, 1)):
        Service.objects.filter(pk=scene.service.pk).update(assured_on=day)
        reindex_services([scene.service.pk], on=TODAY)
        priors.append(SearchRow.objects.get(service=scene.service).quality)
    assert priors[0] > priors[1] > priors[2]


def test_the_night_ranks_anew_what_has_become_old_or_silent_and_makes_up_for_missed_nights(scene: Scene):
    organization = make_organization("ほかの会")
    days = {"before": date(2026, 5, 20), "now": date(2026, 5, 23), "tomorrow": date(2026, 5, 26)}
    services = {
        name: Service.objects.create(organization=organization, name=name, assured_on=day)
        for name, day in days.items()
    }
    for service in services.values():
        ServiceArea.objects.create(service=service, area=None)
    Service.objects.filter(pk=scene.service.pk).update(assured_on=TODAY)
    ConfirmationRequest.objects.create(
        service=scene.service, asked_at=datetime(2025, 11, 23, 3, tzinfo=UTC), last_sent_at=AT
    )
    reindex_services(on=date(2026, 11, 21))
    SearchRow.objects.update(quality=0)
    NightlyRun.objects.create(name=nights.AGEING, ran_on=date(2026, 11, 21))
    assert nights.reindex_aged(at=AT) == 2
    changed = set(SearchRow.objects.exclude(quality=0).values_list("service_id", flat=True))
    assert changed == {services["now"].pk, scene.service.pk}
    assert nights.reindex_aged(at=AT + timedelta(hours=1)) == 0
    assert nights.reindex_aged(at=AT + timedelta(days=2)) == 1
    assert NightlyRun.objects.get(name=nights.AGEING).ran_on == date(2026, 11, 26)


def test_a_night_that_fails_is_done_again(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    NightlyRun.objects.create(name=nights.AGEING, ran_on=date(2026, 11, 21))
    Service.objects.filter(pk=scene.service.pk).update(assured_on=date(2026, 5, 23))

    def fail(*args: object, **options: object) -> int:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(nights, "reindex_services", fail)
        with pytest.raises(ConnectionError):
            nights.reindex_aged(at=AT)
    assert nights.reindex_aged(at=AT) == 1
