"""The second look at danger: what the rules do not name, weighed by the words and letters that stand there.

A linear model (logistic regression) over the letters' 1- to 4-grams and the words of a text. It is data, not
code: ``data/lexicon/danger_weights.json``, made by ``tools/train_danger_weights.py`` from judged questions;
one weight for each gram, so that what it says can be explained gram by gram.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tsunagari.core import japanese
from tsunagari.directory.lexicon.forms import cut_plain, squeeze
from tsunagari.directory.lexicon.types import LexiconError

LONGEST_GRAM = 4
REASONS_SHOWN = 3


def grams(text: str) -> set[str]:
    """The grams of a text (500 letters are read): 1 to 4 letters without spaces, words and their pairs.

    Words stand behind "/", as dictionary forms: 「死にたい」 → {死, に, た, い, 死に, …, /死ぬ, …}.
    """
    plain = cut_plain(text)
    letters = squeeze(plain)
    found = {
        letters[at : at + size]
        for size in range(1, LONGEST_GRAM + 1)
        for at in range(len(letters) - size + 1)
    }
    words = japanese.tokens_for_query(plain)
    found.update(f"/{word}" for word in words)
    found.update(f"/{one}/{two}" for one, two in zip(words, words[1:], strict=False))
    return found


@dataclass(frozen=True, slots=True)
class Danger:
    """What the weights say: a likelihood from 0 to 1, the likeliest class, the grams that spoke for it."""

    likelihood: float
    kind: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DangerWeights:
    """The weights in memory.

    certain: from this likelihood on it is a sign of its own. doubtful: below it, signs that rules found in a
    short text do not count.
    """

    certain: float
    doubtful: float
    bias: float
    weights: Mapping[str, float]
    kinds: Mapping[str, tuple[float, Mapping[str, float]]]

    def weigh(self, text: str) -> Danger:
        """Weigh a text."""
        found = grams(text)
        scale = 1 / math.sqrt(max(len(found), 1))
        known = {gram: self.weights[gram] for gram in found if gram in self.weights}
        total = self.bias + scale * sum(known.values())
        likelihood = 1 / (1 + math.exp(-max(min(total, 50.0), -50.0)))
        if likelihood < self.certain:
            return Danger(likelihood, "", ())
        scores = {
            kind: bias + scale * sum(weights.get(gram, 0.0) for gram in found)
            for kind, (bias, weights) in self.kinds.items()
        }
        best = sorted(known, key=lambda gram: known[gram], reverse=True)[:REASONS_SHOWN]
        return Danger(likelihood, max(scores, key=lambda kind: scores[kind]), tuple(best))


def read_weights(file: Path, *, classes: tuple[str, ...]) -> DangerWeights | None:
    """Read ``danger_weights.json``; None when there is none (the rules then stand alone).

    Args:
        classes: the classes of crisis.json, which the kinds must be.

    Raises:
        LexiconError: the file is wrong; names the place in it.
    """
    if not file.exists():
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        read = DangerWeights(
            certain=float(content["certain"]),
            doubtful=float(content["doubtful"]),
            bias=float(content["bias"]),
            weights={str(gram): float(weight) for gram, weight in content["weights"].items()},
            kinds={
                str(kind): (float(one["bias"]), {str(g): float(w) for g, w in one["weights"].items()})
                for kind, one in content["kinds"].items()
            },
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LexiconError(f"{file.name}: {error!r}") from error
    if unknown := set(read.kinds) - set(classes):
        raise LexiconError(f"{file.name}: unknown classes {sorted(unknown)}")
    if not 0 <= read.doubtful < read.certain < 1:
        raise LexiconError(f"{file.name}: 0 <= doubtful < certain < 1 does not hold")
    return read
