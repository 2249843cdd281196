"""Furigana: how often it reads rightly, and what it costs a page.

    python -m bench.furigana [--seconds 2]

Bound: 200 pages a second, rendered anew with furigana over them, by two processes on two cores. One process
is measured here, in its own processor time, since other work runs on the same cores. Accuracy is counted over
``tests/core/data/readings_*.tsv``; the pages are those of the real data, in a database of the bench's own.
"""

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.generate import environment

os.environ.setdefault("TSUNAGARI_ENV", "test")
environment("tsunagari_furigana", create=True)

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.relevance import Share  # noqa: E402
from tsunagari.core.furigana import readings, segments  # noqa: E402
from tsunagari.core.furigana.pages import write_readings  # noqa: E402
from tsunagari.directory.services.loading import load_directory  # noqa: E402

JUDGED = Path(__file__).resolve().parent.parent / "tests" / "core" / "data"
PAGES = ("/", "/talk-now/", "/needs/safety/", "/areas/131091/", "/programmes/", "/under-18/")


def accuracy() -> None:
    """Print how many of the judged texts are read as they should be."""
    for name in ("readings_judged.tsv", "readings_unseen.tsv", "readings_third.tsv"):
        lines = (JUDGED / name).read_text(encoding="utf-8").splitlines()
        right = 0
        for text, _, wanted in (line.partition("\t") for line in lines):
            right += "".join(kana or written for written, kana in segments(text)) == wanted
        print(f"{name}: {Share(right, len(lines))}")


def rate(render: Callable[[], object], seconds: float) -> float:
    """How often ``render`` can be done in a second of this process's time."""
    render()
    began, done = time.process_time(), 0
    while time.process_time() - began < seconds:
        render()
        done += 1
    return done / (time.process_time() - began)


def write(html: bytes) -> None:
    """Write readings into a page that is rendered already."""
    response = HttpResponse(html)
    response["Cache-Control"] = "public"
    write_readings(response)


def forgotten(path: str, client: Client) -> None:
    """Fetch a page whose texts have all to be read anew."""
    readings._KEPT.clear()
    client.get(path)


def pages(seconds: float) -> None:
    """Print, for each page, what its readings cost and how often a second it is rendered."""
    client = Client()
    print("page               size   readings     plain  furigana  texts read anew")
    for path in PAGES:
        html = client.get(path).content
        alone = 1000 / rate(partial(write, html), seconds)
        plain = rate(partial(client.get, path), seconds)
        warm = rate(partial(client.get, f"/f{path}"), seconds)
        cold = rate(partial(forgotten, f"/f{path}", client), seconds)
        print(
            f"{path:15} {len(html) / 1000:5.1f} KB {alone:7.2f} ms {plain:7.0f}/s {warm:7.0f}/s {cold:7.0f}/s"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    seconds = parser.parse_args().seconds
    (settings.VAR_DIR / "static").mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    load_directory(folder=settings.DATA_DIR, at=timezone.now())
    accuracy()
    pages(seconds)


if __name__ == "__main__":
    main()
