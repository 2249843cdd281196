"""Tables derived for search; written by ``search.index`` only."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from tsunagari.directory.models.services import Service


class HoursPattern(models.Model):
    """One distinct set of opening hours, shared by all services that have it (see ``search``).

    ``hours`` is {channel type: [canonical JSON of ``schedules.Hours``, or null where not known, …]}, one for
    each channel of a type that lets a person talk to somebody (phone, chat, line, visit). There are few
    patterns, so "open now" is decided once a minute for each and becomes ``hours_id = ANY(…)``.
    """

    id = models.AutoField(primary_key=True)
    digest = models.BinaryField(max_length=32, unique=True)
    hours = models.JSONField()

    def __str__(self) -> str:
        return f"hours {self.pk}"


class SearchRow(models.Model):
    """One service in one of its areas, ready to be searched: written by ``search.index`` only."""

    id = models.BigAutoField(primary_key=True)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="search_rows", db_index=True)
    area_code = models.CharField(max_length=6, help_text="000000: nationwide")
    quality = models.FloatField(help_text="static prior, 0 to 1: verified, fresh, reachable, complete")
    hours = models.ForeignKey(
        HoursPattern, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind_key = models.CharField(max_length=60, blank=True, help_text="municipal kind, '' for others")
    channels = ArrayField(models.CharField(max_length=8), default=list)
    needs = ArrayField(models.CharField(max_length=60), default=list)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    document = SearchVectorField()
    bigrams = ArrayField(models.CharField(max_length=2), default=list)
    dictionary = models.CharField(max_length=40, help_text="version of the dictionary that made the tokens")

    class Meta:
        indexes = [
            models.Index(fields=["area_code", "-quality", "id"], name="search_area_quality"),
            models.Index(fields=["-quality", "id"], name="search_walk", condition=Q(kind_key="")),
            GinIndex(fields=["document"], name="search_document"),
            GinIndex(fields=["bigrams"], name="search_bigrams"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.area_code}"
