"""What staff type in. Forms check shape; services decide."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app as jobs

from tsunagari.accounts.models import Role, User
from tsunagari.accounts.selectors import ReadingFilter
from tsunagari.core.crypto import seal_token

TOKYO = ZoneInfo("Asia/Tokyo")
PASSKEY_NAME_HINT = _("どの機器のものか、あとで見てわかる名前です。")
DAY_INPUT = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class InvitationForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(
        label=_("メールアドレス"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    # Nothing is chosen beforehand: nobody becomes an administrator by oversight.
    role = forms.ChoiceField(label=_("役割"), choices=[("", _("選んでください")), *Role.choices])

    def clean_role(self) -> Role:
        """The role as such."""
        return Role(self.cleaned_data["role"])


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label=_("役割"), choices=Role.choices)

    def clean_role(self) -> Role:
        """The role as such."""
        return Role(self.cleaned_data["role"])


class NewcomerForm(forms.Form):
    """How somebody without an account accepts an invitation."""

    display_name = forms.CharField(
        label=_("お名前"),
        help_text=_("同僚に見える名前です。相談に来る方には見えません。"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=_("パスワード"),
        help_text=_("12文字以上。よく使われるものや、名前に似たものは使えません。"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class ProfileForm(forms.Form):
    """One's own name and language."""

    display_name = forms.CharField(
        label=_("お名前"),
        help_text=_("同僚に見える名前です。相談に来る方には見えません。"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=_("表示言語"), choices=User.Language.choices)

    def clean_language(self) -> User.Language:
        """The language as such."""
        return User.Language(self.cleaned_data["language"])


class ReadingsForm(forms.Form):
    """What to look for in the ledger of readings. Days are days in Tokyo; the last one is included."""

    person = forms.UUIDField(
        label=_("本人の番号"), required=False, help_text=_("記録の画面にある、本人ごとの番号です。")
    )
    colleague = forms.ModelChoiceField(
        label=_("見た人"), required=False, queryset=User.objects.none(), empty_label=_("全員")
    )
    since = forms.DateField(label=_("いつから"), required=False, widget=DAY_INPUT)
    until = forms.DateField(label=_("いつまで"), required=False, widget=DAY_INPUT)

    def clean(self) -> dict[str, Any]:
        """A period must not end before it begins."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("「いつから」より後の日を選んでください。"))
        return cleaned

    def wanted(self) -> ReadingFilter:
        """The filter for the selectors, from cleaned data."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        colleague = self.cleaned_data.get("colleague")
        return ReadingFilter(
            person_ref=self.cleaned_data.get("person"),
            actor_id=colleague.pk if colleague else None,
            since=datetime.combine(since, time.min, TOKYO) if since else None,
            until=datetime.combine(until + timedelta(days=1), time.min, TOKYO) if until else None,
        )


class _CodeOnce(BaseAuthenticateForm):  # type: ignore[misc]
    """A code that opened something opens nothing again, as long as it could (RFC 6238, 5.2).

    allauth remembers a used code for one period; with a tolerance of one it is taken for three.
    """

    def clean_code(self) -> str:
        """Check the code; of two who send it at once, one gets in."""
        code = str(super().clean_code())
        if self.authenticator.type == Authenticator.Type.TOTP:
            taken_for = settings.MFA_TOTP_PERIOD * (2 * settings.MFA_TOTP_TOLERANCE + 1)
            digits = "".join(character for character in code if character.isalnum())
            if not cache.add(f"totp-code-used:{self.user.pk}:{digits}", True, taken_for):
                raise get_mfa_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_CodeOnce, AuthenticateForm):  # type: ignore[misc]
    """The second step of the login (allauth's view uses it: `MFA_FORMS`)."""


class CodeAgainForm(_CodeOnce, ReauthenticateForm):  # type: ignore[misc]
    """The code once more, before something delicate (allauth's view uses it: `MFA_FORMS`)."""


class PasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """Adding a passkey (allauth's view uses it: `MFA_FORMS`)."""

    name = forms.CharField(label=_("名前"), help_text=PASSKEY_NAME_HINT, required=False, max_length=80)
    passwordless = forms.BooleanField(
        label=_("パスワードなしのログインにも使う"),
        help_text=_("画面のロック（指紋、顔、暗証番号）が必要になります。"),
        required=False,
        initial=True,
    )

    def clean(self) -> dict[str, Any]:
        """Check the browser's answer; a malformed one is a mistake of the form, not of ours."""
        try:
            return dict(super().clean())
        except (ValueError, KeyError) as error:
            raise forms.ValidationError(
                _("パスキーを確かめられませんでした。もう一度お試しください。")
            ) from error


class PasskeyNameForm(EditWebAuthnForm):  # type: ignore[misc]
    """Renaming a passkey (allauth's view uses it: `MFA_FORMS`)."""

    name = forms.CharField(label=_("名前"), help_text=PASSKEY_NAME_HINT, max_length=80)


class PasswordResetForm(forms.Form):
    """Asking for a new password (allauth's view uses it: `ACCOUNT_FORMS`).

    The same work is done whether or not the address has an account: one sealed job.
    """

    email = forms.EmailField(
        label=_("メールアドレス"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Enqueue the email and return the address."""
        email = str(self.cleaned_data["email"]).strip().lower()
        sealed = seal_token(
            settings.MASTER_KEY, "password-reset-mail", email, ttl_seconds=3600, at=timezone.now()
        )
        jobs.configure_task("accounts.send_password_reset").defer(sealed=sealed)
        return email
