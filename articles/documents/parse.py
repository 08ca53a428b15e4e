"""Parse a document's bytes into a typed Document with its problems. No database."""

import logging
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import PurePath

from django.conf import settings

from articles.canonical_urls import identity_of
from articles.documents import as_written, schema
from articles.documents.binary_files import ARCHIVES, known_binary
from articles.documents.desk_state import NEWSROOM, DeskState, read_desk_state
from articles.documents.digests import Digests, digests_of, trusted_digest
from articles.documents.findings import Findings
from articles.documents.front_matter import FrontMatter, split_document, split_quickly
from articles.documents.nodes import Values, is_empty
from articles.documents.problems import Level, Problem, UnreadableDocument, quote
from articles.documents.story_fields import known_and_unknown, read_story
from articles.documents.yaml_comments import report_comments
from articles.documents.yaml_fast import read_lines
from articles.documents.yaml_loading import Reading, read_mapping
from articles.documents.yaml_reader import locate
from articles.former_urls import former_identity_of
from articles.sanitising import plain_text

logger = logging.getLogger(__name__)

STORY = "story"
ORGANIZATION = "organization"
TOPIC = "topic"
PROBLEM_LIMIT = 50
IDENTITY_LENGTH = 32
NOT_CLOSED = "the front matter is not closed; put a line of --- after the last field"


@dataclass
class Document:
    """One parsed document.

    `values` are the fields of the schema, by the format's keys, typed and JSON-able; `unknown` are the others. Only
    documents that are `is_valid` are imported.
    """

    source: str
    document_type: str = STORY
    values: Values = field(default_factory=dict)
    unknown: Values = field(default_factory=dict)
    body: str = ""
    secured: str = field(default="", repr=False)
    problems: list[Problem] = field(default_factory=list)
    text_digest: str = ""
    # The path in the source of the import; "" for standard input.
    path: str = ""
    # The desk's state, if the document is a newsroom's export (desk_state.py).
    desk_state: DeskState | None = None

    @property
    def is_valid(self) -> bool:
        """Whether no problem is an error."""
        return all(problem.level is not Level.ERROR for problem in self.problems)

    @property
    def title(self) -> str:
        """The title of a story, or the name of a provider or topic."""
        title: str = self.values.get("title") or self.values.get("name") or ""
        return title

    @property
    def url(self) -> str:
        """The URL at the provider: `webUrl`, else `originalUrl`, else an empty string."""
        url: str = self.values.get("webUrl") or self.values.get("originalUrl") or ""
        return url

    @property
    def published_at(self) -> str:
        """The provider's time of publication, as text that sorts by time; an empty string if it is not known."""
        time: str = self.values.get("publishedDateTime", "")
        return time

    @cached_property
    def identity(self) -> str:
        """32 hex digits that all documents of one story share; of an export, those of the story that was exported."""
        if self.desk_state is not None and self.desk_state.identity:
            return self.desk_state.identity
        if self.url:
            return identity_of(self.url)
        path = PurePath(self.path or self.source)
        name = path.stem
        if name.startswith("-") and name.removeprefix("-").lstrip("#0123456789") == "":
            # A document from standard input has no file name.
            name = f"-/{self.values.get('provider', {}).get('name', '')}/{self.title}"
        elif self.path:
            name = str(path.with_name(name))
            # An export puts a file whose name is taken into a folder that is named by its identity.
            folder, _slash, rest = name.partition("/")
            if len(folder) == IDENTITY_LENGTH and identity_of("", rest) == folder:
                return folder
        return identity_of("", name)

    @property
    def former_identity(self) -> str:
        """The identity by which earlier releases knew the story, "" if it is the same or there is none.

        Of an export, that of its URL, which the desk may have changed.
        """
        if self.desk_state is not None and self.desk_state.identity:
            identity = identity_of(self.url) if self.url else self.identity
        elif self.url:
            identity = former_identity_of(self.url)
        elif self.path:
            identity = identity_of("", PurePath(self.path).stem)
        else:
            return ""
        return "" if identity == self.identity else identity


def parse_document(content: bytes, source: str, digests: Digests | None = None, path: str = "") -> Document:
    """Return the Document of `content`. `source` names the file in messages.

    `digests` are the Digests of the content, if they are known already; `path` is the path in the import's source. It
    identifies a story without a URL; without a path, the name of `source` does. Never raises: all faults are among the
    document's problems.
    """
    try:
        return _parse(content, source, digests or digests_of(content), path)
    except UnreadableDocument as unreadable:
        binary = known_binary(content)
        problem = Problem(f"this is {binary}, not a text file; {ARCHIVES}") if binary else unreadable.problem
        return Document(source, problems=[problem])
    except Exception as error:
        # A fault of ours must not lose the documents after it. The exception's message may quote `secured`.
        logger.error("import: %s could not be parsed: %s", source, type(error).__name__)
        return Document(source, problems=[Problem(f"the document could not be parsed ({type(error).__name__})")])


def _parse(content: bytes, source: str, digests: Digests, path: str) -> Document:
    limit = settings.IMPORT_MAX_DOCUMENT_BYTES
    if len(content) > limit:
        raise UnreadableDocument(Problem(f"the document has more than {limit:,} bytes"))
    front_matter = split_quickly(content)
    nodes = read_lines(front_matter.yaml) if front_matter else None
    repairs: list[Problem] = []
    is_usual = nodes is not None
    if front_matter is None or nodes is None:
        front_matter = split_document(content, source)
        nodes, front_matter.yaml, repairs = read_yaml(front_matter)
    document_type = STORY if is_empty(nodes.get("taxonomy", "")) else str(nodes["taxonomy"])
    if document_type != STORY and document_type not in schema.TAXONOMIES:
        ((line, column),) = locate(front_matter.yaml, [("taxonomy",)], front_matter.lines_before)
        message = f"{quote(document_type)} is unknown; use organization or topic, and no taxonomy for stories"
        raise UnreadableDocument(Problem(message, "taxonomy", line=line, column=column))
    types = schema.TAXONOMIES.get(document_type, schema.STORY)
    desk_node = nodes.pop(NEWSROOM, "") if document_type == STORY else ""
    findings = Findings(schema.STRICT[document_type], nodes)
    read = read_story(nodes, findings) if document_type == STORY else types.read(nodes, (), findings) or {}
    if not is_usual and " #" in front_matter.yaml:
        report_comments(front_matter.yaml, types, findings)
    body = front_matter.body
    if "\x00" in body:
        raise UnreadableDocument(Problem("a text must not contain the character U+0000", "body"))
    if isinstance(read.get("title"), str) and not plain_text(read["title"]).strip():
        findings.error(((), "title"), "the title contains only markup")
    secured = read.pop("secured", None) or ""
    as_written.forget_raw_secured(read)
    values, unknown = known_and_unknown(read, types)
    desk_state = None
    if not is_empty(desk_node):
        desk_state = read_desk_state(desk_node, nodes, body, partial(_with_places, front_matter=front_matter))
    return Document(
        source,
        document_type,
        values=values,
        unknown=unknown,
        body=body,
        secured=secured if isinstance(secured, str) else "",
        problems=[*front_matter.warnings, *repairs, *_with_places(findings, front_matter)],
        text_digest=trusted_digest(content, secured, body, digests),
        path=path,
        desk_state=desk_state,
    )


def read_yaml(front_matter: FrontMatter) -> Reading:
    """Return the Reading of a FrontMatter's YAML; raise UnreadableDocument if it has a fault.

    A missing line of --- after the YAML is a warning if the YAML is well-formed, else the fault that is reported.
    """
    try:
        reading = read_mapping(front_matter.yaml, front_matter.lines_before)
    except UnreadableDocument:
        if front_matter.is_closed:
            raise
        raise UnreadableDocument(Problem(NOT_CLOSED, line=front_matter.lines_before, column=1)) from None
    if not front_matter.is_closed:
        reading.repairs.append(Problem(NOT_CLOSED, level=Level.WARNING, line=front_matter.lines_before, column=1))
    return reading


def _with_places(findings: Findings, front_matter: FrontMatter) -> list[Problem]:
    """Return the problems with their places, errors before warnings, and PROBLEM_LIMIT of them at most."""
    ordered = sorted(findings.problems, key=lambda pair: pair[1].level is not Level.ERROR)
    listed, left_out = ordered[:PROBLEM_LIMIT], ordered[PROBLEM_LIMIT:]
    places = locate(front_matter.yaml, [path for path, _problem in listed], front_matter.lines_before)
    for (_path, problem), (line, column) in zip(listed, places, strict=True):
        problem.line, problem.column = line, column
    problems = [problem for _path, problem in listed]
    if left_out:
        problems.append(Problem(f"{len(left_out):,} more problems", level=left_out[0][1].level))
    return problems
