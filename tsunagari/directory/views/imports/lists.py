"""An organisation's entries, or those of an area, as a list in the standard's columns."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from tsunagari.accounts.views.requests import user_of
from tsunagari.core.access import roles
from tsunagari.core.areas import area_tree
from tsunagari.core.office_files import XLSX
from tsunagari.directory.exchange.municipal.listing import as_csv, as_workbook, entries_of, rows_of
from tsunagari.directory.selectors.upkeep import organizations_kept_by
from tsunagari.directory.views.imports.uploads import UPLOADERS, download


@roles(*sorted(UPLOADERS), within="organization_id")
@require_safe
def export(request: HttpRequest, organization_id: UUID, form: str) -> HttpResponse:
    """The entries of one of my organisations; with ``?area=`` of a municipality, all that it can use."""
    organization = get_object_or_404(organizations_kept_by(user_of(request)), pk=organization_id)
    code = request.GET.get("area", "")
    if code and code not in area_tree():
        raise Http404
    if code:
        found, name = entries_of(area=code), area_tree()[code].full_name
    else:
        found, name = entries_of(organization_id=organization.pk), organization.name
    if form == "xlsx":
        return download(as_workbook(rows_of(found), title=name), f"{name}_一覧.xlsx", XLSX)
    return download(as_csv(rows_of(found)), f"{name}_一覧.csv", "text/csv; charset=utf-8")
