"""Configuration of the app council."""

from django.apps import AppConfig


class CouncilConfig(AppConfig):
    """Bodies, meetings, minutes and rounds of consultation."""

    name = "tsunagari.council"
    label = "council"
    default_auto_field = "django.db.models.BigAutoField"
