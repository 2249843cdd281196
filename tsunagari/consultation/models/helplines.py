"""Where people write to, and who is on duty there."""

from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Helpline(models.Model):
    """A consultation of one organisation, with a queue of its own."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    key = models.SlugField(max_length=40, unique=True)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.PROTECT, related_name="+")
    # its public entry in the directory, where it has one
    service = models.ForeignKey(
        "directory.Service", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    name = models.CharField(_("名称"), max_length=120)
    name_en = models.CharField(_("名称（英語）"), max_length=120, blank=True)
    # days after the last contact on which a conversation's key is destroyed
    retention_days = models.PositiveSmallIntegerField(_("保存する日数"), default=365)
    # conversations that one counsellor holds at once, when a shift says nothing else
    capacity = models.PositiveSmallIntegerField(_("同時に受ける人数"), default=2)
    # None: closed. Opened by a supervisor on duty, never by itself.
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                name="helpline_retention_between_a_day_and_ten_years",
                condition=Q(retention_days__gte=1, retention_days__lte=3650),
            ),
            models.CheckConstraint(
                name="helpline_capacity_between_1_and_10", condition=Q(capacity__gte=1, capacity__lte=10)
            ),
            models.CheckConstraint(
                name="helpline_opened_by_somebody",
                condition=Q(opened_at=None, opened_by=None)
                | Q(opened_at__isnull=False, opened_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TracingDecision(models.Model):
    """Whether help can be sent to an anonymous person: an organisation's documented decision. Append-only.

    The newest one counts. A conversation keeps the one that it began under.
    """

    class Choice(models.TextChoices):
        SEALED = "sealed", _("72時間だけ封をして保管する")
        NEVER = "never", _("一切保管しない")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.PROTECT, related_name="+")
    choice = models.CharField(max_length=10, choices=Choice.choices)
    reason = models.TextField(_("理由"), max_length=4000)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("organization", F("decided_at").desc(), name="tracing_of_organization")]
        constraints = [
            models.CheckConstraint(name="tracing_choice_known", condition=Q(choice__in=["sealed", "never"])),
            models.CheckConstraint(name="tracing_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.choice} {self.organization_id}"


class Shift(models.Model):
    """Somebody on duty at a helpline, from coming to going. ``load`` is what the capacity is counted against.

    ``load``: offers that wait for an answer and contacts in hand (`states.WITH_COUNSELLOR`), changed only
    under this row's lock. ``seen_at``: the last sign of life of the console. ``confirmed_at``: when a
    supervisor last said to be there.
    """

    class Kind(models.TextChoices):
        COUNSELLOR = "counsellor", _("相談員")
        SUPERVISOR = "supervisor", _("スーパーバイザー")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    helpline = models.ForeignKey(Helpline, on_delete=models.PROTECT, related_name="shifts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    languages = ArrayField(models.CharField(max_length=10), default=list)
    skills = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    capacity = models.PositiveSmallIntegerField()
    load = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    # takes no new contacts; those in hand go on
    paused_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_offer_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["helpline", "last_offer_at"], name="shift_on_duty", condition=Q(ended_at=None)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                name="shift_once_at_a_time", fields=["helpline", "user", "kind"], condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                name="shift_kind_known", condition=Q(kind__in=["counsellor", "supervisor"])
            ),
            models.CheckConstraint(
                name="shift_capacity_between_0_and_10", condition=Q(capacity__gte=0, capacity__lte=10)
            ),
            models.CheckConstraint(name="shift_load_within_capacity", condition=Q(load__lte=F("capacity"))),
            models.CheckConstraint(
                name="shift_ends_after_start", condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at"))
            ),
            models.CheckConstraint(name="shift_ended_holds_nothing", condition=Q(ended_at=None) | Q(load=0)),
            models.CheckConstraint(
                name="shift_supervisor_confirms",
                condition=Q(kind="counsellor", confirmed_at=None)
                | Q(kind="supervisor", confirmed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.user_id}"
