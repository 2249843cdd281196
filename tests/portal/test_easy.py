"""Pages in やさしい日本語: all of the site in short sentences with spaces, entries where they have one."""

import re
from html.parser import HTMLParser

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from tests.addresses import NO_PAGE, PAGES
from tests.portal.conftest import AT
from tsunagari.core import display
from tsunagari.core.runtime import catalogues
from tsunagari.core.templatetags import ui
from tsunagari.directory.models import Service
from tsunagari.directory.schedules import hours_from_source, summary
from tsunagari.portal.cards import card_of
from tsunagari.portal.week import easy_span, in_easy_words

CATALOGUE = settings.BASE_DIR / "locale" / catalogues.EASY / "LC_MESSAGES" / "django.po"
LONGEST_SENTENCE = 80


class Texts(HTMLParser):
    """Collects the texts of a page that are in its own language, not marked as another."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, str]] = [("", "")]
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"br", "img", "input", "link", "meta", "use", "hr"}:
            self.stack.append((tag, dict(attrs).get("lang") or self.stack[-1][1]))

    def handle_endtag(self, tag: str) -> None:
        if self.stack[-1][0] == tag:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        if self.stack[-1][1] == "ja-x-easy" and data.strip():
            self.texts.append(data.strip())


def texts_of(html: str) -> list[str]:
    page = Texts()
    page.feed(html)
    return page.texts


def plain_messages() -> dict[str, str]:
    """Messages whose easy words differ from the plain ones, by the plain one: what must not be seen."""
    return {
        entry.msgid: entry.msgstr
        for entry in polib.pofile(str(CATALOGUE))
        if entry.msgstr and entry.msgstr != entry.msgid and "%" not in entry.msgid and len(entry.msgid) > 6
    }


def test_everything_that_visitors_read_is_in_easy_words():
    assert [fault for fault in catalogues.faults() if catalogues.EASY in fault] == []


def test_sentences_are_short_and_words_stand_apart():
    long, joined = [], []
    for entry in polib.pofile(str(CATALOGUE)):
        text = entry.msgstr or entry.msgstr_plural.get(0, "")
        for sentence in re.split("[。\n]", text):
            if len(sentence) > LONGEST_SENTENCE:
                long.append(sentence)
            # a sentence with a particle between words and no space was not written for this catalogue
            if len(sentence) > 16 and " " not in sentence and re.search("[はをがにで][一-龥ぁ-ん]", sentence):
                joined.append(sentence)
    assert long == []
    assert [text for text in joined if text not in NAMES] == []


NAMES = {"あなたのいばしょチャット相談"}


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize("path", [*PAGES, NO_PAGE])
def test_a_page_in_easy_words_has_no_plain_sentence(client: Client, path: str):
    plain = plain_messages()
    assert len(plain) > 300
    texts = texts_of(client.get(f"/y{path}").content.decode())
    assert len(texts) > 20
    assert [text for text in texts if text in plain] == []


def test_the_reader_of_pages_sees_plain_sentences(client: Client, directory: None):
    with translation.override("ja"):
        html = client.get("/about/").content.decode().replace('<html lang="ja"', '<html lang="ja-x-easy"')
    assert len([text for text in texts_of(html) if text in plain_messages()]) > 10


def test_an_entry_is_shown_in_its_easy_words(client: Client, yorisoi: Service):
    html = client.get(f"/y/services/{yorisoi.pk}/").content.decode()
    assert f'<p class="lead" lang="ja-x-easy">{yorisoi.description_easy}</p>' in html
    assert yorisoi.description not in html
    programme = Service.objects.get(key="seikatsu-hogo")
    page = client.get(f"/y/services/{programme.pk}/").content.decode()
    assert f'<h1 lang="ja-x-easy">{programme.alternate_name}</h1>' in page
    assert programme.description_easy in page


EASY_PROGRAMME = (
    "お金に 困って いて、すぐに 働く ことが むずかしい 人です。",
    "市や 区の「生活困窮者自立相談支援」の 窓口です。",
)


def test_a_programme_tells_for_whom_where_what_and_cost_in_easy_words(client: Client, directory: None):
    page = client.get(f"/y/services/{Service.objects.get(key='jukyo-kakuho').pk}/").content.decode()
    facts = page[page.index('id="about"') :]
    for easy in (
        "仕事を やめたり、休んだりして お金が へった 人です。",
        "市や 区の「生活困窮者自立相談支援」の 窓口です。",
        "・家を 借りた ときの 約束の 紙（契約書）の コピー",
        "申し込みに お金は かかりません。",
        "まだ 人が 確かめて いません。",
    ):
        assert easy in without_readings(facts), easy
    assert "離職・廃業" not in without_readings(facts)
    for prefix in ("", "/en"):
        plain = client.get(
            f"{prefix}/services/{Service.objects.get(key='jukyo-kakuho').pk}/"
        ).content.decode()
        assert "お金が へった" not in plain


def without_readings(html: str) -> str:
    return re.sub(r"<rp>.*?</rp>|<rt>.*?</rt>|</?ruby>|</?rb>", "", html)


def test_easy_words_never_contradict_an_official_text_that_was_changed(client: Client, directory: None):
    programme = Service.objects.get(key="shuurou-junbi")
    Service.objects.filter(pk=programme.pk).update(eligibility_description="だれでも使えます。")
    facts = without_readings(client.get(f"/y/services/{programme.pk}/").content.decode())
    assert "だれでも使えます。" in facts
    assert EASY_PROGRAMME[0] not in facts
    assert EASY_PROGRAMME[1] in facts


def test_an_entry_without_easy_words_says_so_and_has_furigana(client: Client, yorisoi: Service):
    Service.objects.filter(pk=yorisoi.pk).update(description_easy="")
    html = client.get(f"/y/services/{yorisoi.pk}/").content.decode()
    assert "やさしい 日本語では ない 文も あります" in html
    lead = html.split('<p class="lead" lang="ja">')[1].split("</p>")[0]
    assert "<ruby>暮<rt>く</rt></ruby>らしの" in lead
    # its own words have none unless they are asked for
    assert "<ruby>" not in html.split('<nav class="display')[1].split("</nav>")[0]
    assert "やさしい 日本語では ない" not in client.get(f"/services/{yorisoi.pk}/").content.decode()
    with translation.override(display.EASY):
        assert card_of(Service.objects.get(pk=yorisoi.pk), AT).plain
        assert not card_of(Service.objects.get(key="childline"), AT).plain


def test_an_import_that_calls_itself_a_programme_has_no_easy_name(yorisoi: Service):
    service = Service(
        organization=yorisoi.organization, kind="programme", name="制度", alternate_name="別の名前"
    )
    service.save()
    with translation.override(display.EASY):
        assert card_of(service, AT).name == "制度"


@pytest.mark.parametrize(
    ("days", "times", "expected"),
    [
        ("mon tue wed thu fri", "09:00 17:15", "月曜日から 金曜日まで 午前 9時から 午後 5時15分まで"),
        ("sat", "10:00 12:30", "土曜日 午前 10時から 午後 0時30分まで"),
        ("mon wed sun", "20:00 24:00", "月曜日・水曜日・日曜日 午後 8時から 夜の 12時まで"),
    ],
)
def test_hours_are_written_out(days: str, times: str, expected: str):
    opens, closes = times.split()
    hour = {"days": days.split(), "opens": opens, "closes": closes}
    source = {"hours": [hour], "closed": [], "monthday": None}
    hours = hours_from_source(source)
    with translation.override(display.EASY):
        assert in_easy_words(summary(hours)).startswith(expected)
    with translation.override("ja"):
        assert in_easy_words(summary(hours)) == summary(hours)


def test_times_and_days_are_simple():
    with translation.override(display.EASY):
        assert ui.clock(0, 0) == "午前 0時"
        assert ui.clock(12, 5) == "午後 0時5分"
        assert ui.clock(24, 0) == "夜の 12時"
        assert ui.clock(32, 0) == "次の 日の 午前 8時"
        assert easy_span((0, 24 * 60)) == "24時間"
        assert easy_span((9 * 60, 24 * 60)) == "午前 9時から 夜の 12時まで"
        assert ui.day(AT) == "2026年11月25日 水曜日"
        assert ui.short_day(AT.date()) == "11月24日 火曜日"
        assert ui.hour(AT) == "午前 3時30分"


def test_first_words_and_costs_are_in_easy_words(client: Client, yorisoi: Service):
    html = client.get(f"/y/services/{yorisoi.pk}/").content.decode()
    assert "この 電話の 履歴に 残ります" in html
    assert "電話すると、どう なる？" in html


def test_needs_go_by_their_easy_names(client: Client, directory: None):
    found = client.get(client.post("/y/search/", {"q": "さびしい"})["Location"]).content.decode()
    assert "さびしいとき" in found
    assert "孤独・さびしさ" not in found
