"""How likely a call is answered, from what has been observed: an estimate that knows how little it knows.

`chance` is the mean of a Beta distribution. It begins as if `PRIOR_ATTEMPTS` calls had been made of which
`PRIOR_SHARE` were answered, so that a line of which nothing is known has exactly that chance, three lucky
calls prove little, and thousands decide. An observation counts

- less with age: half after `HALF_LIFE_DAYS`,
- by who saw it: `TRUST` of its kind (an organisation's own report is not checked by anybody),
- as `MOST_ATTEMPTS` calls at most: a month's share is one month's, however many calls there were.

`told` is what may be said of it: one observation with its year and source, in tenths, or nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

PRIOR_SHARE: Final = 0.5
PRIOR_ATTEMPTS: Final = 20
HALF_LIFE_DAYS: Final = 365
MOST_ATTEMPTS: Final = 500
TRUST: Final = {"measured": 1.0, "published": 1.0, "reported": 0.7}
LEAST_TO_TELL: Final = 20
"""Attempts below which nothing is said."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation: of ``attempts`` calls until the day ``on``, ``answered`` were answered."""

    attempts: int
    answered: int
    on: date
    kind: str = "published"
    source: str = ""
    wait_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What may be said: so many of ten calls are answered, in which year, who says so, how long one waits."""

    tenths: int
    year: int
    kind: str
    source: str
    wait_minutes: int | None


def chance(seen: Iterable[Seen], on: date) -> float:
    """The estimated share of calls that are answered, 0 to 1; of an unknown line `PRIOR_SHARE`."""
    attempts, answered = float(PRIOR_ATTEMPTS), PRIOR_ATTEMPTS * PRIOR_SHARE
    for each in seen:
        weight = _weight(each, on)
        attempts += weight * each.attempts
        answered += weight * each.answered
    return answered / attempts


def _weight(seen: Seen, on: date) -> float:
    """How much one call of an observation counts."""
    age = max((on - seen.on).days, 0)
    bounded = min(1.0, MOST_ATTEMPTS / seen.attempts)
    return float(bounded * TRUST[seen.kind] * 0.5 ** (age / HALF_LIFE_DAYS))


def told(seen: Iterable[Seen]) -> Told | None:
    """The newest observation that is large enough, in tenths; of the same day the best trusted one."""
    large = [each for each in seen if each.attempts >= LEAST_TO_TELL]
    if not large:
        return None
    best = max(large, key=lambda each: (each.on, TRUST[each.kind], each.attempts))
    # halves up: 0.45 is five of ten
    tenths = (best.answered * 20 + best.attempts) // (best.attempts * 2)
    return Told(tenths, best.on.year, best.kind, best.source, best.wait_minutes)
