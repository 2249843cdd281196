"""What changed, and which data was loaded."""

import uuid

from django.db import models
from django.db.models.functions import Now


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
