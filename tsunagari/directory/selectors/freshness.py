"""How fresh the directory is: counts by age of the last confirmation, for the public page and the plan."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Substr

from tsunagari.directory.ageing import FRESHNESS_MONTHS, months_before
from tsunagari.directory.models import Service
from tsunagari.directory.selectors.upkeep import KEPT_STATUS, last_confirmed


@dataclass(frozen=True, slots=True)
class Freshness:
    """Entries of one group by the age of their last confirmation.

    ``within`` counts those confirmed in the last 3, 6, 12 and 24 months, each including the former; ``older``
    those before; ``never`` those without any date. ``unverified``: their contact was never checked.
    """

    group: str
    key: str
    total: int
    within: dict[int, int]
    never: int
    unverified: int

    @property
    def older(self) -> int:
        """Confirmed, but longer ago than the last step."""
        return self.total - self.never - self.within[FRESHNESS_MONTHS[-1]]

    def steps(self) -> list[int]:
        """Counts between the steps: 0–3, 3–6, 6–12, 12–24 months, older, never; together the total."""
        reached = 0
        counts = []
        for months in FRESHNESS_MONTHS:
            counts.append(self.within[months] - reached)
            reached = self.within[months]
        return [*counts, self.older, self.never]


def freshness(on: date) -> list[Freshness]:
    """All entries that can be found; by kind; by prefecture (``key``: its two digits, "" nationwide).

    Three statements, whatever the size of the directory. An entry for several prefectures counts in each.
    """
    services = Service.objects.filter(status__in=KEPT_STATUS).annotate(confirmed=last_confirmed())
    everything = [_row("all", "", services.aggregate(**_counts(on)))]
    kinds = services.order_by().values("kind").annotate(**_counts(on))
    by_kind = {row["kind"]: _row("kind", row["kind"], dict(row)) for row in kinds}
    return [
        *everything,
        *(by_kind[kind] for kind in Service.Kind.values if kind in by_kind),
        *_by_prefecture(services, on),
    ]


def _by_prefecture(services: QuerySet[Service, Any], on: date) -> list[Freshness]:
    rows = (
        services.order_by()
        .filter(service_areas__isnull=False)
        .values(prefecture=Substr("service_areas__area", 1, 2))
        .annotate(**_counts(on))
        .order_by(F("prefecture").asc(nulls_first=True))
    )
    return [_row("prefecture", row["prefecture"] or "", dict(row)) for row in rows]


def _counts(on: date) -> dict[str, Count]:
    def counted(condition: Q) -> Count:
        return Count("pk", filter=condition, distinct=True)

    steps = {
        f"within_{months}": counted(Q(confirmed__gt=months_before(on, months))) for months in FRESHNESS_MONTHS
    }
    return steps | {
        "total": Count("pk", distinct=True),
        "never": counted(Q(confirmed=None)),
        "unverified": counted(Q(contact_verified=False)),
    }


def _row(group: str, key: str, counts: dict[str, Any]) -> Freshness:
    return Freshness(
        group=group,
        key=key,
        total=counts["total"],
        within={months: counts[f"within_{months}"] for months in FRESHNESS_MONTHS},
        never=counts["never"],
        unverified=counts["unverified"],
    )
