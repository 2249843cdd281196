"""Open an organisation with its first administrator: how everything begins in production."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from tsunagari.accounts import selectors, services
from tsunagari.accounts.models import Organization, User
from tsunagari.accounts.tasks import RESET_PURPOSE
from tsunagari.core.crypto import seal_token
from tsunagari.core.models import Area

DAY = 24 * 60 * 60


class Command(BaseCommand):
    """Create an organisation; its first administrator chooses a password through a link sent by email."""

    help = "団体を開き、最初の管理者にパスワードを決めるメールを送ります。"

    def add_arguments(self, parser: CommandParser) -> None:
        """The organisation and its administrator."""
        parser.add_argument("--name", required=True, help="団体の名称")
        parser.add_argument("--kana", default="", help="よみがな")
        parser.add_argument("--kind", required=True, choices=Organization.Kind.values, help="種別")
        parser.add_argument("--area", default="", help="全国地方公共団体コード（6桁）")
        parser.add_argument("--corporate-number", default="", help="法人番号（13桁）")
        parser.add_argument("--email", required=True, help="最初の管理者のメールアドレス")
        parser.add_argument("--administrator", required=True, help="最初の管理者の名前")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it in one transaction.

        Raises:
            CommandError: a malformed address, an unknown area, a wrong or known corporate number.
        """
        at, email = timezone.now(), options["email"].strip().lower()
        try:
            validate_email(email)
            area = Area.objects.get(code=options["area"]) if options["area"] else None
            with transaction.atomic():
                user = selectors.user_of_address(email) or _create(email, options["administrator"])
                services.found_organization(
                    name=options["name"],
                    name_kana=options["kana"],
                    kind=Organization.Kind(options["kind"]),
                    area=area,
                    corporate_number=options["corporate_number"],
                    administrator=user,
                    at=at,
                )
                if not user.has_usable_password():
                    sealed = seal_token(settings.MASTER_KEY, RESET_PURPOSE, email, ttl_seconds=DAY, at=at)
                    jobs.configure_task("accounts.send_password_reset").defer(sealed=sealed)
        except ValidationError as error:
            raise CommandError("メールアドレスの形が正しくありません。") from error
        except Area.DoesNotExist as error:
            raise CommandError(f"この地域コードはありません: {options['area']}") from error
        except IntegrityError as error:
            raise CommandError("法人番号が正しくないか、すでに使われています。") from error
        self.stdout.write(f"{options['name']} を開きました。{email} にメールを送ります。")


def _create(email: str, name: str) -> User:
    """An account that cannot be entered until its owner has followed the link sent to the address."""
    user = User.objects.create_user(email=email, display_name=name)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
