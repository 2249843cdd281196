"""The whole site, started without a database that answers: every public address still shows whom to call."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection

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


def ask(port: int, path: str) -> tuple[int, str]:
    client = HTTPConnection("127.0.0.1", port, timeout=30)
    client.request("GET", path)
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
