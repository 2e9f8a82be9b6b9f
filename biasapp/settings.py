"""All settings in one file. What an operator changes comes from the environment (names in docs/deployment.md); defaults are safe."""

import hashlib
import os
import secrets
import tempfile
from pathlib import Path

from csp.constants import NONCE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent


def env_str(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def env_bool(name: str, default: bool = False) -> bool:
    value = env_str(name, str(default)).lower()
    if value not in {"1", "true", "yes", "0", "false", "no"}:
        raise ValueError(f"{name} must be true or false, not {value!r}")
    return value in {"1", "true", "yes"}


def env_int(name: str, default: int) -> int:
    value = env_str(name, str(default))
    if not value.isdigit():
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    return int(value)


VAR_DIR = Path(env_str("BIASAPP_VAR", str(BASE_DIR / "var")))
"""Everything that an installation writes: database, model versions, uploads, socket of the model server."""

DEMO = env_bool("BIASAPP_DEMO")
DEBUG = env_bool("BIASAPP_DEBUG")


def secret_key() -> str:
    """The key from the environment, else one made once and kept in VAR_DIR, readable by its owner alone."""
    if key := env_str("BIASAPP_SECRET_KEY"):
        return key
    path = VAR_DIR / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        key = secrets.token_urlsafe(50)
        with os.fdopen(descriptor, "w") as file:
            file.write(key)
        return key


SECRET_KEY = secret_key()
ALLOWED_HOSTS = env_str("BIASAPP_HOSTS", "127.0.0.1,localhost").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in env_str("BIASAPP_ORIGINS").split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_q",
    "axes",
    "csp",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "modeling",
    "feedback",
    "biasapp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "biasapp.sign_in.BackToTheForm",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "biasapp.urls"
WSGI_APPLICATION = "biasapp.wsgi.application"

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
                "csp.context_processors.nonce",
                "biasapp.context.site",
            ],
            "builtins": ["modeling.templatetags.figures"],
        },
    }
]

if env_str("BIASAPP_DB", "sqlite") == "postgresql":
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": env_str("PGDATABASE", "biasapp"),
            "USER": env_str("PGUSER", "biasapp"),
            "PASSWORD": env_str("PGPASSWORD"),
            "HOST": env_str("PGHOST", "127.0.0.1"),
            "PORT": env_str("PGPORT", "5432"),
            "CONN_MAX_AGE": 60,
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "db.sqlite3",
            # Opening it costs a request a fifth of its time, so the web server keeps it open (biasapp/wsgi.py). Nothing else does: the
            # queues fork, and SQLite must not be open across a fork.
            "CONN_MAX_AGE": env_int("BIASAPP_SQLITE_MAX_AGE", 0),
            # IMMEDIATE: a deferred transaction that reads and then writes fails with "database is locked" under WAL (36 % of
            # requests at 16 clients). FULL keeps what was acknowledged through a power cut.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "biasapp.client_address.client_address"
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en-gb"
# Strings of the pages are marked for translation; a language is offered here once its catalogue exists.
LANGUAGES = [("en-gb", "English")]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env_str("BIASAPP_STATIC", str(BASE_DIR / ".static")))
# Libraries that a package ships and a command writes (`build_assets`): never vendored, so git-ignored.
ASSETS_DIR = BASE_DIR / ".assets"
STATICFILES_DIRS = [BASE_DIR / "static", *([ASSETS_DIR] if ASSETS_DIR.is_dir() else [])]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or env_bool("BIASAPP_TESTING")
        else "biasapp.static_files.HashedFiles"
    },
}
# Collecting and compressing is part of the first start: what nobody asks for is neither kept nor compressed.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("png", "ico", "gz", "br", "woff", "woff2", "map", "txt")
WHITENOISE_USE_FINDERS = DEBUG or env_bool("BIASAPP_TESTING")

MODELS_DIR = VAR_DIR / "models"
UPLOADS_DIR = VAR_DIR / "uploads"
MODEL_SERVER_SOCKET = VAR_DIR / "model.sock"
if len(str(MODEL_SERVER_SOCKET)) > 100:  # the system takes 107 characters
    MODEL_SERVER_SOCKET = Path(tempfile.gettempdir()) / f"biasapp-{hashlib.sha256(str(VAR_DIR).encode()).hexdigest()[:16]}.sock"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
IMPORT_MAX_BYTES = env_int("BIASAPP_IMPORT_MAX_BYTES", 4_000_000_000)
"""Most bytes that an import reads after unpacking: a zip bomb stops here."""
IMPORT_MAX_COMMENT_CHARS = env_int("BIASAPP_IMPORT_MAX_COMMENT_CHARS", 20_000)
LOST_AFTER_SECONDS = env_int("BIASAPP_LOST_AFTER", 120)
"""A run without a heart-beat for so long counts as dead. Beats come every ten seconds at least."""
ENCODER = env_str("BIASAPP_ENCODER")
"""A directory or hub id of another encoder; empty: the MiniLM of the pinned package."""
ENGINE = env_str("BIASAPP_ENGINE", "auto")
"""What serves new versions: `auto`, `openvino` (always build and check an engine) or `torch` (never)."""
if ENGINE not in {"auto", "openvino", "torch"}:
    raise ValueError(f"BIASAPP_ENGINE must be auto, openvino or torch, not {ENGINE!r}")

# Seen from outside this machine only behind TLS: secure cookies by default, off for loopback demonstration and debugging.
INSECURE_COOKIES = DEMO or DEBUG or env_bool("BIASAPP_TESTING")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not INSECURE_COOKIES
SECURE_SSL_REDIRECT = env_bool("BIASAPP_SSL_REDIRECT", not INSECURE_COOKIES)
SECURE_REDIRECT_EXEMPT = [r"^health/$"]  # asked over plain HTTP from this machine
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_bool("BIASAPP_BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 0 if INSECURE_COOKIES else 31_536_000
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "frame-ancestors": ["'none'"],
        "base-uri": [SELF],
        "form-action": [SELF],
        "object-src": ["'none'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["biasapp.api_limits.JSONBody"],
    # OPTIONS is no way to read the API's description; the schema is.
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "biasapp.api_limits.Page",
    "PAGE_SIZE": 100,
    # The API speaks JSON only; `format` is an ordinary parameter of the export.
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "biasapp.api.handle_exception",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "biasapp",
    "DESCRIPTION": "Import comments, claim and submit annotations, run retraining cycles, score texts, export.\n\n"
    "`manage.py create_token NAME` prints a token; send it as `Authorization: Token ...`. Who is signed in on the site needs none here.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    # No validator: Swagger UI would send the schema's address to a server of its makers.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "WorkState": "modeling.models.WorkState",
        "CycleState": "modeling.models.RetrainingCycle.State",
        "RoundState": "feedback.models.AnnotationRound.State",
        "RoundKind": "feedback.models.AnnotationRound.Kind",
        "SamplingStrategy": "feedback.models.SamplingStrategy",
        "JoiningMethod": "feedback.models.JoiningMethod",
        "Level": "modeling.labels.LEVELS",
        "PairVerdict": "modeling.models.CounterfactualPair.Verdict",
        "VariantKind": ["swap", "ablation", "edit"],
        "VerdictEnum": ["correct", "incorrect", "unsure"],
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "biasapp.api.document_errors"],
}

# Truth about a job is our own row; the queue only carries it. Why each of these differs from django-q2's defaults:
# - ORM broker: the Redis broker loses a task when its worker is killed.
# - timeout/retry: the lock of a task starts when the pusher prefetches it, so `retry` must exceed timeout x (prefetched + 1);
#   the defaults (no timeout, retry 60 s) run every long task several times.
# - queue_limit 1, bulk 1: prefetch as little as possible, for the same reason.
# - max_attempts 1 + ack_failures: a failed task is done with; what to do about it is decided by our row (lifecycle.fail_lost).
# - catch_up False: missed schedules are not run in a burst.
# Two clusters: a cycle of minutes must not hold up an import or an explanation.
Q_CLUSTER = {
    "name": "default",
    "label": "Jobs",
    "orm": "default",
    "workers": 1,
    "queue_limit": 1,
    "bulk": 1,
    "poll": 0.5,
    "timeout": 3600,
    "retry": 14_400,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 1000,
    "recycle": 100,
    "log_level": "WARNING",
    "sync": env_bool("BIASAPP_SYNC_QUEUE"),
    "ALT_CLUSTERS": {
        "train": {
            "workers": 1,
            "queue_limit": 1,
            "bulk": 1,
            "timeout": 21_600,
            "retry": 86_400,
            "max_attempts": 1,
            "ack_failures": True,
            "recycle": 100,
        }
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env_str("BIASAPP_LOG_LEVEL", "WARNING")},
}
