"""Rounds at the desk of those who are asked: write, say 意見なし, 協議了, or do the same by file."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tsunagari.accounts.views.requests import user_of
from tsunagari.core.errors import RuleBroken
from tsunagari.core.office_files import DOCX, XLSX
from tsunagari.core.tables.problems import FileRefused
from tsunagari.council.models import Comment, RoundAddressee
from tsunagari.council.round_forms.reading import MOST_BYTES
from tsunagari.council.round_forms.sentences import refused
from tsunagari.council.round_input import AskedCommentForm, FileForm
from tsunagari.council.selectors import rounds as selectors
from tsunagari.council.services.rounds import asked, files
from tsunagari.council.views.desk_rounds import everybody_asked
from tsunagari.council.views.showing_rounds import shown_line

UPLOAD_PATH = "/desk/council/rounds/upload/"
UPLOAD_BYTES = 60_000_000
"""More than a form may have, so that one that is too large is told so in words."""
UPLOADERS = frozenset({"admin", "secretary", "officer", "editor"})
TYPES = {
    "xlsx": XLSX,
    "docx": DOCX,
}
SAYINGS = {"none": asked.say_no_comment, "agree": asked.agree}


@everybody_asked
@require_http_methods(["GET", "HEAD", "POST"])
def answer_page(request: HttpRequest, addressee_id: UUID) -> HttpResponse:
    """What my organisation says, paragraph by paragraph."""
    addressee = get_object_or_404(selectors.addressees_reached_by(user_of(request)), pk=addressee_id)
    if request.method != "POST":
        return _page(request, addressee)
    form = AskedCommentForm(request.POST)
    if not form.is_valid():
        return _page(request, addressee, form=form, status=422)
    given = form.cleaned_data
    try:
        asked.add_comment(
            actor=user_of(request),
            addressee_id=addressee_id,
            paragraph_id=given["paragraph"],
            body=given["body"],
            proposal=given["proposal"],
            at=timezone.now(),
        )
    except RuleBroken as broken:
        return _page(request, addressee, form=form, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("意見を受け付けました。"))
    return redirect("council_desk:asked", addressee_id)


def _page(
    request: HttpRequest,
    addressee: RoundAddressee,
    *,
    form: AskedCommentForm | None = None,
    file_form: FileForm | None = None,
    changed: UUID | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    viewer, at = user_of(request), timezone.now()
    lines = [shown_line(selectors.line_of(c)) for c in selectors.comments_written_by(viewer, addressee)]
    by_paragraph: dict[Any, list[Any]] = {}
    for line in lines:
        by_paragraph.setdefault(line.line.comment.paragraph_id, []).append(line)
    round_ = addressee.round
    context = {
        "addressee": addressee,
        "round": round_,
        "taking": round_.state == "open" and round_.opens_at <= at < round_.closes_at,
        "answers": round_.state in {"answered", "reflected"},
        "paragraphs": [(p, by_paragraph.get(p.pk, [])) for p in round_.paragraphs.all()],
        "whole": by_paragraph.get(None, []),
        "withdrawn": addressee.comments.filter(state=Comment.State.WITHDRAWN).select_related("paragraph"),
        "form": form or AskedCommentForm(),
        "typed_for": str(form["paragraph"].value() or "") if form is not None and changed is None else None,
        "changed": changed,
        "file_form": file_form or FileForm(initial={"addressee": addressee.pk}),
        "files": addressee.files.defer("content")[:20],
        "sentence": sentence,
    }
    return render(request, "council/rounds_desk/asked.html", context, status=status)


@everybody_asked
@require_POST
def change(request: HttpRequest, comment_id: UUID) -> HttpResponse:
    """Put a comment in other words, take it back, or say it again."""
    actor, at = user_of(request), timezone.now()
    comment = get_object_or_404(Comment, pk=comment_id, addressee__in=selectors.addressees_reached_by(actor))
    addressee = selectors.addressees_reached_by(actor).get(comments=comment)
    form = AskedCommentForm(request.POST)
    choice = request.POST.get("choice")
    try:
        if choice == "withdraw":
            asked.withdraw_comment(actor=actor, comment_id=comment_id, at=at)
            messages.info(request, _("意見を取り下げました。ページの下から、元にもどせます。"))
        elif choice == "restore":
            asked.restore_comment(actor=actor, comment_id=comment_id, at=at)
        elif form.is_valid():
            given = form.cleaned_data
            asked.change_comment(
                actor=actor, comment_id=comment_id, body=given["body"], proposal=given["proposal"], at=at
            )
            messages.success(request, _("意見を直しました。"))
    except RuleBroken as broken:
        return _page(
            request,
            addressee,
            form=form,
            changed=comment_id,
            sentence=str(broken.sentence),
            status=broken.status,
        )
    return redirect("council_desk:asked", addressee.pk)


@everybody_asked
@require_POST
def say(request: HttpRequest, addressee_id: UUID, what: str) -> HttpResponse:
    """意見なし (none), or 協議了 (agree)."""
    addressee = get_object_or_404(selectors.addressees_reached_by(user_of(request)), pk=addressee_id)
    try:
        SAYINGS[what](actor=user_of(request), addressee_id=addressee_id, at=timezone.now())
    except RuleBroken as broken:
        return _page(request, addressee, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("受け付けました。"))
    return redirect("council_desk:asked", addressee_id)


# -- by file -------------------------------------------------------------------------------------------------


def _attachment(name: str, content: bytes, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=TYPES[kind])
    response["Content-Disposition"] = f"attachment; filename=\"form.{kind}\"; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "no-store"
    return response


@everybody_asked
@require_safe
def form_file(request: HttpRequest, addressee_id: UUID, kind: str) -> HttpResponse:
    """The form to fill in, as Excel or Word."""
    name, content = files.write_form(actor=user_of(request), addressee_id=addressee_id, kind=kind)
    return _attachment(name, content, kind)


@everybody_asked
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take in a form that was filled in, and show what handing it in would do."""
    actor = user_of(request)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method != "POST":
        return redirect("council_desk:rounds")
    valid = form.is_valid()
    addressee = get_object_or_404(
        selectors.addressees_reached_by(actor), pk=form.cleaned_data.get("addressee")
    )
    if not valid:
        return _page(request, addressee, file_form=form, status=422)
    file = form.cleaned_data["file"]
    try:
        if file.size > MOST_BYTES:
            raise refused("too_big", most=MOST_BYTES // 1_000_000)
        taken = files.receive_file(
            actor=actor, addressee_id=addressee.pk, name=file.name, content=file.read(), at=timezone.now()
        )
    except FileRefused as told:
        form.add_error("file", told.en if get_language() == "en" else told.ja)
        return _page(request, addressee, file_form=form, status=422)
    except RuleBroken as broken:
        form.add_error("file", str(broken.sentence))
        return _page(request, addressee, file_form=form, status=broken.status)
    return redirect("council_desk:form_file", taken.pk)


@everybody_asked
@require_safe
def file_page(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """What a form says and what is odd in it."""
    return _file_page(request, file_id)


def _file_page(request: HttpRequest, file_id: UUID, *, sentence: str = "", status: int = 200) -> HttpResponse:
    file = files.file_reached_by(user_of(request), file_id)
    english = get_language() == "en"
    context = {
        "file": file,
        "addressee": file.addressee,
        "round": file.addressee.round,
        "problems": [{**p, "sentence": p["en"] if english else p["ja"]} for p in file.problems],
        "changes": files.changes_of(file) if file.state == "checked" else None,
        "sentence": sentence,
    }
    return render(request, "council/rounds_desk/file.html", context, status=status)


@everybody_asked
@require_POST
def take(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Hand a form in."""
    try:
        files.take_file(actor=user_of(request), file_id=file_id, at=timezone.now())
    except RuleBroken as broken:
        return _file_page(request, file_id, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("様式の内容を受け付けました。"))
    return redirect("council_desk:asked", files.file_reached_by(user_of(request), file_id).addressee_id)


@everybody_asked
@require_safe
def marked(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """The file back, with what is to be looked at."""
    name, content = files.marked_file(actor=user_of(request), file_id=file_id)
    return _attachment(name, content, name.rsplit(".", 1)[1])
