"""Classifications, among them the taxonomy of needs."""

import uuid

from django.db import models


class Taxonomy(models.Model):
    """A classification (HSDS ``taxonomy``): needs, audiences, and others that importers bring."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    description = models.TextField()
    uri = models.URLField(max_length=500, blank=True)
    version = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name_plural = "taxonomies"

    def __str__(self) -> str:
        return self.name


class TaxonomyTerm(models.Model):
    """A term of a taxonomy (HSDS ``taxonomy_term``). A Need is a term of the taxonomy ``need``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.CASCADE, related_name="terms")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    name_kana = models.CharField(max_length=200, blank=True)
    name_easy = models.CharField(max_length=200, blank=True)
    description = models.TextField()
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children"
    )
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "code"]
        constraints = [models.UniqueConstraint(fields=["taxonomy", "code"], name="term_code_once")]

    def __str__(self) -> str:
        return self.name


class Attribute(models.Model):
    """A taxonomy term on any other object (HSDS ``attribute``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    link_id = models.UUIDField()
    link_entity = models.CharField(max_length=40)
    term = models.ForeignKey(TaxonomyTerm, on_delete=models.CASCADE, related_name="attributes")
    value = models.CharField(max_length=500, blank=True)
    label = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["link_entity", "link_id"], name="attribute_link")]

    def __str__(self) -> str:
        return f"{self.link_entity} {self.link_id}: {self.term_id}"
