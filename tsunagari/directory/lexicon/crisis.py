"""Signs of danger in a text: rules of data/lexicon/crisis.json over the forms of the text.

Order: masks take harmless idioms out (死ぬほど笑った); then the strong rules of each class; then its weak ones
(bare nouns), unless the text only asks for information (自殺 統計). A mask takes out its own letters only, so
that what stands beside it still counts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tsunagari.directory.lexicon.forms import Form
from tsunagari.directory.lexicon.types import CrisisSignal, Strength

MASKED = "■"


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern. ``alone``: it counts only where it is a word, not a piece of other words in kana."""

    pattern: re.Pattern[str]
    alone: bool = False


@dataclass(frozen=True, slots=True)
class CrisisClass:
    """A class of danger: its rules, the needs it tells of, and the lines to pin, the best first.

    pins_foreign: the order for people who write another language.
    """

    key: str
    pins: tuple[str, ...]
    pins_foreign: tuple[str, ...]
    needs: tuple[str, ...]
    strong: tuple[Rule, ...]
    weak: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Mask:
    """A harmless idiom, with an example in which it is found."""

    pattern: re.Pattern[str]
    example: str


@dataclass(frozen=True, slots=True)
class CrisisRules:
    """All of crisis.json, compiled."""

    classes: tuple[CrisisClass, ...]
    masks: tuple[Mask, ...]
    information: tuple[re.Pattern[str], ...]

    def signals(self, forms: Sequence[Form]) -> tuple[CrisisSignal, ...]:
        """The signs in these forms, at most one strong or weak per class, in the file's order of classes."""
        masked = [self._masked(form) for form in forms]
        asks = any(pattern.search(form.text) for pattern in self.information for form in masked)
        found = []
        for one in self.classes:
            matched = _first(one.strong, masked)
            strength: Strength = "strong"
            if matched is None and not asks:
                matched, strength = _first(one.weak, masked), "weak"
            if matched is not None:
                found.append(CrisisSignal(one.key, matched, strength))
        return tuple(found)

    def pins(self, signals: Iterable[CrisisSignal], *, foreign: bool = False) -> tuple[str, ...]:
        """Keys of services for these signs: the first of each class, then the second of each …, each once.

        Strong signs go first, in the file's order of classes.
        """
        kinds = [signal.kind for signal in sorted(signals, key=lambda signal: signal.strength != "strong")]
        by_key = {one.key: one for one in self.classes}
        orders = [by_key[kind].pins_foreign if foreign else by_key[kind].pins for kind in kinds]
        longest = max((len(order) for order in orders), default=0)
        taken = [order[at] for at in range(longest) for order in orders if at < len(order)]
        return tuple(dict.fromkeys(taken))

    def _masked(self, form: Form) -> Form:
        text = form.text
        for mask in self.masks:
            # as long as before, so that the places where words begin stay right
            text = mask.pattern.sub(lambda match: MASKED * len(match.group()), text)
        return Form(form.name, text, form.starts)


def _first(rules: Sequence[Rule], forms: Sequence[Form]) -> str | None:
    for rule in rules:
        for form in forms:
            for match in rule.pattern.finditer(form.text):
                if match.group() and (not rule.alone or form.stands_alone(match.start(), match.end())):
                    return match.group().strip()
    return None
