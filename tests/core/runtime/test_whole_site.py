"""The whole site, as a person starts it: ``python -m tsunagari run``."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.core.runtime.conftest import ROOT, processes_of, seconds_until

pytestmark = pytest.mark.slow


def start(var: Path) -> tuple[subprocess.Popen[str], int, list[str]]:
    """Start it; its process, its port, and what it said until it was open."""
    environment = os.environ | {
        "TSUNAGARI_ENV": "demo",
        "TSUNAGARI_VAR": str(var),
        "WEB_ADDRESS": "127.0.0.1:0",
    }
    for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "-m", "tsunagari", "run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"open: http://127\.0\.0\.1:(\d+)", line):
            return process, int(found[1]), said
    process.wait()
    process.stdout.close()
    pytest.fail("did not open:\n" + "".join(said))


def get(port: int, path: str) -> tuple[int, str]:
    """A page's status and text."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def end(process: subprocess.Popen[str]) -> float:
    """Ctrl-C; the seconds until it has ended."""
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0
    return time.monotonic() - began


def test_it_opens_on_an_empty_folder_with_real_data_and_opens_again(var: Path) -> None:
    process, port, said = start(var)
    status, home = get(port, "/")
    assert status == 200
    assert "119" in home
    assert get(port, "/readyz")[0] == 200
    assert get(port, "/healthz")[0] == 200
    assert "@demo.tsunagari.example" in "".join(said)  # the demo's staff accounts
    assert end(process) <= 5
    seconds_until(lambda: not processes_of(var), limit=2)

    process, port, said = start(var)
    assert get(port, "/")[0] == 200
    for step in ("making the database", "migrating", "collecting static files"):
        assert step not in "".join(said)
    assert end(process) <= 5
