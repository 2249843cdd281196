"""Who is on duty, and whether a helpline's queue is open."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.accounts.selectors import active_memberships
from tsunagari.consultation.models import Helpline, Reservation, Shift
from tsunagari.consultation.policies import can_be_on_duty
from tsunagari.consultation.selectors.queue import supervisors_there
from tsunagari.consultation.services.offers import make_offers_on_commit, take_back
from tsunagari.consultation.services.tasks import helpline_topic
from tsunagari.consultation.states import ReservationState
from tsunagari.core.errors import RuleBroken
from tsunagari.core.live import hint

MOST_AT_ONCE = 10


class NobodySupervises(RuleBroken):
    """A queue needs a supervisor on duty who has confirmed to be there."""


class StillInHand(RuleBroken):
    """People are still talking with this counsellor."""


class BadCapacity(RuleBroken):
    """Nobody can talk with so many at once."""


@transaction.atomic
def start_shift(
    *,
    user: User,
    helpline: Helpline,
    kind: Shift.Kind,
    languages: Sequence[str] = ("ja",),
    skills: Sequence[str] = (),
    capacity: int | None = None,
    at: datetime,
) -> Shift:
    """Come on duty; who is on duty already gets that shift.

    Raises:
        PermissionDenied: no such role in the helpline's organisation.
        BadCapacity: not between 1 and 10.
    """
    if not can_be_on_duty(active_memberships(user), helpline, kind):
        raise PermissionDenied
    places = 0 if kind == Shift.Kind.SUPERVISOR else helpline.capacity if capacity is None else capacity
    if kind == Shift.Kind.COUNSELLOR and not 1 <= places <= MOST_AT_ONCE:
        raise BadCapacity(_("同時に受ける人数は、1人から10人までです。"))
    shift, made = Shift.objects.get_or_create(
        helpline=helpline,
        user=user,
        kind=kind,
        ended_at=None,
        defaults={
            "languages": list(languages),
            "skills": list(skills),
            "capacity": places,
            "started_at": at,
            "seen_at": at,
            "confirmed_at": at if kind == Shift.Kind.SUPERVISOR else None,
        },
    )
    if made:
        _changed(shift, at)
    return shift


def beat(*, shift_id: UUID, at: datetime) -> None:
    """A sign of life of the console; a clock that runs behind changes nothing."""
    Shift.objects.filter(pk=shift_id, ended_at=None, seen_at__lt=at).update(seen_at=at)


@transaction.atomic
def pause_shift(*, user: User, shift_id: UUID, at: datetime) -> Shift:
    """Take no new contacts; those in hand go on."""
    shift = _own(user, shift_id)
    if shift.paused_at is None:
        shift.paused_at = at
        shift.save(update_fields=["paused_at"])
        _changed(shift, at)
    return shift


@transaction.atomic
def resume_shift(*, user: User, shift_id: UUID, at: datetime) -> Shift:
    """Take new contacts again."""
    shift = _own(user, shift_id)
    shift.paused_at, shift.seen_at = None, max(at, shift.seen_at)
    shift.save(update_fields=["paused_at", "seen_at"])
    _changed(shift, at)
    return shift


@transaction.atomic
def end_shift(*, user: User, shift_id: UUID, at: datetime) -> Shift:
    """Go off duty; offers that wait for an answer go back to the queue, to others.

    Raises:
        StillInHand: somebody is still talking with this counsellor, or waits for the record.
    """
    offered = Reservation.objects.filter(
        shift_id=shift_id, shift__user=user, state=ReservationState.CREATED
    ).order_by("task_id")
    for pk in offered.values_list("pk", flat=True):
        take_back(pk, at=at, state=ReservationState.RESCINDED, reason="off_duty")
    shift = _own(user, shift_id)
    if shift.load:
        raise StillInHand(_("まだ話している人がいます。終えるか、引き継いでから、交代してください。"))
    shift.ended_at = max(at, shift.started_at)
    shift.save(update_fields=["ended_at"])
    _changed(shift, at)
    return shift


@transaction.atomic
def confirm_presence(*, user: User, shift_id: UUID, at: datetime) -> Shift:
    """A supervisor says to be there, for the next half hour."""
    shift = _own(user, shift_id)
    if shift.kind != Shift.Kind.SUPERVISOR:
        raise PermissionDenied
    shift.confirmed_at = shift.seen_at = at
    shift.save(update_fields=["confirmed_at", "seen_at"])
    _changed(shift, at)
    return shift


@transaction.atomic
def open_queue(*, user: User, helpline_id: UUID, at: datetime) -> Helpline:
    """Let people come.

    Raises:
        PermissionDenied: not a supervisor of this organisation.
        NobodySupervises: no supervisor on duty has confirmed to be there within half an hour.
    """
    helpline = Helpline.objects.select_for_update().get(pk=helpline_id)
    if not can_be_on_duty(active_memberships(user), helpline, Shift.Kind.SUPERVISOR):
        raise PermissionDenied
    if not supervisors_there(helpline, at):
        raise NobodySupervises(_("スーパーバイザーが勤務に入り、在席を確認してから、窓口を開けてください。"))
    helpline.opened_at, helpline.opened_by = at, user
    helpline.save(update_fields=["opened_at", "opened_by"])
    hint(helpline_topic(helpline.pk))
    return helpline


@transaction.atomic
def close_queue(*, user: User, helpline_id: UUID, at: datetime) -> Helpline:
    """Let nobody come any more; those who wait are still offered.

    Raises:
        PermissionDenied: not a supervisor of this organisation.
    """
    helpline = Helpline.objects.select_for_update().get(pk=helpline_id)
    if not can_be_on_duty(active_memberships(user), helpline, Shift.Kind.SUPERVISOR):
        raise PermissionDenied
    helpline.opened_at = helpline.opened_by = None
    helpline.save(update_fields=["opened_at", "opened_by"])
    hint(helpline_topic(helpline.pk))
    return helpline


def _own(user: User, shift_id: UUID) -> Shift:
    return Shift.objects.select_for_update().get(pk=shift_id, user=user, ended_at=None)


def _changed(shift: Shift, at: datetime) -> None:
    hint(helpline_topic(shift.helpline_id))
    make_offers_on_commit(shift.helpline_id, at)
