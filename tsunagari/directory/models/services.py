"""A service and what belongs to it alone."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization
from tsunagari.core.models import Area
from tsunagari.directory.models.taxonomy import TaxonomyTerm


class Service(models.Model):
    """Something a person can use (HSDS ``service``): a line, an office, a programme, a place."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("利用できます")
        INACTIVE = "inactive", _("いまは行っていません")
        DEFUNCT = "defunct", _("終了しました")
        TEMPORARILY_CLOSED = "temporarily closed", _("お休み中です")

    class Kind(models.TextChoices):
        CONSULTATION = "consultation", _("相談")
        PROGRAMME = "programme", _("支援制度")
        PLACE = "place", _("居場所")
        INFORMATION = "information", _("情報")
        EMERGENCY = "emergency", _("緊急通報")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="services")
    key = models.SlugField(max_length=60, null=True, blank=True)  # noqa: DJ001 - null: not from our data files
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.CONSULTATION)
    name = models.CharField(max_length=200)
    name_kana = models.CharField(max_length=300, blank=True)
    name_en = models.CharField(max_length=200, blank=True)
    alternate_name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    description_en = models.TextField(blank=True)
    description_easy = models.TextField(blank=True, help_text="やさしい日本語")
    url = models.URLField(max_length=500, blank=True)
    email = models.EmailField(blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.ACTIVE)
    application_process = models.TextField(blank=True)
    application_process_en = models.TextField(blank=True)
    fees_description = models.TextField(blank=True)
    fees_description_en = models.TextField(blank=True)
    wait_time = models.CharField(max_length=200, blank=True)
    interpretation_services = models.TextField(blank=True)
    eligibility_description = models.TextField(blank=True)
    eligibility_description_en = models.TextField(blank=True)
    minimum_age = models.PositiveSmallIntegerField(null=True, blank=True)
    maximum_age = models.PositiveSmallIntegerField(null=True, blank=True)
    alert = models.TextField(blank=True)
    # extensions
    basis = models.CharField(max_length=200, blank=True, help_text="根拠となる法令")
    audience = ArrayField(models.SlugField(max_length=40), default=list, blank=True)
    needs = models.ManyToManyField(TaxonomyTerm, through="ServiceNeed", related_name="services")
    contact_verified = models.BooleanField(default=True)
    contact_area = models.ForeignKey(
        Area,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="連絡先が未確認のとき、どの自治体に聞けばよいか",
    )
    note = models.TextField(blank=True)
    note_en = models.TextField(blank=True)
    as_of = models.CharField(max_length=7, blank=True, help_text="情報の時点 (YYYY-MM)")
    certainty = models.CharField(max_length=10, blank=True)
    assured_on = models.DateField(null=True, blank=True)
    assurer_email = models.EmailField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    modified_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name_kana", "name", "id"]
        indexes = [
            models.Index(fields=["key"], name="service_key"),
            models.Index(fields=["modified_at"], name="service_modified"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(minimum_age=None) | Q(maximum_age=None) | Q(minimum_age__lte=F("maximum_age")),
                name="service_ages_in_order",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "inactive", "defunct", "temporarily closed"]),
                name="service_status_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ServiceNeed(models.Model):
    """A service answers a need (HSDS ``attribute`` with a taxonomy term)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="service_needs")
    term = models.ForeignKey(TaxonomyTerm, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["service", "term"], name="service_need_once")]

    def __str__(self) -> str:
        return f"{self.service_id}: {self.term_id}"


class ServiceArea(models.Model):
    """Where a service may be used from (HSDS ``service_area``): an area, or the nation (null)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="service_areas")
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    description = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "area"], nulls_distinct=False, name="service_area_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.area) if self.area else str(_("全国"))


class CostOption(models.Model):
    """What it costs (HSDS ``cost_option``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="cost_options")
    option = models.CharField(max_length=200, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="JPY")
    amount_description = models.CharField(max_length=500, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.option


class RequiredDocument(models.Model):
    """What to bring (HSDS ``required_document``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="required_documents")
    document = models.CharField(max_length=300)
    document_en = models.CharField(max_length=300, blank=True)
    uri = models.URLField(max_length=500, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.document
