"""Configuration of the app portal."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The public face of the directory and of the apps below."""

    name = "tsunagari.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"
