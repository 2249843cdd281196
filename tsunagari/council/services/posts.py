"""Who sits where: posts and memberships, the chair's right to add members, a reshuffle of all in one day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization, User
from tsunagari.core.errors import RuleBroken
from tsunagari.council.models import Body, Membership, Person, Post
from tsunagari.council.selectors.bodies import bodies_kept_by, chair_on, on_day
from tsunagari.council.services.bodies import WrongDay, kept_body
from tsunagari.council.services.journal import record


class PostTaken(RuleBroken):
    """Somebody holds the post on one of these days."""

    status = 409


class OnlyTheChair(RuleBroken):
    """Members are added and others asked to attend by the chair alone (開催について 2.)."""

    status = 403


class ReasonMissing(RuleBroken):
    """The chair says why."""


class NobodyNamed(RuleBroken):
    """An operation for nobody."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """Who comes to a post; ``authority`` is the ground, where it differs from the others'."""

    post_id: UUID
    name: str
    name_kana: str = ""
    authority: str = ""


def chair_who_says_so(actor: User, body: Body, chair_id: UUID | None, day: date) -> Membership:
    """The chair of that day, by whose word `actor` acts: the secretariat writes it down, or the chair acts.

    Raises:
        OnlyTheChair: it is somebody else's word, or the chair's of another day.
    """
    chair = chair_on(body, day)
    by_secretariat = bodies_kept_by(actor).filter(pk=body.pk).exists()
    if chair is None or chair.pk != chair_id or not (by_secretariat or chair.user_id == actor.pk):
        raise OnlyTheChair(_("構成員を追加し、出席を求めることができるのは、その日の議長だけです。"))
    return chair


@transaction.atomic
def open_post(
    *,
    actor: User,
    body_id: UUID,
    role: str,
    label: str,
    mode: str,
    begins_on: date,
    at: datetime,
    ministry_id: UUID | None = None,
) -> Post:
    """Open a post that the founding document names. Members whom the chair adds: `add_member`.

    Raises:
        Body.DoesNotExist: none that `actor` keeps.
        OnlyTheChair: ``mode`` is "added".
        PostTaken: a second chair.
    """
    body = kept_body(actor, body_id)
    if mode == Post.Mode.ADDED:
        raise OnlyTheChair(_("構成員を追加できるのは、議長だけです。"))
    _require_founded(body, begins_on)
    chairs = body.posts.filter(role=Post.Role.CHAIR)
    if role == Post.Role.CHAIR and chairs.exclude(ends_on__lt=begins_on).exists():
        raise PostTaken(_("議長の職は、すでにあります。"))
    post = Post.objects.create(
        body=body,
        role=role,
        label=label.strip(),
        mode=mode,
        ministry=_ministry(ministry_id),
        position=_next_position(body, role),
        begins_on=begins_on,
    )
    record(body=body, action="open_post", subject_id=post.pk, actor=actor, at=at, label=post.label)
    return post


def _ministry(ministry_id: UUID | None) -> Organization | None:
    return None if ministry_id is None else Organization.objects.get(pk=ministry_id)


def _require_founded(body: Body, day: date) -> None:
    if body.founding_on is not None and day < body.founding_on:
        raise WrongDay(_("会議体ができる前の日です。"))
    if body.dissolved_on is not None and day > body.dissolved_on:
        raise WrongDay(_("会議体が終わったあとの日です。"))


def _next_position(body: Body, role: str) -> int:
    if role == Post.Role.CHAIR:
        return 0
    last = body.posts.exclude(role=Post.Role.SECRETARY).order_by("-position").first()
    return 900 if role == Post.Role.SECRETARY else (last.position + 1 if last else 1)


@transaction.atomic
def appoint(
    *,
    actor: User,
    post_id: UUID,
    name: str,
    begins_on: date,
    authority: str,
    at: datetime,
    name_kana: str = "",
    ends_on: date | None = None,
) -> Membership:
    """Put somebody on a post, from a day on or for a time.

    Raises:
        Post.DoesNotExist: none of a body that `actor` keeps.
        PostTaken: somebody holds it on one of these days; the sentence says who and until when.
        WrongDay: an end before the beginning, or days when there is no such post.
        ReasonMissing: without an authority nobody sits anywhere.
    """
    post = _kept_post(actor, post_id)
    if not name.strip():
        raise NobodyNamed(_("氏名を書いてください。"))
    if not authority.strip():
        raise ReasonMissing(_("根拠（指名、発令など）を書いてください。"))
    _require_days_of(post, begins_on, ends_on)
    _require_free(post, begins_on, ends_on)
    membership = Membership.objects.create(
        post=post,
        person=_person(name, name_kana),
        begins_on=begins_on,
        ends_on=ends_on,
        authority=authority.strip(),
    )
    record(body=post.body, action="appoint", subject_id=membership.pk, actor=actor, at=at, post=post.label)
    return membership


def _kept_post(actor: User, post_id: UUID) -> Post:
    post = Post.objects.select_related("body").get(pk=post_id, body__in=bodies_kept_by(actor))
    # of two who fill the same post at once the second sees what the first did
    Post.objects.select_for_update(of=("self",)).get(pk=post.pk)
    return post


def _require_days_of(post: Post, begins_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < begins_on:
        raise WrongDay(_("終わりの日が、始まりの日より前です。"))
    if begins_on < post.begins_on or (post.ends_on is not None and (ends_on or begins_on) > post.ends_on):
        raise WrongDay(_("その日には、この職がありません。"))


def _require_free(post: Post, begins_on: date, ends_on: date | None) -> None:
    held = post.memberships.select_related("person").order_by("begins_on")
    if ends_on is not None:
        held = held.filter(begins_on__lte=ends_on)
    taken = held.exclude(ends_on__lt=begins_on).first()
    if taken is None:
        return
    sentence = _(
        "「%(post)s」には、%(since)sから%(until)s、%(who)sが就いています。先に終わりの日を書いてください。"
    )
    raise PostTaken(
        str(sentence)
        % {
            "post": post.label,
            "since": _written(taken.begins_on),
            "until": _until(taken.ends_on),
            "who": taken.person.name if taken.person else _("氏名の記録がない方"),
        }
    )


def _until(day: date | None) -> str:
    return str(_("いままで")) if day is None else str(_("%(day)sまで")) % {"day": _written(day)}


def _written(day: date) -> str:
    return f"{day.year}.{day.month}.{day.day}"


def _person(name: str, name_kana: str) -> Person:
    """Holders of public offices of one name and reading are taken for one person."""
    found, _made = Person.objects.get_or_create(name=name.strip(), name_kana=name_kana.strip())
    return found


@transaction.atomic
def name_holder(
    *, actor: User, membership_id: UUID, name: str, at: datetime, name_kana: str = ""
) -> Membership:
    """Write down who has held a post so far without a name in the books.

    Raises:
        Membership.DoesNotExist: none of a body that `actor` keeps.
        PostTaken: a name stands there already.
    """
    membership = _kept_membership(actor, membership_id)
    if membership.person_id is not None:
        raise PostTaken(_("氏名は、すでに書かれています。交代のときは、終わりの日を書いてください。"))
    if not name.strip():
        raise NobodyNamed(_("氏名を書いてください。"))
    membership.person = _person(name, name_kana)
    membership.save(update_fields=["person"])
    record(body=membership.post.body, action="name_holder", subject_id=membership.pk, actor=actor, at=at)
    return membership


def _kept_membership(actor: User, membership_id: UUID) -> Membership:
    return (
        Membership.objects.select_for_update(of=("self",))
        .select_related("post", "post__body")
        .get(pk=membership_id, post__body__in=bodies_kept_by(actor))
    )


@transaction.atomic
def end_membership(*, actor: User, membership_id: UUID, ends_on: date, at: datetime) -> Membership:
    """Write the last day of a membership. It stays in the books, so that every day can be answered for.

    Raises:
        Membership.DoesNotExist: none of a body that `actor` keeps.
        WrongDay: before it began, or after an end that stands already.
    """
    membership = _kept_membership(actor, membership_id)
    if ends_on < membership.begins_on:
        raise WrongDay(_("終わりの日が、始まりの日より前です。"))
    if membership.ends_on is not None and ends_on > membership.ends_on:
        raise WrongDay(_("すでに終わっています。"))
    if (
        membership.attendances.filter(meeting__held_on__gt=ends_on).exists()
        or membership.votes.filter(motion__meeting__held_on__gt=ends_on).exists()
    ):
        raise WrongDay(_("その日よりあとの会議に、出席や採決の記録があります。"))
    membership.ends_on = ends_on
    membership.save(update_fields=["ends_on"])
    record(
        body=membership.post.body,
        action="end_membership",
        subject_id=membership.pk,
        actor=actor,
        at=at,
        on=ends_on.isoformat(),
    )
    return membership


@transaction.atomic
def add_member(
    *,
    actor: User,
    body_id: UUID,
    chair_id: UUID | None,
    label: str,
    name: str,
    reason: str,
    begins_on: date,
    at: datetime,
    name_kana: str = "",
    ministry_id: UUID | None = None,
) -> Membership:
    """The chair adds a member (開催について 2.). ``chair_id``: the chair's membership, by whose word it is.

    Raises:
        Body.DoesNotExist: unknown.
        OnlyTheChair: it is not the word of who chairs the body on the first day.
        ReasonMissing, NobodyNamed: the chair says whom and why.
    """
    body = Body.objects.select_for_update(of=("self",)).get(pk=body_id)
    chair = chair_who_says_so(actor, body, chair_id, begins_on)
    if not reason.strip():
        raise ReasonMissing(_("追加する理由を書いてください。"))
    if not name.strip() or not label.strip():
        raise NobodyNamed(_("官職・立場と氏名を書いてください。"))
    _require_founded(body, begins_on)
    post = Post.objects.create(
        body=body,
        role=Post.Role.MEMBER,
        label=label.strip(),
        mode=Post.Mode.ADDED,
        ministry=_ministry(ministry_id),
        position=_next_position(body, Post.Role.MEMBER),
        begins_on=begins_on,
        reason=reason.strip(),
        added_by=chair,
    )
    membership = Membership.objects.create(
        post=post,
        person=_person(name, name_kana),
        begins_on=begins_on,
        authority=str(_("議長による追加：%(reason)s")) % {"reason": reason.strip()[:200]},
    )
    record(body=body, action="add_member", subject_id=membership.pk, actor=actor, at=at, chair=str(chair.pk))
    return membership


@transaction.atomic
def reshuffle(
    *, actor: User, on: date, appointments: Sequence[Appointment], authority: str, at: datetime
) -> list[Membership]:
    """Fill many posts anew on one day (内閣改造): all of them, or none.

    Who held a post until then, holds it to the day before. Posts may belong to several bodies, since one
    office sits in several.

    Raises:
        Post.DoesNotExist: one of them is of no body that `actor` keeps.
        NobodyNamed: nothing to do, a post twice, or one without a name.
        PostTaken: somebody came to one of the posts on that day or later.
        WrongDay, ReasonMissing: as `appoint`.
    """
    ids = [each.post_id for each in appointments]
    if not ids or len(set(ids)) != len(ids):
        raise NobodyNamed(_("入れ替える職を、1回ずつ選んでください。"))
    by_post = {each.post_id: each for each in appointments}
    made = []
    for post_id in sorted(ids):  # in one order, so that two reshuffles do not wait for each other
        post, new = _kept_post(actor, post_id), by_post[post_id]
        present = post.memberships.filter(on_day(on)).first()
        if present is not None and present.begins_on < on:
            end_membership(actor=actor, membership_id=present.pk, ends_on=on - timedelta(days=1), at=at)
        made.append(
            appoint(
                actor=actor,
                post_id=post_id,
                name=new.name,
                name_kana=new.name_kana,
                begins_on=on,
                authority=new.authority or authority,
                at=at,
            )
        )
    return made


@transaction.atomic
def close_post(*, actor: User, post_id: UUID, ends_on: date, at: datetime) -> Post:
    """Write a post's last day; whoever is on it, is so until then.

    Raises:
        Post.DoesNotExist: none of a body that `actor` keeps.
        WrongDay: before it began, or closed already.
    """
    post = _kept_post(actor, post_id)
    if ends_on < post.begins_on or post.ends_on is not None:
        raise WrongDay(_("この職は、すでに終わっているか、その日にはまだありません。"))
    for membership in post.memberships.exclude(ends_on__lte=ends_on):
        if membership.begins_on > ends_on:
            raise WrongDay(_("その日よりあとに、就く人が決まっています。"))
        end_membership(actor=actor, membership_id=membership.pk, ends_on=ends_on, at=at)
    post.ends_on = ends_on
    post.save(update_fields=["ends_on"])
    record(body=post.body, action="close_post", subject_id=post.pk, actor=actor, at=at)
    return post
