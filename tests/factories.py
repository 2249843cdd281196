"""Things for tests, ready made. Each app has its part; functions are named `make_…` and need no arguments.

People in tests: alice is the owner (an administrator), bob her team-mate, charlie an outsider.
"""

from datetime import UTC, datetime
from itertools import count
from uuid import UUID, uuid4

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.utils import timezone

from tests.passkeys import credential
from tsunagari.accounts.middleware import BEGAN, SEEN
from tsunagari.accounts.models import Membership, Organization, RecordReading, Role, User

_numbers = count(1)

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""Noon in Tokyo on Tuesday, 24 November 2026."""

# -- accounts ------------------------------------------------------------------------------------------------


def make_user(
    name: str = "alice", *, password: str | None = None, email: str = "", active: bool = True
) -> User:
    """A member of staff with a verified address; without a password hashing costs nothing."""
    email = email or f"{name}-{next(_numbers)}@example.org"
    user = User.objects.create_user(email=email, display_name=name, password=password)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if not active:
        user.is_active = False
        user.save(update_fields=["is_active"])
    return user


def make_organization(
    name: str = "ひだまりの会", *, kind: Organization.Kind = Organization.Kind.NPO, corporate_number: str = ""
) -> Organization:
    """An organisation without members."""
    return Organization.objects.create(name=name, kind=kind, corporate_number=corporate_number)


def make_membership(
    user: User | None = None,
    organization: Organization | None = None,
    role: Role = Role.ADMIN,
    *,
    started_at: datetime = AT,
    ended_at: datetime | None = None,
) -> Membership:
    """A role of somebody somewhere; by default of a new alice in a new organisation."""
    return Membership.objects.create(
        user=user or make_user(),
        organization=organization or make_organization(),
        role=role,
        started_at=started_at,
        ended_at=ended_at,
    )


def make_member(
    name: str = "alice",
    role: Role = Role.ADMIN,
    organization: Organization | None = None,
    *,
    password: str | None = None,
    second_factor: bool = True,
) -> User:
    """A user with one role, and with the second factor that the role may need."""
    user = make_user(name, password=password)
    make_membership(user, organization, role)
    if second_factor:
        make_second_factor(user)
    return user


def make_second_factor(user: User) -> str:
    """Set up an authenticator app and recovery codes; return the app's secret (base32)."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def make_passkey(user: User, name: str = "電話") -> Authenticator:
    """A registered passkey of `user`, whose private key is thrown away."""
    data = {"name": name, "credential": credential()}
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)


def sign_in(client: Client, user: User, *, second_factor: bool = True) -> Client:
    """Sign `user` in without the pages of the login; by default as if the second factor had been shown."""
    client.force_login(user)
    session = client.session
    session[BEGAN] = session[SEEN] = int(timezone.now().timestamp())
    if second_factor:
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [
            {"method": "mfa", "at": AT.timestamp(), "type": "totp"}
        ]
        session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def make_reading(
    actor: User,
    organization: Organization,
    *,
    person_ref: UUID | None = None,
    at: datetime = AT,
    basis: str = "consent",
    subject_type: str = "casework.case",
) -> RecordReading:
    """A line in the ledger of readings."""
    return RecordReading.objects.create(
        actor=actor,
        organization=organization,
        subject_type=subject_type,
        subject_id=uuid4(),
        person_ref=person_ref or uuid4(),
        basis=basis,
        at=at,
    )
