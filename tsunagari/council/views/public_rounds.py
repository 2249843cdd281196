"""Consultation for everybody: what is asked, a comment without a login, its receipt, and 意見と回答."""

from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tsunagari.core.access import public
from tsunagari.core.crypto import BadToken, open_token, seal_token
from tsunagari.core.errors import RuleBroken
from tsunagari.core.office_files import XLSX
from tsunagari.core.rate_limits import TooOften, limit
from tsunagari.council.models import ConsultationRound, RoundParagraph
from tsunagari.council.personal_data import find_personal_data
from tsunagari.council.receipts import read_code, receipt_digest
from tsunagari.council.round_forms import results as result_files
from tsunagari.council.round_input import CodeForm, PublicCommentForm
from tsunagari.council.selectors import rounds as selectors
from tsunagari.council.services.rounds import visitors
from tsunagari.council.views.showing_rounds import result_rows, shown_line

FORM, RECEIPT, TRACE = "council-comment-form", "council-receipt-page", "council-trace"
FORM_TTL, PAGE_TTL = 24 * 3600, 30 * 60
MAX_COMMENTS = 60
"""From one network in ten minutes: a hall full of people may comment at once, a script may not."""
MAX_TRACES = 20
"""Codes tried from one network in ten minutes."""
WAYS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX,
}


def is_taking(round_: ConsultationRound) -> bool:
    """Whether a comment of the public would be taken at this moment."""
    at = timezone.now()
    return (
        round_.kind == ConsultationRound.Kind.PUBLIC
        and round_.state == ConsultationRound.State.OPEN
        and round_.opens_at <= at < round_.closes_at
    )


@public(cache_seconds=30)
@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    """What is asked now, what is being answered, and what was answered."""
    found = list(selectors.public_rounds()[:200])
    context = {
        "open": [round_ for round_ in found if is_taking(round_)],
        "others": [round_ for round_ in found if not is_taking(round_)],
    }
    return render(request, "council/rounds/list.html", context)


@public(cache_seconds=30)
@require_safe
def round_page(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """One round: the text, paragraph by paragraph, each with its place to comment."""
    round_ = get_object_or_404(selectors.public_rounds(), pk=round_id)
    context = {
        "round": round_,
        "paragraphs": round_.paragraphs.all(),
        "taking": is_taking(round_),
        "has_results": selectors.rounds_with_results().filter(pk=round_.pk).exists(),
        "asked": round_.addressees.select_related("organization"),
    }
    return render(request, "council/rounds/round.html", context)


@public(keeps=("body", "label", "sure", "once"))
@require_http_methods(["GET", "HEAD", "POST"])
def comment(request: HttpRequest, round_id: UUID, paragraph_id: UUID | None = None) -> HttpResponse:
    """Write a comment on a paragraph, or on the whole, without a name, a login or a cookie."""
    round_ = get_object_or_404(selectors.public_rounds(), pk=round_id, kind=ConsultationRound.Kind.PUBLIC)
    paragraph = None
    if paragraph_id is not None:
        paragraph = get_object_or_404(RoundParagraph, round=round_, paragraph_id=paragraph_id)
    if request.method != "POST":
        return _comment_page(request, round_, paragraph, PublicCommentForm())
    form = PublicCommentForm(request.POST)
    at = timezone.now()
    if not form.is_valid():
        return _comment_page(request, round_, paragraph, form, status=422)
    words = form.cleaned_data
    found = {one.kind for one in find_personal_data(f"{words['body']}\n{words['label']}")}
    if found and not words["sure"]:
        return _comment_page(request, round_, paragraph, form, found=found, status=422)
    try:
        limit(request, "council-comment", most=MAX_COMMENTS, now=at.timestamp())
        code = visitors.submit_comment(
            round_id=round_.pk,
            paragraph_id=None if paragraph is None else paragraph.pk,
            comment_id=_form_id(words["once"], round_),
            body=words["body"],
            label=words["label"],
            at=at,
        )
    except RuleBroken as broken:
        return _comment_page(
            request, round_, paragraph, form, found=found, sentence=str(broken.sentence), status=broken.status
        )
    token = seal_token(settings.MASTER_KEY, RECEIPT, code, ttl_seconds=PAGE_TTL, at=at)
    return HttpResponseRedirect(reverse("council:receipt", args=[round_.pk, token]), status=303)


def _form_id(once: str, round_: ConsultationRound) -> UUID:
    """The id that this form was given; a new one for a form that is old, altered or of another round."""
    try:
        given, of_round = open_token(settings.MASTER_KEY, FORM, once, at=timezone.now())
    except BadToken:
        return uuid4()
    return UUID(given) if of_round == str(round_.pk) else uuid4()


def _comment_page(
    request: HttpRequest,
    round_: ConsultationRound,
    paragraph: RoundParagraph | None,
    form: PublicCommentForm,
    *,
    found: set[str] | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    once = form.data.get("once") if form.is_bound else ""
    if not once or status == 409:
        payload = [str(uuid4()), str(round_.pk)]
        once = seal_token(settings.MASTER_KEY, FORM, payload, ttl_seconds=FORM_TTL, at=timezone.now())
    context = {
        "round": round_,
        "paragraph": paragraph,
        "form": form,
        "once": once,
        "found": sorted(found or ()),
        "sentence": sentence,
        "taking": is_taking(round_) or status == 503,
    }
    response = render(request, "council/rounds/comment.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@public()
@require_safe
def receipt(request: HttpRequest, round_id: UUID, token: str) -> HttpResponse:
    """The code by which the own comment is found again. The page can be opened for half an hour."""
    round_ = get_object_or_404(selectors.public_rounds(), pk=round_id)
    try:
        code = open_token(settings.MASTER_KEY, RECEIPT, token, at=timezone.now())
    except BadToken:
        code = ""
    response = render(
        request, "council/rounds/receipt.html", {"round": round_, "code": code}, status=200 if code else 410
    )
    response["Cache-Control"] = "no-store"
    return response


@public(newest=True, only_reads=True)
@require_http_methods(["GET", "HEAD", "POST"])
def trace(request: HttpRequest) -> HttpResponse:
    """Ask what became of a comment, by the code of its receipt."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 422
        at = timezone.now()
        if form.is_valid():
            code = read_code(form.cleaned_data["code"])
            try:
                limit(request, "council-trace", most=MAX_TRACES, now=at.timestamp())
                if code and selectors.comment_of_receipt(receipt_digest(settings.MASTER_KEY, code)):
                    token = seal_token(settings.MASTER_KEY, TRACE, code, ttl_seconds=PAGE_TTL, at=at)
                    return HttpResponseRedirect(reverse("council:traced", args=[token]), status=303)
                form.add_error("code", _("この受付番号の意見は見つかりません。文字を確かめてください。"))
            except TooOften as often:
                form.add_error("code", str(often.sentence))
                status = often.status
    response = render(request, "council/rounds/trace.html", {"form": form}, status=status)
    response["Cache-Control"] = "no-store"
    return response


@public(newest=True)
@require_safe
def traced(request: HttpRequest, token: str) -> HttpResponse:
    """One's own comment: whether it was read, how it stands in public, and its answer once there is one."""
    try:
        code = open_token(settings.MASTER_KEY, TRACE, token, at=timezone.now())
    except BadToken:
        return HttpResponseRedirect(reverse("council:trace"), status=303)
    found = selectors.comment_of_receipt(receipt_digest(settings.MASTER_KEY, code))
    context: dict[str, Any] = {"comment": found}
    if found is not None:
        answered = selectors.rounds_with_results().filter(pk=found.round_id).exists()
        context["line"] = shown_line(selectors.line_of(found)) if answered else None
    response = render(request, "council/rounds/traced.html", context)
    response["Cache-Control"] = "no-store"
    return response


@public(cache_seconds=60)
@require_safe
def results(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """意見と回答: every comment with what became of it, and the text before and after."""
    round_ = get_object_or_404(selectors.rounds_with_results(), pk=round_id)
    lines = [shown_line(line) for line in selectors.results_of(round_)]
    context = {
        "round": round_,
        "lines": lines,
        "hidden": round_.comments.filter(state="hidden").count(),
    }
    return render(request, "council/rounds/results.html", context)


@public(cache_seconds=60)
@require_safe
def results_file(request: HttpRequest, round_id: UUID, form: str) -> HttpResponse:
    """The same table as CSV or Excel."""
    round_ = get_object_or_404(selectors.rounds_with_results(), pk=round_id)
    rows = result_rows(selectors.results_of(round_))
    if form == "csv":
        content = result_files.write_csv(rows)
    else:
        content = result_files.write_xlsx(f"意見と回答｜{round_.document_title}", rows)
    response = HttpResponse(content, content_type=WAYS[form])
    name = quote(f"意見と回答_{round_.number}.{form}")
    response["Content-Disposition"] = f"attachment; filename=\"results.{form}\"; filename*=UTF-8''{name}"
    return response
