"""The desk: versions, what blocks their decision, the steps of their life, the orders they answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tsunagari.accounts.models import Organization, Role, User
from tsunagari.accounts.views.requests import user_of
from tsunagari.core.access import roles
from tsunagari.core.errors import RuleBroken
from tsunagari.council.models import ConsultationRound, Motion
from tsunagari.council.selectors.meetings import meetings_read_by
from tsunagari.plan.forms.text import DayForm, NewMeasureForm, ReasonForm
from tsunagari.plan.models import MeasureText, PlanVersion, SourceOrder
from tsunagari.plan.selectors import history
from tsunagari.plan.selectors.versions import (
    IN_WORK,
    document_of,
    measure_texts_edited_by,
    plans_of,
    versions_visible_to,
)
from tsunagari.plan.services import measures, orders, states
from tsunagari.plan.services.blockers import blockers_of, measures_without_target
from tsunagari.plan.services.editing import EDITABLE
from tsunagari.plan.showing import missing_sections, part_views
from tsunagari.plan.text.differences import compare

readers = roles(Role.ADMIN, Role.SECRETARY, Role.OFFICER, Role.RESEARCHER, Role.VIEWER)
secretaries = roles(Role.ADMIN, Role.SECRETARY)


@readers
@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """The versions that I read, and where the next one begins."""
    viewer = user_of(request)
    plans = list(plans_of(viewer))
    busy = set(
        PlanVersion.objects.filter(plan__in=plans, state__in=IN_WORK).values_list("plan_id", flat=True)
    )
    context = {
        "versions": versions_visible_to(viewer),
        "can_begin": [plan for plan in plans if plan.pk not in busy],
        "mine": measure_texts_edited_by(viewer).select_related("measure", "version").distinct()[:100],
    }
    return render(request, "plan/desk/versions.html", context)


@secretaries
@require_POST
def begin(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Begin the next version."""
    actor = user_of(request)
    plan = get_object_or_404(plans_of(actor), pk=plan_id)
    try:
        version = states.begin_version(
            actor=actor,
            plan_id=plan.pk,
            title=request.POST.get("title", "").replace("\x00", ""),
            at=timezone.now(),
        )
    except RuleBroken as broken:
        messages.error(request, str(broken.sentence))
        return redirect("plan_desk:versions")
    return redirect("plan_desk:version", version.pk)


@readers
@require_safe
def version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """A version: its state, what blocks its decision, its chapters and measures."""
    return version_page(request, version_id)


def version_page(request: HttpRequest, version_id: UUID, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The page of a version, with ``sentence`` where something was refused."""
    viewer = user_of(request)
    found = get_object_or_404(versions_visible_to(viewer).distinct(), pk=version_id)
    moves = plans_of(viewer).filter(pk=found.plan_id).exists()
    in_work = found.state in IN_WORK
    texts = _measure_rows(viewer, found)
    context: dict[str, Any] = {
        "version": found,
        "moves": moves,
        "in_work": in_work,
        "editable": found.state in EDITABLE,
        "blockers": blockers_of(found) if in_work and moves else [],
        "steps": [name for name in states.BY_HAND if found.state in states.TRANSITIONS[name].start],
        "texts": texts,
        "chapters": found.chapters.order_by("number"),
        "policies": found.policies.order_by("number"),
        "missing": missing_sections(document_of(found)) if in_work else 0,
        "motions": _motions(viewer, found) if moves and in_work else [],
        "events": found.events.select_related("actor").order_by("-at", "-id"),
        "wanting": sum(wanting for _text, _mine, wanting in texts),
        **(_rounds(found) if moves else {}),
        **extra,
    }
    return render(request, "plan/desk/version.html", context, status=status)


def _measure_rows(viewer: User, found: PlanVersion) -> list[tuple[MeasureText, bool, bool]]:
    """Each measure with whether `viewer` writes it, and whether it still lacks a target or a reason."""
    editable, in_work = found.state in EDITABLE, found.state in IN_WORK
    own = measure_texts_edited_by(viewer).filter(version=found).values_list("pk", flat=True)
    mine = set(own) if editable else set()
    wanting = {text.pk for text in measures_without_target(found.pk)} if in_work else set()
    texts = found.measure_texts.select_related("measure").prefetch_related("policies").order_by("position")
    return [(text, text.pk in mine, text.pk in wanting) for text in texts]


def _rounds(found: PlanVersion) -> dict[str, Any]:
    """The rounds on a version, and whom the next one can ask."""
    kinds = (Organization.Kind.MINISTRY, Organization.Kind.NPO)
    return {
        "rounds": ConsultationRound.objects.filter(document_id=found.pk).order_by("opens_at", "number"),
        "kinds": ConsultationRound.Kind.choices,
        "askable": Organization.objects.filter(kind__in=kinds).order_by("kind", "name_kana", "name")[:300],
        "asks": found.state == PlanVersion.State.CONSULTATION,
    }


def _motions(viewer: User, found: PlanVersion) -> list[Motion]:
    taken = PlanVersion.objects.filter(motion__isnull=False).exclude(pk=found.pk).values("motion")
    return list(
        Motion.objects.filter(
            meeting__in=meetings_read_by(viewer),
            classification=Motion.Classification.PLAN,
            state__in=(Motion.State.OPEN, Motion.State.PASSED),
        )
        .exclude(pk__in=taken)
        .select_related("meeting__body")
        .order_by("-opened_at", "id")[:50]
    )


@secretaries
@require_POST
def step(request: HttpRequest, version_id: UUID, name: str) -> HttpResponse:
    """Take a step of the version's life; a refusal says what is missing."""
    actor = user_of(request)
    get_object_or_404(PlanVersion.objects.filter(plan__in=plans_of(actor)), pk=version_id)
    if name not in states.BY_HAND:
        raise Http404
    try:
        _take(request, actor, version_id, name, timezone.now())
    except states.NotReady as refused:
        return version_page(request, version_id, sentence=str(refused.sentence), status=refused.status)
    except RuleBroken as broken:
        return _refused(request, version_id, broken, name)
    messages.success(request, _("段階を進めました。"))
    return redirect("plan_desk:version", version_id)


def _refused(request: HttpRequest, version_id: UUID, broken: RuleBroken, form: str) -> HttpResponse:
    """The page with the sentence; what was typed into the form stays in it."""
    said = str(broken.sentence)
    return version_page(request, version_id, sentence=said, status=broken.status, typed={form: request.POST})


class NoDay(RuleBroken):
    """The day of coming into force is no day."""


def _take(request: HttpRequest, actor: User, version_id: UUID, name: str, at: datetime) -> None:
    if name == "back_to_draft":
        reason = request.POST.get("reason", "").replace("\x00", "")
        states.back_to_draft(actor=actor, version_id=version_id, reason=reason, at=at)
    elif name == "enter_into_force":
        form = DayForm(request.POST)
        if not form.is_valid():
            raise NoDay(_("実施の日を選んでください。"))
        states.enter_into_force(actor=actor, version_id=version_id, on=form.cleaned_data["on"], at=at)
    else:
        step = {
            "publish_draft": states.publish_draft,
            "consult": states.consult,
            "finish": states.finish,
            "decide": states.decide,
        }[name]
        step(actor=actor, version_id=version_id, at=at)


def _uuid(value: str | None) -> UUID:
    try:
        return UUID(value or "")
    except ValueError:
        raise Http404 from None


@secretaries
@require_POST
def bind_motion(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Say which motion decides on this version."""
    actor = user_of(request)
    try:
        states.bind_motion(actor=actor, version_id=version_id, motion_id=_uuid(request.POST.get("motion")))
    except (PlanVersion.DoesNotExist, Motion.DoesNotExist):
        raise Http404 from None
    except RuleBroken as broken:
        return version_page(request, version_id, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("議案を結びつけました。"))
    return redirect("plan_desk:version", version_id)


@secretaries
@require_POST
def no_target_reason(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Write one reason on all measures that have neither target nor reason."""
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        count = states.write_no_target_reason(actor=user_of(request), version_id=version_id, reason=reason)
    except PlanVersion.DoesNotExist:
        raise Http404 from None
    except RuleBroken as broken:
        return _refused(request, version_id, broken, "no_target")
    messages.success(request, _("%(count)sの施策に、理由を書きました。") % {"count": count})
    return redirect("plan_desk:version", version_id)


@secretaries
@require_POST
def add_measure(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Add a measure to a draft."""
    actor = user_of(request)
    get_object_or_404(PlanVersion.objects.filter(plan__in=plans_of(actor)), pk=version_id)
    form = NewMeasureForm(request.POST)
    if not form.is_valid():
        sentence = _("施策の名前を、200字までで書いてください。")
        typed = {"add": request.POST}
        return version_page(request, version_id, sentence=sentence, status=422, typed=typed)
    policy = form.cleaned_data["policy"]
    try:
        text = measures.add_measure(
            actor=actor,
            version_id=version_id,
            title=form.cleaned_data["title"],
            policies=[policy] if policy else [],
        )
    except RuleBroken as broken:
        return _refused(request, version_id, broken, "add")
    return redirect("plan_desk:measure", text.pk)


@readers
@require_safe
def changes(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """What a version changes against the one before it, drafts too."""
    found = get_object_or_404(versions_visible_to(user_of(request)).distinct(), pk=version_id)
    before = found.predecessor
    parts = compare(document_of(before), document_of(found)) if before else []
    context = {"version": found, "before": before, "parts": part_views(parts)}
    return render(request, "plan/desk/changes.html", context)


@secretaries
@require_http_methods(["GET", "HEAD", "POST"])
def orders_page(request: HttpRequest) -> HttpResponse:
    """The orders of the source documents, and which measures answer each."""
    actor = user_of(request)
    plans = plans_of(actor)
    if request.method == "POST":
        try:
            orders.answer_order(
                actor=actor,
                order_id=_uuid(request.POST.get("order")),
                keys=request.POST.getlist("measures"),
                note=request.POST.get("note", "").replace("\x00", ""),
            )
        except SourceOrder.DoesNotExist:
            raise Http404 from None
        messages.success(request, _("こたえる施策を記録しました。"))
        return redirect("plan_desk:orders")
    newest = PlanVersion.objects.filter(plan__in=plans).order_by("-number").first()
    rows = [
        (order, {measure.key for measure in order.measures.all()})
        for order in history.orders_with_answers(newest).filter(document__plan__in=plans)
    ]
    texts = newest.measure_texts.select_related("measure").order_by("position") if newest else ()
    return render(request, "plan/desk/orders.html", {"rows": rows, "texts": texts})
