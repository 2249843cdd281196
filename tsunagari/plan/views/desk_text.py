"""The desk: writing a measure or a chapter; what others wrote meanwhile stands beside one's own words."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tsunagari.accounts.models import Role
from tsunagari.accounts.views.requests import user_of
from tsunagari.core.access import roles
from tsunagari.core.errors import RuleBroken
from tsunagari.plan.forms.text import (
    BUDGET_FIELDS,
    TARGET_FIELDS,
    BudgetForms,
    ChapterForm,
    MeasureForm,
    TargetForms,
    content_from,
)
from tsunagari.plan.models import Chapter, MeasureText
from tsunagari.plan.selectors.versions import measure_texts_edited_by, plans_of
from tsunagari.plan.services import editing, measures
from tsunagari.plan.services.content import content_of
from tsunagari.plan.showing import place_labels
from tsunagari.plan.text.differences import Run, compare_texts
from tsunagari.plan.text.document import SECTIONS

writers = roles(Role.ADMIN, Role.SECRETARY, Role.OFFICER)
secretaries = roles(Role.ADMIN, Role.SECRETARY)


def _text_or_404(request: HttpRequest, text_id: UUID) -> MeasureText:
    found = measure_texts_edited_by(user_of(request)).distinct()
    return get_object_or_404(found.select_related("version__plan", "measure"), pk=text_id)


@writers
@require_http_methods(["GET", "HEAD", "POST"])
def measure(request: HttpRequest, text_id: UUID) -> HttpResponse:
    """Write a measure: 現状・課題・目標・対策, ministries, targets with deadlines, budget projects."""
    text = _text_or_404(request, text_id)
    if request.method != "POST":
        content = content_of(text)
        form = MeasureForm(initial=content | {"revision": text.revision}, version_id=text.version_id)
        targets = TargetForms(initial=content["targets"], prefix="targets")
        budgets = BudgetForms(initial=content["budgets"], prefix="budgets")
        return _measure_page(request, text, form, targets, budgets)
    form = MeasureForm(request.POST, version_id=text.version_id)
    targets = TargetForms(request.POST, prefix="targets")
    budgets = BudgetForms(request.POST, prefix="budgets")
    if not (form.is_valid() and targets.is_valid() and budgets.is_valid()):
        return _measure_page(request, text, form, targets, budgets, status=422)
    try:
        _saved, joined = editing.save_measure(
            actor=user_of(request),
            text_id=text_id,
            content=content_from(form, targets, budgets),
            revision=form.cleaned_data["revision"],
            at=timezone.now(),
        )
    except editing.EditedMeanwhile as meanwhile:
        return _conflict(request, text, meanwhile, (form, targets, budgets))
    except RuleBroken as broken:
        return _measure_page(
            request, text, form, targets, budgets, sentence=str(broken.sentence), status=broken.status
        )
    messages.success(
        request,
        _("ほかの人が書いたところとあわせて、保存しました。") if joined else _("保存しました。"),
    )
    return redirect("plan_desk:measure", text_id)


def _measure_page(
    request: HttpRequest,
    text: MeasureText,
    form: MeasureForm,
    targets: Any,
    budgets: Any,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    moves = plans_of(user_of(request)).filter(pk=text.version.plan_id).exists()
    others = (
        MeasureText.objects.filter(version=text.version_id).exclude(pk=text.pk).select_related("measure")
        if moves
        else ()
    )
    context = {
        "text": text,
        "form": form,
        "sections": [form[section] for section in SECTIONS],
        "targets": targets,
        "budgets": budgets,
        "moves": moves,
        "others": others,
        "editable": text.version.state in editing.EDITABLE,
        **extra,
    }
    return render(request, "plan/desk/measure.html", context, status=status)


def _conflict(
    request: HttpRequest,
    text: MeasureText,
    meanwhile: editing.EditedMeanwhile,
    bound: tuple[MeasureForm, Any, Any],
) -> HttpResponse:
    """The writer's own words stay in the form, beside what stands now; saving again keeps one's own."""
    form, targets, budgets = bound
    mine = content_from(form, targets, budgets)
    # whoever has read what stands may save over it
    data = request.POST.copy()
    data["revision"] = str(meanwhile.revision)
    again = MeasureForm(data, version_id=text.version_id)
    theirs = _side_by_side(meanwhile.theirs, mine)
    return _measure_page(
        request,
        text,
        again,
        targets,
        budgets,
        sentence=str(meanwhile.sentence),
        theirs=theirs,
        status=meanwhile.status,
    )


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(
            " ".join(each[name] for name in (*TARGET_FIELDS[1:], *BUDGET_FIELDS) if each.get(name))
            if isinstance(each, dict)
            else str(each)
            for each in value
        )
    return str(value)


def _side_by_side(
    theirs: dict[str, Any], mine: dict[str, Any]
) -> list[tuple[str, tuple[Run, ...], tuple[Run, ...]]]:
    labels = place_labels()
    return [
        (labels.get(name, name), *compare_texts(_plain(theirs.get(name)), _plain(value)))
        for name, value in mine.items()
        if theirs.get(name) != value
    ]


@writers
@require_safe
def revisions(request: HttpRequest, text_id: UUID) -> HttpResponse:
    """What the measure said after each saving: nothing that was written is lost."""
    text = _text_or_404(request, text_id)
    labels = place_labels()
    rows: list[tuple[Any, list[Any]]] = []
    before: dict[str, Any] = {}
    for revision in text.revisions.select_related("edited_by").order_by("number"):
        changed = [
            (labels.get(name, name), *compare_texts(_plain(before.get(name, "")), _plain(value)))
            for name, value in revision.content.items()
            if before and before.get(name) != value
        ]
        rows.append((revision, changed))
        before = revision.content
    return render(request, "plan/desk/revisions.html", {"text": text, "rows": reversed(rows)})


@secretaries
@require_http_methods(["GET", "HEAD", "POST"])
def chapter(request: HttpRequest, chapter_id: UUID) -> HttpResponse:
    """Write a chapter."""
    actor = user_of(request)
    found = get_object_or_404(
        Chapter.objects.filter(version__plan__in=plans_of(actor)).select_related("version"), pk=chapter_id
    )
    context: dict[str, Any] = {"chapter": found, "editable": found.version.state in editing.EDITABLE}
    if request.method != "POST":
        initial = editing.chapter_content(found) | {"revision": found.revision}
        context["form"] = ChapterForm(initial=initial)
        return render(request, "plan/desk/chapter.html", context)
    form = context["form"] = ChapterForm(request.POST)
    if not form.is_valid():
        return render(request, "plan/desk/chapter.html", context, status=422)
    content = {"title": form.cleaned_data["title"], "body": form.cleaned_data["body"].replace("\r\n", "\n")}
    try:
        _saved, joined = editing.save_chapter(
            actor=actor,
            chapter_id=chapter_id,
            content=content,
            revision=form.cleaned_data["revision"],
            at=timezone.now(),
        )
    except editing.EditedMeanwhile as meanwhile:
        data = request.POST.copy()
        data["revision"] = str(meanwhile.revision)
        context |= {
            "form": ChapterForm(data),
            "sentence": str(meanwhile.sentence),
            "theirs": _side_by_side(meanwhile.theirs, content),
        }
        return render(request, "plan/desk/chapter.html", context, status=meanwhile.status)
    except RuleBroken as broken:
        context["sentence"] = str(broken.sentence)
        return render(request, "plan/desk/chapter.html", context, status=broken.status)
    messages.success(
        request,
        _("ほかの人が書いたところとあわせて、保存しました。") if joined else _("保存しました。"),
    )
    return redirect("plan_desk:chapter", chapter_id)


@secretaries
@require_POST
def rearrange(request: HttpRequest, text_id: UUID, name: str) -> HttpResponse:
    """Split a part off a measure, merge it into another, or leave it out of this version."""
    text = _text_or_404(request, text_id)
    actor, at = user_of(request), timezone.now()
    try:
        if name == "split":
            title = request.POST.get("title", "").replace("\x00", "")
            part = measures.split_measure(actor=actor, text_id=text_id, title=title, at=at)
            messages.success(request, _("%(key)sを分けました。") % {"key": part.measure.key})
            return redirect("plan_desk:measure", part.pk)
        if name == "merge":
            into = _other(request)
            merged = measures.merge_measures(actor=actor, text_id=text_id, into_id=into, at=at)
            messages.success(request, _("%(key)sにまとめました。") % {"key": merged.measure.key})
            return redirect("plan_desk:measure", merged.pk)
        key = measures.leave_out_measure(actor=actor, text_id=text_id)
        messages.success(request, _("%(key)sを、この版から外しました。") % {"key": key})
    except MeasureText.DoesNotExist:
        raise Http404 from None
    except RuleBroken as broken:
        messages.error(request, str(broken.sentence))
        return redirect("plan_desk:measure", text_id)
    return redirect("plan_desk:version", text.version_id)


def _other(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("into", ""))
    except ValueError:
        raise Http404 from None
