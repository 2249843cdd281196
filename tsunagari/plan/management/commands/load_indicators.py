"""``load_indicators``: bring the figures of ``data/indicators.json`` into the database, if they are new."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from tsunagari.plan.services.indicator_loading import load_indicators
from tsunagari.plan.tasks import observe_live_figures


class Command(BaseCommand):
    """Load the definitions of figures, the survey's published values and the logic models."""

    help = "data/ の指標を読み込みます / loads the indicators of data/"

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say how many of each."""
        at = timezone.now()
        counts = load_indicators(folder=settings.DATA_DIR, at=at)
        if counts:
            # the live ones are computed at once, not only in the first night
            observe_live_figures.defer(timestamp=int(at.timestamp()))
            self.stdout.write(" ".join(f"{name}={count}" for name, count in counts.items()))
