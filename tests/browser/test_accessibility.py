"""WCAG 2.2 AA by axe-core: every public page, both themes, as a phone and a desk see it."""

from pathlib import Path
from typing import Any

import pytest

from tests.addresses import ENTRIES, INOCHI, NO_PAGE, PAGES, PROGRAMME
from tests.browser.visitor import Visitor, Visitors

AXE = (Path(__file__).parent / "vendor/axe-core/axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

PATHS = (
    *PAGES,
    *ENTRIES,
    NO_PAGE,
    "/tyf/",
    f"/yf/services/{PROGRAMME}/",
    "/en/",
    f"/en/services/{INOCHI}/",
)


def faults(visitor: Visitor) -> list[str]:
    """What axe-core finds: rule and place."""
    visitor.page.evaluate(AXE)
    found: dict[str, Any] = visitor.page.evaluate(
        "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS
    )
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_public_page(visitors: Visitors, width: int, scheme: str):
    visitor = visitors(width=width, scheme=scheme, reduced_motion="reduce")
    found: dict[str, list[str]] = {}
    for path in PATHS:
        visitor.go(path)
        if problems := faults(visitor):
            found[path] = problems
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("words", ["相談", "死にたい", "ぞぬぺけぽよ", ""])
def test_results_danger_and_nothing_found(visitors: Visitors, words: str, width: int, scheme: str):
    visitor = visitors(width=width, scheme=scheme, reduced_motion="reduce")
    visitor.go("/search/")
    visitor.page.fill("#q", words)
    with visitor.page.expect_navigation():
        visitor.page.click("form.search button.main")
    assert faults(visitor) == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_forced_colours_keep_buttons_and_badges_visible(visitors: Visitors):
    visitor = visitors(forced_colors="active")
    visitor.go("/talk-now/")
    border = "(each) => getComputedStyle(each).borderTopWidth"
    for selector in (".button", ".badge", ".card"):
        assert visitor.page.locator(selector).first.evaluate(border) != "0px", selector


def test_the_keyboard_reaches_the_text_and_focus_is_seen(visitors: Visitors):
    visitor = visitors(width=1280)
    visitor.go("/")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.className") == "skip"
    outline = visitor.page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"
    visitor.page.keyboard.press("Enter")
    assert visitor.page.evaluate("document.activeElement.id") == "main"


def test_targets_are_large_enough_for_a_thumb(visitors: Visitors):
    visitor = visitors(width=360)
    visitor.go("/talk-now/")
    small = visitor.page.evaluate(
        """() => [...document.querySelectorAll("a.button, button, .safety-bar a, .chip")]
            .filter((each) => each.offsetParent && each.getBoundingClientRect().height < 44)
            .map((each) => each.textContent.trim())"""
    )
    assert small == []
