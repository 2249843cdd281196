"""Files that organisations hand in for import, and what they said their columns mean."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from tsunagari.accounts.models import Organization
from tsunagari.directory.models.exchange import ImportRun


class ImportUpload(models.Model):
    """A table that was handed in at the desk, from its upload to its report.

    ``content`` is sealed under the master key; it is erased after ``municipal_uploads.KEPT`` and the rest
    stays as the record of what came. ``options`` is the mapping of columns as the person left it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="import_uploads")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    run = models.OneToOneField(
        ImportRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="upload"
    )
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    format = models.CharField(max_length=40)
    content = models.BinaryField(null=True)
    options = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["organization", "-created_at"], name="import_upload_of")]
        constraints = [
            models.CheckConstraint(
                condition=Q(content=None) ^ Q(erased_at=None), name="import_upload_erased_when"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class ColumnMapping(models.Model):
    """What an organisation said the columns of a table mean, for the next table with the same headings."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="column_mappings")
    headings_digest = models.CharField(max_length=64)
    mapping = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "headings_digest"], name="column_mapping_once"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.headings_digest[:8]}"
