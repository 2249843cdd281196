"""Figures that consultation offers to the plan: whether people reach a human, and how soon in danger.

People are counted, not their tries. Only the whole country: where somebody writes from is never known.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import DateTimeField, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from tsunagari.consultation.models import RiskAssessment, Task, TaskEvent
from tsunagari.consultation.states import ENDED, Disposition, RiskLevel, TaskState
from tsunagari.core.areas import AreaNode
from tsunagari.core.indicators import NOT_MEASURED, Observation, Period, indicator

TOKYO = ZoneInfo("Asia/Tokyo")
A_DAY = timedelta(hours=24)


def _contacts(period: Period, *, before: timedelta = timedelta()) -> QuerySet[Any]:
    """Contacts that arrived in the period, but for tests; ``reached_at``: when the first human came."""
    began = datetime.combine(period.begins_on, time(), TOKYO) - before
    ended = datetime.combine(period.ends_on + timedelta(days=1), time(), TOKYO)
    joined = TaskEvent.objects.filter(task=OuterRef("pk"), after=TaskState.CONNECTED)
    return (
        Task.objects.filter(arrived_at__gte=began, arrived_at__lt=ended)
        .exclude(disposition=Disposition.TEST)
        .annotate(
            reached_at=Subquery(
                joined.order_by().values("task").annotate(first=Min("at")).values("first"),
                output_field=DateTimeField(),
            )
        )
    )


def _in_danger(period: Period) -> QuerySet[Any]:
    """Contacts that somebody or something ever thought to be in danger now."""
    judged = RiskAssessment.objects.filter(task=OuterRef("pk"), level=RiskLevel.IMMINENT)
    return _contacts(period).filter(Q(risk=RiskLevel.IMMINENT) | Exists(judged))


@indicator(
    key="consultation.reached_within_24_hours",
    name_ja="24時間以内に人につながった割合",
    name_en="People who reached a human within 24 hours",
    unit="ratio",
)
def reached_within_24_hours(area: AreaNode | None, period: Period) -> Observation:
    """Of the people who tried, those who talked to a human within 24 hours of their first try.

    A person's tries within 24 hours are one. Whose 24 hours are not over and who has not been reached yet
    is not counted yet.
    """
    if area is not None:
        return NOT_MEASURED
    tries = _contacts(period, before=A_DAY).order_by("conversation__person", "arrived_at")
    found = [
        reached
        for began, reached in _people(
            tries.values_list("conversation__person", "arrived_at", "reached_at").iterator()
        )
        if began.astimezone(TOKYO).date() >= period.begins_on and (reached or began + A_DAY <= timezone.now())
    ]
    if not found:
        return NOT_MEASURED
    return Observation(value=sum(found) / len(found), numerator=sum(found), denominator=len(found))


def _people(tries: Iterable[tuple[UUID, datetime, datetime | None]]) -> Iterable[tuple[datetime, bool]]:
    """From tries by person and time: each first try, and whether a human came within 24 hours of it."""
    who: UUID | None = None
    began, reached = datetime.min.replace(tzinfo=UTC), False
    for person, arrived_at, reached_at in tries:
        if person != who or arrived_at - began >= A_DAY:
            if who is not None:
                yield began, reached
            who, began, reached = person, arrived_at, False
        reached = reached or (reached_at is not None and reached_at - began <= A_DAY)
    if who is not None:
        yield began, reached


@indicator(
    key="consultation.urgent_wait_p90",
    name_ja="いのちの危険があるときの待ち時間（90％の人がこれより短い）",
    name_en="Wait at imminent risk (90th percentile)",
    unit="分",
)
def urgent_wait_p90(area: AreaNode | None, period: Period) -> Observation:
    """Minutes from arriving to the first human for contacts in danger now that nine of ten keep.

    From arriving, not from the queue: the safety questions are a wait, too.
    """
    if area is not None:
        return NOT_MEASURED
    waits = sorted(
        reached_at - arrived_at
        for arrived_at, reached_at in _in_danger(period)
        .filter(reached_at__gte=F("arrived_at"))
        .values_list("arrived_at", "reached_at")
    )
    if not waits:
        return NOT_MEASURED
    # nearest rank: ⌈0.9 n⌉, in whole numbers
    ninety = waits[(9 * len(waits) + 9) // 10 - 1]
    return Observation(value=round(ninety.total_seconds() / 60, 1), denominator=len(waits))


@indicator(
    key="consultation.urgent_unanswered",
    name_ja="いのちの危険があるのに、つながらなかった割合",
    name_en="Contacts at imminent risk that nobody answered",
    unit="ratio",
)
def urgent_unanswered(area: AreaNode | None, period: Period) -> Observation:
    """Of the contacts in danger now that were answered or have ended, those that ended without a human."""
    if area is not None:
        return NOT_MEASURED
    found = list(
        _in_danger(period)
        .filter(Q(reached_at__isnull=False) | Q(state__in=ENDED))
        .values_list("reached_at", flat=True)
    )
    if not found:
        return NOT_MEASURED
    unanswered = sum(reached_at is None for reached_at in found)
    return Observation(value=unanswered / len(found), numerator=unanswered, denominator=len(found))
