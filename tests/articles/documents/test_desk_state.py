"""The field `newsroom` of exported documents."""

from articles.documents.desk_state import IGNORED, BaseDocument
from articles.documents.parse import parse_document

DOCUMENT = """---
title: "The desk's"
webUrl: https://a.example/1
heat: 77
topics: [AI]
mood: calm
newsroom:
  version: 1
  state: withdrawn
  slot: 99
  conflicts:
  - {field: heat, base: "50"}
  - {field: provider.authors, base: [{name: A. Author}]}
  - {field: title}
  - {field: body, base: Before}
  upstream:
    fields: {title: Theirs, heat: hot, quality: 5}
    absent: [topics]
    body: "Theirs."
secured: "hush"
---
The desk's.
"""


def read():
    return parse_document(DOCUMENT.encode(), "a.md")


def test_it_is_neither_a_field_nor_an_unknown_one():
    document = read()
    assert (document.is_valid, document.problems, document.unknown) == (True, [], {"mood": "calm"})
    assert (document.values["title"], document.body, document.secured) == ("The desk's", "The desk's.\n", "hush")


def test_upstreams_document_is_the_document_with_what_differs():
    assert read().desk_state.base == BaseDocument(
        {"title": "Theirs", "webUrl": "https://a.example/1", "quality": 5, "$as_written": {"heat": ["hot"]}},
        {"mood": "calm"},
        "Theirs.",
    )


def test_conflicts_have_values_of_their_fields_types():
    assert read().desk_state.conflicts == {
        "heat": {"heat": 50, "$as_written": {"heat": ["50"]}},
        "provider.authors": {"provider": {"authors": [{"name": "A. Author"}]}},
        "title": {},
        "body": {"body": "Before"},
    }


def test_faults_have_their_places_and_are_warnings():
    state = read().desk_state
    assert [(problem.field, problem.line, problem.level) for problem in state.problems] == [
        ("newsroom.slot", 10, "warning"),
        ("newsroom.upstream.fields.heat", 17, "warning"),
    ]
    assert (state.ignored.field, state.ignored.line, state.ignored.message) == ("newsroom", 8, IGNORED)
    assert state.values["state"] == "withdrawn"


def test_the_identity_in_the_export_counts_before_its_url():
    text = DOCUMENT.replace("  version: 1\n", f"  version: 1\n  identity: {'a' * 32}\n")
    document = parse_document(text.encode(), "a.md")
    assert (document.identity, document.former_identity) == ("a" * 32, read().identity)


def test_a_later_version_is_not_read():
    state = parse_document(DOCUMENT.replace("version: 1", "version: 2").encode(), "a.md").desk_state
    assert (state.is_usable, state.base, state.identity) == (False, None, "")
    assert "version 2 is unknown; this release restores version 1" in [problem.message for problem in state.problems]
