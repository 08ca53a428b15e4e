"""From sources to prepared documents, some at a time: recognised, or parsed in processes beside this one."""

import logging
import pickle
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from articles.importing.digests import text_digest
from articles.importing.parsing import STORY, Document, parse_document
from articles.importing.preparing import prepare
from articles.importing.problems import Problem
from articles.importing.processes import be_a_worker, way_to_start
from articles.importing.recognising import known_by

logger = logging.getLogger(__name__)
DOCUMENTS_AT_ONCE = 400
BYTES_AT_ONCE = 8 * 1024 * 1024
# Fewer than these are parsed sooner than a second process has started.
WORTH_A_PROCESS = 800


class Light(NamedTuple):
    """What is remembered of a sound document until all have been read: what it is of, and how late."""

    sort: str
    key: str
    published: str
    digest: str = ""
    proposed: bool | None = None


@dataclass
class Some:
    """Some documents in the order they were read, from the one with the number `first` on.

    By their place among them: the sources of all, what is `known` (key, identity, time of publication, and the
    new blob, if there is one), the Documents that are `refused`, and a Light of each other. `prepared` is the pickled
    {place: Prepared or, of topics and organizations, Document}; those at `early` are written already.
    """

    first: int
    sources: list
    known: dict = field(default_factory=dict)
    refused: dict = field(default_factory=dict)
    lights: dict = field(default_factory=dict)
    prepared: bytes = b""
    digests: list = field(default_factory=list)
    early: frozenset = frozenset()
    all_early: bool = False


def read_some(raws, parsers, follow_proposal, now):
    """Yield Some documents of the RawDocuments `raws` at a time; `now` is a function that tells the time as text."""
    waiting, first = deque(), 0
    for pieces in in_chunks(raws):
        waiting.append(begin(pieces, first, parsers, follow_proposal, now()))
        first += len(pieces)
        if len(waiting) > parsers.ahead:
            yield finish(waiting.popleft())
    while waiting:
        yield finish(waiting.popleft())


def in_chunks(raws):
    chunk, size = [], 0
    for raw in raws:
        chunk.append(raw)
        size += len(raw.content)
        if len(chunk) >= DOCUMENTS_AT_ONCE or size > BYTES_AT_ONCE:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def begin(raws, first, parsers, follow_proposal, now):
    """Recognise what says nothing new and give the rest to be parsed; return (Some, the promise of the rest)."""
    digests = [None if raw.problem else text_digest(raw.content) for raw in raws]
    known = known_by([found[0] for found in digests if found])
    some = Some(first, [raw.source for raw in raws], digests=[found[0] if found else "" for found in digests])
    to_parse = []
    for place, (raw, found) in enumerate(zip(raws, digests, strict=True)):
        if raw.problem:
            some.refused[place] = Document(raw.source, problems=[raw.problem])
        elif found[0] in known:
            key, identity, published, secured = known[found[0]]
            some.known[place] = (key, identity, published, None if found[1] == secured else found[1])
        else:
            to_parse.append((place, raw.content, raw.source, found))
    return some, parsers.submit(to_parse, follow_proposal, now) if to_parse else None


def finish(begun):
    some, promise = begun
    if promise is not None:
        refused, some.lights, some.prepared = promise.result()
        some.refused |= refused
    return some


def parse_some(to_parse, follow_proposal, now):
    """Parse [(place, content, source, its text digest)]; return ({place: refused Document}, {place: Light}, the rest).

    The rest is {place: prepared document}, pickled, as whoever asked puts it aside without looking into it.
    """
    refused, lights, prepared = {}, {}, {}
    for place, content, source, found in to_parse:
        document = parse_document(content, source, found)
        if not document.is_sound:
            refused[place] = document
        elif document.sort == STORY:
            try:
                story = prepared[place] = prepare(document, now, follow_proposal)
            except Exception as error:
                # Ours to mend, but no reason to lose the documents beside it.
                logger.error("import: %s could not be prepared: %s", source, type(error).__name__)
                problem = Problem(f"the document could not be prepared ({type(error).__name__})")
                refused[place] = Document(source, problems=[problem])
                continue
            lights[place] = Light(
                STORY, story.identity, story.published, story.digest, document.values.get("published")
            )
        else:
            prepared[place] = document
            name = document.values["name"].strip()
            lights[place] = Light(document.sort, f"{document.values.get('domain', '')} {name}", "")
    return refused, lights, pickle.dumps(prepared, protocol=pickle.HIGHEST_PROTOCOL)


class Here:
    """The promise of work that was done at once."""

    def __init__(self, result):
        self.result = lambda: result


class Parsers:
    """`jobs` processes that parse; started once there is enough to do for them."""

    def __init__(self, jobs):
        self.jobs, self.pool, self.seen = jobs, None, 0
        self.ahead = jobs * 2 if jobs > 1 else 0

    def submit(self, to_parse, follow_proposal, now):
        """Return the promise of `parse_some`."""
        self.seen += len(to_parse)
        if self.pool is None and (self.jobs < 2 or self.seen < WORTH_A_PROCESS):
            return Here(parse_some(to_parse, follow_proposal, now))
        if self.pool is None:
            self.pool = ProcessPoolExecutor(self.jobs, mp_context=way_to_start(), initializer=be_a_worker)
        return self.pool.submit(parse_some, to_parse, follow_proposal, now)

    def close(self):
        if self.pool is not None:
            self.pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def parsing_in(jobs):
    """Give Parsers for the length of a block."""
    parsers = Parsers(jobs)
    try:
        yield parsers
    finally:
        parsers.close()
