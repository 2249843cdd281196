"""Where a connection came from, sealed for 72 hours where an organisation decided so, and who opened it."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tsunagari.consultation.models.conversations import Conversation


class SealedConnection(models.Model):
    """Address, port and time of a person's connection, sealed under their own key; gone after 72 hours."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="connections")
    sealed = models.BinaryField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="connection_gone_within_72_hours",
                condition=Q(expires_at__lte=F("seen_at") + models.Value("72:00:00", models.DurationField())),
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class BreakGlass(models.Model):
    """An opening of what is sealed, for an emergency: asked by one, opened with a second person."""

    class State(models.TextChoices):
        ASKED = "asked", _("二人目を待っている")
        OPENED = "opened", _("開けた")
        REFUSED = "refused", _("断った")
        LAPSED = "lapsed", _("開けずに期限が過ぎた")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="break_glass")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    # what the police asked and by whom: sealed under the conversation's key
    grounds = models.BinaryField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="break_glass_one_question", fields=["conversation"], condition=Q(state="asked")
            ),
            models.CheckConstraint(
                name="break_glass_by_two",
                condition=~Q(state__in=["opened", "refused"])
                | Q(second__isnull=False, decided_at__isnull=False) & ~Q(second=F("asked_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"
