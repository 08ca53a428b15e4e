"""Unchanged documents are recognised without being parsed, and no other document is."""

import pytest

from articles.documents.digests import digests_of
from articles.documents.parse import parse_document
from articles.importing import pipeline
from articles.importing.runner import import_sources
from articles.models import Article, UpstreamDocument
from tests.factories import as_document, make_values

TEXT = b'---\ntitle: "One"\nwebUrl: https://outlet.example/1\nsecured: "aGk=;aGk="\n---\nBody\n'


def test_digest_covers_everything_except_the_blob():
    first, other = digests_of(TEXT), digests_of(TEXT.replace(b"aGk=;aGk=", b"b2g=;b2g="))
    assert (first.blob, other.blob) == ("aGk=;aGk=", "b2g=;b2g=")
    assert first.text == other.text
    for old, new in ((b"One", b"Two"), (b"Body", b"body"), (b"secured", b"insured")):
        assert digests_of(TEXT.replace(old, new)).text != first.text


def test_blob_is_recognised_with_windows_line_endings():
    text = TEXT.replace(b"\n", b"\r\n")
    assert digests_of(text).blob == "aGk=;aGk="
    assert digests_of(text).text != digests_of(TEXT).text


def test_position_of_the_blob_line_is_part_of_the_digest():
    """A document without the line differs, and so does one with the line elsewhere."""
    bare = b"---\ntitle: One\n---\nBody\n---\n"
    first = bare.replace(b"\n---", b'\nsecured: "aGk="\n---', 1)
    later = first.replace(b'secured: "aGk="\n', b"") + b"---\n"
    later = later.replace(b"Body\n", b'Body\nsecured: "aGk="\n')
    assert len({digests_of(text).text for text in (bare, first, later)}) == 3


@pytest.mark.parametrize(
    "text",
    [
        b'---\ntitle: One\n---\nsecured: "aGk="\n---\n',
        b'---\ntitle: One\nsecured: aGk=\n---\nBody\nsecured: "aGk="\n---\n',
        b'---\r\ntitle: One\r\nsecured: aGk=\r\n---\r\nsecured: "aGk="\r\n---\r\n',
        b'---\ntitle: One\nprovider:\n  secured: "aGk="\n---\n',
        b"---\ntitle: One\nsecured: |\n  aGk=\n---\n",
        b'---\nsecured: "aGk="\ntitle: One\n---\n',
        b'secured: "aGk="\ntitle: One\n',
    ],
)
def test_text_that_only_looks_like_the_blob_is_part_of_the_digest(text):
    document = parse_document(text, "a.md")
    assert document.is_valid, document.problems
    other = text.replace(b'"aGk="', b'"b2g="') if b'"aGk="' in text else text.replace(b"aGk=", b"b2g=")
    assert digests_of(other).text != document.text_digest


@pytest.fixture
def no_parsing(monkeypatch):
    def refuse(_content, source):
        raise AssertionError(f"{source} was parsed")

    return lambda: monkeypatch.setattr(pipeline, "parse_document", refuse)


@pytest.mark.django_db
def test_unchanged_story_is_not_parsed_again(tmp_path, no_parsing, django_assert_num_queries):
    for number in range(20):
        (tmp_path / f"{number}.md").write_bytes(TEXT.replace(b"/1", b"/%d" % number))
    assert import_sources([str(tmp_path)]).counts["created"] == 20
    no_parsing()
    (tmp_path / "3.md").write_bytes(TEXT.replace(b"/1", b"/3").replace(b"aGk=;aGk=", b"b2g=;b2g="))
    before = list(Article.objects.order_by("pk").values())
    with django_assert_num_queries(20, exact=False):
        report = import_sources([str(tmp_path)])
    assert report.counts["unchanged"] == 20
    assert UpstreamDocument.objects.filter(secret__text="b2g=;b2g=").count() == 1
    assert list(Article.objects.order_by("pk").values()) == before
    assert all(outcome.title and outcome.url for outcome in report.outcomes)


@pytest.mark.django_db
def test_value_of_secured_that_is_not_a_blob_is_parsed(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(TEXT)
    import_sources([str(path)])
    path.write_bytes(TEXT.replace(b"aGk=;aGk=", b"a\\tb"))
    assert digests_of(path.read_bytes()).text == digests_of(TEXT).text
    assert import_sources([str(path)]).counts["unchanged"] == 1
    assert UpstreamDocument.objects.get().secured == "a\tb"


@pytest.mark.django_db
def test_reformatted_document_is_recognised_the_next_time(tmp_path, no_parsing):
    path = tmp_path / "a.md"
    path.write_bytes(TEXT)
    import_sources([str(path)])
    path.write_bytes(TEXT.replace(b'"One"', b"One"))
    assert import_sources([str(path)]).counts["unchanged"] == 1
    no_parsing()
    assert import_sources([str(path)]).counts["unchanged"] == 1


@pytest.mark.django_db
def test_same_text_without_url_in_another_file_is_another_story(tmp_path):
    content = as_document(make_values(webUrl=None))
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_bytes(content)
        import_sources([str(tmp_path / name)])
    assert Article.objects.count() == 2


@pytest.mark.django_db
def test_known_and_new_documents_of_one_story_are_deduplicated(tmp_path):
    old = make_values(publishedDateTime="2026-11-20T09:00:00Z")
    (tmp_path / "a.md").write_bytes(as_document(old))
    import_sources([str(tmp_path)])
    new = {**old, "title": "Newer", "publishedDateTime": "2026-11-21T09:00:00Z"}
    (tmp_path / "b.md").write_bytes(as_document(new))
    report = import_sources([str(tmp_path)])
    assert [outcome.action for outcome in report.outcomes] == ["duplicate", "updated"]
    report = import_sources([str(tmp_path)])
    assert [outcome.action for outcome in report.outcomes] == ["duplicate", "unchanged"]
    assert Article.objects.get().title == "Newer"


@pytest.mark.django_db
def test_reformatted_documents_take_a_constant_number_of_queries(tmp_path, no_parsing, django_assert_max_num_queries):
    for number in range(40):
        (tmp_path / f"{number}.md").write_bytes(TEXT.replace(b"/1", b"/%d" % number))
    import_sources([str(tmp_path)])
    before = list(Article.objects.order_by("pk").values())
    for number in range(40):
        other = TEXT.replace(b"/1", b"/%d" % number).replace(b'"One"', b"One").replace(b"aGk=;", b"b2g=;")
        (tmp_path / f"{number}.md").write_bytes(other)
    with django_assert_max_num_queries(30):
        report = import_sources([str(tmp_path)])
    assert report.counts["unchanged"] == 40
    assert all(outcome.title and outcome.url for outcome in report.outcomes)
    assert UpstreamDocument.objects.filter(secret__text="b2g=;aGk=").count() == 40
    assert list(Article.objects.order_by("pk").values()) == before
    no_parsing()
    assert import_sources([str(tmp_path)]).counts["unchanged"] == 40
