"""Bodies, who sits in them on a day, and who decides on a day."""

from datetime import date
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from tsunagari.accounts.models import Membership as StaffMembership
from tsunagari.accounts.models import User
from tsunagari.council.models import Article, Body, Membership, Post, Succession
from tsunagari.council.policies import KEEPERS, READERS


def _organizations(viewer: User, roles: frozenset[str]) -> QuerySet[StaffMembership, UUID]:
    return StaffMembership.objects.filter(user=viewer, role__in=roles, ended_at=None).values_list(
        "organization_id", flat=True
    )


def bodies_kept_by(viewer: User) -> QuerySet[Body]:
    """Bodies whose secretariat `viewer` works for."""
    return Body.objects.filter(secretariat__in=_organizations(viewer, KEEPERS)).select_related("secretariat")


def bodies_read_by(viewer: User) -> QuerySet[Body]:
    """Bodies whose desk pages `viewer` reads: of the own organisation, and where `viewer` has ever sat."""
    seats = Membership.objects.filter(user=viewer).values("post__body")
    return Body.objects.filter(
        Q(secretariat__in=_organizations(viewer, READERS)) | Q(pk__in=seats)
    ).select_related("secretariat")


def on_day(day: date, prefix: str = "") -> Q:
    """A condition for rows that hold on `day` (begins_on to ends_on, both inclusive)."""
    return Q(**{f"{prefix}begins_on__lte": day}) & (
        Q(**{f"{prefix}ends_on": None}) | Q(**{f"{prefix}ends_on__gte": day})
    )


def memberships_on(body: Body, day: date) -> QuerySet[Membership]:
    """Who sat in the body on this day, the chair first; the secretariat's post among them."""
    return (
        Membership.objects.filter(on_day(day), on_day(day, "post__"), post__body=body)
        .select_related("post", "post__ministry", "person")
        .order_by("post__position", "post__label", "id")
    )


def voters_on(body: Body, day: date) -> QuerySet[Membership]:
    """Chair and members on this day: those who vote."""
    return memberships_on(body, day).exclude(post__role=Post.Role.SECRETARY)


def chair_on(body: Body, day: date) -> Membership | None:
    """Who chaired the body on this day."""
    return memberships_on(body, day).filter(post__role=Post.Role.CHAIR).first()


def vacant_posts_on(body: Body, day: date) -> QuerySet[Post]:
    """Posts that there were on this day without anybody on them."""
    return body.posts.filter(on_day(day)).exclude(
        pk__in=Membership.objects.filter(on_day(day), post__body=body).values("post")
    )


def articles_on(body: Body, day: date) -> QuerySet[Article]:
    """The wording of the founding document on this day."""
    return body.articles.filter(on_day(day)).order_by("number")


def succession_of(body: Body) -> list[Body]:
    """The chain in which the body stands, the oldest first; itself alone if it has no relatives.

    A body that follows several goes back along the one that it followed last.
    """
    links = list(Succession.objects.select_related("predecessor", "successor").order_by("on"))
    before = {link.successor_id: link.predecessor for link in links}
    after = {link.predecessor_id: link.successor for link in links}
    chain, seen = [body], {body.pk}
    while (earlier := before.get(chain[0].pk)) is not None and earlier.pk not in seen:
        chain.insert(0, earlier)
        seen.add(earlier.pk)
    while (later := after.get(chain[-1].pk)) is not None and later.pk not in seen:
        chain.append(later)
        seen.add(later.pk)
    return chain


def who_decides(body: Body, day: date) -> Body | None:
    """Which body of the chain decides on this day; None before the first and after the last."""
    chain = succession_of(body)
    begins = {
        link.successor_id: link.on
        for link in Succession.objects.filter(successor__in=[each.pk for each in chain])
    }
    found = None
    for each in chain:
        since = begins.get(each.pk, each.founding_on)
        if since is None or since <= day:
            found = each
    if found is not None and found.dissolved_on is not None and found.dissolved_on < day:
        return None
    return found


def public_bodies() -> QuerySet[Body]:
    """All bodies with their posts, for the public: that a body exists is a public fact."""
    return Body.objects.select_related("secretariat").prefetch_related(
        Prefetch("posts", Post.objects.select_related("ministry").order_by("position"))
    )
