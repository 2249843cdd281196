"""Configuration of the app directory."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """Organisations, services, places, hours, search and open data."""

    name = "tsunagari.directory"
    label = "directory"
    default_auto_field = "django.db.models.BigAutoField"
