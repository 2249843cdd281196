"""Recall of crisis intent and false pins of the lexicon on the judged set, with Wilson's 95 % intervals.

Run: python bench/lexicon_crisis.py [--half tune|final]. What was missed is listed for the tune half only:
nobody looks at the final half (tests/relevance/README.md). Exits 1 below a recall of 0.98 or above 5 % false
pins.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsunagari.config.settings")

from tsunagari.directory.lexicon import load_lexicon  # noqa: E402

LEAST_RECALL = 0.98
MOST_FALSE = 0.05


def rows(name: str, half: str) -> list[dict[str, Any]]:
    """The rows of one half of a file of the judged set."""
    lines = (ROOT / "tests" / "relevance" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["half"] == half]


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a share."""
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def figure(name: str, hits: int, of: int) -> str:
    """A line with a share and its interval."""
    low, high = wilson(hits, of)
    return f"{name}: {hits}/{of} = {hits / of:.4f} (95 % {low:.4f} to {high:.4f})"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("tune", "final"), default="tune")
    half = parser.parse_args().half
    lexicon = load_lexicon(ROOT / "data")
    crises, negatives = rows("crisis", half), rows("negatives", half)
    begun = time.perf_counter()
    found = [(row, lexicon.understand(row["q"])) for row in crises]
    alarms = [(row, lexicon.understand(row["q"])) for row in negatives]
    milliseconds = (time.perf_counter() - begun) * 1000 / (len(found) + len(alarms))
    missed = [row for row, understood in found if not understood.is_crisis]
    false = [(row, understood) for row, understood in alarms if understood.is_crisis]
    right_kind = sum(row["kind"] in {signal.kind for signal in u.crisis} for row, u in found)
    print(figure(f"recall ({half})", len(crises) - len(missed), len(crises)))
    print(figure(f"false pins ({half})", len(false), len(negatives)))
    print(figure(f"the kind is among those found ({half})", right_kind, len(crises)))
    print(f"{milliseconds:.2f} ms per query")
    if half == "tune":
        print("missed by kind:", dict(Counter(row["kind"] for row in missed)))
        for row in missed:
            print("MISSED", row["id"], row["kind"], row["q"])
        for row, understood in false:
            print(
                "FALSE",
                row["id"],
                row["q"],
                [(one.kind, one.matched, one.strength) for one in understood.crisis],
            )
    sys.exit(len(missed) > (1 - LEAST_RECALL) * len(crises) or len(false) > MOST_FALSE * len(negatives))


if __name__ == "__main__":
    main()
