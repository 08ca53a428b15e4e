"""What separates the YAML of a document from its body, in every form that occurs."""

import pytest

from articles.documents.binary_files import SIGNATURES, known_binary
from articles.documents.front_matter import split_document, split_quickly
from articles.documents.parse import parse_document
from articles.documents.problems import UnreadableDocument


@pytest.mark.parametrize(
    ("text", "yaml", "body"),
    [
        ("---\ntitle: x\n---\n", "title: x\n", ""),
        ("---\ntitle: x\n---\nBody.\n", "title: x\n", "Body.\n"),
        ("---\ntitle: x\n---", "title: x\n", ""),
        ("---  \ntitle: x\n--- \t\nBody.\n", "title: x\n", "Body.\n"),
        ("--- # a\ntitle: x\n--- # b\nBody.\n", "title: x\n", "Body.\n"),
        ("\n \n---\ntitle: x\n---\nBody.\n", "title: x\n", "Body.\n"),
        ("# a\n<!-- b\n--- -->\n%YAML 1.2\n\n---\ntitle: x\n---\nBody.\n", "title: x\n", "Body.\n"),
        ("---\ntitle: x\n...\nBody.\n---\nMore.\n", "title: x\n", "Body.\n---\nMore.\n"),
        ("---\ntitle: x\n---\nBody...\n...\n", "title: x\n", "Body...\n...\n"),
        ("---\r\ntitle: x\r\n---\r\nBody.\r\n", "title: x\n", "Body.\n"),
        ("---\rtitle: x\r---\rBody.\r", "title: x\n", "Body.\n"),
        ("---\r\r\ntitle: x\r\r\n---\r\r\nBody.\r\r\n", "title: x\n", "Body.\n"),
        ("title: x\n---\nBody.\n", "title: x\n", "Body.\n"),
        ("title: x\n", "title: x\n", ""),
        ("---\n---\nBody.\n", "", "Body.\n"),
    ],
)
def test_yaml_and_body_are_split(text, yaml, body):
    for content in (text.encode(), b"\xef\xbb\xbf" + text.encode(), b"\xef\xbb\xbf\xef\xbb\xbf" + text.encode()):
        front_matter = split_document(content, "a.md")
        assert (front_matter.yaml, front_matter.body) == (yaml, body)
    quick = split_quickly(text.encode())
    assert quick is None or (quick.yaml, quick.body) == (yaml, body) or "\n..." in quick.yaml


@pytest.mark.parametrize(
    "body",
    [
        "---\n",
        "---\nAbove.\n---\nBelow.\n",
        "---\nNote: this is a rule.\n---\n",
        "Above.\n\n---\n\ntitle: not a field after a blank line\n",
        "Write it so:\n\n```\n---\ntitle: x\n---\n```\n",
        "---\nname: a rule and a line\n",
        "----\ntitle: x\n",
        "---\nSome prose.\ntitle: x\n",
    ],
)
def test_a_rule_in_a_body_begins_no_document(body):
    document = parse_document(f"---\ntitle: x\n---\n{body}".encode(), "a.md")
    assert document.is_valid, document.problems
    assert document.body == body


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("---\ntitle: y\n---\n", 4),
        ("Body.\n---\ntitle: y\n---\n", 5),
        ("Body.\n---\ncategory: news\ntitle: y\n---\n", 5),
        ("Body.\n---\ntaxonomy: topic\nname: y\n", 5),
        ("Body.\n---\nname: y\ntype: profile\n---\n", 5),
        ("---\nA rule.\n---\ntopics:\n  - AI\n- x\n\ntitle: y\n---\n", 6),
        ("```\ncode\n```\n---\ntitle: y\n---\n", 7),
    ],
)
def test_a_second_document_is_named_with_its_line(body, line):
    with pytest.raises(UnreadableDocument) as refused:
        split_document(f"---\ntitle: x\n---\n{body}".encode(), "a.md")
    assert (refused.value.problem.line, refused.value.problem.message) == (
        line,
        "a second document begins here; put each document in a separate file",
    )


@pytest.mark.parametrize(("signature", "name"), SIGNATURES)
def test_binary_files_are_named(signature, name):
    (problem,) = parse_document(signature + b"\0\1\2\xff", "a.md").problems
    assert problem.message.startswith(f"this is {name}, not a text file; archives must be zip or tar")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"RIFF\0\0\0\0WEBPVP8 ", "a WebP picture"),
        (b"\0\0\0\x20ftypisom", "an MP4 video or HEIC picture"),
        (b"a.md".ljust(257, b"\0") + b"ustar\0", "a tar archive"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"t\0i\0t\0l\0e\0", "a binary file"),
        (b"BMW f\xfchrt", ""),
        ("BMW führt".encode(), ""),
        ("é".encode() * 300, ""),
        (b"---\ntitle: \0\n---\n", ""),
        (b"", ""),
    ],
)
def test_text_is_not_binary(content, name):
    assert known_binary(content) == name


@pytest.mark.parametrize(("encoding", "name"), [("utf-16", "UTF-16"), ("utf-32", "UTF-32")])
def test_byte_order_mark_names_the_encoding(encoding, name):
    (problem,) = parse_document("---\ntitle: x\n---\n".encode(encoding), "a.md").problems
    assert problem.message == f"the document is {name}; save it as UTF-8"


@pytest.mark.parametrize("fence", [" ---", "----", "\t---", "\u2014"])
def test_a_first_line_that_is_nearly_a_fence_is_named(fence):
    (problem,) = parse_document(f"{fence}\ntitle: x\n{fence}\nBody\n".encode(), "a.md").problems
    assert (problem.message, problem.line, problem.column) == ("the first line must be --- and nothing else", 1, 1)


@pytest.mark.parametrize("ending", ["\r", "\r\r\n"])
def test_unusual_line_ends_are_reported_with_a_place(ending):
    document = parse_document("---\ntitle: x\n---\nBody\n".replace("\n", ending).encode(), "a.md")
    (problem,) = document.problems
    assert (document.title, document.body, problem.line, problem.column) == ("x", "Body\n", 1, 1)
