"""The Django app of accounts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Staff, organisations, memberships and the audit of reading."""

    name = "tsunagari.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
