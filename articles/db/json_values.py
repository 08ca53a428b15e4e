"""JSON as the database stores it, by orjson, which is several times faster than the standard library."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, overload

import orjson

# Digits of what may be an integer of more than 64 bits, once every digit is made a zero.
LONG_NUMBER = b"0" * 19
TO_ZEROS = bytes.maketrans(b"123456789", b"0" * 9)


@overload
def json_text(value: Mapping[str, Any] | Sequence[Any] | float) -> str: ...
@overload
def json_text(value: None) -> None: ...
def json_text(value: object) -> str | None:
    """Return what the database takes for a JSON value, None for None.

    By design orjson refuses integers of more than 64 bits, which documents may hold; the standard library writes them,
    and raises TypeError for anything that is not JSON.
    """
    if value is None:
        return None
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


def json_value_of(text: str) -> Any:
    """Return the value of JSON from the database; raise ValueError for anything else.

    By design orjson makes floats of integers of more than 64 bits, and refuses some texts that the standard library
    writes, which therefore reads these.
    """
    encoded = text.encode()
    # Faster than a regular expression by a factor of ten.
    if LONG_NUMBER not in encoded.translate(TO_ZEROS):
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(encoded)
    return json.loads(text)
