"""When a motion passes. Pure.

At a meeting the votes that were cast count, abstentions among them; by circulation (持ち回り) every member
does, since nobody is absent there and silence is no consent.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """How the members answered; ``members`` is how many could."""

    yes: int
    no: int
    abstain: int
    members: int

    @property
    def cast(self) -> int:
        """How many answered at all."""
        return self.yes + self.no + self.abstain


def carries(requirement: str, count: Count, *, by_circulation: bool) -> bool:
    """Whether ``requirement`` (majority, two_thirds, unanimous) is met."""
    base = count.members if by_circulation else count.cast
    if base == 0:
        return False
    if requirement == "majority":
        return 2 * count.yes > base
    if requirement == "two_thirds":
        return 3 * count.yes >= 2 * base
    if requirement == "unanimous":
        return count.yes == base
    raise ValueError(requirement)
