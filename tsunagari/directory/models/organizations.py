"""The public face of an organisation."""

from django.db import models
from django.db.models.functions import Now

from tsunagari.accounts.models import Organization


class OrganizationProfile(models.Model):
    """The public face of an organisation (HSDS ``organization``)."""

    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, primary_key=True, related_name="profile"
    )
    name_en = models.CharField(max_length=200, blank=True)
    alternate_name = models.CharField(max_length=200, blank=True)
    description = models.TextField()
    email = models.EmailField(blank=True)
    website = models.URLField(max_length=500, blank=True)
    year_incorporated = models.PositiveSmallIntegerField(null=True, blank=True)
    legal_status = models.CharField(max_length=100, blank=True)
    modified_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.organization)
