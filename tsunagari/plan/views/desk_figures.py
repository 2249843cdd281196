"""The desk's pages of figures: what is late, observations with evidence, corrections, definitions, breaks."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tsunagari.accounts.selectors import active_memberships
from tsunagari.accounts.views.requests import user_of
from tsunagari.core.access import roles
from tsunagari.core.areas import area_name, area_tree
from tsunagari.core.errors import RuleBroken
from tsunagari.core.paging import addresses
from tsunagari.plan import figure_policies
from tsunagari.plan.figure_forms import BreakForm, CorrectionForm, IndicatorForm, ObservationForm
from tsunagari.plan.figure_showing import bounds_text, period_text, value_text
from tsunagari.plan.models import Evidence, Indicator, Observation, PlanVersion
from tsunagari.plan.selectors import indicators as selectors
from tsunagari.plan.series import interval_of
from tsunagari.plan.services import indicators as definitions
from tsunagari.plan.services import observations as services

PER_PAGE = 50
UPLOAD_PATH = "/desk/plan/observe/"
UPLOAD_BYTES = 52_000_000
"""Five files of ten megabytes, and what is around them."""
readers = roles(*figure_policies.READERS)
keepers = roles(*figure_policies.KEEPERS)


@readers
@require_safe
def indicators(request: HttpRequest) -> HttpResponse:
    """My figures, what is late first."""
    viewer = user_of(request)
    mine = selectors.indicators_visible_to(viewer)
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    late = [
        (each.indicator, period_text(each.period.begins_on, each.period.ends_on))
        for each in selectors.late_among(mine, timezone.now())
    ]
    newest = PlanVersion.objects.order_by("plan", "-number").distinct("plan").select_related("plan")
    measures = [text for version in newest for text in selectors.measure_texts_visible_to(viewer, version)]
    context = {"page": page, "late": late, "measures": measures, **addresses(page, [])}
    return render(request, "plan/desk_figures/list.html", context)


@readers
@require_safe
def indicator(request: HttpRequest, indicator_id: UUID) -> HttpResponse:
    """One figure: what was observed, with evidence; the forms to add, correct, cut."""
    return _page(request, indicator_id)


def _page(
    request: HttpRequest,
    indicator_id: UUID,
    *,
    form: ObservationForm | None = None,
    cut: BaseForm | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    viewer = user_of(request)
    found = get_object_or_404(selectors.indicators_visible_to(viewer), pk=indicator_id)
    observed = Observation.objects.filter(indicator=found).select_related("made_by")
    page = Paginator(observed.order_by("-ends_on", "area", "-revision"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    files: dict[UUID, list[Evidence]] = {}
    for file in Evidence.objects.filter(observation__in=list(page)).defer("content"):
        files.setdefault(file.observation_id, []).append(file)
    context = {
        "indicator": found,
        "rows": [_row(found, each, files.get(each.pk, [])) for each in page],
        "page": page,
        "form": form or ObservationForm(),
        "cut": cut or BreakForm(),
        "breaks": found.breaks.order_by("on"),
        "sentence": sentence,
        "may_keep": selectors.may_keep(viewer, found),
        **addresses(page, []),
    }
    return render(request, "plan/desk_figures/one.html", context, status=status)


def _row(indicator: Indicator, observation: Observation, files: list[Evidence]) -> dict[str, Any]:
    area = area_tree().get(observation.area_id or "")
    return {
        "observation": observation,
        "area": area_name(area) if area else _("全国"),
        "period": period_text(observation.begins_on, observation.ends_on),
        "value": value_text(observation, indicator.unit),
        "interval": bounds_text(interval_of(indicator, observation), indicator.unit),
        "files": files,
    }


@keepers
@require_POST
def observe(request: HttpRequest) -> HttpResponse:
    """Keep what was entered, or a correction of it: the only address of figures where files come."""
    given = _uuid(request.POST.get("observation") or request.POST.get("indicator") or "")
    if "observation" in request.POST:
        return _correct(request, given)
    form = ObservationForm(request.POST, request.FILES)
    sentence = ""
    if form.is_valid():
        try:
            services.record_observation(
                actor=user_of(request),
                indicator_id=given,
                figure=form.figure(),
                files=form.uploads(),
                at=timezone.now(),
            )
        except Indicator.DoesNotExist as missing:
            raise Http404 from missing
        except RuleBroken as broken:
            sentence = str(broken.sentence)
        else:
            messages.success(request, _("値を入れました。すぐに公開のページに出ます。"))
            return redirect("plan_desk:indicator", given)
    return _page(request, given, form=form, sentence=sentence, status=422)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as bad:
        raise Http404 from bad


@keepers
@require_safe
def observation(request: HttpRequest, observation_id: UUID) -> HttpResponse:
    """The form to correct an observation."""
    found = _observation(request, observation_id)
    names = ("state", "numerator", "denominator", "value", "standard_error", "note")
    form = CorrectionForm(initial={name: getattr(found, name) for name in names})
    return _correction_page(request, found, form)


def _observation(request: HttpRequest, observation_id: UUID) -> Observation:
    found = get_object_or_404(
        selectors.observations_visible_to(user_of(request)).select_related("indicator"), pk=observation_id
    )
    if not selectors.may_keep(user_of(request), found.indicator):
        raise Http404
    return found


def _correct(request: HttpRequest, observation_id: UUID) -> HttpResponse:
    found = _observation(request, observation_id)
    form, sentence = CorrectionForm(request.POST, request.FILES), ""
    if form.is_valid():
        try:
            services.correct_observation(
                actor=user_of(request),
                observation_id=observation_id,
                figure=form.figure(),
                why=form.cleaned_data["why"],
                files=form.uploads(),
                at=timezone.now(),
            )
        except RuleBroken as broken:
            sentence = str(broken.sentence)
        else:
            messages.success(request, _("訂正しました。前の値も、訂正の理由といっしょに残ります。"))
            return redirect("plan_desk:indicator", found.indicator_id)
    return _correction_page(request, found, form, sentence=sentence, status=422)


def _correction_page(
    request: HttpRequest, found: Observation, form: BaseForm, *, sentence: str = "", status: int = 200
) -> HttpResponse:
    row = _row(found.indicator, found, [])
    context = {"indicator": found.indicator, "row": row, "form": form, "sentence": sentence}
    return render(request, "plan/desk_figures/correct.html", context, status=status)


@readers
@require_safe
def evidence(request: HttpRequest, evidence_id: UUID) -> HttpResponse:
    """A file of evidence, always as a download."""
    visible = selectors.observations_visible_to(user_of(request))
    found = get_object_or_404(Evidence.objects.filter(observation__in=visible), pk=evidence_id)
    response = HttpResponse(bytes(found.content), content_type=found.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@keepers
@require_http_methods(["GET", "POST"])
def define(request: HttpRequest, indicator_id: UUID | None = None) -> HttpResponse:
    """The form of a definition: a new figure, or one that is there."""
    viewer, found, sentence = user_of(request), None, ""
    if indicator_id is not None:
        found = get_object_or_404(selectors.indicators_visible_to(viewer), pk=indicator_id)
        if not selectors.may_keep(viewer, found):
            raise Http404
    form = IndicatorForm(request.POST or None, instance=found, owners=_owners(request, found))
    if request.method == "POST" and form.is_valid():
        try:
            if indicator_id is None:
                kept = definitions.define_indicator(actor=viewer, values=dict(form.cleaned_data))
            else:
                kept = definitions.change_indicator(
                    actor=viewer, indicator_id=indicator_id, values=dict(form.cleaned_data)
                )
        except RuleBroken as broken:
            sentence = str(broken.sentence)
        else:
            messages.success(request, _("指標の定義を保存しました。"))
            return redirect("plan_desk:indicator", kept.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "indicator": found, "sentence": sentence}
    return render(request, "plan/desk_figures/define.html", context, status=status)


def _owners(request: HttpRequest, found: Indicator | None) -> set[UUID]:
    memberships = active_memberships(user_of(request))
    own = {m.organization_id for m in memberships if m.role in figure_policies.KEEPERS}
    if figure_policies.is_secretary(memberships, selectors.secretariat_ids()) and found is not None:
        own.add(found.owner_id)
    return own


@keepers
@require_POST
def cut(request: HttpRequest, indicator_id: UUID) -> HttpResponse:
    """Write down that a figure is counted in another way from a day on."""
    get_object_or_404(selectors.indicators_visible_to(user_of(request)), pk=indicator_id)
    form, sentence = BreakForm(request.POST), ""
    if form.is_valid():
        try:
            definitions.add_break(
                actor=user_of(request), indicator_id=indicator_id, at=timezone.now(), **form.cleaned_data
            )
        except RuleBroken as broken:
            sentence = str(broken.sentence)
        else:
            messages.success(request, _("区切りを入れました。前と後は、くらべません。"))
            return redirect("plan_desk:indicator", indicator_id)
    return _page(request, indicator_id, cut=form, sentence=sentence, status=422)
