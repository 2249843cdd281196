"""The supervisor's wall: who waits, who talks, who is on duty, what calls. No words of any person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tsunagari.accounts.models import Role, User
from tsunagari.consultation.models import (
    Alarm,
    Conversation,
    Helpline,
    Reservation,
    RiskAssessment,
    Shift,
    Task,
)
from tsunagari.consultation.priority import weights
from tsunagari.consultation.selectors.queue import PRESENCE, SIGN_OF_LIFE
from tsunagari.consultation.states import ENDED, WAITING, ReservationState, RiskLevel, TaskState

STEPS = (5, 15, 30, 60)
"""Minutes at which the picture of the waiting is parted."""
AFK = timedelta(minutes=2)
"""Whose page has been silent for so long is marked as perhaps not there."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits. ``reasons`` sum up to the place in the queue; ``offered_to``: who is asked now."""

    task: Task
    since: datetime
    minutes: int
    reasons: Sequence[Mapping[str, Any]]
    assessment: RiskAssessment | None
    offered_to: User | None
    page_open: bool

    @property
    def bar(self) -> int:
        """Per cent of an hour."""
        return max(2, min(100, round(self.minutes * 100 / STEPS[-1])))


@dataclass(frozen=True, slots=True)
class Talking:
    """Somebody who talks with a counsellor."""

    task: Task
    minutes: int
    assessment: RiskAssessment | None
    page_open: bool


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A shift. ``connected``: its console was heard of within a minute."""

    shift: Shift
    connected: bool
    confirmed_until: datetime | None
    minutes_left: int | None

    @property
    def free(self) -> int:
        """Places that are not taken."""
        return self.shift.capacity - self.shift.load


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many wait for so long: ``low`` to ``high`` minutes (None: without end), and of these in danger."""

    low: int
    high: int | None
    count: int
    grave: int
    bar: int
    grave_bar: int


@dataclass(frozen=True, slots=True)
class Wall:
    """Everything that the wall of one helpline shows at a moment."""

    helpline: Helpline
    at: datetime
    own: OnDuty | None
    waiting: Sequence[Waiting]
    talking: Sequence[Talking]
    counsellors: Sequence[OnDuty]
    supervisors: Sequence[OnDuty]
    alarms: Sequence[Alarm]
    buckets: Sequence[Bucket]

    @property
    def supervised(self) -> bool:
        """Whether somebody has confirmed to be there within half an hour."""
        return any(one.minutes_left is not None and one.minutes_left > 0 for one in self.supervisors)

    @property
    def receives(self) -> bool:
        """Whether newcomers are taken."""
        return self.helpline.opened_at is not None and self.supervised

    @property
    def places(self) -> int:
        """Places of counsellors who are there and take new contacts."""
        return sum(one.shift.capacity for one in self.counsellors if self._takes(one))

    @property
    def free(self) -> int:
        """Of these, those that are free."""
        return sum(one.free for one in self.counsellors if self._takes(one))

    @staticmethod
    def _takes(one: OnDuty) -> bool:
        return one.connected and one.shift.paused_at is None


def helplines_supervised_by(viewer: User) -> QuerySet[Helpline]:
    """Helplines of the organisations in which somebody is a supervisor."""
    return (
        Helpline.objects.filter(
            organization__memberships__user=viewer,
            organization__memberships__role=Role.SUPERVISOR,
            organization__memberships__ended_at=None,
        )
        .select_related("organization")
        .distinct()
    )


def tasks_supervised_by(viewer: User) -> QuerySet[Task]:
    """Open contacts of these helplines."""
    return (
        Task.objects.filter(helpline__in=helplines_supervised_by(viewer).order_by())
        .exclude(state__in=ENDED)
        .select_related("conversation", "helpline", "shift__user")
    )


def alarms_supervised_by(viewer: User) -> QuerySet[Alarm]:
    """Alarms of these helplines."""
    return Alarm.objects.filter(helpline__in=helplines_supervised_by(viewer).order_by())


def wall_of(helpline: Helpline, *, viewer: User, at: datetime) -> Wall:
    """Read a helpline's wall; five queries, however many wait.

    The caller has found ``helpline`` among `helplines_supervised_by`.
    """
    tasks = list(
        Task.objects.filter(helpline=helpline)
        .exclude(state__in=ENDED)
        .select_related("conversation", "shift__user", "next_shift__user")
        .order_by("rank_at", "arrived_at", "id")
    )
    judged = newest_assessments([task.pk for task in tasks])
    offered = {
        one.task_id: one.shift.user
        for one in Reservation.objects.filter(
            task__helpline=helpline, state=ReservationState.CREATED
        ).select_related("shift__user")
    }
    shifts = [
        _on_duty(shift, at)
        for shift in Shift.objects.filter(helpline=helpline, ended_at=None)
        .select_related("user")
        .order_by("started_at", "id")
    ]
    waiting = [
        _waiting(task, judged.get(task.pk), offered.get(task.pk), at)
        for task in tasks
        if task.state in WAITING
    ]
    return Wall(
        helpline=helpline,
        at=at,
        own=next(
            (
                one
                for one in shifts
                if one.shift.user_id == viewer.pk and one.shift.kind == Shift.Kind.SUPERVISOR
            ),
            None,
        ),
        waiting=waiting,
        talking=[
            Talking(
                task,
                _minutes(at - (task.connected_at or at)),
                judged.get(task.pk),
                _open(task.conversation, at),
            )
            for task in sorted(tasks, key=lambda one: (-one.risk, one.connected_at or at))
            if task.state not in WAITING
        ],
        counsellors=[one for one in shifts if one.shift.kind == Shift.Kind.COUNSELLOR],
        supervisors=[one for one in shifts if one.shift.kind == Shift.Kind.SUPERVISOR],
        alarms=list(
            Alarm.objects.filter(helpline=helpline, seen_at=None)
            .select_related("task__shift__user")
            .order_by("raised_at", "id")
        ),
        buckets=buckets_of([(one.minutes, one.task.risk) for one in waiting]),
    )


def newest_assessments(tasks: Sequence[UUID]) -> Mapping[UUID, RiskAssessment]:
    """The last judgement of each of these contacts."""
    found = (
        RiskAssessment.objects.filter(task__in=tasks)
        .select_related("actor")
        .order_by("task_id", "-id")
        .distinct("task_id")
    )
    return {one.task_id: one for one in found}


def buckets_of(waits: Sequence[tuple[int, int]]) -> list[Bucket]:
    """The picture of the waiting: (minutes, risk) of each, counted by minutes."""
    bounds = [0, *STEPS]
    parts = []
    for low, high in zip(bounds, [*STEPS, None], strict=True):
        here = [risk for minutes, risk in waits if low <= minutes and (high is None or minutes < high)]
        parts.append((low, high, len(here), sum(risk >= RiskLevel.HIGH for risk in here)))
    most = max((count for _, _, count, _ in parts), default=0) or 1
    return [
        Bucket(low, high, count, grave, round(count * 100 / most), round(grave * 100 / most))
        for low, high, count, grave in parts
    ]


def _waiting(task: Task, judged: RiskAssessment | None, asked: User | None, at: datetime) -> Waiting:
    since = task.queued_at or task.arrived_at
    in_queue = task.state in (TaskState.QUEUED, TaskState.OFFERED)
    reasons = (
        weights().reasons(
            queued_at=since,
            risk=task.risk,
            interrupted=task.interrupted_at is not None,
            familiar=False,
            at=at,
        )
        if in_queue
        else []
    )
    return Waiting(task, since, _minutes(at - since), reasons, judged, asked, _open(task.conversation, at))


def _on_duty(shift: Shift, at: datetime) -> OnDuty:
    until = shift.confirmed_at + PRESENCE if shift.confirmed_at is not None else None
    left = None if until is None else max(0, _minutes(until - at + timedelta(seconds=59)))
    return OnDuty(shift, shift.seen_at > at - SIGN_OF_LIFE, until, left)


def _open(conversation: Conversation, at: datetime) -> bool:
    return conversation.person_seen_at > at - AFK


def _minutes(length: timedelta) -> int:
    return max(0, int(length.total_seconds() // 60))
