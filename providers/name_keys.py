"""Names of providers and topics in the form in which they are compared."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

from django.db import models

# Characters without a width: joiners, marks of direction, soft hyphens, byte order marks.
ZERO_WIDTH = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
KEY_LIMIT = 400


@lru_cache(maxsize=10_000)
def name_key(name: str) -> str:
    """Return what two names have in common that differ only in case, spaces, invisible characters or Unicode form."""
    if not name.isascii():
        name = unicodedata.normalize("NFC", ZERO_WIDTH.sub("", name))
    # Folding may decompose characters.
    return unicodedata.normalize("NFC", " ".join(name.split()).casefold())[:KEY_LIMIT]


class NameKeyField(models.CharField):
    """The `name_key` of the row's `name`, set before it is saved; NULL in rows of earlier releases."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": KEY_LIMIT, "null": True, "editable": False, **kwargs})

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = name_key(model_instance.name)  # type: ignore[attr-defined] # the models with such a field have a name
        setattr(model_instance, self.attname, value)
        return value
