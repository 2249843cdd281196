"""``load_directory``: bring the data of ``data/`` into the database, if it has changed."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from tsunagari.directory.services.loading import load_directory


class Command(BaseCommand):
    """Load areas, needs, services and programmes."""

    help = "data/ の地域・困りごと・窓口・支援制度を読み込みます / loads the data of data/"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--force``."""
        parser.add_argument("--force", action="store_true", help="変わっていなくても / even if unchanged")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say how many of each."""
        counts = load_directory(folder=settings.DATA_DIR, at=timezone.now(), force=options["force"])
        if counts:
            self.stdout.write(" ".join(f"{name}={count}" for name, count in counts.items()))
        else:
            self.stdout.write("データは最新です / the data is up to date")
