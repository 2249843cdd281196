"""The moment that a page is about."""

from datetime import datetime

from django.utils import timezone


def this_minute() -> datetime:
    """Now, cut to the minute: a page and what it counts are about one and the same minute."""
    return timezone.now().replace(second=0, microsecond=0)
