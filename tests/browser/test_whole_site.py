"""A visitor walks through the whole site and writes into every form; nothing of it stays anywhere.

The plan is in force, its next version open for comments of the public, the council has met. Pages and forms
are found by following links from the home page, so what is added later is walked too. Every request, header,
history entry, title, stored thing and log line is searched for the visitor's words in any spelling: they may
stand in the bodies of POSTs and nowhere else.
"""

import hashlib
import json
import signal
import subprocess
from base64 import b64encode
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from playwright.sync_api import Browser, Locator, Page, Request
from pytest_django import DjangoDbBlocker

from tests.browser.conftest import free_port, serve, wait_for
from tests.browser.spellings import CHARSETS, HASHES, Words
from tests.browser.visitor import NO_TRACES, Visitor, Visitors
from tests.config.test_access import EXPECTED
from tests.published import publish_everything, take_everything_away
from tsunagari.accounts.models import Organization
from tsunagari.core import display
from tsunagari.core.access import Kind
from tsunagari.core.templatetags.ui import NEUTRAL_PAGE
from tsunagari.council.models import ConsultationRound

WRITTEN = "死にたい ふかみどりの雪だるま"
LOOKED_FOR = ("ふかみどりの雪だるま", "ふかみどり", "雪だるま")
# where a search in the plan leads is no link anywhere
STARTS = ("/", "/en/", "/plan/search/", "/en/plan/search/")
# what a walk leads to again and again under new addresses (sealed answers): so many of them are opened
AGAIN = 6
# a round that is open and one that is answered lead to different pages
TWICE = "council:round"
MOST_PAGES = 260
# public addresses that are no page to walk to: data, files, and what only a form or another site leads to
NO_PAGES = ("hsds:", "search-api", "healthz", "readyz")
# no helpline is open on this site; the chat has a journey of its own, `test_talk_journey.py`
EMPTY = ("talk:", "talk_room:", "consultation_streams:")

FORMS = "form:not([data-near-me])"
LINKS = """[...document.querySelectorAll("a[href]")].map(
    (link) => new URL(link.getAttribute("href"), document.baseURI).href)"""
HISTORY = """() => [
    ...(window.navigation?.entries() ?? []).map(
        (entry) => [entry.url, entry.key, JSON.stringify(entry.getState() ?? null)]),
    [location.href, document.title, JSON.stringify(history.state), document.referrer, window.name],
].flat().join("\\n")"""


@dataclass
class Walk:
    """What one visitor has seen, and all that could have kept something."""

    visitor: Visitor
    words: Words
    waiting: deque[str] = field(default_factory=deque)
    opened: Counter[str] = field(default_factory=Counter)
    submitted: Counter[tuple[str, str]] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    known: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    without_exit: set[str] = field(default_factory=set)
    found: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        """The visitor's one tab."""
        return self.visitor.page

    def note(self, where: str, text: str | bytes) -> None:
        """Look for the words in what was seen."""
        self.found += [f"{where}: {spelling}" for spelling in self.words.found_in(text)]

    def note_request(self, request: Request) -> None:
        """All of a request but the body of a POST."""
        self.note(f"address of {request.method} {request.resource_type}", request.url)
        self.note(f"headers of {request.method}", json.dumps(request.headers, ensure_ascii=False))
        if request.method == "POST":
            self.posts.append(request.post_data or "")
        elif request.post_data:
            self.note(f"body of {request.method}", request.post_data)

    def note_page(self) -> None:
        """Titles, history, what the page may have stored."""
        self.note("title", self.page.title())
        self.note("history", self.page.evaluate(HISTORY))

    def queue(self, addresses: list[str]) -> None:
        """Remember addresses of the site that were not seen yet."""
        for address in addresses:
            parts = urlsplit(address)
            if f"{parts.scheme}://{parts.netloc}" == self.visitor.site and address not in self.known:
                self.known.add(address)
                self.waiting.append(parts._replace(fragment="").geturl().removeprefix(self.visitor.site))


def route_of(path: str) -> str:
    """The name of a path's route with its language; "" for none."""
    _, bare = display.read(urlsplit(path).path)
    language, _ = display.split_language(bare)
    try:
        with translation.override(language):
            return f"{language} {resolve(bare).view_name}"
    except Resolver404:
        return ""


def is_page(walk: Walk, path: str) -> bool:
    """Whether an address leads to a page and not to a file."""
    answer = walk.visitor.context.request.get(f"{walk.visitor.site}{path}", max_redirects=0)
    downloaded = answer.headers.get("content-disposition", "").startswith("attachment")
    return answer.headers.get("content-type", "").startswith("text/html") and not downloaded


def write_into(form: Locator) -> None:
    """Fill a form as somebody would who writes into every field and takes the first of every choice."""
    for box in form.locator("input[type=text], input[type=search], input:not([type]), textarea").all():
        if box.is_visible() and box.is_editable():
            longest = int(box.get_attribute("maxlength") or 500)
            box.fill(WRITTEN[:longest])
    names = form.locator("input[type=radio]").evaluate_all(
        "(all) => [...new Set(all.map((one) => one.name))]"
    )
    for name in names:
        form.locator(f"input[type=radio][name='{name}']").first.check(force=True)
    for choice in form.locator("select").all():
        if choice.is_visible() and choice.locator("option").count() > 1:
            choice.select_option(index=1)


def submit_every_form(walk: Walk, path: str) -> None:
    """Each form of the page once for each kind of page, and what each leads to."""
    here = route_of(path)
    for number in range(walk.page.locator(FORMS).count()):
        form = walk.page.locator(FORMS).nth(number)
        action = urlsplit(form.evaluate("(form) => form.action")).path
        key = (here, route_of(action))
        button = form.locator("button[type=submit], button:not([type]), input[type=submit]").first
        if walk.submitted[key] >= (AGAIN if here == key[1] else 2) or button.count() == 0:
            continue
        walk.submitted[key] += 1
        # forms that are folded away are unfolded, as a visitor does
        form.evaluate("(form) => form.closest('details')?.setAttribute('open', '')")
        write_into(form)
        with walk.page.expect_navigation(wait_until="load"):
            button.click()
        look(walk)
        walk.queue([walk.page.url])
        leave_quickly(walk)
        walk.visitor.go(path)


def follow_a_comment(walk: Walk) -> None:
    """Comment on the plan's draft, and ask by the receipt's code what became of it."""
    page = walk.page
    (asked,) = ConsultationRound.objects.filter(state="open").values_list("pk", flat=True)
    walk.visitor.go(reverse("council:comment_whole", args=[asked]))
    write_into(page.locator("main form"))
    with page.expect_navigation(wait_until="load"):
        page.locator("main form button[type=submit]").click()
    look(walk)
    code = page.locator(".receipt").inner_text()
    walk.visitor.go(reverse("council:trace"))
    page.locator("main form input[type=text]").fill(code)
    with page.expect_navigation(wait_until="load"):
        page.locator("main form button[type=submit]").click()
    walk.opened[route_of(urlsplit(page.url).path)] += 1
    look(walk)
    leave_quickly(walk)


def look(walk: Walk) -> None:
    """Take note of the page and of where it leads."""
    walk.note_page()
    walk.queue(walk.page.evaluate(LINKS))


def leave_quickly(walk: Walk) -> None:
    """The quick exit: by its button or by Esc three times, in turn; it must be on every page."""
    here = route_of(urlsplit(walk.page.url).path)
    button = walk.page.locator("[data-quick-exit]")
    if button.count() != 1:
        walk.without_exit.add(here)
        return
    length = walk.page.evaluate("history.length")
    if walk.left.total() % 2:
        button.click()
    else:
        for _ in range(3):
            walk.page.keyboard.press("Escape")
    walk.page.wait_for_url(f"{NEUTRAL_PAGE}**")
    assert walk.page.evaluate("history.length") == length, here
    walk.left[here] += 1


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What the site of the walk writes."""
    return tmp_path / "site.log"


@pytest.fixture
def visitor(browser: Browser, site: str, log: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Visitor]:
    """Somebody with a site of their own, since what is published for the walk is taken away after it."""
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as elsewhere:
        # outside the test's transaction, in which the site would not see it
        others, database = elsewhere.submit(publish).result()
        port = free_port()
        server = serve(database, port, log=log)
        visitors = Visitors(browser, f"http://127.0.0.1:{port}")
        try:
            wait_for(visitors.site, server)
            yield visitors()
        finally:
            for context in visitors.contexts:
                context.close()
            server.send_signal(signal.SIGINT)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(10)
            elsewhere.submit(take_everything_away, others).result()


def publish() -> tuple[frozenset[UUID], str]:
    """(the organisations that stood before, the database's name)."""
    others = frozenset(Organization.objects.values_list("pk", flat=True))
    publish_everything(timezone.now())
    database = str(connection.settings_dict["NAME"])
    connection.close()
    return others, database


@pytest.mark.slow
def test_a_walk_through_the_whole_site_leaves_nothing_anywhere(visitor: Visitor, log: Path):
    visitor.context.route(
        f"{NEUTRAL_PAGE}**", lambda route: route.fulfill(body="neutral", content_type="text/html")
    )
    server_log = getattr(settings, "TEST_SERVER_LOG", None)
    begun = server_log.stat().st_size if server_log is not None else 0
    walk = Walk(visitor, Words(LOOKED_FOR))
    visitor.context.on("request", walk.note_request)
    walk.waiting.extend(STARTS)
    while walk.waiting and walk.opened.total() < MOST_PAGES:
        path = walk.waiting.popleft()
        route = route_of(path)
        often = AGAIN if "/r/" in path else 2 if route.endswith(f" {TWICE}") else 1
        if not route or walk.opened[route] >= often or route in walk.files:
            continue
        if not is_page(walk, path):
            walk.files.add(route)
            continue
        if EXPECTED[route.split()[1]].kind is not Kind.PUBLIC:
            continue
        walk.opened[route] += 1
        visitor.go(path)
        look(walk)
        submit_every_form(walk, path)
        leave_quickly(walk)
    follow_a_comment(walk)
    visitor.go("/")

    # the walk was one: every public page, in both languages, and the forms were sent
    pages = {
        name
        for name, access in EXPECTED.items()
        if access.kind is Kind.PUBLIC and not name.startswith((*NO_PAGES, *EMPTY))
    }
    unseen = {name for name in pages if not walk.opened[f"ja {name}"] and f"ja {name}" not in walk.files}
    assert unseen <= NOT_WALKED_TO, unseen - NOT_WALKED_TO
    assert walk.without_exit == set()
    assert {route for route in walk.opened if not walk.left[route]} == set()
    said = [post for post in walk.posts if quote("雪だるま") in post or "雪だるま" in post]
    assert len(said) >= 6
    assert not walk.waiting or walk.opened.total() < MOST_PAGES, "there is more to walk through"

    # and it left nothing
    walk.note("the site's log", log.read_bytes())
    if server_log is not None:
        with Path(server_log).open("rb") as stream:
            stream.seek(begun)
            walk.note("PostgreSQL's log", stream.read())
    assert b'"route"' in log.read_bytes(), "the log is empty: nothing was looked at"
    assert sorted(set(walk.found)) == []
    assert visitor.traces() == NO_TRACES
    assert [url for url in visitor.strangers() if not url.startswith(NEUTRAL_PAGE)] == []
    assert visitor.complaints == []


NOT_WALKED_TO = {
    # what scripts, frames of other sites and service workers ask for
    "portal:points",
    "portal:widget",
    "portal:widget_data",
    "portal:widget_colours",
    "portal:widget_script",
    "portal:offline_page",
    "portal:offline_worker",
    # only for a name that several towns have
    "portal:areas_found",
    # pictures, and what feed readers follow
    "portal:area_qr",
    "portal:area_feed",
    "plan:figure_chart",
    "plan:figure_areas_chart",
    # only from a mail
    "upkeep:confirm",
}


@pytest.mark.parametrize("word", LOOKED_FOR)
def test_a_word_is_found_however_it_is_spelt(word: str):
    words = Words(LOOKED_FOR)
    around = f"q={word}&x=1"
    for charset in CHARSETS:
        raw = word.encode(charset)
        for written in (
            b"..." + raw + b"...",
            quote(raw, safe="").encode(),
            quote(raw, safe="").lower().encode(),
            quote(quote(raw, safe=""), safe="").encode(),
            raw.hex().upper().encode(),
            *(b64encode(b"x" * shift + raw + b"yyy") for shift in range(3)),
            *(b64encode(hashlib.new(name, raw).digest()) for name in HASHES),
            *(hashlib.new(name, raw).hexdigest().encode() for name in HASHES),
        ):
            assert words.found_in(b"before " + written + b" after"), (charset, written)
    assert words.found_in(json.dumps(around))
    assert words.found_in("".join(f"&#{ord(letter)};" for letter in word))
    assert not words.found_in("死にたい 相談 みどりの雪 /search/r/AAAAAAAAAAAAAAAAAAAAAAAAAAA")
