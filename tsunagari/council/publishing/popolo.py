"""Bodies, posts, people, meetings and votes as Popolo (popoloproject.com): what is public, nothing else."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q

from tsunagari.core.addresses import whole_address
from tsunagari.council.models import Attendance, Body, Meeting, Membership, Motion, Person, Post, Vote
from tsunagari.council.publishing.calendar import TOKYO, summary_of
from tsunagari.council.selectors.meetings import public_meetings

Json = dict[str, Any]


def export() -> Json:
    """Everything that is public, in Popolo's classes; a field without a value is left out."""
    meetings = public_meetings().prefetch_related("attendances__membership__person")
    motions = (
        Motion.objects.filter(meeting__published=True)
        .select_related("meeting")
        .prefetch_related("votes__membership__post", "votes__membership__person")
        .order_by("opened_at", "meeting", "position")
    )
    return {
        "organizations": [_organization(body) for body in Body.objects.select_related("secretariat")],
        "posts": [_post(post) for post in Post.objects.order_by("body", "position", "id")],
        "persons": [
            _said(id=str(person.pk), name=person.name, sort_name=person.name_kana)
            for person in Person.objects.filter(Q(memberships__isnull=False)).distinct()
        ],
        "memberships": [
            _membership(membership)
            for membership in Membership.objects.select_related("post").order_by("post", "begins_on")
        ],
        "events": [_event(meeting) for meeting in meetings],
        "motions": [_motion(motion) for motion in motions],
    }


def _said(**fields: object) -> Json:
    """The fields that say something."""
    return {name: _plain(value) for name, value in fields.items() if value not in (None, "", [])}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _organization(body: Body) -> Json:
    return _said(
        id=str(body.pk),
        name=body.name,
        other_names=[{"name": body.short_name}] if body.short_name else [],
        classification=body.get_classification_display(),
        parent_id=str(body.parent_id) if body.parent_id else None,
        founding_date=body.founding_on,
        dissolution_date=body.dissolved_on,
        sources=[{"url": whole_address("council:body", body.pk), "note": body.basis}],
    )


def _post(post: Post) -> Json:
    return _said(
        id=str(post.pk),
        label=post.label,
        role=post.role,
        organization_id=str(post.body_id),
        start_date=post.begins_on,
        end_date=post.ends_on,
    )


def _membership(membership: Membership) -> Json:
    post = membership.post
    return _said(
        id=str(membership.pk),
        label=post.label,
        role=post.role,
        person_id=str(membership.person_id) if membership.person_id else None,
        organization_id=str(post.body_id),
        post_id=str(post.pk),
        on_behalf_of_id=str(post.ministry_id) if post.ministry_id else None,
        start_date=membership.begins_on,
        end_date=membership.ends_on,
    )


def _event(meeting: Meeting) -> Json:
    there = [each for each in meeting.attendances.all() if each.state == Attendance.State.PRESENT]
    return _said(
        id=str(meeting.pk),
        name=summary_of(meeting),
        description=meeting.date_text,
        start_date=_begin(meeting),
        end_date=meeting.held_on or meeting.latest_on,
        location=meeting.place,
        status=meeting.state,
        classification="circulation" if meeting.by_circulation else "meeting",
        organization_id=str(meeting.body_id),
        attendees=[
            {"id": str(each.membership.person.pk), "name": each.membership.person.name}
            for each in there
            if each.membership.person is not None
        ],
        created_at=meeting.created_at,
        updated_at=meeting.changed_at,
        sources=[{"url": whole_address("council:meeting", meeting.pk)}],
    )


def _begin(meeting: Meeting) -> date | datetime:
    if meeting.held_on is not None and meeting.begins_at is not None:
        return datetime.combine(meeting.held_on, meeting.begins_at, tzinfo=TOKYO)
    return meeting.held_on or meeting.earliest_on


def _motion(motion: Motion) -> Json:
    votes = list(motion.votes.all())
    event = _said(
        id=f"{motion.pk}-votes",
        motion_id=str(motion.pk),
        organization_id=str(motion.meeting.body_id),
        start_date=motion.opened_at,
        end_date=motion.closed_at,
        result=motion.state,
        counts=[
            {"option": option, "value": sum(vote.option == option for vote in votes)}
            for option in Vote.Option
        ],
        # who voted how is a public fact once the motion is closed
        votes=[_vote(vote) for vote in votes],
    )
    closed = motion.state != Motion.State.OPEN
    return _said(
        id=str(motion.pk),
        organization_id=str(motion.meeting.body_id),
        text=motion.text,
        classification=motion.classification,
        date=motion.opened_at,
        requirement=motion.requirement,
        result=motion.state if closed else None,
        vote_events=[event] if closed and votes else [],
    )


def _vote(vote: Vote) -> Json:
    person = vote.membership.person
    return _said(
        vote_event_id=f"{vote.motion_id}-votes",
        voter_id=str(person.pk) if person else None,
        voter=None if person else {"name": vote.membership.post.label},
        option=vote.option,
        role=vote.membership.post.role,
    )
