"""Entries whose keeper has not answered for a year: nothing is said of this minute, and they lead on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from tests.portal.conftest import AT
from tsunagari.core.areas import area_tree
from tsunagari.directory.models import ConfirmationRequest, Service
from tsunagari.directory.search.index import reindex_services
from tsunagari.portal import calendar, selectors
from tsunagari.portal.cards import card_of
from tsunagari.portal.reach.copies import Copies
from tsunagari.portal.reach.entries import entry_of

pytestmark = pytest.mark.usefixtures("directory")
LONG_AGO = datetime(2025, 11, 20, 1, tzinfo=UTC)
CLAIMS = ("開いています", "次は ", "いまは閉まっています", "あと")


@pytest.fixture
def silent(db: None) -> Service:
    """よりそいホットライン as if it were somebody's own entry, asked more than a year ago."""
    service = Service.objects.get(key="yorisoi")
    Service.objects.filter(pk=service.pk).update(key=None)
    ConfirmationRequest.objects.create(service=service, asked_at=LONG_AGO, last_sent_at=LONG_AGO)
    reindex_services([service.pk], on=AT.date())
    return service


def article(html: str) -> str:
    return html[html.index("<article>") : html.index("</article>\n<div")]


def page_of(client: Client, service: Service, prefix: str = "") -> Any:
    return client.get(f"{prefix}/services/{service.pk}/")


def test_its_page_says_that_it_is_unconfirmed_and_claims_nothing_of_now(client: Client, silent: Service):
    page = page_of(client, silent)
    html = page.content.decode()
    own = html[html.index("<article>") : html.index('id="ways"')].split('id="instead"')[0]
    ways = html[html.index('id="ways"') : html.index('id="about"')]
    for claim in CLAIMS:
        assert claim not in own, claim
        assert claim not in ways, claim
    assert "1年返事がありません" in own
    assert "いまも続いているか、確かめられていません。" in own
    assert "まえに聞いた時間です。" in ways
    assert "毎日 24時間" in ways  # the hours stay readable
    assert "hours.ics" not in html
    assert page.context["act"] is None


def test_its_page_leads_to_lines_that_answer_now(client: Client, silent: Service):
    page = page_of(client, silent)
    html = page.content.decode()
    similar = page.context["similar"]
    assert similar
    assert all(card.open_now and not card.silent and card.pk != silent.pk for card in similar)
    instead = html[html.index('id="instead"') : html.index('id="ways"')]
    assert all(card.url in instead for card in similar)
    assert 'id="similar"' not in html  # said once, above


def test_a_place_to_go_to_leads_on_too(client: Client, silent: Service):
    Service.objects.filter(pk=silent.pk).update(kind=Service.Kind.PLACE)
    assert page_of(client, silent).context["similar"]


def test_in_english_it_says_the_same(client: Client, silent: Service):
    html = page_of(client, silent, "/en").content.decode()
    own = html[html.index("<article>") : html.index('id="ways"')].split('id="instead"')[0]
    assert "Nobody knows whether this still exists." in own
    assert "Open now" not in own
    assert "24 hours" not in own


@pytest.mark.parametrize("days", [0, 363])
def test_until_the_year_is_over_it_counts(client: Client, silent: Service, days: int):
    asked = datetime(2025, 11, 27, 1, tzinfo=UTC) + timedelta(days=days)
    ConfirmationRequest.objects.update(asked_at=asked)
    service = selectors.any_service().get(pk=silent.pk)
    card = card_of(service, AT)
    assert (card.open_now, card.silent, card.ask) == (True, False, "")
    in_two_days = card_of(service, asked.replace(year=asked.year + 1))
    assert (in_two_days.open_now, in_two_days.silent) == (None, True)


def test_an_answer_ends_it(client: Client, silent: Service):
    ConfirmationRequest.objects.update(answered_at=AT, answer="confirmed")
    assert card_of(selectors.any_service().get(pk=silent.pk), AT).open_now is True
    assert "1年返事がありません" not in page_of(client, silent).content.decode()


def test_a_curated_line_keeps_its_hours(client: Client, yorisoi: Service):
    ConfirmationRequest.objects.create(service=yorisoi, asked_at=LONG_AGO, last_sent_at=LONG_AGO)
    card = card_of(selectors.any_service().get(pk=yorisoi.pk), AT)
    assert (card.open_now, card.silent) == (True, False)


def test_no_list_says_that_it_is_open(client: Client, silent: Service):
    for address in ("/talk-now/", "/needs/life/", "/needs/lonely/", "/languages/en/", "/"):
        page = client.get(address)
        if page.status_code == 404:
            continue
        html = page.content.decode()
        for block in html.split("<article")[1:]:
            if f"/services/{silent.pk}/" in block:
                assert "開いています" not in block.split("</article>")[0], address


def test_neither_calendar_nor_paper_nor_copy_relies_on_it(client: Client, silent: Service):
    service = selectors.any_service().get(pk=silent.pk)
    with translation.override("ja"):
        assert calendar.hours_calendar(card_of(service, AT), AT, language="ja") is None
        entry = entry_of(service, AT)
        assert entry.silent
        assert not entry.always
        assert "確かめられていません" in entry.ask
        pages = dict(Copies(area_tree()["131091"], AT).pages())
    assert f"services/{silent.pk}.html" not in pages  # a nationwide line that is not offered any more
    assert client.get(f"/services/{silent.pk}/hours.ics").status_code == 404
