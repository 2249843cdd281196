"""Places, services offered there, and the languages that are spoken."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization
from tsunagari.core.models import Area
from tsunagari.directory.models.services import Service


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
        ]
        # what is near a point is looked for in a box around it
        indexes = [models.Index(fields=["latitude", "longitude"], name="location_by_point")]

    def __str__(self) -> str:
        return self.name


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
