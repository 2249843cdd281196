"""Requests per second of the guided finder: its first page kept and anew, an answer, a step, the results.

Starts the whole site in a folder of its own (or takes a running one), then loads it with Debian's ``wrk`` on
the same cores:

    python -m bench.guide [--site http://127.0.0.1:8000] [--seconds 5]

Bound (issue "The directory stays true"): the finder page ≥ 400/s.
"""

import argparse
import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from bench.http import UNCACHED, Load, measure
from bench.start import ROOT, start

POST = """
wrk.method = "POST"
wrk.body = "answer=%s"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
"""
WAY = ("money", "rent", "children", "night", "phone")
PLACE = "011002"


@dataclass(frozen=True)
class Site:
    """A running site; `process` is ours to end, or None."""

    port: int
    process: subprocess.Popen[str] | None = None


def answered(port: int, *answers: str) -> str:
    """The address of the page that follows these answers."""
    address = "/guide/"
    for answer in answers:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", address, urlencode({"answer": answer}), kind)
        response = connection.getresponse()
        response.read()
        connection.close()
        if response.status != 303:
            raise SystemExit(f"{answer!r} was answered with {response.status}")
        address = response.headers["Location"]
    return address


def loads(port: int) -> tuple[Load, ...]:
    """What is measured. The bound is of the finder's page; the others are told beside it."""
    return (
        Load("first page, cached", 400, path="/guide/"),
        Load("first page, rendered anew", 0, UNCACHED % "/guide/"),
        Load("an answer (POST, 303)", 0, POST % "care", "/guide/"),
        Load("a further question", 0, path=answered(port, *WAY)),
        Load("a question after danger", 0, path=answered(port, "feelings", "die")),
        Load("results, in 札幌市", 0, path=answered(port, *WAY, PLACE)),
    )


def site(given: str, folder: Path) -> Site:
    """The site that is given, or one of our own."""
    if given:
        return Site(urlsplit(given).port or 80)
    process, port, seconds = start(folder)
    print(f"started in {seconds:.0f} s")
    return Site(port, process)


def main() -> int:
    """Measure; exit 1 when the bound is missed or anything was answered wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", default="", help="a site that runs already")
    parser.add_argument("--seconds", type=int, default=5)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing (Debian: apt install wrk)")
    (ROOT / "var").mkdir(mode=0o711, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-guide-", dir=ROOT / "var"))
    folder.chmod(0o711)
    running = None
    failed = False
    try:
        running = site(options.site, folder)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, 16 connections")
        for load in loads(running.port):
            rate, slow, bad = measure(load, running.port, options.seconds)
            failed |= rate < load.bound or bool(bad)
            bound = f"(bound {load.bound:,})" if load.bound else ""
            print(f"{load.name:28} {rate:9,.0f}/s  {bound}  p99 {slow}  {bad}", flush=True)
    finally:
        if running and running.process:
            running.process.send_signal(signal.SIGINT)
            running.process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
