"""The page for the under-eighteens: words that a ten-year-old reads, and what a child wants to know first."""

import json
import re
from html import unescape
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import Client

from tests.portal.conftest import AT
from tsunagari.core.runtime.catalogues import collect
from tsunagari.directory.models import Service
from tsunagari.portal.views import pages

pytestmark = pytest.mark.usefixtures("directory")

KANJI = re.compile("[々\u4e00-\u9fff]")
LONGEST_SENTENCE = 45
TEMPLATE = "tsunagari/portal/templates/portal/under_18.html"


@pytest.fixture(autouse=True)
def at_night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "this_minute", lambda: AT)


def learnt() -> set[str]:
    """The kanji of the first four years of school."""
    grades = json.loads((settings.DATA_DIR / "school_kanji.json").read_text(encoding="utf-8"))["grades"]
    assert [len(grades[grade]) for grade in "1234"] == [80, 160, 200, 202]
    return set("".join(grades.values()))


class Bare(HTMLParser):
    """Collects the text of a page that has no reading over it."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"ruby", "title", "svg"}:
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.text += data


def bare(html: str) -> str:
    page = Bare()
    page.feed(html)
    return page.text


def ours() -> list[str]:
    """The sentences of the page itself; the lines' names come from the directory."""
    return [message.text for message in collect().values() if TEMPLATE in message.places]


def test_no_kanji_beyond_the_fourth_year_stands_without_its_reading(client: Client):
    for path in ("/under-18/", "/y/under-18/", "/t/under-18/"):
        html = client.get(path).content.decode()
        assert "<ruby>" in html
        beyond = set(KANJI.findall(bare(html))) - learnt()
        assert beyond == set(), path


def test_the_check_sees_kanji_without_a_reading():
    assert set(KANJI.findall(bare("<p>憂<ruby>鬱<rt>うつ</rt></ruby></p>"))) - learnt() == {"憂"}


def test_its_own_words_are_those_of_a_ten_year_old():
    sentences = [part for text in ours() for part in re.split("[。？]", text) if part]
    assert len(sentences) > 40
    assert [text for text in sentences if len(text) > LONGEST_SENTENCE] == []
    # with the reading over it a child may meet a few newer kanji, not many
    beyond = {kanji for text in ours() for kanji in KANJI.findall(text)} - learnt()
    assert beyond <= set("号育居"), beyond


def test_it_says_what_a_child_asks(client: Client):
    words = re.sub("<rt>.*?</rt>|<[^>]+>", "", client.get("/under-18/").content.decode())
    for question in (
        "だれに知られるの？",
        "お金は、かかるの？",
        "何がのこるの？",
        "家の人のゆるしは、いるの？",
        "ひみつでなくなるのは、どんなとき？",
        "何て言えばいいの？",
    ):
        assert question in words
    assert "いりません。ひとりで電話して、話していいです。" in words
    assert "できるだけ先に、あなたに話します。" in words


def test_lines_for_children_that_are_open_stand_first_with_their_buttons(client: Client):
    html = unescape(client.get("/en/under-18/").content.decode())
    now, later = html.split('id="later"')
    assert "24-hour" in now or "24" in now
    for key in ("kodomo-sos", "jisou-189", "anata-no-ibasho", "childline"):
        service = Service.objects.get(key=key)
        assert (service.name_en or service.name) in html, key
    # at half past three in the night チャイルドライン is closed
    childline = Service.objects.get(key="childline")
    assert childline.name_en in later
    assert childline.name_en not in now.split('id="now"')[1]
    # a line for children comes before one for everybody
    assert now.index(Service.objects.get(key="kodomo-sos").name_en) < now.index(
        Service.objects.get(key="anata-no-ibasho").name_en
    )
    assert 'href="tel:189"' in now


def test_home_and_every_foot_lead_to_it(client: Client):
    home = client.get("/").content.decode()
    assert home.count('href="/under-18/"') == 2
    assert 'href="/under-18/"' in client.get("/talk-now/").content.decode()
