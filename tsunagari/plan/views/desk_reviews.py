"""The desk's pages of the yearly review, of change requests, and of a measure's logic model."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tsunagari.accounts.models import User
from tsunagari.accounts.views.requests import user_of
from tsunagari.core.errors import RuleBroken
from tsunagari.plan.figure_forms import AnswerForm, EdgeForm, ItemForm, OpenReviewForm, OpinionForm
from tsunagari.plan.models import (
    ChangeRequest,
    Indicator,
    Measure,
    MeasureText,
    Plan,
    PlanVersion,
    Review,
    Target,
    TargetIndicator,
)
from tsunagari.plan.review_showing import figures_shown
from tsunagari.plan.selectors import reviews as selectors
from tsunagari.plan.selectors.indicators import judged_version, measure_texts_visible_to
from tsunagari.plan.selectors.logic import logic_model, may_change_logic, working_version
from tsunagari.plan.services import change_requests, logic
from tsunagari.plan.services import reviews as services
from tsunagari.plan.views.desk_figures import keepers, readers
from tsunagari.plan.views.measure_figures import picture_of


@readers
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """The reviews that I work on; for the secretariat, the form to open the next one."""
    return _list(request)


def _list(request: HttpRequest, *, sentence: str = "", status: int = 200) -> HttpResponse:
    viewer = user_of(request)
    plans = [plan for plan in Plan.objects.all() if selectors.runs_reviews(viewer, plan)]
    versions = [version for plan in plans if (version := judged_version(plan)) is not None]
    context = {
        "reviews": selectors.reviews_visible_to(viewer),
        "versions": versions,
        "form": OpenReviewForm(initial={"fiscal_year": _last_year()}),
        "sentence": sentence,
    }
    return render(request, "plan/desk_figures/reviews.html", context, status=status)


def _last_year() -> int:
    today = timezone.localdate()
    return today.year - (1 if today.month >= 4 else 2)


@keepers
@require_POST
def open_review(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Open the review of a year."""
    form = OpenReviewForm(request.POST)
    if not form.is_valid():
        return _list(request, sentence=_("年度を、2025 のように書いてください。"), status=422)
    try:
        made = services.open_review(
            actor=user_of(request),
            version_id=version_id,
            fiscal_year=form.cleaned_data["fiscal_year"],
            at=timezone.now(),
        )
    except PlanVersion.DoesNotExist as missing:
        raise Http404 from missing
    except RuleBroken as broken:
        return _list(request, sentence=str(broken.sentence), status=422)
    messages.success(request, _("評価を始めました。数字はもう入っています。"))
    return redirect("plan_desk:review", made.pk)


@readers
@require_safe
def review(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """One review: its measures, what is still empty, the next steps."""
    return _review(request, review_id)


def _review(
    request: HttpRequest,
    review_id: UUID,
    *,
    opinion: BaseForm | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    viewer = user_of(request)
    found = get_object_or_404(selectors.reviews_visible_to(viewer), pk=review_id)
    items = list(selectors.items_visible_to(viewer, found))
    context = {
        "review": found,
        "items": items,
        "empty": [item for item in items if not (item.assessment and item.direction)],
        "runs": selectors.runs_reviews(viewer, found.version.plan),
        "opinions": found.opinions.select_related("item__measure"),
        "opinion": opinion or OpinionForm(),
        "sentence": sentence,
    }
    return render(request, "plan/desk_figures/review.html", context, status=status)


@keepers
@require_POST
def step(request: HttpRequest, review_id: UUID, name: str) -> HttpResponse:
    """Take a review a step further, or fill in its figures again."""
    visible = get_object_or_404(selectors.reviews_visible_to(user_of(request)), pk=review_id)
    try:
        if name == "fill":
            services.fill_again(actor=user_of(request), review_id=visible.pk, at=timezone.now())
        elif name in services.TRANSITIONS:
            services.move_review(actor=user_of(request), review_id=visible.pk, step=name, at=timezone.now())
        else:
            raise Http404
    except RuleBroken as broken:
        return _review(request, review_id, sentence=str(broken.sentence), status=422)
    messages.success(request, _("進めました。"))
    return redirect("plan_desk:review", review_id)


@keepers
@require_POST
def opinion(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Write down an expert's opinion."""
    visible = get_object_or_404(selectors.reviews_visible_to(user_of(request)), pk=review_id)
    form, sentence = OpinionForm(request.POST), ""
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.add_opinion(
                actor=user_of(request),
                review_id=visible.pk,
                item_id=given["item"],
                expert=given["expert"],
                text=given["text"],
                given_on=given["given_on"],
                at=timezone.now(),
            )
        except RuleBroken as broken:
            sentence = str(broken.sentence)
        else:
            messages.success(request, _("意見を記録しました。"))
            return redirect("plan_desk:review", review_id)
    return _review(request, review_id, opinion=form, sentence=sentence, status=422)


@readers
@require_http_methods(["GET", "POST"])
def item(request: HttpRequest, review_id: UUID, key: str) -> HttpResponse:
    """A measure in a review: the figures beside what is written."""
    viewer = user_of(request)
    found_review = get_object_or_404(selectors.reviews_visible_to(viewer), pk=review_id)
    found = get_object_or_404(selectors.items_visible_to(viewer, found_review), measure__key=key[:10])
    form, sentence, status = ItemForm(initial=vars(found)), "", 200
    if request.method == "POST":
        form, status = ItemForm(request.POST), 422
        if form.is_valid():
            try:
                services.write_item(actor=viewer, item_id=found.pk, at=timezone.now(), **form.cleaned_data)
            except RuleBroken as broken:
                sentence = str(broken.sentence)
            else:
                messages.success(request, _("保存しました。"))
                return redirect("plan_desk:review_item", review_id, key)
    context: dict[str, Any] = {
        "review": found_review,
        "item": found,
        "form": form,
        "sentence": sentence,
        "figures": figures_shown(found.figures),
        "questions": found_review.template["questions"],
        "may_write": selectors.may_write_item(viewer, found) and found_review.state == Review.State.DRAFT,
        "requests": found.change_requests.order_by("opened_at"),
    }
    return render(request, "plan/desk_figures/item.html", context, status=status)


@keepers
@require_POST
def ask(request: HttpRequest, review_id: UUID, key: str) -> HttpResponse:
    """Ask the next version for a change."""
    viewer = user_of(request)
    found_review = get_object_or_404(selectors.reviews_visible_to(viewer), pk=review_id)
    found = get_object_or_404(selectors.items_visible_to(viewer, found_review), measure__key=key[:10])
    try:
        change_requests.ask_for_change(
            actor=viewer, item_id=found.pk, reason=request.POST.get("reason", ""), at=timezone.now()
        )
    except RuleBroken as broken:
        messages.error(request, str(broken.sentence))
    else:
        messages.success(request, _("見直し要求を出しました。"))
    return redirect("plan_desk:review_item", review_id, key)


# -- change requests -----------------------------------------------------------------------------------------


@readers
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """Change requests: the open ones stop the next decision."""
    return _requests(request)


def _requests(
    request: HttpRequest, *, sentence: str = "", broken_id: UUID | None = None, status: int = 200
) -> HttpResponse:
    viewer = user_of(request)
    found = list(selectors.change_requests_visible_to(viewer)[:500])
    answerable = {plan.pk for plan in Plan.objects.all() if selectors.runs_reviews(viewer, plan)}
    context = {
        "open": [each for each in found if each.state == ChangeRequest.State.OPEN],
        "answered": [each for each in found if each.state != ChangeRequest.State.OPEN],
        "answerable": answerable,
        "sentence": sentence,
        "broken_id": broken_id,
        "given": request.POST.get("answer", ""),
    }
    return render(request, "plan/desk_figures/requests.html", context, status=status)


@keepers
@require_POST
def answer(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Accept or decline a change request, with a reason."""
    get_object_or_404(selectors.change_requests_visible_to(user_of(request)), pk=request_id)
    form = AnswerForm(request.POST)
    sentence = _("見直すか見直さないかを選んで、理由を書いてください。")
    if form.is_valid():
        try:
            change_requests.answer_request(
                actor=user_of(request),
                request_id=request_id,
                accept=form.cleaned_data["accept"] == "yes",
                answer=form.cleaned_data["answer"],
                at=timezone.now(),
            )
        except RuleBroken as broken:
            sentence = str(broken.sentence)
        else:
            messages.success(request, _("答えを記録しました。"))
            return redirect("plan_desk:change_requests")
    return _requests(request, sentence=sentence, broken_id=request_id, status=422)


# -- logic models --------------------------------------------------------------------------------------------


@readers
@require_http_methods(["GET", "POST"])
def measure_logic(request: HttpRequest, key: str) -> HttpResponse:
    """A measure's logic model: draw it, add and take away indicators and edges, judge targets."""
    viewer = user_of(request)
    measure, version = _measure(viewer, key[:10])
    sentence, status = "", 200
    if request.method == "POST":
        try:
            _change_logic(request, measure)
        except (Indicator.DoesNotExist, Target.DoesNotExist) as missing:
            raise Http404 from missing
        except RuleBroken as broken:
            sentence, status = str(broken.sentence), broken.status
        else:
            return redirect("plan_desk:measure_logic", measure.key)
    text = MeasureText.objects.get(version=version, measure=measure)
    model = logic_model(measure, version)
    judged = dict(TargetIndicator.objects.values_list("lineage_id", "indicator_id"))
    context = {
        "measure": measure,
        "text": text,
        "model": model,
        "picture": picture_of(measure, text.title, model, url_name="plan:figure") if model.nodes else "",
        "every": Indicator.objects.exclude(source=Indicator.Source.SURVEY).order_by("kind", "key"),
        "targets": [(target, judged.get(target.lineage_id)) for target in text.targets.all()],
        "may_change": may_change_logic(viewer, measure),
        "sentence": sentence,
    }
    return render(request, "plan/desk_figures/logic.html", context, status=status)


def _measure(viewer: User, key: str) -> tuple[Measure, PlanVersion]:
    """The measure of this key that the viewer works on, and its newest version; two plans may have the key.

    Raises:
        Http404: there is none.
    """
    for measure in Measure.objects.select_related("plan").filter(key=key).order_by("plan__key"):
        version = working_version(measure)
        if version and measure_texts_visible_to(viewer, version).filter(measure=measure).exists():
            return measure, version
    raise Http404


def _change_logic(request: HttpRequest, measure: Measure) -> None:
    """Do what a form of the page asks for.

    Raises:
        Http404: no form of the page asks so.
        RuleBroken: the change is refused.
    """
    actor, what, given = user_of(request), request.POST.get("what"), request.POST
    if what == "edge":
        form = EdgeForm(given)
        if not form.is_valid():
            raise logic.BadLink(_("つなぐ指標を、ふたつ選んでください。"))
        begins, ends = form.cleaned_data["begins"], form.cleaned_data["ends"]
        logic.add_edge(actor=actor, measure=measure, from_id=begins, to_id=ends, why=form.cleaned_data["why"])
        return
    indicator_id = _uuid(given.get("indicator", "")) if given.get("indicator") else None
    if what == "attach" and indicator_id:
        logic.attach_indicator(actor=actor, measure=measure, indicator_id=indicator_id)
    elif what == "detach" and indicator_id:
        logic.detach_indicator(actor=actor, measure=measure, indicator_id=indicator_id)
    elif what == "cut":
        logic.remove_edge(actor=actor, measure=measure, edge_id=_uuid(given.get("edge", "")))
    elif what == "target":
        lineage_id = _uuid(given.get("target", ""))
        logic.judge_target(
            actor=actor,
            plan=measure.plan,
            measure=measure,
            lineage_id=lineage_id,
            indicator_id=indicator_id,
        )
    else:
        raise Http404


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as bad:
        raise Http404 from bad
