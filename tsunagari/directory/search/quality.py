"""The static prior of a service: what is worth showing first before anybody has asked anything."""

from dataclasses import dataclass
from datetime import date

from tsunagari.directory.ageing import is_old
from tsunagari.directory.reachability import PRIOR_SHARE

# Shares of the whole, 1 together. Changing them asks for a new index: raise `index.RULES`.
VERIFIED = 0.30
CURATED = 0.15
FRESH = 0.20
REACHABLE = 0.15
COMPLETE = 0.20

# An entry loses half of its freshness in this many days.
HALF_LIFE_DAYS = 540
# On top of that, from the day on which it is marked as old (`ageing.OLD_AFTER_MONTHS`).
OLD = 0.5
# Out of service for now: still found by name, behind everything that works.
TEMPORARILY_CLOSED = 0.3
# 110 and 119 are pinned when they are needed; as ordinary results they come last.
EMERGENCY = 0.5


@dataclass(frozen=True, slots=True)
class Facts:
    """What the prior looks at. ``confirmed_on``: assured_on, or the first day of as_of; None: never."""

    contact_verified: bool
    curated_nationwide: bool
    confirmed_on: date | None
    answered_share: float | None
    """`reachability.chance` of the service; None: nothing observed, which is `PRIOR_SHARE`."""
    has_hours: bool
    has_description: bool
    has_url: bool
    has_easy_description: bool
    temporarily_closed: bool
    emergency: bool


def quality(facts: Facts, on: date) -> float:
    """The prior from 0 to 1 as seen on a day."""
    freshness = 0.0
    if facts.confirmed_on is not None:
        age = max((on - facts.confirmed_on).days, 0)
        freshness = 0.5 ** (age / HALF_LIFE_DAYS) * (OLD if is_old(facts.confirmed_on, on) else 1.0)
    answered = PRIOR_SHARE if facts.answered_share is None else facts.answered_share
    complete = (facts.has_hours, facts.has_description, facts.has_url, facts.has_easy_description)
    value = (
        VERIFIED * facts.contact_verified
        + CURATED * facts.curated_nationwide
        + FRESH * freshness
        + REACHABLE * (answered if facts.contact_verified else 0.0)
        + COMPLETE * sum(complete) / len(complete)
    )
    if facts.temporarily_closed:
        value *= TEMPORARILY_CLOSED
    if facts.emergency:
        value *= EMERGENCY
    return round(value, 6)
