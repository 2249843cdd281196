"""What the nights do about age: rows of the search follow the day on which an entry becomes old or silent."""

from datetime import datetime, timedelta
from uuid import UUID

from tsunagari.directory.ageing import OLD_AFTER_MONTHS, SILENT_AFTER_MONTHS, day_of, months_before
from tsunagari.directory.models import ConfirmationRequest, NightlyRun, Service
from tsunagari.directory.search.index import reindex_services
from tsunagari.directory.selectors.upkeep import KEPT_STATUS, last_confirmed

AGEING = "ageing"
FIRST_LOOK_BACK = timedelta(days=60)
"""Where no earlier night is known; an index is written anew more often than that, or nothing has happened."""


def reindex_aged(*, at: datetime) -> int:
    """Write anew the rows of entries whose class has changed since the last night that did this.

    A missed night is made up for: the day is only written down once the rows are.

    Returns:
        How many entries changed their class.
    """
    today = day_of(at)
    known = NightlyRun.objects.filter(name=AGEING).first()
    last = known.ran_on if known else today - FIRST_LOOK_BACK
    if last >= today:
        return 0
    became_old = (
        Service.objects.filter(status__in=KEPT_STATUS)
        .annotate(confirmed=last_confirmed())
        .filter(
            confirmed__gt=months_before(last, OLD_AFTER_MONTHS),
            confirmed__lte=months_before(today, OLD_AFTER_MONTHS),
        )
    )
    became_silent = ConfirmationRequest.objects.filter(
        answered_at=None,
        asked_at__date__gt=months_before(last, SILENT_AFTER_MONTHS),
        asked_at__date__lte=months_before(today, SILENT_AFTER_MONTHS),
    )
    changed: set[UUID] = set(became_old.values_list("pk", flat=True))
    changed |= set(became_silent.values_list("service_id", flat=True))
    if changed:
        reindex_services(sorted(changed), on=today)
    NightlyRun.objects.update_or_create(name=AGEING, defaults={"ran_on": today})
    return len(changed)
