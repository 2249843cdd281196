"""Addresses of the app: ``public`` pages below /plan/ and ``desk`` pages below /desk/plan/."""

from django.urls import URLPattern, URLResolver, include, path

from tsunagari.plan.views import (
    desk_consulting,
    desk_figures,
    desk_reviews,
    desk_text,
    desk_versions,
    figure_files,
    figures,
    files,
    measure_figures,
)
from tsunagari.plan.views import public as public_views

VERSION = "versions/<uuid:version_id>/"
MEASURE = "measures/<uuid:text_id>/"

desk: list[URLPattern | URLResolver] = [
    path("figures/", desk_figures.indicators, name="indicators"),
    path("figures/new/", desk_figures.define, name="indicator_new"),
    path("figures/<uuid:indicator_id>/", desk_figures.indicator, name="indicator"),
    path("figures/<uuid:indicator_id>/edit/", desk_figures.define, name="indicator_edit"),
    path("figures/<uuid:indicator_id>/cut/", desk_figures.cut, name="cut"),
    path("observe/", desk_figures.observe, name="observe"),
    path("observations/<uuid:observation_id>/", desk_figures.observation, name="observation"),
    path("evidence/<uuid:evidence_id>/", desk_figures.evidence, name="evidence"),
    path("logic/<str:key>/", desk_reviews.measure_logic, name="measure_logic"),
    path("reviews/", desk_reviews.reviews, name="reviews"),
    path("reviews/open/<uuid:version_id>/", desk_reviews.open_review, name="review_open"),
    path("reviews/<uuid:review_id>/", desk_reviews.review, name="review"),
    path("reviews/<uuid:review_id>/followup/", figure_files.followup, name="followup"),
    path("reviews/<uuid:review_id>/followup.xlsx", figure_files.followup_xlsx, name="followup_xlsx"),
    path("reviews/<uuid:review_id>/opinion/", desk_reviews.opinion, name="review_opinion"),
    path("reviews/<uuid:review_id>/step/<slug:name>/", desk_reviews.step, name="review_step"),
    path("reviews/<uuid:review_id>/<str:key>/", desk_reviews.item, name="review_item"),
    path("reviews/<uuid:review_id>/<str:key>/ask/", desk_reviews.ask, name="review_ask"),
    path("change-requests/", desk_reviews.requests, name="change_requests"),
    path("change-requests/<uuid:request_id>/", desk_reviews.answer, name="answer"),
    path("", desk_versions.versions, name="versions"),
    path("orders/", desk_versions.orders_page, name="orders"),
    path("plans/<uuid:plan_id>/begin/", desk_versions.begin, name="begin"),
    path(VERSION, desk_versions.version, name="version"),
    path(f"{VERSION}changes/", desk_versions.changes, name="changes"),
    path(f"{VERSION}step/<slug:name>/", desk_versions.step, name="step"),
    path(f"{VERSION}motion/", desk_versions.bind_motion, name="bind_motion"),
    path(f"{VERSION}no-target-reason/", desk_versions.no_target_reason, name="no_target_reason"),
    path(f"{VERSION}ask/", desk_consulting.ask, name="ask"),
    path(f"{VERSION}rounds/<uuid:round_id>/reflect/", desk_consulting.reflect, name="reflect"),
    path(f"{VERSION}measures/add/", desk_versions.add_measure, name="add_measure"),
    path("chapters/<uuid:chapter_id>/", desk_text.chapter, name="chapter"),
    path(MEASURE, desk_text.measure, name="measure"),
    path(f"{MEASURE}revisions/", desk_text.revisions, name="revisions"),
    path(f"{MEASURE}split/", desk_text.rearrange, {"name": "split"}, name="split"),
    path(f"{MEASURE}merge/", desk_text.rearrange, {"name": "merge"}, name="merge"),
    path(f"{MEASURE}leave-out/", desk_text.rearrange, {"name": "leave_out"}, name="leave_out"),
]

public: list[URLPattern | URLResolver] = [
    path("figures/", figures.figures, name="figures"),
    path("figures/rs-goals.csv", figure_files.rs_goals, name="rs_goals"),
    path("figures/rs-edges.csv", figure_files.rs_edges, name="rs_edges"),
    path("overview.pdf", figure_files.overview, name="overview"),
    path("figures/figures.csv", figures.figures_csv, name="figures_csv"),
    path("figures/figures.json", figures.figures_json, name="figures_json"),
    path("figures/measure/<str:key>/", measure_figures.measure_figures, name="measure_figures"),
    path("figures/<slug:key>/", figures.figure, name="figure"),
    path("figures/<slug:key>/chart.svg", figures.figure_chart, name="figure_chart"),
    path("figures/<slug:key>/areas.svg", figures.figure_areas_chart, name="figure_areas_chart"),
    path("figures/<slug:key>/data.csv", figures.figure_csv, name="figure_csv"),
    path("figures/<slug:key>/data.json", figures.figure_json, name="figure_json"),
    path("reviews/", measure_figures.reviews, name="reviews"),
    path("reviews/<int:number>/<int:fiscal_year>/", measure_figures.review, name="review"),
    path("", public_views.plan, name="plan"),
    path("versions/<int:number>/", public_views.version, name="version"),
    path("versions/<int:number>/plan.pdf", files.pdf, name="pdf"),
    path("versions/<int:number>/plan.json", files.as_json_file, name="json"),
    path("versions/<int:number>/plan.csv", files.as_csv_file, name="csv"),
    path("versions/<int:number>/from/<int:old>/", public_views.comparison, name="comparison"),
    path("versions/<int:number>/from/<int:old>/plan.pdf", files.comparison, name="comparison_pdf"),
    path("measures/<slug:key>/", public_views.measure, name="measure"),
    path("sources/<slug:key>/", public_views.source, name="source"),
    path("orders/", public_views.orders, name="orders"),
    path("compliance/", public_views.compliance, name="compliance"),
    path("search/", public_views.search, name="search"),
    path("search/r/<str:token>/", public_views.found, name="found"),
    path("feed.atom", files.feed, name="feed"),
]

urlpatterns: list[URLPattern | URLResolver] = [path("desk/plan/", include((desk, "plan_desk")))]
