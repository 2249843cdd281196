"""A visitor chooses how pages are shown, and nothing of it stays on the device."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import NO_TRACES, Visitor, Visitors
from tsunagari.directory.services.loading import entry_id

SERVICE = f"/services/{entry_id('service', 'yorisoi')}/"


def choose(visitor: Visitor, name: str) -> None:
    with visitor.page.expect_navigation():
        visitor.page.locator("nav.display a", has_text=re.compile(name)).click()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_choices_stay_from_page_to_page_and_leave_nothing(visitors: Visitors, scripts: bool):
    visitor = visitors(scripts=scripts)
    visitor.go("/")
    choose(visitor, "タブの名前をかくす")
    assert (visitor.path, visitor.page.title()) == ("/t/", "お知らせ")
    choose(visitor, "やさしい日本語")
    assert (visitor.path, visitor.page.title()) == ("/tyf/", "おしらせ")
    visitor.page.fill("#q", "さびしい")
    with visitor.page.expect_navigation():
        visitor.page.click("form.search button.main")
    assert visitor.path.startswith("/tyf/search/r/")
    with visitor.page.expect_navigation():
        visitor.page.locator(".service h3 a").first.click()
    assert visitor.path.startswith("/tyf/services/")
    assert visitor.page.title() == "おしらせ"
    assert visitor.page.locator("main rt").count() > 10
    choose(visitor, "English")
    assert visitor.path.startswith("/t/en/services/")
    assert visitor.page.title() == "Notes"
    expect(visitor.page.locator("rt")).to_have_count(0)
    choose(visitor, "Hide the tab")
    assert visitor.path.startswith("/en/services/")
    assert visitor.page.title() != "Notes"
    if scripts:
        assert visitor.traces() == NO_TRACES
    assert visitor.strangers() == []


def test_the_tab_tells_nothing_at_any_step_of_the_finder(visitors: Visitors):
    visitor = visitors()
    visitor.go("/t/guide/")
    for _ in range(3):
        assert visitor.page.title() == "お知らせ"
        assert visitor.page.locator("link[rel=icon]").get_attribute("href").split("/")[-1].startswith("page.")
        answer = visitor.page.locator("main form button, main form input[type=radio]").first
        if answer.count() == 0:
            break
        if answer.get_attribute("type") == "radio":
            answer.check()
            answer = visitor.page.locator("main form button").first
        with visitor.page.expect_navigation():
            answer.click()
    assert visitor.path.startswith("/t/guide/")
    assert visitor.page.title() == "お知らせ"


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_with_furigana_do_not_scroll_sideways(visitors: Visitors, width: int):
    visitor = visitors(width=width)
    for path in (
        "/yf/",
        "/f/talk-now/",
        "/yf/programmes/",
        "/under-18/",
        f"/yf{SERVICE}",
        "/f/areas/131091/",
    ):
        visitor.go(path)
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_copied_text_holds_no_readings(visitors: Visitors):
    visitor = visitors()
    visitor.go("/f/about/")
    copied = visitor.page.evaluate("""() => {
        getSelection().selectAllChildren(document.querySelector("main p.lead"));
        return getSelection().toString();
    }""")
    assert "話せる人や場所" in copied.replace("\n", "")


def test_the_printed_page_names_nothing_when_titles_are_neutral(visitors: Visitors):
    visitor = visitors()
    visitor.go(f"/t{SERVICE}print/")
    visitor.page.emulate_media(media="print")
    expect(visitor.page.locator(".brand")).to_be_hidden()
    assert visitor.page.title() == "お知らせ"
    visitor.go(f"{SERVICE}print/")
    visitor.page.emulate_media(media="print")
    expect(visitor.page.locator(".brand")).to_be_visible()
