"""allauth's news, written into the ledger of account events. Connected when the app is ready."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from tsunagari.accounts import devices, services
from tsunagari.accounts.middleware import BEGAN, SECOND_FACTOR_SET_UP, SEEN
from tsunagari.accounts.models import AccountEvent, User

Kind = AccountEvent.Kind


@receiver(user_logged_in)
def on_login(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Start the clock of the session (allauth has already given it a new key)."""
    now = int(timezone.now().timestamp())
    request.session[BEGAN], request.session[SEEN] = now, now
    devices.note_login(request, user)
    _record(Kind.LOGGED_IN, user)


@receiver(user_logged_out)
def on_logout(user: User | None, **kwargs: Any) -> None:
    """Write it down, unless nobody was signed in."""
    if user is not None:
        _record(Kind.LOGGED_OUT, user)


@receiver(password_changed)
def on_password_changed(user: User, **kwargs: Any) -> None:
    """Write it down."""
    _record(Kind.PASSWORD_CHANGED, user)


@receiver(password_reset)
def on_password_reset(user: User, **kwargs: Any) -> None:
    """Write it down."""
    _record(Kind.PASSWORD_RESET, user)


@receiver(authenticator_added)
def on_second_factor_added(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """Setting one up proves having it, so this session counts as verified."""
    if authenticator.type in {Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN}:
        request.session[SECOND_FACTOR_SET_UP] = True
    _record(Kind.MFA_ADDED, user, authenticator)


@receiver(authenticator_removed)
def on_second_factor_removed(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """What was set up in this session no longer counts."""
    request.session.pop(SECOND_FACTOR_SET_UP, None)
    _record(Kind.MFA_REMOVED, user, authenticator)


@receiver(authenticator_reset)
def on_recovery_codes_renewed(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Write it down."""
    _record(Kind.MFA_CODES_RENEWED, user, authenticator)


def _record(kind: AccountEvent.Kind, user: User, authenticator: Authenticator | None = None) -> None:
    detail = {"type": str(authenticator.type)} if authenticator is not None else {}
    services.record_event(kind=kind, at=timezone.now(), user=user, actor=user, detail=detail)
