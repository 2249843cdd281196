"""Configuration of the app plan."""

from django.apps import AppConfig


class PlanConfig(AppConfig):
    """The Priority Plan and its PDCA cycle."""

    name = "tsunagari.plan"
    label = "plan"
    default_auto_field = "django.db.models.BigAutoField"
