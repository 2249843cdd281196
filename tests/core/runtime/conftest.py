"""Folders and processes for the tests of the runtime."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.settings import VAR

ROOT = Path(__file__).resolve().parents[3]


def processes_of(var: Path) -> list[psutil.Process]:
    """Every process that belongs to ``var``: the database and its guard, the supervisor's children.

    The database's files may stand elsewhere, where its user can reach them (``var/postgres/location``).
    """
    places = [str(var)]
    location = var / "postgres" / "location"
    if location.exists():
        places.append(location.read_text(encoding="utf-8").strip())
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            marks = [*process.cmdline(), process.cwd(), process.environ().get("TSUNAGARI_VAR", "")]
            named = any(place in mark for place in places for mark in marks)
            if named and process.pid != os.getpid():
                found.append(process)
    return found


def seconds_until(condition: Callable[[], object], *, limit: float) -> float:
    """Seconds until ``condition`` holds; fails after ``limit``."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > limit:
            pytest.fail(f"not within {limit} s")
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture
def var() -> Iterator[Path]:
    """An empty folder that the server's user can reach (pytest's own are closed to others)."""
    base = VAR / "runtime"
    base.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=base))
    folder.chmod(0o711)
    yield folder
    for process in processes_of(folder):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes_of(folder), timeout=5)
    shutil.rmtree(folder)


@dataclass
class Site:
    """A supervisor under test."""

    var: Path
    port: int = 0
    web_processes: int = 2
    process: subprocess.Popen[str] | None = None
    lines: list[str] = field(default_factory=list)

    def start(self) -> "Site":
        """Start it and wait until it says that it is open."""
        self.launch()
        assert self.process is not None
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if "open: http://" in line:
                self.port = int(line.split("127.0.0.1:")[1].split()[0])
                return self
        pytest.fail(f"did not open: {self.lines}")

    def launch(self) -> None:
        """Start it."""
        code = (
            "import sys; from pathlib import Path; "
            "from tsunagari.core.runtime.supervisor import Options, run; "
            f"sys.exit(run(Options(var=Path({str(self.var)!r}), address='127.0.0.1:{self.port}', "
            f"web_processes={self.web_processes}, application='tests.core.runtime.small_site:application')))"
        )
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.core.runtime.small_site",
            "TSUNAGARI_VAR": str(self.var),
        }
        del environment["DATABASE_URL"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def pid(self) -> int:
        """The supervisor's process number."""
        assert self.process is not None
        return self.process.pid

    def end(self, number: signal.Signals) -> float:
        """Send a signal to the supervisor; the seconds until nothing of the site is left."""
        os.kill(self.pid, number)
        assert self.process is not None
        seconds = seconds_until(lambda: self.gone(), limit=10)
        self.lines += self.process.stdout.readlines() if self.process.stdout else []
        if self.process.stdout:
            self.process.stdout.close()
        return seconds

    def gone(self) -> bool:
        """Whether the supervisor and everything that belongs to it has ended."""
        return self.process is not None and self.process.poll() is not None and not processes_of(self.var)

    def get(self, path: str = "/") -> dict[str, object]:
        """The site's answer; ``ConnectionError`` when there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return dict(json.loads(connection.getresponse().read()))
        finally:
            connection.close()

    def children(self, kind: str) -> list[psutil.Process]:
        """The supervisor's ``web`` or ``jobs`` processes, or the database's first one (``postgres``)."""
        mark = "-D" if kind == "postgres" else kind
        found = []
        for child in psutil.Process(self.pid).children():
            # one that has just ended has no command line any more
            with contextlib.suppress(psutil.NoSuchProcess):
                if mark in child.cmdline():
                    found.append(child)
        return found


@pytest.fixture
def site(var: Path) -> Iterator[Site]:
    """An open site; ended, however it stands, after the test."""
    it = Site(var)
    it.start()
    yield it
    if it.process is not None:
        if it.process.poll() is None:
            it.process.kill()
        it.process.wait()
        if it.process.stdout and not it.process.stdout.closed:
            it.process.stdout.close()
        seconds_until(lambda: not processes_of(var), limit=10)
