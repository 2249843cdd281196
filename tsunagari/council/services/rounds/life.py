"""The life of a round. `TRANSITIONS` is the whole of it: services, their test and documents read it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as jobs

from tsunagari.accounts.models import Organization, User
from tsunagari.core.errors import RuleBroken
from tsunagari.council.models import (
    ConsultationRound,
    ReflectedParagraph,
    RoundAddressee,
    RoundParagraph,
)
from tsunagari.council.selectors import rounds as selectors
from tsunagari.council.services.rounds.common import (
    State,
    WrongState,
    journal,
    moment,
    require_secretariat,
    run_by,
)

Kind = ConsultationRound.Kind

TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "open": (frozenset({State.DRAFT}), State.OPEN),
    "extend": (frozenset({State.OPEN, State.CLOSED}), State.OPEN),
    "close": (frozenset({State.OPEN}), State.CLOSED),
    "respond": (frozenset({State.CLOSED}), State.RESPONDING),
    "finish": (frozenset({State.CLOSED, State.RESPONDING}), State.ANSWERED),
    "reopen": (frozenset({State.ANSWERED}), State.RESPONDING),
    "reflect": (frozenset({State.ANSWERED}), State.REFLECTED),
}
"""Step → (where it may begin, where it ends)."""

MOST_PARAGRAPHS = 20_000


class BadRound(RuleBroken):
    """The round lacks what a round needs."""


class NotAnswered(RuleBroken):
    """Comments without an answer, or not yet read. ``numbers``: those."""

    status = 409

    def __init__(self, sentence: str, numbers: Sequence[int]) -> None:
        super().__init__(sentence)
        self.numbers = list(numbers)


class NotReflected(RuleBroken):
    """Comments were accepted, and the text is as it was. ``numbers``: those."""

    status = 409

    def __init__(self, sentence: str, numbers: Sequence[int]) -> None:
        super().__init__(sentence)
        self.numbers = list(numbers)


@dataclass(frozen=True, slots=True)
class ParagraphText:
    """A paragraph of the document as it is put before people."""

    paragraph_id: UUID
    text: str
    heading: str = ""


def require_step(name: str, round_: ConsultationRound) -> str:
    """The state that this step leads to.

    Raises:
        WrongState: it does not begin here.
    """
    start, end = TRANSITIONS[name]
    if round_.state not in start:
        raise WrongState(
            _("いまは「%(state)s」なので、これはできません。") % {"state": round_.get_state_display()}
        )
    return end


@transaction.atomic
def open_round(
    *,
    actor: User,
    secretariat: Organization,
    document_id: UUID,
    title: str,
    paragraphs: Iterable[ParagraphText],
    kind: str,
    closes_at: datetime,
    at: datetime,
    opens_at: datetime | None = None,
    asked: Iterable[Organization] = (),
    request: str = "",
    prepared: bool = False,
    results_are_public: bool | None = None,
) -> ConsultationRound:
    """Put a text before ministries (``asked``), the public or NPOs (``asked``) until ``closes_at``.

    It opens now, or by itself at ``opens_at``; with ``prepared``, only when somebody opens it at the desk.

    Raises:
        PermissionDenied: `actor` does not work in the secretariat.
        BadRound: nothing to comment upon, nobody asked, or the end before the beginning.
        WrongState: a round of this kind still runs on this document.
    """
    require_secretariat(actor, secretariat.pk)
    if selectors.running_rounds(document_id).filter(kind=kind).exists():
        raise WrongState(_("この案には、同じ種別の、まだ終わっていない回があります。"))
    round_ = ConsultationRound(
        document_id=document_id,
        document_title=title[:200],
        kind=Kind(kind),
        secretariat=secretariat,
        request=request.strip(),
        opens_at=opens_at or at,
        closes_at=closes_at,
        opens_by_itself=not prepared,
        results_are_public=kind != Kind.MINISTRY if results_are_public is None else results_are_public,
        created_at=at,
    )
    return _begin(round_, paragraphs, asked, actor, at)


def _begin(
    round_: ConsultationRound,
    paragraphs: Iterable[ParagraphText],
    asked: Iterable[Organization],
    actor: User,
    at: datetime,
) -> ConsultationRound:
    texts = [text for text in paragraphs if text.text.strip()]
    organizations = list({organization.pk: organization for organization in asked}.values())
    _require_sound(round_, texts, organizations, at)
    round_.save(force_insert=True)
    RoundParagraph.objects.bulk_create(
        RoundParagraph(
            round=round_,
            paragraph_id=text.paragraph_id,
            position=position,
            heading=text.heading[:300],
            text=text.text.replace("\x00", "").strip(),
        )
        for position, text in enumerate(texts, start=1)
    )
    RoundAddressee.objects.bulk_create(
        RoundAddressee(round=round_, organization=organization, position=position)
        for position, organization in enumerate(organizations, start=1)
    )
    journal(round_, "prepared", actor, at, paragraphs=len(texts), asked=len(organizations))
    if round_.opens_by_itself and round_.opens_at <= at:
        _open(round_, actor, at)
    return round_


def _require_sound(
    round_: ConsultationRound,
    texts: Sequence[ParagraphText],
    asked: Sequence[Organization],
    at: datetime,
) -> None:
    if not texts:
        raise BadRound(_("意見を求める段落がありません。"))
    if len(texts) > MOST_PARAGRAPHS or len({text.paragraph_id for text in texts}) < len(texts):
        raise BadRound(_("同じ段落が二度あるか、段落が多すぎます。"))
    if round_.kind == Kind.PUBLIC and asked:
        raise BadRound(_("意見公募では、府省や団体を名指ししません。"))
    if round_.kind != Kind.PUBLIC and not asked:
        raise BadRound(_("意見を聞く府省や団体を、一つ以上選んでください。"))
    if round_.closes_at <= max(round_.opens_at, at):
        raise BadRound(
            _("受付のおわり（%(to)s）は、はじめ（%(from)s）と今よりあとにしてください。")
            % {"to": moment(round_.closes_at), "from": moment(round_.opens_at)}
        )


def _open(round_: ConsultationRound, actor: User | None, at: datetime) -> None:
    round_.state, round_.opened_at = require_step("open", round_), at
    if actor is not None:  # by hand: the period begins when it really begins
        round_.opens_at = at
    round_.save(update_fields=["state", "opened_at", "opens_at"])
    journal(round_, "opened", actor, at)
    for addressee in round_.addressees.filter(state=RoundAddressee.State.WAITING):
        tell(addressee, "opened")


def tell(addressee: RoundAddressee, occasion: str) -> None:
    """Let a job write to the officers of an organisation once this transaction holds."""
    jobs.configure_task("council.tell_addressee").defer(addressee_id=str(addressee.pk), occasion=occasion)


@transaction.atomic
def open_prepared(*, actor: User, round_id: UUID, at: datetime) -> ConsultationRound:
    """Open a round that was prepared.

    Raises:
        ConsultationRound.DoesNotExist: none that `actor` runs.
        WrongState: it is open already, or over.
        BadRound: its end has passed.
    """
    round_ = run_by(actor, round_id)
    require_step("open", round_)
    if round_.closes_at <= at:
        raise BadRound(_("受付のおわりを過ぎています。おわりを先の日時に変えてから始めてください。"))
    _open(round_, actor, at)
    return round_


@transaction.atomic
def extend_round(*, actor: User, round_id: UUID, closes_at: datetime, at: datetime) -> ConsultationRound:
    """Take comments until another moment. A closed round opens again; one in preparation stays so.

    Raises:
        ConsultationRound.DoesNotExist, WrongState: as `open_prepared`.
        BadRound: that moment is over.
    """
    round_ = run_by(actor, round_id)
    if closes_at <= max(at, round_.opens_at):
        raise BadRound(_("受付のおわりは、今よりあとにしてください。"))
    before = round_.closes_at
    if round_.state != State.DRAFT:
        round_.state, round_.closed_at = require_step("extend", round_), None
    round_.closes_at = closes_at
    round_.save(update_fields=["state", "closed_at", "closes_at"])
    journal(round_, "extended", actor, at, before=before.isoformat(), after=closes_at.isoformat())
    return round_


@transaction.atomic
def close_round(*, actor: User, round_id: UUID, at: datetime) -> ConsultationRound:
    """Take no more comments from now on.

    Raises:
        ConsultationRound.DoesNotExist, WrongState: as `open_prepared`.
        BadRound: a 意見公募 lasts as long as it was announced.
    """
    round_ = run_by(actor, round_id)
    if round_.kind == Kind.PUBLIC and at < round_.closes_at:
        raise BadRound(
            _("意見公募は、知らせた期間（%(to)s まで）の前には終えられません。")
            % {"to": moment(round_.closes_at)}
        )
    _close(round_, actor, at)
    return round_


def _close(round_: ConsultationRound, actor: User | None, at: datetime) -> None:
    round_.state, round_.closed_at = require_step("close", round_), min(at, round_.closes_at)
    if at > round_.opens_at:
        round_.closes_at = round_.closed_at
    round_.save(update_fields=["state", "closed_at", "closes_at"])
    journal(round_, "closed", actor, at)


def advance_rounds(*, at: datetime) -> int:
    """Open what opens by itself, and close what is over. Returns how many moved."""
    moved = 0
    due = ConsultationRound.objects.filter(state=State.DRAFT, opens_by_itself=True, opens_at__lte=at)
    for pk in list(due.filter(closes_at__gt=at).values_list("pk", flat=True)):
        with transaction.atomic():
            round_ = ConsultationRound.objects.select_for_update(no_key=True).get(pk=pk)
            if round_.state == State.DRAFT:
                _open(round_, None, at)
                moved += 1
    over = ConsultationRound.objects.filter(state=State.OPEN, closes_at__lte=at)
    for pk in list(over.values_list("pk", flat=True)):
        with transaction.atomic():
            round_ = ConsultationRound.objects.select_for_update(no_key=True).get(pk=pk)
            if round_.state == State.OPEN and round_.closes_at <= at:
                _close(round_, None, at)
                moved += 1
    return moved


@transaction.atomic
def begin_responding(*, actor: User, round_id: UUID, at: datetime) -> ConsultationRound:
    """Begin to write answers; a round whose time is over closes first.

    Raises:
        ConsultationRound.DoesNotExist, WrongState: as `open_prepared`.
    """
    round_ = run_by(actor, round_id)
    if round_.state == State.OPEN and round_.closes_at <= at:
        _close(round_, None, at)
    round_.state = require_step("respond", round_)
    round_.save(update_fields=["state"])
    journal(round_, "responding", actor, at)
    return round_


@transaction.atomic
def finish_round(*, actor: User, round_id: UUID, at: datetime) -> ConsultationRound:
    """Say that every comment is answered. The table of 意見と回答 is published, where it is public.

    Raises:
        ConsultationRound.DoesNotExist, WrongState: as `open_prepared`.
        NotAnswered: comments wait to be read or answered, or a ministry has not said even 意見なし.
    """
    round_ = run_by(actor, round_id)
    if round_.state == State.OPEN and round_.closes_at <= at:
        _close(round_, None, at)
    end = require_step("finish", round_)
    open_ones = selectors.unanswered_comments(round_.document_id).filter(round=round_)
    numbers = list(open_ones.values_list("number", flat=True))
    if numbers:
        shown = "、".join(f"#{number}" for number in numbers[:10])
        raise NotAnswered(
            _("まだ回答のない意見が %(count)d 件あります（%(numbers)s）。")
            % {"count": len(numbers), "numbers": shown},
            numbers,
        )
    silent = round_.addressees.filter(state=RoundAddressee.State.WAITING).select_related("organization")
    if silent and round_.kind == Kind.MINISTRY:
        names = "、".join(addressee.organization.name for addressee in silent)
        raise NotAnswered(
            _("まだ返事のない府省があります：%(names)s。意見がないときも「意見なし」の返事が必要です。")
            % {"names": names},
            [],
        )
    round_.state, round_.answered_at = end, at
    round_.save(update_fields=["state", "answered_at"])
    journal(round_, "answered", actor, at)
    return round_


@transaction.atomic
def reopen_answers(*, actor: User, round_id: UUID, at: datetime) -> ConsultationRound:
    """Go back to answering: an answer was wrong. The table is not public until the round is finished again.

    Raises:
        ConsultationRound.DoesNotExist, WrongState: as `open_prepared`; or a further round has begun.
    """
    round_ = run_by(actor, round_id)
    end = require_step("reopen", round_)
    if ConsultationRound.objects.filter(previous=round_).exists():
        raise WrongState(_("次の回が始まっているので、この回の回答は変えられません。"))
    if selectors.running_rounds(round_.document_id).filter(kind=round_.kind).exists():
        raise WrongState(_("この案には、同じ種別の、まだ終わっていない回があります。"))
    round_.state, round_.answered_at = end, None
    round_.save(update_fields=["state", "answered_at"])
    journal(round_, "reopened", actor, at)
    return round_


@transaction.atomic
def begin_further_round(
    *,
    actor: User,
    round_id: UUID,
    closes_at: datetime,
    at: datetime,
    paragraphs: Iterable[ParagraphText] | None = None,
    request: str = "",
) -> ConsultationRound:
    """Ask those who have not come to 協議了 once more (再意見), on the text as it is now.

    Without ``paragraphs``: the text of the round before, with what was reflected in it.

    Raises:
        ConsultationRound.DoesNotExist: none that `actor` runs.
        WrongState: the answers of the round before are not finished, or one follows it already.
        BadRound: everybody has agreed, or the dates are wrong.
    """
    before = run_by(actor, round_id)
    if before.kind == Kind.PUBLIC:
        raise WrongState(_("意見公募に再意見の回はありません。もう一度、公募を始めてください。"))
    if before.state not in {State.ANSWERED, State.REFLECTED}:
        raise WrongState(_("この回の意見すべてに答えてから、再意見の回を始めてください。"))
    if ConsultationRound.objects.filter(previous=before).exists():
        raise WrongState(_("この回のあとの、再意見の回が、もう始まっています。"))
    left = before.addressees.exclude(
        state__in=(RoundAddressee.State.AGREED, RoundAddressee.State.NO_COMMENT)
    ).select_related("organization")
    if not left:
        raise BadRound(_("すべての府省・団体が協議了か意見なしです。再意見の回はいりません。"))
    round_ = ConsultationRound(
        document_id=before.document_id,
        document_title=before.document_title,
        kind=before.kind,
        number=before.number + 1,
        previous=before,
        secretariat=before.secretariat,
        request=request.strip() or before.request,
        opens_at=at,
        closes_at=closes_at,
        opens_by_itself=True,
        results_are_public=before.results_are_public,
        created_at=at,
    )
    texts = _text_now(before) if paragraphs is None else paragraphs
    return _begin(round_, texts, [addressee.organization for addressee in left], actor, at)


def _text_now(before: ConsultationRound) -> list[ParagraphText]:
    texts = []
    for paragraph in before.paragraphs.select_related("reflected").order_by("position"):
        reflected = getattr(paragraph, "reflected", None)
        text = paragraph.text if reflected is None else reflected.after
        texts.append(ParagraphText(paragraph.paragraph_id, text, paragraph.heading))
    return texts


@transaction.atomic
def reflect(*, actor: User, round_id: UUID, texts: Mapping[UUID, str], at: datetime) -> ConsultationRound:
    """Keep what became of the text. ``texts``: permanent id of a paragraph → its text now ("": taken out).

    Paragraphs that are not named stand as they did.

    Raises:
        ConsultationRound.DoesNotExist, WrongState: as `open_prepared`.
        NotReflected: a comment was accepted, at least in part, and its paragraph is as it was; the answer
            does not say where else it is taken up.
    """
    round_ = run_by(actor, round_id)
    end = require_step("reflect", round_)
    changed = {}
    for paragraph in round_.paragraphs.all():
        after = texts.get(paragraph.paragraph_id)
        if after is not None and after.strip() != paragraph.text:
            changed[paragraph.pk] = after.strip()
    missing = [
        line.comment.number
        for line in selectors.results_of(round_)
        if line.response is not None
        and line.response.outcome in {"accepted", "partly"}
        and line.paragraph is not None
        and line.paragraph.pk not in changed
        and not line.response.elsewhere
    ]
    if missing:
        raise NotReflected(
            _(
                "「反映する」と答えた意見 %(numbers)s の段落が、変わっていません。"
                "案を直すか、回答に「反映した別の場所」を書いてください。"
            )
            % {"numbers": "、".join(f"#{number}" for number in missing[:10])},
            missing,
        )
    ReflectedParagraph.objects.bulk_create(
        ReflectedParagraph(paragraph_id=pk, after=after, at=at) for pk, after in changed.items()
    )
    round_.state, round_.reflected_at = end, at
    round_.save(update_fields=["state", "reflected_at"])
    journal(round_, "reflected", actor, at, paragraphs=len(changed))
    return round_
