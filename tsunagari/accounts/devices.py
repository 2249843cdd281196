"""Devices from which somebody has logged in: nobody else's wrong passwords lock them out.

After a whole login (second factor included) the browser gets a cookie of the desk, sealed by us, that names
the device and who logged in there. Attempts from such a device are counted for the device alone; all others
for the account and their network, and for the account as a whole. So whoever tries passwords of a known
address from elsewhere, or from the same school or hospital, locks out himself and devices that nobody knows,
never the owner's own. A new password makes every device unknown; a passkey asks for no password at all.
"""

import secrets
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tsunagari.accounts.models import User
from tsunagari.core.crypto import BadToken, keyed_digest, open_token, seal_token

COOKIE = "device"
PURPOSE = "known-device"
KEPT_SECONDS = 180 * 24 * 60 * 60
MOST_USERS = 5
"""Who share one device: of more, the earliest are forgotten."""
_NEW = "known_device_of"


def _read(request: HttpRequest) -> dict[str, Any]:
    """The device's id and its users (id → digest of what a new password changes); empty for a stranger."""
    try:
        found: dict[str, Any] = open_token(
            settings.MASTER_KEY, PURPOSE, request.COOKIES.get(COOKIE, ""), at=timezone.now()
        )
    except BadToken:
        return {}
    return found


def _proof(user: User) -> str:
    return keyed_digest(settings.MASTER_KEY, PURPOSE, user.get_session_auth_hash()).hex()[:24]


def device_of(request: HttpRequest) -> str:
    """The id of a device from which anybody of ours has logged in; "" for all others."""
    return str(_read(request).get("id", ""))


def is_known(request: HttpRequest, email: str) -> bool:
    """Whether this account has logged in from here, with the password that it has now."""
    users = _read(request).get("users", {})
    if not users:
        return False
    user = User.objects.filter(email__iexact=email).first()
    return user is not None and secrets.compare_digest(users.get(str(user.pk), ""), _proof(user))


def note_login(request: HttpRequest, user: User) -> None:
    """Let ``remember`` give the device its cookie."""
    setattr(request, _NEW, user)


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Give the device its cookie, if somebody has just logged in."""
    user = getattr(request, _NEW, None)
    if not isinstance(user, User):
        return
    known = _read(request)
    users = {pk: proof for pk, proof in known.get("users", {}).items() if pk != str(user.pk)}
    users[str(user.pk)] = _proof(user)
    content = {
        "id": known.get("id") or secrets.token_hex(16),
        "users": dict(list(users.items())[-MOST_USERS:]),
    }
    response.set_cookie(
        COOKIE,
        seal_token(settings.MASTER_KEY, PURPOSE, content, ttl_seconds=KEPT_SECONDS, at=timezone.now()),
        max_age=KEPT_SECONDS,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
