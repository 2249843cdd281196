"""By language: what can be used in it, and an entry's own texts with where they come from."""

from datetime import date

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client

from tests.portal.conftest import AT
from tsunagari.directory.models import Metadata, Service, ServiceText
from tsunagari.directory.services.loading import load_directory
from tsunagari.portal import languages
from tsunagari.portal.views import languages as views

pytestmark = pytest.mark.usefixtures("directory")


@pytest.fixture(autouse=True)
def at_night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "this_minute", lambda: AT)


def test_every_language_is_named_in_itself_and_in_that_of_the_page(client: Client):
    html = client.get("/languages/").content.decode()
    assert '<strong lang="vi" dir="ltr">Tiếng Việt</strong> <span class="soft">ベトナム語</span>' in html
    assert 'href="/languages/zh/"' in html
    assert 'href="/languages/ja/"' not in html
    assert "Vietnamese" in client.get("/en/languages/").content.decode()
    # Chinese is no Japanese: no furigana
    assert '<strong lang="zh" dir="ltr">中文</strong>' in client.get("/f/languages/").content.decode()


def test_the_list_counts_what_its_page_shows(client: Client):
    for language in languages.languages_spoken():
        html = client.get(f"/languages/{language.code}/").content.decode()
        assert html.count('<article class="card service">') == language.count
        assert html.count("<h1") == 1


def test_what_is_open_now_stands_first(client: Client):
    html = client.get("/en/languages/vi/").content.decode()
    states = [
        "open" if 'class="badge open"' in card else "closed"
        for card in html.split('<article class="card service">')[1:]
    ]
    assert "open" in states
    assert states == sorted(states, key=lambda state: state != "open")


def test_an_entry_speaks_for_itself_where_it_can(client: Client, yorisoi: Service):
    text = ServiceText.objects.get(service=yorisoi, language="vi", field="description")
    html = client.get("/languages/vi/").content.decode()
    assert f'<p lang="vi" dir="ltr">{text.text}</p>' in html
    page = client.get(f"/services/{yorisoi.pk}/in/vi/").content.decode()
    assert f'<dd lang="vi" dir="ltr">{text.text}</dd>' in page
    assert "機械による訳です" in page
    assert 'href="tel:0120279338"' in page
    assert f'href="/services/{yorisoi.pk}/in/vi/"' in client.get(f"/services/{yorisoi.pk}/").content.decode()


def test_a_checked_text_carries_no_warning(client: Client, yorisoi: Service):
    texts = ServiceText.objects.filter(service=yorisoi, language="vi")
    texts.update(checked_on=date(2026, 11, 1))
    assert "機械による訳です" not in client.get(f"/services/{yorisoi.pk}/in/vi/").content.decode()


@pytest.mark.parametrize("code", ["xx", "ja", "en", "vi-x-nothing", "a" * 60])
def test_a_language_without_anything_is_not_found(client: Client, yorisoi: Service, code: str):
    assert client.get(f"/services/{yorisoi.pk}/in/{code}/").status_code == 404
    if code != "en":
        expected = 200 if code == "ja" else 404
        assert client.get(f"/languages/{code}/").status_code == expected


def test_a_service_tells_its_languages_in_both_ways(client: Client, yorisoi: Service):
    page = client.get(f"/services/{yorisoi.pk}/").content.decode()
    assert "Tiếng Việt（ベトナム語）" in page
    assert "日本語（日本語）" not in page
    assert "Vietnamese" in client.get(f"/en/services/{yorisoi.pk}/").content.decode()


def test_a_text_keeps_its_history_and_refuses_what_has_a_column_of_its_own(yorisoi: Service):
    text = ServiceText.objects.create(
        service=yorisoi, language="uk", field="description", text="Слово", source="human"
    )
    assert Metadata.objects.filter(resource_id=text.pk, resource_type="service_text").exists()
    for wrong in (
        {"language": "en"},
        {"language": "Vi"},
        {"text": ""},
        {"source": "rumour"},
        {"field": "phone"},
        {"language": "vi"},  # it has one
    ):
        values = {"language": "fr", "field": "description", "text": "x", "source": "human", **wrong}
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceText.objects.create(service=yorisoi, **values)


def test_loading_again_leaves_what_a_person_has_written_or_checked(yorisoi: Service):
    texts = ServiceText.objects.filter(service=yorisoi, field="description")
    texts.filter(language="vi").update(text="của người", source="human")
    texts.filter(language="es").update(text="revisado", checked_on=date(2026, 11, 1))
    texts.filter(language="pt").update(text="velho")
    load_directory(folder=settings.DATA_DIR, at=AT, force=True)
    assert texts.get(language="vi").text == "của người"
    assert texts.get(language="es").text == "revisado"
    assert texts.get(language="pt").text != "velho"
