"""The one reader of settings that come from the environment."""

import os
import secrets
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvValidationError, ValidationError

BASE_DIR = Path(__file__).resolve().parent.parent
DEVELOPMENT = "development"
PRODUCTION = "production"


class Environment(Env):
    """Read typed settings; wrong ones are collected, so that `refuse_wrong` names them all at once."""

    def __init__(self, dotenv=BASE_DIR / ".env"):
        super().__init__(eager=False)
        self._refusals = {}
        if dotenv.is_file():
            self.read_env(str(dotenv), recurse=False)

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
        if wrong:
            lines = [f"{name}: {' '.join(messages)}" for name, messages in sorted(wrong.items())]
            raise ImproperlyConfigured("Newsroom does not start, for want of right settings:\n  " + "\n  ".join(lines))


def a_time_zone(name):
    """Refuse a name that is not in the IANA time zone database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValidationError(f"{name!r} is not the name of a time zone, such as Europe/Berlin.") from None


def a_redis_url(url):
    """Refuse what is neither empty nor a Redis URL."""
    if url and not url.startswith(("redis://", "rediss://", "unix://")):
        raise ValidationError("Not a Redis URL, such as redis://127.0.0.1:6379/0.")


def laptop_secret_key(data_dir):
    """Return the key kept in `data_dir`, made on first use, so that sessions survive a restart."""
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: an empty key would be kept for ever.
        new = path.with_suffix(f".{os.getpid()}")
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(50), encoding="ascii")
        new.replace(path)
    return path.read_text(encoding="ascii").strip()


def a_contact(value):
    """Refuse what is no address to report to, as RFC 9116 has it: a URI such as mailto: or https:."""
    if value and not value.startswith(("mailto:", "https://", "tel:")):
        raise ValidationError("Not a mailto:, https: or tel: address.")
