"""A demo helpline with its counsellor and supervisor, so that /talk/ can be tried. Refused in production."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from tsunagari.accounts.management.commands.demo_accounts import ORGANIZATIONS
from tsunagari.accounts.models import Organization
from tsunagari.consultation.models import Helpline, TracingDecision

KEY = "demo"


class Command(BaseCommand):
    """Make the demo NPO's helpline; its counsellor and supervisor are those of ``demo_accounts``.

    It is closed: the supervisor opens it at the desk, as everywhere.
    """

    help = "デモのチャット窓口を作ります（本番では動きません） / a demo helpline; its supervisor opens it"

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing.

        Raises:
            CommandError: in production.
        """
        if settings.PRODUCTION:
            raise CommandError("本番環境では、デモの窓口を作りません。")
        make_demo_helpline(at=timezone.now())


@transaction.atomic
def make_demo_helpline(*, at: datetime) -> Helpline | None:
    """The demo's helpline; None as long as the demo's NPO is not there."""
    kind = Organization.Kind.NPO
    organization = Organization.objects.filter(name=ORGANIZATIONS[kind][0], kind=kind).first()
    if organization is None:
        return None
    if not TracingDecision.objects.filter(organization=organization).exists():
        TracingDecision.objects.create(
            organization=organization,
            choice=TracingDecision.Choice.NEVER,
            reason="デモのため、接続した場所の情報は一切残さない。",
            decided_at=at,
        )
    helpline, _made = Helpline.objects.get_or_create(
        key=KEY,
        defaults={
            "organization": organization,
            "name": "デモ よりそいチャット",
            "name_en": "Demo listening chat",
            "created_at": at,
        },
    )
    return helpline
