"""From sources to chunks of prepared documents: unchanged ones are recognised, the others parsed in processes."""

import logging
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing

from articles.documents.digests import Digests
from articles.documents.parse import STORY, Document, parse_document
from articles.documents.problems import Problem
from articles.documents.raw_document import RawDocument
from articles.exporting.written_digests import find_written, written_key
from articles.importing.change_detection import find_known_paths, find_known_stories
from articles.importing.chunks import Chunk, Summary
from articles.importing.publication import proposal_of
from articles.importing.sources.prefetch import AnyRawChunk, read_chunks
from articles.importing.sources.workers import initialize_worker, process_context
from articles.importing.writing.rows import ParsedDocument, prepare
from providers.name_keys import name_key

logger = logging.getLogger(__name__)
# Fewer documents are parsed before a second process has started.
MIN_DOCUMENTS_FOR_POOL = 800
# [(position, content, source, path, Digests, whether the story is probably known)]
ToParse = list[tuple[int, bytes, str, str, Digests, bool]]
# ({position: rejected Document}, {position: Summary}, the pickled {position: ParsedDocument})
Parsed = tuple[dict[int, Document], dict[int, Summary], bytes]


def read_documents(
    raw_documents: Iterable[RawDocument],
    parsers: "ParserPool",
    follow_proposal: bool,
    now: Callable[[], str],
    last_story: int | None = None,
    path_of: Callable[[str], str] = lambda source: "",
) -> Iterator[Chunk]:
    """Yield Chunks of `raw_documents`; `now` returns the time as text, `path_of` the path of a source.

    Stories with a key above `last_story` are not recognised, as they were created by the same import.
    """
    pending_chunks: deque[tuple[Chunk, Future[Parsed] | None]] = deque()
    first = 0
    with closing(read_chunks(raw_documents, parsers.jobs)) as raw_chunks:
        for raw_chunk in raw_chunks:
            pending_chunks.append(start_chunk(raw_chunk, first, parsers, follow_proposal, now(), last_story, path_of))
            first += len(raw_chunk.sources)
            if len(pending_chunks) > parsers.max_pending:
                yield finish_chunk(*pending_chunks.popleft())
    while pending_chunks:
        yield finish_chunk(*pending_chunks.popleft())


def start_chunk(
    raw_chunk: AnyRawChunk,
    first: int,
    parsers: "ParserPool",
    follow_proposal: bool,
    now: str,
    last_story: int | None,
    path_of: Callable[[str], str],
) -> tuple[Chunk, Future[Parsed] | None]:
    """Recognise unchanged documents, and those that exports wrote with the desk's values; submit the others.

    Return (Chunk, Future of the others or None).
    """
    sources, contents, digests, problems, skipped_names = raw_chunk
    text_digests = [text for text, _secured in digests]
    known_stories = find_known_stories(text_digests, last_story)
    new_digests = [Digests(text, secured) for text, secured in digests if text not in known_stories]
    written_documents = find_written(new_digests)
    chunk = Chunk(first, sources, text_digests, skipped_names=skipped_names)
    changed_or_new: list[int] = []
    for position, (text_digest, secured) in enumerate(digests):
        known_story = known_stories.get(text_digest)
        if known_story is None and written_documents:
            written_story = written_documents.get(written_key(Digests(text_digest, secured)))
            if written_story is not None:
                # It is not upstream's, so it does not compete with the other documents of its story.
                chunk.known_stories[position] = written_story
                continue
        if known_story is not None:
            key, identity, published_at, stored_secret = known_story
            has_new_secret = secured is not None and secured != stored_secret.encode()
            blob = Digests(text_digest, secured).blob if has_new_secret else None
            if blob is not None or not has_new_secret:
                chunk.known_stories[position] = key
                chunk.known_subjects.append((position, identity, published_at))
                if blob is not None:
                    chunk.new_secrets[position] = blob
                continue
        if text_digest:
            changed_or_new.append(position)
        else:
            chunk.rejected_documents[position] = Document(sources[position], problems=[problems[position]])
    paths = {position: path_of(sources[position]) for position in changed_or_new}
    known_paths = find_known_paths(paths.values())
    to_parse = [
        (position, contents[position], sources[position], path, Digests(*digests[position]), path in known_paths)
        for position, path in paths.items()
    ]
    return chunk, parsers.submit(to_parse, follow_proposal, now) if to_parse else None


def finish_chunk(chunk: Chunk, future: Future[Parsed] | None) -> Chunk:
    """Return the Chunk with the results of its Future, if it has one."""
    if future is not None:
        rejected_documents, chunk.summaries, chunk.pickled = future.result()
        chunk.rejected_documents |= rejected_documents
    return chunk


def parse_documents(to_parse: ToParse, follow_proposal: bool, now: str) -> Parsed:
    """Parse and prepare documents; the main process stores the pickled ones without unpickling them."""
    rejected_documents: dict[int, Document] = {}
    summaries: dict[int, Summary] = {}
    prepared_documents: dict[int, ParsedDocument] = {}
    for position, content, source, path, digests, is_known in to_parse:
        document = parse_document(content, source, digests, path)
        if not document.is_valid:
            rejected_documents[position] = document
        elif document.document_type == STORY:
            try:
                story = prepared_documents[position] = prepare(
                    document, now, follow_proposal, is_probably_known=is_known
                )
            except Exception as error:
                # A bug here must not lose the other documents. The message may quote `secured`.
                logger.error("import: %s could not be prepared: %s", source, type(error).__name__)
                problem = Problem(f"the document could not be prepared ({type(error).__name__})")
                rejected_documents[position] = Document(source, problems=[problem])
                continue
            summaries[position] = Summary(
                STORY,
                story.identity,
                story.published_at,
                story.digest,
                proposal_of(document.values),
                story.former_identity,
                story.path,
                story.desk_state is not None,
            )
        else:
            prepared_documents[position] = document
            name = name_key(document.values["name"].strip())
            summaries[position] = Summary(document.document_type, f"{document.values.get('domain', '')} {name}", "")
    return rejected_documents, summaries, pickle.dumps(prepared_documents, protocol=pickle.HIGHEST_PROTOCOL)


class ParserPool:
    """`jobs` processes that parse; they are started when there is enough work for them."""

    def __init__(self, jobs: int) -> None:
        self.jobs, self.submitted_count = jobs, 0
        self.executor: ProcessPoolExecutor | None = None
        # How many chunks are read ahead, so that every process has work.
        self.max_pending = jobs + 1 if jobs > 1 else 0

    def submit(self, to_parse: ToParse, follow_proposal: bool, now: str) -> Future[Parsed]:
        """Return a Future of `parse_documents`; without processes it is already done."""
        self.submitted_count += len(to_parse)
        if self.executor is None and (self.jobs < 2 or self.submitted_count < MIN_DOCUMENTS_FOR_POOL):
            future: Future[Parsed] = Future()
            future.set_result(parse_documents(to_parse, follow_proposal, now))
            return future
        if self.executor is None:
            self.executor = ProcessPoolExecutor(self.jobs, mp_context=process_context(), initializer=initialize_worker)
        return self.executor.submit(parse_documents, to_parse, follow_proposal, now)

    def close(self) -> None:
        if self.executor is not None:
            self.executor.shutdown(wait=True, cancel_futures=True)
