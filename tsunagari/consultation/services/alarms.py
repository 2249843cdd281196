"""Calling a supervisor, once until somebody has seen to it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tsunagari.accounts.models import User
from tsunagari.consultation.models import Alarm, Task
from tsunagari.consultation.services.tasks import helpline_topic
from tsunagari.core.live import hint


@transaction.atomic
def raise_alarm(*, helpline_id: UUID, kind: Alarm.Kind, at: datetime, task: Task | None = None) -> bool:
    """Raise an alarm and wake the wall; False while the same one still stands unseen."""
    made = Alarm.objects.bulk_create(
        [Alarm(helpline_id=helpline_id, kind=kind, task=task, raised_at=at)], ignore_conflicts=True
    )
    stands = Alarm.objects.filter(pk=made[0].pk).exists()
    if stands:
        hint(helpline_topic(helpline_id))
    return stands


@transaction.atomic
def see_alarm(*, user: User, alarm_id: UUID, at: datetime) -> Alarm:
    """Say that one has seen to it; the first one counts. The caller has checked who may."""
    alarm = Alarm.objects.select_for_update().get(pk=alarm_id)
    if alarm.seen_at is None:
        alarm.seen_at, alarm.seen_by = at, user
        alarm.save(update_fields=["seen_at", "seen_by"])
        hint(helpline_topic(alarm.helpline_id))
    return alarm
