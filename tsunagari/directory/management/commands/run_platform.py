"""``run_platform``: name the organisation that runs this platform."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from tsunagari.accounts.models import Organization
from tsunagari.directory.models import Operator


class Command(BaseCommand):
    """Add an organisation to those that run the platform, or take one away; without a name, list them."""

    help = (
        "このサイトを動かす団体を決めます。その管理者・掲載担当・行政担当が、すべての窓口を手入れできます / "
        "names the organisation that runs this platform: its staff look after every entry"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the organisation and ``--remove``."""
        parser.add_argument("organization", nargs="?", help="団体の名前か番号 / its name or id")
        parser.add_argument("--remove", action="store_true", help="外す / take it away")

    def handle(self, *args: Any, **options: Any) -> None:
        """Change the list and print it.

        Raises:
            CommandError: no organisation, or several, have this name.
        """
        if options["organization"]:
            organization = _organization(options["organization"])
            if options["remove"]:
                Operator.objects.filter(organization=organization).delete()
            else:
                Operator.objects.get_or_create(organization=organization)
        for operator in Operator.objects.select_related("organization"):
            self.stdout.write(f"{operator.organization_id} {operator.organization}")


def _organization(named: str) -> Organization:
    try:
        wanted = Q(pk=UUID(named))
    except ValueError:
        wanted = Q(name=named)
    found = list(Organization.objects.filter(wanted)[:2])
    if len(found) != 1:
        raise CommandError(
            "その団体は見つかりません。 / There is no such organisation."
            if not found
            else "同じ名前の団体があります。番号で選んでください。 / Several have this name: give the id."
        )
    return found[0]
