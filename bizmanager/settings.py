"""One settings file. With no environment at all everything runs on a laptop; DEBUG=0 asks for the rest."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

import environ

from bizmanager.factors import MFA_FORMS  # noqa: F401 - settings are what stands here
from bizmanager.keys import made_up
from bizmanager.logs import logging_config
from bizmanager.rest import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401 - settings are what stands here

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=True)
TESTING = "pytest" in sys.modules
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
PORT = env.int("PORT", default=8000)
EMULATOR_PORT = env.int("EMULATOR_PORT", default=8001)
SITE_URL = env("SITE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
DEMO = env.bool("DEMO", default=DEBUG)
OPEN_SIGNUP = env.bool("OPEN_SIGNUP", default=False)
INVITATION_HOURS = env.int("INVITATION_HOURS", default=24)

# A made-up key is fine on a laptop; a deployment has to bring its own.
SECRET_KEY = env("SECRET_KEY", default="") or (
    made_up(DATA_DIR / "keys", "secret_key", "secret") if DEBUG else ""
)
ENCRYPTION_KEYS = env("ENCRYPTION_KEYS", default="") or (
    made_up(DATA_DIR / "keys", "encryption_keys", "ring") if DEBUG else ""
)
if not SECRET_KEY or not ENCRYPTION_KEYS:
    raise environ.ImproperlyConfigured("Set SECRET_KEY and ENCRYPTION_KEYS, or DEBUG=1 for a demonstration.")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or [urlsplit(SITE_URL).hostname or "localhost"]
if DEBUG:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "template_partials",
    "users",
    "organizations",
    "linking",
    "resources",
    "audiences",
    "bizmanager",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "users.middleware.NulMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "users.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "users.middleware.SessionsMiddleware",
    "users.middleware.PreferencesMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "bizmanager.fetchsite.FetchSiteMiddleware",
    "bizmanager.errors.DomainErrorMiddleware",
]

ROOT_URLCONF = "bizmanager.urls"
WSGI_APPLICATION = "bizmanager.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "organizations.context_processors.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "organizations.templatetags.console",
                "linking.templatetags.names",
            ],
        },
    }
]

# --- data ---

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
if TESTING and env("TEST_DATABASE_URL", default=""):
    DATABASES = {"default": env.db("TEST_DATABASE_URL")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL, and the write lock taken at the start: two writers queue instead of failing.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    # A dropped packet must end in an error within seconds, not hang a worker for ever.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 5000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
    }
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}}
if TESTING:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

STORAGE_URL = env("STORAGE_URL", default=f"file://{DATA_DIR / 'storage'}")
STORAGE_DIR = Path(urlsplit(STORAGE_URL).path)
UPLOAD_MAX_BYTES = 1024**3
FILE_UPLOAD_HANDLERS = ["organizations.storage.SealedUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- who is logged in ---

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "users.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "users.forms.SignupForm"
# Approvers read a person's address as a fact, so nobody gets in before it is proved.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
# Beside the library's own limits: nobody fills a stranger's mailbox with codes.
ACCOUNT_RATE_LIMITS = {"confirm_email": "1/10s/key,10/h/key"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
MFA_ADAPTER = "organizations.second_factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "bizmanager.errors.form_expired"

# --- headers ---

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if not DEBUG else None
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
if not DEBUG:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
PERMISSIONS_POLICY = {key: list[str]() for key in ["camera", "geolocation", "microphone", "payment", "usb"]}

# --- languages, time, files ---

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hant", "繁體中文"), ("ja", "日本語"), ("th", "ไทย")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = env("TZ_DEFAULT", default="Asia/Taipei")

STATIC_URL = "/static/"
STATIC_ROOT = None if DEBUG else Path(env("STATIC_ROOT", default=str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
if not DEBUG:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

EMAIL_URL = env("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="console@manager.example")

# --- background work ---

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_ROUTES = {
    "audiences.tasks.tick": {"queue": "tick"},
    "audiences.tasks.plan": {"queue": "plan"},
    "audiences.tasks.send": {"queue": "send"},
    "resources.tasks.work_bulk": {"queue": "plan"},
    "audiences.tasks.mirror": {"queue": "mirror"},
    "organizations.tasks.deliver": {"queue": "mail"},
}
CELERY_BEAT_SCHEDULE = {"tick": {"task": "audiences.tasks.tick", "schedule": 2.0, "options": {"expires": 2}}}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# --- talking to LINE ---

LINE_ADS_BASE_URL = env(
    "LINE_ADS_BASE_URL", default=f"http://127.0.0.1:{EMULATOR_PORT}" if DEBUG else "https://ads.line.me"
).rstrip("/")
LINE_ADS_REQUESTS_PER_SECOND = env.float("LINE_ADS_REQUESTS_PER_SECOND", default=5.0 if DEBUG else 2.0)
MIRROR_MINUTES = env.float("MIRROR_MINUTES", default=15.0)

# A lower app reaches a higher one only through these dotted paths; a test pins them.
LINK_ENDED = [
    "resources.services.end_shares",
    "resources.share_answers.end_requests",
    "audiences.services.stop_feeding",
]
RESOURCE_ENDED = ["audiences.leftovers.stop_feeding"]
ORGANIZATION_LINKED = ["linking.services.was_ever_linked"]
ORGANIZATION_CHANGED = ["linking.reviews.consider_links"]
ORGANIZATION_DELETED = ["linking.services.forget_organization"]
OVERVIEW = [
    "linking.services.overview",
    "audiences.services.overview",
    "resources.services.overview",
    "resources.share_requests.overview",
]
MENU_COUNTS = {"linking:request-list": "organizations.menus.waiting_in_inbox"}
INBOXES = {
    "linking:request-list": "linking.services.waiting_requests",
    "resources:share-requests": "resources.share_requests.waiting_requests",
}
INVITED = "organizations.invited_views.invitation_of"
SIGN_IN_CHANGED = "organizations.sign_in_notices.tell"
MAIL_TO_ADDRESS = "organizations.outbox.tell_address"
INSTALLATION_COUNTS = {
    "linking:organization-reviews": "linking.services.organizations_in_review",
    "linking:link-reviews": "linking.services.links_in_review",
    "linking:applications": "linking.services.applications_waiting",
}
IMPACTS = ["resources.services.impacts", "resources.tags.impacts"]
IMPACTS += ["audiences.services.impacts", "audiences.leftovers.impacts"]
REFRESHING = {"organization": "audiences.mirrors.of_organization", "link": "audiences.mirrors.of_link"}

LOGGING = logging_config(json=not DEBUG)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"
