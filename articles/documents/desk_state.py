"""The desk's state of a story in an exported document: the field `newsroom` (docs/import-format.md). Pure.

A document that has it is an export of a newsroom: its other fields are the desk's values and not upstream's.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from articles.canonical_urls import check_web_url
from articles.choices import Owner, State
from articles.documents.as_written import forget_raw_secured
from articles.documents.composite_types import ListOf, Mapping
from articles.documents.field_types import EARLIEST, LATEST, Boolean, FieldType, Integer, Text, Timestamp
from articles.documents.findings import Findings, Path
from articles.documents.mapping import KEY_OF_COLUMN
from articles.documents.nodes import Node, Values, is_empty
from articles.documents.problems import Level, Problem, field_path, quote
from articles.documents.schema import COVERAGE, STORY
from articles.documents.story_fields import known_and_unknown, read_story
from articles.documents.unknown_values import ANYTHING, node_of

NEWSROOM = "newsroom"
VERSION = 1
IGNORED = "ignored: the document is an export with the desk's edits, not upstream's; import it with --restore"
# The fields of the format, by the names that conflicts and the desk's decisions use.
FIELDS = frozenset({*KEY_OF_COLUMN.values(), "topics", "images", "related", "published", "removed"})
IDENTITY = re.compile(r"[0-9a-f]{32}")
SLUG = re.compile(r"[\w-]{1,120}")
URL_LENGTH, PATH_LENGTH, POSITIONS, SLOTS = 2048, 500, 10_000, 15


class OneOf(FieldType):
    """One of some words."""

    def __init__(self, words: frozenset[str]) -> None:
        self.words = words

    def convert(self, text: str, path: Path, findings: Findings) -> str:
        if text not in self.words:
            raise ValueError(f"{quote(text)} is unknown")
        return text


class Pattern(FieldType):
    """A text that matches a pattern."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern

    def convert(self, text: str, path: Path, findings: Findings) -> str:
        if not self.pattern.fullmatch(text):
            raise ValueError(f"{quote(text)} is not possible here")
        return text


class Day(FieldType):
    """A day, YYYY-MM-DD."""

    def convert(self, text: str, path: Path, findings: Findings) -> str:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{quote(text)} is not a day") from None
        if not EARLIEST.date() <= day <= LATEST.date():
            raise ValueError(f"{quote(text)} is not a day of a story")
        return text


class UrlOrTitle(FieldType):
    """The URL or, for want of one, the title of related coverage."""

    def convert(self, text: str, path: Path, findings: Findings) -> str:
        if len(text) > URL_LENGTH:
            raise ValueError(f"{len(text):,} characters; at most {URL_LENGTH:,} are allowed")
        if text.startswith(("http://", "https://")):
            check_web_url(text)
        return text


COVERAGE_NAME = Mapping({"name": UrlOrTitle(), "number": Integer(0, POSITIONS)})
DESK_STATE = Mapping(
    {
        "version": Integer(1, 1_000_000),
        "identity": Pattern(IDENTITY),
        "formerIdentities": ListOf(Pattern(IDENTITY), 1000),
        "address": Mapping({"day": Day(), "slug": Pattern(SLUG)}),
        "state": OneOf(frozenset(State.values)),
        "owner": OneOf(frozenset(Owner.values)),
        "visibleFrom": Timestamp(),
        "visibleUntil": Timestamp(),
        "firstVisible": Timestamp(),
        "proposedPublication": Timestamp(),
        "slot": Integer(1, SLOTS),
        "withoutProvider": Boolean(),
        "alwaysOurs": ListOf(OneOf(FIELDS), 100),
        "setFields": ListOf(OneOf(FIELDS), 100),
        "removed": Mapping(
            {
                "topics": ListOf(Text(URL_LENGTH), 5000),
                "images": ListOf(Text(URL_LENGTH), 5000),
                "related": ListOf(COVERAGE_NAME, 5000),
            }
        ),
        "first": Mapping({"images": Text(URL_LENGTH), "related": COVERAGE_NAME}),
        "hidden": ListOf(Mapping({"position": Integer(0, POSITIONS), "item": COVERAGE}), 500),
        "conflicts": ListOf(Mapping({"field": OneOf(FIELDS), "base": ANYTHING}), 100),
        "upstream": Mapping(
            {
                "fields": ANYTHING,
                "absent": ListOf(Text(1000), 1000),
                "body": ANYTHING,
                "path": Text(PATH_LENGTH),
                "source": Text(PATH_LENGTH),
                "formerProposal": Boolean(),
            }
        ),
    }
)


@dataclass
class BaseDocument:
    """Upstream's last document of a story, as `parse_document` reads it."""

    values: Values
    unknown: Values
    body: str


@dataclass
class DeskState:
    """The field `newsroom` of a document.

    `values` are its typed fields, those with faults left out, {} if its version is unknown. `base` is None for a story
    that was written at the desk. `conflicts` are {field: upstream's values before the conflict}. `problems` are its
    faults; `ignored` is the warning of an import that does not restore it.
    """

    values: Values = field(default_factory=dict)
    base: BaseDocument | None = None
    conflicts: dict[str, Values] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    ignored: Problem = field(default_factory=lambda: Problem(IGNORED, NEWSROOM, Level.WARNING))

    @property
    def is_usable(self) -> bool:
        """Whether it can be restored."""
        return bool(self.values)

    @property
    def identity(self) -> str:
        """The story's identity, "" if it is not known."""
        identity: str = self.values.get("identity", "")
        return identity


def read_desk_state(
    node: Node, document: dict[str, Node], body: str, with_places: Callable[[Findings], list[Problem]]
) -> DeskState:
    """Return the DeskState of the node of `newsroom`; `document` has the nodes of the other fields, `body` the body.

    `with_places` returns the problems of Findings with their places in the document.
    """
    findings, state = Findings(), DeskState()
    values = DESK_STATE.read(node, ((), NEWSROOM), findings) or {}
    version = values.get("version")
    if version != VERSION:
        reason = "no version is given" if version is None else f"version {version} is unknown"
        path = ((), NEWSROOM) if version is None else (((), NEWSROOM), "version")
        findings.warning(path, f"{reason}; this release restores version {VERSION}")
    elif isinstance(node, dict):
        report_unknown(values, findings)
        state.values, state.conflicts = values, read_conflicts(values)
        upstream = node.get("upstream")
        if isinstance(upstream, dict):
            state.base = read_base(upstream, values.get("upstream", {}), document, body, findings)
    for _path, problem in findings.problems:
        # A fault never rejects the document.
        problem.level = Level.WARNING
    findings.problems.insert(0, ((NEWSROOM,), state.ignored))
    state.problems = [problem for problem in with_places(findings) if problem is not state.ignored]
    return state


def report_unknown(values: Values, findings: Findings) -> None:
    """Report the fields of `newsroom` that this release does not restore."""
    for key in values:
        if key not in DESK_STATE.fields and not key.startswith("$"):
            findings.warning((((), NEWSROOM), key), "this field is unknown; left out")


def read_conflicts(values: Values) -> dict[str, Values]:
    """Return {field: upstream's values before the conflict} of the open conflicts."""
    conflicts: dict[str, Values] = {}
    for conflict in values.get("conflicts", []):
        name, base = conflict.get("field"), conflict.get("base")
        if name is None:
            continue
        key, _dot, part = name.partition(".")
        if base is None or name == "body":
            conflicts[name] = {"body": base} if isinstance(base, str) else {}
            continue
        node = node_of(base)
        # Read as a document, so that only values of the field's type are compared later.
        conflicts[name] = STORY.read({key: {part: node} if part else node}, (), Findings()) or {}
    return conflicts


def read_base(
    node: dict[str, Node], values: Values, document: dict[str, Node], body: str, findings: Findings
) -> BaseDocument | None:
    """Return upstream's document: the document with the fields in which upstream's differs, None if it has no title."""
    fields, own_body = node.get("fields", {}), node.get("body")
    differing = {key: below for key, below in fields.items() if key != NEWSROOM} if isinstance(fields, dict) else {}
    if not isinstance(fields, dict) and not is_empty(fields):
        findings.warning(((((), NEWSROOM), "upstream"), "fields"), "a mapping of fields is expected here; left out")
    absent = {*values.get("absent", ()), "secured", NEWSROOM}
    nodes = {key: below for key, below in document.items() if key not in absent} | differing
    below_findings = Findings()
    read = read_story(nodes, below_findings)
    read.pop("secured", None)
    forget_raw_secured(read)
    # Problems of other fields are those of the document itself.
    for steps, problem in below_findings.problems:
        if steps and steps[0] in differing:
            below = (NEWSROOM, "upstream", "fields", *steps)
            problem.field = field_path(below)
            findings.problems.append((below, problem))
    if not read.get("title"):
        findings.warning((((), NEWSROOM), "upstream"), "upstream's document has no title; left out")
        return None
    if isinstance(own_body, str) and "\x00" in own_body:
        findings.warning(
            ((((), NEWSROOM), "upstream"), "body"), "a text must not contain the character U+0000; left out"
        )
        own_body = None
    known, unknown = known_and_unknown(read, STORY)
    return BaseDocument(known, unknown, str(own_body) if isinstance(own_body, str) else body)
