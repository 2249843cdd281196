"""Who comes to a meeting: asked to attend by the chair, present, absent or by deputy; and who says what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.core.errors import RuleBroken
from tsunagari.council.models import Attendance, Invitation, Meeting, Membership, Statement
from tsunagari.council.selectors.bodies import bodies_read_by, voters_on
from tsunagari.council.services.journal import record
from tsunagari.council.services.meetings import day_of_meeting, locked_meeting, require_open_books
from tsunagari.council.services.posts import NobodyNamed, ReasonMissing, chair_who_says_so


class NotAMember(RuleBroken):
    """Not a member of this body on the day of the meeting."""


class DeputyNotNamed(RuleBroken):
    """A deputy has a name."""


@transaction.atomic
def invite(
    *,
    actor: User,
    meeting_id: UUID,
    chair_id: UUID | None,
    name: str,
    affiliation: str,
    reason: str,
    scope: str,
    at: datetime,
) -> Invitation:
    """The chair asks somebody who is no member to attend (開催について 2.): why, and for what part.

    Raises:
        Meeting.DoesNotExist: none that `actor` sees.
        OnlyTheChair: it is not the word of who chairs the body on the day of the meeting.
        ReasonMissing, NobodyNamed: whom, why and for what.
        WrongState, MinutesSettled: cancelled, or in the approved minutes already.
    """
    seen = Meeting.objects.get(pk=meeting_id, body__in=bodies_read_by(actor))
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("body").get(pk=seen.pk)
    require_open_books(meeting)
    day = meeting.held_on or meeting.earliest_on
    chair = chair_who_says_so(actor, meeting.body, chair_id, day)
    if not name.strip() or not affiliation.strip():
        raise NobodyNamed(_("氏名と所属・立場を書いてください。"))
    if not reason.strip() or not scope.strip():
        raise ReasonMissing(_("出席を求める理由と範囲を書いてください。"))
    invitation = Invitation.objects.create(
        meeting=meeting,
        name=name.strip(),
        affiliation=affiliation.strip(),
        reason=reason.strip(),
        scope=scope.strip(),
        asked_by=chair,
        asked_at=at,
    )
    record(body=meeting.body, action="invite", subject_id=invitation.pk, actor=actor, at=at)
    return invitation


@dataclass(frozen=True, slots=True)
class Presence:
    """How a member was there: present, absent, or by a deputy with a name and an office."""

    state: str
    deputy_name: str = ""
    deputy_office: str = ""


@transaction.atomic
def record_attendance(
    *,
    actor: User,
    meeting_id: UUID,
    presences: Mapping[UUID, Presence],
    at: datetime,
    guests: Mapping[UUID, bool] | None = None,
) -> None:
    """Write down who came; by the ids of memberships, and of invitations (whether they attended).

    Raises:
        Meeting.DoesNotExist, WrongState, MinutesSettled: as above.
        NotAMember: one was no member on the day of the meeting.
        DeputyNotNamed: somebody sent a deputy without a name.
    """
    meeting = locked_meeting(actor, meeting_id)
    require_open_books(meeting)
    members = {each.pk for each in voters_on(meeting.body, day_of_meeting(meeting))}
    if not set(presences) <= members:
        raise NotAMember(_("会議の日に構成員でない方の出欠は、記録できません。"))
    for membership_id, presence in presences.items():
        deputy = presence.state == Attendance.State.DEPUTY
        if deputy and not presence.deputy_name.strip():
            raise DeputyNotNamed(_("代理で出席した方の氏名を書いてください。"))
        Attendance.objects.update_or_create(
            meeting=meeting,
            membership_id=membership_id,
            defaults={
                "state": Attendance.State(presence.state),
                "deputy_name": presence.deputy_name.strip() if deputy else "",
                "deputy_office": presence.deputy_office.strip() if deputy else "",
            },
        )
    for invitation_id, attended in (guests or {}).items():
        invitation = meeting.invitations.get(pk=invitation_id)
        invitation.attended = attended
        invitation.save(update_fields=["attended"])
    record(body=meeting.body, action="record_attendance", subject_id=meeting.pk, actor=actor, at=at)


@transaction.atomic
def record_statement(
    *,
    actor: User,
    meeting_id: UUID,
    text: str,
    at: datetime,
    member_id: UUID | None = None,
    guest_id: UUID | None = None,
    agenda_item_id: UUID | None = None,
) -> Statement:
    """Write down what a member, or somebody who was asked to attend, said.

    Raises:
        Meeting.DoesNotExist, WrongState, MinutesSettled: as above.
        NotAMember: the speaker was neither on that day.
        NobodyNamed: no words, or not one speaker.
    """
    meeting = locked_meeting(actor, meeting_id)
    require_open_books(meeting)
    if not text.strip() or (member_id is None) == (guest_id is None):
        raise NobodyNamed(_("発言した方と、その発言を書いてください。"))
    day = day_of_meeting(meeting)
    if member_id is not None and not voters_on(meeting.body, day).filter(pk=member_id).exists():
        raise NotAMember(_("会議の日に構成員でない方の発言は、記録できません。"))
    if guest_id is not None and not meeting.invitations.filter(pk=guest_id).exists():
        raise NotAMember(_("この会議に出席を求められていない方です。"))
    last = meeting.statements.aggregate(last=Max("position"))["last"] or 0
    statement = Statement.objects.create(
        meeting=meeting,
        agenda_item=meeting.agenda.get(pk=agenda_item_id) if agenda_item_id else None,
        position=last + 1,
        member_id=member_id,
        guest_id=guest_id,
        text=text.strip(),
    )
    record(body=meeting.body, action="record_statement", subject_id=statement.pk, actor=actor, at=at)
    return statement


def speaker_of(membership: Membership) -> str:
    """How the record calls a member: office and name, if the books know it."""
    label = membership.post.label
    return f"{label}　{membership.person.name}" if membership.person else label


def speaker_in(statement: Statement) -> str:
    """Who spoke."""
    if statement.member is not None:
        return speaker_of(statement.member)
    return f"{statement.guest.affiliation}　{statement.guest.name}" if statement.guest else ""
