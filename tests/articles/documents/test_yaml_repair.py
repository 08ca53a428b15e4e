"""Text that breaks YAML is accepted if it can mean one thing alone, and never changed on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.documents.parse import parse_document
from articles.documents.problems import UnreadableDocument
from articles.documents.yaml_loading import read_mapping


def title_of(line, after="webUrl: https://outlet.example/a\n"):
    document = parse_document(f"---\n{line}\n{after}---\n".encode(), "a.md")
    return document.title if document.is_valid else None


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Storm: the aftermath", "Storm: the aftermath"),
        ("Storm: the aftermath: part 2", "Storm: the aftermath: part 2"),
        ("Storm:", "Storm:"),
        ('Storm: the "aftermath" \\ more', 'Storm: the "aftermath" \\ more'),
        ("@outlet reports", "@outlet reports"),
        ("%5 more", "%5 more"),
        ("`make` turns fifty", "`make` turns fifty"),
        ("*Breaking* news", "*Breaking* news"),
        ("**Breaking** news", "**Breaking** news"),
        ("& so on", "& so on"),
        ("[Update] The gates close", "[Update] The gates close"),
        ("{Sponsored} The gates close", "{Sponsored} The gates close"),
        ("- the gates close", "- the gates close"),
        ("> 50 percent", "> 50 percent"),
        ("'It's a storm'", "It's a storm"),
        ("'It's John's storm'", "It's John's storm"),
        ("'It's Jane''s storm'", "It's Jane's storm"),
        ("'Rock 'n' roll'", "Rock 'n' roll"),
        ("'It\\'s a storm'", "It's a storm"),
        ('"The "quiet" strike"', 'The "quiet" strike'),
        ('"The "quiet" strike\\n of \\"all\\""', 'The "quiet" strike\n of "all"'),
        ('"Storm" hits coast', '"Storm" hits coast'),
        ('"Storm" hits "coast"', '"Storm" hits "coast"'),
        ("'Storm' hits 'coast'", "'Storm' hits 'coast'"),
        ('"Rocket \\uD83D\\uDE80 day"', "Rocket 🚀 day"),
        ('"Rocket \\ud83d day"', "Rocket � day"),
        ('"It\\\'s raining"', "It's raining"),
        ('"C:\\data"', "C:\\data"),
        ('"\\u00e9\\x41 \\t\\\\"', "éA \t\\"),
    ],
)
def test_text_with_one_possible_meaning_is_repaired(written, title):
    assert title_of(f"title: {written}") == title


@pytest.mark.parametrize(
    "lines",
    [
        "title: 'The dogs' home'",
        "title: 'Tis the season",
        'title: "One" or "two',
        "title: Storm: the\n  aftermath",
        "title: &name",
        "title: *name",
        "title: !tag text",
        "title: [one, two",
        "title: x\nprovider: name: Outlet",
        "title: x\nimages: url: https://outlet.example/a.png",
        "title: x\n\tcategory: news",
        "title: x\nno field at all",
        "title: One\ntitle: Two",
    ],
)
def test_text_with_two_possible_meanings_is_rejected(lines):
    document = parse_document(f"---\n{lines}\n---\n".encode(), "a.md")
    (problem,) = document.problems
    assert not document.is_valid
    assert problem.line
    for word in ("mapping values", "token", "block", "scalar", "parsing", "scanning", "stream"):
        assert word not in problem.message


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("title:Storm", "a space is missing after the colon in line 2; write it as 'title: Storm'"),
        ("title: x\nheat:9", "a space is missing after the colon in line 3; write it as 'heat: 9'"),
        ("title: x\nprovider:\n  name:Outlet\n  domain: o.example", "a space is missing after the colon in line 4"),
        ("title: x\nprovider:\n\tname: y", "a tab is used for indentation; use spaces"),
        ("title: x\nprovider:\n  name: y\n domain: z", "this line is not indented like the fields around it"),
        ("title: x\nexcerpt: 'never closed", "a quotation mark opens here and is not closed"),
        ("title: x\nprovider: name: y", "the text contains a colon; put the text in quotes"),
        ("title: x\ntopics: [Update] more", "text follows the closing bracket; put the whole text in quotes"),
        ("title: x\ntopics: name: y", "the text contains a colon; put the text in quotes"),
        ("title: x\ntopics: [AI, News", "a list or mapping in brackets is not closed"),
        ("title: !!python/name:os.system x", "tags are not allowed: !!python/name:os.system; put the text in quotes"),
    ],
)
def test_an_error_names_the_cause_and_the_remedy(lines, message):
    (problem,) = parse_document(f"---\n{lines}\n---\n".encode(), "a.md").problems
    assert problem.message.startswith(message)


def test_every_faulty_line_is_repaired():
    related = "".join(f"  - title: Part {n}: more\n    provider:\n      name: DM: {n}\n" for n in range(30))
    document = parse_document(f"---\ntitle: a: b\nrelated:\n{related}---\n".encode(), "a.md")
    assert document.is_valid
    assert [item["title"] for item in document.values["related"]] == [f"Part {n}: more" for n in range(30)]
    assert document.values["related"][29]["provider"]["name"] == "DM: 29"
    assert document.problems[0].line == 2


def test_a_comment_after_a_repaired_text_stays_one():
    document = parse_document(b"---\ntitle: Storm: we are #1 in # all\n---\n", "a.md")
    assert document.title == "Storm: we are"
    assert "comment" in document.problems[0].message


@pytest.mark.parametrize(
    ("yaml", "fields"),
    [
        ("title: We are #1 in C # and more", ["title"]),
        ("title: x\nexcerpt: one\n  two # three", ["excerpt"]),
        ("title: x\ntopics:\n  - C # and more\n  - D", ["topics[0]"]),
        ("title: x\nrelated:\n  - title: y # z\n    webUrl: https://o.example/a", ["related[0].title"]),
        ("title: x\nexcerpt: #1 in sales", ["excerpt"]),
        ("title: x\nheat: 9 # good\n# a comment\ntopics: # some\n  - AI", []),
        ('title: "We are #1 # x" # comment', []),
        ("title: C#\nexcerpt: |\n  one # two", []),
        ('title: "a\n  b # c"', []),
    ],
)
def test_a_text_truncated_by_a_comment_gets_a_warning(yaml, fields):
    document = parse_document(f"---\n{yaml}\n---\n".encode(), "a.md")
    assert document.is_valid
    assert [problem.field for problem in document.problems] == fields


TEXT = st.text(
    alphabet=st.sampled_from("ab é'\"`@%*&!|>[]{},?:#-\\~0")
    | st.characters(codec="utf-8", exclude_categories=("C", "Z")),
    min_size=1,
    max_size=30,
)


@given(TEXT)
def test_an_unquoted_text_is_never_changed_into_another(text):
    """It is read as written, as YAML reads it, cut at a comment with a warning, or refused."""
    text = " ".join(text.split()) or "x"
    try:
        read = read_mapping(f"title: {text}\nwebUrl: https://outlet.example/a\n")
    except UnreadableDocument:
        return
    assert read.mapping["webUrl"] == "https://outlet.example/a"
    assert not read.repairs or list(read.mapping) == ["title", "webUrl"]
    if read.repairs and text[0] not in "\"'":
        assert read.mapping["title"] == text.partition(" #")[0].rstrip()
    elif read.repairs:
        signs = [character for character in read.mapping["title"] if character not in "\"'\\"]
        text_signs = [character for character in text.partition(" #")[0] if character not in "\"'\\"]
        assert signs == text_signs or "\\" in text


@given(st.lists(TEXT, min_size=1, max_size=4), st.sampled_from(["title: ", "  - ", "  name: ", "", "\t", "# ", "--- "]))
def test_no_lines_make_the_reader_raise_or_hang(texts, head):
    parse_document("---\n{}\n---\n".format("\n".join(head + text for text in texts)).encode(), "a.md")


def test_a_megabyte_of_faulty_lines_is_rejected_quickly():
    text = "title: x\n" + "".join(f"key{n}: a: b\n" for n in range(60_000))
    with pytest.raises(UnreadableDocument) as refused:
        read_mapping(text)
    assert refused.value.problem.message == "the text contains a colon; put the text in quotes"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("DM: Example", "DM: Example"),
        ("@outlet", "@outlet"),
        ("%5", "%5"),
        ("`make`", "`make`"),
        ("'It's a storm'", "It's a storm"),
    ],
)
def test_a_text_that_breaks_yaml_is_taken_where_a_list_or_mapping_belongs(written, text):
    document = parse_document(f"---\ntitle: x\ntopics: {written}\nprovider: {written}\n---\n".encode(), "a.md")
    assert document.is_valid
    assert document.values["topics"] == [text]
    assert document.values["provider"]["name"] == text


def test_a_repair_names_its_field_and_place():
    lines = "title: a: b\ntopics:\n  - '@x\n  y'\n  - @z\nrelated:\n  - webUrl: https://o.example/1\n    title: c: d\n"
    document = parse_document(f"# note\n---\n{lines}---\n".encode(), "a.md")
    repairs = [(problem.line, problem.column, problem.field) for problem in document.problems[1:]]
    assert repairs == [(3, 9, "title"), (7, 5, "topics[1]"), (10, 13, "related[0].title")]


@pytest.mark.parametrize("mark", ["'", '"'])
def test_a_quotation_mark_that_is_not_closed_is_reported_where_it_opens(mark):
    lines = f"category: news\ntitle: {mark}The gates close\n\nexcerpt: {mark}A teaser.{mark}\n"
    (problem,) = parse_document(f"---\n{lines}---\n".encode(), "a.md").problems
    assert (problem.line, problem.column) == (3, 8)
    assert problem.message.startswith("a quotation mark opens here and is not closed")
