"""A file handed in, from its upload to its undoing."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tsunagari.accounts.models import Role
from tsunagari.accounts.views.requests import user_of
from tsunagari.core.access import roles
from tsunagari.core.errors import RuleBroken
from tsunagari.core.paging import addresses
from tsunagari.core.tables.grid import MOST_BYTES
from tsunagari.core.tables.problems import FileRefused
from tsunagari.directory import tasks
from tsunagari.directory.exchange import runs
from tsunagari.directory.exchange.municipal import handed_in
from tsunagari.directory.exchange.municipal.answering import answered_file
from tsunagari.directory.exchange.municipal.reader import KEY
from tsunagari.directory.forms.imports import UploadForm, field_choices, list_choices, tables_of_post
from tsunagari.directory.models import ImportUpload
from tsunagari.directory.selectors.upkeep import organizations_kept_by
from tsunagari.directory.views.imports.showing import hindering, mapping_of, report_of

UPLOADERS = frozenset({Role.ADMIN.value, Role.EDITOR.value})
UPLOAD_PATH = "/desk/imports/upload/"
UPLOAD_BYTES = MOST_BYTES + 100_000
"""The file and the form around it."""
PER_PAGE = 30
editors = roles(*sorted(UPLOADERS))


@editors
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """The files of my organisations, and the form for another one."""
    return _list(request, UploadForm(organizations_kept_by(user_of(request))))


@editors
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take in a file, and go on to what its columns mean. (Who comes back here without one sees the list.)"""
    if request.method != "POST":
        return redirect("directory:imports")
    actor = user_of(request)
    form = UploadForm(organizations_kept_by(actor), request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        taken = handed_in.receive(
            actor=actor,
            organization=form.cleaned_data["organization"],
            chunks=file.chunks(),
            name=file.name,
            at=timezone.now(),
        )
    except (FileRefused, RuleBroken) as refused:
        form.add_error("file", _sentence(refused))
        return _list(request, form, status=422)
    if taken.format == KEY:
        return redirect("directory:import_columns", taken.pk)
    return _check(request, taken)


@editors
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """What the columns mean: look, correct, go on to the dry run."""
    found = mine(request, upload_id)
    try:
        plan = handed_in.plan_of(found)
        if request.method != "POST":
            return _columns_page(request, found, plan)
        chosen = tables_of_post(plan, request.POST)
        handed_in.choose_columns(upload=found, tables=chosen, at=timezone.now())
        if not any(table.used and table.names_entries for table in handed_in.plan_of(found).tables):
            words = _("「名称」にあたる列を、一つ選んでください。名前のない行は載せられません。")
            return _columns_page(request, found, handed_in.plan_of(found), sentence=words, status=422)
        return _check(request, found)
    except (FileRefused, RuleBroken) as refused:
        messages.error(request, _sentence(refused))
        return redirect("directory:imports")


def _check(request: HttpRequest, found: ImportUpload) -> HttpResponse:
    with transaction.atomic():
        handed_in.begin_check(actor=user_of(request), upload=found, at=timezone.now())
        tasks.check_upload.defer(upload_id=str(found.pk))
    return redirect("directory:import", found.pk)


@editors
@require_safe
def one(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Where an import stands: its progress, its report, its end."""
    found = mine(request, upload_id)
    if found.run is None:
        return redirect("directory:import_columns", found.pk)
    return page_of(request, found)


@editors
@require_safe
def progress(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """The part of the page that moves; the whole page once there is something new to do."""
    found = mine(request, upload_id)
    response = render(request, "directory/imports/progress.html", {"upload": found, "run": found.run})
    if not _moving(found):
        response["HX-Refresh"] = "true"
    return response


def _moving(found: ImportUpload) -> bool:
    """Whether a job works on it, or is about to."""
    run = found.run
    busy = {runs.State.CHECKING, runs.State.IMPORTING}
    return run is not None and (run.state in busy or run.undo_asked_at is not None)


@editors
@require_POST
def start(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Import what was checked."""
    found = mine(request, upload_id)
    if found.run is None or found.run.state not in {runs.State.CHECKED, runs.State.IMPORTING}:
        return page_of(request, found, sentence=str(runs.WrongState().sentence), status=422)
    with transaction.atomic():
        if found.run.state == runs.State.CHECKED:
            runs.move(found.run, runs.State.IMPORTING)  # so that the page moves on before the job begins
        tasks.publish_upload.defer(upload_id=str(found.pk))
    messages.info(request, _("取り込みをはじめました。このページを閉じても、つづきます。"))
    return redirect("directory:import", found.pk)


@editors
@require_safe
def answer(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """The same file with its problems coloured and commented."""
    found = mine(request, upload_id)
    if found.run is None or found.format != KEY:
        return redirect("directory:import", found.pk)
    try:
        with handed_in.opened(found) as file:
            content, name, kind = answered_file(file, found.run)
    except (FileRefused, RuleBroken) as refused:
        return page_of(request, found, sentence=_sentence(refused), status=422)
    return download(content, name, kind)


@editors
@require_POST
def erase(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Forget the content of a file."""
    handed_in.erase(upload=mine(request, upload_id), at=timezone.now())
    messages.success(request, _("ファイルの中身を消しました。記録は残ります。"))
    return redirect("directory:imports")


def download(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file to keep; its name may be Japanese (RFC 6266)."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response["Cache-Control"] = "no-store"
    return response


def mine(request: HttpRequest, upload_id: UUID) -> ImportUpload:
    """An upload of one of my organisations; another's is not there."""
    return get_object_or_404(handed_in.uploads_visible_to(user_of(request)), pk=upload_id)


def _sentence(refused: FileRefused | RuleBroken) -> str:
    if isinstance(refused, RuleBroken):
        return str(refused.sentence)
    return refused.en if get_language() == "en" else refused.ja


def _list(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    found = handed_in.uploads_visible_to(user_of(request))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "lists": list_choices(), **addresses(page, [])}
    return render(request, "directory/imports/list.html", context, status=status)


def _columns_page(
    request: HttpRequest, found: ImportUpload, plan: Any, *, sentence: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "upload": found,
        "tables": mapping_of(plan),
        "problems": plan.problems,
        "fields": field_choices(),
        "lists": list_choices(),
        "encoding": plan.document.encoding,
        "sentence": sentence,
    }
    return render(request, "directory/imports/columns.html", context, status=status)


def page_of(
    request: HttpRequest,
    found: ImportUpload,
    *,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of an import with its report; while a job works on it, with how far it has come."""
    run = found.run
    context: dict[str, Any] = {
        "upload": found,
        "run": run,
        "sentence": sentence,
        "municipal": found.format == KEY,
        "moving": _moving(found),
        "hindering": hindering(run),
    }
    if run is not None and not _moving(found):
        context |= report_of(run, request.GET)
    return render(request, "directory/imports/one.html", context, status=status)
