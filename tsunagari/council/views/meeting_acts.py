"""What may be done with a meeting and its minutes, by name."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.council.forms import meetings as forms
from tsunagari.council.forms.base import NothingForm
from tsunagari.council.models import Meeting, Minutes
from tsunagari.council.services import actions, attendance, materials, meetings, minutes, motions, retention
from tsunagari.council.views.acts import Act

Form = Any


def _call(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    meetings.call_meeting(actor=actor, meeting_id=meeting.pk, at=at, **form.cleaned_data)


def _agenda(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    meetings.write_agenda(actor=actor, meeting_id=meeting.pk, items=form.cleaned_data["items"], at=at)


def _invite(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    given = form.cleaned_data
    chair_id = given.pop("chair")
    attendance.invite(actor=actor, meeting_id=meeting.pk, chair_id=chair_id, at=at, **given)


def _attend(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    attendance.record_attendance(
        actor=actor, meeting_id=meeting.pk, presences=form.presences(), guests=form.attended(), at=at
    )


def _say(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    given = form.cleaned_data
    attendance.record_statement(
        actor=actor,
        meeting_id=meeting.pk,
        text=given["text"],
        agenda_item_id=given["agenda_item"],
        at=at,
        **form.speaker_ids(),
    )


def _move(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    given = form.cleaned_data
    motions.put_motion(
        actor=actor,
        meeting_id=meeting.pk,
        text=given["text"],
        requirement=given["requirement"],
        classification=given["classification"],
        agenda_item_id=given["agenda_item"],
        at=at,
    )


@transaction.atomic
def _vote(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    """All of them or none: a refused one says why, and nothing is half written."""
    for membership_id, option in form.votes().items():
        motions.cast_vote(
            actor=actor,
            motion_id=form.cleaned_data["motion"],
            membership_id=membership_id,
            option=option,
            at=at,
        )


def _count(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    given = form.cleaned_data
    motions.count_votes(actor=actor, motion_id=given["motion"], decision_text=given["decision_text"], at=at)


def _acclaim(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    given = form.cleaned_data
    motions.acclaim(
        actor=actor,
        motion_id=given["motion"],
        objection=given["objection"],
        decision_text=given["decision_text"],
        at=at,
    )


def _withdraw(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    given = form.cleaned_data
    motions.withdraw_motion(actor=actor, motion_id=given["motion"], reason=given["reason"], at=at)


def _decide(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    given = form.cleaned_data
    motions.record_decision(
        actor=actor, meeting_id=meeting.pk, text=given["text"], agenda_item_id=given["agenda_item"], at=at
    )


def _assign(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    given = form.cleaned_data
    actions.assign_action(
        actor=actor,
        meeting_id=meeting.pk,
        text=given["text"],
        owner_id=given["owner"],
        due_on=given["due_on"],
        public=given["public"],
        at=at,
    )


def _file(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    given = form.cleaned_data
    materials.file_material(
        actor=actor,
        meeting_id=meeting.pk,
        number=given["number"],
        title=given["title"],
        access=given["access"],
        retention=given["retention"],
        after_retention=given["after_retention"],
        agenda_item_id=given["agenda_item"],
        file_name=given["file"].name,
        content=given["file"].read(),
        at=at,
    )


def _replace(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    given = form.cleaned_data
    materials.replace_file(
        actor=actor,
        material_id=given["material"],
        file_name=given["file"].name,
        content=given["file"].read(),
        at=at,
    )


def _access(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    given = form.cleaned_data
    if given["access"] == "withdraw":
        materials.withdraw_material(actor=actor, material_id=given["material"], at=at)
    else:
        materials.set_access(actor=actor, material_id=given["material"], access=given["access"], at=at)


def _put_off(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    meetings.put_off_meeting(actor=actor, meeting_id=meeting.pk, at=at, **form.cleaned_data)


def _summary(actor: User, meeting: Meeting, form: Form, at: datetime) -> None:
    minutes.write_summary(actor=actor, meeting_id=meeting.pk, at=at, **form.cleaned_data)


ACTS: dict[str, Act] = {
    "call": Act(_("日を決めて招集する"), forms.CallForm, _call, _("招集しました。")),
    "put_off": Act(_("延期する"), forms.PutOffForm, _put_off, _("延期しました。")),
    "hold": Act(
        _("開催したと記録する"),
        NothingForm,
        lambda actor, meeting, form, at: meetings.hold_meeting(actor=actor, meeting_id=meeting.pk, at=at),
        _("開催を記録しました。次は議事録です。"),
    ),
    "cancel": Act(
        _("中止する"),
        forms.ReasonForm,
        lambda actor, meeting, form, at: meetings.cancel_meeting(
            actor=actor, meeting_id=meeting.pk, reason=form.cleaned_data["reason"], at=at
        ),
        _("中止を記録しました。"),
    ),
    "publish": Act(
        _("公開のページに載せる"),
        NothingForm,
        lambda actor, meeting, form, at: meetings.publish_meeting(
            actor=actor, meeting_id=meeting.pk, published=True, at=at
        ),
        _("公開しました。1分ほどで、みんなのページに出ます。"),
    ),
    "unpublish": Act(
        _("公開をやめる"),
        NothingForm,
        lambda actor, meeting, form, at: meetings.publish_meeting(
            actor=actor, meeting_id=meeting.pk, published=False, at=at
        ),
        _("公開をやめました。"),
    ),
    "agenda": Act(_("議事を書く"), forms.AgendaForm, _agenda, _("議事を書きました。")),
    "invite": Act(_("議長が出席を求める"), forms.InviteForm, _invite, _("出席の求めを記録しました。")),
    "attend": Act(_("出欠を書く"), forms.AttendanceForm, _attend, _("出欠を書きました。")),
    "say": Act(_("発言を書く"), forms.StatementForm, _say, _("発言を書きました。")),
    "move": Act(_("議案を出す"), forms.MotionForm, _move, _("議案を出しました。")),
    "vote": Act(_("採決を書く"), forms.VotesForm, _vote, _("採決を書きました。")),
    "count": Act(_("採決を数えて決める"), forms.CountForm, _count, _("数えました。")),
    "acclaim": Act(_("了承で決める"), forms.AcclaimForm, _acclaim, _("記録しました。")),
    "withdraw": Act(_("議案を取り下げる"), forms.WithdrawForm, _withdraw, _("取り下げました。")),
    "decide": Act(_("決まったことを書く"), forms.DecisionForm, _decide, _("書きました。")),
    "assign": Act(_("することを決める"), forms.ActionForm, _assign, _("書きました。期限の前に知らせます。")),
    "access": Act(_("資料の公開を変える"), forms.AccessForm, _access, _("変えました。")),
    "summary": Act(_("議事要旨を書く"), forms.SummaryForm, _summary, _("議事要旨を書きました。")),
    "begin_minutes": Act(
        _("議事録の案をつくる"),
        NothingForm,
        lambda actor, meeting, form, at: minutes.begin_minutes(actor=actor, meeting_id=meeting.pk, at=at),
        _("記録から、議事録の案をつくりました。"),
    ),
}
UPLOADS: dict[str, Act] = {
    "file": Act(_("資料を入れる"), forms.MaterialForm, _file, _("資料を入れました。")),
    "replace": Act(_("新しいファイルに替える"), forms.NewFileForm, _replace, _("新しい版を入れました。")),
}


def _circulate(actor: User, kept: Minutes, form: Form, at: datetime) -> None:
    minutes.circulate_minutes(actor=actor, minutes_id=kept.pk, at=at, **form.cleaned_data)


def _correct(actor: User, kept: Minutes, form: Form, at: datetime) -> None:
    given = form.cleaned_data
    minutes.ask_correction(
        actor=actor,
        minutes_id=kept.pk,
        membership_id=given["member"],
        paragraph_id=given["paragraph"],
        proposed=given["proposed"],
        note=given["note"],
        at=at,
    )


def _answer(actor: User, kept: Minutes, form: Form, at: datetime) -> None:
    given = form.cleaned_data
    minutes.answer_correction(
        actor=actor,
        correction_id=given["correction"],
        accept=given["accept"] == "yes",
        answer=given["answer"],
        at=at,
    )


def _approve(actor: User, kept: Minutes, form: Form, at: datetime) -> None:
    minutes.approve_minutes(
        actor=actor, minutes_id=kept.pk, in_meeting_id=form.cleaned_data["in_meeting"], at=at
    )


MINUTES: dict[str, Act] = {
    "retain": Act(
        _("保存期間を決める"),
        forms.RetentionForm,
        lambda actor, kept, form, at: retention.set_retention(
            actor=actor, minutes_id=kept.pk, at=at, **form.cleaned_data
        ),
        _("保存期間を書きました。"),
    ),
    "circulate": Act(_("確認のために回覧する"), forms.CirculateForm, _circulate, _("回覧を始めました。")),
    "correct": Act(_("修正の求めを書く"), forms.CorrectionForm, _correct, _("修正の求めを書きました。")),
    "answer": Act(_("修正に答える"), forms.AnswerForm, _answer, _("答えました。")),
    "approve": Act(_("承認を記録する"), forms.ApproveForm, _approve, _("議事録が確定しました。")),
    "publish": Act(
        _("議事録を公開する"),
        NothingForm,
        lambda actor, kept, form, at: minutes.publish_minutes(actor=actor, minutes_id=kept.pk, at=at),
        _("議事録を公開しました。"),
    ),
}
