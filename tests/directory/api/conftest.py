"""What the tests of the API share."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from tsunagari.core.areas import forget_areas
from tsunagari.directory.api.listing import forget_counts

Get = Callable[..., Any]


@pytest.fixture(autouse=True)
def _fresh_memory() -> Iterator[None]:
    """Nothing that one test counted or read is known to the next."""
    forget_counts()
    forget_areas()
    yield
    forget_areas()


@pytest.fixture
def get(client: Client) -> Get:
    """Read an address of the API: the JSON of a 200 (or of the status that is expected)."""

    def read(address: str, expected: int = 200, /, **parameters: Any) -> Any:
        response = client.get(f"/api/hsds/{address}", parameters)
        assert response.status_code == expected, response.content[:500]
        return json.loads(response.content)

    return read


@pytest.fixture
def lines(client: Client) -> Get:
    """Read a list as JSON lines."""

    def read(address: str, **parameters: Any) -> list[Any]:
        response = client.get(f"/api/hsds/{address}", {**parameters, "format": "ndjson"})
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/x-ndjson"
        return [json.loads(line) for line in b"".join(response.streaming_content).splitlines()]

    return read
