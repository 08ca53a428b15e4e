"""The documents of an import on their way from reading to writing, some hundreds at a time."""

import pickle
from dataclasses import dataclass, field
from typing import NamedTuple

from articles.documents.parse import Document
from articles.importing.writing.rows import ParsedDocument


class Summary(NamedTuple):
    """The part of a valid document that stays in memory until all are read: its subject, its time, its proposal."""

    document_type: str
    key: str
    # The provider's time, as text that sorts by time.
    published_at: str
    digest: str = ""
    # None for a document that does not say.
    proposes_publication: bool | None = None
    # The identity by which earlier releases knew the story, and the path of its file; "" for none.
    former_key: str = ""
    path: str = ""
    # Whether it is an export with the desk's state.
    is_export: bool = False


@dataclass
class Chunk:
    """Documents in the order they were read, numbered from `first` on; dicts have their positions in it as keys.

    `known_stories` are {position: story key} of unchanged documents, `new_secrets` {position: blob} of those whose
    `secured` is new, `rejected_documents` {position: Document}. `pickled` is the pickled {position: PreparedStory, or
    the Document of a topic or organization}; it is empty once all of them are written. `eager_positions` are those
    that were written while others were still being read.
    """

    first: int
    sources: list[str]
    digests: list[str]
    known_stories: dict[int, int] = field(default_factory=dict)
    new_secrets: dict[int, str] = field(default_factory=dict)
    rejected_documents: dict[int, Document] = field(default_factory=dict)
    # [(position, identity, published_at)] of the known stories, and {position: Summary} of the parsed documents.
    known_subjects: list[tuple[int, str, str]] = field(default_factory=list)
    summaries: dict[int, Summary] = field(default_factory=dict)
    pickled: bytes = b""
    eager_positions: frozenset[int] = frozenset()
    # Files among the documents that are not documents.
    skipped_names: list[str] = field(default_factory=list)
    # The number of documents, which `sources` has until they are dropped.
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = len(self.sources)

    def documents(self) -> dict[int, ParsedDocument]:
        """Return {position: document} of the parsed documents, or {} once all of them are written."""
        if not self.pickled:
            return {}
        documents: dict[int, ParsedDocument] = pickle.loads(self.pickled)  # noqa: S301 - written by our own processes
        return documents

    def clear_summaries(self) -> None:
        """Drop the lists that only decide which documents count, before the chunk goes to disk."""
        self.sources, self.digests, self.known_subjects, self.summaries, self.skipped_names = [], [], [], {}, []
