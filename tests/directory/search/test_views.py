"""``POST /api/search``."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

URL = "/api/search"

pytestmark = pytest.mark.usefixtures("directory_data")


def post(client: Client, body: Any, **headers: str) -> Any:
    raw = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return client.post(URL, raw, content_type="application/json", headers=headers)


def test_answers_anybody_from_anywhere(client: Client) -> None:
    response = post(client, {"q": "よりそいホットライン"}, origin="https://example.org")
    assert response.status_code == 200
    assert response.json()["results"][0]["key"] == "yorisoi"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    assert not response.cookies


def test_all_fields(client: Client) -> None:
    body = {
        "q": "死にたい",
        "area": "011002",
        "open_now": True,
        "channel": "phone",
        "language": "ja",
        "page": 1,
    }
    answer = post(client, body).json()
    assert answer["crisis"] is True
    assert answer["pinned"][0]["open_now"] is True
    assert post(client, {"q": None, "area": None, "open_now": None, "page": None}).status_code == 200
    assert post(client, {}).status_code == 200


def test_preflight_and_other_methods(client: Client) -> None:
    response = client.options(URL, headers={"origin": "https://example.org"})
    assert response.status_code == 204
    assert response["Access-Control-Allow-Headers"] == "Content-Type"
    response = client.get(URL)
    assert response.status_code == 405
    assert "POST" in response.json()["error"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"{", 400), (b"\xff\xfe", 400), (b"[]", 400), (b'"q"', 400), (b"[" * 60_000, 400),
        ({"q": 5}, 400), ({"q": ["a"]}, 400), ({"page": "1"}, 400), ({"page": True}, 400),
        ({"open_now": "yes"}, 400), ({"query": "x"}, 400), ({"q": "x" * 70_000}, 400),
        ({"area": "999999"}, 422), ({"channel": "fax"}, 422), ({"language": "klingonese"}, 422),
        ({"page": 0}, 422), ({"page": 10**30}, 422), ({"area": "'; DROP TABLE x; --"}, 422),
    ],
)  # fmt: skip
def test_bad_input_gets_a_sentence_in_both_languages(client: Client, body: Any, status: int) -> None:
    response = post(client, body)
    assert response.status_code == status
    answer = response.json()
    assert set(answer) == {"error", "error_en"}
    assert answer["error"]
    assert answer["error_en"].endswith(".")
    assert response["Access-Control-Allow-Origin"] == "*"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["q", "area", "open_now", "channel", "language", "page", "kind", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=30),
            lambda inner: st.lists(inner, max_size=2),
            max_leaves=3,
        ),
        max_size=5,
    )
)
def test_no_body_makes_it_fail(client: Client, body: dict[str, Any]) -> None:
    assert post(client, body).status_code in {200, 400, 422}


def test_lone_surrogates_and_nul_are_read(client: Client) -> None:
    assert post(client, b'{"q": "\\ud800 \\u0000 \xe6\xad\xbb"}').status_code == 200
