"""Addresses of the directory's own pages: the desk, and the page behind a mail's link."""

from django.urls import URLPattern, URLResolver, include, path

from tsunagari.directory.views import (
    confirm,
    entries,
    places,
    provenance,
    reachability,
    reports,
    revisions,
    upkeep,
)
from tsunagari.directory.views.imports import lists, merges, uploads

ENTRIES = "entries/"
IMPORT = "imports/<uuid:upload_id>/"
DRAFT = f"{ENTRIES}drafts/<uuid:revision_id>/"
PLACE = "places/<uuid:location_id>/"
OBSERVATION = "reachability/observations/<uuid:observation_id>/"
REPORT = f"{ENTRIES}reports/<uuid:report_id>/"

desk: list[URLPattern | URLResolver] = [
    path(ENTRIES, entries.entries, name="entries"),
    path(f"{ENTRIES}new/", entries.begin_new, name="begin_new"),
    path(f"{ENTRIES}reviews/", revisions.reviews, name="reviews"),
    path(f"{ENTRIES}reports/", reports.reports, name="reports"),
    path(REPORT, reports.report, name="report"),
    path(f"{REPORT}accept/", reports.accept, name="accept_report"),
    path(f"{REPORT}decline/", reports.decline, name="decline_report"),
    path(f"{REPORT}duplicate/", reports.duplicate, name="duplicate_report"),
    path(f"{ENTRIES}upkeep/", upkeep.upkeep_page, name="upkeep"),
    path(f"{ENTRIES}upkeep.csv", upkeep.upkeep_csv, name="upkeep_csv"),
    path(DRAFT, revisions.revision, name="revision"),
    path(f"{DRAFT}edit/", revisions.edit, name="edit"),
    path(f"{DRAFT}restore/", entries.restore, name="restore"),
    path(f"{DRAFT}<slug:name>/", revisions.step, name="step"),
    path(f"{ENTRIES}<uuid:service_id>/", entries.entry, name="entry"),
    path(f"{ENTRIES}<uuid:service_id>/edit/", entries.begin, name="begin"),
    path(f"{ENTRIES}<uuid:service_id>/ask/", entries.whom_to_ask, name="whom_to_ask"),
    path(f"{ENTRIES}<uuid:service_id>/confirm/", entries.confirm, name="confirm_entry"),
    path(f"{ENTRIES}<uuid:service_id>/provenance.json", provenance.provenance_json, name="provenance"),
    path(f"{ENTRIES}<uuid:service_id>/file/", entries.from_file, name="from_file"),
    path(f"{ENTRIES}<uuid:service_id>/bounced/", upkeep.bounced, name="bounced"),
    path("imports/", uploads.imports, name="imports"),
    path("imports/upload/", uploads.upload, name="import_upload"),
    path(IMPORT, uploads.one, name="import"),
    path(f"{IMPORT}columns/", uploads.columns, name="import_columns"),
    path(f"{IMPORT}progress/", uploads.progress, name="import_progress"),
    path(f"{IMPORT}start/", uploads.start, name="import_start"),
    path(f"{IMPORT}undo/", merges.undo, name="import_undo"),
    path(f"{IMPORT}answer/", uploads.answer, name="import_answer"),
    path(f"{IMPORT}erase/", uploads.erase, name="import_erase"),
    path("merges/", merges.merges, name="merges"),
    path("merges/<uuid:proposal_id>/", merges.merge, name="merge"),
    path("merges/<uuid:proposal_id>/decline/", merges.decline, name="merge_decline"),
    path("merges/<uuid:merge_id>/undo/", merges.part, name="merge_undo"),
    path("exports/<uuid:organization_id>/list.csv", lists.export, {"form": "csv"}, name="export_csv"),
    path("exports/<uuid:organization_id>/list.xlsx", lists.export, {"form": "xlsx"}, name="export_xlsx"),
    path("places/", places.places, name="places"),
    path(PLACE, places.place, name="place"),
    path(f"{PLACE}confidential/", places.flag, name="flag_place"),
    path(f"{PLACE}address/", places.read, name="read_place"),
    path(f"{PLACE}erase/", places.erase, name="erase_place"),
    path(f"{PLACE}lift/", places.lift, name="lift_place"),
    path("reachability/", reachability.reachability, name="reachability"),
    path("reachability/paste/", reachability.paste, name="paste_reachability"),
    path("reachability/<uuid:channel_id>/", reachability.report, name="report_reachability"),
    path(f"{OBSERVATION}correct/", reachability.correct, name="correct_reachability"),
    path(f"{OBSERVATION}withdraw/", reachability.withdraw, name="withdraw_reachability"),
    path(f"{OBSERVATION}undo/", reachability.undo, name="undo_reachability"),
]

public: list[URLPattern | URLResolver] = [
    path("confirm/<str:token>/", confirm.confirm, name="confirm"),
]

urlpatterns: list[URLPattern | URLResolver] = [path("desk/", include((desk, "directory")))]
