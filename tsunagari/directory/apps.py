"""Configuration of the app directory."""

import importlib

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """Organisations, services, places, hours, search and open data."""

    name = "tsunagari.directory"
    label = "directory"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the app's indicators (they need the models, so not at import)."""
        importlib.import_module("tsunagari.directory.indicators")
