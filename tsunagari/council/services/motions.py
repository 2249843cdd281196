"""Motions: put to the members, voted on or agreed to without a vote (了承), decided; what was decided."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count as CountOf
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.core.errors import RuleBroken
from tsunagari.council.counting import Count, carries
from tsunagari.council.models import Attendance, Decision, Meeting, Membership, Motion, Post, Vote
from tsunagari.council.selectors.bodies import voters_on
from tsunagari.council.selectors.meetings import meetings_kept_by
from tsunagari.council.services.attendance import NotAMember
from tsunagari.council.services.journal import record
from tsunagari.council.services.meetings import (
    WrongState,
    day_of_meeting,
    locked_meeting,
    require_open_books,
)
from tsunagari.council.services.posts import NobodyNamed, ReasonMissing

State = Motion.State


class MembershipExpired(RuleBroken):
    """A member, but not on the day of the meeting."""


class AlreadyVoted(RuleBroken):
    """A vote is given once."""

    status = 409


class NoVoteTaken(RuleBroken):
    """A motion to be agreed to without a vote takes none."""


class NothingToCount(RuleBroken):
    """Nobody has voted."""


class AbsentCannotVote(RuleBroken):
    """Who was not there, nor a deputy, did not vote."""


def _locked(actor: User, motion_id: UUID) -> Motion:
    """The motion and its meeting, locked, if `actor` keeps its papers."""
    seen = Motion.objects.get(pk=motion_id, meeting__in=meetings_kept_by(actor))
    Meeting.objects.select_for_update(of=("self",)).get(pk=seen.meeting_id)
    return _fresh(seen)


def _fresh(seen: Motion) -> Motion:
    return (
        Motion.objects.select_for_update(of=("self",))
        .select_related("meeting", "meeting__body")
        .get(pk=seen.pk)
    )


def _require_open(motion: Motion) -> None:
    if motion.state != State.OPEN:
        sentence = _("この議案は「%(state)s」です。")
        raise WrongState(str(sentence) % {"state": motion.get_state_display()})


@transaction.atomic
def put_motion(
    *,
    actor: User,
    meeting_id: UUID,
    text: str,
    requirement: str,
    at: datetime,
    classification: str = Motion.Classification.OTHER,
    agenda_item_id: UUID | None = None,
) -> Motion:
    """Put a motion to the members of a meeting that was called.

    Raises:
        Meeting.DoesNotExist: none that `actor` keeps.
        WrongState, MinutesSettled: the meeting has no day, was cancelled, or its minutes are approved.
    """
    meeting = locked_meeting(actor, meeting_id)
    require_open_books(meeting)
    day_of_meeting(meeting)
    if not text.strip():
        raise NobodyNamed(_("議案を書いてください。"))
    last = meeting.motions.aggregate(last=Max("position"))["last"] or 0
    motion = Motion.objects.create(
        meeting=meeting,
        agenda_item=meeting.agenda.get(pk=agenda_item_id) if agenda_item_id else None,
        position=last + 1,
        text=text.strip(),
        classification=Motion.Classification(classification),
        requirement=Motion.Requirement(requirement),
        opened_at=at,
    )
    record(body=meeting.body, action="put_motion", subject_id=motion.pk, actor=actor, at=at)
    return motion


@transaction.atomic
def cast_vote(*, actor: User, motion_id: UUID, membership_id: UUID, option: str, at: datetime) -> Vote:
    """Write down a member's vote: by the secretariat, or by the member's own account. It is never changed.

    Raises:
        Motion.DoesNotExist: none that `actor` keeps or may vote on.
        NotAMember: the membership is of another body, or the secretariat's.
        MembershipExpired: it does not cover the day of the meeting.
        AlreadyVoted: the member has voted.
        AbsentCannotVote: the books say that the member was absent.
        NoVoteTaken: the motion is to be agreed to without a vote.
        WrongState: the motion is decided.
    """
    motion = _votable(actor, motion_id, membership_id)
    require_open_books(motion.meeting)
    _require_open(motion)
    if motion.requirement == Motion.Requirement.ACCLAMATION:
        raise NoVoteTaken(_("この議案は了承によるため、採決しません。"))
    membership = Membership.objects.select_related("post").filter(pk=membership_id).first()
    day = day_of_meeting(motion.meeting)
    _require_voter(motion, membership, day)
    attendance = motion.meeting.attendances.filter(membership_id=membership_id).first()
    absent = attendance is not None and attendance.state == Attendance.State.ABSENT
    if absent and not motion.meeting.by_circulation:
        raise AbsentCannotVote(_("欠席した方は、採決に加われません。"))
    if motion.votes.filter(membership_id=membership_id).exists():
        raise AlreadyVoted(_("この方は、すでに採決に加わっています。"))
    vote = Vote.objects.create(
        motion=motion,
        membership_id=membership_id,
        option=Vote.Option(option),
        deputy_name=attendance.deputy_name if attendance else "",
        cast_at=at,
    )
    # not how: a journal that is read by others would tell before the count
    record(body=motion.meeting.body, action="cast_vote", subject_id=motion.pk, actor=actor, at=at)
    return vote


def _votable(actor: User, motion_id: UUID, membership_id: UUID) -> Motion:
    own = Membership.objects.filter(pk=membership_id, user=actor).first()
    if own is None:
        return _locked(actor, motion_id)
    # a member's own account reaches the motions of the own body only
    seen = Motion.objects.get(pk=motion_id, meeting__body__posts__memberships=own)
    return _fresh(seen)


def _require_voter(motion: Motion, membership: Membership | None, day: date) -> None:
    if (
        membership is None
        or membership.post.body_id != motion.meeting.body_id
        or membership.post.role == Post.Role.SECRETARY
    ):
        raise NotAMember(_("この会議体の構成員ではない方は、採決に加われません。"))
    if not voters_on(motion.meeting.body, day).filter(pk=membership.pk).exists():
        raise MembershipExpired(_("会議の日に構成員ではなかった方は、採決に加われません。"))


@transaction.atomic
def count_votes(*, actor: User, motion_id: UUID, at: datetime, decision_text: str = "") -> Motion:
    """Count, and close the motion by its requirement. If it passes, its text is a decision.

    Raises:
        Motion.DoesNotExist: none that `actor` keeps.
        WrongState: it is closed, or to be agreed to without a vote.
        NothingToCount: no votes.
    """
    motion = _locked(actor, motion_id)
    require_open_books(motion.meeting)
    _require_open(motion)
    if motion.requirement == Motion.Requirement.ACCLAMATION:
        raise NoVoteTaken(_("この議案は了承によるため、採決しません。"))
    count = count_of(motion)
    if count.cast == 0:
        raise NothingToCount(_("まだ、だれも採決に加わっていません。"))
    passed = carries(motion.requirement, count, by_circulation=motion.meeting.by_circulation)
    sentence = _("賛成%(yes)s、反対%(no)s、棄権%(abstain)s（構成員%(members)s）")
    numbers = {"yes": count.yes, "no": count.no, "abstain": count.abstain, "members": count.members}
    return _close(motion, passed, str(sentence) % numbers, actor, at, decision_text)


def count_of(motion: Motion) -> Count:
    """How the members have answered so far."""
    counted = dict(motion.votes.order_by().values_list("option").annotate(n=CountOf("id")))
    members = voters_on(motion.meeting.body, day_of_meeting(motion.meeting)).count()
    return Count(counted.get("yes", 0), counted.get("no", 0), counted.get("abstain", 0), members)


@transaction.atomic
def acclaim(
    *, actor: User, motion_id: UUID, at: datetime, objection: str = "", decision_text: str = ""
) -> Motion:
    """Close a motion that was to be agreed to without a vote (了承). An objection, in its words, ends it.

    Raises:
        Motion.DoesNotExist: none that `actor` keeps.
        WrongState: it is closed, or asks for votes.
    """
    motion = _locked(actor, motion_id)
    require_open_books(motion.meeting)
    _require_open(motion)
    if motion.requirement != Motion.Requirement.ACCLAMATION:
        raise WrongState(_("この議案は、採決が必要です。"))
    if objection.strip():
        sentence = str(_("異議あり：%(objection)s")) % {"objection": objection.strip()[:250]}
        return _close(motion, False, sentence, actor, at, "")
    return _close(motion, True, str(_("異議なく了承")), actor, at, decision_text)


def _close(
    motion: Motion, passed: bool, result: str, actor: User, at: datetime, decision_text: str
) -> Motion:
    motion.state = State.PASSED if passed else State.FAILED
    motion.result, motion.closed_at = result, at
    motion.save(update_fields=["state", "result", "closed_at"])
    record(
        body=motion.meeting.body,
        action="close_motion",
        subject_id=motion.pk,
        actor=actor,
        at=at,
        state=motion.state,
    )
    if passed:
        _decide(motion.meeting, decision_text.strip() or motion.text, actor, at, motion)
    return motion


@transaction.atomic
def withdraw_motion(*, actor: User, motion_id: UUID, reason: str, at: datetime) -> Motion:
    """Take a motion back, with a reason. Its votes stay in the books.

    Raises:
        Motion.DoesNotExist, WrongState: as `count_votes`.
        ReasonMissing: without one.
    """
    motion = _locked(actor, motion_id)
    require_open_books(motion.meeting)
    _require_open(motion)
    if not reason.strip():
        raise ReasonMissing(_("取り下げる理由を書いてください。"))
    motion.state, motion.result, motion.closed_at = State.WITHDRAWN, reason.strip()[:300], at
    motion.save(update_fields=["state", "result", "closed_at"])
    record(body=motion.meeting.body, action="withdraw_motion", subject_id=motion.pk, actor=actor, at=at)
    return motion


@transaction.atomic
def record_decision(
    *, actor: User, meeting_id: UUID, text: str, at: datetime, agenda_item_id: UUID | None = None
) -> Decision:
    """Write down what was decided without a motion.

    Raises:
        Meeting.DoesNotExist, WrongState, MinutesSettled: as `put_motion`.
        NobodyNamed: no words.
    """
    meeting = locked_meeting(actor, meeting_id)
    require_open_books(meeting)
    if not text.strip():
        raise NobodyNamed(_("決まったことを書いてください。"))
    decision = _decide(meeting, text.strip(), actor, at, None)
    if agenda_item_id is not None:
        decision.agenda_item = meeting.agenda.get(pk=agenda_item_id)
        decision.save(update_fields=["agenda_item"])
    return decision


def _decide(meeting: Meeting, text: str, actor: User, at: datetime, motion: Motion | None) -> Decision:
    last = meeting.decisions.aggregate(last=Max("position"))["last"] or 0
    decision = Decision.objects.create(
        meeting=meeting,
        motion=motion,
        agenda_item_id=motion.agenda_item_id if motion else None,
        position=last + 1,
        text=text,
        # by circulation it is decided when the last answer is counted
        decided_on=timezone.localdate(at) if meeting.by_circulation else day_of_meeting(meeting),
    )
    record(body=meeting.body, action="decide", subject_id=decision.pk, actor=actor, at=at)
    return decision
