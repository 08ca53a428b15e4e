"""From sources to prepared documents, some at a time: recognised, or parsed in processes beside this one."""

import logging
import pickle
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from articles.documents.digests import Digests
from articles.documents.mapping import proposes_to_publish
from articles.documents.parse import STORY, Document, parse_document
from articles.documents.problems import Problem
from articles.importing.change_detection import known_by
from articles.importing.sources.prefetch import chunks_of
from articles.importing.sources.workers import be_a_worker, way_to_start
from articles.importing.writing.rows import prepare

logger = logging.getLogger(__name__)
# Fewer than these are parsed sooner than a second process has started.
WORTH_A_PROCESS = 800
UNKNOWN = (None, None, None, None)


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

    By their place among them: the keys of those `known`, the new blobs of some of these, and the
    Documents that are `refused`. `prepared` is the pickled {place: Prepared or, of topics and organizations, Document};
    those at `early` are written already, and if all are it is empty. What only tells which documents count is
    forgotten once that is `settled`.
    """

    first: int
    sources: list
    digests: list
    known: dict = field(default_factory=dict)
    blobs: dict = field(default_factory=dict)
    refused: dict = field(default_factory=dict)
    # [(place, identity, time of publication)] of those known, and a Light of each that was parsed.
    rivals: list = field(default_factory=list)
    lights: dict = field(default_factory=dict)
    prepared: bytes = b""
    early: frozenset = frozenset()
    # The names of files that were read among them and are no documents.
    skipped: list = field(default_factory=list)

    def settled(self):
        """Forget what is not needed any more."""
        self.sources, self.digests, self.rivals, self.lights, self.skipped = [], [], [], {}, []


def read_some(raws, parsers, follow_proposal, now, newest=None):
    """Yield Some documents of the RawDocuments `raws` at a time; `now` is a function that tells the time as text.

    Documents of stories later than that with the key `newest` are not recognised.
    """
    waiting, first = deque(), 0
    with closing(chunks_of(raws, parsers.jobs)) as chunks:
        for chunk in chunks:
            waiting.append(begin(chunk, first, parsers, follow_proposal, now(), newest))
            first += len(chunk.sources)
            if len(waiting) > parsers.ahead:
                yield finish(waiting.popleft())
    while waiting:
        yield finish(waiting.popleft())


def begin(chunk, first, parsers, follow_proposal, now, newest):
    """Recognise what says nothing new and give the rest to be parsed; return (Some, the promise of the rest)."""
    sources, contents, digests, problems, skipped = chunk
    texts = [text for text, _secured in digests]
    known = known_by(texts, newest)
    some = Some(first, sources, texts, skipped=skipped)
    to_parse = []
    for place, (text, secured) in enumerate(digests):
        key, identity, published, had = known.get(text, UNKNOWN)
        is_new = key is not None and secured is not None and secured != had.encode()
        blob = Digests(text, secured).blob if is_new else None
        if key is not None and (not is_new or blob is not None):
            some.known[place] = key
            some.rivals.append((place, identity, published))
            if is_new:
                some.blobs[place] = blob
        elif text:
            to_parse.append((place, contents[place], sources[place], Digests(text, secured)))
        else:
            some.refused[place] = Document(sources[place], problems=[problems[place]])
    return some, parsers.submit(to_parse, follow_proposal, now) if to_parse else None


def finish(begun):
    some, promise = begun
    if promise is not None:
        refused, some.lights, some.prepared = promise.result()
        some.refused |= refused
    return some


def parse_some(to_parse, follow_proposal, now):
    """Parse [(place, content, source, its Digests)]; return ({place: refused Document}, {place: Light}, the rest).

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
                STORY, story.identity, story.published, story.digest, proposes_to_publish(document.values)
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
        self.ahead = jobs + 1 if jobs > 1 else 0

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
