"""Configuration of the app consultation."""

import importlib

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts import desk


class ConsultationConfig(AppConfig):
    """The chat, the queue, the console."""

    name = "tsunagari.consultation"
    label = "consultation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the app's indicators (they need the models, so not at import)."""
        importlib.import_module("tsunagari.consultation.indicators")
        desk.add(
            desk.Door(
                label=_("相談の見守り"),
                text=_("待っている人と話している人、呼び出し、勤務している相談員"),
                url_name="consultation_desk:walls",
                roles=frozenset({"supervisor"}),
                order=20,
            )
        )
