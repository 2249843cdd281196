"""How well search understands: the judged questions of tests/relevance/, asked of the real directory.

Run: python -m bench.relevance [--half tune|final|all] [--misses]. It loads data/ into its own database
`tsunagari_relevance` (on the server of DATABASE_URL, or on one of its own under var/bench) and prints

- recall of crisis intent: of the crisis questions, how many have lines pinned, with Wilson's 95 % interval;
- false alarms: of the hard negatives, how many have;
- nDCG@5 of the graded questions (gain 2^grade - 1, discount log2 of place + 1; a kind counts once).

The half "final" is only for the published figures; nobody looks at its questions. So `--misses` shows those
of the half "tune" alone.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
QUESTIONS = ROOT / "tests" / "relevance"
DATABASE = "tsunagari_relevance"

# Crisis questions and negatives name no moment; this is a Wednesday night, when few lines are open.
NIGHT = datetime(2026, 11, 25, 2, 0, tzinfo=ZoneInfo("Asia/Tokyo"))


@dataclass(frozen=True)
class Share:
    """So many of so many, with Wilson's 95 % interval."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The share itself; 0 of nothing."""
        return self.count / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval (z = 1.96)."""
        if not self.of:
            return 0.0, 1.0
        z = 1.959964
        share, n = self.value, self.of
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.4f} ({self.count} of {self.of}; 95 %: {low:.4f} to {high:.4f})"


@dataclass(frozen=True)
class Miss:
    """A question that was not answered as judged."""

    question: Mapping[str, Any]
    value: float
    shown: Sequence[str]


@dataclass(frozen=True)
class Figures:
    """What was measured, and what was missed."""

    recall: Share
    false_alarms: Share
    ndcg: float
    graded: int
    misses: Sequence[Miss]


def questions(name: str, half: str) -> list[dict[str, Any]]:
    """The judged questions of a file (crisis, negatives, graded); half: tune, final or all."""
    lines = (QUESTIONS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    return [row for row in rows if half == "all" or row["half"] == half]


def ndcg(shown: Iterable[str], grades: Mapping[str, int], at: int = 5) -> float:
    """Normalised discounted cumulative gain of keys in the order shown; a key counts where it is first."""

    def gain(values: Iterable[int]) -> float:
        return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(list(values)[:at]))

    ideal = gain(sorted(grades.values(), reverse=True))
    return gain(grades.get(key, 0) for key in dict.fromkeys(shown)) / ideal if ideal else 0.0


def measure(half: str) -> Figures:
    """Ask every question of a half through `search` and count."""
    from tsunagari.directory.search.query import search  # noqa: PLC0415 - Django must be set up before
    from tsunagari.directory.search.request import SearchRequest  # noqa: PLC0415

    misses: list[Miss] = []
    found: dict[str, list[bool]] = {"crisis": [], "negatives": []}
    for name, results in found.items():
        for row in questions(name, half):
            pinned = bool(search(SearchRequest(q=row["q"], at=NIGHT)).pinned)
            results.append(pinned)
            if pinned != (name == "crisis"):
                misses.append(Miss({**row, "set": name}, float(pinned), ()))
    values = []
    for row in questions("graded", half):
        at = datetime.fromisoformat(row["at"])
        response = search(SearchRequest(q=row["q"], area_code=row["area"], at=at))
        shown = [result.key or str(result.id) for result in response.results]
        values.append(ndcg(shown, row["grades"]))
        if values[-1] < 0.8:
            misses.append(Miss({**row, "set": "graded"}, values[-1], shown[:6]))
    return Figures(
        recall=Share(sum(found["crisis"]), len(found["crisis"])),
        false_alarms=Share(sum(found["negatives"]), len(found["negatives"])),
        ndcg=sum(values) / len(values) if values else 0.0,
        graded=len(values),
        misses=misses,
    )


def load() -> None:
    """Bring the database to the newest migration and load data/ into it."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from tsunagari.directory.services.loading import load_directory  # noqa: PLC0415

    call_command("migrate", verbosity=0, skip_checks=True)
    load_directory(folder=ROOT / "data", at=timezone.now())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--half", choices=("tune", "final", "all"), default="tune")
    parser.add_argument("--misses", action="store_true", help="show the questions that failed (only of tune)")
    options = parser.parse_args()
    if options.misses and options.half != "tune":
        parser.error("--misses is only for the half that we tune on")

    from bench.generate import environment  # noqa: PLC0415 - starts the server

    environment(DATABASE, create=True)
    load()
    figures = measure(options.half)
    print(f"half: {options.half}")
    print(f"recall of crisis intent: {figures.recall}")
    print(f"false alarms:            {figures.false_alarms}")
    print(f"nDCG@5:                  {figures.ndcg:.4f} over {figures.graded} questions")
    if options.misses:
        for miss in sorted(figures.misses, key=lambda miss: (miss.question["set"], miss.value)):
            grades = miss.question.get("grades", "")
            print(
                f"{miss.value:.2f}", miss.question["set"], miss.question["q"], grades, *miss.shown, sep="\t"
            )


if __name__ == "__main__":
    main()
