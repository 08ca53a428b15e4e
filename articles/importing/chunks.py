"""What is passed from reading to writing: the documents of an import, some hundreds at a time."""

import pickle
from dataclasses import dataclass, field
from typing import NamedTuple


class Summary(NamedTuple):
    """What is remembered of a sound document until all are read: its subject, its time, and what it proposes."""

    sort: str
    key: str
    # The provider's time, as text that sorts by time.
    published_at: str
    digest: str = ""
    proposes_publication: bool | None = None


@dataclass
class Chunk:
    """Documents in the order they were read, numbered from `first` on; dicts have their positions in it as keys.

    `known_stories` are {position: story key} of unchanged documents, `new_secrets` {position: blob} of those whose
    `secured` is new, `rejected_documents` {position: Document}. `pickled` is the pickled {position: PreparedStory, or
    the Document of a topic or organization}; it is empty once all of them are written. `eager_positions` are those
    that were written while others were still being read.
    """

    first: int
    sources: list
    digests: list
    known_stories: dict = field(default_factory=dict)
    new_secrets: dict = field(default_factory=dict)
    rejected_documents: dict = field(default_factory=dict)
    # [(position, identity, published_at)] of the known stories, and {position: Summary} of the parsed documents.
    known_subjects: list = field(default_factory=list)
    summaries: dict = field(default_factory=dict)
    pickled: bytes = b""
    eager_positions: frozenset = frozenset()
    # Files among the documents that are not documents.
    skipped_names: list = field(default_factory=list)

    def documents(self):
        """Return {position: document} of the parsed documents that are not all written."""
        return pickle.loads(self.pickled) if self.pickled else {}  # noqa: S301 - written by our own processes

    def clear_summaries(self):
        """Drop what only decides which documents count, before the chunk goes to disk."""
        self.sources, self.digests, self.known_subjects, self.summaries, self.skipped_names = [], [], [], {}, []
