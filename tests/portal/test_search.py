"""Search: sealed words, and what a stranger may type."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tsunagari.core import fairness, rate_limits
from tsunagari.core.crypto import open_token, seal_token
from tsunagari.portal.forms import SearchForm
from tsunagari.portal.views.search import PURPOSE, TTL_SECONDS, seal_search

pytestmark = pytest.mark.usefixtures("directory")


def found(client: Client, **fields: str) -> str:
    """Search and return the address of the results."""
    response = client.post("/search/", fields)
    assert response.status_code == 303, response.content.decode()
    return response["Location"]


def test_words_are_sealed_and_the_results_are_nobodys_to_keep(client: Client):
    address = found(client, q="夜中に話せるところ")
    assert re.fullmatch(r"/search/r/[A-Za-z0-9_-]+", address)
    response = client.get(address)
    html = response.content.decode()
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert re.search(r"<title>(.*?)</title>", html)[1] == "見つかったところ｜つながり"
    assert response.context["cards"][0].open_now


def test_reload_shows_the_same_and_paging_needs_no_words(client: Client):
    address = found(client, q="相談")
    first, again, second = client.get(address), client.get(address), client.get(f"{address}?page=2")
    assert [card.name for card in first.context["cards"]] == [card.name for card in again.context["cards"]]
    names = {card.url for card in first.context["cards"]}
    assert second.status_code == 200
    assert not names & {card.url for card in second.context["cards"]}


def test_two_searches_for_the_same_words_have_different_addresses(client: Client):
    assert found(client, q="つらい") != found(client, q="つらい")


def test_a_token_ends_after_thirty_minutes_and_cannot_be_altered(client: Client):
    past = datetime.now(UTC) - timedelta(seconds=TTL_SECONDS + 120)
    old = seal_token(settings.MASTER_KEY, PURPOSE, {"q": "つらい"}, ttl_seconds=TTL_SECONDS, at=past)
    response = client.get(f"/search/r/{old}")
    assert response.status_code == 410
    assert "時間がたったので消えました" in response.content.decode()
    good = found(client, q="つらい").rsplit("/", 1)[1]
    altered = good[:-2] + ("AA" if good[-2:] != "AA" else "BB")
    assert client.get(f"/search/r/{altered}").status_code == 410


def test_a_token_of_another_purpose_is_refused(client: Client):
    other = seal_token(
        settings.MASTER_KEY, "portal-areas", {"q": "つらい"}, ttl_seconds=900, at=datetime.now(UTC)
    )
    assert client.get(f"/search/r/{other}").status_code == 410


def test_filters_are_links_to_the_same_search(client: Client):
    page = client.get(found(client, q="話したい"))
    chips = {str(chip["label"]): chip for chip in page.context["chips"]}
    filtered = client.get(chips["チャット"]["url"])
    assert filtered.context["cards"]
    assert all("chat" in {way.type for way in card.channels} for card in filtered.context["cards"])
    back = {str(chip["label"]): chip for chip in filtered.context["chips"]}
    assert back["チャット"]["on"]
    assert not client.get(back["チャット"]["url"]).context["chips"][2]["on"]


def test_a_place_in_the_words_is_understood_and_may_be_named_beside_them(client: Client):
    assert "札幌" in client.get(found(client, q="札幌 ひきこもり")).content.decode()
    page = client.get(found(client, q="ひきこもり", place="しながわ"))
    assert page.context["area"].code == "131091"
    assert any("品川区" in card.name or "東京都" in card.name for card in page.context["cards"])


def test_a_place_of_two_names_asks_which(client: Client):
    page = client.get(found(client, q="相談", place="府中"))
    names = [name for name, _ in page.context["places"]]
    assert names == ["東京都府中市", "広島県府中市", "広島県府中町"]
    assert client.get(page.context["places"][1][1]).context["area"].code == "342084"


def test_an_unknown_place_says_so_and_searches_anyway(client: Client):
    page = client.get(found(client, q="相談", place="どこでもない"))
    assert "その名前の市区町村は見つかりませんでした。" in page.content.decode()
    assert page.context["cards"]


def test_nothing_found_is_never_an_empty_page(client: Client):
    page = client.get(found(client, q="ぞぬぺけぽよ"))
    assert page.context["cards"] or page.context["anyway"]


@pytest.mark.parametrize("words", ["", "   ", "\x00\x01", "\u200b\u202e", "あ" * 501, "死" * 10_000])
def test_what_cannot_be_searched_gets_a_sentence(client: Client, words: str):
    response = client.post("/search/", {"q": words})
    assert response.status_code == 422
    assert response["Cache-Control"] == "no-store"
    assert 'id="q-error"' in response.content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"q": "つらい", "area": "999999"},
        {"q": "つらい", "area": "１３１０９１"},
        {"q": "つらい", "area": "'; DROP TABLE"},
        {"q": "つらい", "place": "あ" * 10_000},
        {"q": "<script>alert(1)</script>"},
        {"q": "' OR 1=1 --"},
        {"q": "%s %(x)s {0} \\"},
        {"q": "👩‍👩‍👧‍👦🏳️‍🌈"},
    ],
)
def test_bad_fields_cause_no_fault(client: Client, fields: dict[str, str]):
    response = client.post("/search/", fields)
    assert response.status_code in {303, 422}
    if response.status_code == 303:
        html = client.get(response["Location"]).content.decode()
        assert "<script>alert" not in html


@pytest.mark.parametrize("page", ["0", "-1", "9999", "x", "１", "1e3", "", "%00"])
def test_a_page_that_is_none_shows_the_first(client: Client, page: str):
    address = found(client, q="相談")
    response = client.get(f"{address}?page={page}")
    assert response.status_code == 200
    assert response.context["number"] == 1


def test_bytes_that_are_no_text_cause_no_fault(client: Client):
    body = b"q=%ff%fe%80&area=%c0%af"
    response = client.post("/search/", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code in {303, 422}


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=st.text(max_size=600))
def test_any_text_is_either_sealed_whole_or_refused(words: str):
    form = SearchForm({"q": words})
    if form.is_valid():
        at = datetime.now(UTC)
        token = seal_token(settings.MASTER_KEY, PURPOSE, {"q": form.cleaned_data["q"]}, ttl_seconds=60, at=at)
        assert open_token(settings.MASTER_KEY, PURPOSE, token, at=at)["q"] == form.cleaned_data["q"]
        assert len(token) <= 4_000


def test_get_shows_the_form_and_other_methods_are_refused(client: Client):
    assert client.get("/search/").status_code == 200
    assert client.put("/search/").status_code == 405


def test_no_word_reaches_a_log(client: Client, capfd, caplog):
    caplog.set_level("DEBUG")
    client.get(found(client, q="ひみつのことば", place="しながわ"))
    client.post("/search/", {"q": "ひみつのことば" * 100})
    logged = caplog.text + "".join(capfd.readouterr())
    assert "ひみつ" not in logged
    assert "しながわ" not in logged


# -- when too many search at once -------------------------------------------------------------------------


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fairness, "turns", fairness.Turns(0, 0))
    monkeypatch.setattr(rate_limits, "_window", rate_limits._Window())  # nobody is beyond the share
    monkeypatch.setattr(fairness, "PATIENCE", 0.0)


def sealed(words: str) -> str:
    return seal_search({"q": words}, timezone.now())


@pytest.mark.usefixtures("no_room")
def test_without_room_for_a_search_danger_is_answered_all_the_same(client: Client):
    response = client.get(sealed("死にたい"))
    page = response.content.decode()
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert 'class="danger' in page
    assert page.index('class="danger') < page.index("card service")
    assert "死にたい" in page


@pytest.mark.usefixtures("no_room")
def test_without_room_the_words_stay_and_the_lines_are_shown(client: Client):
    response = client.get(sealed("夜に話したい"))
    page = response.content.decode()
    assert (response.status_code, response["Retry-After"], response["Cache-Control"]) == (
        503,
        "5",
        "no-store",
    )
    assert "夜に話したい" in page
    for number in ("110", "119", "0120-279-338"):
        assert number in page
    assert client.get("/search/r/" + "x" * 40).status_code == 410


@pytest.mark.usefixtures("no_room")
def test_without_room_the_api_tells_the_lines_of_danger_or_when_to_ask_again(client: Client):
    def ask(words: str) -> Any:
        return client.post("/api/search", {"q": words}, content_type="application/json")

    danger = ask("死にたい")
    assert (danger.status_code, danger.json()["crisis"], danger.json()["results"]) == (200, True, [])
    assert danger.json()["pinned"]
    busy = ask("夜に話したい")
    assert (busy.status_code, busy["Retry-After"], busy.json()["crisis"]) == (503, "5", False)
    assert busy["Access-Control-Allow-Origin"] == "*"
    assert client.post("/api/search", "[", content_type="application/json").status_code == 400
