"""Decompressing bodies, without ever holding more than the limit."""

import zlib

from newsroom.fetching.errors import FetchFailed, FetchRefused, Reason

# 16 selects gzip.
GZIP_WINDOW_BITS = 16 + zlib.MAX_WBITS
# Only gzip is offered to servers, so other encodings are refused.
ACCEPT_ENCODING = "gzip"


class Body:
    """The bytes of a body, collected as they arrive and decompressed, at most `max_bytes`."""

    def __init__(self, encoding: str, max_bytes: int) -> None:
        self.data, self.max_bytes = bytearray(), max_bytes
        self.is_empty = True
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise FetchRefused(Reason.ENCODING, encoding)
        self.decompressor = zlib.decompressobj(GZIP_WINDOW_BITS) if encoding.endswith("gzip") else None

    def add(self, data: bytes) -> None:
        """Add the next bytes as received; raise FetchRefused if the body becomes too large."""
        self.is_empty = self.is_empty and not data
        # One byte more than allowed shows that there are more.
        allowance = self.max_bytes + 1 - len(self.data)
        if self.decompressor is None:
            self.data += data[:allowance]
        else:
            try:
                self.data += self.decompressor.decompress(data, allowance)
            except zlib.error as error:
                raise FetchFailed(Reason.PROTOCOL, f"invalid gzip: {error}") from error
        if len(self.data) > self.max_bytes:
            raise FetchRefused(Reason.TOO_LARGE, f"more than {self.max_bytes} bytes")
        if self.decompressor and self.decompressor.unused_data:
            raise FetchFailed(Reason.PROTOCOL, "data after the end of the gzip stream")

    def complete(self) -> bytes:
        """Return the whole body; raise FetchFailed if compressed data ended early."""
        if self.decompressor and not self.is_empty and not self.decompressor.eof:
            raise FetchFailed(Reason.PROTOCOL, "the gzip stream ended early")
        return bytes(self.data)
