"""Configuration of the app accounts."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Staff, organisations, memberships and the audit of reading."""

    name = "tsunagari.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect to allauth's signals (only now may models be imported)."""
        import_module("tsunagari.accounts.receivers")
