"""Bodies are collected and decompressed within their limit; test_client.py has whole responses."""

import gzip

import pytest

from newsroom.fetching import FetchFailed, FetchRefused, Reason
from newsroom.fetching.content_encoding import Body


@pytest.mark.parametrize("encoding", ["", "identity", "gzip"])
def test_no_more_than_one_byte_beyond_the_limit_is_held(encoding):
    bomb = gzip.compress(b"x" * 5_000_000, mtime=0) if encoding == "gzip" else b"x" * 5_000_000
    body = Body(encoding, 1000)
    with pytest.raises(FetchRefused) as error:
        body.add(bomb)
    assert (error.value.reason, len(body.data)) == (Reason.TOO_LARGE, 1001)


@pytest.mark.parametrize("encoding", ["", " Identity", "GZIP", "x-gzip"])
def test_a_body_in_pieces(encoding):
    data = gzip.compress(b"abcdef" * 100, mtime=0) if "gzip" in encoding.lower() else b"abcdef" * 100
    body = Body(encoding, 600)
    for position in range(len(data)):
        body.add(data[position : position + 1])
    assert body.complete() == b"abcdef" * 100


def test_a_gzip_body_without_its_last_byte():
    body = Body("gzip", 10)
    body.add(gzip.compress(b"abc", mtime=0)[:-1])
    with pytest.raises(FetchFailed) as error:
        body.complete()
    assert error.value.reason == Reason.PROTOCOL
