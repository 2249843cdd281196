"""The plan as files, and the feed of its changes."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tsunagari.core.access import public
from tsunagari.core.errors import RuleBroken
from tsunagari.core.open_answers import OPEN_HEADERS, etag_of, json_answer
from tsunagari.core.runtime.typeset import NotTypeset
from tsunagari.plan.exchange.feed import atom, entries
from tsunagari.plan.exchange.printed import comparison_pdf, plan_pdf
from tsunagari.plan.exchange.tables import as_csv, as_json
from tsunagari.plan.models import Plan
from tsunagari.plan.selectors.versions import KEY, document_of
from tsunagari.plan.text.differences import compare
from tsunagari.plan.views.public import version_or_404

SECONDS = 60
PDF_SECONDS = 600


def _open(response: HttpResponse, name: str = "") -> HttpResponse:
    for header, value in OPEN_HEADERS.items():
        response[header] = value
    if name:
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class NotPrinted(RuleBroken):
    """The document could not be typeset in time."""

    status = 503


def _pdf(print_it: Callable[[], bytes], name: str) -> HttpResponse:
    try:
        content = print_it()
    except NotTypeset as error:
        raise NotPrinted(
            _("いま、PDFをつくれません。しばらくしてから、もう一度開いてください。ページは読めます。")
        ) from error
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@public(cache_seconds=PDF_SECONDS)
@require_safe
def pdf(request: HttpRequest, number: int) -> HttpResponse:
    """The whole version as PDF."""
    document = document_of(version_or_404(number))
    return _pdf(lambda: plan_pdf(document), f"plan-{number}.pdf")


@public(cache_seconds=PDF_SECONDS)
@require_safe
def comparison(request: HttpRequest, number: int, old: int) -> HttpResponse:
    """The 新旧対照表 as PDF."""
    new_version, old_version = version_or_404(number), version_or_404(old)
    parts = compare(document_of(old_version), document_of(new_version))
    return _pdf(lambda: comparison_pdf(old_version, new_version, parts), f"plan-{old}-{number}.pdf")


@public(cache_seconds=SECONDS)
@require_safe
def as_json_file(request: HttpRequest, number: int) -> HttpResponse:
    """The whole version as JSON."""
    return _open(json_answer(as_json(document_of(version_or_404(number)))))


@public(cache_seconds=SECONDS)
@require_safe
def as_csv_file(request: HttpRequest, number: int) -> HttpResponse:
    """The version's measures as CSV."""
    content = as_csv(document_of(version_or_404(number)))
    return _open(HttpResponse(content, content_type="text/csv; charset=utf-8"), f"plan-{number}.csv")


@public(cache_seconds=SECONDS)
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """What happened to the plan, for feed readers."""
    plan = Plan.objects.filter(key=KEY).select_related("secretariat").first()
    if plan is None:
        raise Http404
    found = entries()
    document = atom(plan, found, at=timezone.now())
    response = _open(HttpResponse(document, content_type="application/atom+xml; charset=utf-8"))
    response["ETag"] = etag_of(document)
    changed = int(found[0].at.timestamp()) if found else None
    if changed is not None:
        response["Last-Modified"] = http_date(changed)
    answer = get_conditional_response(
        request, etag=response["ETag"], last_modified=changed, response=response
    )
    return answer if isinstance(answer, HttpResponse) else response
