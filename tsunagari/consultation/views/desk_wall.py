"""The supervisor's pages: the live wall, looking in on a talk, a whisper, taking over, alarms.

What the wall shows holds no words of any person. Whoever looks in is written down before anything is shown.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tsunagari.accounts.models import Role, User
from tsunagari.accounts.views.requests import user_of
from tsunagari.consultation.forms.wall import AssessmentForm, WhisperForm
from tsunagari.consultation.models import Helpline, Message, RiskAssessment, Shift, Task
from tsunagari.consultation.risk_rules import risk_rules
from tsunagari.consultation.selectors import wall as selectors
from tsunagari.consultation.selectors.conversations import Said, messages_after
from tsunagari.consultation.services import alarms, duty, handover, risk, whispers
from tsunagari.consultation.services.messages import BadMessage
from tsunagari.consultation.states import WITH_COUNSELLOR
from tsunagari.core.access import roles
from tsunagari.core.errors import RuleBroken

supervisors = roles(Role.SUPERVISOR)
MOST_SHOWN = 500


@supervisors
@require_safe
def lines(request: HttpRequest) -> HttpResponse:
    """The helplines that I supervise; with one, its wall at once."""
    found = list(selectors.helplines_supervised_by(user_of(request)))
    if len(found) == 1:
        return redirect("consultation_desk:wall", found[0].pk)
    return render(request, "consultation/desk/wall_lines.html", {"helplines": found})


@supervisors
@require_safe
def wall(request: HttpRequest, helpline_id: UUID) -> HttpResponse:
    """The whole page."""
    return _wall(request, _line(request, helpline_id))


@supervisors
@require_safe
def wall_now(request: HttpRequest, helpline_id: UUID) -> HttpResponse:
    """The part of it that changes."""
    return render(request, "consultation/desk/wall_now.html", _shown(request, _line(request, helpline_id)))


def _start(user: User, helpline: Helpline, at: datetime) -> object:
    return duty.start_shift(user=user, helpline=helpline, kind=Shift.Kind.SUPERVISOR, at=at)


def _confirm(user: User, helpline: Helpline, at: datetime) -> object:
    return duty.confirm_presence(user=user, shift_id=_own_shift(user, helpline).pk, at=at)


def _end(user: User, helpline: Helpline, at: datetime) -> object:
    return duty.end_shift(user=user, shift_id=_own_shift(user, helpline).pk, at=at)


def _open_queue(user: User, helpline: Helpline, at: datetime) -> object:
    return duty.open_queue(user=user, helpline_id=helpline.pk, at=at)


def _close_queue(user: User, helpline: Helpline, at: datetime) -> object:
    return duty.close_queue(user=user, helpline_id=helpline.pk, at=at)


DUTIES: dict[str, tuple[Callable[[User, Helpline, datetime], object], str | Promise]] = {
    "start": (_start, gettext_lazy("勤務に入りました。30分ごとに在席を確認してください。")),
    "confirm": (_confirm, gettext_lazy("在席を確認しました。")),
    "end": (_end, gettext_lazy("勤務を終えました。")),
    "open": (_open_queue, gettext_lazy("窓口を開けました。")),
    "close": (_close_queue, gettext_lazy("窓口を閉じました。待っている人には、ひきつづき相談員がつきます。")),
}


@supervisors
@require_POST
def act(request: HttpRequest, helpline_id: UUID, name: str) -> HttpResponse:
    """Come on duty, say to be there, go off duty, open and close the queue."""
    helpline = _line(request, helpline_id)
    if name not in DUTIES:
        raise Http404
    do, done = DUTIES[name]
    try:
        do(user_of(request), helpline, timezone.now())
    except RuleBroken as broken:
        return _wall(request, helpline, refused=str(broken.sentence), status=broken.status)
    except PermissionDenied as denied:
        raise Http404 from denied
    messages.success(request, str(done))
    return redirect("consultation_desk:wall", helpline.pk)


@supervisors
@require_POST
def see(request: HttpRequest, alarm_id: UUID) -> HttpResponse:
    """Say that one has seen to an alarm."""
    user = user_of(request)
    found = get_object_or_404(selectors.alarms_supervised_by(user), pk=alarm_id)
    alarms.see_alarm(user=user, alarm_id=found.pk, at=timezone.now())
    return redirect("consultation_desk:wall", found.helpline_id)


@supervisors
@require_safe
def contact(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Look in: the transcript of an open contact. Written down; its counsellor sees it."""
    return _contact(request, _task(request, task_id))


@supervisors
@require_POST
def whisper(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Say something to the counsellor that the person does not see."""
    task, form = _task(request, task_id), WhisperForm(request.POST)
    if not form.is_valid():
        return _contact(request, task, whispering=form, status=422)
    try:
        whispers.whisper(
            user=user_of(request),
            task_id=task.pk,
            client_id=form.cleaned_data["client_id"],
            text=form.cleaned_data["text"],
            at=timezone.now(),
        )
    except BadMessage as bad:
        form.add_error("text", str(bad.sentence))
        return _contact(request, task, whispering=form, status=bad.status)
    except RuleBroken as broken:
        return _wall(request, task.helpline, refused=str(broken.sentence), status=broken.status)
    except PermissionDenied:
        return _wall(request, task.helpline, refused=_not_on_duty(), status=422)
    return redirect("consultation_desk:contact", task.pk)


@supervisors
@require_POST
def assess(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Judge the risk, up or down."""
    task, form, user = _task(request, task_id), AssessmentForm(request.POST), user_of(request)
    if _shift(user, task.helpline) is None:
        return _wall(request, task.helpline, refused=_not_on_duty(), status=422)
    if not form.is_valid():
        return _contact(request, task, assessing=form, status=422)
    risk.assess(
        user=user,
        task_id=task.pk,
        level=form.cleaned_data["level"],
        detail=form.cleaned_data["detail"],
        source=RiskAssessment.Source.SUPERVISOR,
        at=timezone.now(),
    )
    messages.success(request, _("危険度の判断を書きとめました。"))
    return redirect("consultation_desk:contact", task.pk)


@supervisors
@require_POST
def take_over(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Take the contact at once."""
    task, user = _task(request, task_id), user_of(request)
    shift = _shift(user, task.helpline)
    if shift is None:
        return _wall(request, task.helpline, refused=_not_on_duty(), status=422)
    try:
        handover.take_over(user=user, supervisor_shift_id=shift.pk, task_id=task.pk, at=timezone.now())
    except RuleBroken as broken:
        return _wall(request, task.helpline, refused=str(broken.sentence), status=broken.status)
    messages.success(request, _("あなたが引き取りました。"))
    return redirect("consultation_desk:contact", task.pk)


def _line(request: HttpRequest, helpline_id: UUID) -> Helpline:
    return get_object_or_404(selectors.helplines_supervised_by(user_of(request)), pk=helpline_id)


def _task(request: HttpRequest, task_id: UUID) -> Task:
    return get_object_or_404(selectors.tasks_supervised_by(user_of(request)), pk=task_id)


def _shift(user: User, helpline: Helpline) -> Shift | None:
    return Shift.objects.filter(
        user=user, helpline=helpline, kind=Shift.Kind.SUPERVISOR, ended_at=None
    ).first()


def _own_shift(user: User, helpline: Helpline) -> Shift:
    shift = _shift(user, helpline)
    if shift is None:
        raise PermissionDenied
    return shift


def _not_on_duty() -> str:
    return _("先に勤務に入ってください。会話を見られるのは、勤務中のスーパーバイザーだけです。")


def _shown(request: HttpRequest, helpline: Helpline) -> dict[str, Any]:
    shown = selectors.wall_of(helpline, viewer=user_of(request), at=timezone.now())
    return {
        "wall": shown,
        "helpline": helpline,
        "waiting": [(one, _speaks(one.assessment)) for one in shown.waiting],
        "talking": [(one, _speaks(one.assessment)) for one in shown.talking],
    }


def _wall(request: HttpRequest, helpline: Helpline, *, refused: str = "", status: int = 200) -> HttpResponse:
    context = _shown(request, helpline) | {"refused": refused}
    return render(request, "consultation/desk/wall.html", context, status=status)


def _speaks(assessment: RiskAssessment | None) -> list[str]:
    """Why a contact has its level, in words of ours."""
    if assessment is None:
        return []
    if assessment.source == RiskAssessment.Source.SCREENING:
        return [_("安全の質問に「はい」と答えた")]
    if assessment.source not in RiskAssessment.MACHINES:
        return [_("%(who)sの判断") % {"who": assessment.get_source_display()}]
    language = "en" if (get_language() or "ja").startswith("en") else "ja"
    return risk_rules().topics_of(assessment.kinds, language=language)


def _contact(
    request: HttpRequest,
    task: Task,
    *,
    whispering: WhisperForm | None = None,
    assessing: AssessmentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user, at = user_of(request), timezone.now()
    try:
        task = whispers.look_in(user=user, task_id=task.pk, at=at)
    except RuleBroken as broken:
        return _wall(request, task.helpline, refused=str(broken.sentence), status=broken.status)
    except PermissionDenied:
        return _wall(request, task.helpline, refused=_not_on_duty(), status=422)
    task.conversation.refresh_from_db()
    last = task.conversation.last_seq
    found = messages_after({task.conversation_id: max(0, last - MOST_SHOWN)}, staff=True, most=MOST_SHOWN)
    told = staff_events()
    context = {
        "task": task,
        "helpline": task.helpline,
        "last": last,
        "said": [(one, _words(one, told)) for one in found.get(task.conversation_id, ())],
        "events": told,
        "with_counsellor": task.state in WITH_COUNSELLOR,
        "mine": task.shift is not None and task.shift.user_id == user.pk,
        "assessments": [
            (one, _speaks(one)) for one in task.assessments.select_related("actor").order_by("-id")[:20]
        ],
        "whispering": whispering or WhisperForm(initial={"client_id": uuid4()}),
        "assessing": assessing or AssessmentForm(initial={"level": task.risk}),
    }
    return render(request, "consultation/desk/wall_contact.html", context, status=status)


def _words(said: Said, told: dict[str, str]) -> str:
    return told.get(said.text, said.text) if said.kind == Message.Kind.EVENT else said.text


def staff_events() -> dict[str, str]:
    """What happened, by its code, as the staff are told."""
    return {
        "joined": _("相談員が入りました。"),
        "left": _("話が終わりました。"),
        "interrupted": _("相談員との接続が切れ、待つ列に戻りました。"),
        "handover": _("担当が代わりました。"),
        whispers.LOOKED_IN: _("スーパーバイザーが見ています。"),
    }
