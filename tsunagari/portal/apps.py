"""Configuration of the app portal."""

import importlib

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The public face of the directory and of the apps below."""

    name = "tsunagari.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the app's indicators (they need the models, so not at import)."""
        importlib.import_module("tsunagari.portal.indicators")
