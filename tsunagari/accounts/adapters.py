"""How allauth behaves here: what it says, whom it counts, how it keeps secrets."""

import base64
from typing import Any

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from qrcode.image.svg import SvgPathImage

from tsunagari.accounts import devices, policies, selectors, services
from tsunagari.accounts.models import AccountEvent, User
from tsunagari.core.crypto import derive_key, keyed_digest, seal, unseal
from tsunagari.core.rate_limits import network_of

TOTP_CONTEXT = b"totp"


def cache_key(key: str, key_prefix: str, version: int) -> str:
    """Name an entry of the shared cache (`CACHES["default"]["KEY_FUNCTION"]`) by HMAC.

    allauth puts addresses (hashed without a key) and user ids into the names of its counters; under a keyed
    hash the table of the cache tells nobody who tried to log in.
    """
    return keyed_digest(settings.MASTER_KEY, "cache", f"{key_prefix}:{version}:{key}").hex()


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Login by email for those who were invited; failures are written down without the address."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("メールアドレスかパスワードが違います。もう一度お試しください。"),
        "incorrect_password": _("パスワードが違います。"),
        "enter_current_password": _("いまのパスワードを入れてください。"),
        "too_many_login_attempts": _(
            "続けて失敗したため、しばらくログインできません。5分ほど待ってください。"
        ),
        "rate_limited": _("短い間に何度も送られました。少し待ってください。"),
        "invalid_password_reset": _("このリンクは使えません。もう一度、再設定を申し込んでください。"),
        "account_inactive": _("このアカウントは止められています。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up; people are invited."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The network's key stands in for the address wherever allauth counts or writes it.

        HMAC (hex) of the /24 or /56 under a key that changes every day (UTC); the address itself is not kept.
        A device from which somebody has logged in counts for itself, whatever its network does.
        """
        if device := devices.device_of(request):
            return keyed_digest(settings.MASTER_KEY, "device", device).hex()
        purpose = f"network:{timezone.now():%Y-%m-%d}"
        return keyed_digest(settings.MASTER_KEY, purpose, network_of(request)).hex()

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failures count for the account and where they come from: a known device, or the network."""
        return f"{self._account_of(credentials)} {self.get_client_ip(request)}"

    def _account_of(self, credentials: dict[str, Any]) -> str:
        return str(credentials.get("email", credentials.get("username", ""))).lower()

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt until it succeeds; from a device that the account does not know, for both limits.

        Raises:
            ValidationError: too many have failed.
        """
        account = self._account_of(credentials)
        where = {"login_failed": self._get_login_attempts_cache_key(request, **credentials)}
        if not devices.is_known(request, account):
            where["login_failed_anywhere"] = account
        taken = RateLimitUsage(usage=[])
        for action, key in where.items():
            usage = ratelimit.consume(request, app="allauth.account", action=action, key=key)
            if usage is None:
                raise self.validation_error("too_many_login_attempts")
            taken.usage += usage.usage
        self._login_failed_rl_usage = taken

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """After a new password, earlier failures count no more: here, and for the account as a whole."""
        super()._delete_login_attempts_cached_email(request, **credentials)
        ratelimit.clear(
            request,
            app="allauth.account",
            action="login_failed_anywhere",
            key=self._account_of(credentials),
        )

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write down that a login failed; not whose."""
        services.record_event(kind=AccountEvent.Kind.LOGIN_FAILED, at=timezone.now())

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the page of the account's security."""
        return reverse("mfa_index")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """To the login, where a colleague may follow at the same machine."""
        return reverse("account_login")

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Say it on a page of its own (only after the right password)."""
        return HttpResponseRedirect(reverse("account_inactive"))

    def format_email_subject(self, subject: str) -> str:
        """Name the site, not the host."""
        return f"【つながり】{subject}"


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: secrets are sealed, and who needs one cannot remove the last."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("コードが違います。アプリに出ている最新の6桁を入れてください。"),
        "cannot_delete_authenticator": _(
            "あなたの役割には二要素認証が必要です。先に別の方法を加えてください。"
        ),
    }

    def encrypt(self, text: str) -> str:
        """Seal a TOTP secret or the seed of recovery codes (AES-256-GCM, base64)."""
        key = derive_key(settings.MASTER_KEY, "second-factor")
        return base64.b64encode(seal(key, text.encode(), TOTP_CONTEXT)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed."""
        key = derive_key(settings.MASTER_KEY, "second-factor")
        return unseal(key, base64.b64decode(encrypted_text), TOTP_CONTEXT).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether it may go: not the last factor of somebody whose role needs one."""
        others = Authenticator.objects.filter(
            user_id=authenticator.user_id, type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        ).exclude(pk=authenticator.pk)
        return bool(
            others.exists()
            or not policies.needs_second_factor(selectors.active_memberships(authenticator.user))
        )

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """A first name for a passkey: パスキー, パスキー 2, …"""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("パスキー") if count == 0 else f"{gettext('パスキー')} {count + 1}"

    def build_totp_svg(self, url: str) -> str:
        """Draw the QR code of an otpauth URI as SVG that stands inside a page (no XML declaration)."""
        image = qrcode.make(url, image_factory=SvgPathImage, box_size=12)
        return str(image.to_string(encoding="unicode"))

    def _get_site_name(self) -> str:
        return str(settings.MFA_TOTP_ISSUER)
