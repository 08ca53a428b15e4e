"""The folders of samples: each file is named for its fault, or for what is unusual and all right about it."""

from pathlib import Path

import pytest

from articles.importing.parsing import parse_document
from tests.conftest import ROOT

INVALID = ROOT / "fixtures" / "import" / "invalid"
VALID = ROOT / "fixtures" / "import" / "valid"

# fault -> (line, column, field, part of the message)
FAULTS = {
    "absurd-image-size": (5, 12, "images[0].width", "not between 1 and 30,000"),
    "alias-bomb": (3, 4, "a", "anchors"),
    "alias-in-related": (5, 14, "related[0].excerpt", "aliases"),
    "anchor": (3, 10, "excerpt", "anchors"),
    "bad-domain": (5, 11, "provider.domain", "not a host name"),
    "data-url-image": (4, 10, "images[0].url", "only http and https"),
    "date-in-words": (3, 20, "publishedDateTime", "not a date and time"),
    "deep-nesting": (3, 26, "", "nested more than 20 levels"),
    "duplicate-key": (4, 1, "excerpt", "stands twice"),
    "duplicate-key-nested": (5, 3, "provider.name", "stands twice"),
    "empty": (None, None, "", "the document is empty"),
    "empty-title": (2, 8, "title", "there is no title"),
    "file-url-related": (6, 13, "related[1].webUrl", "only http and https"),
    "heat-below-range": (3, 7, "heat", "not between -1 and"),
    "image-without-url": (4, 5, "images[0].url", "there is no url"),
    "images-not-a-list": (3, 9, "images", "a list is expected"),
    "impossible-date": (3, 20, "publishedDateTime", "not a date and time"),
    "invalid-utf-8": (3, 14, "", "byte 0xE9 at offset 44"),
    "javascript-url": (3, 9, "webUrl", "only http and https"),
    "key-is-a-list": (3, 3, "", "must be text"),
    "length-in-words": (3, 9, "length", "not a duration"),
    "million-topics": (3, 9, "topics", "at most 100"),
    "negative-image-size": (5, 12, "images[0].width", "not between 1 and 30,000"),
    "no-title": (2, 1, "title", "there is no title"),
    "not-a-mapping": (2, 1, "", "not a mapping"),
    "not-yaml": (3, 10, "", "not valid YAML"),
    "nul-character": (3, 12, "", "U+0000"),
    "nul-escaped": (3, 10, "excerpt", "U+0000"),
    "null-title": (2, 8, "title", "there is no title"),
    "plain-prose": (1, 1, "", "not a mapping"),
    "published-in-words": (3, 12, "published", "neither true nor false"),
    "python-tag": (3, 10, "excerpt", "!!python/object"),
    "quality-absurd": (3, 10, "quality", "not a whole number"),
    "quality-in-words": (3, 10, "quality", "not a whole number"),
    "related-without-title": (4, 5, "related[0].title", "there is no title"),
    "standard-tag": (3, 10, "quality", "!!int"),
    "tab-indent": (4, 1, "", "not valid YAML"),
    "title-is-a-list": (3, 3, "title", "not a list"),
    "title-too-long": (2, 8, "title", "at most 1,000"),
    "topics-not-a-list": (3, 9, "topics", "a list is expected"),
    "two-documents": (4, None, "", "a second document begins here"),
    "unclosed-front-matter": (1, None, "", "not closed"),
    "unknown-taxonomy": (2, 11, "taxonomy", "'galaxy' is not known"),
    "url-bad-host": (3, 9, "webUrl", "not a host name"),
    "url-protocol-relative-image": (4, 10, "images[0].url", "only http and https"),
    "url-too-long": (3, 9, "webUrl", "at most 2,048"),
    "url-with-control-character": (3, 9, "webUrl", "U+000A"),
    "url-with-user": (3, 9, "webUrl", "user name"),
    "url-without-host": (3, 9, "webUrl", "no host name"),
    "utf-16": (None, None, "", "UTF-16"),
    "year-out-of-range": (3, 20, "publishedDateTime", "the year 1 "),
}


def parse(path):
    return parse_document(path.read_bytes(), path.name)


def test_every_sample_is_in_the_table():
    assert {path.stem for path in INVALID.iterdir()} == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_place(fault):
    line, column, field, message = FAULTS[fault]
    document = parse(INVALID / f"{fault}.md")
    assert not document.is_sound
    problem = document.problems[0]
    assert (problem.line, problem.column, problem.field) == (line, column, field)
    assert message in problem.message


def test_what_was_written_is_taken_as_text():
    assert parse(VALID / "title-is-a-number.md").title == "2020"
    assert parse(VALID / "title-is-a-boolean.md").title == "no"
    assert parse(VALID / "provider-named-no.md").values["provider"]["name"] == "No"
    assert parse(VALID / "topic-007.md").values["topics"] == ["007"]


def test_line_ends_and_marks_of_other_systems_make_no_difference():
    assert parse(VALID / "crlf.md").body == "<p>One</p>\n<p>Two</p>\n"
    assert parse(VALID / "byte-order-mark.md").title == "With a byte order mark"


def test_a_body_may_hold_a_rule_of_dashes():
    assert parse(VALID / "dashes-in-body.md").body == "Above.\n\n---\n\nBelow.\n"


def test_a_time_without_zone_is_utc_and_says_so():
    document = parse(VALID / "date-without-zone.md")
    assert document.values["publishedDateTime"] == "2026-11-20T12:00:00Z"
    assert [(str(problem.level), problem.field, problem.line) for problem in document.problems] == [
        ("warning", "publishedDateTime", 3)
    ]


def test_unknown_keys_are_kept_as_written():
    assert parse(VALID / "unknown-keys.md").unknown == {
        "sentiment": 0.42,
        "firstSeen": {"$yaml": "2026-11-20"},
        "code": {"$yaml": "007"},
        "desk": {"code": "W3", "flags": ["a", "b"]},
    }


@pytest.mark.parametrize("path", sorted(VALID.iterdir()), ids=lambda path: path.stem)
def test_every_valid_sample_is_sound(path: Path):
    document = parse(path)
    assert document.is_sound, document.problems
    assert document.title
