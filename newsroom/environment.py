"""Settings from environment variables: reading, validation, and former names."""

import os
import re
import secrets
import warnings
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
# {former name: present name} of settings renamed since the last release; the former works for one release.
RENAMED = {}
ESCAPE_HINT = "Percent-encode the user and password: @ is %40, / is %2F, # is %23, % is %25."


class Environment(Env):
    """Read typed settings; wrong ones are collected, so that `refuse_wrong` names them all at once."""

    def __init__(self, dotenv=BASE_DIR / ".env"):
        super().__init__(eager=False)
        self._refusals = {}
        if dotenv.is_file():
            self.read_env(str(dotenv), recurse=False)
        accept_former_names(os.environ, RENAMED)

    def refuse(self, name, why):
        """Note that setting `name` is wrong or missing, and why."""
        self._refusals[name] = [why]

    def refuse_wrong(self):
        """Raise ImproperlyConfigured with one line for each wrong setting, if there is any."""
        wrong = dict(self._refusals)
        try:
            self.seal()
        except EnvValidationError as error:
            wrong |= error.error_messages
        for name in wrong:
            if has_unescaped_password(os.environ.get(name, "")):
                wrong[name] = [*wrong[name], ESCAPE_HINT]
        if wrong:
            lines = [f"{name}: {' '.join(messages)}" for name, messages in sorted(wrong.items())]
            raise ImproperlyConfigured("Invalid settings:\n  " + "\n  ".join(lines))


def accept_former_names(environ, renamed):
    """Set the present names of settings given by a former name, with a warning.

    `environ` is {name: text} and is changed; `renamed` is {former name: present name}. The present name wins where
    both are given.
    """
    for former, present in renamed.items():
        if former not in environ:
            continue
        effect = "is ignored because both are set" if present in environ else "works until the next release"
        environ.setdefault(present, environ[former])
        warnings.warn(f"The setting {former} was renamed to {present}; {former} {effect}.", FutureWarning, stacklevel=2)


def validate_time_zone(name):
    """Raise ValidationError for a name that is not in the IANA time zone database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValidationError(f"{name!r} is not the name of a time zone. Use one such as Europe/Berlin.") from None


def validate_redis_url(url):
    """Raise ValidationError for text that is neither empty nor a Redis URL."""
    try:
        is_valid = url.startswith(("redis://", "rediss://", "unix://")) and urlsplit(url).port != 0
    except ValueError:
        is_valid = False
    if url and not is_valid:
        raise ValidationError("Not a Redis URL. Use one such as redis://127.0.0.1:6379/0.")


def laptop_secret_key(data_dir):
    """Return the key stored in `data_dir`, created on first use, so that sessions survive a restart."""
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        # Renamed into place, as a half-written key would be used for ever.
        new = path.with_suffix(f".{os.getpid()}")
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(50), encoding="ascii")
        new.replace(path)
    return path.read_text(encoding="ascii").strip()


def validate_contact(value):
    """Raise ValidationError for text that is no contact of RFC 9116: a URI such as mailto: or https:."""
    if value and not value.startswith(("mailto:", "https://", "tel:")):
        raise ValidationError("Not a mailto:, https: or tel: address. Use one such as mailto:security@example.org.")


def validate_site_url(value):
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


def strip_each(values):
    """Return the texts of a list without surrounding spaces, and without empty ones."""
    return [value.strip() for value in values if value.strip()]


def has_unescaped_password(url):
    """Whether the user or password in a URL has characters that must be percent-encoded."""
    before, at, _after = url.partition("://")[2].rpartition("@")
    return bool(at and UNESCAPED.search(before))
