"""Places, services offered there, and the languages that are spoken."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import Regex
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization
from tsunagari.core.models import Area
from tsunagari.directory.models.services import Service

TELLING_TEXTS = (
    "name",
    "name_kana",
    "alternate_name",
    "description",
    "transportation",
    "url",
    "address_1",
    "address_2",
    "postal_code",
)
"""Texts of a place that say where it is, or may; a confidential place has none of them."""


class Location(models.Model):
    """A place (HSDS ``location`` with its one address)."""

    class Type(models.TextChoices):
        PHYSICAL = "physical", _("場所")
        POSTAL = "postal", _("郵便")
        VIRTUAL = "virtual", _("オンライン")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.CASCADE, related_name="locations"
    )
    location_type = models.CharField(max_length=10, choices=Type.choices, default=Type.PHYSICAL)
    name = models.CharField(max_length=200, blank=True)
    name_kana = models.CharField(max_length=300, blank=True)
    alternate_name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    transportation = models.TextField(blank=True)
    url = models.URLField(max_length=500, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    # the address (HSDS `address`); the municipality gives city and state_province
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    address_1 = models.CharField(max_length=200, blank=True)
    address_2 = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=8, blank=True)
    confidential = models.BooleanField(
        default=False, help_text="所在地を知らせない（シェルターなど）: 住所も位置も持てない"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="location_point_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(postal_code="") | Q(postal_code__regex=r"^[0-9]{3}-?[0-9]{4}$"),
                name="location_postal_code",
            ),
            models.CheckConstraint(
                condition=Q(confidential=False)
                | (
                    Q(**dict.fromkeys(TELLING_TEXTS, ""), latitude=None, longitude=None)
                    & (Q(area=None) | Q(Regex(F("area"), r"^[0-9]{2}000[0-9]$")))
                ),
                name="location_confidential_tells_nothing",
            ),
        ]
        # what is near a point is looked for in a box around it
        indexes = [
            models.Index(fields=["latitude", "longitude"], name="location_by_point"),
            models.Index(fields=["id"], condition=Q(confidential=True), name="location_confidential"),
        ]

    def __str__(self) -> str:
        return self.name


class ConfidentialAddress(models.Model):
    """The sealed address of a confidential place, or the mark that it was erased or never kept.

    Outside the history and every listing. ``sealed`` is AES-256-GCM under the master key, bound to the place;
    only ``services.confidential`` opens it, and writes down who read it.
    """

    location = models.OneToOneField(
        Location, on_delete=models.CASCADE, primary_key=True, related_name="sealed_address"
    )
    sealed = models.BinaryField(null=True)
    sealed_at = models.DateTimeField()
    sealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    erased_at = models.DateTimeField(null=True)
    erased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name_plural = "confidential addresses"
        constraints = [
            models.CheckConstraint(
                condition=Q(sealed__isnull=False, erased_at=None) | Q(sealed=None, erased_at__isnull=False),
                name="confidential_address_kept_or_erased",
            ),
        ]

    def __str__(self) -> str:
        return str(self.location_id)


class ServiceAtLocation(models.Model):
    """A service offered at a place (HSDS ``service_at_location``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="at_locations")
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="services_here")
    description = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "location"], name="service_location_once")]

    def __str__(self) -> str:
        return f"{self.service} @ {self.location}"


class Accessibility(models.Model):
    """How a place can be used by people with disabilities (HSDS ``accessibility``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="accessibility")
    description = models.TextField()
    details = models.TextField(blank=True)
    url = models.URLField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "accessibilities"

    def __str__(self) -> str:
        return self.description


class Language(models.Model):
    """A language in which a service can be used (HSDS ``language``; ISO 639 code)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="languages"
    )
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.CASCADE, related_name="languages"
    )
    code = models.CharField(max_length=8)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "location", "code"], nulls_distinct=False, name="language_once"
            ),
        ]

    def __str__(self) -> str:
        return self.code
