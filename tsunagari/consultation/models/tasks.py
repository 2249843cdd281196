"""One contact, its offers to counsellors, and how grave it is."""

from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tsunagari.consultation.models.conversations import Conversation
from tsunagari.consultation.models.helplines import Helpline, Shift
from tsunagari.consultation.states import (
    ENDED,
    WITH_COUNSELLOR,
    Disposition,
    ReservationState,
    RiskLevel,
    TaskState,
)


class Task(models.Model):
    """One contact on its way from arriving to its outcome (`states.TASK_TRANSITIONS`).

    ``rank_at`` orders the queue: when the person began to wait, less the head start of the risk
    (`priority.py`). ``fence`` grows whenever the task changes hands; what comes with an older one is refused.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="tasks")
    helpline = models.ForeignKey(Helpline, on_delete=models.PROTECT, related_name="tasks")
    state = models.CharField(max_length=20, choices=TaskState.choices, default=TaskState.ARRIVED)
    risk = models.PositiveSmallIntegerField(choices=RiskLevel.choices, default=RiskLevel.NONE)
    language = models.CharField(max_length=10)
    skills = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    arrived_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True, blank=True)
    rank_at = models.DateTimeField(null=True, blank=True)
    # came back to the queue: the counsellor vanished, or the person came back within the same contact
    interrupted_at = models.DateTimeField(null=True, blank=True)
    weights_version = models.CharField(max_length=20, blank=True)
    # who talked with this person last, in this contact or an earlier one
    familiar = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    shift = models.ForeignKey(Shift, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    # whom the person is handed over to, until they accept
    next_shift = models.ForeignKey(
        Shift, null=True, blank=True, on_delete=models.PROTECT, related_name="incoming_tasks"
    )
    fence = models.BigIntegerField(default=0)
    connected_at = models.DateTimeField(null=True, blank=True)
    wrapped_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    disposition = models.CharField(max_length=16, choices=Disposition.choices, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["helpline", "rank_at"], name="task_in_queue", condition=Q(state=TaskState.QUEUED)
            ),
            models.Index(
                fields=["helpline", "state"],
                name="task_open",
                condition=~Q(state__in=sorted(ENDED)),
            ),
            models.Index(fields=["helpline", "arrived_at"], name="task_of_helpline"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="task_one_open_contact",
                fields=["conversation"],
                condition=~Q(state__in=sorted(ENDED)),
            ),
            models.CheckConstraint(name="task_state_known", condition=Q(state__in=TaskState.values)),
            models.CheckConstraint(name="task_risk_known", condition=Q(risk__in=RiskLevel.values)),
            models.CheckConstraint(
                name="task_in_queue_has_rank",
                condition=~Q(state__in=["queued", "offered"])
                | Q(queued_at__isnull=False, rank_at__isnull=False, shift=None),
            ),
            models.CheckConstraint(
                name="task_before_queue_has_nobody",
                condition=~Q(state__in=["arrived", "screened"]) | Q(queued_at=None, shift=None),
            ),
            models.CheckConstraint(
                name="task_with_counsellor_names_shift",
                condition=~Q(state__in=sorted(WITH_COUNSELLOR))
                | Q(shift__isnull=False, connected_at__isnull=False),
            ),
            models.CheckConstraint(
                name="task_handed_over_to_somebody_else",
                condition=Q(state="transferring", next_shift__isnull=False) & ~Q(next_shift=F("shift"))
                | ~Q(state="transferring") & Q(next_shift=None),
            ),
            models.CheckConstraint(
                name="task_ended_has_outcome",
                condition=Q(state__in=sorted(ENDED), closed_at__isnull=False) & ~Q(disposition="")
                | ~Q(state__in=sorted(ENDED)) & Q(closed_at=None, disposition=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"


class Reservation(models.Model):
    """An offer of a task to one counsellor on duty. Answered with its fence, or it runs out."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="reservations")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="reservations")
    state = models.CharField(
        max_length=10, choices=ReservationState.choices, default=ReservationState.CREATED
    )
    fence = models.BigIntegerField()
    # why this person, why this counsellor: codes and minutes, never words of the person (`priority.py`)
    reasons = models.JSONField(default=list)
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["expires_at"], name="reservation_waits", condition=Q(state="created")),
            models.Index(fields=["shift", "offered_at"], name="reservation_of_shift"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="reservation_one_offer_at_a_time", fields=["task"], condition=Q(state="created")
            ),
            models.UniqueConstraint(name="reservation_fence_once", fields=["task", "fence"]),
            models.CheckConstraint(
                name="reservation_state_known", condition=Q(state__in=ReservationState.values)
            ),
            models.CheckConstraint(
                name="reservation_decided_or_waits",
                condition=Q(state="created", decided_at=None)
                | ~Q(state="created") & Q(decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="reservation_expires_later", condition=Q(expires_at__gt=F("offered_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"


class TaskEvent(models.Model):
    """A change of a task's state: what figures and supervisors are told from. Append-only."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="events")
    before = models.CharField(max_length=20, blank=True)
    after = models.CharField(max_length=20, choices=TaskState.choices)
    # a code: "offered", "lease_ran_out", "person_left" …
    reason = models.CharField(max_length=40, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    shift = models.ForeignKey(Shift, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["task", "id"], name="event_of_task")]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class Screening(models.Model):
    """The person's own answers to the safety questions of a contact, sealed under the conversation's key."""

    task = models.OneToOneField(Task, primary_key=True, on_delete=models.PROTECT, related_name="screening")
    questions_version = models.CharField(max_length=20)
    answers = models.BinaryField()
    level = models.PositiveSmallIntegerField(choices=RiskLevel.choices)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.pk)


class RiskAssessment(models.Model):
    """Somebody or something has judged how grave a contact is. Append-only; a machine only raises."""

    class Source(models.TextChoices):
        SCREENING = "screening", _("安全の質問")
        RULES = "rules", _("言葉のきまり")
        WEIGHTS = "weights", _("言葉の重み")
        COUNSELLOR = "counsellor", _("相談員")
        SUPERVISOR = "supervisor", _("スーパーバイザー")

    MACHINES = frozenset({Source.SCREENING, Source.RULES, Source.WEIGHTS})

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="assessments")
    before = models.PositiveSmallIntegerField(choices=RiskLevel.choices)
    level = models.PositiveSmallIntegerField(choices=RiskLevel.choices)
    source = models.CharField(max_length=10, choices=Source.choices)
    # classes of data/lexicon/crisis.json, or keys of the questions: never the person's words
    kinds = ArrayField(models.CharField(max_length=40), default=list)
    # the message that it was read in
    seq = models.BigIntegerField(null=True, blank=True)
    # a counsellor's judgement of desire, intent and capability, and why: sealed under the conversation's key
    detail = models.BinaryField(default=bytes)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["task", "id"], name="assessment_of_task")]
        constraints = [
            models.CheckConstraint(
                name="assessment_machine_only_raises",
                condition=Q(source__in=["screening", "rules", "weights"], actor=None, level__gt=F("before"))
                | Q(source__in=["counsellor", "supervisor"], actor__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.level}"


class Callback(models.Model):
    """A time at which the person will be back and somebody is there; on somebody's list until it is done."""

    class State(models.TextChoices):
        BOOKED = "booked", _("約束")
        KEPT = "kept", _("話せた")
        MISSED = "missed", _("来なかった")
        CANCELLED = "cancelled", _("取りやめ")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="callbacks")
    helpline = models.ForeignKey(Helpline, on_delete=models.PROTECT, related_name="callbacks")
    state = models.CharField(max_length=10, choices=State.choices, default=State.BOOKED)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    # the name to use, what is safe to write: sealed under the conversation's key
    words = models.BinaryField(default=bytes)
    booked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["helpline", "from_at"], name="callback_due", condition=Q(state="booked"))
        ]
        constraints = [
            models.UniqueConstraint(
                name="callback_one_at_a_time", fields=["conversation"], condition=Q(state="booked")
            ),
            models.CheckConstraint(name="callback_ends_later", condition=Q(until_at__gt=F("from_at"))),
            models.CheckConstraint(
                name="callback_decided_or_booked",
                condition=Q(state="booked", decided_at=None)
                | ~Q(state="booked") & Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"
