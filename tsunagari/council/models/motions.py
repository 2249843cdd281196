"""What a body is asked to decide, how its members voted and what was decided."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tsunagari.council.models.bodies import Membership
from tsunagari.council.models.meetings import AgendaItem, Meeting


class Motion(models.Model):
    """A text put to the members (Popolo's Motion). 了承 (acclamation): without a vote, nobody objects."""

    class Requirement(models.TextChoices):
        MAJORITY = "majority", _("過半数")
        TWO_THIRDS = "two_thirds", _("3分の2以上")
        UNANIMOUS = "unanimous", _("全会一致")
        ACCLAMATION = "acclamation", _("了承（採決なし）")

    class State(models.TextChoices):
        OPEN = "open", _("審議中")
        PASSED = "passed", _("可決")
        FAILED = "failed", _("否決")
        WITHDRAWN = "withdrawn", _("取り下げ")

    class Classification(models.TextChoices):
        PLAN = "plan", _("重点計画の決定")
        RULES = "rules", _("運営に関する事項")
        MINUTES = "minutes", _("議事録の承認")
        OTHER = "other", _("そのほか")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="motions")
    agenda_item = models.ForeignKey(
        AgendaItem, null=True, blank=True, on_delete=models.SET_NULL, related_name="motions"
    )
    position = models.PositiveSmallIntegerField()
    text = models.TextField(_("議案"))
    classification = models.CharField(
        _("種類"), max_length=10, choices=Classification.choices, default=Classification.OTHER
    )
    requirement = models.CharField(_("成立の条件"), max_length=12, choices=Requirement.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    result = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["meeting", "position"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "position"], name="motion_position_once"),
            models.CheckConstraint(
                condition=Q(requirement__in=["majority", "two_thirds", "unanimous", "acclamation"]),
                name="motion_requirement_known",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None)
                | (
                    Q(state__in=["passed", "failed", "withdrawn"], closed_at__isnull=False) & Q(result__gt="")
                ),
                name="motion_closed_with_result",
            ),
            models.CheckConstraint(condition=Q(text__gt=""), name="motion_says_something"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def passed(self) -> bool:
        """Whether the body has agreed."""
        return self.state == self.State.PASSED


class Vote(models.Model):
    """A member's answer to a motion, once. Of a deputy: cast for the member, the deputy's name beside it."""

    class Option(models.TextChoices):
        YES = "yes", _("賛成")
        NO = "no", _("反対")
        ABSTAIN = "abstain", _("棄権")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    motion = models.ForeignKey(Motion, on_delete=models.PROTECT, related_name="votes")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="votes")
    option = models.CharField(max_length=8, choices=Option.choices)
    deputy_name = models.CharField(max_length=80, blank=True)
    cast_at = models.DateTimeField()

    class Meta:
        ordering = ["motion", "membership__post__position"]
        constraints = [
            models.UniqueConstraint(fields=["motion", "membership"], name="vote_once"),
            models.CheckConstraint(
                condition=Q(option__in=["yes", "no", "abstain"]), name="vote_option_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.motion_id} {self.option}"


class Decision(models.Model):
    """What was decided, in one sentence that can be cited; with or without a motion."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="decisions")
    agenda_item = models.ForeignKey(
        AgendaItem, null=True, blank=True, on_delete=models.SET_NULL, related_name="decisions"
    )
    motion = models.OneToOneField(
        Motion, null=True, blank=True, on_delete=models.PROTECT, related_name="decision"
    )
    position = models.PositiveSmallIntegerField()
    text = models.TextField(_("決まったこと"))
    decided_on = models.DateField()

    class Meta:
        ordering = ["decided_on", "position"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "position"], name="decision_position_once"),
            models.CheckConstraint(condition=Q(text__gt=""), name="decision_says_something"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
