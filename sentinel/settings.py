"""All settings, all from the environment. With nothing set a clone runs on embedded defaults: SQLite, a private Redis
on a socket, files on disk, mail to the console. A bad value refuses to start and names the variable."""

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from environs import Env, ValidationError, validate

from sentinel import crypto, logs

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env(eager=False)
env.read_env(str(BASE_DIR / ".env"), recurse=False)


def _key_ring(entries: list[str]) -> None:
    try:
        crypto.ring(entries)
    except ValueError as error:
        raise ValidationError(str(error)) from None


DATA_DIR: Path = env.path("DATA_DIR", BASE_DIR / "var")
DEBUG: bool = env.bool("DEBUG", False)
EMBEDDED: bool = env.bool("EMBEDDED", not env.str("DATABASE_URL", ""))
_SECRET_KEY: str = env.str("SECRET_KEY", "")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
_ENCRYPTION_KEYS: list[str] = env.list("ENCRYPTION_KEYS", [], validate=_key_ring)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
BASE_URL: str = env.str("BASE_URL", "http://127.0.0.1:8000")
HTTPS: bool = env.bool("HTTPS", False)
DATABASES: dict[str, Any] = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'sentinel.sqlite3'}")}
DATABASE_TIMEOUT_SECONDS: int = env.int("DATABASE_TIMEOUT_SECONDS", 30, validate=validate.Range(min=0))
REDIS_URL: str = env.str("REDIS_URL", f"unix://{DATA_DIR / 'redis.sock'}")
STORAGE_DIR: Path = env.path("STORAGE_DIR", DATA_DIR / "media")
_EMAIL: dict[str, Any] = env.dj_email_url("EMAIL_URL", "console:")
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", "QA Sentinel <hello@localhost>")
LOG_LEVEL: str = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]))
LOG_FORMAT: str = env.str("LOG_FORMAT", "console" if EMBEDDED else "json", validate=validate.OneOf(["console", "json"]))
METRICS_TOKEN: str = env.str("METRICS_TOKEN", "")
EMAIL_VERIFICATION: str = env.str("EMAIL_VERIFICATION", "optional" if EMBEDDED else "mandatory")

# proxies of our own in front of the web process: that far from its end X-Forwarded-For is believed
TRUSTED_PROXIES: int = env.int("TRUSTED_PROXIES", 0, validate=validate.Range(min=0, max=9))
ADMIN_REQUIRES_MFA: bool = env.bool("ADMIN_REQUIRES_MFA", not EMBEDDED)

# ── logging in elsewhere ──
GOOGLE_CLIENT_ID: str = env.str("GOOGLE_CLIENT_ID", "")
GOOGLE_CLIENT_SECRET: str = env.str("GOOGLE_CLIENT_SECRET", "")
GITHUB_CLIENT_ID: str = env.str("GITHUB_CLIENT_ID", "")
GITHUB_CLIENT_SECRET: str = env.str("GITHUB_CLIENT_SECRET", "")

# ── Webflow ──
WEBFLOW_CLIENT_ID: str = env.str("WEBFLOW_CLIENT_ID", "")
# the current one, and the one before while it is being replaced
WEBFLOW_CLIENT_SECRETS: list[str] = env.list("WEBFLOW_CLIENT_SECRET", [])
WEBFLOW_AUTHORIZE_URL: str = env.str("WEBFLOW_AUTHORIZE_URL", "https://webflow.com/oauth/authorize")
WEBFLOW_TOKEN_URL: str = env.str("WEBFLOW_TOKEN_URL", "https://api.webflow.com/oauth/access_token")
WEBFLOW_REVOKE_URL: str = env.str("WEBFLOW_REVOKE_URL", "https://webflow.com/oauth/revoke_authorization")
WEBFLOW_API_URL: str = env.str("WEBFLOW_API_URL", "https://api.webflow.com/v2")
WEBFLOW_DESIGNER_URL: str = env.str("WEBFLOW_DESIGNER_URL", "https://webflow.com/design")
WEBFLOW_PICTURES_ORIGIN: str = env.str("WEBFLOW_PICTURES_ORIGIN", "https://screenshots.webflow.com")

# ── scanning ──
CHROMIUM_PATH: str = env.str("CHROMIUM_PATH", "")
SCAN_ALLOWED_HOSTS: list[str] = env.list("SCAN_ALLOWED_HOSTS", [])
OWNERSHIP_DNS: list[str] = env.list("OWNERSHIP_DNS", [])
SCAN_REGION: str = env.str("SCAN_REGION", "local")
SCAN_TABS: int = env.int("SCAN_TABS", 3)
SCAN_LEASE_SECONDS: int = env.int("SCAN_LEASE_SECONDS", 30)
SCAN_DEADLINE_SECONDS: int = env.int("SCAN_DEADLINE_SECONDS", 1800)
SCAN_CARRY_DAYS: int = env.int("SCAN_CARRY_DAYS", 7)
BROWSER_POOL_MIN: int = env.int("BROWSER_POOL_MIN", 1 if EMBEDDED else 5)
BROWSER_POOL_MAX: int = env.int("BROWSER_POOL_MAX", 2 if EMBEDDED else 10)
BROWSER_MEMORY_MB: int = env.int("BROWSER_MEMORY_MB", 512)
# USD; the price table a scan's cost is counted with
PRICE_CPU_HOUR: float = env.float("PRICE_CPU_HOUR", 0.035)
PRICE_GB_HOUR: float = env.float("PRICE_GB_HOUR", 0.0045)
PRICE_GB_IN: float = env.float("PRICE_GB_IN", 0.0)
RETENTION_SCANS: int = env.int("RETENTION_SCANS", 30)

env.seal()


def _kept(name: str, make: Callable[[], str]) -> str:
    """A secret made once per data folder, for its owner's eyes: what it protects outlives a restart and no key stands
    in the code. Of two processes that start together one makes it."""
    kept = DATA_DIR / name
    if not kept.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=DATA_DIR, prefix=f".{name}-")
        with os.fdopen(handle, "w") as file:
            file.write(make())
        with suppress(FileExistsError):
            os.link(draft, kept)
        Path(draft).unlink()
    return kept.read_text().strip()


SECRET_KEY = _SECRET_KEY or _kept("secret_key", lambda: secrets.token_urlsafe(64))
ENCRYPTION_KEYS: list[str] = _ENCRYPTION_KEYS
if EMBEDDED and not ENCRYPTION_KEYS:
    ENCRYPTION_KEYS = [_kept("encryption_key", lambda: crypto.new_key("embedded"))]

INSTALLED_APPS = [
    "sentinel.apps.SentinelConfig",
    "accounts",
    "accounts.webflow",
    "billing",
    "scans",
    "django.forms",
    "sentinel.apps.StaffConfig",  # django.contrib.admin, behind the same log-in
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.google",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "django_prometheus",
    "django_rq",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "sentinel.urls"
WSGI_APPLICATION = "sentinel.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# forms are drawn by templates/django/forms/
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

LOGGING = logs.configuration(LOG_LEVEL, LOG_FORMAT)

# ── data ──
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # writers queue instead of failing half way: several processes share the file
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;",
    }

elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # nothing waits for ever: not for a server behind a cut cable, a lock, or a query gone wrong
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": 15_000,
        "options": f"-c statement_timeout={DATABASE_TIMEOUT_SECONDS}s -c lock_timeout=5s "
        f"-c idle_in_transaction_session_timeout={DATABASE_TIMEOUT_SECONDS}s",
        **DATABASES["default"].get("OPTIONS", {}),
    }

CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": STORAGE_DIR}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = EMBEDDED

# ── queues ──
SCAN_QUEUES = [f"scans:{SCAN_REGION}:{priority}" for priority in ("high", "normal", "low")]
RQ_QUEUES = {
    name: {
        # a connection that lay idle is tried before it is used: a silent cut is noticed in seconds
        "URL": f"{REDIS_URL}{'&' if '?' in REDIS_URL else '?'}health_check_interval=15",
        "DEFAULT_TIMEOUT": SCAN_DEADLINE_SECONDS + 60,
        "SERIALIZER": "rq.serializers.JSONSerializer",
    }
    for name in ["default", *SCAN_QUEUES]
}
RQ = {"JOB_CLASS": "scans.queues.ListedJob", "COMMIT_MODE": "auto", "SHOW_ADMIN_LINK": False}

# ── people ──
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = EMAIL_VERIFICATION
ACCOUNT_CONFIRM_EMAIL_ON_GET = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a new password or second step is told to the address
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["recovery_codes", "totp", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "QA Sentinel"
MFA_TOTP_TOLERANCE = 1  # telephones whose clock is half a minute off
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = EMBEDDED and not HTTPS
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "overview"
ACCOUNT_LOGOUT_REDIRECT_URL = "landing"

# what somebody else says about an address never opens an account that exists
SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_LOGIN_ON_GET = False
_LOGINS = {
    "webflow": (WEBFLOW_CLIENT_ID, (WEBFLOW_CLIENT_SECRETS or [""])[0]),
    "google": (GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET),
    "github": (GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET),
}
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    name: {"APPS": [{"client_id": client, "secret": secret}]} for name, (client, secret) in _LOGINS.items() if client
}
SOCIALACCOUNT_PROVIDERS.setdefault("google", {})["OAUTH_PKCE_ENABLED"] = True

# ── mail ──
EMAIL_BACKEND = _EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = _EMAIL.get("EMAIL_HOST", "")
EMAIL_PORT = _EMAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _EMAIL.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = _EMAIL.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _EMAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _EMAIL.get("EMAIL_FILE_PATH", "")
EMAIL_TIMEOUT = 10
SERVER_EMAIL = parseaddr(DEFAULT_FROM_EMAIL)[1]

# ── browser-side safety ──
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", WEBFLOW_PICTURES_ORIGIN],
        "object-src": [NONE],
        "base-uri": [NONE],
        # Chromium holds a form's redirects to this as well: "Connect Webflow" and "Continue with …" are forms
        "form-action": [
            SELF,
            "{0.scheme}://{0.netloc}".format(urlsplit(WEBFLOW_AUTHORIZE_URL)),
            *(["https://accounts.google.com"] if GOOGLE_CLIENT_ID else []),
            *(["https://github.com"] if GITHUB_CLIENT_ID else []),
        ],
        "frame-ancestors": [NONE],
    }
}

# ── the rest ──
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
SILENCED_SYSTEM_CHECKS: list[str] = []
TEST_RUNNER = "django.test.runner.DiscoverRunner"
PROMETHEUS_EXPORT_MIGRATIONS = False
