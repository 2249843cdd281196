"""What nobody has done in time: offers that ran out, counsellors who vanished, persons who fell silent.

Each finding is a transaction of its own, so that a sweep that is interrupted has done what it has done, and
two sweeps at once do nothing twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from tsunagari.consultation.models import Alarm, Conversation, Helpline, Reservation, Shift, Task
from tsunagari.consultation.priority import weights
from tsunagari.consultation.selectors.queue import SIGN_OF_LIFE, supervisors_there
from tsunagari.consultation.services.alarms import raise_alarm
from tsunagari.consultation.services.messages import write_event
from tsunagari.consultation.services.offers import make_offers, make_offers_on_commit, take_back
from tsunagari.consultation.services.queue import end_waiting
from tsunagari.consultation.services.tasks import move
from tsunagari.consultation.states import WAITING, Disposition, ReservationState, TaskState

SILENT_AFTER = timedelta(minutes=30)
"""Nobody looked at the person's page for so long while it waited: not there any more."""
LONG_WAIT = timedelta(minutes=60)
"""A wait of which a supervisor is told."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How many of each were found."""

    offers: int
    vanished: int
    silent: int
    alarms: int


def sweep(*, at: datetime) -> Swept:
    """Look for everything that is overdue and do what has to be done; then make offers."""
    offers = sum(
        take_back(pk, at=at)
        for pk in Reservation.objects.filter(state=ReservationState.CREATED, expires_at__lte=at).values_list(
            "pk", flat=True
        )
    )
    gone = Task.objects.filter(
        state__in=[TaskState.CONNECTED, TaskState.TRANSFERRING], shift__seen_at__lte=at - SIGN_OF_LIFE
    )
    vanished = sum(_back_into_queue(pk, at) for pk in gone.values_list("pk", flat=True))
    unseen = Task.objects.filter(
        state__in=WAITING, conversation__person_seen_at__lte=at - SILENT_AFTER
    ).values_list("pk", flat=True)
    silent = sum(_fell_silent(pk, at) for pk in unseen)
    alarms = _tell_supervisors(at)
    for helpline_id in (
        Task.objects.filter(state=TaskState.QUEUED).values_list("helpline_id", flat=True).distinct()
    ):
        make_offers(helpline_id=helpline_id, at=at)
    return Swept(offers, vanished, silent, alarms)


@transaction.atomic
def _back_into_queue(task_id: UUID, at: datetime) -> bool:
    """The counsellor's screen has gone: the person waits again, before others, and is told."""
    found = Task.objects.get(pk=task_id)
    Conversation.objects.select_for_update().get(pk=found.conversation_id)
    task = Task.objects.select_for_update().get(pk=task_id)
    if task.state not in (TaskState.CONNECTED, TaskState.TRANSFERRING) or task.shift_id is None:
        return False
    shift = Shift.objects.select_for_update().get(pk=task.shift_id)
    if shift.seen_at > at - SIGN_OF_LIFE:
        return False
    shift.load -= 1
    shift.save(update_fields=["load"])
    known = weights()
    began = task.queued_at or at
    move(
        task,
        to=TaskState.QUEUED,
        at=at,
        reason="counsellor_vanished",
        by_shift=shift,
        shift=None,
        next_shift=None,
        fence=task.fence + 1,
        queued_at=began,
        interrupted_at=at,
        rank_at=known.rank(queued_at=began, risk=task.risk, interrupted=True),
        weights_version=known.version,
    )
    write_event(conversation_id=task.conversation_id, code="interrupted", at=at)
    raise_alarm(helpline_id=task.helpline_id, kind=Alarm.Kind.COUNSELLOR_VANISHED, task=task, at=at)
    make_offers_on_commit(task.helpline_id, at)
    return True


@transaction.atomic
def _fell_silent(task_id: UUID, at: datetime) -> bool:
    """Nobody is at the person's page: a contact with its outcome, and the thread is there for coming back."""
    found = Task.objects.get(pk=task_id)
    conversation = Conversation.objects.select_for_update().get(pk=found.conversation_id)
    task = Task.objects.select_for_update().get(pk=task_id)
    if task.state not in WAITING or conversation.person_seen_at > at - SILENT_AFTER:
        return False
    end_waiting(
        task,
        to=TaskState.ABANDONED_SILENT,
        disposition=Disposition.SILENT,
        reason="not_seen",
        at=at,
    )
    return True


def _tell_supervisors(at: datetime) -> int:
    """Call for a supervisor where none has confirmed to be there, and for those who have waited long."""
    raised = 0
    for helpline in Helpline.objects.exclude(opened_at=None):
        if not supervisors_there(helpline, at):
            raised += raise_alarm(helpline_id=helpline.pk, kind=Alarm.Kind.NO_SUPERVISOR, at=at)
    for task in Task.objects.filter(state=TaskState.QUEUED, queued_at__lte=at - LONG_WAIT):
        raised += raise_alarm(helpline_id=task.helpline_id, kind=Alarm.Kind.WAITS_LONG, task=task, at=at)
    return raised
