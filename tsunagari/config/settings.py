"""Django's settings. What an operator may change stands in ``tsunagari.config.env``."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tsunagari.config.env import MissingSetting, env
from tsunagari.core.crypto import derive_key, load_master_key

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = (BASE_DIR / env("TSUNAGARI_VAR")).resolve()
DATA_DIR = BASE_DIR / "data"
ENVIRONMENT = env("TSUNAGARI_ENV")
if ENVIRONMENT not in {"demo", "test", "production"}:
    raise MissingSetting(f"TSUNAGARI_ENV は demo / test / production のどれかです: {ENVIRONMENT!r}")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = False

MASTER_KEY = load_master_key(env("TSUNAGARI_MASTER_KEY"), VAR_DIR / "master.key", refuse_file=PRODUCTION)
SECRET_KEY = derive_key(MASTER_KEY, "django-secret-key").hex()
ALLOWED_HOSTS = [*env("TSUNAGARI_HOSTS").split(","), *(["testserver"] if ENVIRONMENT == "test" else [])]
SITE_URL = env("TSUNAGARI_URL").rstrip("/")
TRUSTED_PROXIES = [address.strip() for address in env("TRUSTED_PROXIES").split(",") if address.strip()]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "procrastinate.contrib.django",
    "tsunagari.core",
    # before allauth, whose templates it replaces
    "tsunagari.accounts",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "tsunagari.directory",
    "tsunagari.council",
    "tsunagari.consultation",
    "tsunagari.plan",
    "tsunagari.portal",
]

MIDDLEWARE = [
    "tsunagari.core.middleware.RequestLog",
    "tsunagari.core.fairness.FairTurns",
    "tsunagari.core.middleware.DatabaseDown",
    "django.middleware.security.SecurityMiddleware",
    "tsunagari.core.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tsunagari.core.middleware.DisplayFromPath",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tsunagari.accounts.middleware.AccessMiddleware",
]

ROOT_URLCONF = "tsunagari.config.urls"
ASGI_APPLICATION = "tsunagari.config.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                # both lazy: a page that names neither user nor messages touches no session
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# -- database -------------------------------------------------------------------------------------------


def _database(
    url: str, *, pool: str, wait: float = 3.0, options: str = "", name: str = "tsunagari"
) -> dict[str, Any]:
    """Database settings for a ``postgresql://`` address.

    ``?host=`` may hold a socket's folder, or several hosts of which libpq takes the one that fits.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.pop("host", host)),
        "PORT": query.pop("port", str(parts.port or "")),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            # client-side binding would write a visitor's words into the server's log when a statement fails
            "server_side_binding": True,
            "connect_timeout": 3,
            # connections to a machine that fell silent end after seconds, not a quarter of an hour
            "tcp_user_timeout": 5000,
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 2,
            "application_name": name,
            # in milliseconds here; a request that is given up must not go on in the server
            "options": f"-c statement_timeout={int(float(env('STATEMENT_TIMEOUT')) * 1000)}{options}",
            # after a long outage the pool must not wait as long again before it tries to connect
            "pool": {"min_size": 1, "max_size": int(pool), "timeout": wait, "reconnect_timeout": 4.0},
            **query,
        },
    }


DATABASES = {
    "default": _database(env("DATABASE_URL") or "postgresql:///tsunagari", pool=env("DATABASE_POOL"))
}
if env("DATABASE_REPLICA_URL"):
    DATABASES["replica"] = {
        **_database(
            env("DATABASE_REPLICA_URL"),
            pool=env("DATABASE_REPLICA_POOL") or env("DATABASE_POOL"),
            wait=2.0,
            # a standby is read-only by nature; this holds, too, where the address leads to a primary
            options=" -c default_transaction_read_only=on",
            name="tsunagari-public",
        ),
        "TEST": {"MIRROR": "default"},
    }
DATABASE_ROUTERS = ["tsunagari.core.routers.ReplicaRouter"]
DATABASE_REPLICA_LAG = float(env("DATABASE_REPLICA_LAG"))
VALKEY_URL = env("VALKEY_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- people ---------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["tsunagari.accounts.hashers.TakingTurns"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
# Of the desk alone: no public page is ever asked for with a cookie, not even by who has only seen the login.
SESSION_COOKIE_NAME = "desk"
SESSION_COOKIE_PATH = "/desk/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_PATH = "/desk/"
CSRF_COOKIE_AGE = None  # until the browser is closed
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# allauth: login by email, no sign-up but by invitation
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "tsunagari.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"reset_password": "tsunagari.accounts.forms.PasswordResetForm"}
# ip: the HMAC of the network, or of a device that is known (accounts.devices); key: the account and that.
# Only failures count as login_failed; login_failed_anywhere is of an account, from devices that nobody knows.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "30/m/ip,5/5m/key",
    "login_failed_anywhere": "100/h/key",
    "reset_password": "20/m/ip,3/10m/key",
}
MFA_ADAPTER = "tsunagari.accounts.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "tsunagari.accounts.forms.CodeForm",
    "reauthenticate": "tsunagari.accounts.forms.CodeAgainForm",
    "add_webauthn": "tsunagari.accounts.forms.PasskeyForm",
    "edit_webauthn": "tsunagari.accounts.forms.PasskeyNameForm",
}
MFA_TOTP_PERIOD = 30
MFA_TOTP_TOLERANCE = 1
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_TOTP_ISSUER = "tsunagari"
ACCESS_TABLE = "tsunagari.config.access.TABLE"

# -- language, time -------------------------------------------------------------------------------------

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"

# -- files, cache, email --------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if ENVIRONMENT == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = ENVIRONMENT == "test"
WHITENOISE_AUTOREFRESH = False
# In the database: allauth's counters of failed logins and used codes must hold for all web processes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cache",
        "KEY_FUNCTION": "tsunagari.accounts.adapters.cache_key",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}


def _email(url: str) -> dict[str, Any]:
    """Django's email settings for an ``smtp://`` or ``smtps://`` address; the console without one."""
    if not url and PRODUCTION:
        # the console is the log: whoever reads it could follow the links of invitations and new passwords
        raise MissingSetting("本番では EMAIL_URL が必要です / production needs EMAIL_URL")
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


globals().update(_email(env("EMAIL_URL")))
DEFAULT_FROM_EMAIL = env("EMAIL_FROM")

# -- security -------------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION
# uvicorn takes the scheme from X-Forwarded-Proto of TRUSTED_PROXIES; Django would believe it of everybody
SECURE_PROXY_SSL_HEADER = None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# the page of an import asks what each column means, of several sheets at once
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# -- jobs -----------------------------------------------------------------------------------------------

PROCRASTINATE_ON_APP_READY = None
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"

# -- logs: JSON lines; no message text, query, telephone number or full address of a network ------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "tsunagari.core.logs.JsonFormatter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json"},
        # a logger without any handler is not silent: Python writes its warnings bare (logging.lastResort)
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING" if ENVIRONMENT == "test" else "INFO"},
    "loggers": {
        # these put paths, query strings or SQL parameters into their messages; RequestLog says what we need
        "django.request": {"handlers": ["nowhere"], "propagate": False},
        "django.security": {"handlers": ["nowhere"], "propagate": False},
        "django.db.backends": {"handlers": ["nowhere"], "propagate": False},
        "uvicorn.access": {"handlers": ["nowhere"], "propagate": False},
        "procrastinate": {"level": "WARNING"},
        "psycopg.pool": {"level": "CRITICAL"},
    },
}
