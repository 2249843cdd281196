"""Meetings, their papers and what came of them, restricted to who looks."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce

from tsunagari.accounts.models import Membership as StaffMembership
from tsunagari.accounts.models import User
from tsunagari.council.models import (
    ActionItem,
    Body,
    Decision,
    Material,
    MaterialVersion,
    Meeting,
    Membership,
    Minutes,
)
from tsunagari.council.policies import OWNERS, READERS
from tsunagari.council.selectors.bodies import bodies_kept_by, bodies_read_by

BY_DAY = ("-earliest_on", "-number", "id")


def public_meetings() -> QuerySet[Meeting]:
    """Meetings that the secretariat has made known, the newest first."""
    return Meeting.objects.filter(published=True).select_related("body").order_by(*BY_DAY)


def meetings_kept_by(viewer: User) -> QuerySet[Meeting]:
    """Meetings whose papers `viewer` keeps, the newest first."""
    return Meeting.objects.filter(body__in=bodies_kept_by(viewer)).select_related("body").order_by(*BY_DAY)


def meetings_read_by(viewer: User) -> QuerySet[Meeting]:
    """Meetings that `viewer` sees at the desk, the newest first."""
    return Meeting.objects.filter(body__in=bodies_read_by(viewer)).select_related("body").order_by(*BY_DAY)


def _with_files(materials: QuerySet[Material]) -> QuerySet[Material]:
    """With their versions, the newest first, in ``files``; the bytes stay where they are."""
    files = MaterialVersion.objects.defer("content").order_by("-number")
    return (
        materials.select_related("meeting", "meeting__body", "agenda_item")
        .prefetch_related(Prefetch("versions", files, to_attr="files"))
        .order_by("position", "number", "id")
    )


def public_materials() -> QuerySet[Material]:
    """Papers for everybody, of meetings that are known to everybody."""
    return _with_files(
        Material.objects.filter(access=Material.Access.PUBLIC, withdrawn_at=None, meeting__published=True)
    )


def materials_read_by(viewer: User) -> QuerySet[Material]:
    """Papers that `viewer` may read at the desk.

    All of the bodies that `viewer` keeps. Colleagues of the secretariat, and members whose time the meeting
    falls in, read what is for members; who sat there at another time reads what is public.
    """
    organizations = StaffMembership.objects.filter(user=viewer, role__in=READERS, ended_at=None)
    sat = Membership.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=OuterRef("day")),
        user=viewer,
        post__body=OuterRef("meeting__body"),
        begins_on__lte=OuterRef("day"),
    )
    inside = Q(meeting__body__secretariat__in=organizations.values("organization")) | Exists(sat)
    for_members = Q(access=Material.Access.MEMBERS) & inside
    public = Q(access=Material.Access.PUBLIC, meeting__body__in=bodies_read_by(viewer))
    return _with_files(
        Material.objects.annotate(day=Coalesce(F("meeting__held_on"), F("meeting__earliest_on"))).filter(
            Q(meeting__body__in=bodies_kept_by(viewer)) | (Q(withdrawn_at=None) & (public | for_members))
        )
    )


def decisions_of(bodies: Sequence[Body], *, public: bool) -> QuerySet[Decision]:
    """What these bodies have decided, over all their meetings, the newest first."""
    found = Decision.objects.filter(meeting__body__in=bodies)
    if public:
        found = found.filter(meeting__published=True)
    return found.select_related("meeting", "meeting__body", "motion").order_by("-decided_on", "position")


def actions_of(bodies: Sequence[Body], *, public: bool) -> QuerySet[ActionItem]:
    """What follows from their meetings, over the whole series: the open first, by date."""
    found = ActionItem.objects.filter(body__in=bodies)
    if public:
        found = found.filter(public=True)
    return found.select_related("owner", "body", "meeting").order_by(
        F("closed_on").desc(nulls_first=True), "due_on", "id"
    )


def actions_read_by(viewer: User) -> QuerySet[ActionItem]:
    """Action items of the bodies that `viewer` keeps, and those that the own organisation has to do."""
    own = StaffMembership.objects.filter(user=viewer, role__in=OWNERS, ended_at=None).values("organization")
    return (
        ActionItem.objects.filter(Q(body__in=bodies_kept_by(viewer)) | Q(owner__in=own))
        .select_related("owner", "body", "meeting")
        .order_by("due_on", "id")
    )


def actions_closable_by(viewer: User) -> QuerySet[ActionItem]:
    """Those that `viewer` may close: the same ones."""
    return actions_read_by(viewer)


def late_actions(viewer: User, today: date) -> QuerySet[ActionItem]:
    """Open after their date."""
    return actions_read_by(viewer).filter(state=ActionItem.State.OPEN, due_on__lt=today)


def actions_due(viewer: User, today: date, *, days: int = 7) -> QuerySet[ActionItem]:
    """Open, and due from today on within so many days."""
    return actions_read_by(viewer).filter(
        state=ActionItem.State.OPEN, due_on__range=(today, today + timedelta(days=days - 1))
    )


def minutes_to_do(viewer: User) -> QuerySet[Meeting]:
    """Meetings that were held and whose minutes are not approved."""
    return (
        meetings_kept_by(viewer)
        .filter(state__in=[Meeting.State.HELD, Meeting.State.CIRCULATED])
        .exclude(minutes__state=Minutes.State.APPROVED)
        .select_related("minutes")
        .order_by("held_on")
    )


def upcoming_meetings(meetings: QuerySet[Meeting], today: date) -> QuerySet[Meeting]:
    """Planned or called ones that can still come, the next first."""
    return meetings.filter(
        Q(held_on__gte=today) | Q(held_on=None, latest_on__gte=today) | Q(held_on=None, latest_on=None),
        state__in=[Meeting.State.PLANNED, Meeting.State.CALLED],
    ).order_by(Coalesce(F("held_on"), F("earliest_on")), "number", "id")


def overdue_meetings(viewer: User, today: date) -> QuerySet[Meeting]:
    """Announced for a time that has passed, and neither held nor cancelled in the books."""
    return (
        meetings_kept_by(viewer)
        .filter(
            Q(held_on__lt=today) | Q(held_on=None, latest_on__lt=today),
            state__in=[Meeting.State.PLANNED, Meeting.State.CALLED],
        )
        .order_by("earliest_on")
    )
