"""Stories as documents in upstream's format, with the changes of the desk.

What the desk has not changed is written as upstream gave it, `secured` and unknown keys included; so an
unchanged story is, as data, the document that was imported.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from django.db.models import QuerySet

from articles.documents.desk_state import NEWSROOM
from articles.documents.mapping import without_secured
from articles.documents.nodes import Values
from articles.documents.parse import parse_document
from articles.documents.problems import Level, Problem
from articles.documents.serialize import serialize_document
from articles.exporting.desk_state import desk_state_of, with_desk_rows, written_fields
from articles.exporting.file_names import FileNames
from articles.exporting.story_values import current_values, with_related_rows
from articles.exporting.written_digests import remember_written
from articles.models import Article, FormerIdentity

logger = logging.getLogger(__name__)
STORIES_AT_ONCE = 200
ANOTHER_STORY = (
    "importing this file would create another story, because its URL (or file name, if it has no URL) has changed"
)


@dataclass
class ExportedDocument:
    """A story as a file, and its result: its name, unique in the export, its text, and its problems.

    A story that could not be exported has neither name nor text, and an error among its problems.
    """

    name: str
    text: str
    key: int = 0
    title: str = ""
    url: str = ""
    problems: list[Problem] = field(default_factory=list)
    # Whether an import has to recognise it as a document with the desk's values.
    needs_remembering: bool = False

    @property
    def is_written(self) -> bool:
        """Whether there is a file to write."""
        return all(problem.level is not Level.ERROR for problem in self.problems)

    @property
    def result(self) -> str:
        """Its result in the report: "written" or "failed"."""
        return "written" if self.is_written else "failed"

    def fail(self, message: str) -> None:
        """Make it a story that could not be exported."""
        self.name = self.text = ""
        self.needs_remembering = False
        self.problems.append(Problem(message))

    def as_json(self) -> dict[str, object]:
        """Return the result as in the report (docs/import-format.md)."""
        return {
            "file": self.name,
            "result": self.result,
            "url": self.url,
            "title": self.title,
            "problems": [problem.as_json() for problem in self.problems],
        }

    def lines(self) -> list[str]:
        """Return a line for each problem, for people."""
        source = self.name or f"{self.url} ({self.title})"
        return [f"{problem.level}: {problem.describe(source)}" for problem in self.problems]


def export_stories(
    stories: QuerySet[Article], *, secured: bool = True, plain: bool = False
) -> Iterator[ExportedDocument]:
    """Yield the ExportedDocument of every Article of the queryset `stories`, by primary key, in bounded memory.

    A story that cannot be exported has an error in its result; all others are exported. Without `secured`, no field of
    that name is exported. Stories that the desk has changed have its state in the field `newsroom`, unless the export
    is `plain`; then their documents are remembered, so that an import recognises them.
    """
    stories = with_desk_rows(with_related_rows(stories.order_by("pk").select_related("upstream__secret")))
    names = FileNames()
    rows = stories.iterator(chunk_size=STORIES_AT_ONCE)
    while chunk := list(islice(rows, STORIES_AT_ONCE)):
        documents = [export_story(story, names, secured=secured, plain=plain) for story in chunk]
        # Before any of them can be imported.
        remember_written([(document.key, document.text) for document in documents if document.needs_remembering])
        yield from documents


def export_story(story: Article, names: FileNames, *, secured: bool = True, plain: bool = False) -> ExportedDocument:
    """Return the ExportedDocument of a story of `with_desk_rows`; `names` are the FileNames of the export."""
    document = ExportedDocument("", "", story.pk, story.title, story.get_absolute_url())
    try:
        text = document_text(story, secured=secured, plain=plain)
        parsed = parse_document(text.encode(), "story.md")
        name = names.name_for(story, parsed.url)
    except Exception as error:
        # Its message may quote `secured`.
        logger.error("export: the story %s could not be exported: %s", story.pk, type(error).__name__)
        document.fail(f"the story could not be exported ({type(error).__name__})")
        return document
    document.name, document.text = name, text
    # The document of a story that the desk has not changed is upstream's word, also if it is imported later.
    document.needs_remembering = plain and desk_state_of(story, document_fields(story)) is not None
    parsed.source = parsed.path = name
    if not parsed.is_valid:
        why = "; ".join(problem.describe("line") for problem in parsed.problems if problem.level is Level.ERROR)
        document.problems.append(Problem(f"an import would reject it: {why}", level=Level.WARNING))
    elif story.identity not in (parsed.identity, parsed.former_identity) and not has_identity(story, parsed.identity):
        document.problems.append(Problem(ANOTHER_STORY, level=Level.WARNING))
    return document


def has_identity(story: Article, identity: str) -> bool:
    """Return whether a story had an identity before its present one."""
    return FormerIdentity.objects.filter(identity=identity, article=story).exists()


def document_fields(story: Article) -> Values:
    """Return the fields of a story's document as they are written, without `secured` and the desk's state."""
    upstream = getattr(story, "upstream", None)
    values = current_values(story, upstream.values if upstream else {}, upstream.body if upstream else "")
    return written_fields(values, upstream.unknown if upstream else {})


def document_text(story: Article, *, secured: bool = True, plain: bool = False) -> str:
    """Return the text of a story's document; without `secured`, no field of that name is in it, at any depth.

    A `plain` document does not have the desk's state.
    """
    fields = document_fields(story)
    state = None if plain else desk_state_of(story, fields)
    if state is not None:
        fields[NEWSROOM] = state
    upstream = getattr(story, "upstream", None)
    if upstream and upstream.secured:
        fields["secured"] = upstream.secured
    if not secured:
        fields = without_secured(fields)
    return serialize_document(fields, story.body)
