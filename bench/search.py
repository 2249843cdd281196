"""How fast search is at a million services (made by bench/generate.py), and how fast the index is written.

Run: python -m bench.search. All figures of a run belong together; p50 and p95 are in milliseconds.

- municipality: one word in one municipality, the bare statements; words of every frequency, areas as often as
  they have services; "in the database" is PostgreSQL's own time for planning and running, the other time
  is as this process sees it, with the way to the server and the reading of the rows
- nationwide: one word in the whole country, likewise
- selector: `search(...)` as pages call it, against its own bare statements (ranking and cards) in turns
- import: search rows written per second by `reindex_services`, over services of the same database
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.generate import FREQUENT, ONLY_POOR, WEIGHTS, environment  # noqa: E402

AT = datetime(2026, 11, 25, 10, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
WORDS = (*FREQUENT, ONLY_POOR)
REPEATS = 40


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def shown(name: str, seconds: Sequence[float]) -> str:
    """One line of the result."""
    p50, p95 = (percentile(seconds, share) * 1000 for share in (0.5, 0.95))
    return f"{name:<52} p50 {p50:7.2f} ms   p95 {p95:7.2f} ms   n {len(seconds)}"


def timed(work: Callable[[], Any]) -> float:
    """Seconds that the work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--import-services", type=int, default=20_000)
    options = parser.parse_args()
    environment()

    from django.db import connection  # noqa: PLC0415 - Django must be set up before

    from tsunagari.core.areas import area_tree  # noqa: PLC0415
    from tsunagari.directory.models import SearchRow, Service  # noqa: PLC0415
    from tsunagari.directory.search import cards, index, ranking  # noqa: PLC0415
    from tsunagari.directory.search.query import search  # noqa: PLC0415
    from tsunagari.directory.search.question import read  # noqa: PLC0415
    from tsunagari.directory.search.request import SearchRequest  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint, pg_relation_size(oid) FROM pg_class WHERE relname = %s",
                       [SearchRow._meta.db_table])  # fmt: skip
        count, size = cursor.fetchone()
    print(f"{count:,} search rows, {size / count:,.0f} bytes each")

    chance = random.Random(7)
    areas = [area for area in area_tree().values() if area.kind in WEIGHTS and area.kind != "prefecture"]
    places = chance.choices(areas, weights=[WEIGHTS[area.kind] for area in areas], k=options.repeats)

    def bare(request: SearchRequest) -> list[tuple[str, list[Any]]]:
        return ranking.statements(read(request).wanted)

    def run(statements: list[tuple[str, list[Any]]]) -> list[tuple[Any, ...]]:
        """The statements as `ranking.run` runs them, and nothing else."""
        rows: list[tuple[Any, ...]] = []
        with connection.cursor() as cursor:
            for sql, params in statements:
                cursor.execute(sql, params)
                rows = cursor.fetchall()
                if len(rows) >= ranking.ENOUGH:
                    break
        return rows

    def in_database(statements: list[tuple[str, list[Any]]]) -> float:
        """Seconds that PostgreSQL itself takes for what `run` would run."""
        total = 0.0
        with connection.cursor() as cursor:
            for sql, params in statements:
                cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
                (answer,) = cursor.fetchone()
                (plan,) = json.loads(answer) if isinstance(answer, str) else answer
                total += (plan["Planning Time"] + plan["Execution Time"]) / 1000
                if plan["Plan"]["Actual Rows"] >= ranking.ENOUGH:
                    break
        return total

    for name, scoped in (("municipality", True), ("nationwide", False)):
        every: list[float] = []
        inside: list[float] = []
        for word in WORDS:
            times = []
            for place in places:
                statements = bare(SearchRequest(q=word, at=AT, area_code=place.code if scoped else None))
                times.append(in_database(statements))
                every.append(timed(lambda statements=statements: run(statements)))  # type: ignore[misc]
            inside += times
            share = f"{FREQUENT[word] * 100:g} %" if word in FREQUENT else "poor rows"
            print(shown(f"{name}, {word} ({share}), in the database", times))
        print(shown(f"{name}, all words, in the database", inside))
        print(shown(f"{name}, all words, as seen", every))

    for name, scoped in (("municipality", True), ("nationwide", False)):
        whole, parts = [], []
        for word in WORDS:
            for place in places[: options.repeats // 2]:
                request = SearchRequest(q=word, at=AT, area_code=place.code if scoped else None)
                statements = bare(request)
                ids = [row[0] for row in run(statements)[:20]]
                card = cards.statement(ids)

                def both(statements: Any = statements, card: Any = card) -> None:
                    run([*statements])
                    run([card])

                for times, work in ((parts, both), (whole, lambda request=request: search(request))):  # type: ignore[misc]
                    times.append(timed(work))
        print(shown(f"selector, {name}", whole))
        print(shown(f"its bare SQL, {name}", parts))
        print(f"ratio of the medians: {percentile(whole, 0.5) / percentile(parts, 0.5):.2f}")

    ids = list(Service.objects.order_by("id").values_list("id", flat=True)[: options.import_services])
    seconds = timed(lambda: index.reindex_services(ids))
    print(f"import: {len(ids) / seconds:,.0f} search rows/s over {len(ids):,} services, all indexes in place")


if __name__ == "__main__":
    main()
