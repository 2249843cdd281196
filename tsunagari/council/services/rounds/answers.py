"""Answers to comments, one by one or to several that say the same; each stays traceable on its own."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from tsunagari.accounts.models import User
from tsunagari.core.errors import RuleBroken
from tsunagari.council.likeness import Proposal, Said, propose_groups
from tsunagari.council.models import Comment, CommentGroup, ConsultationRound, Outcome, Response
from tsunagari.council.selectors import rounds as selectors
from tsunagari.council.services.rounds.asked import tidy
from tsunagari.council.services.rounds.common import EditedMeanwhile, State, WrongState, journal, run_by

ANSWERABLE = frozenset({State.CLOSED, State.RESPONDING})


class BadAnswer(RuleBroken):
    """The answer lacks what an answer needs."""


class BadGroup(RuleBroken):
    """These comments cannot be answered together."""


class AnsweredTogether(RuleBroken):
    """The comment is answered with its group; leave the group first."""

    status = 409


def _run_and_answerable(actor: User, round_id: UUID, at: datetime) -> ConsultationRound:
    """The round, locked. Whoever answers while it takes comments answers half of them."""
    round_ = run_by(actor, round_id)
    over = round_.state == State.OPEN and round_.closes_at <= at
    if round_.state not in ANSWERABLE and not over:
        raise WrongState(
            _("いまは「%(state)s」です。回答は、受付が終わってから、回答ずみにするまでの間に書けます。")
            % {"state": round_.get_state_display()}
        )
    return round_


@transaction.atomic
def answer_comment(
    *,
    actor: User,
    comment_id: UUID,
    outcome: str,
    text: str,
    at: datetime,
    reason: str = "",
    elsewhere: str = "",
    version: int = 0,
) -> Response:
    """Answer one comment, or write its answer anew. ``version``: of the answer that the writer saw (0: none).

    Raises:
        Comment.DoesNotExist: none in a round that `actor` runs.
        WrongState: the round takes comments, or is answered already.
        AnsweredTogether: its group is answered as one.
        BadAnswer: no words, or no reason where one is due.
        EditedMeanwhile: somebody else answered first; nothing is overwritten.
    """
    seen = selectors.comments_run_by(actor).get(pk=comment_id)
    round_ = _run_and_answerable(actor, seen.round_id, at)
    comment = Comment.objects.select_for_update(of=("self",)).get(pk=comment_id)
    if comment.state != Comment.State.PUBLISHED:
        raise WrongState(_("まだ確認していない意見や、載せない意見には、回答できません。"))
    if comment.group_id is not None:
        raise AnsweredTogether(
            _("この意見は、ほかの意見とまとめて回答します。別に答えるには、まとめから外してください。")
        )
    response = Response.objects.filter(comment=comment).first() or Response(comment=comment, version=0)
    return _write(response, round_, actor, at, outcome, text, reason, elsewhere, version)


@transaction.atomic
def answer_group(
    *,
    actor: User,
    group_id: UUID,
    outcome: str,
    text: str,
    at: datetime,
    reason: str = "",
    elsewhere: str = "",
    version: int = 0,
) -> Response:
    """Answer all comments of a group at once; otherwise as `answer_comment`.

    Raises:
        CommentGroup.DoesNotExist: none that stands, in a round that `actor` runs.
    """
    group = _standing(actor, group_id)
    round_ = _run_and_answerable(actor, group.round_id, at)
    response = Response.objects.filter(group=group).first() or Response(group=group, version=0)
    return _write(response, round_, actor, at, outcome, text, reason, elsewhere, version)


def _write(
    response: Response,
    round_: ConsultationRound,
    actor: User,
    at: datetime,
    outcome: str,
    text: str,
    reason: str,
    elsewhere: str,
    version: int,
) -> Response:
    if response.version != version:
        raise EditedMeanwhile(_("ほかの人が、先に回答を書きました。あなたの入力は、下に残っています。"))
    if outcome not in Outcome.values:
        raise BadAnswer(_("意見の扱いを選んでください。"))
    text, reason = tidy(text, _("回答")), tidy(reason, _("理由"))
    if not text:
        raise BadAnswer(_("回答を書いてください。"))
    if outcome in {Outcome.PARTLY, Outcome.NOT_ACCEPTED} and not reason:
        raise BadAnswer(_("反映しない、または一部だけ反映する理由を書いてください。"))
    response.outcome, response.text, response.reason = outcome, text, reason
    response.elsewhere = elsewhere.strip()[:200]
    response.answered_by, response.answered_at, response.version = actor, at, version + 1
    response.save()
    subject = response.comment_id or response.group_id
    journal(round_, "responded", actor, at, subject, outcome=outcome, version=response.version)
    return response


# -- grouping ------------------------------------------------------------------------------------------------


def proposals_for(round_: ConsultationRound) -> list[Proposal]:
    """Groups that a person may look at: alike, not yet grouped or answered, not declined before."""
    comments = Comment.objects.filter(
        round=round_, state=Comment.State.PUBLISHED, group=None, response=None
    ).order_by("number")
    said = [Said(comment.pk, comment.body, comment.paragraph_id) for comment in comments]
    declined = [
        set(group.decided_upon)
        for group in CommentGroup.objects.filter(round=round_, state=CommentGroup.State.DECLINED)
    ]
    return [
        proposal
        for proposal in propose_groups(said)
        if not any(set(proposal.ids) <= before for before in declined)
    ]


@transaction.atomic
def group_comments(
    *, actor: User, round_id: UUID, comment_ids: Iterable[UUID], topic: str, at: datetime
) -> CommentGroup:
    """Put comments together, to be answered once.

    Raises:
        ConsultationRound.DoesNotExist: none that `actor` runs.
        WrongState: the round is answered.
        BadGroup: fewer than two, or some that are of another round, unread, grouped or answered already.
    """
    round_ = _groupable(actor, round_id)
    comments = _choose(round_, comment_ids)
    group = CommentGroup.objects.create(
        round=round_,
        topic=topic.strip()[:200] or comments[0].body[:40].replace("\n", " "),
        state=CommentGroup.State.TOGETHER,
        decided_upon=[comment.pk for comment in comments],
        decided_by=actor,
        decided_at=at,
    )
    Comment.objects.filter(pk__in=group.decided_upon).update(group=group)
    journal(round_, "grouped", actor, at, group.pk, numbers=[comment.number for comment in comments])
    return group


def _choose(round_: ConsultationRound, comment_ids: Iterable[UUID]) -> Sequence[Comment]:
    wanted = set(comment_ids)
    comments = list(
        Comment.objects.select_for_update()
        .filter(pk__in=wanted, round=round_, state=Comment.State.PUBLISHED, group=None)
        .order_by("number")
    )
    answered = Response.objects.filter(comment__in=comments).exists()
    if len(comments) < 2 or len(comments) != len(wanted) or answered:
        raise BadGroup(
            _("まとめられるのは、この回の、確認ずみで、まだ回答もまとめもない二つ以上の意見です。")
        )
    return comments


@transaction.atomic
def decline_proposal(
    *, actor: User, round_id: UUID, comment_ids: Iterable[UUID], at: datetime
) -> CommentGroup:
    """Say that these are answered apart; the proposal does not come again. `dissolve_group` undoes it.

    Raises:
        ConsultationRound.DoesNotExist, WrongState, BadGroup: as `group_comments`.
    """
    round_ = _groupable(actor, round_id)
    comments = _choose(round_, comment_ids)
    return CommentGroup.objects.create(
        round=round_,
        state=CommentGroup.State.DECLINED,
        decided_upon=[comment.pk for comment in comments],
        decided_by=actor,
        decided_at=at,
    )


@transaction.atomic
def dissolve_group(*, actor: User, group_id: UUID, at: datetime) -> CommentGroup:
    """Undo a grouping, or a proposal's declining. A group's answer goes to each of its comments.

    Raises:
        CommentGroup.DoesNotExist: none in a round that `actor` runs.
        WrongState: the round is answered.
    """
    seen = CommentGroup.objects.get(pk=group_id, round__in=selectors.rounds_run_by(actor))
    round_ = _groupable(actor, seen.round_id)
    group = CommentGroup.objects.select_for_update().get(pk=group_id)
    if group.state == CommentGroup.State.DISSOLVED:
        return group
    response = Response.objects.filter(group=group).first()
    for comment in group.comments.all():
        if response is not None:
            _copy(response, comment)
    group.comments.update(group=None)
    if response is not None:
        response.delete()
    group.state, group.dissolved_at = CommentGroup.State.DISSOLVED, at
    group.save(update_fields=["state", "dissolved_at"])
    journal(round_, "dissolved", actor, at, group.pk)
    return group


@transaction.atomic
def leave_group(*, actor: User, comment_id: UUID, at: datetime) -> Comment:
    """Take one comment out of its group, to be answered by itself. A group of one is dissolved.

    Raises:
        Comment.DoesNotExist: none in a round that `actor` runs.
        WrongState: the round is answered.
    """
    seen = selectors.comments_run_by(actor).get(pk=comment_id)
    round_ = _groupable(actor, seen.round_id)
    comment = Comment.objects.select_for_update(of=("self",)).select_related("group").get(pk=comment_id)
    group = comment.group
    if group is None:
        return comment
    comment.group = None
    comment.save(update_fields=["group"])
    journal(round_, "left_group", actor, at, comment.pk, number=comment.number)
    if group.comments.count() < 2:
        dissolve_group(actor=actor, group_id=group.pk, at=at)
    return comment


def _copy(response: Response, comment: Comment) -> None:
    Response.objects.create(
        comment=comment,
        outcome=response.outcome,
        text=response.text,
        reason=response.reason,
        elsewhere=response.elsewhere,
        answered_by=response.answered_by,
        answered_at=response.answered_at,
    )


def _groupable(actor: User, round_id: UUID) -> ConsultationRound:
    round_ = run_by(actor, round_id)
    if round_.state in {State.ANSWERED, State.REFLECTED}:
        raise WrongState(_("この回は回答ずみです。直すには、先に回答を開きなおしてください。"))
    return round_


def _standing(actor: User, group_id: UUID) -> CommentGroup:
    return CommentGroup.objects.select_for_update(of=("self",)).get(
        pk=group_id, state=CommentGroup.State.TOGETHER, round__in=selectors.rounds_run_by(actor)
    )
