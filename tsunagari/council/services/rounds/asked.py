"""What those say who are asked by name: ministries in 各省協議, NPOs in a dialogue."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from tsunagari.accounts.models import Membership, User
from tsunagari.core.errors import RuleBroken
from tsunagari.council.models import Comment, ConsultationRound, RoundAddressee, RoundParagraph
from tsunagari.council.personal_data import clean
from tsunagari.council.round_policies import OFFICERS
from tsunagari.council.selectors import rounds as selectors
from tsunagari.council.services.rounds.common import (
    State,
    WrongState,
    answered_by,
    journal,
    moment,
    require_taking,
    run_by,
)
from tsunagari.council.services.rounds.life import tell

LONGEST = 10_000
"""Letters of a comment or a proposed wording."""
MOST_OF_ONE = 2_000
"""Comments of one organisation in a round."""
REMIND_AGAIN_AFTER = timedelta(hours=20)


class NothingSaid(RuleBroken):
    """A comment without words, or 意見なし beside comments."""


class TooMuch(RuleBroken):
    """A comment that is too long, or too many of them."""


class NobodyToTell(RuleBroken):
    """The organisation has no officer here who could be reminded."""


class RemindedJustNow(RuleBroken):
    """A reminder went out a short while ago."""

    status = 409


def tidy(text: str, label: str) -> str:
    """A text as it is kept.

    Raises:
        TooMuch: nothing is cut off in silence.
    """
    if len(text) > LONGEST:
        raise TooMuch(
            _("「%(field)s」が長すぎます（%(length)d 文字。%(most)d 文字まで）。分けて書いてください。")
            % {"field": label, "length": len(text), "most": LONGEST}
        )
    return clean(text, LONGEST)


def next_number(round_: ConsultationRound) -> int:
    """The number of the next comment; the caller has locked the round."""
    return int(round_.comments.aggregate(last=Max("number"))["last"] or 0) + 1


@transaction.atomic
def add_comment(
    *,
    actor: User,
    addressee_id: UUID,
    paragraph_id: UUID | None,
    body: str,
    at: datetime,
    proposal: str = "",
) -> Comment:
    """Write down what an organisation says of a paragraph (None: of the whole).

    Raises:
        RoundAddressee.DoesNotExist: no organisation for which `actor` writes.
        RoundParagraph.DoesNotExist: not a paragraph of this round.
        RoundClosed: too early, or too late.
        NothingSaid, TooMuch: no words, or too many.
    """
    addressee = answered_by(actor, addressee_id)
    require_taking(addressee.round, at)
    paragraph = (
        None if paragraph_id is None else RoundParagraph.objects.get(pk=paragraph_id, round=addressee.round)
    )
    comment = write_comment(addressee, paragraph, body, proposal, actor, at)
    mark_commented(addressee, actor, at)
    return comment


def write_comment(
    addressee: RoundAddressee,
    paragraph: RoundParagraph | None,
    body: str,
    proposal: str,
    actor: User,
    at: datetime,
) -> Comment:
    """One comment of an organisation; its round is locked."""
    body, proposal = tidy(body, _("意見")), tidy(proposal, _("修正案"))
    if not body:
        raise NothingSaid(_("意見を書いてください。修正案だけのときも、なぜかを一言添えてください。"))
    standing = addressee.comments.exclude(state=Comment.State.WITHDRAWN)
    if standing.count() >= MOST_OF_ONE:
        raise TooMuch(_("一つの回に出せる意見は %(most)d 件までです。") % {"most": MOST_OF_ONE})
    comment = Comment.objects.create(
        round=addressee.round,
        paragraph=paragraph,
        addressee=addressee,
        number=next_number(addressee.round),
        body=body,
        proposal=proposal,
        state=Comment.State.PUBLISHED,
        received_at=at,
        entered_by=actor,
    )
    journal(addressee.round, "commented", actor, at, comment.pk, number=comment.number)
    return comment


def mark_commented(addressee: RoundAddressee, actor: User, at: datetime) -> None:
    """The organisation has said something."""
    addressee.state, addressee.agreed_at = RoundAddressee.State.COMMENTED, None
    addressee.answered_at, addressee.answered_by = at, actor
    addressee.save(update_fields=["state", "agreed_at", "answered_at", "answered_by"])


@transaction.atomic
def change_comment(*, actor: User, comment_id: UUID, body: str, proposal: str, at: datetime) -> Comment:
    """Put a comment in other words while the round takes comments.

    Raises:
        Comment.DoesNotExist: none of an organisation for which `actor` writes.
        RoundClosed, NothingSaid, TooMuch: as `add_comment`.
    """
    comment = _own(actor, comment_id, at)
    rewrite_comment(comment, body, proposal, actor, at)
    return comment


def rewrite_comment(comment: Comment, body: str, proposal: str, actor: User, at: datetime) -> None:
    """Other words for a comment; its round is locked. An answer given before stays to be looked at again."""
    body, proposal = tidy(body, _("意見")), tidy(proposal, _("修正案"))
    if not body:
        raise NothingSaid(_("意見を書いてください。やめるときは「取り下げる」を使ってください。"))
    comment.body, comment.proposal, comment.entered_by = body, proposal, actor
    comment.save(update_fields=["body", "proposal", "entered_by"])
    journal(comment.round, "changed", actor, at, comment.pk, number=comment.number)


@transaction.atomic
def withdraw_comment(*, actor: User, comment_id: UUID, at: datetime) -> Comment:
    """Take a comment back; `restore_comment` undoes it.

    Raises:
        Comment.DoesNotExist, RoundClosed: as `change_comment`.
    """
    comment = _own(actor, comment_id, at)
    take_back(comment, actor, at)
    return comment


def take_back(comment: Comment, actor: User, at: datetime) -> None:
    """Withdraw a comment; its round is locked. Without any left, the organisation has not answered."""
    comment.state, comment.group = Comment.State.WITHDRAWN, None
    comment.save(update_fields=["state", "group"])
    journal(comment.round, "withdrawn", actor, at, comment.pk, number=comment.number)
    addressee = comment.addressee
    if addressee is not None and not addressee.comments.exclude(state=Comment.State.WITHDRAWN).exists():
        addressee.state, addressee.answered_at = RoundAddressee.State.WAITING, None
        addressee.answered_by = addressee.agreed_at = None
        addressee.save(update_fields=["state", "answered_at", "answered_by", "agreed_at"])


@transaction.atomic
def restore_comment(*, actor: User, comment_id: UUID, at: datetime) -> Comment:
    """Say again what was taken back.

    Raises:
        Comment.DoesNotExist, RoundClosed: as `change_comment`.
    """
    comment = _own(actor, comment_id, at)
    if comment.state == Comment.State.WITHDRAWN:
        comment.state = Comment.State.PUBLISHED
        comment.save(update_fields=["state"])
        journal(comment.round, "restored", actor, at, comment.pk, number=comment.number)
        if comment.addressee is not None:
            mark_commented(comment.addressee, actor, at)
    return comment


def _own(actor: User, comment_id: UUID, at: datetime) -> Comment:
    found = Comment.objects.select_related("addressee").get(
        pk=comment_id, addressee__in=selectors.addressees_reached_by(actor)
    )
    addressee = answered_by(actor, found.addressee_id)  # type: ignore[arg-type]
    require_taking(addressee.round, at)
    comment = Comment.objects.select_for_update(of=("self",)).select_related("round").get(pk=comment_id)
    comment.addressee = addressee
    return comment


@transaction.atomic
def say_no_comment(*, actor: User, addressee_id: UUID, at: datetime) -> RoundAddressee:
    """意見なし: an answer like any other. In a round of 再意見 it is 協議了.

    Raises:
        RoundAddressee.DoesNotExist, RoundClosed: as `add_comment`.
        NothingSaid: the organisation has comments; they are withdrawn first.
    """
    addressee = answered_by(actor, addressee_id)
    require_taking(addressee.round, at)
    if addressee.comments.exclude(state=Comment.State.WITHDRAWN).exists():
        raise NothingSaid(_("すでに意見があります。「意見なし」にするには、先に意見を取り下げてください。"))
    mark_no_comment(addressee, actor, at)
    return addressee


def mark_no_comment(addressee: RoundAddressee, actor: User, at: datetime) -> None:
    """意見なし of an organisation; its round is locked."""
    further = addressee.round.number > 1
    addressee.state = RoundAddressee.State.AGREED if further else RoundAddressee.State.NO_COMMENT
    addressee.answered_at, addressee.answered_by = at, actor
    addressee.agreed_at = at if further else None
    addressee.save(update_fields=["state", "answered_at", "answered_by", "agreed_at"])
    journal(addressee.round, "no_comment", actor, at, addressee.pk)


@transaction.atomic
def agree(*, actor: User, addressee_id: UUID, at: datetime) -> RoundAddressee:
    """協議了: the organisation is content with the answers to its comments.

    Raises:
        RoundAddressee.DoesNotExist: as `add_comment`.
        WrongState: its comments are not all answered, or it has not said anything yet.
    """
    addressee = answered_by(actor, addressee_id)
    if addressee.round.state not in {State.ANSWERED, State.REFLECTED}:
        raise WrongState(_("協議了は、すべての意見に回答が出てから伝えられます。"))
    if addressee.state != RoundAddressee.State.COMMENTED:
        raise WrongState(_("協議了は、意見を出した府省・団体が伝えるものです。"))
    addressee.state, addressee.agreed_at = RoundAddressee.State.AGREED, at
    addressee.save(update_fields=["state", "agreed_at"])
    journal(addressee.round, "agreed", actor, at, addressee.pk)
    return addressee


@transaction.atomic
def remind(*, actor: User, addressee_id: UUID, at: datetime) -> RoundAddressee:
    """Write to the officers of an organisation that has not answered.

    Raises:
        RoundAddressee.DoesNotExist: not in a round that `actor` runs.
        RoundClosed: the round takes no answers.
        WrongState: it has answered.
        RemindedJustNow: less than a day ago.
        NobodyToTell: it has no officer here.
    """
    seen = RoundAddressee.objects.get(pk=addressee_id, round__in=selectors.rounds_run_by(actor))
    run_by(actor, seen.round_id)
    addressee = answered_by(actor, addressee_id)
    require_taking(addressee.round, at)
    if addressee.state != RoundAddressee.State.WAITING:
        raise WrongState(_("もう返事があります。"))
    if addressee.reminded_at is not None and at - addressee.reminded_at < REMIND_AGAIN_AFTER:
        raise RemindedJustNow(_("%(at)s に催促したばかりです。") % {"at": moment(addressee.reminded_at)})
    if not officers_of(addressee):
        raise NobodyToTell(
            _("%(name)s には、まだここを使う担当者がいません。様式をダウンロードして送ってください。")
            % {"name": addressee.organization.name}
        )
    addressee.reminded_at, addressee.reminders = at, addressee.reminders + 1
    addressee.save(update_fields=["reminded_at", "reminders"])
    tell(addressee, "reminder")
    journal(addressee.round, "reminded", actor, at, addressee.pk)
    return addressee


def officers_of(addressee: RoundAddressee) -> list[User]:
    """Who answers for an organisation, for a mail."""
    memberships = Membership.objects.filter(
        organization=addressee.organization_id, role__in=OFFICERS, ended_at=None, user__is_active=True
    ).select_related("user")
    return sorted({membership.user for membership in memberships}, key=lambda user: str(user.pk))
