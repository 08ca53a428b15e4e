"""What `check --deploy` reports besides Django's own checks. Each has a number, documented in docs/operations.md."""

import json
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import Error, Tags, Warning, register

from newsroom.environment import ESCAPE_HINT

SQLITE = "django.db.backends.sqlite3"


@register(Tags.security, deploy=True)
def check_hosts(app_configs, **kwargs):
    """Report entries of ALLOWED_HOSTS that match nothing, everything, or not what they seem to."""
    messages = []
    for entry in settings.CONFIGURED_HOSTS:
        host = entry.strip()
        if host == "*":
            text = "ALLOWED_HOSTS contains '*': the site answers to any host name and uses it in links."
            messages.append(Warning(text, hint="List the site's host names.", id="newsroom.W001"))
        elif "/" in host or has_port(host):
            text = f"ALLOWED_HOSTS contains {host!r}, which matches no host."
            hint = "Give only the host name, without scheme, port and path: news.example.org."
            messages.append(Error(text, hint=hint, id="newsroom.E001"))
        elif entry != host or not host or any(character.isspace() for character in host):
            text = f"ALLOWED_HOSTS contains {entry!r}, with spaces."
            hint = "Separate names with commas only. Spaces around a name are ignored."
            messages.append(Warning(text, hint=hint, id="newsroom.W002"))
    return messages


def has_port(host: str) -> bool:
    return ":" in host and not (host.startswith("[") and host.endswith("]"))


@register(Tags.security, deploy=True)
def check_site_url(app_configs, **kwargs):
    """Report a site without one URL of its own."""
    if not settings.SITE_URL:
        text = "SITE_URL is not set: canonical URLs and feed ids use the host name of each request."
        return [Warning(text, hint="Set it to the site's URL: https://news.example.org.", id="newsroom.W003")]
    if not settings.SITE_URL.startswith("https://"):
        text = "SITE_URL is not https, but pages are redirected to https."
        return [Warning(text, hint="Give the URL that readers use.", id="newsroom.W004")]
    return []


@register(Tags.security, deploy=True)
def check_proxy(app_configs, **kwargs):
    """Report that it is not known whether a proxy ends TLS."""
    if settings.BEHIND_TLS_PROXY is not None:
        return []
    text = "BEHIND_TLS_PROXY is not set: behind a proxy that ends TLS, every page redirects to itself endlessly."
    hint = "Set it to 1 behind such a proxy, or to 0 if gunicorn has the certificate."
    return [Warning(text, hint=hint, id="newsroom.W005")]


@register(Tags.staticfiles, deploy=True)
def check_static_files(app_configs, **kwargs):
    """Report static files that were not collected."""
    missing = uncollected_files()
    if not missing:
        return []
    text = f"{len(missing)} static files have not been collected, such as {missing[0]}: pages that use them fail."
    return [Error(text, hint="Run manage.py collectstatic --no-input.", id="newsroom.E002")]


def uncollected_files() -> list[str]:
    """Return the names of static files that the manifest in STATIC_ROOT lacks, sorted."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    try:
        collected = json.loads(manifest.read_text(encoding="utf-8"))["paths"]
    except (OSError, ValueError, KeyError, TypeError):
        collected = {}
    files = {name for finder in get_finders() for name, _storage in finder.list([])}
    return sorted(files - set(collected))


@register(Tags.database, deploy=True)
def check_sqlite_path(app_configs, **kwargs):
    """Report an SQLite file whose place depends on the folder the process was started in."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] != SQLITE or Path(database["NAME"]).is_absolute():
        return []
    text = (
        f"The SQLite file {str(database['NAME'])!r} has a relative path: each working directory has its own database."
    )
    hint = "Write sqlite:////srv/newsroom/newsroom.sqlite3, with four slashes, or an absolute DATA_DIR."
    return [Error(text, hint=hint, id="newsroom.E003")]


@register(Tags.security, deploy=True)
def check_url_passwords(app_configs, **kwargs):
    """Report URLs whose password has characters that end it early."""
    text = "The user or password in {} is not percent-encoded."
    return [Error(text.format(name), hint=ESCAPE_HINT, id="newsroom.E004") for name in settings.UNESCAPED_URLS]
