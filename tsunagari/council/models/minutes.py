"""Minutes: 議事録 from draft to approval, what members want corrected, and the 議事要旨."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tsunagari.council.models.bodies import Membership
from tsunagari.council.models.meetings import Meeting
from tsunagari.council.models.retention import Retained


class Minutes(Retained):
    """The full record of a meeting (議事録). Approved at a later meeting, or by circulation."""

    class State(models.TextChoices):
        DRAFT = "draft", _("案")
        CIRCULATED = "circulated", _("確認中")
        APPROVED = "approved", _("確定")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, related_name="minutes")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    circulated_at = models.DateTimeField(null=True, blank=True)
    reply_by_on = models.DateField(_("確認の期限"), null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_in = models.ForeignKey(
        Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="approved_minutes"
    )
    approved_by_circulation = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "minutes"
        constraints = [
            *Retained.Meta.constraints,
            models.CheckConstraint(
                condition=Q(state="draft", circulated_at=None, approved_at=None)
                | Q(
                    state="circulated",
                    circulated_at__isnull=False,
                    reply_by_on__isnull=False,
                    approved_at=None,
                )
                | Q(state="approved", circulated_at__isnull=False, approved_at__isnull=False),
                name="minutes_state_with_its_moments",
            ),
            models.CheckConstraint(
                condition=(~Q(state="approved") & Q(approved_in=None, approved_by_circulation=False))
                | Q(state="approved", approved_in__isnull=False, approved_by_circulation=False)
                | Q(state="approved", approved_in=None, approved_by_circulation=True),
                name="minutes_approved_one_way",
            ),
            models.CheckConstraint(
                condition=Q(approved_in=None) | ~Q(approved_in=F("meeting")),
                name="minutes_not_approved_by_their_own_meeting",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(state="approved"), name="minutes_published_once_approved"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.state}"


class MinutesParagraph(models.Model):
    """A paragraph of the minutes; its id stays when its words change."""

    class Kind(models.TextChoices):
        HEADING = "heading", _("見出し")
        SPEECH = "speech", _("発言")
        TEXT = "text", _("本文")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    minutes = models.ForeignKey(Minutes, on_delete=models.CASCADE, related_name="paragraphs")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    speaker = models.CharField(_("発言者"), max_length=200, blank=True)
    text = models.TextField()

    class Meta:
        ordering = ["minutes", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["minutes", "position"],
                name="minutes_paragraph_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(kind="speech", speaker__gt="") | Q(kind__in=["heading", "text"], speaker=""),
                name="minutes_paragraph_speech_has_speaker",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes_id} {self.position}"


class MinutesCorrection(models.Model):
    """A member wants a paragraph to read otherwise. Nothing is approved before each has an answer."""

    class State(models.TextChoices):
        OPEN = "open", _("未対応")
        ACCEPTED = "accepted", _("反映")
        DECLINED = "declined", _("反映しない")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    minutes = models.ForeignKey(Minutes, on_delete=models.CASCADE, related_name="corrections")
    paragraph = models.ForeignKey(
        MinutesParagraph, null=True, on_delete=models.SET_NULL, related_name="corrections"
    )
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="corrections")
    before = models.TextField()
    proposed = models.TextField(_("直したあとの文"))
    note = models.CharField(_("理由"), max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["minutes", "asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None)
                | Q(state__in=["accepted", "declined"], answered_at__isnull=False),
                name="minutes_correction_answered_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | Q(answer__gt=""),
                name="minutes_correction_declined_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes_id} {self.state}"


class MinutesSummary(Retained):
    """議事要旨: the meeting in short, published soon and apart from the full minutes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, related_name="summary")
    text = models.TextField(_("議事要旨"))
    published_at = models.DateTimeField(null=True, blank=True)
    edited_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "minutes summaries"
        constraints = [
            *Retained.Meta.constraints,
            models.CheckConstraint(condition=Q(text__gt=""), name="minutes_summary_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id}"
