"""What words say about danger in a conversation. Pure: the rules are data (`data/consultation/risk.json`).

The directory's lexicon reads first (`directory.lexicon`); a table takes its classes and strengths to levels.
Beside it stand rules for what is said in a chat: signs (「橋の上」, 「もう飲んだ」, 「今」) that together
make a level. What is denied (「死にたいわけじゃない」) and harmless idioms are taken out before. What is
found is told by keys, never by the person's words.
"""

import functools
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

from django.conf import settings

from tsunagari.consultation.states import RiskLevel
from tsunagari.core import japanese
from tsunagari.directory.lexicon import Lexicon, lexicon
from tsunagari.directory.lexicon.forms import MASKED, MAX_LENGTH, Form, cut_plain
from tsunagari.directory.lexicon.matcher import Matcher
from tsunagari.directory.lexicon.patterns import UnsafePattern, compile_safely, expand

OVERLAP = 60
"""Letters of one part of a long message that the next part begins with."""
REACH = 60
"""Within so many letters the signs of a rule must stand, where the rule says nothing else."""
FROM_LEXICON = "@"
DENIED = "denied"
_PARTED = re.compile("[a-z ]")
"""Where words are parted; else the form without spaces and marks says the same."""


class RiskRulesError(ValueError):
    """risk.json is wrong; the message names the place in it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read. kinds: classes and keys of rules, those that ask for the level first.

    weighed: no rule asks for the level, only the weights of the whole text.
    """

    level: RiskLevel = RiskLevel.NONE
    kinds: tuple[str, ...] = ()
    weighed: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A level that all signs of ``when`` within a number of letters ask for, without any of ``unless``."""

    key: str
    topic: str
    level: RiskLevel
    when: tuple[str, ...]
    unless: tuple[str, ...]
    within: int
    example: str


@dataclass(frozen=True, slots=True)
class _Finding:
    level: RiskLevel
    key: str
    weighed: bool = False


class RiskRules:
    """All of risk.json, compiled, over a lexicon. It holds nothing that changes."""

    def __init__(
        self,
        *,
        version: str,
        lexicon: Lexicon,
        classes: Mapping[str, Mapping[str, RiskLevel]],
        rules: Sequence[Rule],
        signs: Mapping[str, Sequence[str]],
        masks: Sequence[str],
        denials: Sequence[str],
        denied: RiskLevel,
        together: "Together",
        topics: Mapping[str, str],
        names: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.version = version
        self.together = together
        self.rules = tuple(rules)
        self.denied = denied
        self._topics = topics
        self._names = names
        self._lexicon = lexicon
        self._classes = classes
        self._owner = [name for name, patterns in signs.items() for _ in patterns]
        self._signs = Matcher(pattern for patterns in signs.values() for pattern in patterns)
        self._masks = Matcher(masks)
        self._denials = Matcher(denials)

    @property
    def keys(self) -> frozenset[str]:
        """All keys that a reading can name."""
        return frozenset(self._topics)

    def topics_of(self, kinds: Iterable[str], *, language: str) -> list[str]:
        """What the keys of a reading speak of, in words ("ja" or "en"); keys that are none are left out."""
        topics = dict.fromkeys(self._topics[kind] for kind in kinds if kind in self._topics)
        return [self._names[topic][language] for topic in topics]

    def read(self, text: str) -> Reading:
        """The level of one message, however long."""
        step = MAX_LENGTH - OVERLAP
        parts = [text[at : at + MAX_LENGTH] for at in range(0, max(len(text) - OVERLAP, 1), step)]
        return _told(finding for part in parts for finding in self._findings(part, weigh=True))

    def read_together(self, earlier: Sequence[str], text: str) -> Reading:
        """The level of the end of what was said before and the beginning of a message, read as one.

        Weights are left out: they know whole questions, not two halves of different ones.
        """
        letters = self.together.letters
        before = " ".join(earlier)[-letters:]
        return _told(self._findings(f"{before} {text[:letters]}", weigh=False))

    def _findings(self, text: str, *, weigh: bool) -> list[_Finding]:
        plain = cut_plain(text)
        harmless = _without(self._masks, plain)
        asserted = _without(self._denials, harmless)
        found = [_Finding(self.denied, DENIED)] if asserted != harmless else []
        forms = self._lexicon.crisis.forms(asserted)
        read = self._lexicon.crisis_signals if weigh else self._lexicon.crisis.signals
        signals = read(asserted, forms)
        found += [
            _Finding(self._classes[one.kind][one.strength], one.kind, one.strength == "weighed")
            for one in signals
        ]
        strong = {f"{FROM_LEXICON}{one.kind}" for one in signals if one.strength == "strong"}
        places = [self._places(form) for form in forms if form.name != "spaced" or _PARTED.search(form.text)]
        present = {name for of_form in places for name in of_form} | strong
        return found + [
            _Finding(rule.level, rule.key) for rule in self.rules if _holds(rule, present, strong, places)
        ]

    def _places(self, form: Form) -> Mapping[str, list[tuple[int, int]]]:
        places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for one in self._signs.find(form.text):
            places[self._owner[one.rule]].append((one.start, one.end))
        return places


@dataclass(frozen=True, slots=True)
class Together:
    """How much is read together: letters of each side, messages before, and how old these may be."""

    letters: int
    messages: int
    within: timedelta


def _without(matcher: Matcher, plain: str) -> str:
    """A normal text with what is found replaced, as long as before."""
    folded = japanese.to_hiragana(plain)
    if len(folded) != len(plain):
        return plain
    letters = list(plain)
    for found in matcher.find(folded):
        letters[found.start : found.end] = MASKED * (found.end - found.start)
    return "".join(letters)


MOST_PLACES = 4
"""So many places of a sign are tried with those of others."""


def _holds(
    rule: Rule,
    present: Iterable[str],
    strong: Iterable[str],
    places: Sequence[Mapping[str, list[tuple[int, int]]]],
) -> bool:
    if any(name not in present for name in rule.when) or any(name in present for name in rule.unless):
        return False
    named = [name for name in rule.when if not name.startswith(FROM_LEXICON)]
    if len(named) < 2:
        return True
    return any(
        max(end for _, end in chosen) - min(start for start, _ in chosen) <= rule.within
        for of_form in places
        if all(name in of_form for name in named)
        for chosen in product(*(of_form[name][:MOST_PLACES] for name in named))
    )


def _told(findings: Iterable[_Finding]) -> Reading:
    given = list(dict.fromkeys(findings))
    if not given:
        return Reading()
    level = max(one.level for one in given)
    first = sorted(given, key=lambda one: one.level, reverse=True)
    return Reading(
        level=level,
        kinds=tuple(dict.fromkeys(one.key for one in first)),
        weighed=all(one.weighed for one in given if one.level == level),
    )


# -- the file ---------------------------------------------------------------------------------------------


def read_rules(file: Path, *, lexicon: Lexicon) -> RiskRules:
    """Read and check risk.json.

    Raises:
        RiskRulesError: a pattern is wrong or unsafe, a name unknown, or an example does not show its rule.
    """
    content = json.loads(file.read_text(encoding="utf-8"))
    sets: dict[str, str] = {}
    for name, parts in content["sets"].items():
        sets[name] = "|".join(_checked(part, sets, f"sets.{name}") for part in parts)
    classes = {
        key: {strength: RiskLevel(levels[strength]) for strength in ("strong", "weak", "weighed")}
        for key, levels in content["classes"].items()
    }
    if set(classes) != {one.key for one in lexicon.crisis.classes}:
        raise RiskRulesError("classes: not those of crisis.json")
    signs = {
        name: [_checked(pattern, sets, f"signs.{name}") for pattern in patterns]
        for name, patterns in content["signs"].items()
    }
    known = {*signs, *(f"{FROM_LEXICON}{key}" for key in classes)}
    rules = [_rule(row, known) for row in content["rules"]]
    topics = {
        DENIED: DENIED,
        **{key: levels["topic"] for key, levels in content["classes"].items()},
        **{rule.key: rule.topic for rule in rules},
    }
    if unnamed := set(topics.values()) - set(content["topics"]):
        raise RiskRulesError(f"topics: {sorted(unnamed)[0]!r} has no name")
    together = content["together"]
    made = RiskRules(
        version=content["version"],
        lexicon=lexicon,
        classes=classes,
        rules=rules,
        signs=signs,
        masks=[_checked(row["pattern"], sets, f"masks: {row['example']}") for row in content["masks"]],
        denials=[_checked(row["pattern"], sets, f"denials: {row['example']}") for row in content["denials"]],
        denied=RiskLevel(content[DENIED]),
        topics=topics,
        names=content["topics"],
        together=Together(together["letters"], together["messages"], timedelta(minutes=together["minutes"])),
    )
    for rule in rules:
        if rule.key not in made.read(rule.example).kinds:
            raise RiskRulesError(f"rules.{rule.key}: does not hold in its example")
    return made


def _rule(row: Mapping[str, Any], known: Iterable[str]) -> Rule:
    rule = Rule(
        key=row["key"],
        topic=row["topic"],
        level=RiskLevel(row["level"]),
        when=tuple(row["when"]),
        unless=tuple(row.get("unless", ())),
        within=row.get("within", REACH),
        example=row["example"],
    )
    if unknown := [name for name in (*rule.when, *rule.unless) if name not in known]:
        raise RiskRulesError(f"rules.{rule.key}: unknown sign {unknown[0]!r}")
    return rule


def _checked(pattern: str, sets: Mapping[str, str], where: str) -> str:
    """A pattern in the writing of the texts that are searched, with its sets put in, known to be safe."""
    if "\\" in pattern:
        raise RiskRulesError(f"{where}: no backslash in a pattern")
    try:
        return compile_safely(expand(japanese.fold(pattern), sets)).pattern
    except UnsafePattern as error:
        raise RiskRulesError(f"{where}: {error}") from error


@functools.cache
def risk_rules() -> RiskRules:
    """The rules of this installation, read once for the process."""
    return read_rules(settings.DATA_DIR / "consultation" / "risk.json", lexicon=lexicon())
