"""Settings: defaults are safe for a laptop, others come from the environment (docs/operations.md)."""

import mimetypes
import os
from datetime import timedelta
from urllib.parse import urlsplit

from django.urls import reverse_lazy
from environs import validate

from desk.theme import unfold_settings
from newsroom.environment import (
    BASE_DIR,
    DEVELOPMENT,
    PRODUCTION,
    Environment,
    development_secret_key,
    has_unescaped_password,
    strip_each,
    validate_contact,
    validate_networks,
    validate_policies,
    validate_redis_url,
    validate_site_url,
    validate_time_zone,
)
from newsroom.private_files import make_database_private, make_folder_private
from newsroom.security import READER_CSP

env = Environment()

NEWSROOM_ENV = env.str("NEWSROOM_ENV", DEVELOPMENT, validate=validate.OneOf([DEVELOPMENT, PRODUCTION]))
IS_PRODUCTION = NEWSROOM_ENV == PRODUCTION
DEBUG = env.bool("DEBUG", False)
# `make run` turns it on.
RELOAD_TEMPLATES = env.bool("RELOAD_TEMPLATES", DEBUG)
DATA_DIR = env.path("DATA_DIR", BASE_DIR / "var")
SECRET_KEY = env.str("SECRET_KEY", "")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
SITE_URL = env.str("SITE_URL", "", validate=validate_site_url)
CONFIGURED_HOSTS = env.list("ALLOWED_HOSTS", [] if IS_PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
# None means not set, which `check --deploy` reports.
BEHIND_TLS_PROXY = env.bool("BEHIND_TLS_PROXY", None)
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 1 if BEHIND_TLS_PROXY else 0, validate=validate.Range(min=0, max=10))
HSTS_SECONDS = env.int("HSTS_SECONDS", 31_536_000, validate=validate.Range(min=0))
HSTS_PRELOAD = env.bool("HSTS_PRELOAD", False)
LOGIN_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", 5, validate=validate.Range(min=1, max=1000))
LOGIN_LOCKOUT_MINUTES = env.int("LOGIN_LOCKOUT_MINUTES", 15, validate=validate.Range(min=1, max=10_080))
LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]))
DATABASE = env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR}/newsroom.sqlite3")
REDIS_URL = env.str("REDIS_URL", "", validate=validate_redis_url)
SITE_NAME = env.str("SITE_NAME", "Newsroom", validate=validate.Length(min=1, max=60))
SECURITY_CONTACT = env.str("SECURITY_CONTACT", "", validate=validate_contact)
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
SITE_LANGUAGE = env.str("SITE_LANGUAGE", "en", validate=validate.OneOf([code for code, _name in LANGUAGES]))
TIME_ZONE = env.str("TIME_ZONE", "UTC", validate=validate_time_zone)
# A story that is this much older than another needs twice its heat for the same rank (docs/ranking.md).
RANK_HALF_LIFE_HOURS = env.float("RANK_HALF_LIFE_HOURS", 12.0, validate=validate.Range(min=0.1, max=8760))
IMPORT_MAX_DOCUMENT_BYTES = env.int("IMPORT_MAX_DOCUMENT_BYTES", 1_048_576, validate=validate.Range(min=1024))
IMPORT_MAX_ARCHIVE_BYTES = env.int("IMPORT_MAX_ARCHIVE_BYTES", 4 * 1024**3, validate=validate.Range(min=1024))
# The shares of the published stories that one import may unpublish, change, or redate by more than a day. An import
# beyond these limits is held for approval, but never for IMPORT_HOLD_LEAST stories or fewer.
IMPORT_HOLD_UNPUBLISHED = env.float("IMPORT_HOLD_UNPUBLISHED", 0.05, validate=validate.Range(min=0, max=1))
IMPORT_HOLD_CHANGED = env.float("IMPORT_HOLD_CHANGED", 0.5, validate=validate.Range(min=0, max=1))
IMPORT_HOLD_REDATED = env.float("IMPORT_HOLD_REDATED", 0.1, validate=validate.Range(min=0, max=1))
IMPORT_HOLD_LEAST = env.int("IMPORT_HOLD_LEAST", 20, validate=validate.Range(min=0))
# Which side wins if upstream and the desk both change a field (articles/importing/policies.py), and what happens to
# published stories that upstream marks as removed.
IMPORT_POLICIES = env.json("IMPORT_POLICIES", {}, validate=validate_policies)
IMPORT_REMOVED = env.str("IMPORT_REMOVED", "ask", validate=validate.OneOf(["withdraw", "ask", "ignore"]))
# Added to a story's quality for each related item, in the heat that the desk suggests.
HEAT_PER_RELATED = env.int("HEAT_PER_RELATED", 20, validate=validate.Range(min=0, max=1000))
IMPORT_MAX_UPLOAD_BYTES = env.int("IMPORT_MAX_UPLOAD_BYTES", 512 * 1024**2, validate=validate.Range(min=1024))
IMPORT_KEEP_UPLOADS_DAYS = env.int("IMPORT_KEEP_UPLOADS_DAYS", 14, validate=validate.Range(min=0, max=3650))
# Retention of the records of imports, in days; 0 means forever (articles/importing/retention.py).
IMPORT_KEEP_UNCHANGED_DAYS = env.int("IMPORT_KEEP_UNCHANGED_DAYS", 7, validate=validate.Range(min=0, max=36500))
IMPORT_KEEP_SNAPSHOTS_DAYS = env.int("IMPORT_KEEP_SNAPSHOTS_DAYS", 30, validate=validate.Range(min=0, max=36500))
IMPORT_KEEP_BATCHES_DAYS = env.int("IMPORT_KEEP_BATCHES_DAYS", 365, validate=validate.Range(min=0, max=36500))
# Networks, in CIDR notation, whose addresses may be fetched from although they are private (newsroom/fetching).
FETCH_ALLOW_NETWORKS: list[str] = env.list("FETCH_ALLOW_NETWORKS", [], validate=validate_networks)
# Whether pictures are downloaded after each import. On a laptop, `manage.py fetch_pictures` does it.
PICTURES_FETCH = env.bool("PICTURES_FETCH", IS_PRODUCTION)
# The location of nginx from which it sends the files of pictures (X-Accel-Redirect); empty: this process sends them.
PICTURES_ACCEL_PREFIX = env.str("PICTURES_ACCEL_PREFIX", "")
# An S3-compatible bucket for pictures in place of MEDIA_ROOT. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are the key.
S3_BUCKET = env.str("S3_BUCKET", "")
S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", "")
S3_REGION = env.str("S3_REGION", "")
S3_PREFIX = env.str("S3_PREFIX", "")
# What to cache of the reader site: pages and cards, only cards, or nothing. Never stale (docs/architecture.md).
READER_CACHE = env.str("READER_CACHE", "pages", validate=validate.OneOf(["pages", "cards", "off"]))
# Where background tasks run (docs/decisions/0006-background-tasks.md).
TASKS_BACKENDS = {
    "thread": "newsroom.tasks.ThreadBackend",
    "immediate": "django_tasks.backends.immediate.ImmediateBackend",
    "database": "django_tasks_db.DatabaseBackend",
}
DEFAULT_TASKS_BACKEND = "database" if IS_PRODUCTION else "thread"
TASKS_BACKEND = env.str("TASKS_BACKEND", DEFAULT_TASKS_BACKEND, validate=validate.OneOf(list(TASKS_BACKENDS)))

if IS_PRODUCTION and not SECRET_KEY:
    env.refuse("SECRET_KEY", "Required in production. Set it to a long random text.")
if IS_PRODUCTION and DEBUG:
    env.refuse("DEBUG", "Must be off in production, as error pages would show source code to readers.")
if IS_PRODUCTION and not CONFIGURED_HOSTS and not SITE_URL:
    env.refuse("ALLOWED_HOSTS", "Required in production. List the site's host names.")
env.raise_if_invalid()

# The origin and the path prefix of the site's URLs. A prefix in a request is ignored, because it would be added to
# every link of a page.
SITE_ORIGIN, FORCE_SCRIPT_NAME = "", ""
ALLOWED_HOSTS, SECRET_KEY_FALLBACKS, CSRF_TRUSTED_ORIGINS, FETCH_ALLOW_NETWORKS = (
    strip_each(values)
    for values in (CONFIGURED_HOSTS, SECRET_KEY_FALLBACKS, CSRF_TRUSTED_ORIGINS, FETCH_ALLOW_NETWORKS)
)
if SITE_URL:
    split_url = urlsplit(SITE_URL.rstrip("/"))
    SITE_ORIGIN, FORCE_SCRIPT_NAME = f"{split_url.scheme}://{split_url.netloc}".lower(), split_url.path
    site_host = split_url.hostname or ""
    site_host = f"[{site_host}]" if ":" in site_host else site_host
    ALLOWED_HOSTS += [site_host] if site_host not in ALLOWED_HOSTS else []
# For newsroom/deploy_checks.py: names only, so that no setting except DATABASES contains a password.
UNESCAPED_URLS = [name for name in ("DATABASE_URL", "REDIS_URL") if has_unescaped_password(os.environ.get(name, ""))]

if not SECRET_KEY:
    SECRET_KEY = development_secret_key(DATA_DIR)

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "desk.apps.AdminSiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "taggit",
    "django_tasks",
    "django_tasks_db",
    "axes",
    "newsroom.apps.NewsroomConfig",
    "providers",
    "articles",
    "pictures.apps.PicturesConfig",
    "reader",
    "desk.apps.DeskConfig",
]
if not IS_PRODUCTION:
    # Its only command adds invented stories, and accounts whose passwords it prints.
    INSTALLED_APPS += ["demo"]

MIDDLEWARE = [
    # First, because cached pages already have the headers of the others.
    "reader.page_cache.PageCacheMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "newsroom.hosts.CanonicalHostMiddleware",
    "csp.middleware.CSPMiddleware",
    "newsroom.security.PermissionsPolicyMiddleware",
    # Before every middleware that checks the host.
    "newsroom.health.HealthMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Before the body is read: the CSRF check, in `process_view`, reads it first.
    "newsroom.body_limits.BodyLimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "newsroom.passwords.PasswordQueueMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "newsroom.urls"
WSGI_APPLICATION = "newsroom.wsgi.application"

TEMPLATES = [
    {
        "NAME": "reader",
        "BACKEND": "reader.template_environment.ReaderTemplates",
        "DIRS": [BASE_DIR / "templates" / "reader"],
        "APP_DIRS": False,
        "OPTIONS": {"context_processors": ["reader.context_processors.site"]},
    },
    {
        "NAME": "desk",
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

make_folder_private(DATA_DIR)
DATABASES = {"default": DATABASE}
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    # Writers wait for each other instead of failing midway, and readers never wait for writers.
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            # For imports: a page cache of 16 MiB, and a checkpoint after 64 MiB instead of 4.
            "PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=16384;"
        ),
    }
    make_database_private(DATABASE["NAME"])
else:
    DATABASE |= {"CONN_HEALTH_CHECKS": True}
# Opening a connection for each request takes as long as a page's queries, on SQLite too.
DATABASE["CONN_MAX_AGE"] = 600

CACHES = {
    "default": (
        {"BACKEND": "newsroom.redis_cache.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "newsroom"}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 3000}}
    )
}

# Where names are looked up, a `newsroom.fetching.network.Resolver`. Tests replace it.
FETCH_RESOLVER = "newsroom.fetching.network.system_addresses"

TASKS = {"default": {"BACKEND": TASKS_BACKENDS.get(TASKS_BACKEND)}}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_VALIDATORS = {
    "UserAttributeSimilarityValidator": {},
    "MinimumLengthValidator": {"min_length": 12},
    "CommonPasswordValidator": {},
    "NumericPasswordValidator": {},
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in PASSWORD_VALIDATORS.items()
]
PASSWORD_HASHERS = ["newsroom.passwords.QueuedPBKDF2PasswordHasher"]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Failed sign-ins are counted by newsroom/sign_in.py, which reads LOGIN_FAILURE_LIMIT.
AXES_HANDLER = "newsroom.sign_in.FailureCounter"
AXES_FAILURE_LIMIT = LOGIN_FAILURE_LIMIT
AXES_COOLOFF_TIME = timedelta(minutes=LOGIN_LOCKOUT_MINUTES)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "newsroom.sign_in.client_network"
AXES_CLIENT_STR_CALLABLE = "newsroom.sign_in.describe_client"
AXES_LOCKOUT_CALLABLE = "newsroom.sign_in.lockout_response"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
CSRF_FAILURE_VIEW = "newsroom.errors.csrf_failure"
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

LANGUAGE_CODE = SITE_LANGUAGE
# The first wins. makemessages collects texts into the first alone.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "desk" / "theme_texts"]
USE_I18N = True
USE_TZ = True

STATIC_URL = f"{FORCE_SCRIPT_NAME}/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = f"{FORCE_SCRIPT_NAME}/media/"
MEDIA_ROOT = DATA_DIR / "media"
# Python knows these types only from release to release; feeds and the view of pictures need them.
mimetypes.add_type("image/webp", ".webp")
mimetypes.add_type("image/avif", ".avif")
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
WHITENOISE_AUTOREFRESH = not IS_PRODUCTION
STORAGES = {
    # Readable by the group, of which the web server in front is a member.
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o640, "directory_permissions_mode": 0o750},
    },
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if IS_PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
    # Not in the media folder, which the desk can see: documents contain data that readers must not see.
    "imports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": DATA_DIR / "imports",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
}
PICTURE_BUCKET = {
    "bucket_name": S3_BUCKET,
    "endpoint_url": S3_ENDPOINT_URL or None,
    "region_name": S3_REGION or None,
    "location": S3_PREFIX,
    # Private: readers get pictures from our URLs, which know what was withdrawn.
    "default_acl": None,
    "file_overwrite": True,
}
if S3_BUCKET:
    STORAGES["default"] = {"BACKEND": "pictures.storages.PictureBucket", "OPTIONS": PICTURE_BUCKET}
# Uploads of any size are written to disk as they arrive; those beyond the limits are not written.
FILE_UPLOAD_HANDLERS = [
    "articles.importing.sources.uploads.UploadLimit",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FILES = 1000
# A story may have 500 related stories with nine form fields each; newsroom/errors.py explains a larger form.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
# The largest Content-Length for users who are not signed in; larger bodies are not read.
ANONYMOUS_MAX_BODY_BYTES = 1_048_576
# The largest Content-Length of a story's page with pictures; each of them may have 10 MiB (pictures/decoding.py).
PICTURES_MAX_UPLOAD_BYTES = 67_108_864

CONTENT_SECURITY_POLICY = {"DIRECTIVES": READER_CSP}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_PRODUCTION
if IS_PRODUCTION:
    SECURE_HSTS_SECONDS = HSTS_SECONDS
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = HSTS_PRELOAD
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
# Preloading is hard to undo, so it is optional (HSTS_PRELOAD), and its absence is not reported.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
if BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}

UNFOLD = unfold_settings(SITE_NAME)
