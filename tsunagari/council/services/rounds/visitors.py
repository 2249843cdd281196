"""What the public says: taken in sealed, read by a moderator, shown without what tells of a person."""

import json
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tsunagari.accounts.models import User
from tsunagari.accounts.services.ledger import record_reading
from tsunagari.core.crypto import derive_key, seal, unseal
from tsunagari.core.errors import RuleBroken
from tsunagari.council.models import Comment, ConsultationRound, RoundParagraph
from tsunagari.council.personal_data import clean
from tsunagari.council.receipts import receipt_code, receipt_digest
from tsunagari.council.selectors import rounds as selectors
from tsunagari.council.services.rounds.asked import next_number
from tsunagari.council.services.rounds.common import State, WrongState, journal, require_taking, run_by

LONGEST = 4_000
"""Letters of a comment of the public."""
MOST_UNREAD = 20_000
"""Comments of a round that nobody has read; a flood beyond that is no consultation any more."""
ORIGINAL_KEPT_FOR = timedelta(days=90)
"""After the round's answers: the sealed original has done its work."""
ABANDONED_AFTER = timedelta(days=365)
"""After the closing of a round that was never answered."""


class NothingSaid(RuleBroken):
    """A comment without words."""


class TooLong(RuleBroken):
    """A comment that is longer than anybody announced."""


class TooManyUnread(RuleBroken):
    """More comments wait than the moderators can read."""

    status = 503


class SentAlready(RuleBroken):
    """This very form was sent before, with other words."""

    status = 409


class ReasonMissing(RuleBroken):
    """A comment is not left out without saying why."""


def _key() -> bytes:
    return derive_key(settings.MASTER_KEY, "council-comment")


@transaction.atomic
def submit_comment(
    *, round_id: UUID, paragraph_id: UUID | None, comment_id: UUID, body: str, label: str, at: datetime
) -> str:
    """Take in a comment of the public; nothing about who sent it is kept. Returns the receipt's code.

    ``comment_id`` comes with the form: sent twice (a double click, a reload), it is one comment.

    Raises:
        ConsultationRound.DoesNotExist: no round that the public may comment upon.
        RoundParagraph.DoesNotExist: not a paragraph of it.
        RoundClosed: too early, or too late, be it by a second.
        NothingSaid, TooLong, TooManyUnread: as their names say.
        SentAlready: the form was sent before with other words.
    """
    round_ = ConsultationRound.objects.select_for_update(no_key=True).get(
        pk=round_id, kind=ConsultationRound.Kind.PUBLIC
    )
    if round_.state == State.DRAFT:
        raise ConsultationRound.DoesNotExist
    if len(body) > LONGEST:
        raise TooLong(
            _("意見が長すぎます（%(length)d 文字。%(most)d 文字まで）。分けて送ってください。")
            % {"length": len(body), "most": LONGEST}
        )
    words = {"body": clean(body, LONGEST), "label": clean(label, 80).replace("\n", " ")}
    code = receipt_code(settings.MASTER_KEY, comment_id)
    before = Comment.objects.filter(pk=comment_id).first()
    if before is not None:
        if before.round_id != round_id or (before.sealed is not None and read_sealed(before) != words):
            raise SentAlready(
                _("この用紙は、もう送られています。別の意見は、段落をもう一度選んで書いてください。")
            )
        return code
    require_taking(round_, at)
    if not words["body"]:
        raise NothingSaid(_("意見を書いてください。"))
    paragraph = None if paragraph_id is None else RoundParagraph.objects.get(pk=paragraph_id, round=round_)
    if round_.comments.filter(state=Comment.State.RECEIVED).count() >= MOST_UNREAD:
        raise TooManyUnread(
            _(
                "意見がたくさん届いていて、いまは受け取れません。文は下に残っています。あすもう一度お試しください。"
            )
        )
    Comment.objects.create(
        id=comment_id,
        round=round_,
        paragraph=paragraph,
        number=next_number(round_),
        state=Comment.State.RECEIVED,
        received_at=at,
        sealed=seal(_key(), json.dumps(words, ensure_ascii=False).encode(), comment_id.bytes),
        receipt=receipt_digest(settings.MASTER_KEY, code),
    )
    return code


def read_sealed(comment: Comment) -> dict[str, str]:
    """The original words of a comment: ``body`` and ``label``; both empty once erased."""
    if comment.sealed is None:
        return {"body": "", "label": ""}
    words: dict[str, str] = json.loads(unseal(_key(), bytes(comment.sealed), comment.pk.bytes))
    return words


@transaction.atomic
def read_original(*, actor: User, comment_id: UUID, at: datetime) -> dict[str, str]:
    """The original words, which may tell of a person: that they were read is written down.

    Raises:
        Comment.DoesNotExist: none in a round that `actor` runs.
    """
    comment = selectors.comments_run_by(actor).get(pk=comment_id)
    words = read_sealed(comment)
    if comment.sealed is not None:
        record_reading(
            actor=actor,
            organization=comment.round.secretariat,
            subject_type="council.comment",
            subject_id=comment.pk,
            person_ref=None,
            basis="public-comment",
            at=at,
        )
    return words


@transaction.atomic
def publish_comment(*, actor: User, comment_id: UUID, body: str, label: str, at: datetime) -> Comment:
    """Take a comment up in the form in which it may be shown. It is answered like every other.

    Raises:
        Comment.DoesNotExist: none of the public in a round that `actor` runs.
        WrongState: the round is answered.
        NothingSaid: nothing is left of it; then it is hidden, for a reason.
    """
    comment = _locked(actor, comment_id)
    body, label = clean(body, LONGEST), clean(label, 80).replace("\n", " ")
    if not body:
        raise NothingSaid(
            _("載せる文がありません。載せないときは、理由を書いて「載せない」を選んでください。")
        )
    original = read_sealed(comment)
    if comment.sealed is not None:
        comment.redacted = original != {"body": body, "label": label}
    comment.state, comment.body, comment.author_label = Comment.State.PUBLISHED, body, label
    comment.hidden_reason, comment.moderated_at, comment.moderated_by = "", at, actor
    comment.save(
        update_fields=[
            "state", "body", "author_label", "redacted", "hidden_reason", "moderated_at", "moderated_by",
        ]
    )  # fmt: skip
    journal(comment.round, "published", actor, at, comment.pk, number=comment.number)
    return comment


@transaction.atomic
def hide_comment(*, actor: User, comment_id: UUID, reason: str, at: datetime) -> Comment:
    """Leave a comment out (abuse, advertisement, nothing but a person's data); `publish_comment` undoes it.

    Raises:
        Comment.DoesNotExist, WrongState: as `publish_comment`.
        ReasonMissing: there is no reason; it is shown to who holds the receipt.
    """
    comment = _locked(actor, comment_id)
    reason = clean(reason, 300)
    if not reason:
        raise ReasonMissing(_("載せない理由を書いてください。意見を出した人に見えます。"))
    comment.state, comment.body, comment.author_label = Comment.State.HIDDEN, "", ""
    comment.group, comment.hidden_reason = None, reason
    comment.moderated_at, comment.moderated_by = at, actor
    comment.save(
        update_fields=[
            "state", "body", "author_label", "group", "hidden_reason", "moderated_at", "moderated_by",
        ]
    )  # fmt: skip
    journal(comment.round, "hidden", actor, at, comment.pk, number=comment.number)
    return comment


def _locked(actor: User, comment_id: UUID) -> Comment:
    seen = selectors.comments_run_by(actor).get(pk=comment_id, addressee=None)
    round_ = run_by(actor, seen.round_id)
    if round_.state in {State.ANSWERED, State.REFLECTED}:
        raise WrongState(_("この回は回答ずみです。直すには、先に回答を開きなおしてください。"))
    return (
        Comment.objects.select_for_update(of=("self",))
        .select_related("round__secretariat")
        .get(pk=comment_id)
    )


def erase_originals(*, at: datetime) -> int:
    """Erase the sealed originals of comments that were read, ninety days after the round's answers.

    Of a round that nobody has answered, a year after it closed. Returns how many were erased.
    """
    answered = Q(round__answered_at__lte=at - ORIGINAL_KEPT_FOR)
    abandoned = Q(round__answered_at=None, round__closes_at__lte=at - ABANDONED_AFTER)
    read = Comment.objects.filter(sealed__isnull=False, moderated_at__isnull=False)
    return read.filter(answered | abandoned).update(sealed=None, erased_at=at)
