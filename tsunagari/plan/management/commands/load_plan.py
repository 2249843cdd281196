"""``load_plan``: bring the plan of ``data/`` into the database, if it is not there."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from tsunagari.plan.services.loading import load_plan


class Command(BaseCommand):
    """Load the plan, its sources and orders."""

    help = "data/ の重点計画を読み込みます / loads the plan of data/"

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say how many of each."""
        counts = load_plan(folder=settings.DATA_DIR, at=timezone.now())
        if counts:
            self.stdout.write(" ".join(f"{name}={count}" for name, count in counts.items()))
        else:
            self.stdout.write("重点計画は最新です / the plan is up to date")
