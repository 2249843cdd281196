"""Who saw what: the ledger of readings for privacy officers and administrators, and for oneself."""

import csv
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tsunagari.accounts import selectors, services
from tsunagari.accounts.forms import TOKYO, ReadingsForm
from tsunagari.accounts.models import AccountEvent, RecordReading, Role
from tsunagari.accounts.views.requests import memberships_of, user_of
from tsunagari.core.access import roles, signed_in
from tsunagari.core.tables.formulas import harmless

PER_PAGE = 50
EXPORTED_AT_MOST = 100_000

officers = roles(Role.ADMIN, Role.PRIVACY_OFFICER)


@officers
@require_safe
def readings(request: HttpRequest) -> HttpResponse:
    """What colleagues have read, for the organisations whose ledger I may see."""
    form = ReadingsForm(request.GET)
    form.fields["colleague"].queryset = selectors.colleagues_in_ledger(user_of(request))  # type: ignore[attr-defined]
    if not form.is_valid():
        found = RecordReading.objects.none()
        return _page(request, "accounts/readings.html", found, form, status=422)
    return _page(
        request,
        "accounts/readings.html",
        selectors.readings_visible_to(user_of(request), form.wanted()),
        form,
    )


@signed_in
@require_safe
def own_readings(request: HttpRequest) -> HttpResponse:
    """What I have read myself."""
    form = ReadingsForm(request.GET)
    del form.fields["colleague"]
    if not form.is_valid():
        found = RecordReading.objects.none()
        return _page(request, "accounts/own_readings.html", found, form, status=422)
    return _page(
        request, "accounts/own_readings.html", selectors.readings_by(user_of(request), form.wanted()), form
    )


@officers
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The same ledger as CSV (UTF-8 with a mark, so that Excel reads it); the export is written down too."""
    viewer = user_of(request)
    form = ReadingsForm(request.POST)
    form.fields["colleague"].queryset = selectors.colleagues_in_ledger(viewer)  # type: ignore[attr-defined]
    if not form.is_valid():
        return _page(request, "accounts/readings.html", RecordReading.objects.none(), form, status=422)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="readings.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(
        [
            _("日時"),
            _("見た人"),
            _("所属"),
            _("記録の種類"),
            _("記録の番号"),
            _("本人の番号"),
            _("根拠"),
            _("要求の番号"),
        ]
    )
    found = selectors.readings_visible_to(viewer, form.wanted())[:EXPORTED_AT_MOST]
    for reading in found.iterator(chunk_size=2000):
        writer.writerow([harmless(cell) for cell in _cells(reading)])
    for membership in memberships_of(request):
        if membership.role in {Role.ADMIN, Role.PRIVACY_OFFICER}:
            services.record_event(
                kind=AccountEvent.Kind.READINGS_EXPORTED,
                at=timezone.now(),
                user=viewer,
                actor=viewer,
                organization=membership.organization,
            )
    return response


def _cells(reading: RecordReading) -> list[str]:
    return [
        reading.at.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M:%S"),
        reading.actor.display_name,
        reading.organization.name,
        reading.subject_type,
        str(reading.subject_id),
        str(reading.person_ref or ""),
        reading.basis,
        reading.request_id,
    ]


def _page(
    request: HttpRequest,
    template: str,
    found: QuerySet[RecordReading],
    form: ReadingsForm,
    status: int = 200,
) -> HttpResponse:
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    kept = [(name, request.GET[name]) for name in form.fields if request.GET.get(name)]

    def address(number: int) -> str:
        return "?" + urlencode([*kept, ("page", number)])

    context = {
        "form": form,
        "page": page,
        "kept": kept,
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
    }
    return render(request, template, context, status=status)
