"""Meetings: planned in the words of a schedule, called for a day, held or circulated, or cancelled.

`TRANSITIONS` is the whole life of a meeting: the services, their test and the desk's page read it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.core.errors import RuleBroken
from tsunagari.council.dates import parse_date_text
from tsunagari.council.models import (
    AgendaItem,
    Body,
    Meeting,
    Minutes,
    ScheduleItem,
)
from tsunagari.council.selectors.bodies import voters_on
from tsunagari.council.selectors.meetings import meetings_kept_by
from tsunagari.council.services.bodies import WrongDay, kept_body
from tsunagari.council.services.journal import record
from tsunagari.council.services.posts import ReasonMissing

State = Meeting.State
GATHERED = (State.CALLED, State.HELD, State.CIRCULATED)


@dataclass(frozen=True, slots=True)
class Step:
    """One way from a state to another; ``circulation``: only for 持ち回り (False: only for others)."""

    start: frozenset[Meeting.State]
    end: Meeting.State
    circulation: bool | None = None


TRANSITIONS: dict[str, Step] = {
    "call": Step(frozenset({State.PLANNED, State.CALLED}), State.CALLED),
    "put_off": Step(frozenset({State.CALLED}), State.PLANNED),
    "hold": Step(frozenset({State.CALLED}), State.HELD, circulation=False),
    "circulate": Step(frozenset({State.CALLED}), State.CIRCULATED, circulation=True),
    "cancel": Step(frozenset({State.PLANNED, State.CALLED}), State.CANCELLED),
}


class WrongState(RuleBroken):
    """The meeting is not, or no longer, where this step begins."""

    status = 409


class NumberTaken(RuleBroken):
    """Another meeting of the body has this number."""

    status = 409


class BodyNotThere(RuleBroken):
    """The body did not exist on that day."""


class MinutesSettled(RuleBroken):
    """The minutes are approved: what they rest on changes no more."""

    status = 409


def locked_meeting(actor: User, meeting_id: UUID) -> Meeting:
    """The meeting, locked, if `actor` keeps its papers.

    Raises:
        Meeting.DoesNotExist: none that `actor` keeps.
    """
    kept = meetings_kept_by(actor).get(pk=meeting_id)
    return Meeting.objects.select_for_update(of=("self",)).select_related("body").get(pk=kept.pk)


def require_open_books(meeting: Meeting) -> None:
    """Refuse to change what approved minutes say.

    Raises:
        MinutesSettled: they are approved.
        WrongState: the meeting was cancelled.
    """
    if Minutes.objects.filter(meeting=meeting, state=Minutes.State.APPROVED).exists():
        raise MinutesSettled(_("議事録が確定しているため、変えられません。"))
    if meeting.state == State.CANCELLED:
        raise WrongState(_("この会議は中止になりました。"))


def day_of_meeting(meeting: Meeting) -> date:
    """The day for which it was called.

    Raises:
        WrongState: no day is fixed yet.
    """
    if meeting.held_on is None or meeting.state not in GATHERED:
        raise WrongState(_("会議の日がまだ決まっていません。先に招集してください。"))
    return meeting.held_on


@transaction.atomic
def plan_meeting(
    *,
    actor: User,
    body_id: UUID,
    title: str,
    date_text: str,
    year: int,
    at: datetime,
    number: int | None = None,
    by_circulation: bool = False,
    schedule_item_id: UUID | None = None,
    note: str = "",
) -> Meeting:
    """Announce a meeting in the words of a schedule (「11月9日（火）」「12月中下旬」).

    Raises:
        Body.DoesNotExist: none that `actor` keeps.
        NotADate: the words name no day.
        NumberTaken: the body has a meeting of this number.
        BodyNotThere: the body is dissolved by then.
    """
    body = kept_body(actor, body_id)
    span = parse_date_text(date_text, year=year)
    _require_body_on(body, span.latest or span.earliest)
    if number is not None and _number_taken(body, number):
        raise NumberTaken(_("同じ回の会議が、すでにあります。"))
    item = None
    if schedule_item_id is not None:
        item = ScheduleItem.objects.filter(secretariat=body.secretariat).get(pk=schedule_item_id)
    meeting = Meeting.objects.create(
        body=body,
        schedule_item=item,
        number=number,
        title=title.strip() or body.name,
        by_circulation=by_circulation,
        date_text=date_text.strip(),
        earliest_on=span.earliest,
        latest_on=span.latest,
        tentative=span.tentative,
        note=note.strip(),
        created_at=at,
        changed_at=at,
    )
    record(body=body, action="plan_meeting", subject_id=meeting.pk, actor=actor, at=at, when=date_text)
    return meeting


def _number_taken(body: Body, number: int) -> bool:
    return body.meetings.filter(number=number).exclude(state=State.CANCELLED).exists()


def _require_body_on(body: Body, day: date) -> None:
    founded = body.founding_on is None or body.founding_on <= day
    if not founded or (body.dissolved_on is not None and day > body.dissolved_on):
        raise BodyNotThere(_("その日には、この会議体がありません。"))


def _step(name: str, meeting: Meeting) -> Meeting.State:
    step = TRANSITIONS[name]
    if meeting.state not in step.start:
        sentence = _("この会議は「%(state)s」です。ページを開きなおしてください。")
        raise WrongState(str(sentence) % {"state": meeting.get_state_display()})
    if step.circulation is not None and step.circulation != meeting.by_circulation:
        raise WrongState(
            _("この会議は持ち回りです。")
            if meeting.by_circulation
            else _("この会議は持ち回りではありません。")
        )
    return step.end


def _changed(meeting: Meeting, at: datetime, *fields: str) -> Meeting:
    """Keep it, and let calendars know (RFC 5545: SEQUENCE, LAST-MODIFIED)."""
    meeting.changes += 1
    meeting.changed_at = at
    meeting.save(update_fields=[*fields, "changes", "changed_at"])
    return meeting


@transaction.atomic
def call_meeting(
    *,
    actor: User,
    meeting_id: UUID,
    held_on: date,
    at: datetime,
    begins_at: time | None = None,
    ends_at: time | None = None,
    place: str = "",
) -> Meeting:
    """Fix the day (again: move it). The words of the announcement stay.

    Raises:
        Meeting.DoesNotExist: none that `actor` keeps.
        WrongState: it was held or cancelled.
        WrongDay: it ends before it begins.
        BodyNotThere: the body does not exist on that day.
    """
    meeting = locked_meeting(actor, meeting_id)
    end = _step("call", meeting)
    _require_body_on(meeting.body, held_on)
    if ends_at is not None and (begins_at is None or ends_at <= begins_at):
        raise WrongDay(_("終わりの時刻が、始まりの時刻より前です。"))
    if meeting.motions.filter(votes__isnull=False).exists() and held_on != meeting.held_on:
        raise WrongState(_("採決の記録があるため、日を変えられません。"))
    stale = meeting.attendances.exclude(membership__in=voters_on(meeting.body, held_on))
    if stale.exists():
        raise WrongState(_("その日に構成員でない方の出欠が記録されています。先に直してください。"))
    meeting.state, meeting.held_on, meeting.place = end, held_on, place.strip()
    meeting.begins_at, meeting.ends_at = begins_at, ends_at
    _changed(meeting, at, "state", "held_on", "place", "begins_at", "ends_at")
    record(
        body=meeting.body,
        action="call_meeting",
        subject_id=meeting.pk,
        actor=actor,
        at=at,
        on=held_on.isoformat(),
    )
    return meeting


@transaction.atomic
def put_off_meeting(*, actor: User, meeting_id: UUID, date_text: str, year: int, at: datetime) -> Meeting:
    """Take a called meeting back to the plan, for a time in new words.

    Raises:
        Meeting.DoesNotExist, WrongState, NotADate: as `call_meeting` and `plan_meeting`.
    """
    meeting = locked_meeting(actor, meeting_id)
    end = _step("put_off", meeting)
    if meeting.motions.exists() or meeting.attendances.exists():
        raise WrongState(_("出欠か議案の記録があるため、延期できません。"))
    span = parse_date_text(date_text, year=year)
    meeting.state, meeting.held_on, meeting.date_text = end, None, date_text.strip()
    meeting.earliest_on, meeting.latest_on, meeting.tentative = span.earliest, span.latest, span.tentative
    _changed(meeting, at, "state", "held_on", "date_text", "earliest_on", "latest_on", "tentative")
    record(body=meeting.body, action="put_off_meeting", subject_id=meeting.pk, actor=actor, at=at)
    return meeting


@transaction.atomic
def hold_meeting(*, actor: User, meeting_id: UUID, at: datetime) -> Meeting:
    """Write down that it took place (a circulation: that it is over).

    Raises:
        Meeting.DoesNotExist, WrongState: as `call_meeting`.
        WrongDay: its day has not come.
    """
    meeting = locked_meeting(actor, meeting_id)
    end = _step("circulate" if meeting.by_circulation else "hold", meeting)
    if day_of_meeting(meeting) > timezone.localdate(at):
        raise WrongDay(_("会議の日は、まだ来ていません。"))
    meeting.state = end
    _changed(meeting, at, "state")
    record(body=meeting.body, action="hold_meeting", subject_id=meeting.pk, actor=actor, at=at)
    return meeting


@transaction.atomic
def cancel_meeting(*, actor: User, meeting_id: UUID, reason: str, at: datetime) -> Meeting:
    """Cancel it; it stays in the books with the reason, and its number is free again.

    Raises:
        Meeting.DoesNotExist, WrongState: as `call_meeting`.
        ReasonMissing: people want to know why.
    """
    meeting = locked_meeting(actor, meeting_id)
    end = _step("cancel", meeting)
    if not reason.strip():
        raise ReasonMissing(_("中止の理由を書いてください。"))
    if meeting.motions.filter(state="open").exists():
        raise WrongState(_("審議中の議案があります。先に取り下げてください。"))
    meeting.state, meeting.cancelled_reason = end, reason.strip()
    _changed(meeting, at, "state", "cancelled_reason")
    record(body=meeting.body, action="cancel_meeting", subject_id=meeting.pk, actor=actor, at=at)
    return meeting


@transaction.atomic
def publish_meeting(*, actor: User, meeting_id: UUID, published: bool, at: datetime) -> Meeting:
    """Make a meeting known to the public, or take it back.

    Raises:
        Meeting.DoesNotExist: none that `actor` keeps.
    """
    meeting = locked_meeting(actor, meeting_id)
    meeting.published = published
    _changed(meeting, at, "published")
    record(
        body=meeting.body,
        action="publish_meeting",
        subject_id=meeting.pk,
        actor=actor,
        at=at,
        published=published,
    )
    return meeting


@transaction.atomic
def write_agenda(
    *, actor: User, meeting_id: UUID, items: Sequence[tuple[str, str]], at: datetime
) -> list[AgendaItem]:
    """Set the agenda: (title, kind) in order. A point that keeps its title keeps its papers and motions.

    Raises:
        Meeting.DoesNotExist, WrongState, MinutesSettled: as above.
    """
    meeting = locked_meeting(actor, meeting_id)
    require_open_books(meeting)
    known = {item.title: item for item in meeting.agenda.all()}
    kept: list[AgendaItem] = []
    for position, (title, kind) in enumerate(((title.strip(), kind) for title, kind in items), 1):
        item = known.pop(title, None) or AgendaItem(meeting=meeting, title=title)
        item.position, item.kind = position, AgendaItem.Kind(kind)
        kept.append(item)
    AgendaItem.objects.filter(pk__in=[item.pk for item in known.values()]).delete()
    for item in kept:
        item.save()
    record(body=meeting.body, action="write_agenda", subject_id=meeting.pk, actor=actor, at=at, n=len(kept))
    return kept
