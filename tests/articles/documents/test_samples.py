"""The folders of samples: each file is named for its fault, or for what is unusual and all right about it."""

from pathlib import Path

import pytest

from articles.documents.parse import parse_document
from tests.conftest import ROOT

INVALID = ROOT / "fixtures" / "import" / "invalid"
TOLERATED_SAMPLES = ROOT / "fixtures" / "import" / "tolerated"
VALID = ROOT / "fixtures" / "import" / "valid"

# fault -> (line, column, field, part of the message)
FAULTS = {
    "alias-bomb": (3, 4, "a", "anchors (&name) are not allowed; put the text in quotes"),
    "alias-in-related": (5, 14, "related[0].excerpt", "aliases"),
    "anchor": (3, 10, "excerpt", "anchors (&name) are not allowed; put the text in quotes"),
    "deep-nesting": (3, 26, "", "nested more than 20 levels"),
    "duplicate-key": (4, 1, "excerpt", "appears twice with different values; remove one"),
    "duplicate-key-nested": (5, 3, "provider.name", "appears twice with different values; remove one"),
    "empty": (None, None, "", "the document is empty"),
    "empty-title": (2, 8, "title", "a title is required"),
    "invalid-utf-8": (3, 14, "", "byte 0xE9 at offset 44"),
    "javascript-url": (3, 9, "webUrl", "only http and https"),
    "key-is-a-list": (3, 3, "", "must be text"),
    "no-blank-after-colon": (2, 7, "", "a space is missing after the colon in line 2; write it as 'title: Storm'"),
    "no-title": (2, 1, "title", "a title is required"),
    "not-a-mapping": (2, 1, "", "not a mapping"),
    "not-yaml": (3, 10, "", "a quotation mark opens here and is not closed"),
    "nul-character": (3, 12, "", "U+0000"),
    "null-title": (2, 8, "title", "a title is required"),
    "odd-quotes": (3, 16, "", "text follows the closing quotation mark; put the whole text in quotes"),
    "plain-prose": (1, 1, "", "not a mapping"),
    "png": (None, None, "", "this is a PNG picture, not a text file; archives must be zip or tar"),
    "python-tag": (3, 10, "excerpt", "!!python/object"),
    "second-document-after-body": (5, 1, "", "a second document begins here"),
    "standard-tag": (3, 10, "quality", "!!int"),
    "tab-indent": (4, 1, "", "a tab is used for indentation; use spaces"),
    "title-is-a-list": (3, 3, "title", "not a list"),
    "title-too-long": (2, 8, "title", "at most 1,000"),
    "two-documents": (4, 1, "", "a second document begins here"),
    "unknown-taxonomy": (2, 11, "taxonomy", "'galaxy' is unknown"),
    "url-bad-host": (3, 9, "webUrl", "not a host name"),
    "url-too-long": (3, 9, "webUrl", "at most 2,048"),
    "url-with-control-character": (3, 9, "webUrl", "U+000A"),
    "url-with-user": (3, 9, "webUrl", "user name"),
    "url-without-host": (3, 9, "webUrl", "the host name is missing"),
    "utf-16": (None, None, "", "UTF-16"),
    "zip": (None, None, "", "this is a zip archive, not a text file"),
}

# what is unusual -> [(line, field, part of the message)] of the warnings, all of them
TOLERATED = {
    "absurd-image-size": [(5, "images[0].width", "999,999,999 is not between 1 and 30,000; left out")],
    "apostrophe": [(2, "title", "an apostrophe within '…' is written twice")],
    "bad-domain": [(5, "provider.domain", "not a host name; left out")],
    "begins-with-at": [(2, "title", "a text cannot begin with @; put the text in quotes")],
    "begins-with-backtick": [(2, "title", "a text cannot begin with `; put the text in quotes")],
    "begins-with-bracket": [(2, "title", "a text cannot begin with [; put the text in quotes")],
    "begins-with-percent": [(2, "title", "a text cannot begin with %; put the text in quotes")],
    "blank-in-url": [(4, "images[0].url", "such as a space; they were encoded")],
    "blank-lines-first": [(1, "", "a blank line before the first line of ---")],
    "colon-in-name": [(4, "provider.name", "the text contains a colon; put the text in quotes")],
    "colon-in-title": [(2, "title", "the text contains a colon; put the text in quotes")],
    "colon-in-topic": [(4, "topics[0]", "the text contains a colon; put the text in quotes")],
    "comment-after-fence": [(1, "", "the comment after ---"), (3, "", "the comment after ---")],
    "comment-first": [(1, "", "a comment before the first line of ---")],
    "cr-cr-lf": [(1, "", "lines end in CR CR LF; save the file with LF line endings")],
    "cr-only": [(1, "", "lines end in CR; save the file with LF line endings")],
    "data-url-image": [(4, "images[0].url", "only http and https URLs are allowed, not 'data'; left out")],
    "date-in-words": [(3, "publishedDateTime", "not a date and time such as 2020-06-11T13:11:00Z; left out")],
    "dots-at-the-end": [(3, "", "end it with a line of ---")],
    "escaped-apostrophe": [(2, "title", "a backslash within")],
    "file-url-related": [
        (4, "related[0].webUrl", "the URL is missing; shown without a link"),
        (6, "related[1].webUrl", "only http and https URLs are allowed"),
    ],
    "first-fence-missing": [(1, "", "the line --- before the first field is missing")],
    "hash-in-title": [(2, "title", "# after a space starts a comment")],
    "heat-below-range": [(3, "heat", "-2 is not between -1 and 100,000; left out")],
    "html-comment-first": [(1, "", "an HTML comment before the first line of ---")],
    "image-without-url": [(4, "images[0].url", "the URL is missing; the picture is not shown")],
    "images-not-a-list": [(3, "images[0]", "read as its url")],
    "impossible-date": [(3, "publishedDateTime", "not a date and time")],
    "inner-quotes": [(2, "title", "a quotation mark within")],
    "length-in-words": [(3, "length", "not a duration such as PT17M39S; kept as written")],
    "length-spoken": [(3, "length", "'17 hours' is not ISO 8601; read as PT17H")],
    "million-topics": [(3, "topics", "2,000 entries; only the first 100 are used")],
    "negative-image-size": [(5, "images[0].width", "not between 1 and 30,000; left out")],
    "nul-escaped": [(3, "excerpt", "control characters were removed")],
    "provider-is-a-name": [(3, "provider", "read as its name")],
    "published-in-words": [(3, "published", "neither true nor false; left out")],
    "quality-absurd": [(3, "quality", "not a whole number; left out")],
    "quality-in-words": [(3, "quality", "not a whole number; left out")],
    "related-with-faults": [
        (5, "related[0].webUrl", "only http and https URLs are allowed"),
        (8, "related[0].images[0].width", "'auto' is not a whole number; left out"),
    ],
    "related-without-title": [(4, "related[0].title", "the title is missing; shown as 'outlet.example'")],
    "related-without-url": [(5, "related[0].webUrl", "the URL is missing; shown without a link")],
    "surrogates": [(2, "title", "write the character itself")],
    "two-byte-order-marks": [(1, "", "a second byte order mark was removed")],
    "unclosed-front-matter": [(1, "", "the front matter is not closed; put a line of ---")],
    "url-protocol-relative-image": [(4, "images[0].url", "the URL has no scheme; read as https")],
    "yaml-directive": [(1, "", "a YAML directive before the first line of ---")],
    "year-out-of-range": [(3, "publishedDateTime", "the year 1 means that there is no date; left out")],
}


def parse(path):
    return parse_document(path.read_bytes(), path.name)


def test_every_sample_is_in_the_table():
    assert {path.stem for path in INVALID.iterdir()} == set(FAULTS)
    assert {path.stem for path in TOLERATED_SAMPLES.iterdir()} == set(TOLERATED)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_place(fault):
    line, column, field, message = FAULTS[fault]
    document = parse(INVALID / f"{fault}.md")
    assert not document.is_valid
    problem = document.problems[0]
    assert (problem.line, problem.column, problem.field) == (line, column, field)
    assert message in problem.message


@pytest.mark.parametrize("name", TOLERATED)
def test_a_tolerated_fault_gets_a_warning_with_its_place(name):
    document = parse(TOLERATED_SAMPLES / f"{name}.md")
    assert document.is_valid, document.problems
    assert document.title
    places = [(problem.line, problem.field) for problem in document.problems]
    assert places == [(line, field) for line, field, _message in TOLERATED[name]]
    for problem, (_line, _field, message) in zip(document.problems, TOLERATED[name], strict=True):
        assert problem.level == "warning"
        assert message in problem.message


@pytest.mark.parametrize("name", [path.stem for path in VALID.iterdir() if path.stem != "date-without-zone"])
def test_valid_samples_get_no_warning(name):
    (path,) = VALID.glob(f"{name}.*")
    assert parse(path).problems == []


def test_a_value_as_written_is_read_as_text():
    assert parse(VALID / "title-is-a-number.md").title == "2020"
    assert parse(VALID / "title-is-a-boolean.md").title == "no"
    assert parse(VALID / "provider-named-no.md").values["provider"]["name"] == "No"
    assert parse(VALID / "topic-007.md").values["topics"] == ["007"]


def test_line_ends_and_marks_of_other_systems_make_no_difference():
    assert parse(VALID / "crlf.md").body == "<p>One</p>\n<p>Two</p>\n"
    assert parse(VALID / "byte-order-mark.md").title == "With a byte order mark"


def test_a_body_may_hold_a_rule_of_dashes():
    assert parse(VALID / "dashes-in-body.md").body == "Above.\n\n---\n\nBelow.\n"


def test_time_without_zone_is_utc_with_a_warning():
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
def test_every_valid_sample_is_accepted(path: Path):
    document = parse(path)
    assert document.is_valid, document.problems
    assert document.title
