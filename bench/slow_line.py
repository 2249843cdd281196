"""Home and results on a slow line: 400 kbit/s down and up, 400 ms a round trip, as Chromium throttles it.

    python -m bench.slow_line [--site http://127.0.0.1:8000] [--runs 5]

Without ``--site`` it starts its own site over the data in ``data/`` (embedded server in a folder of its own).
Each run is a fresh browser profile: nothing is in any cache of the browser. Results are measured from the
press of the button: POST, 303, the page of results; ``results, first`` has seen no page of the site before.

Chromium's latency is added to every request and its answer; connections themselves are not slowed, so a
handshake of TCP and TLS (two round trips, once) comes on top for a real visitor.

Bound (issue "The directory stays true"): usable within 2 s, home and results.
"""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
WORDS = {"": "夜中に話せるところ", "/en": "someone to talk to at night"}
BOUND = 2_000

# when the page's main thing can be read and touched: the doors of the home page, the first card of results
USABLE = """
(selector) => new Promise((resolve) => {
  const seen = () => {
    const found = document.querySelector(selector);
    if (found && found.getBoundingClientRect().height > 0 && document.readyState !== "loading")
      resolve(performance.now());
    else requestAnimationFrame(seen);
  };
  seen();
})
"""
PAINTED = """new Promise((resolve) => {
  const painted = () => {
    const [found] = performance.getEntriesByName("first-contentful-paint");
    if (found) resolve(found.startTime); else setTimeout(painted, 20);
  };
  painted();
})"""
INTERACTIVE = "performance.getEntriesByType('navigation')[0].domInteractive"
TRANSFERRED = """performance.getEntriesByType('navigation')[0].transferSize
  + performance.getEntriesByType('resource').reduce((sum, each) => sum + each.transferSize, 0)"""


@contextmanager
def own_site() -> Iterator[str]:
    """A site of our own, as it runs in production but for the demo's settings."""
    var = Path(tempfile.mkdtemp(prefix="slow-line-"))
    address = "127.0.0.1:8199"
    environment = os.environ | {
        "TSUNAGARI_VAR": str(var),
        "WEB_ADDRESS": address,
        "WEB_PROCESSES": "1",
        "TSUNAGARI_URL": f"http://{address}",
    }
    process = subprocess.Popen([sys.executable, "-m", "tsunagari", "run"], cwd=ROOT, env=environment)
    try:
        deadline = time.monotonic() + 300
        while True:
            try:
                urlopen(f"http://{address}/readyz", timeout=5).close()
                break
            except (URLError, OSError):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("the site did not start") from None
                time.sleep(0.5)
        yield f"http://{address}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        outside = var / "postgres" / "location"
        if outside.exists():
            shutil.rmtree(outside.read_text(), ignore_errors=True)
        shutil.rmtree(var, ignore_errors=True)


def fresh(browser: Browser) -> Page:
    """A page of a new profile, on the slow line."""
    page = browser.new_context(viewport={"width": 360, "height": 800}, locale="ja-JP").new_page()
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    return page


def measured(page: Page, selector: str) -> dict[str, float]:
    """Milliseconds since the navigation began, and bytes."""
    there = page.evaluate(USABLE, selector)
    page.wait_for_load_state("load")
    painted = page.evaluate(PAINTED)
    return {
        "first paint": painted,
        "interactive": page.evaluate(INTERACTIVE),
        # what stands in the document is laid out before the styles are there, but not yet shown
        "usable": max(there, painted),
        "bytes": page.evaluate(TRANSFERRED),
    }


def home(browser: Browser, site: str, language: str) -> dict[str, float]:
    """The home page, never seen before."""
    page = fresh(browser)
    page.goto(f"{site}{language}/", wait_until="commit")
    found = measured(page, "#door-talk a")
    page.context.close()
    return found


def results(browser: Browser, site: str, language: str) -> dict[str, float]:
    """From the press of the button on the home page."""
    page = fresh(browser)
    page.goto(f"{site}{language}/", wait_until="load")
    page.fill("#q", WORDS[language])
    page.locator("form.search button.main").click(no_wait_after=True)
    # a redirection belongs to the navigation: its timing begins with the POST
    page.wait_for_url("**/search/r/**", wait_until="commit")
    found = measured(page, "article.service h3 a")
    page.context.close()
    return found


def results_first(browser: Browser, site: str, language: str) -> dict[str, float]:
    """The same with nothing in the cache: somebody else's machine, a link to a search."""
    page = browser.new_context().new_page()
    page.goto(f"{site}{language}/search/")
    page.fill("#q", WORDS[language])
    page.click("form.search button.main")
    address = page.url
    page.context.close()
    page = fresh(browser)
    page.goto(address, wait_until="commit")
    found = measured(page, "article.service h3 a")
    page.context.close()
    return found


def main() -> int:
    """Measure; 1 when a median is over the bound."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", default="")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    over = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        if given.site:
            over = report(browser, given.site.rstrip("/"), given.runs)
        else:
            with own_site() as site:
                over = report(browser, site, given.runs)
        browser.close()
    return 1 if over else 0


def report(browser: Browser, site: str, runs: int) -> int:
    """Print the medians and the slowest; how many medians are over the bound."""
    over = 0
    print("| page | first paint | interactive | usable (median) | usable (slowest) | KB |")
    print("|---|---|---|---|---|---|")
    for name, visit in (("home", home), ("results", results), ("results, first", results_first)):
        for language in ("", "/en"):
            got = [visit(browser, site, language) for _ in range(runs)]
            middle = {key: statistics.median(each[key] for each in got) for key in got[0]}
            slowest = max(each["usable"] for each in got)
            over += middle["usable"] > BOUND
            print(
                f"| {name}, {language.strip('/') or 'ja'} | {middle['first paint']:.0f} ms"
                f" | {middle['interactive']:.0f} ms | {middle['usable']:.0f} ms | {slowest:.0f} ms"
                f" | {middle['bytes'] / 1000:.1f} |",
                flush=True,
            )
    return over


if __name__ == "__main__":
    sys.exit(main())
