"""How a page is shown stands in its address: easy Japanese, furigana, neutral titles."""

import re

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.urls import get_resolver, get_script_prefix, reverse
from hypothesis import given
from hypothesis import strategies as st

from tests.addresses import NO_PAGE, PAGES
from tsunagari.core import display, fallback
from tsunagari.core.display import Display
from tsunagari.directory.models import Service

pytestmark = pytest.mark.usefixtures("directory")

LINK = re.compile(r'(?:href|action|data-points|data-page)="(/[^"]*)"')
TITLE = re.compile(r"<title>([^<]*)</title>")
NOT_PAGES = ("/static/", "/api/", "/desk/")


def title(html: str) -> str:
    found = TITLE.findall(html.split("</head>")[0])  # drawings in a page have titles too
    assert len(found) == 1
    return str(found[0])


@pytest.mark.parametrize("prefix", ["/t/", "/y/", "/f/", "/ty/", "/tf/", "/yf/", "/tyf/"])
@pytest.mark.parametrize("path", ["/", "/areas/131091/", "/safety/", "/guide/"])
def test_every_link_of_a_page_keeps_what_was_chosen(client: Client, prefix: str, path: str):
    html = client.get(prefix + path[1:]).content.decode()
    body = re.sub(
        r'<nav class="display.*?</nav>|<div class="language">.*?</div>|<link [^>]*>', "", html, flags=re.S
    )
    links = [link for link in LINK.findall(body) if not link.startswith(NOT_PAGES)]
    assert len(links) > 10
    assert [link for link in links if not link.startswith(prefix)] == []
    assert get_script_prefix() == "/"  # nothing of it stays for the next request


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("/ft/about/", "/tf/about/"),
        ("/yy/about/", "/y/about/"),
        ("/fyt/about/?page=2", "/tyf/about/?page=2"),
        ("/y/en/about/", "/en/about/"),
        ("/tyf/en/about/", "/t/en/about/"),
        ("/t", "/t/"),
        ("/y/desk/", "/desk/"),
        ("/t/api/hsds/services?page=2", "/api/hsds/services?page=2"),
        ("/t/static/css/tsunagari.css", "/static/css/tsunagari.css"),
    ],
)
def test_another_way_to_say_the_same_leads_to_the_one_address(client: Client, asked: str, kept: str):
    response = client.get(asked)
    assert (response.status_code, response["Location"]) == (308, kept)
    assert not response.cookies


@pytest.mark.parametrize(
    "asked", ["/yf//evil.example/", "/ft//evil.example/", "/y//evil.example/en/", "/tt/\\evil"]
)
def test_no_address_leads_elsewhere(client: Client, asked: str):
    response = client.get(asked)
    location = response.get("Location", "/")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


@pytest.mark.parametrize("path", ["/tz/", "/tt-tt/", "/tyftyftyftyft/", "/T/", "/x/"])
def test_what_is_no_choice_is_no_page(client: Client, path: str):
    assert client.get(path).status_code == 404


@given(st.text(alphabet="tyf/.ab%en", max_size=20))
def test_choices_are_read_from_any_path(text: str):
    chosen, rest = display.read("/" + text)
    assert rest.startswith("/")
    again, same = display.read(chosen.prefix + rest[1:])
    if chosen != Display():
        assert (again, same) == (chosen, rest)


def test_no_address_of_the_site_begins_like_a_choice():
    first = {str(pattern.pattern).split("/")[0] for pattern in _all(get_resolver().url_patterns)}
    assert "about" in first
    assert [part for part in first if display.read(f"/{part}/")[0] != Display()] == []


def _all(patterns):
    for pattern in patterns:
        inner = getattr(pattern, "url_patterns", None)
        yield from _all(inner) if inner and not str(pattern.pattern) else [pattern]


def test_a_search_keeps_what_was_chosen(client: Client):
    asked = client.post("/tyf/search/", {"q": "さびしい"})
    assert (asked.status_code, asked["Location"][:14]) == (303, "/tyf/search/r/")
    html = client.get(asked["Location"]).content.decode()
    assert "<ruby>" in html
    assert title(html) == "おしらせ"
    english = client.post("/t/en/search/", {"q": "lonely"})
    assert english["Location"].startswith("/t/en/search/r/")
    assert title(client.get(english["Location"]).content.decode()) == "Notes"


def test_forms_that_are_answered_keep_what_was_chosen(client: Client, yorisoi: Service):
    assert client.post("/f/areas/", {"name": "しながわく"})["Location"] == "/f/areas/131091/"
    page = f"/ty/services/{yorisoi.pk}/mistake/"
    assert client.post(page, {"kind": "number"})["Location"] == f"{page}thanks/"
    refused = client.post(page, {})
    assert (refused.status_code, title(refused.content.decode())) == (422, "おしらせ")
    assert (
        client.post("/ft/areas/", {"name": "しながわく"}).status_code == 308
    )  # a form is sent on with its fields


@pytest.mark.parametrize("path", [*PAGES, NO_PAGE])
def test_a_neutral_title_tells_nothing_on_any_page(client: Client, path: str):
    for prefix, word in (("/t", "お知らせ"), ("/ty", "おしらせ"), ("/tf", "お知らせ"), ("/t/en", "Notes")):
        html = client.get(prefix + path).content.decode()
        assert title(html) == word
        assert "img/page.svg" in html
        assert "img/favicon.svg" not in html
        assert re.search(r'<html lang="[^"]*" class="[^"]*neutral', html)
    assert title(client.get(path).content.decode()) != "お知らせ"


def test_the_pages_of_a_service_have_neutral_titles(client: Client, yorisoi: Service):
    for ending in ("", "print/", "mistake/", "mistake/thanks/", "in/vi/"):
        assert title(client.get(f"/t/services/{yorisoi.pk}/{ending}").content.decode()) == "お知らせ"


def test_the_page_without_a_database_is_shown_as_chosen():
    quiet = fallback.page("ja", Display(neutral=True)).decode()
    assert title(quiet) == "お知らせ"
    assert 'href="/t/talk-now/"' in quiet
    assert title(fallback.page("ja").decode()) != "お知らせ"
    assert 'href="/talk-now/"' in fallback.page("ja").decode()
    assert get_script_prefix() == "/"


@pytest.mark.parametrize("path", [*PAGES, NO_PAGE])
def test_every_page_offers_the_other_ways_of_showing_it(client: Client, path: str):
    html = client.get(path).content.decode()
    for way in (f"/yf{path}", f"/f{path}", f"/en{path}", f"/t{path}"):
        assert f'href="{way}"' in html, way
    shown = client.get(f"/tf{path}").content.decode()
    for way in (f"/tyf{path}", f"/t{path}", f"/f{path}", f"/t/en{path}"):
        assert f'href="{way}"' in shown, way
    assert shown.count('aria-current="true"') >= 2
    english = client.get(f"/en{path}").content.decode()
    for way in (path, f"/yf{path}", f"/t/en{path}"):
        assert f'href="{way}"' in english, way


def test_the_page_of_results_stays_when_the_way_of_showing_changes(client: Client):
    address = client.post("/search/", {"q": "相談"})["Location"]
    html = client.get(f"{address}?page=2").content.decode()
    assert f'href="/f{address}?page=2"' in html


def test_language_is_said_in_the_page_and_the_header(client: Client):
    for path, tag in (
        ("/about/", "ja"),
        ("/f/about/", "ja"),
        ("/y/about/", "ja-x-easy"),
        ("/t/en/about/", "en"),
    ):
        response = client.get(path)
        assert response["Content-Language"] == tag
        assert f'<html lang="{tag}"' in response.content.decode()
        assert "Cookie" not in response.get("Vary", "")
        assert response["Content-Length"] == str(len(response.content))


def test_search_engines_are_told_which_page_is_the_page(client: Client):
    site = settings.SITE_URL
    for path, own in (
        ("/tf/about/", "/about/"),
        ("/tyf/about/", "/y/about/"),
        ("/t/en/about/", "/en/about/"),
    ):
        html = client.get(path).content.decode()
        assert f'<link rel="canonical" href="{site}{own}">' in html
        assert f'<link rel="alternate" hreflang="en" href="{site}/en/about/">' in html
    token = client.post("/search/", {"q": "お金"})["Location"]
    assert 'rel="canonical"' not in client.get(token).content.decode()


def test_error_pages_are_rendered_as_chosen_without_a_request():
    assert "お知らせ" not in title(render_to_string("500.html"))
    assert reverse("portal:home") == "/"


def test_easy_and_furigana_are_not_for_the_desk(client: Client):
    assert client.get("/desk/login/").status_code in {200, 302, 404}
    assert client.get("/yf/desk/login/")["Location"].startswith("/desk/")


def test_an_area_is_read_as_its_own_kana_say_where_the_name_alone_does_not_tell(client: Client):
    toyama = client.get("/f/areas/160008/").content.decode()
    mie = client.get("/f/areas/240001/").content.decode()
    assert "<ruby>朝日町<rt>あさひまち</rt></ruby>" in toyama
    assert "<ruby>朝日町<rt>あさひちょう</rt></ruby>" in mie
    office = client.get("/f/areas/131091/").content.decode()
    assert "せいかつこんきゅうしゃ" in re.sub("</rt></ruby><ruby>[^<]*<rt>", "", office)
    assert "data-kana" not in client.get("/areas/160008/").content.decode()
    office = Service.objects.get(key="shakyo", contact_area__name="朝日町", contact_area__parent_id="240001")
    assert (
        "あさひちょうしゃかいふくしきょうぎかい" in client.get(f"/f/services/{office.pk}/").content.decode()
    )
