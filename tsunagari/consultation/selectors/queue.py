"""Whether a helpline can receive people, and how long the wait is, honestly."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import F, Sum

from tsunagari.consultation.models import Helpline, Shift, Task
from tsunagari.consultation.states import TaskState

PRESENCE = timedelta(minutes=30)
"""For how long a supervisor's word to be there holds."""
SIGN_OF_LIFE = timedelta(seconds=60)
"""A console that was silent for longer gets no offers."""
TYPICAL = timedelta(minutes=45)
"""How long a chat takes while nothing is known (Japanese chats: 30 to 90 minutes)."""
LOW, HIGH = -0.8416, 0.8416
"""Standard normal quantiles of 20 and 80 per cent."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait as a range in minutes; None while nobody is on duty, when nothing can be said."""

    ahead: int
    low_minutes: int | None
    high_minutes: int | None
    on_duty: int


def can_receive(helpline: Helpline, at: datetime) -> bool:
    """Whether newcomers are taken: the queue is open, a supervisor confirms to be there, somebody answers.

    Nobody is asked to tell their trouble to a queue that no counsellor is on duty for.
    """
    return (
        helpline.opened_at is not None
        and supervisors_there(helpline, at)
        and Shift.objects.filter(helpline=helpline, kind=Shift.Kind.COUNSELLOR, ended_at=None).exists()
    )


def supervisors_there(helpline: Helpline, at: datetime) -> bool:
    """Whether a supervisor on duty has confirmed it within half an hour."""
    return Shift.objects.filter(
        helpline=helpline, kind=Shift.Kind.SUPERVISOR, ended_at=None, confirmed_at__gt=at - PRESENCE
    ).exists()


def wait_of(task: Task, at: datetime) -> Wait:
    """The wait of somebody whose contact has no counsellor yet."""
    waiting = Task.objects.filter(
        helpline_id=task.helpline_id, state__in=[TaskState.QUEUED, TaskState.OFFERED]
    )
    if task.rank_at is not None:
        waiting = waiting.filter(rank_at__lt=task.rank_at)
    return _wait(task.helpline, waiting.exclude(pk=task.pk).count(), at)


def wait_for_newcomer(helpline: Helpline, at: datetime) -> Wait:
    """The wait of somebody who would come now without any sign of danger."""
    ahead = Task.objects.filter(helpline=helpline, state__in=[TaskState.QUEUED, TaskState.OFFERED]).count()
    return _wait(helpline, ahead, at)


def _wait(helpline: Helpline, ahead: int, at: datetime) -> Wait:
    on_duty = Shift.objects.filter(
        helpline=helpline,
        kind=Shift.Kind.COUNSELLOR,
        ended_at=None,
        paused_at=None,
        seen_at__gt=at - SIGN_OF_LIFE,
    )
    places = on_duty.aggregate(all=Sum("capacity"), taken=Sum("load"))
    count, capacity = on_duty.count(), places["all"] or 0
    if not capacity:
        return Wait(ahead, None, None, count)
    # offers are counted in the load, and those to whom one waits are counted ahead
    free = capacity - (places["taken"] or 0)
    if ahead < free:
        return Wait(ahead, 0, 1, count)
    low, high = until_free(ahead - free + 1, capacity, _handling(helpline, at))
    return Wait(ahead, low, high, count)


def until_free(departures: int, places: int, handling: timedelta) -> tuple[int, int]:
    """(20 %, 80 %) of the minutes until so many of the places have become free.

    With all places taken and lengths as if exponential, this time is a gamma variable of shape ``departures``
    and mean ``departures × handling ÷ places``; its quantiles after Wilson and Hilferty (1931).
    """
    mean = departures * handling.total_seconds() / 60 / places
    spread = 1 / (9 * departures)
    low, high = (mean * max(0.0, 1 - spread + z * math.sqrt(spread)) ** 3 for z in (LOW, HIGH))
    return math.floor(low), max(1, math.ceil(high))


def _handling(helpline: Helpline, at: datetime) -> timedelta:
    """How long a contact took here of late; what is typical weighs like five contacts."""
    lengths = Task.objects.filter(
        helpline=helpline, wrapped_at__gt=at - timedelta(days=1), connected_at__lt=F("wrapped_at")
    ).order_by("-wrapped_at")[:50]
    seen = [
        (one.wrapped_at - one.connected_at).total_seconds()
        for one in lengths
        if one.wrapped_at and one.connected_at
    ]
    return timedelta(seconds=median([*seen, *[TYPICAL.total_seconds()] * 5]))
