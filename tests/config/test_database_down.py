"""The whole site, started without a database that answers: every public address still shows whom to call."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.urls import reverse

from tests.config.test_access import ARGUMENTS, EXPECTED
from tsunagari.core.access import Kind

pytestmark = pytest.mark.slow

PUBLIC = sorted(
    name
    for name, access in EXPECTED.items()
    if access.kind is Kind.PUBLIC and name not in {"healthz", "hsds:unknown"}
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    """The port of the site; its database's port is one where nobody listens."""
    port = free_port()
    address = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "tsunagari.config.asgi:application", "--port", str(port)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "tsunagari.config.settings"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while True:
        try:
            assert ask(port, "/healthz")[0] == 200
            break
        except OSError:
            assert process.poll() is None, "the site ended at its start"
            assert time.monotonic() < deadline, "the site did not start"
            time.sleep(0.2)
    yield port
    process.terminate()
    process.wait(20)


def ask(port: int, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    client = HTTPConnection("127.0.0.1", port, timeout=30)
    if form is None:
        client.request("GET", path)
    else:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        client.request("POST", path, body=urlencode(form), headers=kind)
    response = client.getresponse()
    body = response.read().decode()
    client.close()
    return response.status, body


def test_every_public_address_answers_503_and_shows_the_lines(site: int):
    addresses = {
        name: reverse(name, kwargs=ARGUMENTS[name](None) if name in ARGUMENTS else None)  # type: ignore[arg-type]
        for name in PUBLIC
    }
    assert len(addresses) > 20
    for name, address in addresses.items():
        status, body = ask(site, address)
        assert status == 503, (name, status)
        if address.startswith("/api/") or name == "readyz":
            continue
        for number in ("110", "119", "0120-279-338"):
            assert number in body, name
    status, body = ask(site, "/en/")
    assert (status, '<html lang="en"' in body) == (503, True)


def test_the_process_itself_lives(site: int):
    assert ask(site, "/healthz")[0] == 200


@pytest.mark.parametrize(("language", "sentence"), [("", "文は下に残っています"), ("en/", "still below")])
def test_words_that_could_not_be_written_stay_on_the_page(site: int, language: str, sentence: str):
    nobodys = "00000000-0000-4000-8000-000000000000"
    for path, field, others in (
        (f"council/rounds/{nobodys}/comment/", "body", {"label": "30代", "once": "x" * 20}),
        (f"services/{nobodys}/mistake/", "text", {"kind": "number"}),
    ):
        status, page = ask(
            site, f"/{language}{path}", {field: "  <b>電話</b>\nください", **others, "q": "no"}
        )
        assert status == 503
        assert sentence in page
        assert f'name="{field}" rows="8">\n  &lt;b&gt;電話&lt;/b&gt;\nください</textarea>' in page
        for name, value in others.items():
            assert f'<input type="hidden" name="{name}" value="{value}">' in page
        assert 'name="q"' not in page.split("<main")[1]
        assert "0120-279-338" in page
        # nothing was written, and what is no comment is not kept
        assert "</textarea>" not in ask(site, f"/{language}{path}", {field: " "})[1]
    assert "</textarea>" not in ask(site, "/search/", {"q": "電話"})[1]
