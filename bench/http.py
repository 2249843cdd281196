"""Requests per second of the public site: cached pages, uncached renders, searches.

Starts its own web processes on the database of ``bench/generate.py`` (a million services), then loads them
with Debian's ``wrk`` on the same cores:

    python -m bench.http [--server uvicorn|granian] [--processes 2] [--seconds 10]

Bounds (issue "A person finds help"): cached ≥ 3,000/s, uncached ≥ 200/s, search ≥ 100/s.
"""

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from bench.generate import environment

ROOT = Path(__file__).resolve().parent.parent

# each request asks for an address that nobody asked for before, so that no cache can answer
UNCACHED = """
local thread_count = 0
function setup(thread) thread:set("id", thread_count); thread_count = thread_count + 1 end
function init(args) n = 0 end
function request()
  n = n + 1
  return wrk.format("GET", "%s?" .. id .. "." .. n)
end
"""

WORDS = (
    "夜中に話せるところ",
    "眠れない",
    "家賃払えない",
    "札幌 ひきこもり 相談",
    "学校行きたくない",
    "死にたい",
    "相談",
)

SEARCH = """
local words = {%s}
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local n = 0
function request()
  n = n + 1
  local q = words[n %% #words + 1]
  return wrk.format(nil, "/api/search", nil, '{"q": "' .. q .. '", "area": "%s"}')
end
"""


@dataclass(frozen=True)
class Load:
    """A kind of load and the requests per second that it must reach."""

    name: str
    bound: int
    script: str = ""
    path: str = "/"


LOADS = (
    Load("cached home", 3000),
    Load("cached page of an area", 3000, path="/areas/011002/"),
    Load("uncached home", 200, UNCACHED % "/"),
    Load("uncached page about safety", 200, UNCACHED % "/safety/"),
    Load("search, nationwide", 100, SEARCH % (", ".join(f'"{word}"' for word in WORDS), "")),
    Load("search, in 札幌市", 100, SEARCH % (", ".join(f'"{word}"' for word in WORDS), "011002")),
)


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(server: str, processes: int, port: int, url: str) -> subprocess.Popen[bytes]:
    """Start the web processes under ``server`` and wait until they answer."""
    application = "tsunagari.config.asgi:application"
    command = {
        "uvicorn": [
            "uvicorn",
            application,
            "--port",
            str(port),
            "--workers",
            str(processes),
            "--no-access-log",
            "--log-level",
            "warning",
        ],
        "granian": [
            "granian",
            "--interface",
            "asgi",
            application,
            "--port",
            str(port),
            "--workers",
            str(processes),
            "--log-level",
            "warning",
        ],
    }[server]
    environment = os.environ | {"DATABASE_URL": url, "TSUNAGARI_ENV": "demo"}
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return process
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the web processes did not start")


def measure(load: Load, port: int, seconds: int) -> tuple[float, str, str]:
    """(requests per second, p99 as wrk prints it, complaints) of one load."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(load.script)
        script.flush()
        base = ["wrk", "-t2", "-c16", "--latency", *(["-s", script.name] if load.script else [])]
        address = f"http://127.0.0.1:{port}{load.path}"
        for duration in (2, seconds):
            done = subprocess.run(
                [*base, f"-d{duration}s", "-H", "Accept-Encoding: gzip", address],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
    rate = float(re.search(r"Requests/sec:\s+([0-9.]+)", done)[1])  # type: ignore[index]
    slow = re.search(r"99%\s+(\S+)", done)
    bad = " ".join(line.strip() for line in done.splitlines() if "Non-2xx" in line or "Socket errors" in line)
    return rate, slow[1] if slow else "?", bad


def main() -> int:
    """Measure every load; exit 1 when one stays under its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", choices=("uvicorn", "granian"), default="uvicorn")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing (Debian: apt install wrk)")
    environment()
    from tsunagari.core.runtime.prepare import collect_static  # noqa: PLC0415 - Django must be set up before

    collect_static()
    port = free_port()
    process = start(options.server, options.processes, port, os.environ["DATABASE_URL"])
    failed = False
    try:
        print(f"{options.server}, {options.processes} processes, {os.cpu_count()} cores, 16 connections")
        for load in LOADS:
            rate, slow, bad = measure(load, port, options.seconds)
            failed |= rate < load.bound or bool(bad)
            print(f"{load.name:28} {rate:9,.0f}/s  (bound {load.bound:,})  p99 {slow}  {bad}", flush=True)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
