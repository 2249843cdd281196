"""What every request passes: logs without personal data, headers, and the day without a database."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.urls import path
from psycopg_pool import PoolTimeout

from tsunagari.accounts.middleware import AccessMiddleware
from tsunagari.config.urls import handler500 as handler500
from tsunagari.config.urls import urlpatterns as real
from tsunagari.core import fallback
from tsunagari.core.access import public
from tsunagari.core.errors import RuleBroken
from tsunagari.core.logs import JsonFormatter
from tsunagari.core.middleware import DatabaseDown
from tsunagari.core.rate_limits import TooOften, limit, network_of

WORDS = "死にたいと書いた人のことば"


@public()
def database_gone(request: HttpRequest) -> HttpResponse:
    raise OperationalError(WORDS)


@public()
def pool_exhausted(request: HttpRequest) -> HttpResponse:
    raise PoolTimeout(WORDS)


@public()
def rule_broken(request: HttpRequest) -> HttpResponse:
    raise RuleBroken("それはできません。")


@public()
def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError(WORDS)


@public()
def slow_statement(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '50ms'")
        cursor.execute("SELECT pg_sleep(5), %s", [WORDS])
    return HttpResponse()


urlpatterns = [
    path("probe/database/", database_gone),
    path("probe/pool/", pool_exhausted),
    path("api/probe/database/", database_gone),
    path("en/probe/database/", database_gone),
    path("probe/rule/", rule_broken),
    path("probe/broken/", broken),
    path("probe/slow/", slow_statement),
    *real,
]

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Every line that is logged during the test, as it would be written."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonFormatter().format(record))

    handler = Keep()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.mark.parametrize("address", ["/probe/database/", "/probe/pool/"])
def test_without_a_database_the_page_still_shows_whom_to_call(client: Client, address: str):
    response = client.get(address)
    assert response.status_code == 503
    page = response.content.decode()
    for number in ("110", "119", "0120-279-338", "0120-0-78310", "189"):
        assert number in page
    assert response["Retry-After"]
    assert response["Cache-Control"] == "no-store"
    assert WORDS not in page


def test_the_page_without_a_database_speaks_english_under_en(client: Client):
    page = client.get("/en/probe/database/").content.decode()
    assert '<html lang="en"' in page
    assert "0120-279-338" in page


def test_the_api_says_so_in_json(client: Client):
    response = client.get("/api/probe/database/")
    assert response.status_code == 503
    assert set(response.json()) == {"error", "error_en"}


def test_after_a_failure_nobody_waits_for_a_second(client: Client, monkeypatch: pytest.MonkeyPatch):
    middleware = DatabaseDown(lambda request: HttpResponse())
    attempts = []

    def refuse() -> None:
        attempts.append(1)
        raise PoolTimeout

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    request = RequestFactory().get("/")
    for _ in range(20):
        answered = middleware.process_view(request, rule_broken, (), {})
        assert answered is not None
        assert answered.status_code == 503
    assert len(attempts) == 1
    middleware.down_until = 0
    middleware.process_view(request, rule_broken, (), {})
    assert len(attempts) == 2


def test_a_slow_statement_closes_the_site_for_nobody_else(client: Client):
    assert client.get("/probe/slow/").status_code == 503
    assert client.get("/about/").status_code == 200


def test_a_middleware_without_a_database_answers_503_too(
    client: Client, monkeypatch: pytest.MonkeyPatch, logged: list[str]
):
    def away(self: AccessMiddleware, *arguments: object) -> None:
        raise OperationalError(WORDS)

    monkeypatch.setattr(AccessMiddleware, "process_view", away)
    client.raise_request_exception = False
    assert client.get("/desk/").status_code == 503
    assert not [line for line in logged if WORDS in line]


def test_lines_of_any_hour_stand_first_and_emergency_numbers_are_not_among_them():
    lines = fallback.lines()
    always = [line["always"] for line in lines]
    assert always == sorted(always, reverse=True)
    assert sum(always) >= 5
    assert not {"110", "119"} & {line["value"] for line in lines}


def test_a_closed_line_is_not_on_the_page():
    assert "#9999" not in {line["value"] for line in fallback.lines()}


def test_a_broken_rule_is_a_sentence_for_the_person(client: Client):
    response = client.get("/probe/rule/")
    assert response.status_code == 422
    assert "それはできません。" in response.content.decode()


def test_health_needs_no_database(client: Client, django_assert_num_queries):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_not_ready_before_the_data_are_loaded(client: Client):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_area")
        (loaded,) = cursor.fetchone()
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (
        (200, "ready") if loaded else (503, "no data loaded")
    )


def test_pages_are_strict_about_scripts_styles_and_frames(client: Client):
    response = client.get("/about/")
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Frame-Options"] == "DENY"
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies


def test_a_log_line_has_an_id_and_the_route_but_no_address(client: Client, logged: list[str]):
    response = client.get(f"/probe/rule/?q={WORDS}")
    (line,) = (json.loads(line) for line in logged if '"request"' in line)
    assert line["request_id"] == response["X-Request-Id"]
    assert (line["route"], line["status"], line["method"]) == ("probe/rule/", 422, "GET")
    assert "127.0.0.1" not in json.dumps(line)


def test_nothing_that_somebody_wrote_reaches_a_log(client: Client, logged: list[str]):
    client.raise_request_exception = False
    for address in ("/probe/broken/", "/probe/rule/", "/no-such-page/", "/probe/database/"):
        client.get(address, {"q": WORDS})
        client.post(address, {"q": WORDS})
    assert len(logged) >= 8
    assert not [line for line in logged if WORDS in line or "死" in line]
    (broken_line, *_) = (json.loads(line) for line in logged if '"ValueError"' in line)
    assert any("broken" in where for where in broken_line["where"])


STRAY = """
import django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
print(client.get("/himitsu/").status_code, client.get("/", headers={"host": "himitsu.example"}).status_code)
"""


def test_loggers_that_are_turned_off_write_nothing_at_all(tmp_path: Path):
    """A logger without any handler would write its warnings bare: paths, hosts, texts of exceptions.

    In a process of its own, because pytest gives every logger handlers.
    """
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tsunagari.config.settings",
        "TSUNAGARI_VAR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", STRAY],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "404 400\n"
    assert "himitsu" not in done.stderr


def test_a_statement_that_times_out_leaves_no_words_in_our_log_or_the_servers(
    client: Client, logged: list[str]
):
    """Rule 4: client-side binding or `log_min_error_statement = error` would write the words."""
    server = getattr(settings, "TEST_SERVER_LOG", None)
    if server is None:
        pytest.skip("DATABASE_URL is set: the log of that server cannot be read here")
    assert client.get("/probe/slow/").status_code == 503
    assert not [line for line in logged if WORDS in line]
    text = server.read_text(encoding="utf-8", errors="replace")
    assert text
    assert WORDS not in text
    assert "pg_sleep" not in text


def test_the_binding_is_the_servers(client: Client):
    """The same statement with its words inside would be logged by any server that logs statements."""
    assert settings.DATABASES["default"]["OPTIONS"]["server_side_binding"] is True
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text", [WORDS])
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        assert WORDS not in cursor.fetchone()[0]


async def test_asynchronous_requests_are_logged_with_ids_of_their_own(async_client: AsyncClient):
    first, second = await async_client.get("/healthz"), await async_client.get("/healthz")
    assert first["X-Request-Id"] != second["X-Request-Id"]


def test_an_error_of_the_server_shows_nothing_of_itself(client: Client):
    client.raise_request_exception = False
    response = client.get("/probe/broken/")
    assert response.status_code == 500
    assert WORDS not in response.content.decode()
    assert "Traceback" not in response.content.decode()


# -- limits -----------------------------------------------------------------------------------------------


def _from(address: str, **headers: str) -> HttpRequest:
    return RequestFactory().post("/", REMOTE_ADDR=address, headers=headers)


def test_a_network_is_never_a_whole_address():
    assert network_of(_from("203.0.113.77")) == "203.0.113.0/24"
    assert network_of(_from("2001:db8:1:2ff::1")) == "2001:db8:1:200::/56"
    assert network_of(_from("::ffff:203.0.113.77")) == "203.0.113.0/24"
    assert network_of(_from("nonsense")) == ""


def test_forwarded_addresses_count_only_behind_a_proxy_of_ours():
    claim = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    assert network_of(_from("192.0.2.1", **claim)) == "192.0.2.0/24"
    with override_settings(TRUSTED_PROXIES=["192.0.2.1"]):
        # the visitor can put anything in front; what our proxy saw stands last
        assert network_of(_from("192.0.2.1", **claim)) == "203.0.113.0/24"


FORWARDED = """
import django
django.setup()
from django.conf import settings
from django.test import RequestFactory
claimed = RequestFactory().get("/", REMOTE_ADDR="198.51.100.1", headers={"x-forwarded-proto": "https"})
print(claimed.is_secure(), settings.TRUSTED_PROXIES)
"""


def test_https_is_not_believed_of_whoever_claims_it(tmp_path: Path):
    """The server itself takes the scheme from a trusted proxy; Django must not take it from everybody."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tsunagari.config.settings",
        "TSUNAGARI_VAR": str(tmp_path),
        "TRUSTED_PROXIES": "203.0.113.1, 203.0.113.2",
    }
    done = subprocess.run(
        [sys.executable, "-c", FORWARDED], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False ['203.0.113.1', '203.0.113.2']\n"


def test_a_flood_is_stopped_for_ten_minutes_and_others_are_not():
    flooder, neighbour, other = _from("203.0.113.1"), _from("203.0.113.2"), _from("198.51.100.1")
    for _ in range(3):
        limit(flooder, "test", most=3, now=6_000_000.0)
    with pytest.raises(TooOften):
        limit(neighbour, "test", most=3, now=6_000_100.0)
    limit(other, "test", most=3, now=6_000_100.0)
    limit(flooder, "another", most=3, now=6_000_100.0)
    limit(flooder, "test", most=3, now=6_000_600.0)


def test_the_login_speaks_the_browsers_language_and_public_pages_only_their_addresses(client: Client):
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    assert '<html lang="en"' in client.get("/desk/login/", headers=english).content.decode()
    assert '<html lang="ja"' in client.get("/desk/login/").content.decode()
    assert '<html lang="ja"' in client.get("/about/", headers=english).content.decode()
    assert '<html lang="en"' in client.get("/en/about/").content.decode()
