"""What the machine reads of danger in conversations, on the judged contacts; `docs/consultation-risk.md`.

Run: make bench-risk [ARGS="--half tune|unseen --list"]. Prints the tables of the document, and the time that
a message takes. Misses are listed (``--list``) for the half `tune` only: nobody tunes on the other one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsunagari.config.settings")

from bench.lexicon_crisis import wilson  # noqa: E402
from tsunagari.consultation.risk_rules import Reading, RiskRules, risk_rules  # noqa: E402

JUDGED = ROOT / "tests" / "consultation" / "data" / "judged_contacts.jsonl"
GROUPS = ("age", "sex", "language", "topic", "voice")
HIGH, IMMINENT = 2, 3
TIMED_LETTERS = range(80, 121)


@dataclass(frozen=True, slots=True)
class Judged:
    """A contact: what was said, the least level that it asks for, and who says it how."""

    id: str
    level: int
    say: tuple[str, ...]
    groups: Mapping[str, str]
    reading: Reading


def read_contact(rules: RiskRules, say: Sequence[str]) -> Reading:
    """The gravest reading of a contact's messages, as `services.risk` reads them one after another."""
    gravest = Reading()
    for at, text in enumerate(say):
        found = [rules.read(text)]
        if at and len(text) <= rules.together.letters:
            found.append(rules.read_together(say[max(0, at - rules.together.messages) : at], text))
        gravest = max([gravest, *found], key=lambda one: one.level)
    return gravest


def judged(half: str, rules: RiskRules) -> list[Judged]:
    """The contacts of a half, read."""
    rows = (json.loads(line) for line in JUDGED.read_text(encoding="utf-8").splitlines())
    return [
        Judged(
            row["id"],
            row["level"],
            tuple(row["say"]),
            {group: row[group] for group in GROUPS},
            read_contact(rules, row["say"]),
        )
        for row in rows
        if row["half"] == half
    ]


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares as (hits, of)."""

    imminent: tuple[int, int]
    imminent_at_least_high: tuple[int, int]
    high: tuple[int, int]
    concern: tuple[int, int]
    calm_raised: tuple[int, int]
    calm_high: tuple[int, int]
    below_high_called_imminent: tuple[int, int]


def figures(contacts: Iterable[Judged]) -> Figures:
    """The shares of a set of contacts."""
    of = {level: [one for one in contacts if one.level == level] for level in range(4)}

    def share(level: int, least: int) -> tuple[int, int]:
        return sum(one.reading.level >= least for one in of[level]), len(of[level])

    low = [*of[0], *of[1]]
    return Figures(
        imminent=share(IMMINENT, IMMINENT),
        imminent_at_least_high=share(IMMINENT, HIGH),
        high=share(HIGH, HIGH),
        concern=share(1, 1),
        calm_raised=share(0, 1),
        calm_high=share(0, HIGH),
        below_high_called_imminent=(sum(one.reading.level == IMMINENT for one in low), len(low)),
    )


def misses_by_group(contacts: Iterable[Judged]) -> dict[str, dict[str, tuple[int, int]]]:
    """Of those judged high or imminent: (read as less than high, all), by group."""
    grave = [one for one in contacts if one.level >= HIGH]
    found: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for group in GROUPS:
        all_ = Counter(one.groups[group] for one in grave)
        missed = Counter(one.groups[group] for one in grave if one.reading.level < HIGH)
        found[group] = {name: (missed[name], count) for name, count in sorted(all_.items())}
    return found


def milliseconds(rules: RiskRules) -> float:
    """The median time of one message of about 100 letters, read alone and together with two before it."""
    rows = [json.loads(line)["say"] for line in JUDGED.read_text(encoding="utf-8").splitlines()]
    words = "。".join(part for say in rows for part in say)
    texts = [words[at : at + 100] for at in range(0, 20_000, 100)][:60]
    for text in texts:
        rules.read(text)
    took = []
    for text in texts:
        begun = time.perf_counter()
        rules.read(text)
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("tune", "unseen"), default="tune")
    parser.add_argument("--list", action="store_true")
    given = parser.parse_args()
    rules = risk_rules()
    contacts = judged(given.half, rules)
    print(f"rules {rules.version}, {given.half} half, {len(contacts)} contacts\n")
    for name in Figures.__dataclass_fields__:
        hits, of = getattr(figures(contacts), name)
        low, high = wilson(hits, of)
        print(f"| {name.replace('_', ' ')} | {hits}/{of} | {hits / of:.3f} | {low:.3f}–{high:.3f} |")
    print()
    for group, members in misses_by_group(contacts).items():
        print(f"| {group} | " + ", ".join(f"{name} {m}/{of}" for name, (m, of) in members.items()) + " |")
    print(f"\n{milliseconds(rules):.2f} ms for a message of 100 letters (median)")
    if given.list and given.half == "tune":
        for one in contacts:
            if (
                one.reading.level < one.level
                or one.reading.level > one.level + 1
                or (one.level == 0 and one.reading.level)
            ):
                print(one.id, one.level, "→", int(one.reading.level), " / ".join(one.say), one.reading.kinds)


if __name__ == "__main__":
    main()
