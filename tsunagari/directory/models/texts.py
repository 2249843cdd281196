"""An entry's texts in further languages, each with where it comes from."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tsunagari.directory.models.services import Service


class ServiceText(models.Model):
    """One field of a service in one more language (*extension*). Japanese and English have own columns.

    ``language`` is a BCP 47 tag. A machine's text is shown with a warning until a person has checked it.
    """

    class Source(models.TextChoices):
        HUMAN = "human", _("人が訳した")
        MACHINE = "machine", _("機械が訳した")

    class Field(models.TextChoices):
        NAME = "name", _("名前")
        DESCRIPTION = "description", _("説明")
        ELIGIBILITY = "eligibility_description", _("だれのため")
        APPLICATION = "application_process", _("どこで申しこむ")
        FEES = "fees_description", _("費用")
        NOTE = "note", _("知っておくこと")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=20)
    field = models.CharField(max_length=30, choices=Field.choices)
    text = models.TextField()
    source = models.CharField(max_length=10, choices=Source.choices)
    checked_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["language", "field"]
        constraints = [
            models.UniqueConstraint(fields=["service", "language", "field"], name="service_text_once"),
            models.CheckConstraint(
                condition=~Q(language__in=["ja", "en"])
                & Q(language__regex=r"^[a-z]{2,3}(-[a-zA-Z0-9]{1,8})*$"),
                name="service_text_language",
            ),
            models.CheckConstraint(
                condition=Q(
                    field__in=[
                        "name",
                        "description",
                        "eligibility_description",
                        "application_process",
                        "fees_description",
                        "note",
                    ]
                )
                & Q(source__in=["human", "machine"])
                & ~Q(text=""),
                name="service_text_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.field} {self.language}"
