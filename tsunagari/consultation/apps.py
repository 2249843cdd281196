"""Configuration of the app consultation."""

import importlib

from django.apps import AppConfig


class ConsultationConfig(AppConfig):
    """The chat, the queue, the console."""

    name = "tsunagari.consultation"
    label = "consultation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the app's indicators (they need the models, so not at import)."""
        importlib.import_module("tsunagari.consultation.indicators")
