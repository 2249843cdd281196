"""What changed, and which data was loaded."""

import uuid

from django.db import models
from django.db.models.functions import Now

from tsunagari.directory.models.services import Service


class Metadata(models.Model):
    """One changed field of one object (HSDS ``metadata``), written by triggers only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    resource_id = models.UUIDField()
    resource_type = models.CharField(max_length=40)
    last_action_date = models.DateTimeField(db_default=Now())
    last_action_type = models.CharField(max_length=10)
    field_name = models.CharField(max_length=60)
    previous_value = models.TextField(blank=True)
    replacement_value = models.TextField(blank=True)
    updated_by = models.CharField(max_length=100)

    class Meta:
        verbose_name_plural = "metadata"
        indexes = [models.Index(fields=["resource_id", "last_action_date"], name="metadata_resource")]

    def __str__(self) -> str:
        return f"{self.resource_type} {self.resource_id} {self.field_name}"


class LoadedData(models.Model):
    """Which version of ``data/`` stands in the database, so that a start loads only what changed."""

    name = models.CharField(max_length=40, primary_key=True)
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "loaded data"

    def __str__(self) -> str:
        return self.name


class LoadedEntry(models.Model):
    """What ``data/`` last said of one entry, so that what people have changed since is seen, and kept.

    ``said`` maps a field to a digest of its value. ``kept`` holds, in the shape of ``services.content``, what
    the file says now of the fields where the entry's own stands; it stays until somebody has looked at it.
    """

    service = models.OneToOneField(
        Service, on_delete=models.CASCADE, primary_key=True, related_name="loaded_entry"
    )
    said = models.JSONField(default=dict)
    said_at = models.DateTimeField()
    kept = models.JSONField(default=dict, blank=True)
    gone_at = models.DateTimeField(
        null=True, blank=True, help_text="data/ からなくなったが、人が直していたので残した日時"
    )

    class Meta:
        verbose_name_plural = "loaded entries"

    def __str__(self) -> str:
        return str(self.service_id)
