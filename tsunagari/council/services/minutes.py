"""Minutes: drafted from what was recorded, circulated, corrected, approved; and the 議事要旨 beside them.

`TRANSITIONS` is their whole life. Nothing is approved while a member's correction has no answer, and the
meeting that approves is a later one of the same body or of its successor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.core.errors import RuleBroken
from tsunagari.council.models import (
    Attendance,
    Meeting,
    Membership,
    Minutes,
    MinutesCorrection,
    MinutesParagraph,
    MinutesSummary,
)
from tsunagari.council.selectors.bodies import succession_of, voters_on
from tsunagari.council.selectors.meetings import meetings_kept_by
from tsunagari.council.services.attendance import NotAMember, speaker_in, speaker_of
from tsunagari.council.services.bodies import WrongDay
from tsunagari.council.services.journal import record
from tsunagari.council.services.meetings import WrongState, locked_meeting
from tsunagari.council.services.posts import NobodyNamed, ReasonMissing

State = Minutes.State
Kind = MinutesParagraph.Kind
TRANSITIONS: dict[str, tuple[frozenset[Minutes.State], Minutes.State]] = {
    "save": (frozenset({State.DRAFT}), State.DRAFT),
    "circulate": (frozenset({State.DRAFT}), State.CIRCULATED),
    "correct": (frozenset({State.CIRCULATED}), State.CIRCULATED),
    "approve": (frozenset({State.CIRCULATED}), State.APPROVED),
    "publish": (frozenset({State.APPROVED}), State.APPROVED),
}


class EditedMeanwhile(RuleBroken):
    """Somebody has saved since the page was opened."""

    status = 409


class CorrectionsOpen(RuleBroken):
    """A correction has no answer."""

    status = 409


class NotALaterMeeting(RuleBroken):
    """The meeting that approves must be a later one, and have been held."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph as it shall be; ``id`` None: a new one."""

    kind: str
    text: str
    speaker: str = ""
    id: UUID | None = None


def _start(step: str, minutes: Minutes) -> None:
    if minutes.state not in TRANSITIONS[step][0]:
        sentence = _("この議事録は「%(state)s」です。")
        raise WrongState(str(sentence) % {"state": minutes.get_state_display()})


def _locked(actor: User, minutes_id: UUID) -> Minutes:
    seen = Minutes.objects.get(pk=minutes_id, meeting__in=meetings_kept_by(actor))
    return _fresh(seen.pk)


def _fresh(minutes_id: UUID) -> Minutes:
    return (
        Minutes.objects.select_for_update(of=("self",))
        .select_related("meeting", "meeting__body")
        .get(pk=minutes_id)
    )


@transaction.atomic
def begin_minutes(*, actor: User, meeting_id: UUID, at: datetime) -> Minutes:
    """Begin the draft from what was recorded: attendance, agenda, statements, decisions.

    Raises:
        Meeting.DoesNotExist: none that `actor` keeps.
        WrongState: it was not held, or has minutes.
    """
    meeting = locked_meeting(actor, meeting_id)
    if meeting.state not in {Meeting.State.HELD, Meeting.State.CIRCULATED}:
        raise WrongState(_("議事録は、会議が終わってから作ります。"))
    if Minutes.objects.filter(meeting=meeting).exists():
        raise WrongState(_("議事録は、すでにあります。"))
    minutes = Minutes.objects.create(meeting=meeting, made_on=timezone.localdate(at))
    _write(minutes, _drafted(meeting))
    record(body=meeting.body, action="begin_minutes", subject_id=minutes.pk, actor=actor, at=at)
    return minutes


def _drafted(meeting: Meeting) -> list[Paragraph]:
    paragraphs = [Paragraph(Kind.HEADING, str(_("出席者"))), Paragraph(Kind.TEXT, _present(meeting))]
    statements = list(
        meeting.statements.select_related("member__post", "member__person", "guest", "agenda_item")
    )
    decisions = list(meeting.decisions.all())
    for item in [*meeting.agenda.all(), None]:
        said = [each for each in statements if each.agenda_item_id == (item.pk if item else None)]
        decided = [each for each in decisions if each.agenda_item_id == (item.pk if item else None)]
        if item is not None:
            paragraphs.append(Paragraph(Kind.HEADING, f"{item.position}　{item.title}"))
        elif said or decided:
            paragraphs.append(Paragraph(Kind.HEADING, str(_("そのほか"))))
        for each in said:
            paragraphs.append(Paragraph(Kind.SPEECH, each.text, speaker_in(each)))
        paragraphs += [
            Paragraph(Kind.TEXT, str(_("決定：%(text)s")) % {"text": each.text}) for each in decided
        ]
    return paragraphs


def _present(meeting: Meeting) -> str:
    lines = []
    for each in meeting.attendances.select_related("membership__post", "membership__person"):
        if each.state == Attendance.State.PRESENT:
            lines.append(speaker_of(each.membership))
        elif each.state == Attendance.State.DEPUTY:
            deputy = "　".join(part for part in (each.deputy_office, each.deputy_name) if part)
            lines.append(
                str(_("%(member)s（代理：%(deputy)s）"))
                % {"member": each.membership.post.label, "deputy": deputy}
            )
    lines += [f"{each.affiliation}　{each.name}" for each in meeting.invitations.filter(attended=True)]
    return "\n".join(lines) or str(_("（出欠の記録はありません）"))


def _write(minutes: Minutes, paragraphs: Sequence[Paragraph]) -> None:
    """Make the paragraphs these, in this order; known ids keep their rows."""
    known = {row.pk: row for row in minutes.paragraphs.all()}
    kept = set()
    for position, each in enumerate(paragraphs, 1):
        row = known.get(each.id) if each.id else None
        if row is None or row.pk in kept:
            row = MinutesParagraph(minutes=minutes)
        row.position, row.kind, row.text = position, Kind(each.kind), each.text.strip()
        row.speaker = each.speaker.strip() if each.kind == Kind.SPEECH else ""
        if row.kind == Kind.SPEECH and not row.speaker:
            raise NobodyNamed(_("発言した方を書いてください。"))
        row.save()
        kept.add(row.pk)
    minutes.paragraphs.exclude(pk__in=kept).delete()


@transaction.atomic
def save_minutes(
    *, actor: User, minutes_id: UUID, paragraphs: Sequence[Paragraph], version: int, at: datetime
) -> Minutes:
    """Keep the draft. ``version`` is the one that the writer saw.

    Raises:
        Minutes.DoesNotExist: none that `actor` keeps.
        WrongState: it is circulated; members ask for corrections now.
        EditedMeanwhile: somebody saved first; nothing is overwritten.
    """
    minutes = _locked(actor, minutes_id)
    _start("save", minutes)
    if minutes.version != version:
        raise EditedMeanwhile(_("ほかの人が先に保存しました。あなたの入力は、下に残っています。"))
    _write(minutes, [each for each in paragraphs if each.text.strip()])
    minutes.version += 1
    minutes.save(update_fields=["version"])
    record(body=minutes.meeting.body, action="save_minutes", subject_id=minutes.pk, actor=actor, at=at)
    return minutes


@transaction.atomic
def circulate_minutes(*, actor: User, minutes_id: UUID, reply_by_on: date, at: datetime) -> Minutes:
    """Send the draft round; members may ask for corrections until that day.

    Raises:
        Minutes.DoesNotExist, WrongState: as `save_minutes`.
        WrongDay: the day is not ahead.
    """
    minutes = _locked(actor, minutes_id)
    _start("circulate", minutes)
    if reply_by_on < timezone.localdate(at):
        raise WrongDay(_("確認の期限は、今日かこれからの日にしてください。"))
    minutes.state, minutes.circulated_at, minutes.reply_by_on = State.CIRCULATED, at, reply_by_on
    minutes.save(update_fields=["state", "circulated_at", "reply_by_on"])
    record(body=minutes.meeting.body, action="circulate_minutes", subject_id=minutes.pk, actor=actor, at=at)
    return minutes


@transaction.atomic
def ask_correction(
    *,
    actor: User,
    minutes_id: UUID,
    membership_id: UUID,
    paragraph_id: UUID,
    proposed: str,
    at: datetime,
    note: str = "",
) -> MinutesCorrection:
    """A member wants a paragraph to read otherwise; the member's own account, or the secretariat for one.

    Raises:
        Minutes.DoesNotExist: none that `actor` keeps or was a member for.
        NotAMember: the membership is none of the meeting's day.
        WrongState: not circulated.
        WrongDay: the day for answers has passed.
        NobodyNamed: nothing proposed.
    """
    own = Membership.objects.filter(pk=membership_id, user=actor).first()
    if own is None:
        minutes = _locked(actor, minutes_id)
    else:
        minutes = _fresh(Minutes.objects.get(pk=minutes_id, meeting__body=own.post.body).pk)
    _start("correct", minutes)
    meeting = minutes.meeting
    if not voters_on(meeting.body, meeting.held_on or meeting.earliest_on).filter(pk=membership_id).exists():
        raise NotAMember(_("会議の日に構成員だった方だけが、修正を求められます。"))
    if minutes.reply_by_on is not None and timezone.localdate(at) > minutes.reply_by_on:
        raise WrongDay(_("確認の期限を過ぎています。庶務に知らせてください。"))
    paragraph = minutes.paragraphs.get(pk=paragraph_id)
    if not proposed.strip() or proposed.strip() == paragraph.text:
        raise NobodyNamed(_("直したあとの文を書いてください。"))
    correction = MinutesCorrection.objects.create(
        minutes=minutes,
        paragraph=paragraph,
        asked_by_id=membership_id,
        before=paragraph.text,
        proposed=proposed.strip(),
        note=note.strip(),
        asked_at=at,
    )
    record(body=meeting.body, action="ask_correction", subject_id=correction.pk, actor=actor, at=at)
    return correction


@transaction.atomic
def answer_correction(
    *, actor: User, correction_id: UUID, accept: bool, answer: str, at: datetime
) -> MinutesCorrection:
    """Take a correction into the text, or decline it with a reason.

    Raises:
        MinutesCorrection.DoesNotExist: none that `actor` keeps.
        WrongState: answered already, or the minutes are approved.
        EditedMeanwhile: another correction has changed the paragraph since; it must be asked for anew.
        ReasonMissing: declined without a reason.
    """
    seen = MinutesCorrection.objects.get(pk=correction_id, minutes__meeting__in=meetings_kept_by(actor))
    minutes = _fresh(seen.minutes_id)
    _start("correct", minutes)
    correction = MinutesCorrection.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    if correction.state != MinutesCorrection.State.OPEN:
        raise WrongState(_("この修正には、すでに答えています。"))
    if accept:
        paragraph = correction.paragraph
        if paragraph is None or paragraph.text != correction.before:
            raise EditedMeanwhile(
                _(
                    "この段落は、ほかの修正で変わっています。「反映しない」とし、求めなおしてもらってください。"
                )
            )
        paragraph.text = correction.proposed
        paragraph.save(update_fields=["text"])
        minutes.version += 1
        minutes.save(update_fields=["version"])
    elif not answer.strip():
        raise ReasonMissing(_("反映しない理由を書いてください。"))
    state = MinutesCorrection.State
    correction.state = state.ACCEPTED if accept else state.DECLINED
    correction.answer, correction.answered_at = answer.strip(), at
    correction.save(update_fields=["state", "answer", "answered_at"])
    record(
        body=minutes.meeting.body,
        action="answer_correction",
        subject_id=correction.pk,
        actor=actor,
        at=at,
        state=correction.state,
    )
    return correction


@transaction.atomic
def approve_minutes(
    *, actor: User, minutes_id: UUID, at: datetime, in_meeting_id: UUID | None = None
) -> Minutes:
    """Approve at a later meeting, or (without one) by circulation, once its day has passed.

    Raises:
        Minutes.DoesNotExist: none that `actor` keeps.
        WrongState: not circulated, or approved.
        CorrectionsOpen: some corrections have no answer.
        NotALaterMeeting: that meeting was no later one of the body or its successors, or not held.
        WrongDay: by circulation, before the day for answers has passed.
    """
    minutes = _locked(actor, minutes_id)
    _start("approve", minutes)
    waiting = minutes.corrections.filter(state=MinutesCorrection.State.OPEN).count()
    if waiting:
        sentence = _("答えていない修正が%(n)s件あります。先に答えてください。")
        raise CorrectionsOpen(str(sentence) % {"n": waiting})
    if in_meeting_id is not None:
        minutes.approved_in = _later_meeting(actor, minutes.meeting, in_meeting_id)
    elif minutes.reply_by_on is None or timezone.localdate(at) <= minutes.reply_by_on:
        raise WrongDay(_("回覧による承認は、確認の期限が過ぎてからできます。"))
    minutes.approved_by_circulation = in_meeting_id is None
    minutes.state, minutes.approved_at = State.APPROVED, at
    minutes.save(update_fields=["state", "approved_at", "approved_in", "approved_by_circulation"])
    record(body=minutes.meeting.body, action="approve_minutes", subject_id=minutes.pk, actor=actor, at=at)
    return minutes


def _later_meeting(actor: User, meeting: Meeting, later_id: UUID) -> Meeting:
    later = meetings_kept_by(actor).get(pk=later_id)
    chain = [each.pk for each in succession_of(meeting.body)]
    follows = chain[chain.index(meeting.body_id) :]
    held = later.state in {Meeting.State.HELD, Meeting.State.CIRCULATED}
    if (
        later.body_id not in follows
        or not held
        or later.pk == meeting.pk
        or later.held_on is None
        or meeting.held_on is None
        or later.held_on < meeting.held_on
    ):
        raise NotALaterMeeting(_("議事録を承認できるのは、そのあとに開かれた、同じ会議体の会議です。"))
    return later


@transaction.atomic
def publish_minutes(*, actor: User, minutes_id: UUID, at: datetime) -> Minutes:
    """Publish the approved minutes.

    Raises:
        Minutes.DoesNotExist, WrongState: not approved.
    """
    minutes = _locked(actor, minutes_id)
    _start("publish", minutes)
    minutes.published_at = minutes.published_at or at
    minutes.save(update_fields=["published_at"])
    record(body=minutes.meeting.body, action="publish_minutes", subject_id=minutes.pk, actor=actor, at=at)
    return minutes


@transaction.atomic
def write_summary(*, actor: User, meeting_id: UUID, text: str, publish: bool, at: datetime) -> MinutesSummary:
    """Write the 議事要旨, and publish it if it is ready; the full minutes go their own way.

    Raises:
        Meeting.DoesNotExist: none that `actor` keeps.
        WrongState: the meeting was not held.
        NobodyNamed: no words.
    """
    meeting = locked_meeting(actor, meeting_id)
    if meeting.state not in {Meeting.State.HELD, Meeting.State.CIRCULATED}:
        raise WrongState(_("議事要旨は、会議が終わってから書きます。"))
    if not text.strip():
        raise NobodyNamed(_("議事要旨を書いてください。"))
    summary = MinutesSummary.objects.filter(meeting=meeting).first() or MinutesSummary(
        meeting=meeting, made_on=timezone.localdate(at)
    )
    summary.text, summary.edited_at = text.strip(), at
    summary.published_at = (summary.published_at or at) if publish else None
    summary.save()
    record(
        body=meeting.body,
        action="write_summary",
        subject_id=summary.pk,
        actor=actor,
        at=at,
        published=publish,
    )
    return summary
