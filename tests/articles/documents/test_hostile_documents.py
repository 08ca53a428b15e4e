"""Documents and archives that mean harm, or were made by accident: each costs itself alone."""

import io
import os
import tarfile

import pytest
from django.core.management import CommandError, call_command

from articles.documents.digests import digests_of
from articles.documents.mapping import story_columns
from articles.documents.parse import parse_document
from articles.importing.runner import import_sources
from articles.importing.sources.archives import read_archive
from articles.models import Article, Image, UpstreamDocument
from providers.merging import merge_providers
from providers.models import Provider
from tests.factories import as_document, make_document, make_values


@pytest.mark.parametrize(
    "line",
    [
        '"a\\0b": 1',
        'title2: "x"\ntitle: "<b></b>"',
    ],
)
def test_impossible_values_are_refused(line):
    title = "" if "title:" in line else "title: x\n"
    document = parse_document(f"---\n{title}{line}\n---\n".encode(), "a.md")
    assert not document.is_valid
    assert document.problems[0].line


@pytest.mark.parametrize("length", ["P99999999999D", "PT" + "9" * 400 + "S", "P200000000D", "-P1D"])
def test_a_length_that_cannot_be_costs_that_field_alone(length):
    document = parse_document(f"---\ntitle: x\nlength: {length}\n---\n".encode(), "a.md")
    assert document.is_valid
    assert [problem.field for problem in document.problems] in (["length"], [])
    assert story_columns(document.values, "")["duration"] is None


def test_a_number_of_400_digits_is_kept_as_written():
    document = parse_document(b"---\ntitle: x\nbig: " + b"9" * 400 + b"\n---\n", "a.md")
    assert document.is_valid
    assert document.unknown["big"] in (int("9" * 400), {"$yaml": "9" * 400})


@pytest.mark.parametrize("line", [" \u2003- b c", "  \u3000, - b c", "  \xa0\u2003}"])
def test_a_line_that_begins_with_unicode_space_gets_advice(line):
    """Such a line of YAML matched no pattern, and the advice failed with a TypeError."""
    document = parse_document(f'---\ntitle: "A headline"\n{line}\n---\n'.encode(), "a.md")
    assert [(problem.line, problem.message) for problem in document.problems] == [
        (3, "this line is not indented like the fields around it; indent the fields of one group alike")
    ]


def test_first_of_a_thousand_problems_are_listed():
    related = "".join("  - quality: x\n" for _number in range(400))
    document = parse_document(f"---\ntitle: x\nrelated:\n{related}---\n".encode(), "a.md")
    assert len(document.problems) == 51
    assert document.problems[-1].message == "1,150 more problems"


def test_messages_do_not_quote_what_may_be_a_blob():
    blob = "b2EKSbQi0wJptBxRTJ4ZDhushhush=="
    for key in ("quality", "publishedDateTime", "webUrl", "published", "length", "taxonomy"):
        document = parse_document(f'---\ntitle: x\n{key}: "{blob}"\n---\n'.encode(), "a.md")
        assert len(document.problems) == 1
        assert blob[:20] not in document.problems[0].message, key


def test_a_line_within_a_text_is_not_the_blob():
    text = b"---\ntitle: x\nwebUrl: https://o.example/\nexcerpt: 'a\n\nsecured: \"AAA\"\n\nb'\n---\n"
    document = parse_document(text, "a.md")
    assert document.text_digest != digests_of(text.replace(b"AAA", b"BBB")).text


@pytest.mark.django_db
class TestImports:
    def put(self, tmp_path, **documents):
        for name, content in documents.items():
            (tmp_path / f"{name}.md").write_bytes(content if isinstance(content, bytes) else as_document(content))
        return import_sources([str(tmp_path)])

    def test_a_provider_with_only_a_logo(self, tmp_path):
        values = make_values(webUrl=None, provider={"images": [{"url": "/logo.png"}]})
        assert self.put(tmp_path, a=values, b=make_values()).counts["created"] == 2

    def test_exception_in_the_parser_rejects_one_document(self, tmp_path, monkeypatch):
        def fail(documents, *_arguments):
            if any(document.title == "Bad" for document in documents):
                raise KeyError("hush")
            return create(documents, *_arguments)

        from articles.importing.writing import stories

        create = stories.create_stories
        monkeypatch.setattr(stories, "create_stories", fail)
        report = self.put(tmp_path, a=make_values(title="Bad"), b=make_values(title="Good"))
        assert [outcome.action for outcome in report.outcomes] == ["rejected", "created"]
        assert "KeyError" in report.outcomes[0].problems[0].message

    def test_pipe_in_a_folder_does_not_block(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        report = self.put(tmp_path, a=make_values())
        assert (report.counts["created"], report.counts["rejected"]) == (1, 1)

    def test_file_name_that_is_not_text(self, tmp_path):
        with open(os.path.join(os.fsencode(tmp_path), b"caf\xe9.md"), "wb") as file:
            file.write(make_document(webUrl=None))
        report = import_sources([str(tmp_path)])
        assert report.counts["created"] == 1
        assert report.outcomes[0].source.endswith("caf\\xe9.md")

    def test_a_report_is_not_written_over_a_source(self, tmp_path):
        path = tmp_path / "a.md"
        path.write_bytes(make_document())
        with pytest.raises(CommandError, match="overwrite a source"):
            call_command("import_articles", str(path), report=str(path))
        assert path.read_bytes().startswith(b"---")

    def test_nested_blobs_are_not_shown(self, tmp_path, client, administrator):
        related = [{"title": "Other", "webUrl": "https://o.example/1", "secured": "hush-hush"}]
        self.put(tmp_path, a=make_values(related=related))
        client.force_login(administrator)
        page = client.get(f"/admin/articles/article/{Article.objects.get().pk}/change/").content.decode()
        assert "hush-hush" not in page

    def test_a_logo_removed_at_the_desk_stays_away(self, tmp_path):
        provider = {"name": "O", "domain": "o.example", "images": [{"url": "/logo.png", "width": 50, "height": 50}]}
        self.put(tmp_path, a=make_values(provider=provider))
        assert Image.objects.get().provider.name == "O"
        Image.objects.all().delete()
        self.put(tmp_path, b=make_values(provider=provider))
        assert not Image.objects.exists()

    def test_merged_providers_with_a_document_each_do_not_flip(self, tmp_path):
        text = "---\ntaxonomy: organization\nname: {0}\ndomain: o.example\ndescription: About {0}.\n---\n"
        documents = {name: text.format(name).encode() for name in ("One", "Two")}
        self.put(tmp_path, **documents)
        one, two = Provider.objects.order_by("name")
        merge_providers(one, [two])
        assert self.put(tmp_path).counts["unchanged"] == 2
        assert Provider.objects.get().description == "About One."

    def test_a_picture_added_at_the_desk_keeps_its_place(self, tmp_path):
        values = make_values(images=[{"url": "https://img.example/theirs.jpg"}])
        self.put(tmp_path, a=values)
        story = Article.objects.get()
        story.images.update(position=1)
        Image.objects.create(article=story, url="https://img.example/ours.jpg", position=0)
        (outcome,) = self.put(tmp_path, a={**values, "heat": 99}).outcomes
        assert outcome.changed == ["heat"]
        assert story.images.first().url.endswith("ours.jpg")

    def test_a_field_that_stays_ours_is_unchanged_without_a_conflict(self, tmp_path):
        values = make_values(title="Ours too", topics=["AI"])
        self.put(tmp_path, a=values)
        Article.objects.update(kept_fields=["title", "topics", "published"])
        (outcome,) = self.put(
            tmp_path, a={**values, "title": "Theirs", "topics": ["B"], "published": False, "heat": 99}
        ).outcomes
        assert (outcome.changed, outcome.conflicts) == (["heat"], [])
        assert Article.objects.get().title == "Ours too"

    def test_a_new_blob_is_stored_even_if_the_desk_changed_the_story(self, tmp_path):
        values = make_values(secured="first;first")
        self.put(tmp_path, a=values)
        self.put(tmp_path, a={**values, "secured": "second;second"})
        assert UpstreamDocument.objects.get().secured == "second;second"


def test_a_tar_of_endless_headers_is_abandoned(tmp_path):
    path = tmp_path / "a.tar"
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 10_000_000
    path.write_bytes(header.tobuf(tarfile.GNU_FORMAT) + b"x" * 10_000_000)
    (document,) = read_archive(path)
    assert "headers is too large" in document.problem.message

    small = tarfile.TarInfo("././@LongLink")
    small.type, small.size = tarfile.GNUTYPE_LONGNAME, 5
    stream = io.BytesIO()
    for _number in range(3000):
        stream.write(small.tobuf(tarfile.GNU_FORMAT) + b"name\0".ljust(512, b"\0"))
    path.write_bytes(stream.getvalue())
    (document,) = read_archive(path)
    assert "cannot be read to its end" in document.problem.message
