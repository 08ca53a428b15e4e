"""Guarded fetching, for everything that downloads (docs/decisions/0014-guarded-fetching.md).

`fetch` downloads one URL, `fetch_many` any number politely. URLs are hostile: no address of a private network is
connected to, and size and time are limited.
"""

from newsroom.fetching.client import fetch
from newsroom.fetching.errors import FetchError, FetchFailed, FetchRefused, Reason
from newsroom.fetching.many import FetchRequest, FetchResult, fetch_many
from newsroom.fetching.network import Network
from newsroom.fetching.responses import Response

__all__ = [
    "FetchError",
    "FetchFailed",
    "FetchRefused",
    "FetchRequest",
    "FetchResult",
    "Network",
    "Reason",
    "Response",
    "fetch",
    "fetch_many",
]
