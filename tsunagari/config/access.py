"""Who may open the views of third parties, which cannot carry a mark (`tsunagari.core.access`).

Keys are route names (`"namespace:name"`), or `"namespace:*"` for all routes of a namespace; a route's own
name wins. Whatever is neither marked nor listed here is refused. Adding a line opens a door: say why.
"""

from tsunagari.core.access import (
    ENTRANCE,
    SIGNED_IN,
    SIGNED_IN_BEFORE_SECOND_FACTOR,
    SIGNED_IN_TO_ADD_A_FACTOR,
    Access,
)

TABLE: dict[str, Access] = {
    # allauth: the way in. Its sign-up is not even routed; accounts come from invitations.
    "account_login": ENTRANCE,
    "account_logout": ENTRANCE,
    "account_inactive": ENTRANCE,
    "account_reset_password": ENTRANCE,
    "account_reset_password_done": ENTRANCE,
    "account_reset_password_from_key": ENTRANCE,
    "account_reset_password_from_key_done": ENTRANCE,
    "mfa_authenticate": ENTRANCE,
    "mfa_login_webauthn": ENTRANCE,
    # allauth: setting up or showing a second factor cannot require having shown it.
    "account_reauthenticate": SIGNED_IN_BEFORE_SECOND_FACTOR,
    "mfa_index": SIGNED_IN_BEFORE_SECOND_FACTOR,
    "mfa_reauthenticate": SIGNED_IN_BEFORE_SECOND_FACTOR,
    "mfa_reauthenticate_webauthn": SIGNED_IN_BEFORE_SECOND_FACTOR,
    # … but a further one asks for the first: a session from before it must not step over it.
    "mfa_activate_totp": SIGNED_IN_TO_ADD_A_FACTOR,
    "mfa_add_webauthn": SIGNED_IN_TO_ADD_A_FACTOR,
    # allauth: changing what protects the account. Each asks for the password or the second factor again.
    "account_change_password": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
}
