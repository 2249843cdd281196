"""Figures of how often channels answer: taken in, asked about, corrected, taken back, undone."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.directory.api.making import make_areas, make_public_organization, make_service
from tests.factories import AT, make_member, make_membership, make_user
from tsunagari.accounts.models import Role, User
from tsunagari.directory.models import Channel, Metadata, Reachability, SearchRow
from tsunagari.directory.search.index import reindex_services
from tsunagari.directory.services import reachability as service_of
from tsunagari.directory.services.reachability import (
    AlreadyReported,
    Implausible,
    TooLateToUndo,
    Unusual,
    correct_reachability,
    record_reachability,
    report_reachability,
    undo_reachability,
    withdraw_reachability,
)

pytestmark = pytest.mark.django_db

OCTOBER = date(2026, 10, 1)


@pytest.fixture
def channel() -> Channel:
    make_areas()
    service = make_service(organization=make_public_organization())
    channel = Channel.objects.create(service=service, type="phone", value="0120-000-000", toll_free=True)
    reindex_services([service.pk])
    return channel


@pytest.fixture
def alice(channel: Channel) -> User:
    assert channel.service is not None
    return make_member("alice", Role.EDITOR, channel.service.organization)


def measured(channel: Channel, **given: Any) -> Reachability:
    figures = {"attempts": 300, "answered": 90, "typical_wait_minutes": 6, "observed_on": date(2026, 11, 1)}
    about = {"kind": Reachability.Kind.MEASURED, "source": "このサイトの回線", "at": AT}
    return record_reachability(channel_id=channel.pk, **(figures | about | given))


def report(actor: User, channel: Channel, **given: Any) -> Reachability:
    figures = {"attempts": 1000, "answered": 430, "typical_wait_minutes": 12, "month": OCTOBER, "at": AT}
    return report_reachability(actor=actor, channel_id=channel.pk, **(figures | given))


def quality_of(channel: Channel) -> float:
    return SearchRow.objects.get(service=channel.service_id).quality


def test_a_measurement_moves_the_search(channel: Channel) -> None:
    before = quality_of(channel)
    seen = measured(channel)
    assert (seen.kind, seen.reported_by, seen.withdrawn_at) == ("measured", None, None)
    assert quality_of(channel) < before
    measured(channel, observed_on=date(2026, 11, 20), attempts=500, answered=450)
    assert quality_of(channel) > before


def test_a_report_is_of_the_whole_month_and_says_whose_it_is(channel: Channel, alice: User) -> None:
    seen = report(alice, channel, month=date(2026, 10, 17))
    assert (seen.observed_from, seen.observed_on) == (OCTOBER, date(2026, 10, 31))
    assert (seen.kind, seen.source, seen.reported_by) == (
        "reported", "ひだまりの会", channel.service and channel.service.organization,
    )  # fmt: skip
    assert Metadata.objects.get(resource_id=seen.pk).updated_by == f"user:{alice.pk}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0, "answered": 0}, {"attempts": -1}, {"answered": 1001}, {"answered": -1},
        {"typical_wait_minutes": 1441}, {"typical_wait_minutes": -1}, {"attempts": 10_000_001},
        {"month": date(2026, 11, 1)}, {"month": date(2030, 1, 1)}, {"month": date(2016, 10, 1)},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(channel: Channel, alice: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(Implausible):
        report(alice, channel, **wrong)
    with pytest.raises(Implausible):
        report(alice, channel, confirmed=True, **wrong)
    assert not Reachability.objects.exists()


def test_other_refusals(channel: Channel) -> None:
    with pytest.raises(Implausible):
        measured(channel, source="  ")
    with pytest.raises(Implausible):
        measured(channel, observed_from=date(2026, 11, 2))
    with pytest.raises(Implausible):
        measured(channel, observed_from=date(2025, 1, 1))
    letter = Channel.objects.create(service=channel.service, type="email", value="a@example.org")
    with pytest.raises(Implausible):
        measured(letter)
    with pytest.raises(Channel.DoesNotExist):
        record_reachability(
            channel_id=uuid4(), attempts=1, answered=1, typical_wait_minutes=None,
            kind=Reachability.Kind.MEASURED, source="x", observed_on=OCTOBER, at=AT,
        )  # fmt: skip


@pytest.mark.parametrize(
    "figures", [{"attempts": 10_001, "answered": 5}, {"attempts": 99, "answered": 5}, {"answered": 1000}]
)
def test_what_is_unusual_is_asked_about_once(channel: Channel, alice: User, figures: dict[str, Any]) -> None:
    report(alice, channel, month=date(2026, 9, 1))
    with pytest.raises(Unusual):
        report(alice, channel, **figures)
    assert (
        report(alice, channel, confirmed=True, **figures).attempts
        == ({"attempts": 1000} | figures)["attempts"]
    )


def test_a_month_is_reported_once(channel: Channel, alice: User) -> None:
    report(alice, channel)
    with pytest.raises(AlreadyReported):
        report(alice, channel, attempts=900)
    report(alice, channel, month=date(2026, 9, 3))


def test_a_correction_stands_in_its_place_and_can_be_undone(channel: Channel, alice: User) -> None:
    old = report(alice, channel, attempts=1000, answered=43)
    low = quality_of(channel)
    new = correct_reachability(
        actor=alice, observation_id=old.pk, attempts=1000, answered=430, typical_wait_minutes=None, at=AT
    )
    assert (new.observed_on, new.source, new.replaces) == (old.observed_on, old.source, old)
    assert quality_of(channel) > low
    with pytest.raises(Reachability.DoesNotExist):
        correct_reachability(
            actor=alice, observation_id=old.pk, attempts=1, answered=1, typical_wait_minutes=None, at=AT
        )
    with pytest.raises(TooLateToUndo):
        undo_reachability(actor=alice, observation_id=new.pk, at=AT + timedelta(minutes=11))
    assert undo_reachability(actor=alice, observation_id=new.pk, at=AT + timedelta(minutes=10)) == old
    assert quality_of(channel) == low
    assert list(Reachability.objects.filter(withdrawn_at=None)) == [old]
    again = correct_reachability(
        actor=alice, observation_id=old.pk, attempts=1000, answered=500, typical_wait_minutes=None, at=AT
    )
    assert again.replaces == old


def test_taken_back_it_counts_no_more_and_can_be_undone(channel: Channel, alice: User) -> None:
    unknown = quality_of(channel)
    seen = report(alice, channel)
    counted = quality_of(channel)
    withdraw_reachability(actor=alice, observation_id=seen.pk, at=AT)
    assert quality_of(channel) == unknown != counted
    undo_reachability(actor=alice, observation_id=seen.pk, at=AT + timedelta(minutes=1))
    assert quality_of(channel) == counted
    with pytest.raises(TooLateToUndo):  # nothing to undo
        undo_reachability(actor=alice, observation_id=seen.pk, at=AT)


def test_no_undo_over_what_came_after(channel: Channel, alice: User) -> None:
    seen = report(alice, channel)
    withdraw_reachability(actor=alice, observation_id=seen.pk, at=AT)
    report(alice, channel, answered=500)
    with pytest.raises(TooLateToUndo):
        undo_reachability(actor=alice, observation_id=seen.pk, at=AT)


@pytest.mark.parametrize("who", ["outsider", "viewer", "ended"])
def test_nobody_else_reports_corrects_or_takes_back(channel: Channel, alice: User, who: str) -> None:
    assert channel.service is not None
    organization = channel.service.organization
    stranger = {
        "outsider": lambda: make_member("charlie", Role.ADMIN),
        "viewer": lambda: make_membership(make_user("bob"), organization, Role.VIEWER).user,
        "ended": lambda: make_membership(make_user("dan"), organization, Role.ADMIN, ended_at=AT).user,
    }[who]()
    seen = report(alice, channel)
    with pytest.raises(Channel.DoesNotExist):
        report(stranger, channel, month=date(2026, 9, 1))
    figures = {"attempts": 1, "answered": 1, "typical_wait_minutes": None, "at": AT}
    for act in (
        lambda: correct_reachability(actor=stranger, observation_id=seen.pk, **figures),
        lambda: withdraw_reachability(actor=stranger, observation_id=seen.pk, at=AT),
        lambda: undo_reachability(actor=stranger, observation_id=seen.pk, at=AT),
    ):
        with pytest.raises(Reachability.DoesNotExist):
            act()


def test_nobody_alters_what_was_measured_or_published(channel: Channel, alice: User) -> None:
    seen = measured(channel)
    for act in (withdraw_reachability, undo_reachability):
        with pytest.raises(Reachability.DoesNotExist):
            act(actor=alice, observation_id=seen.pk, at=AT)


@pytest.mark.parametrize("day", [date(2026, 2, 10), date(2024, 2, 1), date(2026, 12, 31)])
def test_last_day(day: date) -> None:
    last = service_of.last_day(day)
    assert (last + timedelta(days=1)).day == 1
    assert last.month == day.month
