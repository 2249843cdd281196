"""``load_council``: bring the council, its rules, members and schedule of ``data/`` into the database."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from tsunagari.council.services.loading import load_council


class Command(BaseCommand):
    """Load what is new; what people have edited stays."""

    help = "data/ の会議体・構成員・日程を読み込みます / loads the council of data/"

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say how many of each."""
        counts = load_council(folder=settings.DATA_DIR, at=timezone.now())
        if counts:
            self.stdout.write(" ".join(f"{name}={count}" for name, count in counts.items()))
