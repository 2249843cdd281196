"""Processor time of a public page that no cache holds: "talk now", the finder's pages, a service, an area.

    python -m bench.pages [--times 60]

Uses the configured database with its data loaded; starts the embedded one if there is none. Each page is
asked for through Django's whole stack in this process, after three to warm up. Processor time depends little
on what else the machine does; the time by the clock stands beside it.
"""

import argparse
import logging
import os
import time
from collections.abc import Iterator

import django

from tsunagari.__main__ import database_url

AREA = "131091"
WAY = ("money", "rent", "children", "night", "phone", AREA)


def addresses() -> Iterator[tuple[str, str]]:
    """(what it is, its address) of each page."""
    from django.test import Client  # noqa: PLC0415 - Django must be set up before

    from tsunagari.directory.models import Service  # noqa: PLC0415

    client = Client(HTTP_HOST="127.0.0.1")

    def answered(*answers: str) -> str:
        address = "/guide/"
        for answer in answers:
            response = client.post(address, {"answer": answer})
            if response.status_code != 303:
                raise SystemExit(f"{answer!r} was answered with {response.status_code}")
            address = response["Location"]
        return address

    yield "talk now", "/talk-now/"
    yield "results of the finder", answered(*WAY)
    yield "question of the finder after danger", answered("feelings", "die")
    yield "a line's own page", f"/services/{Service.objects.get(key='yorisoi').pk}/"
    yield "an area", f"/areas/{AREA}/"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=60)
    times = parser.parse_args().times
    with database_url() as url:
        os.environ["DATABASE_URL"] = url
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsunagari.config.settings")
        django.setup()
        logging.disable(logging.CRITICAL)
        from django.test import Client  # noqa: PLC0415 - Django must be set up before

        client = Client(HTTP_HOST="127.0.0.1")
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print("| page | processor (ms) | by the clock (ms) |\n|---|---|---|")
        for name, address in addresses():
            for _ in range(3):
                client.get(address)
            used, clock = time.process_time(), time.perf_counter()
            for _ in range(times):
                client.get(address)
            used, clock = time.process_time() - used, time.perf_counter() - clock
            print(f"| {name} | {used / times * 1000:.1f} | {clock / times * 1000:.1f} |")


if __name__ == "__main__":
    main()
