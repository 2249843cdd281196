"""A visitor who does not know what to search for answers questions, with and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import faults
from tests.browser.visitor import NO_TRACES, Visitor, Visitors
from tsunagari.core.templatetags.ui import NEUTRAL_PAGE


def choose(visitor: Visitor, *answers: str) -> None:
    for answer in answers:
        with visitor.page.expect_navigation():
            visitor.page.click(f'.choices button[value="{answer}"]')


@pytest.mark.parametrize("scripts", [True, False])
def test_from_home_by_questions_to_a_line_that_is_open_now(visitors: Visitors, scripts: bool):
    visitor = visitors(scripts=scripts)
    visitor.go("/")
    visitor.page.click(".guide-link a")
    assert visitor.path == "/guide/"
    choose(visitor, "care", "tired")
    assert visitor.page.locator("h1").inner_text() == "あなた自身は、休めていますか"
    third = visitor.page.url
    choose(visitor, "limit")
    visitor.page.go_back()
    assert visitor.page.url == third
    assert visitor.page.locator("h1").inner_text() == "あなた自身は、休めていますか"
    visitor.page.reload()
    choose(visitor, "rested", "night", "phone")
    visitor.page.fill("#name", "しながわ")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/guide/r/*")
    first = visitor.page.locator("article.service").first
    expect(first.locator(".badge.open")).to_have_count(1)
    assert "と答えたので" in visitor.page.locator("article.service .why").first.inner_text()
    assert "品川区" in visitor.page.locator("#offices").inner_text()
    results = visitor.page.url

    visitor.page.click("text=変える >> nth=1")
    assert visitor.page.locator("h1").inner_text() == "お世話の、どんなことですか"
    choose(visitor, "dementia")
    assert visitor.path.startswith("/guide/r/")
    assert "もの忘れ・認知症かもしれない" in visitor.page.locator(".told").inner_text()
    visitor.page.go_back()
    visitor.page.go_back()
    assert visitor.page.url == results

    visitor.page.click("text=窓口で見せるメモ")
    assert visitor.path.startswith("/guide/p/")
    visitor.page.go_back()
    visitor.page.click("text=相談員にわたす文")
    assert "答えたこと" in visitor.page.locator("#note").input_value()

    assert visitor.strangers() == []
    assert visitor.complaints == []
    for request in visitor.requests:
        assert not request.headers.get("referer")
        assert not any(word in request.url for word in ("care", "tired", "131091"))
    if scripts:
        assert visitor.traces() == NO_TRACES


def test_quick_exit_works_in_the_middle_and_back_shows_a_question_without_answers(visitors: Visitors):
    visitor = visitors()
    visitor.page.route(f"{NEUTRAL_PAGE}**", lambda route: route.fulfill(body="<title>x</title>"))
    visitor.go("/guide/")
    choose(visitor, "harm", "partner")
    left = visitor.page.url
    visitor.page.click("[data-quick-exit]")
    visitor.page.wait_for_url(f"{NEUTRAL_PAGE}**")
    visitor.page.go_back()
    assert visitor.page.url != left
    # what an earlier entry shows is a question, never what was answered: see the safety page
    assert visitor.page.locator("h1").inner_text() == "だれから、どんなことをされていますか"
    expect(visitor.page.locator(".told, .danger")).to_have_count(0)
    assert visitor.page.title() == "質問｜つながり"
    visitor.page.go_forward()
    visitor.page.wait_for_url(f"{NEUTRAL_PAGE}**")


def test_the_keyboard_alone_is_enough(visitors: Visitors):
    visitor = visitors(width=1280)
    visitor.go("/guide/")
    visitor.page.locator('.choices button[value="aging"]').focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("h1")).to_have_text("どんなことが心配ですか")
    visitor.page.locator('.choices button[value="talk"]').focus()
    visitor.page.keyboard.press("Space")
    expect(visitor.page.locator("h1")).to_have_text("だれのことですか")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_of_the_way_is_accessible(visitors: Visitors, width: int, scheme: str):
    visitor = visitors(width=width, scheme=scheme, reduced_motion="reduce")
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        visitor.page.wait_for_load_state("load")  # a page without its style has no faults of its own
        if problems := faults(visitor):
            found[name] = problems
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

    visitor.go("/guide/")
    choose(visitor, "feelings", "die")
    look("question after danger")
    choose(visitor, "thinking", "young", "now", "chat")
    look("place")
    visitor.page.fill("#name", "どこでもない")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    look("no such place")
    visitor.page.fill("#name", "府中")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    look("which place")
    choose(visitor, "132063")
    look("results")
    with visitor.page.expect_navigation():
        visitor.page.click("text=窓口で見せるメモ")
    look("sheet")
    visitor.page.go_back()
    with visitor.page.expect_navigation():
        visitor.page.click("text=相談員にわたす文")
    look("note")
    visitor.go("/guide/s/nothing")
    look("expired")
    visitor.go("/en/guide/")
    choose(visitor, "foreign")
    look("in English")
    assert found == {}
