import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from articles.documents.nodes import Plain
from articles.documents.parse import parse_document
from articles.documents.yaml_loading import read_mapping
from articles.importing.writing.rows import prepare
from tests.factories import as_document, make_document, make_values


def test_a_story_is_typed_by_field():
    document = parse_document(
        make_document(
            publishedDateTime="2026-11-20T11:30:00+02:00",
            quality="61",
            length="PT17M39S",
            ratings={"count": 20, "average": "4.65"},
            removed="yes",
        ),
        "story.md",
    )
    assert document.is_valid, document.problems
    assert document.values["publishedDateTime"] == "2026-11-20T09:30:00Z"
    assert document.values["quality"] == 61
    assert (document.values["ratings"]["count"], document.values["ratings"]["average"]) == (20, 4.65)
    assert document.values["removed"] is True
    assert document.values["length"] == "PT17M39S"


def test_secured_is_stored_separately_and_not_in_the_digest():
    one = parse_document(make_document(title="A", webUrl="https://a.example/1", excerpt="x", secured="first"), "a.md")
    two = parse_document(make_document(title="A", webUrl="https://a.example/1", excerpt="x", secured="second"), "a.md")
    assert (one.secured, two.secured) == ("first", "second")
    assert "secured" not in one.values
    assert "secured" not in one.unknown
    assert digest(one) == digest(two)
    assert "first" not in repr(one)


def digest(document):
    return prepare(document, "2026-11-20T12:00:00Z").digest


def test_digest_depends_on_every_other_field():
    values = make_values()
    plain = digest(parse_document(as_document(values), "a.md"))
    assert digest(parse_document(as_document(values), "b.md")) == plain
    assert digest(parse_document(as_document(values, "More."), "a.md")) != plain
    for other in ({"heat": 71}, {"mood": "calm"}):
        assert digest(parse_document(as_document(values | other), "a.md")) != plain


def test_a_document_over_the_limit_is_refused(settings):
    settings.IMPORT_MAX_DOCUMENT_BYTES = 2000
    document = parse_document(make_document(excerpt="long " * 500), "long.md")
    assert [problem.message for problem in document.problems] == ["the document has more than 2,000 bytes"]


def test_all_problems_of_a_document_are_reported_together():
    document = parse_document(make_document(quality="high", heat="hot", webUrl="ftp://outlet.example/"), "bad.md")
    assert {problem.field for problem in document.problems} == {"quality", "heat", "webUrl"}


def test_control_characters_are_left_out_with_a_warning():
    document = parse_document(b'---\ntitle: "Bell\\x07 rings"\n---\n', "bell.md")
    assert document.is_valid
    assert document.title == "Bell rings"
    assert document.problems[0].message == "control characters were removed"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://outlet.example/a", "http://outlet.example/a"),
        ("https://outlet.example/a", "https://OUTLET.example:443/a#top"),
        ("https://outlet.example/a?x=1&y=2", "https://outlet.example/a?y=2&x=1&utm_source=mail"),
    ],
)
def test_the_same_story_under_two_urls_has_one_identity(first, second):
    documents = [parse_document(make_document(webUrl=url), f"{n}.md") for n, url in enumerate((first, second))]
    assert documents[0].identity == documents[1].identity


def test_without_a_url_the_file_name_tells_stories_apart():
    content = make_document(webUrl=None)
    assert parse_document(content, "in/a.md").identity == parse_document(content, "out/a.md").identity
    assert parse_document(content, "a.md").identity != parse_document(content, "b.md").identity


def test_titles_tell_stories_from_standard_input_apart():
    one, two = (parse_document(make_document(webUrl=None, title=title), "-") for title in ("One", "Two"))
    assert one.identity != two.identity


@given(st.binary(max_size=400))
def test_no_bytes_make_the_parser_raise(content):
    parse_document(content, "any.md")


@given(st.text(alphabet=st.sampled_from("---\n :[]{}\"'#&*!|>%@`\t0aé~?,"), max_size=200))
def test_no_yaml_like_text_makes_the_parser_raise(text):
    parse_document(f"---\ntitle: x\n{text}\n---\n".encode(), "any.md")


NODES = st.recursive(
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), below, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=5), NODES, min_size=1, max_size=4))
def test_our_reader_and_pyyaml_agree_on_text(mapping):
    text = yaml.safe_dump(mapping, allow_unicode=True, default_style='"')
    assert read_mapping(text).mapping == mapping == yaml.safe_load(text)


def test_unquoted_scalars_are_marked_as_such():
    read = read_mapping('plain: 007\nquoted: "007"\n').mapping
    assert isinstance(read["plain"], Plain)
    assert not isinstance(read["quoted"], Plain)
