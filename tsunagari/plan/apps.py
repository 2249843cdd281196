"""Configuration of the app plan."""

import importlib

from django.apps import AppConfig


class PlanConfig(AppConfig):
    """The Priority Plan and its PDCA cycle."""

    name = "tsunagari.plan"
    label = "plan"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the app's indicators (they need the models, so not at import)."""
        importlib.import_module("tsunagari.plan.indicators")
