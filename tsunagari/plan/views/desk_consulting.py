"""The desk: a version is put before ministries, the public or NPOs; rounds hear what came of the text."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tsunagari.accounts.models import Organization, Role
from tsunagari.accounts.views.requests import user_of
from tsunagari.core.access import roles
from tsunagari.core.errors import RuleBroken
from tsunagari.council.models import ConsultationRound
from tsunagari.plan.compliance import TOKYO
from tsunagari.plan.forms.text import AskForm
from tsunagari.plan.models import PlanVersion
from tsunagari.plan.selectors.versions import plans_of
from tsunagari.plan.services import consulting
from tsunagari.plan.views.desk_versions import version_page

secretaries = roles(Role.ADMIN, Role.SECRETARY)


@secretaries
@require_POST
def ask(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Open a round until the end of a day in Tokyo."""
    actor = user_of(request)
    get_object_or_404(PlanVersion.objects.filter(plan__in=plans_of(actor)), pk=version_id)
    form = AskForm(request.POST)
    if not form.is_valid():
        sentence = _("聞き方、締め切りの日、聞く相手を選んでください。")
        return version_page(request, version_id, sentence=sentence, status=422, **_typed(request))
    public = form.cleaned_data["kind"] == ConsultationRound.Kind.PUBLIC
    try:
        consulting.ask_for_comments(
            actor=actor,
            version_id=version_id,
            kind=form.cleaned_data["kind"],
            closes_at=datetime.combine(form.cleaned_data["closes_on"], time(23, 59, 59), TOKYO),
            asked=() if public else Organization.objects.filter(pk__in=form.cleaned_data["asked"]),
            request=form.cleaned_data["request"],
            at=timezone.now(),
        )
    except RuleBroken as broken:
        said = str(broken.sentence)
        return version_page(request, version_id, sentence=said, status=broken.status, **_typed(request))
    messages.success(request, _("意見を聞き始めました。"))
    return redirect("plan_desk:version", version_id)


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What stood in the form that was refused."""
    return {"typed": {"ask": request.POST}, "ticked": set(request.POST.getlist("asked"))}


@secretaries
@require_POST
def reflect(request: HttpRequest, version_id: UUID, round_id: UUID) -> HttpResponse:
    """Tell a round what its paragraphs say now."""
    actor = user_of(request)
    get_object_or_404(PlanVersion.objects.filter(plan__in=plans_of(actor)), pk=version_id)
    try:
        consulting.reflect_comments(actor=actor, version_id=version_id, round_id=round_id, at=timezone.now())
    except ConsultationRound.DoesNotExist:
        raise Http404 from None
    except RuleBroken as broken:
        return version_page(request, version_id, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("いまの案の本文を、意見の回に記録しました。"))
    return redirect("plan_desk:version", version_id)
