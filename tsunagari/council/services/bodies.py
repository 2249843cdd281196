"""Found a body, write its rules, let another follow it."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization, User
from tsunagari.accounts.policies import require
from tsunagari.accounts.selectors import active_memberships
from tsunagari.core.errors import RuleBroken
from tsunagari.council import policies
from tsunagari.council.models import Article, Body, Succession
from tsunagari.council.selectors.bodies import bodies_kept_by, succession_of
from tsunagari.council.services.journal import record


class BodyKnown(RuleBroken):
    """There is a body of this name."""

    status = 409


class WrongDay(RuleBroken):
    """A day before the beginning, or after the end."""


class CannotFollow(RuleBroken):
    """The succession would run in a circle, or the body is followed already."""

    status = 409


def kept_body(actor: User, body_id: UUID) -> Body:
    """The body, locked, if `actor` works for its secretariat.

    Raises:
        Body.DoesNotExist: none that `actor` keeps.
    """
    kept = bodies_kept_by(actor).get(pk=body_id)
    return Body.objects.select_for_update(of=("self",)).select_related("secretariat").get(pk=kept.pk)


@transaction.atomic
def found_body(
    *,
    actor: User,
    secretariat_id: UUID,
    name: str,
    classification: str,
    founding_on: date,
    basis: str,
    at: datetime,
    purpose: str = "",
    short_name: str = "",
) -> Body:
    """Found a body; the actor's organisation is its secretariat.

    Raises:
        PermissionDenied: `actor` is no secretary or administrator there.
        BodyKnown: a body has this name.
    """
    secretariat = Organization.objects.select_for_update(no_key=True).get(pk=secretariat_id)
    body = Body(
        name=name.strip(),
        short_name=short_name.strip(),
        classification=classification,
        founding_on=founding_on,
        basis=basis.strip(),
        purpose=purpose.strip(),
        secretariat=secretariat,
        position=100,
    )
    require(policies.can_keep(active_memberships(actor), body))
    if Body.objects.filter(name=body.name).exists():
        raise BodyKnown(_("同じ名前の会議体が、すでにあります。"))
    body.save(force_insert=True)
    record(body=body, action="found_body", subject_id=body.pk, actor=actor, at=at, name=body.name)
    return body


@transaction.atomic
def write_article(
    *, actor: User, body_id: UUID, number: int, text: str, begins_on: date, at: datetime
) -> Article:
    """Write an article of the founding document, or its new wording from a day on; the old one stays.

    Raises:
        Body.DoesNotExist: none that `actor` keeps.
        WrongDay: before the body was founded, or not after the wording that it replaces.
    """
    body = kept_body(actor, body_id)
    if body.founding_on is not None and begins_on < body.founding_on:
        raise WrongDay(_("会議体ができる前の日です。"))
    last = body.articles.filter(number=number).order_by("-begins_on").first()
    if last is not None:
        if last.ends_on is None and last.begins_on == begins_on:
            raise WrongDay(_("この日からの条文が、すでにあります。"))
        if begins_on <= last.begins_on or (last.ends_on is not None and begins_on <= last.ends_on):
            raise WrongDay(_("前の条文より後の日を書いてください。"))
        if last.ends_on is None:
            last.ends_on = begins_on - timedelta(days=1)
            last.save(update_fields=["ends_on"])
    article = Article.objects.create(body=body, number=number, text=text.strip(), begins_on=begins_on)
    record(body=body, action="write_article", subject_id=article.pk, actor=actor, at=at, number=number)
    return article


@transaction.atomic
def succeed(
    *, actor: User, body_id: UUID, successor_id: UUID, on: date, at: datetime, note: str = ""
) -> Succession:
    """From ``on`` another body decides what this one decided.

    Raises:
        Body.DoesNotExist: one of the two is none that `actor` keeps.
        CannotFollow: it is followed already, or the two would follow each other.
        WrongDay: before either was founded.
    """
    # locked in one order, so that two who link the same pair wait for each other
    first, second = sorted((body_id, successor_id))
    bodies = {pk: kept_body(actor, pk) for pk in dict.fromkeys((first, second))}
    body, successor = bodies[body_id], bodies[successor_id]
    if Succession.objects.filter(predecessor=body).exists():
        raise CannotFollow(_("この会議体には、すでに引き継ぎ先があります。"))
    if body.pk in {each.pk for each in succession_of(successor)}:
        raise CannotFollow(_("引き継ぎが、ひとまわりしてしまいます。"))
    for each in (body, successor):
        if each.founding_on is not None and on < each.founding_on:
            raise WrongDay(_("会議体ができる前の日です。"))
    link = Succession.objects.create(predecessor=body, successor=successor, on=on, note=note.strip())
    record(body=body, action="succeed", subject_id=link.pk, actor=actor, at=at, on=on.isoformat())
    return link
