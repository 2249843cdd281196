"""A running site with the real directory, and Debian's Chromium to visit it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, sync_playwright
from pytest_django.plugin import DjangoDbBlocker

from tests.browser.visitor import Visitors
from tsunagari.directory.services.loading import load_directory

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SECONDS_TO_START = 60
APPLICATION = "journeys"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder drives a browser, all in one worker of xdist: the site is started once."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if "site" in getattr(item, "fixturenames", ()):
                # pytest-django makes the test database only when some test is known to need it
                item.add_marker(pytest.mark.django_db)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


SITE_LOG = Path(tempfile.gettempdir()) / f"tsunagari-journeys-{os.getpid()}.log"
"""What the site of the journeys writes: its own lines and those of its server."""


def serve(database: str, port: int, *, log: Path = SITE_LOG) -> subprocess.Popen[bytes]:
    """Start the site as it runs in production, by uvicorn, over the test database."""
    given = urlsplit(os.environ["DATABASE_URL"])
    query = f"{given.query}&application_name={APPLICATION}".lstrip("&")
    address = urlunsplit(given._replace(path=f"/{database}", query=query))
    environment = os.environ | {"DATABASE_URL": address}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.browser.loud_settings"
    command = [sys.executable, "-m", "uvicorn", "tsunagari.config.asgi:application", "--no-access-log"]
    with log.open("wb") as stream:
        return subprocess.Popen(
            [*command, "--port", str(port)],
            env=environment,
            cwd=settings.BASE_DIR,
            stdout=stream,
            stderr=stream,
        )


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until a site that has been started answers."""
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            urlopen(f"{address}/healthz", timeout=5).close()
            return
        except (URLError, TimeoutError):  # a busy machine may take a connection and be slow to answer
            assert server.poll() is None, "the site ended at its start"
            assert time.monotonic() < deadline, "the site did not start"
            time.sleep(0.2)


@pytest.fixture(scope="session")
def site(chromium: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The address of the running site."""
    database = str(connections["default"].settings_dict["NAME"])
    assert database.startswith("test_"), "only ever over the test database"
    with django_db_blocker.unblock():
        load_directory(folder=settings.DATA_DIR, at=AT)
        connections.close_all()
    port = free_port()
    server = serve(database, port)
    address = f"http://127.0.0.1:{port}"
    wait_for(address, server)
    yield address
    server.send_signal(signal.SIGINT)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(10)
    SITE_LOG.unlink(missing_ok=True)
    with django_db_blocker.unblock():
        # a backend may outlive its client for a moment; the test database is about to be dropped
        with connections["default"].cursor() as cursor:
            cursor.execute(
                # whoever still holds the database, a killed server's sessions among them: it is dropped next
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connections.close_all()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for all journeys."""
    # Playwright runs an event loop in this thread; Django would refuse its own tear-down of the test database
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visitors(browser: Browser, site: str) -> Iterator[Visitors]:
    """Makes visitors: ``visitors(scripts=False, width=1280, scheme="dark")``."""
    made = Visitors(browser, site)
    yield made
    for context in made.contexts:
        context.close()
