"""The login with a passkey, bounded: asking for it begins a session, which is a row in the database."""

from allauth.mfa.webauthn.views import login_webauthn
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from tsunagari.accounts import devices
from tsunagari.core.rate_limits import limit

# beginnings and answers from one network in ten minutes: an office at the start of a shift needs fewer
MOST_PASSKEY_LOGINS = 300


def passkey_login(request: HttpRequest) -> HttpResponseBase:
    """As allauth's view, which has no limit of its own (its access stands in `config.access`)."""
    limit(
        request,
        "passkey-login",
        most=MOST_PASSKEY_LOGINS,
        now=timezone.now().timestamp(),
        who=devices.device_of(request),
    )
    answer: HttpResponseBase = login_webauthn(request)
    return answer
