"""The pages in English: no Japanese but what is marked as such, and every text that the directory has."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.test import Client

from tests.addresses import NO_PAGE, PAGES
from tsunagari.core import fallback
from tsunagari.core.areas import area_tree
from tsunagari.directory.models import Service

pytestmark = pytest.mark.usefixtures("directory")

JAPANESE = re.compile(r"[\u3005\u3040-\u30ff\u4e00-\u9fff\uff01-\uff9d]+")
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "use"}
NOT_ENGLISH = {"ja", "zh"}
"""Marked as Japanese, or as Chinese, which is written in the same letters."""
SPOKEN = {"alt", "aria-label", "content", "placeholder", "title"}
"""Attributes that are read out or shown."""

ONLY_JAPANESE = {"日本語", "やさしい日本語", "生きづらびっと", "親子のための相談LINE"}
"""The ways to the other languages, and the accounts on LINE, which are found there by these names."""


class VisibleText(HTMLParser):
    """Collects the texts of a page whose nearest ``lang`` is not ``ja``, with attributes that are spoken."""

    def __init__(self) -> None:
        super().__init__()
        self.languages = [""]
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        language = dict(attrs).get("lang") or self.languages[-1]
        if language not in NOT_ENGLISH:
            self.texts.extend(value for name, value in attrs if name in SPOKEN and value)
        if tag not in VOID:
            self.languages.append(language)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.languages.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.languages.pop()

    def handle_data(self, data: str) -> None:
        if self.languages[-1] not in NOT_ENGLISH:
            self.texts.append(data)


def japanese_in(html: str) -> list[str]:
    """What stands in Japanese without being marked, with the text around it."""
    page = VisibleText()
    page.feed(html)
    assert page.languages == [""]  # what was opened was closed: the marks were read rightly
    return [text.strip() for text in page.texts if JAPANESE.search(text)]


def marked_in(html: str) -> list[str]:
    """The contents of the elements without children that are marked as Japanese."""
    return re.findall(r'<\w+[^>]*\blang="ja"[^>]*>([^<]*[\u3040-\u30ff\u4e00-\u9fff][^<]*)<', html)


@pytest.fixture
def english(client: Client) -> Callable[[str], str]:
    """Fetch a page in English."""
    return lambda path: client.get(f"/en{path}").content.decode()


def test_the_reader_of_pages_sees_what_is_not_marked() -> None:
    html = '<p>a <b lang="ja">日本</b><br>とは<img alt="絵"></p><p lang="ja"><i lang="en">語</i>語</p>'
    assert japanese_in(html) == ["とは", "絵", "語"]


@pytest.mark.parametrize("path", [*PAGES, NO_PAGE])
def test_a_page_in_english_is_in_english(english: Callable[[str], str], path: str) -> None:
    html = english(path)
    assert japanese_in(html) == []
    # nothing hides behind the mark either: here the directory speaks English throughout
    assert set(marked_in(html)) <= ONLY_JAPANESE


@pytest.mark.parametrize("words", ["rent", "lonely", "i want to die", "shakyo", "Shinagawa rent", "xyzzyqwv"])
def test_results_in_english_are_in_english(client: Client, words: str) -> None:
    response = client.post("/en/search/", {"q": words})
    html = client.get(response["Location"]).content.decode()
    assert '<html lang="en">' in html
    assert japanese_in(html) == []
    assert set(marked_in(html)) <= ONLY_JAPANESE


def test_results_for_a_chosen_place_are_in_english(client: Client) -> None:
    for fields in ({"area": "131091"}, {"place": "ふちゅうし"}, {"place": "どこにもないまち"}):
        response = client.post("/en/search/", {"q": "rent", **fields})
        assert japanese_in(client.get(response["Location"]).content.decode()) == [], fields


@pytest.mark.parametrize("ending", ["", "print/", "mistake/", "mistake/thanks/"])
def test_lines_and_programmes_are_in_english(english: Callable[[str], str], ending: str) -> None:
    for service in Service.objects.filter(service_areas__area=None):
        html = english(f"/services/{service.pk}/{ending}")
        assert japanese_in(html) == [], service.key
        assert set(marked_in(html)) <= ONLY_JAPANESE | {service.basis}, service.key  # laws are cited so


@pytest.mark.parametrize(
    "kind", ["shakyo", "jiritsu-soudan", "houkatsu", "hikikomori-center", "seishin-center"]
)
def test_offices_are_in_english(english: Callable[[str], str], kind: str) -> None:
    office = Service.objects.filter(key=kind).order_by("contact_area")[0]
    for ending in ("", "print/"):
        html = english(f"/services/{office.pk}/{ending}")
        assert japanese_in(html) == []
        assert set(marked_in(html)) <= ONLY_JAPANESE | {office.basis}


def test_a_programme_says_in_english_whom_it_is_for_and_what_to_bring(english: Callable[[str], str]) -> None:
    housing = Service.objects.get(key="jukyo-kakuho")
    for ending in ("", "print/"):
        html = english(f"/services/{housing.pk}/{ending}")
        for text in (
            "People who have lost their home",
            "The office for self-reliance support",
            "Applying is free",
            "- Proof of identity<br>- Proof that you left your job",
            f'<dd lang="ja">{housing.basis}</dd>',
        ):
            assert text in html, text


def test_a_text_without_english_stands_in_japanese_and_is_marked(english: Callable[[str], str]) -> None:
    housing = Service.objects.get(key="jukyo-kakuho")
    housing.application_process_en = ""
    housing.alert = "工事中"
    housing.save(update_fields=["application_process_en", "alert"])
    housing.required_documents.filter(position=0).update(document_en="")
    html = english(f"/services/{housing.pk}/")
    assert japanese_in(html) == []
    assert f'<dd lang="ja">{housing.application_process}</dd>' in html
    assert '<dd lang="ja">・本人確認書類<br>・' in html


def test_areas_are_named_in_latin_letters(english: Callable[[str], str], client: Client) -> None:
    html = english("/areas/131091/")
    assert re.search(r"<h1>[^<]*Shinagawa-ku, Tokyo[^<]*</h1>", html)
    assert "Shinagawa-ku Council of Social Welfare" in html
    assert "Aomori Prefecture" in english("/areas/")
    assert "Chuo-ku" in english("/areas/011002/")
    office = Service.objects.get(key="shakyo", contact_area="131091")
    assert "Shinagawa-ku, Tokyo" in english(f"/services/{office.pk}/")
    found = client.get(client.post("/en/areas/", {"name": "ふちゅうし"})["Location"]).content.decode()
    assert "Fuchu-shi, Hiroshima Prefecture" in found
    assert japanese_in(found) == []


def test_an_area_is_found_by_its_name_in_latin_letters(client: Client, directory: None) -> None:
    for written in ("Shinagawa", "shinagawa-ku", "Shinagawa-ku, Tokyo"):
        response = client.post("/en/areas/", {"name": written})
        assert response["Location"] == "/en/areas/131091/", written
    assert area_tree()["131091"].name == "品川区"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/areas/", {"name": ""}),
        ("/areas/", {"name": "Nowhere-shi"}),
        ("/search/", {"q": ""}),
        ("/search/", {"q": "a" * 501}),
        ("/search/", {"q": "rent", "area": "1"}),
        ("/search/", {"q": "rent", "place": "a" * 41}),
    ],
)
def test_what_cannot_be_read_is_said_in_english(client: Client, path: str, fields: dict[str, str]) -> None:
    response = client.post(f"/en{path}", fields)
    assert response.status_code == 422
    assert japanese_in(response.content.decode()) == []


def test_an_expired_search_and_a_bad_report_are_told_in_english(client: Client, yorisoi: Service) -> None:
    expired = client.get("/en/search/r/" + "a" * 40)
    assert (expired.status_code, japanese_in(expired.content.decode())) == (410, [])
    report = client.post(f"/en/services/{yorisoi.pk}/mistake/", {})
    assert (report.status_code, japanese_in(report.content.decode())) == (422, [])


def test_the_page_without_a_database_is_in_english() -> None:
    html = fallback.page("en").decode()
    assert japanese_in(html) == []
    assert set(marked_in(html)) <= ONLY_JAPANESE
    assert "Yorisoi Hotline (When calling from Iwate, Miyagi or Fukushima)" in html
