"""What keeps the entries true."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from tsunagari.directory.models.services import Service


class MistakeReport(models.Model):
    """A visitor says that an entry is wrong. No name, no address: only what is wrong."""

    class State(models.TextChoices):
        OPEN = "open", _("未対応")
        ACCEPTED = "accepted", _("直しました")
        DECLINED = "declined", _("直しません")

    class Kind(models.TextChoices):
        NUMBER = "number", _("番号がちがう・つながらない")
        HOURS = "hours", _("時間がちがう")
        CLOSED = "closed", _("もうやっていない")
        OTHER = "other", _("そのほか")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="mistake_reports")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.service_id} {self.kind}"
