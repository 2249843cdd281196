"""The entries that I keep: the list, one entry with its versions, and what begins there."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tsunagari.accounts.views.requests import memberships_of, user_of
from tsunagari.core.errors import RuleBroken
from tsunagari.core.paging import addresses
from tsunagari.directory import policies, showing
from tsunagari.directory.ageing import day_of, is_old
from tsunagari.directory.forms.entries import WhomToAskForm
from tsunagari.directory.models import LoadedEntry, Service
from tsunagari.directory.selectors import upkeep
from tsunagari.directory.services import confirmations, loaded, revisions
from tsunagari.directory.services.content import content_of
from tsunagari.directory.views.provenance import origins_of
from tsunagari.directory.views.roles import keepers

PER_PAGE = 50


@keepers
@require_safe
def entries(request: HttpRequest) -> HttpResponse:
    """What I keep, the oldest confirmation first, with what waits for me above it."""
    viewer, at = user_of(request), timezone.now()
    name = request.GET.get("name", "").replace("\x00", "").strip()[:100]
    found = upkeep.entries_kept_by(viewer).exclude(status=Service.Status.DEFUNCT)
    if name:
        found = found.filter(name__icontains=name)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    today = day_of(at)
    for entry in page:
        entry.is_old = is_old(entry.confirmed, today)  # type: ignore[attr-defined]
    new = upkeep.revisions_kept_by(viewer).filter(service=None, state__in=upkeep.OPEN_STATES)
    context = {
        "page": page,
        "name": name,
        "new": new,
        "organizations": upkeep.organizations_kept_by(viewer),
        "counts": upkeep.desk_counts(viewer, at),
        **addresses(page, [("name", name)] if name else []),
    }
    return render(request, "directory/entries/list.html", context)


@keepers
@require_safe
def entry(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """One entry: how it stands, its drafts, its versions, and what can be begun."""
    return _page(request, service_id)


@keepers
@require_POST
def begin(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Begin a draft, or go on with mine."""
    revision = revisions.begin_revision(actor=user_of(request), service_id=service_id, at=timezone.now())
    return redirect("directory:edit", revision.pk)


@keepers
@require_POST
def begin_new(request: HttpRequest) -> HttpResponse:
    """Begin a draft of an entry that is not there yet."""
    organization = get_object_or_404(
        upkeep.organizations_kept_by(user_of(request)), pk=_uuid(request.POST.get("organization"))
    )
    revision = revisions.begin_entry(
        actor=user_of(request), organization_id=organization.pk, at=timezone.now()
    )
    return redirect("directory:edit", revision.pk)


def _uuid(value: str | None) -> UUID | None:
    try:
        return UUID(value or "")
    except ValueError:
        return None


@keepers
@require_POST
def confirm(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Say that an entry is right as it stands."""
    confirmations.confirm_entry(actor=user_of(request), service_id=service_id, at=timezone.now())
    messages.success(request, _("確かめた日を、今日にしました。"))
    return redirect("directory:entry", service_id)


@keepers
@require_POST
def whom_to_ask(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Choose who is asked by mail whether an entry is still right."""
    form = WhomToAskForm(request.POST)
    if not form.is_valid():
        return _page(request, service_id, asked=form, status=422)
    confirmations.choose_whom_to_ask(
        actor=user_of(request), service_id=service_id, email=form.cleaned_data["email"]
    )
    messages.success(request, _("確認のメールを送る先を変えました。"))
    return redirect("directory:entry", service_id)


@keepers
@require_POST
def restore(request: HttpRequest, revision_id: UUID) -> HttpResponse:
    """Begin a draft with what an earlier version said, or with what stood before it."""
    actor = user_of(request)
    version = get_object_or_404(
        upkeep.revisions_kept_by(actor), pk=revision_id, state="published", service__isnull=False
    )
    before = request.POST.get("side") == "before"
    try:
        revision = revisions.begin_restoring(
            actor=actor, revision_id=revision_id, before=before, at=timezone.now()
        )
    except RuleBroken as broken:
        return _page(request, version.service_id, sentence=str(broken.sentence), status=broken.status)
    messages.info(request, _("前の内容から下書きを作りました。まだ公開されていません。"))
    return redirect("directory:revision", revision.pk)


@keepers
@require_POST
def from_file(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Begin a draft with what ``data/`` says, or say that the entry is right as it stands (``keep``)."""
    actor = user_of(request)
    service = get_object_or_404(upkeep.entries_kept_by(actor), pk=service_id)
    if request.POST.get("keep") == "ours":
        loaded.keep_ours(actor=actor, service_id=service.pk)
        messages.success(request, _("ここの内容のままにしました。ファイルがまた変わったら、お知らせします。"))
        return redirect("directory:entry", service_id)
    try:
        revision = loaded.begin_from_file(actor=actor, service_id=service_id, at=timezone.now())
    except RuleBroken as broken:
        return _page(request, service_id, sentence=str(broken.sentence), status=broken.status)
    messages.info(request, _("ファイルの内容から下書きを作りました。まだ公開されていません。"))
    return redirect("directory:revision", revision.pk)


def _page(
    request: HttpRequest,
    service_id: UUID | None,
    *,
    sentence: str = "",
    asked: WhomToAskForm | None = None,
    status: int = 200,
) -> HttpResponse:
    viewer, at = user_of(request), timezone.now()
    service = get_object_or_404(upkeep.entries_kept_by(viewer), pk=service_id)
    origins, places = origins_of(service, viewer)
    context: dict[str, Any] = {
        "service": service,
        "origins": [("", origins), *((place.name, place.fields) for place in places)],
        "is_old": is_old(service.confirmed, day_of(at)),  # type: ignore[attr-defined]
        "drafts": upkeep.revisions_kept_by(viewer).filter(service=service, state__in=upkeep.OPEN_STATES),
        "versions": upkeep.versions_of(service),
        "reports": upkeep.reports_kept_by(viewer).filter(service=service, state="open"),
        "late_since": upkeep.late_since(at),
        "operator": policies.is_operator(memberships_of(request), upkeep.operator_ids()),
        "sentence": sentence,
        **_words_of_files(service),
        "asked": asked or WhomToAskForm(initial={"email": service.assurer_email}),
    }
    return render(request, "directory/entries/entry.html", context, status=status)


def _words_of_files(service: Service) -> dict[str, Any]:
    """What ``data/`` says otherwise than this entry, and whether it has dropped it."""
    if service.key is None:
        return {}
    word = LoadedEntry.objects.filter(service=service).first()
    if word is None or not (word.kept or word.gone_at):
        return {}
    content = content_of(service)
    kept = loaded.kept_of(service, content)
    return {"word": word, "words_of_file": showing.differences(content, {**content, **kept})}
