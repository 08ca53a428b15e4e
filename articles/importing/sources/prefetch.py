"""Read and digest documents in chunks; large sources in a second process while the first one works."""

import mmap
import pickle
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import accumulate, cycle, pairwise
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Generic, NamedTuple, TypeVar

from django.conf import settings

from articles.documents.digests import text_and_secured
from articles.documents.problems import Problem
from articles.documents.raw_document import RawDocument
from articles.importing.sources.workers import initialize_worker, process_context

DOCUMENTS_PER_CHUNK = 800
BYTES_PER_CHUNK = 8 * 1024 * 1024
# The text and secured of Digests.
DigestParts = tuple[str, bytes | None]
# Those of a document that could not be read.
NO_DIGEST: DigestParts = ("", None)
# While the reader of the chunks works on one buffer, the other process fills the next.
BUFFERS = 2
# What maps the position of a document to its bytes.
Contents = TypeVar("Contents", "list[bytes]", "SharedBuffer")


class RawChunk(NamedTuple, Generic[Contents]):
    """Unparsed documents: their sources, the bytes of each by position, and the parts of their Digests.

    `problems` are {position: Problem} of documents that could not be read. `skipped_names` are the files among them
    that are not documents.
    """

    sources: list[str]
    contents: Contents
    digests: list[DigestParts]
    problems: dict[int, Problem]
    skipped_names: list[str]


# A RawChunk that was read by this process.
OwnRawChunk = RawChunk[list[bytes]]


def is_full(chunk: OwnRawChunk) -> bool:
    """Whether more documents may follow the chunk."""
    return fills_chunk(len(chunk.sources), sum(map(len, chunk.contents)))


def fills_chunk(number: int, size: int) -> bool:
    """Whether `number` documents of `size` bytes in total complete a RawChunk."""
    return number >= DOCUMENTS_PER_CHUNK or size > BYTES_PER_CHUNK


def read_chunks(raw_documents: Iterable[RawDocument], jobs: int) -> "Generator[AnyRawChunk, None, None]":
    """Yield RawChunks of `raw_documents`, in order; each is valid until the next one is requested.

    With `jobs` of 2 or more, everything after the first chunk is read and digested in a forked process. Where a fork
    is not safe (not Linux, or other threads, as in the desk's process) all is read in this process, by design. A
    failure of the other process is raised here and ends the import, which says so in its note.
    """
    chunks = split_into_chunks(raw_documents)
    for first in chunks:
        if jobs < 2 or not is_full(first) or process_context().get_start_method() != "fork":
            yield first
            continue
        # The fork continues the generator where this process left it.
        with prefetching(chunks) as later_chunks:
            yield first
            yield from later_chunks
        return


def empty_chunk() -> OwnRawChunk:
    return RawChunk([], [], [], {}, [])


def split_into_chunks(raw_documents: Iterable[RawDocument]) -> Iterator[OwnRawChunk]:
    chunk, size = empty_chunk(), 0
    for raw in raw_documents:
        if raw.is_skipped:
            chunk.skipped_names.append(raw.source)
            if len(chunk.skipped_names) < DOCUMENTS_PER_CHUNK:
                continue
            yield chunk
            chunk, size = empty_chunk(), 0
            continue
        if raw.problem:
            chunk.problems[len(chunk.sources)] = raw.problem
        chunk.sources.append(raw.source)
        chunk.contents.append(raw.content)
        chunk.digests.append(NO_DIGEST if raw.problem else text_and_secured(raw.content))
        size += len(raw.content)
        if fills_chunk(len(chunk.sources), size):
            yield chunk
            chunk, size = empty_chunk(), 0
    if chunk.sources or chunk.skipped_names:
        yield chunk


class SharedBuffer:
    """Memory that this process shares with its fork, for the contents of one RawChunk.

    Most documents are unchanged and their bytes are never looked at, so they are not sent through the pipe.
    """

    def __init__(self) -> None:
        # The document that fills a chunk may exceed its size, and one byte more than allowed is read of it.
        self.memory = mmap.mmap(-1, BYTES_PER_CHUNK + settings.IMPORT_MAX_DOCUMENT_BYTES + 1)
        self.bounds: list[tuple[int, int]] = []

    def write_all(self, contents: Iterable[bytes]) -> list[int]:
        """Store the bytes of each document; return their lengths."""
        self.memory.seek(0)
        return [self.memory.write(content) for content in contents]

    def with_lengths(self, lengths: Iterable[int]) -> "SharedBuffer":
        """Set the lengths of what the other process stored; return self, which maps positions to bytes."""
        self.bounds = list(pairwise(accumulate(lengths, initial=0)))
        return self

    def __getitem__(self, position: int) -> bytes:
        begin, end = self.bounds[position]
        return self.memory[begin:end]


AnyRawChunk = OwnRawChunk | RawChunk[SharedBuffer]


@contextmanager
def prefetching(chunks: Iterator[OwnRawChunk]) -> Iterator[Iterator[RawChunk[SharedBuffer]]]:
    """Run the generator `chunks` in a fork of this process, one chunk ahead; yield an iterator of its chunks."""
    buffers = [SharedBuffer() for _number in range(BUFFERS)]
    parent_end, child_end = Pipe()
    process = process_context().Process(
        target=send_chunks, args=(chunks, buffers, parent_end, child_end), daemon=True, name="import-prefetch"
    )
    process.start()
    child_end.close()
    try:
        yield receive_chunks(buffers, parent_end)
    finally:
        parent_end.close()
        process.terminate()
        process.join()


def send_chunks(
    chunks: Iterator[OwnRawChunk], buffers: Sequence[SharedBuffer], parent_end: Connection, child_end: Connection
) -> None:
    """In the fork: send each chunk, then None; send the exception if the sources cannot be read."""
    parent_end.close()
    initialize_worker()
    try:
        for number, chunk in enumerate(chunks):
            if number >= BUFFERS:
                # Wait until the parent has finished with this buffer.
                child_end.recv_bytes()
            lengths = buffers[number % BUFFERS].write_all(chunk.contents)
            message = (chunk.sources, lengths, chunk.digests, chunk.problems, chunk.skipped_names)
            child_end.send_bytes(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))
        child_end.send(None)
    except (ConnectionError, EOFError):
        # The importing process has ended or needs no more chunks, and reports that itself.
        pass
    except Exception as error:
        child_end.send(error if isinstance(error, OSError) else RuntimeError(f"{type(error).__name__}: {error}"))


def receive_chunks(buffers: Sequence[SharedBuffer], parent_end: Connection) -> Iterator[RawChunk[SharedBuffer]]:
    """Yield the chunks that the fork sends; raise the exception it sends, and ChildProcessError if it was killed."""
    for buffer in cycle(buffers):
        try:
            message = pickle.loads(parent_end.recv_bytes())  # noqa: S301 - written by our own process
        except (EOFError, ConnectionError):
            raise ChildProcessError("the process that reads the documents was ended") from None
        if message is None:
            return
        if isinstance(message, Exception):
            raise message
        sources, lengths, digests, problems, skipped_names = message
        yield RawChunk(sources, buffer.with_lengths(lengths), digests, problems, skipped_names)
        # The fork may have finished already.
        with suppress(ConnectionError):
            parent_end.send_bytes(b"")
