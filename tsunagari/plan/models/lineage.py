"""Where measures come from: lineage over versions, the orders that asked for them, and what happened when."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tsunagari.plan.models.text import Measure, Plan, PlanVersion


class MeasureLineage(models.Model):
    """A measure was renamed, split or merged in a version. A split and a merge are one row for each pair."""

    class Kind(models.TextChoices):
        RENAMED = "renamed", _("改称")
        SPLIT = "split", _("分割")
        MERGED = "merged", _("統合")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="lineage")
    before = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="lineage_after")
    after = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="lineage_before")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    before_title = models.CharField(max_length=200)
    after_title = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                name="lineage_kind_known", condition=Q(kind__in=["renamed", "split", "merged"])
            ),
            models.CheckConstraint(
                name="lineage_renamed_is_itself",
                condition=Q(kind="renamed", before=F("after")) | (~Q(kind="renamed") & ~Q(before=F("after"))),
            ),
            models.UniqueConstraint(
                name="lineage_pair_once",
                fields=["version", "before", "after", "kind"],
                condition=~Q(kind="renamed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before_id} {self.kind} {self.after_id}"


class SourceDocument(models.Model):
    """A document that measures come from (項目案, 骨太の方針2021), to be read as it was written."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="source_documents")
    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=200)
    decided_on = models.DateField(null=True, blank=True)
    dated = models.CharField(max_length=60, blank=True)
    place = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["plan", "key"]
        constraints = [models.UniqueConstraint(name="source_document_once", fields=["plan", "key"])]

    def __str__(self) -> str:
        return self.title


class SourceOrder(models.Model):
    """One thing that a source document orders; ``measures`` answer it. None: nothing answers it yet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(SourceDocument, on_delete=models.PROTECT, related_name="orders")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    measures = models.ManyToManyField(Measure, blank=True, related_name="orders")
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["document", "number"]
        constraints = [models.UniqueConstraint(name="source_order_once", fields=["document", "number"])]

    def __str__(self) -> str:
        return self.text


class VersionEvent(models.Model):
    """A step in a version's life, as `services.states` took it. The public feed reads these."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="events")
    step = models.CharField(max_length=24)
    state_before = models.CharField(max_length=14, blank=True)
    state_after = models.CharField(max_length=14)
    at = models.DateTimeField()
    on = models.DateField(null=True, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                name="event_state_known",
                condition=Q(state_after__in=PlanVersion.State.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.at.isoformat()}"

    @property
    def state_label(self) -> str:
        """The state that the step led to, as people read it."""
        return str(PlanVersion.State(self.state_after).label)
