"""Helplines, conversations, shifts and tasks for tests, ready made."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.factories import AT, make_member, make_organization
from tsunagari.accounts.models import Organization, Role, User
from tsunagari.consultation.models import (
    Conversation,
    Helpline,
    Reservation,
    Shift,
    Task,
    TracingDecision,
)
from tsunagari.consultation.services.conversations import Begun, begin_conversation
from tsunagari.consultation.states import WITH_COUNSELLOR, ReservationState

_numbers = count(1)


def make_helpline(
    *, organization: Organization | None = None, opened: bool = True, tracing: str = "never", **fields: Any
) -> Helpline:
    """A helpline of a new organisation, by default open, whose organisation keeps no addresses."""
    number = next(_numbers)
    organization = organization or make_organization(f"窓口の会{number}")
    TracingDecision.objects.create(
        organization=organization,
        choice=tracing,
        reason="会議で決めました",
        decided_at=AT - timedelta(days=9),
    )
    helpline = Helpline.objects.create(
        key=f"line-{number}", organization=organization, name="よりそいチャット", created_at=AT, **fields
    )
    if opened:
        supervisor = make_shift(helpline, kind=Shift.Kind.SUPERVISOR)
        helpline.opened_at, helpline.opened_by = AT, supervisor.user
        helpline.save(update_fields=["opened_at", "opened_by"])
    return helpline


def make_shift(
    helpline: Helpline,
    user: User | None = None,
    *,
    kind: Shift.Kind = Shift.Kind.COUNSELLOR,
    capacity: int = 2,
    at: datetime = AT,
    **fields: Any,
) -> Shift:
    """Somebody on duty."""
    role = Role.COUNSELLOR if kind == Shift.Kind.COUNSELLOR else Role.SUPERVISOR
    supervises = kind == Shift.Kind.SUPERVISOR
    return Shift.objects.create(
        helpline=helpline,
        user=user or make_member(f"{role}-{next(_numbers)}", role, helpline.organization),
        kind=kind,
        capacity=0 if supervises else capacity,
        started_at=at,
        seen_at=at,
        confirmed_at=at if supervises else None,
        **({"languages": ["ja"]} | fields),
    )


def begin(helpline: Helpline | None = None, *, at: datetime = AT, **fields: Any) -> Begun:
    """A conversation that has just begun, with its contact and its cookie's token."""
    given: dict[str, Any] = {
        "about": Conversation.About.SELF,
        "language": Conversation.Language.JA,
        "age": Conversation.Age.UNKNOWN,
        "consent_version": "1",
        "secondary_use": False,
    }
    return begin_conversation(helpline=helpline or make_helpline(), at=at, **(given | fields))


def make_conversation(helpline: Helpline | None = None, **fields: Any) -> Conversation:
    """A conversation that has just begun."""
    return begin(helpline, **fields).conversation


def make_task(helpline: Helpline | None = None, **fields: Any) -> Task:
    """A contact that has just arrived."""
    return begin(helpline, **fields).task


def loads_are_true() -> None:
    """Each shift's load is what it holds and what is kept for it, and no more than it may."""
    for shift in Shift.objects.all():
        holds = Reservation.objects.filter(shift=shift, state=ReservationState.CREATED).count()
        holds += Task.objects.filter(shift=shift, state__in=WITH_COUNSELLOR).count()
        holds += Task.objects.filter(next_shift=shift).count()
        assert shift.load == holds
        assert shift.load <= shift.capacity
