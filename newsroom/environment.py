"""Settings from environment variables: reading, validation, and former names."""

import os
import re
import secrets
import warnings
from collections.abc import Iterable, Mapping, MutableMapping
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvValidationError, ValidationError

BASE_DIR = Path(__file__).resolve().parent.parent
DEVELOPMENT = "development"
PRODUCTION = "production"
# Characters that RFC 3986 does not allow in the part of a URL before the "@".
UNESCAPED = re.compile(r"[/?#\[\]@\s]|%(?![0-9A-Fa-f]{2})")

NOT_IN_SITE_URL = re.compile(r"[@?#%\\\s]|//")
# {former name: new name} of settings renamed since the last release; the former name works for one more release.
RENAMED: dict[str, str] = {}
# The values of articles.choices.MergePolicy, which settings cannot import.
MERGE_POLICIES = ("ask", "desk", "until_desk")
ESCAPE_HINT = "Percent-encode the user and password: @ is %40, / is %2F, # is %23, % is %25."


class Environment(Env):
    """Read typed settings, and collect invalid ones, so that `raise_if_invalid` reports all of them at once."""

    def __init__(self, dotenv: Path = BASE_DIR / ".env") -> None:
        super().__init__(eager=False)
        self._refusals: dict[str, list[str]] = {}
        if dotenv.is_file():
            self.read_env(str(dotenv), recurse=False)
        accept_former_names(os.environ, RENAMED)

    def refuse(self, name: str, reason: str) -> None:
        """Record that the setting `name` is invalid or missing."""
        self._refusals[name] = [reason]

    def raise_if_invalid(self) -> None:
        """Raise ImproperlyConfigured, with one line for each invalid setting, if there is any."""
        wrong: dict[str, list[str]] = dict(self._refusals)
        try:
            self.seal()
        except EnvValidationError as error:
            invalid = error.error_messages
            wrong |= invalid if isinstance(invalid, dict) else {str(error): list(invalid)}
        for name in wrong:
            if has_unescaped_password(os.environ.get(name, "")):
                wrong[name] = [*wrong[name], ESCAPE_HINT]
        if wrong:
            lines = [f"{name}: {' '.join(messages)}" for name, messages in sorted(wrong.items())]
            raise ImproperlyConfigured("Invalid settings:\n  " + "\n  ".join(lines))


def accept_former_names(environ: MutableMapping[str, str], renamed: Mapping[str, str]) -> None:
    """Copy settings with a former name to their new name, with a warning.

    `environ` is {name: text} and is changed; `renamed` is {former name: new name}. The new name wins if both are set.
    """
    for former, present in renamed.items():
        if former not in environ:
            continue
        effect = "is ignored because both are set" if present in environ else "works until the next release"
        environ.setdefault(present, environ[former])
        warnings.warn(f"The setting {former} was renamed to {present}; {former} {effect}.", FutureWarning, stacklevel=2)


def validate_time_zone(name: str) -> None:
    """Raise ValidationError for a name that is not in the IANA time zone database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValidationError(f"{name!r} is not the name of a time zone. Use one such as Europe/Berlin.") from None


def validate_redis_url(url: str) -> None:
    """Raise ValidationError for text that is neither empty nor a Redis URL."""
    try:
        is_valid = url.startswith(("redis://", "rediss://", "unix://")) and urlsplit(url).port != 0
    except ValueError:
        is_valid = False
    if url and not is_valid:
        raise ValidationError("Not a Redis URL. Use one such as redis://127.0.0.1:6379/0.")


def development_secret_key(data_dir: Path) -> str:
    """Return the secret key stored in `data_dir`, created on first use, so that sessions survive a restart."""
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        # Renamed into place, as a half-written key would be used from then on.
        new = path.with_suffix(f".{os.getpid()}")
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(50), encoding="ascii")
        new.replace(path)
    return path.read_text(encoding="ascii").strip()


def validate_contact(value: str) -> None:
    """Raise ValidationError for text that is neither empty nor a contact of RFC 9116: a mailto:, https: or tel: URI."""
    if value and not value.startswith(("mailto:", "https://", "tel:")):
        raise ValidationError("Not a mailto:, https: or tel: address. Use one such as mailto:security@example.org.")


def validate_policies(value: object) -> None:
    """Raise ValidationError unless `value` is {field: merge policy}; checks of the articles know the fields."""
    if not isinstance(value, dict) or not all(policy in MERGE_POLICIES for policy in value.values()):
        example = '{"title": "desk"}'
        raise ValidationError(f"Not JSON such as {example} with {', '.join(MERGE_POLICIES)} for fields of the format.")


def validate_networks(values: Iterable[str]) -> None:
    """Raise ValidationError for a list with anything but networks in CIDR notation."""
    for value in strip_each(values):
        try:
            ip_network(value)
        except ValueError:
            raise ValidationError(f"{value!r} is not a network. Use one such as 10.1.0.0/16.") from None


def validate_site_url(value: str) -> None:
    """Raise ValidationError for text that is neither empty nor a site's URL: http or https, a host, at most a path."""
    if not value:
        return
    try:
        url = urlsplit(value)
        is_valid = url.scheme in ("http", "https") and url.hostname and url.port != 0
    except ValueError:
        is_valid = False
    if not is_valid or NOT_IN_SITE_URL.search(value.partition("://")[2]):
        raise ValidationError("Not the URL of a site. Use one such as https://news.example.org.")


def strip_each(values: Iterable[str]) -> list[str]:
    """Return the non-empty texts of a list, without surrounding spaces."""
    return [value.strip() for value in values if value.strip()]


def has_unescaped_password(url: str) -> bool:
    """Return whether the user or password in a URL has characters that must be percent-encoded."""
    before, at, _after = url.partition("://")[2].rpartition("@")
    return bool(at and UNESCAPED.search(before))
