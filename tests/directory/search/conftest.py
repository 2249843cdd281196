"""What the tests of search share: the real directory, moments, and fresh memories."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tsunagari.directory.search import areas_in_text, names, needs, openness
from tsunagari.directory.search.query import SearchResponse, search
from tsunagari.directory.search.request import SearchRequest

TOKYO = ZoneInfo("Asia/Tokyo")
NIGHT = datetime(2026, 11, 25, 2, 0, tzinfo=TOKYO)
"""Wednesday, two in the morning: few lines are open."""
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=TOKYO)


def _forget() -> None:
    for memory in (areas_in_text, names, needs, openness):
        memory.forget()


@pytest.fixture(autouse=True)
def _fresh_memories() -> Iterator[None]:
    """What a test has indexed and rolled back must not be remembered by the next."""
    _forget()
    yield
    _forget()


@pytest.fixture
def ask(directory_data: dict[str, int]) -> Callable[..., SearchResponse]:
    """Ask the real directory; at two in the morning unless told otherwise."""

    def asked(q: str = "", **filters: Any) -> SearchResponse:
        filters.setdefault("at", NIGHT)
        return search(SearchRequest(q=q, **filters))

    return asked
