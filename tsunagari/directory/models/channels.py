"""Ways to reach a service, when they are open and how often they answer."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization
from tsunagari.directory.models.places import Location, ServiceAtLocation
from tsunagari.directory.models.services import Service


def exactly_one_of(*fields: str) -> Exact:
    """A condition: exactly one of these foreign keys is set."""
    return Exact(
        Func(*(F(field) for field in fields), function="num_nonnulls", output_field=models.IntegerField()), 1
    )


class Contact(models.Model):
    """A desk or function to ask for (HSDS ``contact``); never a private person's name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.CASCADE, related_name="contacts"
    )
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="contacts"
    )
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.CASCADE, related_name="contacts"
    )
    name = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200, blank=True)
    department = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return self.department or self.name


class Channel(models.Model):
    """A way to reach a service or organisation (*extension*; the kind ``phone`` is HSDS ``phone``)."""

    class Type(models.TextChoices):
        PHONE = "phone", _("電話")
        CHAT = "chat", _("チャット")
        LINE = "line", _("LINE")
        EMAIL = "email", _("メール")
        VISIT = "visit", _("訪問・来所")
        WEB = "web", _("ウェブ")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="channels"
    )
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.CASCADE, related_name="channels"
    )
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.CASCADE, related_name="channels"
    )
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="channels"
    )
    service_at_location = models.ForeignKey(
        ServiceAtLocation, null=True, blank=True, on_delete=models.CASCADE, related_name="channels"
    )
    type = models.CharField(max_length=8, choices=Type.choices)
    value = models.CharField(max_length=500, help_text="電話番号、URL、LINEの名前、メールアドレス")
    extension = models.CharField(max_length=20, blank=True)
    label = models.CharField(max_length=200, blank=True)
    label_en = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    note_en = models.TextField(blank=True)
    toll_free = models.BooleanField(null=True, blank=True)
    from_mobile = models.BooleanField(null=True, blank=True, help_text="携帯電話からつながるか")
    languages = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=exactly_one_of(
                    "service", "organization", "location", "contact", "service_at_location"
                ),
                name="channel_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.value}"


class Schedule(models.Model):
    """One opening period or one closure (HSDS ``schedule``: RFC 5545 rules).

    Minutes count from midnight of the start day in Asia/Tokyo; ``closes_minute`` may reach 2880, so that
    16:00–翌2:00 is 960–1560. ``holidays`` is an *extension*: see ``schedules.Period``.
    """

    class Holidays(models.TextChoices):
        AS_WEEKDAY = "as_weekday", _("祝日も同じ")
        ALSO = "also", _("祝日も")
        ONLY = "only", _("祝日だけ")
        NEVER = "never", _("祝日を除く")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.CASCADE, related_name="schedules"
    )
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="schedules"
    )
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.CASCADE, related_name="schedules"
    )
    service_at_location = models.ForeignKey(
        ServiceAtLocation, null=True, blank=True, on_delete=models.CASCADE, related_name="schedules"
    )
    is_closure = models.BooleanField(default=False)
    closed_from = models.CharField(max_length=10, blank=True, help_text="MM-DD または YYYY-MM-DD")
    closed_to = models.CharField(max_length=10, blank=True)
    freq = models.CharField(max_length=8, default="WEEKLY")
    interval = models.PositiveIntegerField(default=1)
    byday = models.CharField(max_length=60, blank=True)
    bymonthday = models.CharField(max_length=120, blank=True)
    byyearday = models.CharField(max_length=120, blank=True)
    byweekno = models.CharField(max_length=120, blank=True)
    bymonth = models.CharField(max_length=60, blank=True)
    bysetpos = models.CharField(max_length=120, blank=True)
    count = models.PositiveIntegerField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    dtstart = models.DateField(null=True, blank=True)
    wkst = models.CharField(max_length=2, default="MO")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    opens_minute = models.PositiveSmallIntegerField(null=True, blank=True)
    closes_minute = models.PositiveSmallIntegerField(null=True, blank=True)
    holidays = models.CharField(max_length=10, choices=Holidays.choices, default=Holidays.NEVER)
    description = models.TextField(blank=True)
    attending_type = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=exactly_one_of("channel", "service", "location", "service_at_location"),
                name="schedule_one_owner",
            ),
            models.CheckConstraint(
                condition=Q(is_closure=True, closed_from__gt="", closed_to__gt="", opens_minute=None)
                | Q(
                    is_closure=False,
                    opens_minute__range=(0, 1439),
                    closes_minute__lte=2880,
                    closes_minute__gt=F("opens_minute"),
                ),
                name="schedule_period_or_closure",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.freq} {self.byday} {self.opens_minute}-{self.closes_minute}"


class Reachability(models.Model):
    """How often a channel answers (*extension*): an observation with its source and its days.

    A correction is a row of its own: what it replaces is withdrawn, and an undo takes both back.
    """

    class Kind(models.TextChoices):
        REPORTED = "reported", _("団体からの報告")
        MEASURED = "measured", _("このしくみの回線での記録")
        PUBLISHED = "published", _("公表された数字")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="reachability")
    attempts = models.PositiveIntegerField()
    answered = models.PositiveIntegerField()
    typical_wait_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PUBLISHED)
    source = models.CharField(max_length=300)
    observed_from = models.DateField(null=True, blank=True, help_text="数えはじめた日")
    observed_on = models.DateField(help_text="数えた最後の日")
    reported_by = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaced_by"
    )
    recorded_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-observed_on"]
        verbose_name_plural = "reachabilities"
        constraints = [
            models.CheckConstraint(
                condition=Q(attempts__gt=0, answered__lte=F("attempts")), name="reachability_share"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["reported", "measured", "published"]), name="reachability_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(observed_from=None) | Q(observed_from__lte=F("observed_on")),
                name="reachability_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(typical_wait_minutes=None) | Q(typical_wait_minutes__lte=1440),
                name="reachability_wait_within_a_day",
            ),
            # one organisation's report of a channel for the same days stands once
            models.UniqueConstraint(
                fields=["channel", "reported_by", "observed_from", "observed_on"],
                condition=Q(kind="reported", withdrawn_at=None),
                nulls_distinct=False,
                name="reachability_reported_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answered}/{self.attempts}"
