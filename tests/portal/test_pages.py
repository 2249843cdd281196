"""Pages of text, errors, and what holds on every page."""

import json
import re

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.urls import resolve, reverse

from tests.addresses import ENTRIES, INOCHI, PAGES
from tests.config.test_access import EXPECTED, PUBLIC
from tsunagari.core.runtime.catalogues import collect
from tsunagari.core.templatetags.ui import NEUTRAL_PAGE

pytestmark = pytest.mark.usefixtures("directory")

JAPANESE = re.compile(r"[\u3040-\u30ff]")


OUT_OF_A_FORM = {"results", "areas_found", "guide_step", "guide_results", "guide_sheet", "guide_note"}
"""Pages under sealed addresses: tests that ask get there."""
IN_A_FRAME_OR_SAVED = {"widget", "offline_page", "offline_file"}
"""Documents without the site's frame around them, with tests of their own."""


def test_the_list_of_addresses_has_every_page_of_the_portal(client: Client):
    listed = {resolve(path).url_name for path in (*PAGES, *ENTRIES)}
    pages = set()
    for name, access in EXPECTED.items():
        app, _, route = name.partition(":")
        if app == "portal" and access is PUBLIC and route not in OUT_OF_A_FORM | IN_A_FRAME_OR_SAVED:
            pages.add(route)
    files = {route for route in pages - listed if is_a_file(client, route)}
    assert pages - listed - files == set()
    for path in (*PAGES, *ENTRIES):
        assert client.get(path).status_code == 200, path


def is_a_file(client: Client, route: str) -> bool:
    """Whether a route answers with something else than a page."""
    arguments: dict[str, dict[str, object]] = {
        "service_": {"service_id": INOCHI}, "area_": {"code": "131091"}, "gaps_area": {"code": "131041"},
        "offline_": {"code": "131091"}, "widget_data": {"code": "131091"},
    }  # fmt: skip
    given = next((found for start, found in arguments.items() if route.startswith(start)), {})
    response = client.get(reverse(f"portal:{route}", kwargs=given))
    return response.status_code == 200 and not response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_way_out_and_the_emergency_numbers(client: Client, path: str):
    html = client.get(path).content.decode()
    assert f'href="{NEUTRAL_PAGE}" rel="noreferrer" data-quick-exit' in html
    assert 'href="tel:110"' in html
    assert 'href="tel:119"' in html
    assert '<a class="skip" href="#main">' in html
    assert html.count("<h1") == 1
    assert "<style" not in html
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r'\s(style|on\w+)="', html)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_in_english_and_links_to_the_other_language(client: Client, path: str):
    html = client.get(f"/en{path}").content.decode()
    assert '<html lang="en">' in html
    assert f'href="{path}" lang="ja"' in html
    assert f'href="/en{path}" lang="en"' in client.get(path).content.decode()
    # Japanese stands only where it is marked as such
    visible = re.sub(r'<(\w+)[^>]*\blang="ja"[^>]*>.*?</\1>', "", html, flags=re.S)
    text = re.sub(r"<[^>]+>", " ", visible.split("<body>")[1])
    assert not JAPANESE.search(text), JAPANESE.findall(text)[:20]


def test_all_our_messages_are_translated():
    catalogue = (settings.BASE_DIR / "locale/en/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    known = set(re.findall(r'^msgid "(.+)"$', catalogue, flags=re.M)) | {""}
    ours = [
        message.text
        for message in collect().values()
        if any("portal" in place or "core/templates" in place for place in message.places)
    ]
    assert len(ours) > 250
    short = [text for text in ours if len(text.encode()) < 60 and '"' not in text and "\n" not in text]
    assert [text for text in short if text not in known] == []


@pytest.mark.parametrize("name", ["400", "403", "404", "413", "422", "429", "500", "503", "core/fallback"])
def test_error_pages_are_rendered_without_request_and_say_what_to_do(name: str):
    html = render_to_string(f"{name}.html", {"lines": [], "sentence": ""})
    assert html.count("<h1") == 1
    assert "data-quick-exit" in html
    assert re.search(r'class="lead"><p>.+?</p>', html)
    assert "エラー" not in html


def test_the_lines_on_the_page_without_database_are_those_of_the_data():
    html = render_to_string("core/partials/national_lines.html")
    services = json.loads((settings.DATA_DIR / "services.json").read_text(encoding="utf-8"))["services"]
    by_key = {service["id"]: service for service in services}
    for key in ("yorisoi", "inochi-freedial", "dv-plus", "kodomo-sos", "jisou-189", "anata-no-ibasho"):
        service = by_key[key]
        first = service["channels"][0]
        assert service["name"].split("（")[0] in html, key
        assert first["value"] in html, key
        always = [period["closes"] for period in first["hours"]] == ["24:00"]
        assert always != (key == "inochi-freedial")
    assert by_key["inochi-freedial"]["channels"][0]["hours"][0]["opens"] == "16:00"
    assert by_key["inochi-freedial"]["channels"][0]["hours"][0]["closes"] == "21:00"


def test_a_page_that_is_not_there_is_said_kindly(client: Client):
    response = client.get("/nothing/")
    assert response.status_code == 404
    assert "見つかりませんでした" in response.content.decode()
