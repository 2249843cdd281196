"""Signs of danger in a text: rules of data/lexicon/crisis.json over the forms of the text.

Order: masks take harmless idioms out (死ぬほど笑った); then the strong rules of each class; then its weak
ones (bare nouns and stems). A text that only asks for information (自殺 統計), and in which nothing speaks of
the writer (つらい, やめられない), has no weak signs, and a strong one only where something is done or felt
(acts: されて, たい). A mask takes out its own letters only, so that what stands beside it still counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tsunagari.directory.lexicon.forms import MASKED, Form, forms_of
from tsunagari.directory.lexicon.matcher import Matcher
from tsunagari.directory.lexicon.types import CrisisSignal

ASKS_AT_MOST = 40
"""Letters of a text that can be a mere request for information: longer ones tell what happened."""
AFTER = 4
"""Letters after a rule's that still belong to what is done (リスカ + しちゃった)."""


@dataclass(frozen=True, slots=True)
class CrisisClass:
    """A class of danger: its rules, the needs it tells of, and the lines to pin, the best first.

    pins_foreign: the order for people who write another language. alone: rules from this place on in
    ``strong`` count only where they are words of their own.
    """

    key: str
    pins: tuple[str, ...]
    pins_foreign: tuple[str, ...]
    needs: tuple[str, ...]
    strong: Matcher
    alone: int
    weak: Matcher


@dataclass(frozen=True, slots=True)
class CrisisRules:
    """All of crisis.json, compiled. examples: one text for each mask, in which it is found."""

    classes: tuple[CrisisClass, ...]
    masks: Matcher
    examples: tuple[str, ...]
    information: Matcher
    personal: Matcher
    acts: Matcher

    def forms(self, text: str) -> list[Form]:
        """The forms of a text without harmless idioms, in which the rules look."""
        return forms_of(text, mask=self.mask)

    def signals(self, text: str, forms: Sequence[Form] | None = None) -> tuple[CrisisSignal, ...]:
        """The signs in a text, at most one per class, in the file's order of classes.

        Args:
            forms: the text's `forms`, where they have been made already.
        """
        forms = self.forms(text) if forms is None else forms
        only_asks = (
            len(text) <= ASKS_AT_MOST and _any(self.information, forms) and not _any(self.personal, forms)
        )
        found = []
        for one in self.classes:
            acts = self.acts if only_asks else None
            matched = _first(one.strong, forms, alone_from=one.alone, acts=acts)
            if matched is not None:
                found.append(CrisisSignal(one.key, matched, "strong"))
                continue
            if not only_asks and (matched := _first(one.weak, forms)) is not None:
                found.append(CrisisSignal(one.key, matched, "weak"))
        return tuple(found)

    def mask(self, text: str) -> str:
        """A folded text with the letters of harmless idioms replaced, as long as before."""
        letters: list[str] | None = None
        end = 0
        for found in self.masks.find(text):
            if found.start < end:
                continue  # inside one that was taken out already
            letters = letters or list(text)
            end = found.end
            letters[found.start : end] = MASKED * (end - found.start)
        return text if letters is None else "".join(letters)

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


def _any(matcher: Matcher, forms: Sequence[Form]) -> bool:
    return any(next(matcher.find(form.text), None) is not None for form in forms)


def _first(
    matcher: Matcher, forms: Sequence[Form], *, alone_from: int | None = None, acts: Matcher | None = None
) -> str | None:
    for form in forms:
        for found in matcher.find(form.text):
            must_stand_alone = alone_from is not None and found.rule >= alone_from
            if must_stand_alone and not form.stands_alone(found.start, found.end):
                continue
            matched = form.text[found.start : found.end]
            if acts is None or matched.isascii() or _acts(acts, form.text[found.start : found.end + AFTER]):
                return matched.strip()
    return None


def _acts(acts: Matcher, text: str) -> bool:
    return next(acts.find(text), None) is not None
