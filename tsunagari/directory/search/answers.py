"""Which services and kinds answer a question first: judgement, kept as data in ``data/lexicon/``.

``answers.json``: need → services. The needs that a service lists are coarse (a line for everything has many,
a benefit a few): alone they put the benefit before the line. ``keywords.json``: service → words by which
people look for just that (失業手当, 車いす), for what needs do not tell apart. Services of others are found
and ranked by their needs and words as ever.
"""

import functools
import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from tsunagari.core import japanese

GROUPS = (1.0, 0.62, 0.3)
"""What a service of the first, second and third group of a need is worth."""
WITHIN_GROUP = 0.03
"""How much less each further service of a group is worth."""
OF_A_NEED = 0.9
KEYWORD = 0.7
"""What a keyword in the question is worth."""


def _read(name: str) -> Any:
    return json.loads((settings.DATA_DIR / "lexicon" / name).read_text(encoding="utf-8"))


@functools.cache
def answers() -> dict[str, dict[str, float]]:
    """Need → key of a service or municipal kind → worth (0 to 1), the best first."""
    return {
        need: {
            key: round(worth - WITHIN_GROUP * place, 3)
            for worth, group in zip(GROUPS, groups, strict=True)
            for place, key in enumerate(group)
        }
        for need, groups in _read("answers.json")["answers"].items()
    }


@functools.cache
def keywords() -> tuple[tuple[tuple[str, ...], str], ...]:
    """(parts that must all occur, key of a service or municipal kind); parts in `japanese.fold`'s form."""
    return tuple(
        (tuple(japanese.fold(part) for part in written.split("+")), key)
        for key, every in _read("keywords.json")["keywords"].items()
        for written in every
    )


@functools.cache
def _by_beginning() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Keywords by the first two letters of their first part, so that a text meets only those that may fit."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    for parts, key in keywords():
        found[parts[0][:2]].append((parts, key))
    return found


def _looked_for(folded: str) -> set[str]:
    """Keys of the services whose keywords stand in a text that is folded."""
    by_beginning = _by_beginning()
    pieces = {folded[at : at + length] for at in range(len(folded)) for length in (1, 2)}
    return {
        key
        for piece in pieces & by_beginning.keys()
        for parts, key in by_beginning[piece]
        if all(part in folded for part in parts)
    }


def answering(needs: Mapping[str, float], text: str) -> dict[str, float]:
    """Key → worth (0 to 1) for these needs and their weights, and for the words of a text.

    Who answers several needs, or is looked for by a word besides, is worth more.
    """
    found: dict[str, float] = {}
    for need, weight in needs.items():
        for key, worth in answers().get(need, {}).items():
            found[key] = _together(found.get(key, 0.0), OF_A_NEED * weight * worth)
    for key in sorted(_looked_for(japanese.fold(text))):
        found[key] = _together(found.get(key, 0.0), KEYWORD)
    return found


def _together(one: float, other: float) -> float:
    return 1 - (1 - one) * (1 - other)
