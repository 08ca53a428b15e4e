"""Documents as they were read, some at a time with their digests; many are read in a process beside this one."""

import mmap
import pickle
from contextlib import contextmanager, suppress
from itertools import accumulate, cycle, pairwise
from multiprocessing import Pipe
from typing import NamedTuple

from django.conf import settings

from articles.importing.digests import text_and_secured
from articles.importing.processes import be_a_worker, way_to_start

DOCUMENTS_AT_ONCE = 800
BYTES_AT_ONCE = 8 * 1024 * 1024
NOTHING_READ = "", None
# While this process works on one of them, the other fills the next.
SLOTS = 2


class Chunk(NamedTuple):
    """Some documents: their sources, the bytes of each by its place, and what their Digests are made of.

    `problems` are those of documents that could not be read, by their place. `skipped` are the names of files among
    them that are no documents.
    """

    sources: list
    contents: list
    digests: list
    problems: dict
    skipped: list

    @property
    def is_full(self):
        """Whether more documents may come behind it."""
        return is_enough(len(self.sources), sum(map(len, self.contents)))


def is_enough(number, size):
    """Whether so many documents, of so many bytes, make a Chunk."""
    return number >= DOCUMENTS_AT_ONCE or size > BYTES_AT_ONCE


def chunks_of(raws, jobs):
    """Yield Chunks of the RawDocuments `raws`, in their order; each is good until the next one is asked for.

    With more than one of `jobs` all behind the first Chunk are read and digested in a process of their own, where
    this one has no other threads and can be copied. Else they are read here, which is slower: a thread of the desk's
    process does so by design.
    """
    chunks = in_chunks(raws)
    for first in chunks:
        if jobs < 2 or not first.is_full or way_to_start().get_start_method() != "fork":
            yield first
            continue
        # The copy goes on where this process has come to in the sources.
        with read_beside(chunks) as rest:
            yield first
            yield from rest
        return


def in_chunks(raws):
    chunk, size = Chunk([], [], [], {}, []), 0
    for raw in raws:
        if raw.is_skipped:
            chunk.skipped.append(raw.source)
            if len(chunk.skipped) < DOCUMENTS_AT_ONCE:
                continue
            yield chunk
            chunk, size = Chunk([], [], [], {}, []), 0
            continue
        if raw.problem:
            chunk.problems[len(chunk.sources)] = raw.problem
        chunk.sources.append(raw.source)
        chunk.contents.append(raw.content)
        chunk.digests.append(NOTHING_READ if raw.problem else text_and_secured(raw.content))
        size += len(raw.content)
        if is_enough(len(chunk.sources), size):
            yield chunk
            chunk, size = Chunk([], [], [], {}, []), 0
    if chunk.sources or chunk.skipped:
        yield chunk


class Slot:
    """Memory that this process and a copy of it share, for the bytes of one Chunk.

    Most documents say nothing new, and of these nobody here looks at the bytes: they are not handed over.
    """

    def __init__(self):
        # A Chunk ends with the document that makes it too long, and of that one byte too many may be read.
        self.memory = mmap.mmap(-1, BYTES_AT_ONCE + settings.IMPORT_MAX_DOCUMENT_BYTES + 1)
        self.places = []

    def fill(self, contents):
        """Take the bytes of each document; return how many each has."""
        self.memory.seek(0)
        return [self.memory.write(content) for content in contents]

    def has(self, lengths):
        """Note what the other process filled in; return the bytes of each by its place."""
        self.places = list(pairwise(accumulate(lengths, initial=0)))
        return self

    def __getitem__(self, place):
        begin, end = self.places[place]
        return self.memory[begin:end]


@contextmanager
def read_beside(chunks):
    """Give what a generator has left, each made ready in a copy of this process while this one does something else."""
    slots = [Slot() for _number in range(SLOTS)]
    here, there = Pipe()
    process = way_to_start().Process(target=hand_over, args=(chunks, slots, here, there), daemon=True)
    process.start()
    there.close()
    try:
        yield taken_over(slots, here)
    finally:
        here.close()
        process.terminate()
        process.join()


def hand_over(chunks, slots, here, there):
    """In the copy: send what comes, then None; instead of what cannot be read on, the error."""
    here.close()
    be_a_worker()
    try:
        for number, chunk in enumerate(chunks):
            if number >= SLOTS:
                # Until the one that was there has been worked on.
                there.recv_bytes()
            lengths = slots[number % SLOTS].fill(chunk.contents)
            message = (chunk.sources, lengths, chunk.digests, chunk.problems, chunk.skipped)
            there.send_bytes(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))
        there.send(None)
    except (ConnectionError, EOFError):
        # The importing process has ended, or needs no more, and reports it itself.
        pass
    except Exception as error:
        there.send(error if isinstance(error, OSError) else RuntimeError(f"{type(error).__name__}: {error}"))


def taken_over(slots, here):
    """Yield what a copy of this process hands over; raises what was raised there, ChildProcessError if it was ended."""
    for slot in cycle(slots):
        try:
            message = pickle.loads(here.recv_bytes())  # noqa: S301 - our own process wrote it
        except (EOFError, ConnectionError):
            raise ChildProcessError("the process that reads the documents was ended") from None
        if message is None:
            return
        if isinstance(message, Exception):
            raise message
        sources, lengths, digests, problems, skipped = message
        yield Chunk(sources, slot.has(lengths), digests, problems, skipped)
        # It may have come to its end already.
        with suppress(ConnectionError):
            here.send_bytes(b"")
