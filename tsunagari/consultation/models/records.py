"""What the counsellor writes down, whom the person is led to, and what a supervisor is called for."""

from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tsunagari.consultation.models.helplines import Helpline
from tsunagari.consultation.models.tasks import Task
from tsunagari.consultation.states import RiskLevel


class ContactRecord(models.Model):
    """The record of a contact: codes in the open for the figures, words under the conversation's key.

    Codes: data/consultation/record.json. ``version`` grows with each saving: who saves an older one is told.
    """

    task = models.OneToOneField(Task, primary_key=True, on_delete=models.PROTECT, related_name="record")
    topics = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    feelings = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    outcomes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    # the counsellor's judgement at the end; None: not judged yet
    risk = models.PositiveSmallIntegerField(choices=RiskLevel.choices, null=True, blank=True)
    words = models.BinaryField(default=bytes)
    version = models.PositiveIntegerField(default=1)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="record_finished_judges_risk", condition=Q(finished_at=None) | Q(risk__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ContactReferral(models.Model):
    """The person was led to a service of the directory, with their agreement; casework takes over."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="referrals")
    service = models.ForeignKey("directory.Service", on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField()
    # what may be told there, as agreed: sealed under the conversation's key
    words = models.BinaryField(default=bytes)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="contact_referral_once", fields=["task", "service"], condition=Q(withdrawn_at=None)
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Alarm(models.Model):
    """Something for which a supervisor is called; stands until somebody has seen to it."""

    class Kind(models.TextChoices):
        RISK_ROSE = "risk_rose", _("会話の途中で危険度が上がりました")
        HELP_ASKED = "help_asked", _("相談員が呼んでいます")
        WAITS_LONG = "waits_long", _("長く待っている人がいます")
        COUNSELLOR_VANISHED = "counsellor_vanished", _("相談員の画面が切れました")
        NO_ANSWER = "no_answer", _("相談員が知らせに答えていません")
        NO_SUPERVISOR = "no_supervisor", _("スーパーバイザーの確認がとれません")
        ABUSE = "abuse", _("相談員への加害で終えた連絡です")
        CALLBACK_MISSED = "callback_missed", _("約束の時間に話せていません")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    helpline = models.ForeignKey(Helpline, on_delete=models.PROTECT, related_name="alarms")
    task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.PROTECT, related_name="alarms")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["helpline", "raised_at"], name="alarm_open", condition=Q(seen_at=None))
        ]
        constraints = [
            models.UniqueConstraint(
                name="alarm_once_until_seen",
                fields=["helpline", "task", "kind"],
                condition=Q(seen_at=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="alarm_kind_known",
                condition=Q(
                    kind__in=[
                        "risk_rose",
                        "help_asked",
                        "waits_long",
                        "counsellor_vanished",
                        "no_answer",
                        "no_supervisor",
                        "abuse",
                        "callback_missed",
                    ]
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
