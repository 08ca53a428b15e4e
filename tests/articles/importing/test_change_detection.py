"""What says nothing new is known without being parsed; what says anything new never is."""

import pytest

from articles.documents.digests import digests_of
from articles.documents.parse import parse_document
from articles.importing import pipeline
from articles.importing.runner import import_sources
from articles.models import Article, UpstreamDocument
from tests.factories import as_document, make_values

TEXT = b'---\ntitle: "One"\nwebUrl: https://outlet.example/1\nsecured: "aGk=;aGk="\n---\nBody\n'


def test_the_blob_is_no_part_of_the_digest_and_all_else_is():
    found, other = digests_of(TEXT), digests_of(TEXT.replace(b"aGk=;aGk=", b"b2g=;b2g="))
    assert (found.blob, other.blob) == ("aGk=;aGk=", "b2g=;b2g=")
    assert found.text == other.text
    for old, new in ((b"One", b"Two"), (b"Body", b"body"), (b"secured", b"insured")):
        assert digests_of(TEXT.replace(old, new)).text != found.text


def test_windows_line_ends_hide_no_blob():
    text = TEXT.replace(b"\n", b"\r\n")
    assert digests_of(text).blob == "aGk=;aGk="
    assert digests_of(text).text != digests_of(TEXT).text


def test_where_the_line_of_the_blob_stands_counts():
    """A document without it is another, even one in which the same line stands elsewhere."""
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
def test_what_only_looks_like_the_blob_counts(text):
    document = parse_document(text, "a.md")
    assert document.is_sound, document.problems
    other = text.replace(b'"aGk="', b'"b2g="') if b'"aGk="' in text else text.replace(b"aGk=", b"b2g=")
    assert digests_of(other).text != document.text_digest


@pytest.fixture
def no_parsing(monkeypatch):
    def refuse(_content, source):
        raise AssertionError(f"{source} was parsed")

    return lambda: monkeypatch.setattr(pipeline, "parse_document", refuse)


@pytest.mark.django_db
def test_an_unchanged_story_is_not_parsed_again(tmp_path, no_parsing, django_assert_num_queries):
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
def test_what_stands_in_place_of_the_blob_and_is_none_is_read(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(TEXT)
    import_sources([str(path)])
    path.write_bytes(TEXT.replace(b"aGk=;aGk=", b"a\\tb"))
    assert digests_of(path.read_bytes()).text == digests_of(TEXT).text
    assert import_sources([str(path)]).counts["unchanged"] == 1
    assert UpstreamDocument.objects.get().secured == "a\tb"


@pytest.mark.django_db
def test_another_form_of_the_same_is_known_the_next_time(tmp_path, no_parsing):
    path = tmp_path / "a.md"
    path.write_bytes(TEXT)
    import_sources([str(path)])
    path.write_bytes(TEXT.replace(b'"One"', b"One"))
    assert import_sources([str(path)]).counts["unchanged"] == 1
    no_parsing()
    assert import_sources([str(path)]).counts["unchanged"] == 1


@pytest.mark.django_db
def test_without_a_url_the_same_text_under_another_name_is_another_story(tmp_path):
    content = as_document(make_values(webUrl=None))
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_bytes(content)
        import_sources([str(tmp_path / name)])
    assert Article.objects.count() == 2


@pytest.mark.django_db
def test_the_known_and_the_new_document_of_one_story_are_weighed_together(tmp_path):
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
def test_many_in_another_form_cost_no_query_each(tmp_path, no_parsing, django_assert_max_num_queries):
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
