"""Checks that `check --deploy` runs besides Django's own. docs/operations.md documents them by their ids."""

import json
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from newsroom.environment import ESCAPE_HINT

# Addresses of this machine, and those at which clouds give credentials to their virtual machines.
THIS_MACHINE_AND_METADATA = [ip_address(text) for text in ("127.0.0.1", "::1", "169.254.169.254", "fd00:ec2::254")]
SQLITE = "django.db.backends.sqlite3"


@register(Tags.security, deploy=True)
def check_hosts(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Report entries of ALLOWED_HOSTS that match no host, any host, or other hosts than they seem to."""
    messages: list[CheckMessage] = []
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
def check_site_url(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Report a SITE_URL that is missing or not https."""
    if not settings.SITE_URL:
        text = "SITE_URL is not set: canonical URLs and feed ids use the host name of each request."
        return [Warning(text, hint="Set it to the site's URL: https://news.example.org.", id="newsroom.W003")]
    if not settings.SITE_URL.startswith("https://"):
        text = "SITE_URL is not https, but pages are redirected to https."
        return [Warning(text, hint="Give the URL that readers use.", id="newsroom.W004")]
    return []


@register(Tags.security, deploy=True)
def check_proxy(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Report that BEHIND_TLS_PROXY is not set."""
    if settings.BEHIND_TLS_PROXY is not None:
        return []
    text = "BEHIND_TLS_PROXY is not set: behind a proxy that ends TLS, every page redirects to itself endlessly."
    hint = "Set it to 1 behind such a proxy, or to 0 if gunicorn has the certificate."
    return [Warning(text, hint=hint, id="newsroom.W005")]


@register(Tags.staticfiles, deploy=True)
def check_static_files(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
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
def check_sqlite_path(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Report an SQLite file whose path depends on the working directory of the process."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] != SQLITE or Path(database["NAME"]).is_absolute():
        return []
    text = (
        f"The SQLite file {str(database['NAME'])!r} has a relative path: each working directory has its own database."
    )
    hint = "Write sqlite:////srv/newsroom/newsroom.sqlite3, with four slashes, or an absolute DATA_DIR."
    return [Error(text, hint=hint, id="newsroom.E003")]


@register(Tags.security, deploy=True)
def check_url_passwords(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Report URLs with a password that contains unescaped delimiters, which would end it early."""
    text = "The user or password in {} is not percent-encoded."
    return [Error(text.format(name), hint=ESCAPE_HINT, id="newsroom.E004") for name in settings.UNESCAPED_URLS]


@register(Tags.security, deploy=True)
def check_fetch_networks(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Report networks of FETCH_ALLOW_NETWORKS that open what nothing should be fetched from."""
    messages: list[CheckMessage] = []
    for text in settings.FETCH_ALLOW_NETWORKS:
        network = ip_network(text)
        if network.prefixlen == 0:
            problem = f"FETCH_ALLOW_NETWORKS contains {text}: downloads may reach every private network."
            messages.append(Error(problem, hint="List only the networks of your intranet.", id="newsroom.E005"))
        elif any(place.version == network.version and place in network for place in THIS_MACHINE_AND_METADATA):
            problem = (
                f"FETCH_ALLOW_NETWORKS contains {text}: downloads may reach this machine or a cloud's credentials."
            )
            messages.append(Warning(problem, hint="List only the networks of your intranet.", id="newsroom.W006"))
    return messages
