"""What follows from a meeting: who does what by when, reminders, and what is late."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app as jobs

from tsunagari.accounts.models import Membership as StaffMembership
from tsunagari.accounts.models import Organization, User
from tsunagari.core.errors import RuleBroken
from tsunagari.council.models import ActionItem, ActionReminder, Meeting
from tsunagari.council.policies import OWNERS
from tsunagari.council.selectors.bodies import bodies_kept_by
from tsunagari.council.selectors.meetings import actions_closable_by
from tsunagari.council.services.bodies import WrongDay
from tsunagari.council.services.journal import record
from tsunagari.council.services.meetings import WrongState, locked_meeting
from tsunagari.council.services.posts import NobodyNamed, ReasonMissing

Kind = ActionReminder.Kind
LATE_EVERY = 7
"""Days between two reminders of what is late."""


class NotYours(RuleBroken):
    """Only the secretariat changes dates."""

    status = 403


@transaction.atomic
def assign_action(
    *,
    actor: User,
    meeting_id: UUID,
    text: str,
    owner_id: UUID,
    due_on: date,
    at: datetime,
    public: bool = False,
    decision_id: UUID | None = None,
) -> ActionItem:
    """Write down who does what by when. The owner is reminded a week before, on the day, and when it is late.

    Raises:
        Meeting.DoesNotExist: none that `actor` keeps.
        NobodyNamed: nothing to do.
        WrongDay: due before the meeting.
    """
    meeting = locked_meeting(actor, meeting_id)
    if meeting.state == Meeting.State.CANCELLED:
        raise WrongState(_("この会議は中止になりました。"))
    if not text.strip():
        raise NobodyNamed(_("することを書いてください。"))
    if due_on < (meeting.held_on or meeting.earliest_on):
        raise WrongDay(_("期限が、会議の日より前です。"))
    item = ActionItem.objects.create(
        body=meeting.body,
        meeting=meeting,
        decision=meeting.decisions.get(pk=decision_id) if decision_id else None,
        text=text.strip(),
        owner=Organization.objects.get(pk=owner_id),
        due_on=due_on,
        public=public,
        created_at=at,
    )
    record(body=meeting.body, action="assign_action", subject_id=item.pk, actor=actor, at=at)
    return item


def _locked(actor: User, action_id: UUID) -> ActionItem:
    seen = actions_closable_by(actor).get(pk=action_id)
    item = ActionItem.objects.select_for_update(of=("self",)).select_related("body").get(pk=seen.pk)
    if item.state != ActionItem.State.OPEN:
        raise WrongState(_("これは、すでに終わっています。"))
    return item


@transaction.atomic
def close_action(*, actor: User, action_id: UUID, done: bool, note: str, at: datetime) -> ActionItem:
    """Done, or dropped with a reason; by the owner's officers or the secretariat.

    Raises:
        ActionItem.DoesNotExist: none of theirs.
        WrongState: closed already.
        ReasonMissing: dropped without a reason.
    """
    item = _locked(actor, action_id)
    if not done and not note.strip():
        raise ReasonMissing(_("取りやめる理由を書いてください。"))
    item.state = ActionItem.State.DONE if done else ActionItem.State.DROPPED
    item.closed_on, item.note = timezone.localdate(at), note.strip()
    item.save(update_fields=["state", "closed_on", "note"])
    record(body=item.body, action="close_action", subject_id=item.pk, actor=actor, at=at, state=item.state)
    return item


@transaction.atomic
def move_due(*, actor: User, action_id: UUID, due_on: date, reason: str, at: datetime) -> ActionItem:
    """Set another date, with a reason that stays in the journal; reminders start anew.

    Raises:
        ActionItem.DoesNotExist, WrongState: as `close_action`.
        NotYours: the owner does not move its own dates.
        ReasonMissing: without one.
    """
    item = _locked(actor, action_id)
    if not bodies_kept_by(actor).filter(pk=item.body_id).exists():
        raise NotYours(_("期限を変えられるのは、会議体の庶務だけです。"))
    if not reason.strip():
        raise ReasonMissing(_("期限を変える理由を書いてください。"))
    before, item.due_on = item.due_on, due_on
    item.save(update_fields=["due_on"])
    record(
        body=item.body,
        action="move_due",
        subject_id=item.pk,
        actor=actor,
        at=at,
        before=before.isoformat(),
        after=due_on.isoformat(),
        reason=reason.strip(),
    )
    return item


def day_given(written: str) -> date:
    """The day that a form's field holds.

    Raises:
        WrongDay: it is none.
    """
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise WrongDay(_("日付を選んでください。")) from None


def reminder_due(due_on: date, today: date) -> tuple[Kind, date] | None:
    """Which reminder is due today, and for which day it counts: once each, late ones once a week."""
    if today > due_on:
        weeks = (today - due_on).days // LATE_EVERY
        return Kind.LATE, due_on + timedelta(days=LATE_EVERY * weeks)
    if today == due_on:
        return Kind.DUE, due_on
    if today >= due_on - timedelta(days=7):
        return Kind.WEEK_BEFORE, due_on
    return None


@transaction.atomic
def send_reminders(*, at: datetime) -> int:
    """Each morning: put a mail on its way for each open action item whose reminder is due. Never twice."""
    today, sent = timezone.localdate(at), 0
    items = ActionItem.objects.filter(
        state=ActionItem.State.OPEN, due_on__lte=today + timedelta(days=7)
    ).order_by("due_on", "id")
    for item in items.iterator():
        due = reminder_due(item.due_on, today)
        if due is None:
            continue
        reminder, new = ActionReminder.objects.get_or_create(
            action_item=item, kind=due[0], for_on=due[1], defaults={"sent_at": at}
        )
        if new:
            jobs.configure_task("council.mail_reminder").defer(reminder_id=reminder.pk)
            sent += 1
    return sent


def addresses_of(organization: Organization) -> list[str]:
    """The staff of an organisation who answer for what it has to do."""
    return sorted(
        StaffMembership.objects.filter(
            organization=organization, role__in=OWNERS, ended_at=None, user__is_active=True
        )
        .order_by()
        .values_list("user__email", flat=True)
        .distinct()
    )
