"""Emails to staff, sent by the job worker: no page waits for a mail server, and none tells by its pace."""

from uuid import UUID

from allauth.account import app_settings as allauth_settings
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app as jobs

from tsunagari.accounts import selectors, services
from tsunagari.accounts.models import Invitation
from tsunagari.core.crypto import BadToken, open_token

RESET_PURPOSE = "password-reset-mail"
AGAIN = RetryStrategy(max_attempts=8, exponential_wait=3)


@jobs.task(name="accounts.send_invitation", queue="mail", retry=AGAIN)
def send_invitation(invitation_id: str) -> None:
    """Send the link of an invitation, unless it has been used or taken back meanwhile."""
    invitation = Invitation.objects.select_related("organization", "invited_by").get(pk=UUID(invitation_id))
    if invitation.accepted_at is not None or invitation.revoked_at is not None:
        return
    language = invitation.invited_by.language
    with translation.override(language):
        path = reverse("accounts:invitation", kwargs={"token": services.token_of(invitation)})
        _send("invitation", invitation.email, {"invitation": invitation, "url": f"{settings.SITE_URL}{path}"})


@jobs.task(name="accounts.send_password_reset", queue="mail", retry=AGAIN)
def send_password_reset(sealed: str) -> None:
    """Send a link to choose a new password, if the sealed address belongs to an active account.

    Everything that depends on whether the account exists happens here, not in the request.
    """
    try:
        email = open_token(settings.MASTER_KEY, RESET_PURPOSE, sealed, at=timezone.now())
    except BadToken:
        return
    user = selectors.user_of_address(email)
    if user is None or not user.is_active:
        return
    key = allauth_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    with translation.override(user.language):
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": user.pk.hex, "key": key})
        _send("password_reset", user.email, {"user": user, "url": f"{settings.SITE_URL}{path}"})


@jobs.periodic(cron="50 3 * * *")
@jobs.task(name="accounts.forget_expired_sessions")
def forget_expired_sessions(timestamp: int) -> None:
    """Each night: sessions that have ended are deleted; Django itself never does."""
    SessionStore.clear_expired()


def _send(name: str, to: str, context: dict[str, object]) -> None:
    subject = render_to_string(f"accounts/mail/{name}_subject.txt", context).strip()
    body = render_to_string(f"accounts/mail/{name}.txt", context)
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [to])
