"""The portal's addresses. They stay in browsers' histories, so they tell as little as they can."""

from django.urls import path, register_converter

from tsunagari.portal.views import (
    browse,
    feed,
    freshness,
    gaps,
    guide,
    home,
    languages,
    offline,
    open_data,
    pages,
    papers,
    search,
    services,
    widget,
)


class AreaCode:
    """A 全国地方公共団体コード: six digits."""

    regex = "[0-9]{6}"

    def to_python(self, value: str) -> str:
        """Return the code as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return the code as it is."""
        return value


class Token:
    """A sealed token: URL-safe base64. 4,000 characters hold 500 characters of any writing."""

    regex = "[A-Za-z0-9_-]{20,4000}"

    def to_python(self, value: str) -> str:
        """Return the token as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return the token as it is."""
        return value


register_converter(AreaCode, "area_code")
register_converter(Token, "sealed")

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("talk-now/", home.talk_now, name="talk_now"),
    path("search/", search.search, name="search"),
    path("search/r/<sealed:token>", search.results, name="results"),
    path("services/<uuid:service_id>/", services.service, name="service"),
    path("services/<uuid:service_id>/print/", services.service_print, name="service_print"),
    path("services/<uuid:service_id>/hours.ics", services.service_hours, name="service_hours"),
    path("services/<uuid:service_id>/mistake/", services.report_mistake, name="report_mistake"),
    path("services/<uuid:service_id>/mistake/thanks/", services.mistake_reported, name="mistake_reported"),
    path("services/<uuid:service_id>/qr.svg", papers.service_qr, name="service_qr"),
    path("services/<uuid:service_id>/sheet.pdf", papers.service_sheet_pdf, name="service_sheet"),
    path("services/<uuid:service_id>/in/<slug:code>/", languages.service_in, name="service_in"),
    path("needs/<slug:key>/", browse.need, name="need"),
    path("areas/", browse.areas, name="areas"),
    path("areas/r/<sealed:token>", browse.areas_found, name="areas_found"),
    path("areas/points.json", browse.points, name="points"),
    path("areas/<area_code:code>/", browse.area, name="area"),
    path("areas/<area_code:code>/qr.svg", papers.area_qr, name="area_qr"),
    path("areas/<area_code:code>/sheet.pdf", papers.area_sheet_pdf, name="area_sheet"),
    path("places/", browse.places, name="places"),
    path("programmes/", browse.programmes, name="programmes"),
    path("feed/atom.xml", feed.feed, name="feed"),
    path("areas/<area_code:code>/list.csv", open_data.area_csv, name="area_csv"),
    path("areas/<area_code:code>/list.xlsx", open_data.area_xlsx, name="area_xlsx"),
    path("areas/<area_code:code>/feed.atom", feed.area_feed, name="area_feed"),
    path("areas/<area_code:code>/offline/", offline.area_offline, name="area_offline"),
    path("areas/<area_code:code>/offline.html", offline.offline_file, name="offline_file"),
    path("areas/<area_code:code>/offline.zip", offline.offline_bundle, name="offline_bundle"),
    path("offline/<area_code:code>/", offline.offline_page, name="offline_page"),
    path("offline/<area_code:code>/worker.js", offline.offline_worker, name="offline_worker"),
    path("widget/<area_code:code>/", widget.widget, name="widget"),
    path("widget/<area_code:code>.json", widget.widget_data, name="widget_data"),
    path("widget/colours.css", widget.widget_colours, name="widget_colours"),
    path("widget/embed.js", widget.widget_script, name="widget_script"),
    path("for-organizations/widget/", widget.widget_setup, name="widget_setup"),
    path("for-others/", pages.others, name="others"),
    path("guide/", guide.start, name="guide"),
    path("guide/s/<str:token>", guide.step, name="guide_step"),
    path("guide/r/<str:token>", guide.results, name="guide_results"),
    path("guide/p/<str:token>", guide.sheet, name="guide_sheet"),
    path("guide/n/<str:token>", guide.note, name="guide_note"),
    path("guide/rules.json", guide.rules, name="guide_rules"),
    path("guide/rules.schema.json", guide.rules_schema, name="guide_rules_schema"),
    path("languages/", languages.languages, name="languages"),
    path("languages/<slug:code>/", languages.language, name="language"),
    path("under-18/", pages.under_18, name="under_18"),
    path("safety/", pages.safety, name="safety"),
    path("safety/device/", pages.shared_device, name="shared_device"),
    path("about/", pages.about, name="about"),
    path("open-data/", pages.open_data, name="open_data"),
    path("open-data/tsunagari-hsds.ndjson", open_data.services_lines, name="open_data_lines"),
    path("open-data/tsunagari-hsds.zip", open_data.tables_zip, name="open_data_tables"),
    path("gaps/", gaps.gaps, name="gaps"),
    path("gaps.csv", gaps.gaps_csv, name="gaps_csv"),
    path("gaps.json", gaps.gaps_json, name="gaps_json"),
    path("gaps/<area_code:code>/", gaps.gaps, name="gaps_area"),
    path("gaps/<area_code:code>/gaps.csv", gaps.gaps_csv, name="gaps_area_csv"),
    path("gaps/<area_code:code>/gaps.json", gaps.gaps_json, name="gaps_area_json"),
    path("freshness/", freshness.freshness, name="freshness"),
    path("freshness.csv", freshness.freshness_csv, name="freshness_csv"),
    path("freshness.json", freshness.freshness_json, name="freshness_json"),
]
