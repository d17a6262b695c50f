"""One file for every place the site runs in. Four settings come from the environment:

SECRET_KEY    long and secret; required
DATABASE_URL  "sqlite:///path" or "postgresql://user:password@host/name"; by default a file in var/
SITE_URL      the address that people type; https turns on everything that needs it
TIME_ZONE     the clinic's, such as America/Chicago; "today" on a checklist is the date there

What is missing or wrong stops the start with one sentence that says what to do.
"""

import contextlib
import os
import re
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import dj_database_url
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

SITE_URL = os.environ.get("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
if not re.fullmatch(r"https?://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:[0-9]{1,5})?", SITE_URL):
    raise SystemExit(
        f"SITE_URL is {SITE_URL!r}. Set it to the address that people type, in small letters and without a path, such as "
        "https://infusion.example.org"
    )
_site = urlsplit(SITE_URL)
HTTPS = _site.scheme == "https"
# Tried out on one machine, where nobody else reaches it: any key will do, and a password is enough for the admin.
LOCAL = _site.hostname in ("127.0.0.1", "localhost", "::1") and not HTTPS
SECOND_STEP = not LOCAL

SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY or (not LOCAL and (len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5)):
    raise SystemExit(
        "Set SECRET_KEY to a random text of 50 characters or more, and keep it secret. This makes one: "
        "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )

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
    "msinfusion",
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
    "accounts.presence.presence",
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


def database(url: str) -> dict[str, Any]:
    """The settings of a database from its address, which may hold a password and is repeated to nobody. Ends the program,
    with a sentence, where nothing can be kept there."""
    try:
        found: dict[str, Any] = {**dj_database_url.parse(url)}
    except ValueError:
        found = {}
    engine, name = found.get("ENGINE"), str(found.get("NAME", ""))
    if engine == "django.db.backends.postgresql" and name:
        # A database that is away is noticed in 2 seconds, so that pages already published go on being served. Connections
        # are tried before use, and made again within seconds, so that all heals by itself when it is back.
        own = {"pool": {"timeout": 2, "reconnect_timeout": 5}, "connect_timeout": 2}
        found["OPTIONS"] = found.get("OPTIONS", {}) | own
        found["CONN_HEALTH_CHECKS"] = True
        return found
    if engine != "django.db.backends.sqlite3" or name == ":memory:":
        raise SystemExit(
            "DATABASE_URL can't be read. Set it to sqlite:///path/to/file or postgresql://user:password@host/name, with "
            "signs such as @ and / in a password written as %40 and %2F."
        )
    path = Path(name)
    if path.is_dir() or not path.parent.is_dir():
        raise SystemExit(
            f"DATABASE_URL names {name}, where no database can be. Make the folder {path.parent}, or name a file in "
            "a folder that is there."
        )
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise SystemExit(
            f"DATABASE_URL names {name}, which this user can't write. Give the folder {path.parent} and all in it "
            "to the user that runs the site (chown -R)."
        )
    # Readers never wait for a writer (WAL), and a writer takes its lock at once instead of failing half-way.
    found["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
    }
    found["CONN_MAX_AGE"] = None
    return found


DATABASE_URL = os.environ.get("DATABASE_URL", "")
if not DATABASE_URL:
    with contextlib.suppress(OSError):  # where this fails, the sentence above says so
        VAR_DIR.mkdir(exist_ok=True)
    DATABASE_URL = f"sqlite:///{quote(str(VAR_DIR / 'msinfusion.sqlite3'))}"
DATABASES = {"default": database(DATABASE_URL)}
# What was published last, for a process that starts while the database is away: beside a database in a file, else in var/.
_in_file = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
RESERVE: Path | None = (Path(DATABASES["default"]["NAME"]).parent if _in_file else VAR_DIR) / "reserve"

LANGUAGE_CODE = "en-us"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "msinfusion.formats"
TIME_ZONE = os.environ.get("TIME_ZONE", "America/New_York")
try:
    ZoneInfo(TIME_ZONE)
except (KeyError, ValueError, OSError):
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
# Half an hour without a sign of the person, or a closed window, and somebody has to sign in anew. Typing is a sign: typing.js.
SESSION_COOKIE_AGE = 30 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True  # as the session, which Django hides by itself: no script of ours reads either
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
# The scripts that stand in pages themselves, so that nothing on them waits for one more file. Their hashes allow them.
INLINE = [BASE_DIR / "templates" / name for name in ("late.js", "visits/htmx.js")]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [
            SELF,
            *(f"'sha256-{b64encode(sha256(script.read_bytes()).digest()).decode()}'" for script in INLINE),
        ],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],  # the icon stands in the page, so that it asks for one file less
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
    "formatters": {"line": {"()": "msinfusion.logs.Line"}},
    # The address of a kept visit is a secret: no line of ours holds it.
    "filters": {"secrets": {"()": "msinfusion.logs.Secrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "gunicorn.error": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "gunicorn.http": {"level": "ERROR"},  # it would tell of every HEAD request
        "psycopg.pool": {"level": "ERROR"},  # and of every connection that it gives
        "axes": {"level": "WARNING"},
    },
}
