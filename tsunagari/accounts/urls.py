"""Addresses of accounts at the desk. Of allauth only what we need: no sign-up, no change of address."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import URLPattern, URLResolver, include, path, re_path

from tsunagari.accounts.views.home import home
from tsunagari.accounts.views.invitations import invitation
from tsunagari.accounts.views.login import passkey_login
from tsunagari.accounts.views.members import change_role, end, invite, members, restore, revoke, unrevoke
from tsunagari.accounts.views.profile import profile
from tsunagari.accounts.views.readings import export, own_readings, readings

ORGANIZATION = "organizations/<uuid:organization_id>/"

desk: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("profile/", profile, name="profile"),
    path(f"{ORGANIZATION}members/", members, name="members"),
    path(f"{ORGANIZATION}members/invite/", invite, name="invite"),
    path(f"{ORGANIZATION}members/<uuid:membership_id>/role/", change_role, name="change_role"),
    path(f"{ORGANIZATION}members/<uuid:membership_id>/end/", end, name="end"),
    path(f"{ORGANIZATION}members/<uuid:membership_id>/restore/", restore, name="restore"),
    path(f"{ORGANIZATION}invitations/<uuid:invitation_id>/revoke/", revoke, name="revoke"),
    path(f"{ORGANIZATION}invitations/<uuid:invitation_id>/restore/", unrevoke, name="unrevoke"),
    path("invitations/<str:token>/", invitation, name="invitation"),
    path("readings/", readings, name="readings"),
    path("readings/own/", own_readings, name="own_readings"),
    path("readings/export/", export, name="readings_export"),
]

login: list[URLPattern | URLResolver] = [
    path("login/", account.login, name="account_login"),
    path("login/second-factor/", mfa.authenticate, name="mfa_authenticate"),
    path("login/passkey/", passkey_login, name="mfa_login_webauthn"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[-0-9A-Za-z]+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]

security: list[URLPattern | URLResolver] = [
    path("", mfa.index, name="mfa_index"),
    path("password/", account.password_change, name="account_change_password"),
    path("again/", account.reauthenticate, name="account_reauthenticate"),
    path("again/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("again/passkey/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("app/add/", totp.activate_totp, name="mfa_activate_totp"),
    path("app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("passkeys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("passkeys/add/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("passkeys/<int:pk>/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("codes/renew/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("codes/download/", recovery_codes.download_recovery_codes, name="mfa_download_recovery_codes"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/", include((desk, "accounts"))),
    path("desk/", include(login)),
    path("desk/security/", include(security)),
]
