"""What says nothing new is known without being parsed; what says anything new never is."""

import pytest

from articles.importing import reading
from articles.importing.batch import import_sources
from articles.importing.digests import text_digest
from articles.models import Article, UpstreamDocument
from tests.factories import as_document, make_values

TEXT = b'---\ntitle: "One"\nwebUrl: https://outlet.example/1\nsecured: "aGk=;aGk="\n---\nBody\n'


def test_the_blob_is_no_part_of_the_digest_and_all_else_is():
    digest, blob = text_digest(TEXT)
    assert blob == "aGk=;aGk="
    assert text_digest(TEXT.replace(b"aGk=;aGk=", b"b2g=;b2g=")) == (digest, "b2g=;b2g=")
    for old, new in ((b"One", b"Two"), (b"Body", b"body"), (b'"aGk=;aGk="', b'"a b"'), (b"secured", b"insured")):
        assert text_digest(TEXT.replace(old, new))[0] != digest


@pytest.mark.parametrize(
    "text",
    [
        b'---\ntitle: "One"\n---\nsecured: "aGk="\n',
        b'---\ntitle: "One"\nprovider:\n  secured: "aGk="\n---\n',
        b'---\ntitle: "One"\nsecured: |\n  aGk=\n---\n',
        b'secured: "aGk="\n',
    ],
)
def test_what_only_looks_like_the_blob_counts(text):
    assert text_digest(text)[1] is None
    assert text_digest(text)[0] != text_digest(text.replace(b"aGk=", b"b2g="))[0]


@pytest.fixture
def no_parsing(monkeypatch):
    def refuse(_content, source):
        raise AssertionError(f"{source} was parsed")

    return lambda: monkeypatch.setattr(reading, "parse_document", refuse)


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
    assert UpstreamDocument.objects.filter(secured="b2g=;b2g=").count() == 1
    assert list(Article.objects.order_by("pk").values()) == before
    assert all(outcome.title and outcome.url for outcome in report.outcomes)


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
