"""One file for every place the site runs in. Four settings come from the environment:

SECRET_KEY    long and secret; required
DATABASE_URL  "sqlite:///path" or "postgresql://user:password@host/name"; by default a file in var/
SITE_URL      the address that people type; https turns on everything that needs it
TIME_ZONE     the clinic's, such as America/Chicago; "today" on a checklist is the date there

What is missing or wrong stops the start with one sentence that says what to do.
"""

import os
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dj_database_url
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

try:
    SECRET_KEY = os.environ["SECRET_KEY"]
except KeyError:
    raise SystemExit(
        "Set SECRET_KEY to a long random text, and keep it secret. `make run` makes one in var/secret-key."
    ) from None

SITE_URL = os.environ.get("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(SITE_URL)
if _site.scheme not in ("http", "https") or not _site.hostname:
    raise SystemExit(f"SITE_URL is {SITE_URL!r}. Set it to an address such as https://infusion.example.org")
HTTPS = _site.scheme == "https"

DEBUG = False
# The site stands at the root of its host, whatever a header says: pages are kept by their path.
FORCE_SCRIPT_NAME = ""
ALLOWED_HOSTS = [_site.hostname, "127.0.0.1", "localhost", "[::1]"]
ROOT_URLCONF = "msinfusion.urls"
WSGI_APPLICATION = "msinfusion.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "accounts.apps.StaffConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "csp",
    "django_htmx",
    "template_partials",
    "simple_history",
    "accounts.apps.AccountsConfig",
    "therapies",
    "visits",
]

MIDDLEWARE = [
    "msinfusion.headers.headers",  # first, as are the next two: what they add stands on errors of all others
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "msinfusion.rates.Rates",
    "axes.middleware.AxesMiddleware",
]

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
    },
]
FORM_RENDERER = "msinfusion.forms.FormRenderer"

DATABASES = {
    "default": dj_database_url.parse(os.environ.get("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'msinfusion.sqlite3'}")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Readers never wait for a writer (WAL), and a writer takes its lock at once instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
    }
    DATABASES["default"]["CONN_MAX_AGE"] = None
else:
    # A database that is away is noticed in 2 seconds, so that pages already published go on being served.
    DATABASES["default"]["OPTIONS"] = {"pool": {"timeout": 2}, "connect_timeout": 2}

LANGUAGE_CODE = "en-us"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "msinfusion.formats"
TIME_ZONE = os.environ.get("TIME_ZONE", "America/New_York")
try:
    ZoneInfo(TIME_ZONE)
except (ZoneInfoNotFoundError, ValueError):
    raise SystemExit(f"TIME_ZONE is {TIME_ZONE!r}. Set it to a zone such as America/Chicago.") from None
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ROOT = BASE_DIR / "static" / "root"  # what browsers look for at the root: the icon, after all that shows
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site uses our files
STORAGES = {"staticfiles": {"BACKEND": "msinfusion.storage.OneSheetStorage"}}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Staff's sign-in. Wrong passwords are counted for each name and address: five, then a quarter of an hour for that pair alone,
# so that nobody can lock out a colleague from elsewhere. Who guesses from many addresses still needs the second step.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # it ends when the page says so
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "accounts.views.locked"
AXES_CLIENT_IP_CALLABLE = "msinfusion.rates.address_for_axes"
AXES_DISABLE_ACCESS_LOG = True  # nothing is kept of who signed in when; what they changed is in the history
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
OTP_TOTP_ISSUER = "MS Infusion"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Half an hour without a sign of the person, or a closed window, and somebody has to sign in anew. Typing is a sign: staff.js.
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no cookie of its own, for the whole site
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/admin/"
# Names of our own: a cookie that another site on this host has set must not make us answer readers with cookies.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "msinfusion-session", "msinfusion-csrf"
CSRF_FAILURE_VIEW = "therapies.views.forbidden"
SECURE_SSL_REDIRECT = HTTPS
SECURE_SSL_HOST = _site.netloc if HTTPS else None
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The one script that stands in pages themselves, so that nothing on them waits for one more file. Its hash allows it.
LATE_SCRIPT = b64encode(sha256((BASE_DIR / "templates" / "late.js").read_bytes()).digest()).decode()
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, f"'sha256-{LATE_SCRIPT}'"],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# A form here is a few hundred bytes: more is a mistake or an attack, and ends in a clear 400.
DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_HANDLERS: list[str] = []  # nobody sends files here

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    # The address of a kept visit is a secret: no line of ours holds it.
    "filters": {"secrets": {"()": "msinfusion.logs.Secrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "axes": {"level": "WARNING"},
    },
}
