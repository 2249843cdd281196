"""What the machine reads of danger in conversations, on the judged contacts; `docs/consultation-risk.md`.

Run: make bench-risk [ARGS="--write|--list"]. Prints the tables of the document, and the time that a message
takes; ``--write`` puts them there. Misses are listed for the contacts that rules are made from alone.
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
    """The median time of reading one message of 100 letters, after warming."""
    rows = [json.loads(line)["say"] for line in JUDGED.read_text(encoding="utf-8").splitlines()]
    words = "。".join(part for say in rows for part in say)
    texts = [words[at : at + 100] for at in range(0, 20_000, 100)][:60]
    for text in texts:
        rules.read(text)
    took = []
    for text in texts * 5:
        begun = time.perf_counter()
        rules.read(text)
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


HALVES = {
    "tune": "rules were made from these",
    "unseen": "written before; misses never listed",
    "last": "written after the rules",
}
LINES = {
    "imminent": "*in danger now*, read as such",
    "imminent_at_least_high": "*in danger now*, read as *high* at least",
    "high": "*high*, read as *high* at least",
    "concern": "*concern*, read as *concern* at least",
    "calm_raised": "no sign, raised in vain",
    "calm_high": "no sign, raised to *high* or more",
    "below_high_called_imminent": "below *high*, raised to *in danger now*",
}


def tables(rules: RiskRules) -> str:
    """The figures as they stand in the document."""
    read = {half: judged(half, rules) for half in HALVES}
    lines = [f"Rules {rules.version}, {sum(map(len, read.values()))} contacts.", ""]
    lines += [
        "| | " + " | ".join(f"`{half}` ({len(read[half])}): {told}" for half, told in HALVES.items()) + " |"
    ]
    lines += ["|---|" + "---|" * len(HALVES)]
    shares = {half: figures(contacts) for half, contacts in read.items()}
    for name, told in LINES.items():
        cells = []
        for half in HALVES:
            hits, of = getattr(shares[half], name)
            low, high = wilson(hits, of)
            cells.append(f"{hits}/{of} = {hits / of:.0%} ({low:.0%}–{high:.0%})")
        lines.append(f"| {told} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "Judged *high* or more and read as less (missed / all), in `unseen` and `last` together:",
        "",
    ]
    lines += ["| by | missed |", "|---|---|"]
    for group, members in misses_by_group([*read["unseen"], *read["last"]]).items():
        told = ", ".join(f"{name} {missed}/{of}" for name, (missed, of) in members.items())
        lines.append(f"| {group} | {told} |")
    return "\n".join(lines)


DOCUMENT = ROOT / "docs" / "consultation-risk.md"
BEGIN, END = "<!-- figures: make bench-risk ARGS=--write -->", "<!-- end of figures -->"


def written() -> str:
    """The figures that the document holds."""
    return DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].strip()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the figures into the document")
    parser.add_argument("--list", action="store_true", help="name the misses of the contacts to tune on")
    given = parser.parse_args()
    rules = risk_rules()
    found = tables(rules)
    print(found)
    print(f"\n{milliseconds(rules):.2f} ms for a message of 100 letters (median)")
    if given.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        DOCUMENT.write_text(f"{before}{BEGIN}\n{found}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    for one in judged("tune", rules) if given.list else ():
        if one.reading.level < one.level or (one.level == 0 and one.reading.level):
            print(one.id, one.level, "→", int(one.reading.level), " / ".join(one.say), one.reading.kinds)


if __name__ == "__main__":
    main()
