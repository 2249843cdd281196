"""Outside our own site: framed and written into another one's page; saved for a day without network; maps."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import free_port, serve, wait_for
from tests.browser.visitor import NO_TRACES, Visitor, Visitors

CODE = "131091"
AXE = Path(__file__).parent / "vendor/axe-core/axe.min.js"


@pytest.fixture
def town(site: str) -> Iterator[str]:
    """A municipality's own site: another origin, with a strict policy of its own."""
    data = f"{site}/widget/{CODE}.json?accent=c0392b&ground=fff7e6"
    pages = {
        "/frame": f'<iframe src="{site}/widget/{CODE}/" width="600" height="700" title="w"></iframe>',
        "/script": f'<h1>市</h1><div data-tsunagari="{data}"></div>'
        f'<script src="{site}/widget/embed.js" defer></script>',
        "/away": f'<div data-tsunagari="{site}/widget/999999.json"></div>'
        f'<script src="{site}/widget/embed.js" defer></script>',
        "/home": f'<iframe src="{site}/" width="600" height="700" title="h"></iframe>',
        "/service": f'<iframe src="{site}/areas/{CODE}/" width="600" height="700" title="a"></iframe>',
    }
    policy = f"default-src 'none'; frame-src {site}; script-src {site}; connect-src {site}; base-uri 'none'"

    class Host(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - its name is given
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(b"<!DOCTYPE html><html lang=ja><title>t</title>" + body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # another host name, so that cookies and caches of the two have nothing in common
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def no_faults(page: Page) -> list[str]:
    page.add_script_tag(path=str(AXE))
    found: list[str] = page.evaluate(
        "async () => (await axe.run()).violations.map((v) => `${v.id}: ${v.nodes[0].html}`)"
    )
    return found


def test_a_towns_site_frames_the_widget_and_nothing_else_of_ours(visitors: Visitors, town: str):
    visitor = visitors(width=800)
    visitor.page.goto(f"{town}/frame")
    frame = visitor.page.frame_locator("iframe")
    expect(frame.locator("h1")).to_contain_text("品川区")
    expect(frame.locator("a[href='tel:119']")).to_be_visible()
    assert visitor.complaints == []
    for path in ("/home", "/service"):
        visitor.page.goto(f"{town}{path}")
        expect(visitor.page.frame_locator("iframe").locator(".site-head")).to_have_count(0)
    assert any("frame-ancestors" in words for words in visitor.complaints)


def test_searching_from_the_frame_opens_our_own_page(visitors: Visitors, town: str):
    visitor = visitors(width=800)
    visitor.page.goto(f"{town}/frame")
    frame = visitor.page.frame_locator("iframe")
    frame.locator("#q").fill("ひきこもり")
    with visitor.context.expect_page() as opened:
        frame.locator("button[type=submit]").click()
    opened.value.wait_for_load_state()
    assert "/search/r/" in opened.value.url
    assert opened.value.evaluate("window.opener") is None
    with visitor.context.expect_page() as opened:
        frame.locator("h3 a").first.click()
    opened.value.wait_for_load_state()
    assert "/services/" in opened.value.url
    assert opened.value.evaluate("window.opener") is None


def test_the_script_writes_the_town_into_a_page_under_a_strict_policy(visitors: Visitors, town: str):
    visitor = visitors(width=800)
    visitor.page.goto(f"{town}/script")
    box = visitor.page.locator("[data-tsunagari] .box")  # Playwright looks into open shadow roots
    expect(box.locator("h2")).to_contain_text("品川区")
    expect(box.locator("a[href='tel:119']")).to_be_visible()
    assert box.locator("li").count() >= 4
    assert box.evaluate("(element) => getComputedStyle(element).backgroundColor") == "rgb(255, 247, 230)"
    assert visitor.page.evaluate("typeof make + typeof link") == "undefinedundefined"
    assert visitor.complaints == []
    assert visitor.traces() == NO_TRACES
    assert no_faults_in_widget(visitor) == []
    own = {
        f"{visitor.site}/widget/embed.js",
        f"{visitor.site}/widget/{CODE}.json?accent=c0392b&ground=fff7e6",
    }
    asked = {request.url for request in visitor.requests if request.url.startswith(visitor.site)}
    assert asked == own
    (data,) = [request for request in visitor.requests if ".json" in request.url]
    assert not {"referer", "cookie"} & set(data.all_headers())


def no_faults_in_widget(visitor: Visitor) -> list[str]:
    """Names of all links, and text that can be read: axe cannot be loaded under the host's policy."""
    faults: list[str] = visitor.page.evaluate(
        """() => [...document.querySelector("[data-tsunagari]").shadowRoot.querySelectorAll("a")]
            .filter((link) => !link.textContent.trim()).map((link) => link.outerHTML)"""
    )
    return faults


def test_the_script_keeps_the_two_numbers_when_there_is_no_answer(visitors: Visitors, town: str):
    visitor = visitors(width=800)
    visitor.page.goto(f"{town}/away")
    box = visitor.page.locator("[data-tsunagari] .box")
    expect(box.locator("a[href='tel:119']")).to_be_visible()
    expect(box.locator("a[href='tel:110']")).to_be_visible()
    assert box.locator("a.button").get_attribute("href") == f"{visitor.site}/areas/999999/"


@pytest.mark.parametrize("path", [f"/widget/{CODE}/", f"/widget/{CODE}/?accent=ffff00&ground=ffffff"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_widget_has_no_fault_that_axe_finds(visitors: Visitors, path: str, scheme: str):
    visitor = visitors(scheme=scheme, bypass_csp=True)
    visitor.go(path)
    assert no_faults(visitor.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    ["/areas/", "/areas/470007/", f"/areas/{CODE}/offline/", f"/offline/{CODE}/",
     f"/for-organizations/widget/?area={CODE}"],
)  # fmt: skip
def test_the_new_pages_have_no_fault_that_axe_finds(visitors: Visitors, path: str, scheme: str):
    visitor = visitors(scheme=scheme, bypass_csp=True)
    visitor.go(path)
    assert no_faults(visitor.page) == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_prefecture_is_reached_on_the_map_by_keyboard_alone_without_scripts(visitors: Visitors):
    visitor = visitors(scripts=False, width=1280)
    visitor.go("/areas/")
    link = visitor.page.locator("svg.map a[href='/areas/470007/']")
    before = link.locator("text").evaluate("(element) => getComputedStyle(element).opacity")
    visitor.page.locator("ul.areas a").last.focus()
    for _ in range(47):
        visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.getAttribute('href')") == "/areas/470007/"
    assert (before, link.locator("text").evaluate("(element) => getComputedStyle(element).opacity")) == (
        "0",
        "1",
    )
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/areas/470007/")


def open_to_save(visitor: Visitor) -> None:
    visitor.go(f"/areas/{CODE}/offline/")
    visitor.page.click("[data-save]")
    expect(visitor.page.locator("[role=status]")).to_contain_text("保存しました")


def test_whoever_does_not_ask_for_it_has_no_worker_and_no_copy(visitors: Visitors):
    visitor = visitors()
    for path in ("/", f"/areas/{CODE}/", f"/areas/{CODE}/offline/", f"/offline/{CODE}/", "/safety/"):
        visitor.go(path)
        assert visitor.traces() == NO_TRACES, path
    assert visitor.complaints == []


def test_saved_it_opens_without_network_and_is_erased_again(visitors: Visitors):
    visitor = visitors()
    open_to_save(visitor)
    traces = visitor.traces()
    assert (traces["workers"], traces["caches"]) == (1, [f"tsunagari-offline /offline/{CODE}/"])
    assert {name: traces[name] for name in ("cookie", "cookies", "local", "session", "databases")} == {
        "cookie": "", "cookies": [], "local": {}, "session": {}, "databases": []
    }  # fmt: skip

    visitor.context.set_offline(True)
    visitor.go(f"/offline/{CODE}/")
    page = visitor.page
    expect(page.locator("text=品川区社会福祉協議会").first).to_be_visible()
    expect(page.locator("text=0120-279-338").first).to_be_visible()
    expect(page.locator("#safety")).to_be_visible()
    expect(page.locator(".stale")).to_contain_text("に作った控えです")
    # the style sheet came from the copy too
    assert (
        page.locator(".emergency").evaluate("(element) => getComputedStyle(element).borderTopWidth") == "2px"
    )

    page.click("[data-erase]")
    expect(page.locator("[data-offline] [role=status]")).to_contain_text("消しました")
    visitor.context.set_offline(False)
    visitor.go("/safety/")
    assert visitor.traces() == NO_TRACES
    assert visitor.complaints == []


def test_the_copy_is_answered_while_the_site_is_down(visitors: Visitors):
    """Not a network that is cut, but a server that answers with its page for a bad day."""
    visitor = visitors()
    open_to_save(visitor)
    visitor.context.route("**/*", lambda route: route.fulfill(status=503, body="down"))
    visitor.go(f"/offline/{CODE}/")
    expect(visitor.page.locator("text=品川区社会福祉協議会").first).to_be_visible()


@pytest.fixture
def doomed(site: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A second server of the same site, to be killed by the test: (its address, its process)."""
    port = free_port()
    process = serve(str(connections["default"].settings_dict["NAME"]), port, log=Path(os.devnull))
    wait_for(f"http://127.0.0.1:{port}", process)
    yield f"http://127.0.0.1:{port}", process
    process.kill()
    process.wait(10)


def test_the_copy_is_there_when_the_server_has_been_killed(
    browser: Browser, doomed: tuple[str, subprocess.Popen[bytes]]
):
    """No pretence of a network that is off: the process is gone, its port refuses."""
    address, process = doomed
    visitors = Visitors(browser, address)
    visitor = visitors()
    open_to_save(visitor)
    process.send_signal(signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", urlsplit(address).port or 0), timeout=5).close()
    visitor.go(f"/offline/{CODE}/")
    page = visitor.page
    expect(page.locator("text=品川区社会福祉協議会").first).to_be_visible()
    expect(page.locator("text=0120-279-338").first).to_be_visible()
    # a reload, and coming back to it in a tab of its own, are answered too
    page.reload()
    expect(page.locator("#safety")).to_be_visible()
    again = visitor.context.new_page()
    again.goto(f"{address}/offline/{CODE}/")
    expect(again.locator(".stale")).to_contain_text("に作った控えです")
    with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
        visitor.go("/talk-now/")
    visitor.context.close()


def test_the_worker_leaves_every_other_page_alone(visitors: Visitors):
    visitor = visitors()
    open_to_save(visitor)
    visitor.context.set_offline(True)
    for path in ("/", f"/areas/{CODE}/", "/offline/472123/"):
        with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
            visitor.go(path)


def test_the_single_file_opens_from_a_disk_and_asks_nobody(visitors: Visitors, tmp_path: Path):
    visitor = visitors()
    answer = visitor.context.request.get(f"{visitor.site}/areas/{CODE}/offline.html")
    file = tmp_path / "memo.html"
    file.write_bytes(answer.body())
    visitor.context.set_offline(True)
    visitor.page.goto(file.as_uri())
    expect(visitor.page.locator("text=品川区社会福祉協議会").first).to_be_visible()
    assert [request.url for request in visitor.requests if not request.url.startswith("file:")] == []
    assert visitor.complaints == []
    assert no_faults(visitor.page) == []
