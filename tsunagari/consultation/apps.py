"""Configuration of the app consultation."""

from django.apps import AppConfig


class ConsultationConfig(AppConfig):
    """The chat, the queue, the console."""

    name = "tsunagari.consultation"
    label = "consultation"
    default_auto_field = "django.db.models.BigAutoField"
