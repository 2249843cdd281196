"""Configuration of the app core."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """No domain: what every app above stands on."""

    name = "tsunagari.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"
