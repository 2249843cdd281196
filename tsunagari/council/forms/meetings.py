"""Forms about a meeting: its day, agenda, who comes, motions and votes, papers, what follows, its record."""

import re
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tsunagari.council.forms.base import (
    ActForm,
    DateField,
    TimeField,
    long_text,
    ministry_choices,
    ministry_field,
    offer,
    text,
    uuid_choice,
)
from tsunagari.council.models import (
    AfterRetention,
    AgendaItem,
    Attendance,
    Material,
    Meeting,
    Membership,
    Motion,
    RetentionPeriod,
    Vote,
)
from tsunagari.council.selectors.bodies import chair_on, voters_on
from tsunagari.council.services.attendance import Presence, speaker_of

_KINDS = {
    "決定": AgendaItem.Kind.DECISION,
    "審議": AgendaItem.Kind.DISCUSSION,
    "報告": AgendaItem.Kind.REPORT,
}
_MARKED = re.compile(r"【(決定|審議|報告)】\s*(.+)")


class CallForm(ActForm):
    """The day, and what goes with it."""

    held_on = DateField(label=_("開催日"))
    begins_at = TimeField(label=_("開始"), required=False)
    ends_at = TimeField(label=_("終了"), required=False)
    place = text(_("場所"), most=200, required=False)

    def prepare(self) -> None:
        for name in self.fields:
            self.fields[name].initial = getattr(self.target, name)
        if self.target.earliest_on == self.target.latest_on and self.target.held_on is None:
            self.fields["held_on"].initial = self.target.earliest_on


class PutOffForm(ActForm):
    """A time in new words."""

    date_text = text(_("新しい時期"), most=60)
    year = forms.IntegerField(label=_("年（西暦）"), min_value=2000, max_value=2200)

    def prepare(self) -> None:
        self.fields["year"].initial = timezone.localdate().year


class ReasonForm(ActForm):
    """Why."""

    reason = text(_("理由"), most=500)


class AgendaForm(ActForm):
    """The agenda, a line each."""

    items = long_text(
        _("議事（1行にひとつ）"),
        required=False,
        rows=6,
        help_text=_("行のはじめに【決定】【審議】【報告】と書けます。書かなければ「審議」です。"),
    )

    def prepare(self) -> None:
        lines = (f"【{item.get_kind_display()}】{item.title}" for item in self.target.agenda.all())
        self.fields["items"].initial = "\n".join(lines)

    def clean_items(self) -> list[tuple[str, str]]:
        """(title, kind) of each line."""
        rows: list[tuple[str, str]] = []
        for line in filter(None, map(str.strip, self.cleaned_data["items"].splitlines())):
            marked = _MARKED.fullmatch(line)
            title, kind = (marked[2], _KINDS[marked[1]]) if marked else (line, AgendaItem.Kind.DISCUSSION)
            if len(title) > 300:
                raise forms.ValidationError(_("議題は300字までにしてください。"))
            if title in {known for known, _kind in rows}:
                raise forms.ValidationError(_("同じ議題が2回あります。"))
            rows.append((title, kind))
        if len(rows) > 50:
            raise forms.ValidationError(_("議題は50までにしてください。"))
        return rows


class InviteForm(ActForm):
    """The chair asks somebody to attend."""

    chair = uuid_choice(_("だれの求めか（議長）"))
    name = text(_("氏名"), most=80)
    affiliation = text(_("所属・立場"), most=200)
    reason = text(_("理由"), most=500)
    scope = text(_("出席する範囲"), most=300, help_text=_("例：議題1の説明と質疑"))

    def prepare(self) -> None:
        chair = chair_on(self.target.body, self.target.held_on or self.target.earliest_on)
        offer(self, "chair", [(str(chair.pk), speaker_of(chair))] if chair else [])


class AttendanceForm(ActForm):
    """Who came, by member; and which of those who were asked."""

    def prepare(self) -> None:
        day = self.target.held_on or self.target.earliest_on
        self.seats: list[Membership] = list(voters_on(self.target.body, day))
        known = {row.membership_id: row for row in self.target.attendances.all()}
        for seat in self.seats:
            row, key = known.get(seat.pk), seat.pk.hex
            label = speaker_of(seat)
            self.fields[f"state_{key}"] = forms.ChoiceField(
                label=label,
                choices=[("", "—"), *Attendance.State.choices],
                required=False,
                initial=row.state if row else "",
            )
            self.fields[f"deputy_{key}"] = text(_("代理の方の氏名"), most=80, required=False)
            self.fields[f"office_{key}"] = text(_("代理の方の官職"), most=120, required=False)
            self.fields[f"deputy_{key}"].initial = row.deputy_name if row else ""
            self.fields[f"office_{key}"].initial = row.deputy_office if row else ""
        self.guests = list(self.target.invitations.all())
        for guest in self.guests:
            self.fields[f"guest_{guest.pk.hex}"] = forms.BooleanField(
                label=f"{guest.affiliation}　{guest.name}", required=False, initial=bool(guest.attended)
            )

    def presences(self) -> dict[UUID, Presence]:
        """What was chosen, by membership."""
        given = self.cleaned_data
        return {
            seat.pk: Presence(
                given[f"state_{seat.pk.hex}"], given[f"deputy_{seat.pk.hex}"], given[f"office_{seat.pk.hex}"]
            )
            for seat in self.seats
            if given[f"state_{seat.pk.hex}"]
        }

    def attended(self) -> dict[UUID, bool]:
        """Of those who were asked, who came."""
        return {guest.pk: self.cleaned_data[f"guest_{guest.pk.hex}"] for guest in self.guests}


class _OnAgenda(ActForm):
    agenda_item = uuid_choice(_("議題"), required=False)

    def prepare(self) -> None:
        rows = [(str(item.pk), f"{item.position}　{item.title}") for item in self.target.agenda.all()]
        offer(self, "agenda_item", rows)


class StatementForm(_OnAgenda):
    """What somebody said."""

    speaker = forms.ChoiceField(label=_("発言した方"))
    text = long_text(_("発言"))
    field_order = ["agenda_item", "speaker", "text"]

    def prepare(self) -> None:
        super().prepare()
        day = self.target.held_on or self.target.earliest_on
        offer(
            self,
            "speaker",
            [
                *((f"member:{seat.pk}", speaker_of(seat)) for seat in voters_on(self.target.body, day)),
                *(
                    (f"guest:{guest.pk}", f"{guest.affiliation}　{guest.name}")
                    for guest in self.target.invitations.all()
                ),
            ],
        )

    def speaker_ids(self) -> dict[str, UUID]:
        """``member_id`` or ``guest_id``."""
        kind, _colon, key = self.cleaned_data["speaker"].partition(":")
        return {f"{kind}_id": UUID(key)}


class MotionForm(_OnAgenda):
    """A motion."""

    text = long_text(_("議案"), most=2_000)
    classification = forms.ChoiceField(label=_("種類"), choices=Motion.Classification.choices)
    requirement = forms.ChoiceField(label=_("成立の条件"), choices=Motion.Requirement.choices)


class _AboutMotion(ActForm):
    motion = uuid_choice(_("議案"))

    def prepare(self) -> None:
        motions = self.target.motions.filter(state=Motion.State.OPEN)
        offer(self, "motion", [(str(each.pk), each.text[:80]) for each in motions])


class VotesForm(_AboutMotion):
    """The votes of all members on a motion; who has voted already is left as it is."""

    def prepare(self) -> None:
        super().prepare()
        day = self.target.held_on or self.target.earliest_on
        self.seats = list(voters_on(self.target.body, day))
        for seat in self.seats:
            self.fields[f"vote_{seat.pk.hex}"] = forms.ChoiceField(
                label=speaker_of(seat), choices=[("", "—"), *Vote.Option.choices], required=False
            )

    def votes(self) -> dict[UUID, str]:
        """What was chosen, by membership."""
        given = self.cleaned_data
        return {seat.pk: given[f"vote_{seat.pk.hex}"] for seat in self.seats if given[f"vote_{seat.pk.hex}"]}


class CountForm(_AboutMotion):
    """Close a motion."""

    decision_text = long_text(
        _("決定として残すことば"), most=2_000, required=False, help_text=_("書かなければ、議案のとおりです。")
    )


class AcclaimForm(CountForm):
    """Close a motion without a vote."""

    objection = text(_("異議（あったときだけ）"), most=250, required=False)


class WithdrawForm(_AboutMotion):
    """Take a motion back."""

    reason = text(_("理由"), most=300)


class DecisionForm(_OnAgenda):
    """A decision without a motion."""

    text = long_text(_("決まったこと"), most=2_000)


class ActionForm(ActForm):
    """Who does what by when."""

    text = text(_("すること"), most=500)
    owner = ministry_field(required=True)
    due_on = DateField(label=_("期限"))
    public = forms.BooleanField(label=_("公開のページに載せる"), required=False)

    def prepare(self) -> None:
        self.fields["owner"].choices = ministry_choices(required=True)  # type: ignore[attr-defined]


class SummaryForm(ActForm):
    """The 議事要旨."""

    text = long_text(_("議事要旨"), rows=8)
    publish = forms.BooleanField(label=_("公開する"), required=False)

    def prepare(self) -> None:
        summary = getattr(self.target, "summary", None)
        if summary is not None:
            self.fields["text"].initial = summary.text
            self.fields["publish"].initial = summary.published_at is not None


class MaterialForm(_OnAgenda):
    """A paper with its file."""

    meeting = forms.UUIDField(widget=forms.HiddenInput)
    number = text(_("資料番号"), most=30, help_text=_("例：資料1、参考資料2"))
    title = text(_("題名"), most=200)
    access = forms.ChoiceField(label=_("だれが見られるか"), choices=Material.Access.choices)
    file = forms.FileField(label=_("ファイル（PDF、Word、Excel、PowerPoint。20MBまで）"))
    retention = forms.ChoiceField(
        label=_("保存期間"), choices=RetentionPeriod.choices, initial=RetentionPeriod.TEN
    )
    after_retention = forms.ChoiceField(
        label=_("満了後"), choices=AfterRetention.choices, initial=AfterRetention.TRANSFER
    )
    field_order = [
        "meeting",
        "number",
        "title",
        "access",
        "file",
        "agenda_item",
        "retention",
        "after_retention",
    ]

    def prepare(self) -> None:
        super().prepare()
        self.fields["meeting"].initial = self.target.pk
        self.fields["access"].initial = Material.Access.SECRETARIAT


class NewFileForm(ActForm):
    """A newer file of a paper."""

    meeting = forms.UUIDField(widget=forms.HiddenInput)
    material = uuid_choice(_("資料"))
    file = forms.FileField(label=_("新しいファイル"))

    def prepare(self) -> None:
        self.fields["meeting"].initial = self.target.pk
        offer(self, "material", _papers(self.target))


class AccessForm(ActForm):
    """Who may read a paper; or that it is withdrawn."""

    material = uuid_choice(_("資料"))
    access = forms.ChoiceField(
        label=_("だれが見られるか"), choices=[*Material.Access.choices, ("withdraw", _("取り下げる"))]
    )

    def prepare(self) -> None:
        offer(self, "material", _papers(self.target))


def _papers(meeting: Meeting) -> list[tuple[str, str]]:
    papers = Material.objects.filter(meeting=meeting, withdrawn_at=None)
    return [(str(each.pk), f"{each.number}　{each.title}") for each in papers]


class RetentionForm(ActForm):
    """The retention class of the minutes."""

    retention = forms.ChoiceField(label=_("保存期間"), choices=RetentionPeriod.choices)
    after_retention = forms.ChoiceField(label=_("満了後"), choices=AfterRetention.choices)

    def prepare(self) -> None:
        for name in self.fields:
            self.fields[name].initial = getattr(self.target, name)


class CirculateForm(ActForm):
    """Until when members may ask for corrections."""

    reply_by_on = DateField(label=_("確認の期限"))


class CorrectionForm(ActForm):
    """What a member wants to read; the target is the minutes."""

    member = uuid_choice(_("どなたの求めか"))
    paragraph = uuid_choice(_("どの段落か"))
    proposed = long_text(_("直したあとの文"))
    note = text(_("理由"), most=500, required=False)

    def prepare(self) -> None:
        meeting = self.target.meeting
        seats = voters_on(meeting.body, meeting.held_on or meeting.earliest_on)
        offer(self, "member", [(str(seat.pk), speaker_of(seat)) for seat in seats])
        rows = [(str(row.pk), f"{row.position}　{row.text[:40]}") for row in self.target.paragraphs.all()]
        offer(self, "paragraph", rows)


class AnswerForm(ActForm):
    """Accept a correction, or decline it with a reason."""

    correction = forms.UUIDField(widget=forms.HiddenInput)
    accept = forms.ChoiceField(label=_("答え"), choices=[("yes", _("反映する")), ("no", _("反映しない"))])
    answer = text(_("理由"), most=500, required=False)


class ApproveForm(ActForm):
    """At which later meeting the minutes were approved; none: by circulation."""

    in_meeting = uuid_choice(_("承認した会議（回覧で承認したときは選ばない）"), required=False)

    def prepare(self) -> None:
        mine = self.target.meeting
        later = mine.body.meetings.filter(held_on__gte=mine.held_on, state__in=["held", "circulated"])
        successor = getattr(mine.body, "followed_by", None)
        rows = [*later.exclude(pk=mine.pk)]
        if successor is not None:
            rows += successor.successor.meetings.filter(state__in=["held", "circulated"])
        offer(self, "in_meeting", [(str(each.pk), f"{each.held_on} {each.title}") for each in rows])
