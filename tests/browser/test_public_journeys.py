"""A visitor finds somebody to talk to, and leaves no trace."""

import gzip
import json
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from tests.addresses import PAGES
from tests.browser.visitor import NO_TRACES, Visitor, Visitors
from tsunagari.core.templatetags.ui import NEUTRAL_PAGE

WORDS = "夜中に話せるところ"


def seek(visitor: Visitor, words: str = WORDS) -> None:
    visitor.page.fill("#q", words)
    with visitor.page.expect_navigation():
        visitor.page.click("form.search button.main")


def test_three_taps_to_somebody_who_answers_now(visitors: Visitors):
    visitor = visitors()
    visitor.go("/")
    visitor.page.click("#door-talk a")
    assert visitor.path == "/talk-now/"
    button = visitor.page.locator(".service .actions a").first
    assert button.get_attribute("href").startswith(("tel:", "https://"))
    visitor.page.locator(".service h3 a").first.click()
    assert visitor.path.startswith("/services/")
    expect(visitor.page.locator(".badge.open").first).to_be_visible()


def test_the_button_to_act_is_in_reach_of_the_thumb(visitors: Visitors):
    visitor = visitors()
    visitor.go("/talk-now/")
    visitor.page.locator(".service h3 a").first.click()
    box = visitor.page.locator(".reach a").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800
    assert box["y"] > 600


def test_by_words_to_a_line_that_is_open_at_this_minute(visitors: Visitors):
    visitor = visitors()
    visitor.go("/")
    seek(visitor)
    first = visitor.page.locator("article.service").first
    expect(first.locator(".badge.open")).to_have_count(1)


@pytest.mark.parametrize("scripts", [True, False])
def test_no_word_reaches_an_address_and_back_reload_and_paging_work(visitors: Visitors, scripts: bool):
    visitor = visitors(scripts=scripts)
    visitor.go("/")
    seek(visitor, "相談")
    results = visitor.page.url
    first = visitor.page.locator("article.service h3").first.inner_text()
    assert visitor.path.startswith("/search/r/")
    assert visitor.page.title() == "見つかったところ｜つながり"

    visitor.page.reload()
    assert visitor.page.url == results
    assert visitor.page.locator("article.service h3").first.inner_text() == first

    visitor.page.click("a[rel=next]")
    assert visitor.page.url == f"{results}?page=2"
    visitor.page.go_back()
    assert visitor.page.locator("article.service h3").first.inner_text() == first
    visitor.page.locator("article.service h3 a").first.click()
    visitor.page.go_back()
    assert visitor.page.url == results
    visitor.page.go_back()
    assert visitor.path == "/"

    for request in visitor.requests:
        assert "相談" not in unquote(request.url)
        assert not request.headers.get("referer")
    posts = [request for request in visitor.requests if request.method == "POST"]
    assert [unquote(request.post_data or "") for request in posts] == ["q=相談"]


def test_a_place_is_chosen_and_a_filter_set_without_scripts(visitors: Visitors):
    visitor = visitors(scripts=False)
    visitor.go("/")
    visitor.page.fill("#name", "しながわ")
    visitor.page.click("text=まちを選ぶ")
    assert visitor.path == "/areas/131091/"
    seek(visitor, "ひきこもり")
    assert "東京都品川区" in visitor.page.locator(".chips").first.inner_text()
    visitor.page.click(".chips >> text=電話")
    expect(visitor.page.locator(".chip[aria-current=true]")).to_have_count(2)


def test_no_cookie_no_storage_no_third_party(visitors: Visitors):
    visitor = visitors()
    for path in (*PAGES, "/en/"):
        visitor.go(path)
    seek(visitor, "つらい")
    visitor.page.locator("article.service h3 a").first.click()
    visitor.go("/areas/131091/")
    assert visitor.traces() == NO_TRACES
    assert visitor.strangers() == []
    assert visitor.complaints == []


def leave_address(visitor: Visitor) -> None:
    """Stand in for the neutral page: tests do not go to the network."""
    visitor.context.route(
        f"{NEUTRAL_PAGE}**", lambda route: route.fulfill(body="neutral", content_type="text/html")
    )


@pytest.mark.parametrize("way", ["button", "escape"])
def test_quick_exit_replaces_the_page_in_the_history(visitors: Visitors, way: str):
    visitor = visitors()
    leave_address(visitor)
    visitor.go("/about/")
    visitor.go("/safety/")
    length = visitor.page.evaluate("history.length")
    if way == "button":
        visitor.page.click("[data-quick-exit]")
    else:
        for _ in range(3):
            visitor.page.keyboard.press("Escape")
    visitor.page.wait_for_url(f"{NEUTRAL_PAGE}**")
    assert visitor.page.evaluate("history.length") == length
    visitor.page.go_back()
    assert visitor.path == "/about/"  # not /safety/, which was replaced: the safety page says so


def test_twice_escape_or_escape_between_other_keys_stays(visitors: Visitors):
    visitor = visitors()
    leave_address(visitor)
    visitor.go("/")
    for key in ("Escape", "Escape", "a", "Escape"):
        visitor.page.keyboard.press(key)
    visitor.page.wait_for_timeout(200)
    assert visitor.path == "/"


def test_quick_exit_works_without_scripts(visitors: Visitors):
    visitor = visitors(scripts=False)
    leave_address(visitor)
    visitor.go("/")
    visitor.page.click("[data-quick-exit]")
    visitor.page.wait_for_url(f"{NEUTRAL_PAGE}**")


def test_near_me_sends_the_position_nowhere(visitors: Visitors):
    visitor = visitors(geolocation={"latitude": 35.6095, "longitude": 139.7301}, permissions=["geolocation"])
    visitor.go("/areas/")
    with visitor.page.expect_navigation():
        visitor.page.click("[data-near-me] button")
    assert visitor.path == "/areas/131091/"
    asked = [request.url.removeprefix(visitor.site) for request in visitor.requests]
    assert not [url for url in asked if "35.6" in url or "139.7" in url]
    assert not [request for request in visitor.requests if request.post_data]
    assert "/areas/points.json" in asked


def test_near_me_says_so_when_it_cannot_tell(visitors: Visitors):
    nowhere = visitors(geolocation={"latitude": 0, "longitude": 0}, permissions=["geolocation"])
    nowhere.go("/areas/")
    nowhere.page.click("[data-near-me] button")
    nowhere.page.wait_for_selector("text=近くの市区町村が見つかりませんでした")
    refused = visitors()
    refused.go("/areas/")
    refused.page.click("[data-near-me] button")
    refused.page.wait_for_selector("text=場所がわかりませんでした")


def test_near_me_is_hidden_without_scripts(visitors: Visitors):
    visitor = visitors(scripts=False)
    visitor.go("/areas/")
    expect(visitor.page.locator("[data-near-me]")).to_be_hidden()


@pytest.mark.parametrize("start", ["home", "results"])
def test_first_load_weighs_less_than_60_kb_and_needs_no_font(visitors: Visitors, start: str):
    visitor = visitors()
    weights: dict[str, int] = {}

    def weigh(response):
        if response.status == 200:
            weights[response.url] = len(gzip.compress(response.body()))

    visitor.page.on("response", weigh)
    visitor.go("/")
    if start == "results":
        weights.clear()
        visitor.page.fill("#q", "相談")
        visitor.page.click("form.search button.main")
        address = visitor.page.url
        fresh = visitors()
        fresh.page.on("response", weigh)
        fresh.page.goto(address, wait_until="networkidle")
    else:
        visitor.page.wait_for_load_state("networkidle")
    assert 0 < sum(weights.values()) < 60_000, json.dumps(weights, indent=1)
    assert not [url for url in weights if url.endswith((".woff", ".woff2", ".ttf", ".otf"))]


def test_text_at_200_percent_on_a_phone_does_not_scroll_sideways(visitors: Visitors):
    visitor = visitors(width=360)
    for path in ("/", "/talk-now/", "/safety/"):
        visitor.go(path)
        visitor.page.evaluate("document.documentElement.style.fontSize = '32px'")
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_crisis_words_pin_lines_above_everything(visitors: Visitors):
    visitor = visitors()
    visitor.go("/")
    seek(visitor, "死にたい")
    panel = visitor.page.locator("section.danger")
    expect(panel).to_be_visible()
    expect(panel.locator("a[href='tel:119']")).to_be_visible()
    assert panel.locator("article.service").count() >= 2
    inside = visitor.page.locator("article.service").evaluate_all(
        "(cards) => cards.map((card) => Boolean(card.closest('.danger')))"
    )
    assert inside == sorted(inside, reverse=True)


def test_a_mistake_is_reported_without_scripts(visitors: Visitors):
    visitor = visitors(scripts=False)
    visitor.go("/talk-now/")
    visitor.page.locator(".service h3 a").first.click()
    visitor.page.click("text=まちがいを知らせる")
    visitor.page.click("main button[type=submit]")
    assert visitor.page.locator(".error").inner_text() == "近いものを、ひとつ選んでください。"


def test_the_print_view_hides_what_paper_does_not_need(visitors: Visitors):
    visitor = visitors(width=1280)
    visitor.go("/talk-now/")
    visitor.page.locator(".service h3 a").first.click()
    visitor.page.click("text=紙に印刷する")
    expect(visitor.page.locator("[data-print]")).to_be_visible()
    visitor.page.emulate_media(media="print")
    for hidden in (".safety-bar", "[data-print]", ".site-foot nav"):
        expect(visitor.page.locator(hidden).first, hidden).to_be_hidden()
    expect(visitor.page.locator("h1")).to_be_visible()
