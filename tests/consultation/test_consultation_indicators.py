"""The figures for the plan: people and not tries; nothing where nothing is known."""

from datetime import date, timedelta

import pytest

from tests.consultation.making import begin, make_helpline, make_shift
from tests.factories import AT
from tsunagari.consultation.models import Conversation, Reservation, Shift, Task
from tsunagari.consultation.services import contacts, offers, queue
from tsunagari.consultation.services.conversations import arrive
from tsunagari.consultation.states import Disposition, RiskLevel
from tsunagari.core.indicators import NOT_MEASURED, Period, indicators, observe

pytestmark = pytest.mark.django_db
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
HOUR = timedelta(hours=1)
REACHED = "consultation.reached_within_24_hours"
WAIT = "consultation.urgent_wait_p90"
UNANSWERED = "consultation.urgent_unanswered"


@pytest.fixture
def now(monkeypatch):
    at = AT + timedelta(days=20)
    monkeypatch.setattr("tsunagari.consultation.indicators.timezone.now", lambda: at)
    return at


def reach(task: Task, shift: Shift, at) -> Task:
    queue.enqueue(task_id=task.pk, at=at)
    Shift.objects.filter(pk=shift.pk).update(seen_at=at)
    offers.make_offers(helpline_id=task.helpline_id, at=at)
    offer = Reservation.objects.get(task=task, state="created")
    return offers.accept_offer(user=shift.user, reservation_id=offer.pk, fence=offer.fence, at=at)


def close(task: Task, at, disposition=Disposition.TALKED) -> None:
    given = {"user": task.shift.user, "task_id": task.pk, "fence": task.fence, "at": at}
    contacts.finish_talking(**given)
    contacts.close_contact(**given, disposition=disposition)


def test_they_stand_under_the_keys_that_the_plan_has():
    assert {REACHED, WAIT, UNANSWERED} <= {one.key for one in indicators()}


@pytest.mark.parametrize("key", [REACHED, WAIT, UNANSWERED])
def test_nothing_is_measured_where_nobody_came_or_for_a_single_area(key: str, now):
    assert observe(key, None, NOVEMBER) == NOT_MEASURED
    begin(at=AT)
    somewhere = object()
    assert observe(key, somewhere, NOVEMBER) == NOT_MEASURED  # type: ignore[arg-type]


def test_people_are_counted_and_not_their_tries(now):
    """One leaves three times and is reached within a day; one only after a day, one never, one is a test."""
    helpline = make_helpline()
    shift = make_shift(helpline, capacity=1)
    first = begin(helpline, at=AT)
    for hours in (0, 2, 5):
        queue.leave(conversation_id=first.conversation.pk, at=AT + hours * HOUR)
        again = arrive(Conversation.objects.get(pk=first.conversation.pk), at=AT + (hours + 1) * HOUR)
    close(reach(again, shift, AT + 24 * HOUR), AT + 24 * HOUR)
    late = begin(helpline, at=AT)
    close(reach(late.task, shift, AT + 25 * HOUR), AT + 25 * HOUR)
    queue.leave(conversation_id=begin(helpline, at=AT).conversation.pk, at=AT)
    close(reach(begin(helpline, at=AT).task, shift, AT), AT, Disposition.TEST)
    found = observe(REACHED, None, NOVEMBER)
    assert (found.numerator, found.denominator) == (1, 3)


def test_who_tries_again_after_a_day_is_counted_again(now):
    helpline = make_helpline()
    begun = begin(helpline, at=AT)
    queue.leave(conversation_id=begun.conversation.pk, at=AT)
    again = arrive(begun.conversation, at=AT + 24 * HOUR)
    close(reach(again, make_shift(helpline), AT + 24 * HOUR), AT + 24 * HOUR)
    found = observe(REACHED, None, NOVEMBER)
    assert (found.numerator, found.denominator) == (1, 2)


def test_whose_day_is_not_over_is_not_counted_yet(monkeypatch):
    monkeypatch.setattr("tsunagari.consultation.indicators.timezone.now", lambda: AT + 23 * HOUR)
    begin(at=AT)
    assert observe(REACHED, None, NOVEMBER) == NOT_MEASURED


def test_a_try_that_belongs_to_the_month_before_is_counted_there(now):
    """The 1st of November begins in Tokyo at 15:00 UTC of the 31st of October."""
    helpline = make_helpline()
    border = AT.replace(month=10, day=31, hour=15, minute=0)
    begun = begin(helpline, at=border - HOUR)
    queue.leave(conversation_id=begun.conversation.pk, at=border - HOUR)
    queue.leave(conversation_id=arrive(begun.conversation, at=border).conversation_id, at=border)
    assert observe(REACHED, None, NOVEMBER) == NOT_MEASURED
    october = Period(date(2026, 10, 1), date(2026, 10, 31))
    assert observe(REACHED, None, october).denominator == 1


def test_the_wait_in_danger_is_that_which_nine_of_ten_keep(now):
    helpline = make_helpline()
    shift = make_shift(helpline, capacity=1)
    for minutes in range(1, 12):
        task = begin(helpline, at=AT).task
        Task.objects.filter(pk=task.pk).update(risk=RiskLevel.IMMINENT)
        at = AT + timedelta(minutes=minutes)
        close(reach(task, shift, at), at)
    # calm ones do not count, nor does who left unanswered
    close(reach(begin(helpline, at=AT).task, shift, AT + 9 * HOUR), AT + 9 * HOUR)
    left = begin(helpline, at=AT)
    Task.objects.filter(pk=left.task.pk).update(risk=RiskLevel.IMMINENT)
    queue.leave(conversation_id=left.conversation.pk, at=AT)
    found = observe(WAIT, None, NOVEMBER)
    assert (found.value, found.denominator) == (10.0, 11)
    gone = observe(UNANSWERED, None, NOVEMBER)
    assert (gone.numerator, gone.denominator) == (1, 12)


def test_danger_that_a_person_has_lowered_since_was_danger(now):
    helpline = make_helpline()
    task = begin(helpline, at=AT).task
    task.assessments.create(before=0, level=RiskLevel.IMMINENT, source="screening", at=AT)
    queue.leave(conversation_id=task.conversation_id, at=AT)
    assert observe(UNANSWERED, None, NOVEMBER).value == 1.0
