"""What every test shares. The database server is started by ``tests.settings``."""

import os
import shutil
from collections.abc import Iterator

import pytest

from tsunagari.directory.search import openness

CHROMIUM = os.environ.get("CHROMIUM") or next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
NO_CHROMIUM = "no Chromium on this machine (Debian: apt install chromium; elsewhere set CHROMIUM to its path)"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the journeys in a browser last, and skip them, saying why, where there is none.

    Playwright keeps an event loop running from its first test on, in which no asynchronous test could run.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if CHROMIUM is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


@pytest.fixture(autouse=True)
def _nothing_kept_for_the_minute() -> Iterator[None]:
    """What a test has read and rolled back must not be shown to the next one of the same minute."""
    yield
    openness.forget()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's Chromium, for Playwright's ``executable_path``."""
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    return CHROMIUM
