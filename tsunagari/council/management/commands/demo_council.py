"""Let the demo's secretary and officer work for the council's secretariat. Refused in production."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tsunagari.accounts.management.commands.demo_accounts import address
from tsunagari.accounts.models import Membership, Role, User
from tsunagari.council.services.loading import SECRETARIAT, ministry_of


class Command(BaseCommand):
    """Give the demo secretary the secretariat's role; somebody who has left it stays out."""

    help = (
        "デモの庶務担当を会議の事務局に入れます（本番では動きません） / the demo secretary keeps the council"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Add the membership once.

        Raises:
            CommandError: in production.
        """
        if settings.PRODUCTION:
            raise CommandError("本番環境では、デモの所属を作りません。")
        user = User.objects.filter(email=address(Role.SECRETARY)).first()
        organization = ministry_of(SECRETARIAT)
        if user is None or Membership.objects.filter(user=user, organization=organization).exists():
            return
        Membership.objects.create(
            user=user, organization=organization, role=Role.SECRETARY, started_at=timezone.now()
        )
