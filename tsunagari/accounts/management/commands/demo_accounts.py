"""Demo organisations and staff, so that a person can walk through every desk. Refused in production."""

import json
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict

from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from tsunagari.accounts import services
from tsunagari.accounts.models import MFA_ROLES, Membership, Organization, Role, User
from tsunagari.core.models import Area

DOMAIN = "demo.tsunagari.example"  # RFC 2606: mail to it reaches nobody
ORGANIZATIONS: dict[Organization.Kind, tuple[str, str, str | None]] = {
    Organization.Kind.MINISTRY: ("デモ省 孤独・孤立対策室", "でもしょうこどくこりつたいさくしつ", None),
    Organization.Kind.PREFECTURE: ("デモ県 地域福祉課", "でもけんちいきふくしか", "130001"),
    Organization.Kind.MUNICIPALITY: ("デモ市 福祉総務課", "でもしふくしそうむか", "131041"),
    Organization.Kind.NPO: ("NPO法人デモのいばしょ", "でものいばしょ", "131041"),
    Organization.Kind.PUBLIC_BODY: ("デモ市社会福祉協議会", "でもししゃかいふくしきょうぎかい", "131041"),
    Organization.Kind.COMPANY: ("デモ株式会社", "でもかぶしきがいしゃ", None),
    Organization.Kind.OTHER: ("デモ町内会", "でもちょうないかい", None),
}
STAFF: dict[Role, tuple[str, Organization.Kind]] = {
    Role.ADMIN: ("青木 あかり", Organization.Kind.NPO),
    Role.EDITOR: ("石田 いずみ", Organization.Kind.NPO),
    Role.COUNSELLOR: ("上野 うみ", Organization.Kind.NPO),
    Role.SUPERVISOR: ("江口 えいた", Organization.Kind.NPO),
    Role.CASEWORKER: ("岡田 おさむ", Organization.Kind.PUBLIC_BODY),
    Role.LINK_WORKER: ("川口 かえで", Organization.Kind.MUNICIPALITY),
    Role.OFFICER: ("木村 きよし", Organization.Kind.MUNICIPALITY),
    Role.PRIVACY_OFFICER: ("久保 くみ", Organization.Kind.NPO),
    Role.RESEARCHER: ("小林 けい", Organization.Kind.MINISTRY),
    Role.SECRETARY: ("近藤 こう", Organization.Kind.MINISTRY),
    Role.VIEWER: ("佐藤 さくら", Organization.Kind.PREFECTURE),
}


class Secrets(TypedDict):
    """What a demo account needs to log in; `totp` is empty where no second factor is asked."""

    password: str
    totp: str


class Command(BaseCommand):
    """Create the demo staff (again and again: same people, same passwords) and print how to log in."""

    help = "デモの団体と職員アカウントを作り、ログインのしかたを表示します（本番では動きません）。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Create what is missing and print every account.

        Raises:
            CommandError: in production.
        """
        if settings.PRODUCTION:
            raise CommandError("本番環境では、デモのアカウントを作りません。")
        file = Path(settings.VAR_DIR) / "demo-accounts.txt"
        renew = not file.exists()
        known = secrets_of_installation(file)
        with transaction.atomic():
            create_demo(known, renew=renew, at=timezone.now())
        self.stdout.write("デモの職員アカウント（/desk/login/）")
        for role in STAFF:
            email, secret = address(role), known[role.value]
            self.stdout.write(f"  {role.label}\t{email}\t{secret['password']}")
            if secret["totp"]:
                user = User.objects.get(email=email)
                self.stdout.write(f"    認証アプリ: {secret['totp']}")
                self.stdout.write(f"    {get_adapter().build_totp_url(user, secret['totp'])}")


def address(role: Role) -> str:
    """The demo address of the person with this role."""
    return f"{role.value.replace('_', '-')}@{DOMAIN}"


def secrets_of_installation(file: Path) -> dict[str, Secrets]:
    """Read this installation's demo passwords from `file` (JSON, 0600); random ones are made at first use."""
    if file.exists():
        kept: dict[str, Secrets] = json.loads(file.read_text(encoding="utf-8"))
        return kept
    made: dict[str, Secrets] = {
        role.value: {
            "password": secrets.token_urlsafe(12),
            "totp": generate_totp_secret() if role in MFA_ROLES else "",
        }
        for role in STAFF
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(made, stream, ensure_ascii=False, indent=1)
    return made


def create_demo(known: dict[str, Secrets], *, renew: bool, at: datetime) -> None:
    """Create the demo's organisations, people and memberships as far as they are missing.

    `renew` gives people who are there already the secrets of `known`; otherwise theirs are left alone, since
    checking eleven Argon2 hashes would delay each start.
    """
    people = {role: _person(role, known[role.value], renew=renew) for role in STAFF}
    for kind, (name, kana, area_code) in ORGANIZATIONS.items():
        organization = Organization.objects.filter(name=name, kind=kind).first()
        if organization is None:
            area = Area.objects.filter(code=area_code).first() if area_code else None
            organization = services.found_organization(
                name=name, name_kana=kana, kind=kind, area=area, administrator=people[Role.ADMIN], at=at
            )
        for role, (_name, home) in STAFF.items():
            if home == kind:
                Membership.objects.get_or_create(
                    user=people[role],
                    organization=organization,
                    role=role,
                    ended_at=None,
                    defaults={"started_at": at},
                )


def _person(role: Role, secret: Secrets, *, renew: bool) -> User:
    email = address(role)
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email=email, display_name=STAFF[role][0], password=secret["password"])
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    elif renew:
        user.set_password(secret["password"])
        user.save(update_fields=["password"])
        Authenticator.objects.filter(user=user).delete()
    if secret["totp"] and not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        TOTP.activate(user, secret["totp"])
        if not Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).exists():
            RecoveryCodes.activate(user)
    return user
