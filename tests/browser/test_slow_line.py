"""Home and results on a slow line, bounded by bytes and round trips: these do not depend on the machine.

`bench/slow_line.py` measures the same with Chromium's throttling. Here the time is reckoned: 400 ms for each
round trip that stands before the first paint, 50,000 bytes a second for what has to come before it.
"""

from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Response

from tests.browser.visitor import Visitor, Visitors

ROUND_TRIP = 0.4
BYTES_A_SECOND = 50_000
BOUND = 2.0
HEADERS = 900
"""Bytes of an answer's headers, about: the policy alone has 300."""


@dataclass
class Load:
    """What one page load brought, packed, before it could be painted, and after."""

    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    trips: int = 1

    def note(self, response: Response) -> None:
        """Sort one answer: pages and styles block the paint, modules and pictures do not."""
        if response.status == 303:
            self.trips += 1
            return
        packed = response.request.sizes()["responseBodySize"] + HEADERS
        blocks = response.request.resource_type in {"document", "stylesheet"}
        (self.before if blocks else self.after)[response.url] = packed

    def seconds(self) -> float:
        """Until the first paint: the page, then its styles at once."""
        styles = any(url.endswith(".css") or ".css" in url for url in self.before)
        return ROUND_TRIP * (self.trips + styles) + sum(self.before.values()) / BYTES_A_SECOND


def listen(visitor: Visitor) -> Load:
    """Note what is loaded from now on."""
    load = Load()
    visitor.page.on("requestfinished", lambda request: load.note(request.response()))
    return load


@pytest.mark.parametrize("language", ["", "/en"])
def test_home_is_there_within_two_seconds(visitors: Visitors, language: str):
    visitor = visitors()
    load = listen(visitor)
    visitor.page.goto(f"{visitor.site}{language}/", wait_until="networkidle")
    assert load.before
    assert load.seconds() < BOUND, load
    # one page and at most two styles stand before the paint; no script does
    assert len(load.before) <= 3, load.before
    styles = sum(size for url, size in load.before.items() if ".css" in url)
    assert styles < 10_000 + 2 * HEADERS, load.before
    blocking = visitor.page.evaluate(
        "[...document.scripts].filter((one) => one.type !== 'module' && !one.defer && !one.async).length"
    )
    assert blocking == 0


@pytest.mark.parametrize(("language", "words"), [("", "夜中に話せるところ"), ("/en", "someone to talk to")])
@pytest.mark.parametrize("seen_before", [True, False])
def test_results_are_there_within_two_seconds(
    visitors: Visitors, language: str, words: str, seen_before: bool
):
    visitor = visitors()
    visitor.page.goto(f"{visitor.site}{language}/", wait_until="networkidle")
    visitor.page.fill("#q", words)
    load = listen(visitor)
    with visitor.page.expect_navigation(wait_until="networkidle"):
        visitor.page.click("form.search button.main")
    if not seen_before:
        address = visitor.page.url
        visitor = visitors()
        load = listen(visitor)
        visitor.page.goto(address, wait_until="networkidle")
    assert load.before
    assert load.seconds() < BOUND, load
