"""Chunks on disk, between reading and writing."""

import pickle
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from typing import Self

from articles.importing.chunks import Chunk

BYTES_IN_MEMORY = 1024 * 1024


class Spool:
    """A sequence of Chunks on disk, for the time until all documents have been read; memory stays constant."""

    def __init__(self) -> None:
        self.file = tempfile.SpooledTemporaryFile(max_size=BYTES_IN_MEMORY)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.file.close()

    def add(self, chunk: Chunk) -> None:
        pickle.dump(chunk, self.file, protocol=pickle.HIGHEST_PROTOCOL)

    def __iter__(self) -> Iterator[Chunk]:
        self.file.seek(0)
        with suppress(EOFError):
            while True:
                yield pickle.load(self.file)  # noqa: S301 - written by this process
