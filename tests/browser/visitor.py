"""A person with a browser, and what the pages asked of it."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request


@dataclass
class Visitor:
    """A person with a browser; all that the pages asked for is noted."""

    site: str
    context: BrowserContext
    page: Page
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of the site."""
        self.page.goto(f"{self.site}{path}", wait_until="load")

    @property
    def path(self) -> str:
        """Where the visitor is."""
        return urlsplit(self.page.url).path

    def strangers(self) -> list[str]:
        """Addresses of other hosts that were asked for anything."""
        own = urlsplit(self.site).netloc
        return [request.url for request in self.requests if urlsplit(request.url).netloc not in {own, ""}]

    def traces(self) -> dict[str, object]:
        """All that a page may leave on the device."""
        found: dict[str, object] = self.page.evaluate(
            """async () => ({
                cookie: document.cookie,
                local: {...localStorage},
                session: {...sessionStorage},
                databases: (await indexedDB.databases()).map((each) => each.name),
                workers: (await navigator.serviceWorker.getRegistrations()).length,
                caches: await caches.keys(),
            })"""
        )
        return found | {"cookies": self.context.cookies()}


NO_TRACES = {
    "cookie": "", "local": {}, "session": {}, "databases": [], "workers": 0, "caches": [], "cookies": [],
}  # fmt: skip


class Visitors:
    """Makes visitors and sends them home at the end of the test."""

    def __init__(self, browser: Browser, site: str) -> None:
        self.browser, self.site = browser, site
        self.contexts: list[BrowserContext] = []

    def __call__(
        self, *, scripts: bool = True, width: int = 360, scheme: str = "light", **options: object
    ) -> Visitor:
        """A new visitor."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            java_script_enabled=scripts,
            locale="ja-JP",
            **options,
        )
        self.contexts.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()
        visitor = Visitor(self.site, context, page)
        page.on("request", lambda request: visitor.requests.append(request))
        page.on("console", lambda message: _note(visitor, message.type, message.text))
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        return visitor


def _note(visitor: Visitor, kind: str, text: str) -> None:
    # a 404 or 410 that a journey visits on purpose is told by the browser as an error too
    if kind in {"error", "warning"} and "Failed to load resource" not in text:
        visitor.complaints.append(text)
