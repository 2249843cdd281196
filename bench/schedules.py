"""Questions per second that the opening-hours engine answers over the channels of data/services.json.

Run: python bench/schedules.py [services.json]. One page shows 50 services, each with is_open and
next_opening, and must cost less than 5 ms of one core (CPU time: other processes are not counted). Every
round asks at another minute, so nothing is answered from memory.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tsunagari.directory.schedules import (  # noqa: E402
    TOKYO,
    Hours,
    hours_from_source,
    is_open,
    next_closing,
    next_opening,
)

PAGE = 50
ROUNDS = 200
STEP = timedelta(minutes=2617)
"""Prime, so that the rounds meet every hour and weekday; 200 of them are a year."""


def per_second(ask: Callable[[Hours, datetime], object], schedules: list[Hours], start: datetime) -> float:
    """Answers per second over all schedules and rounds."""
    begun = time.process_time()
    for number in range(ROUNDS):
        at = start + number * STEP
        for hours in schedules:
            ask(hours, at)
    return ROUNDS * len(schedules) / (time.process_time() - begun)


def page_times(schedules: list[Hours], start: datetime) -> list[float]:
    """Sorted milliseconds of one page, per round."""
    page = list(islice(cycle(schedules), PAGE))
    times = []
    for number in range(ROUNDS):
        at = start + number * STEP
        begun = time.process_time()
        for hours in page:
            is_open(hours, at)
            next_opening(hours, at)
        times.append((time.process_time() - begun) * 1000)
    return sorted(times)


def main() -> None:
    """Print the figures; exit 1 when a page is too slow."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data" / "services.json"
    services = json.loads(source.read_text(encoding="utf-8"))["services"]
    schedules = [hours_from_source(channel) for service in services for channel in service["channels"]]
    start = datetime(2024, 12, 1, tzinfo=TOKYO)
    begun = time.process_time()
    for hours in schedules:
        next_opening(hours, start)
    first = (time.process_time() - begun) * 1000
    print(
        f"{len(services)} services, {len(schedules)} channels; first question to each: {first:.1f} ms in all"
    )
    for ask in (is_open, next_opening, next_closing):
        print(f"{ask.__name__:>13}: {per_second(ask, schedules, start):>10,.0f} per second")
    times = page_times(schedules, start)
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(f"page of {PAGE}: p50 {p50:.2f} ms, p95 {p95:.2f} ms, worst {times[-1]:.2f} ms (limit 5 ms)")
    sys.exit(p95 >= 5)


if __name__ == "__main__":
    main()
