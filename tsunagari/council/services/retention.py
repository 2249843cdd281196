"""How long the record of a meeting is kept (公文書管理法5条); papers get their class when they are filed."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tsunagari.accounts.models import User
from tsunagari.council.models import AfterRetention, Minutes, MinutesSummary, RetentionPeriod
from tsunagari.council.selectors.meetings import meetings_kept_by
from tsunagari.council.services.journal import record


@transaction.atomic
def set_retention(
    *, actor: User, minutes_id: UUID, retention: str, after_retention: str, at: datetime
) -> Minutes:
    """Set the class of the minutes, and of the summary with them.

    Raises:
        Minutes.DoesNotExist: none that `actor` keeps.
    """
    minutes = (
        Minutes.objects.select_for_update(of=("self",))
        .select_related("meeting__body")
        .get(pk=minutes_id, meeting__in=meetings_kept_by(actor))
    )
    minutes.retention = RetentionPeriod(retention)
    minutes.after_retention = AfterRetention(after_retention)
    minutes.save(update_fields=["retention", "after_retention"])
    MinutesSummary.objects.filter(meeting=minutes.meeting).update(
        retention=minutes.retention, after_retention=minutes.after_retention
    )
    record(
        body=minutes.meeting.body,
        action="set_retention",
        subject_id=minutes.pk,
        actor=actor,
        at=at,
        retention=retention,
        after=after_retention,
    )
    return minutes
