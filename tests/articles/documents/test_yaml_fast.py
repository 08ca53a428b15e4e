"""What is read line by line is read as libyaml reads it, and whatever is not plain is left to libyaml."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yaml.cyaml import CParser

from articles.documents.front_matter import split_document
from articles.documents.nodes import Plain
from articles.documents.problems import UnreadableDocument
from articles.documents.yaml_fast import KNOWN_KEYS, MAX_KNOWN_KEYS, read_lines
from articles.documents.yaml_reader import build
from tests.articles.importing.expected import SEED
from tests.conftest import ROOT

BITS = [
    *[
        "key: ",
        '"a"',
        "'b'",
        "plain text",
        "-",
        "\n",
        "\n   ",
        "\n- ",
        "\n  - ",
        ":",
        "#",
        " # ",
        '"',
        "'",
        "\\",
        '\\"',
    ],
    *[
        "\t",
        "\r",
        "\r\n",
        "{}",
        "[]",
        "&",
        "*",
        "!",
        "?",
        "%",
        "@",
        "~",
        "no",
        "007",
        "-1",
        "---",
        "...",
        "|",
        ">",
        "<",
    ],
    *["=", ",", " ", "é", "\x85", "\xa0", "\u2028", "\ufeff", "\x00", "/x", "(x", "a:b", "a: b", "x:", "😀"],
]
STORY = """category: news
title: "A headline"
quality: 24
published: false

provider:
  name: No
  images:
    - url: /logo.png
      width: 50
topics:
  - AI
  - "007"
related:
  - title: 'Other'
    provider:
      name: Mic
    quality: 42
  - title: "With \\"quotes\\""
"""


def in_pairs(node):
    """Return a node with the classes and the order of all that is in it."""
    if isinstance(node, dict):
        return [(key, in_pairs(value)) for key, value in node.items()]
    if isinstance(node, list):
        return ["list", *map(in_pairs, node)]
    return type(node), str(node)


def by_libyaml(text):
    try:
        return in_pairs(build(CParser(text)))
    except Exception as error:
        return type(error)


def agrees(text):
    read = read_lines(text)
    return read is None or in_pairs(read) == by_libyaml(text)


def test_upstreams_documents_are_read_line_by_line():
    assert read_lines(STORY)["related"][1] == {"title": 'With "quotes"'}
    assert type(read_lines(STORY)["provider"]["name"]) is Plain
    assert agrees(STORY)
    assert agrees(STORY.replace("\n", "\r\n"))
    assert read_lines(split_document(SEED.read_bytes(), "seed").yaml)


def test_the_fixtures_are_read_alike():
    read = 0
    for path in sorted((ROOT / "fixtures").rglob("*.*")):
        try:
            text = split_document(path.read_bytes(), path.name).yaml
        except UnreadableDocument:
            continue
        assert agrees(text), path
        read += read_lines(text) is not None
    assert read > 100


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n",
        "title: a\ntitle: b\n",
        "title: a\n  continued\n",
        'title: "a\n  b"\n',
        "title: |\n  a\n",
        "title: a # remark\n",
        "# remark\ntitle: a\n",
        "title: [a, b]\n",
        "title: &a b\nother: *a\n",
        "title: !!str 1\n",
        "title: a: b\n",
        'title: "\\u0041"\n',
        "title:\n\t- a\n",
        "title:\n- a\n",
        "title:\n   - a\n  - b\n",
        "? title\n: a\n",
        "title: a\n...\n",
        "title: a\x85b: c\n",
        'title: "a\u2028b"\n',
        "title: a\x00\n",
        "title: 'it''s'\n",
        "a:\n" + "".join(f"{'  ' * depth}a:\n" for depth in range(1, 30)),
        "a: 1\n" * 30_000,
    ],
)
def test_other_yaml_is_left_to_libyaml(text):
    assert read_lines(text) is None


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_altered_documents_read_as_libyaml_reads_them(data):
    text = STORY
    for _number in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 6))
        text = text[:at] + data.draw(st.sampled_from(BITS)) + text[at + gone :]
    assert agrees(text), text


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(BITS), max_size=12).map("".join))
def test_any_yaml_reads_as_libyaml_reads_it(text):
    assert agrees(text), text


def test_cache_of_keys_is_limited():
    for number in range(MAX_KNOWN_KEYS + 10):
        assert read_lines(f"key{number}: a\n") == {f"key{number}": "a"}
    assert len(KNOWN_KEYS) <= MAX_KNOWN_KEYS
