"""What may be read of rounds of consultation, already restricted to who looks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from tsunagari.accounts.models import Membership, User
from tsunagari.council.models import (
    Comment,
    CommentGroup,
    ConsultationRound,
    Response,
    RoundAddressee,
    RoundParagraph,
)
from tsunagari.council.round_policies import OFFICERS, SECRETARIES

Kind, State = ConsultationRound.Kind, ConsultationRound.State
COUNTED = (Comment.State.RECEIVED, Comment.State.PUBLISHED)
"""Comments that want an answer; hidden and withdrawn ones do not."""


# -- the desk ------------------------------------------------------------------------------------------------


def _organizations(viewer: User, roles: Iterable[str]) -> QuerySet[Membership]:
    held = Membership.objects.filter(user=viewer, role__in=roles, ended_at=None)
    return held.values("organization")  # type: ignore[return-value]


def rounds_run_by(viewer: User) -> QuerySet[ConsultationRound]:
    """Rounds of the secretariats that `viewer` works in, the newest first."""
    return ConsultationRound.objects.filter(
        secretariat__in=_organizations(viewer, SECRETARIES)
    ).select_related("secretariat")


def addressees_spoken_for(viewer: User) -> QuerySet[RoundAddressee]:
    """Where `viewer` answers for the own organisation: rounds that have opened, newest first."""
    return (
        RoundAddressee.objects.filter(organization__in=_organizations(viewer, OFFICERS))
        .exclude(round__state=State.DRAFT)
        .select_related("round", "organization", "round__secretariat")
        .order_by("-round__opens_at", "id")
    )


def addressees_reached_by(viewer: User) -> QuerySet[RoundAddressee]:
    """Addressees whose answer `viewer` may write: the own organisation's, or any as the secretariat."""
    mine = Q(organization__in=_organizations(viewer, OFFICERS)) & ~Q(round__state=State.DRAFT)
    run = Q(round__secretariat__in=_organizations(viewer, SECRETARIES))
    return RoundAddressee.objects.filter(mine | run).select_related(
        "round", "organization", "round__secretariat"
    )


def comments_run_by(viewer: User) -> QuerySet[Comment]:
    """Comments of the rounds that `viewer` runs."""
    return Comment.objects.filter(round__in=rounds_run_by(viewer)).select_related(
        "round", "paragraph", "addressee__organization", "group", "response", "group__response"
    )


def comments_written_by(viewer: User, addressee: RoundAddressee) -> QuerySet[Comment]:
    """The comments of an organisation for which `viewer` writes, in the order of the text."""
    return (
        Comment.objects.filter(addressee__in=addressees_reached_by(viewer), addressee_id=addressee.pk)
        .exclude(state=Comment.State.WITHDRAWN)
        .select_related("paragraph", "group", "response", "group__response", "paragraph__reflected")
        .order_by("paragraph__position", "number")
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits in a round."""

    received: int
    unread: int
    unanswered: int
    waiting: int
    addressees: int


def counts_of(round_: ConsultationRound) -> Counts:
    """Comments and addressees of a round in figures (two queries)."""
    comments = round_.comments.aggregate(
        received=Count("id", filter=~Q(state=Comment.State.WITHDRAWN)),
        unread=Count("id", filter=Q(state=Comment.State.RECEIVED)),
        unanswered=Count("id", filter=_unanswered()),
    )
    asked = round_.addressees.aggregate(
        waiting=Count("id", filter=Q(state=RoundAddressee.State.WAITING)), addressees=Count("id")
    )
    return Counts(**comments, **asked)


def waiting_for(viewer: User, at: datetime) -> tuple[int, int]:
    """(rounds without the own organisation's answer, comments without ours), for the desk's home."""
    asked = addressees_spoken_for(viewer).filter(
        state=RoundAddressee.State.WAITING, round__state=State.OPEN, round__closes_at__gt=at
    )
    comments = Comment.objects.filter(_unanswered(), round__in=rounds_run_by(viewer))
    return asked.count(), comments.count()


# -- for the document's owner --------------------------------------------------------------------------------


def _unanswered() -> Q:
    return Q(state__in=COUNTED, response=None) & (Q(group=None) | Q(group__response=None))


def unanswered_comments(document_id: UUID) -> QuerySet[Comment]:
    """Comments on a document, in whatever round, that have no answer yet: they stop its decision."""
    return (
        Comment.objects.filter(_unanswered(), round__document_id=document_id)
        .select_related("round", "paragraph", "addressee__organization")
        .order_by("round__opens_at", "number")
    )


def running_rounds(document_id: UUID) -> QuerySet[ConsultationRound]:
    """Rounds on a document that have not come to their answers."""
    return ConsultationRound.objects.filter(document_id=document_id).exclude(
        state__in=(State.ANSWERED, State.REFLECTED)
    )


def unsettled_addressees(document_id: UUID) -> QuerySet[RoundAddressee]:
    """Ministries that have not come to 協議了 (or 意見なし) in the last round in which they were asked."""
    later = RoundAddressee.objects.filter(round__document_id=document_id, round__kind=Kind.MINISTRY)
    last: dict[UUID, UUID] = {}
    for addressee in later.order_by("round__number"):
        last[addressee.organization_id] = addressee.pk
    return (
        RoundAddressee.objects.filter(pk__in=last.values())
        .exclude(state__in=(RoundAddressee.State.NO_COMMENT, RoundAddressee.State.AGREED))
        .select_related("round", "organization")
        .order_by("position", "id")
    )


# -- the public ----------------------------------------------------------------------------------------------


def public_rounds() -> QuerySet[ConsultationRound]:
    """Rounds that anybody may see: of the public and NPOs once open, others once answered in public."""
    return (
        ConsultationRound.objects.filter(
            Q(kind__in=(Kind.PUBLIC, Kind.NPO_DIALOGUE))
            | Q(results_are_public=True, state__in=(State.ANSWERED, State.REFLECTED))
        )
        .exclude(state=State.DRAFT)
        .select_related("secretariat", "previous")
    )


def rounds_with_results() -> QuerySet[ConsultationRound]:
    """Rounds whose 意見と回答 anybody may read."""
    return public_rounds().filter(results_are_public=True, state__in=(State.ANSWERED, State.REFLECTED))


@dataclass(frozen=True, slots=True)
class Line:
    """One comment with its answer, as it stands in the table of 意見と回答."""

    comment: Comment
    response: Response | None
    paragraph: RoundParagraph | None
    before: str | None
    after: str | None

    @property
    def author(self) -> str:
        """The organisation, or the name that somebody of the public gave."""
        if self.comment.addressee is not None:
            return self.comment.addressee.organization.name
        return self.comment.author_label

    @property
    def together(self) -> CommentGroup | None:
        """The group in which it is answered."""
        return self.comment.group


def response_to(comment: Comment) -> Response | None:
    """The answer to a comment, its own or its group's."""
    if comment.group is not None:
        return getattr(comment.group, "response", None)
    return getattr(comment, "response", None)


def line_of(comment: Comment) -> Line:
    """A comment with its answer, and the text before and after it where the answer changed it."""
    response, paragraph = response_to(comment), comment.paragraph
    reflected = getattr(paragraph, "reflected", None) if paragraph is not None else None
    taken_up = response is not None and response.outcome in {"accepted", "partly"}
    before = after = None
    if taken_up and paragraph is not None and reflected is not None and reflected.after != paragraph.text:
        before, after = paragraph.text, reflected.after
    return Line(comment, response, paragraph, before, after)


def results_of(round_: ConsultationRound) -> list[Line]:
    """The table of 意見と回答 of a round: published comments in the order of the text (one query)."""
    comments = (
        Comment.objects.filter(round=round_, state=Comment.State.PUBLISHED)
        .select_related(
            "paragraph__reflected", "addressee__organization", "group__response", "response", "round"
        )
        .order_by("paragraph__position", "number")
    )
    return [line_of(comment) for comment in comments]


def comment_of_receipt(digest: bytes) -> Comment | None:
    """The comment behind a receipt, with its answer."""
    return (
        Comment.objects.filter(receipt=digest)
        .select_related("round", "paragraph__reflected", "group__response", "response")
        .first()
    )
