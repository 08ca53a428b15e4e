"""Whatever imports, exports and imports again as unchanged."""

import io

import pytest
import yaml

from articles.exporting.output import write_folder
from articles.exporting.story_documents import export_stories
from articles.importing.runner import import_sources
from articles.models import Article, UpstreamDocument
from tests.articles.exporting.test_story_documents import empty_the_database
from tests.articles.importing.generated import NAMES, Generator
from tests.factories import as_document, make_values

pytestmark = pytest.mark.django_db


def write(folder, texts):
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    return str(folder)


def exported_to(folder):
    results = []
    export = write_folder(export_stories(Article.objects.all()), folder, results.append)
    assert (export.failed, export.written) == (0, Article.objects.count())
    assert [line for result in results for line in result.lines()] == []
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("seed", range(4))
def test_any_document_round_trips(tmp_path, seed):
    generator = Generator(seed)
    texts = {f"{number}.md": generator.story() for number in range(60)}
    # Of those without a URL the file's name tells which story it is.
    texts |= {name: generator.story(webUrl=None) for name in NAMES}
    report = import_sources([write(tmp_path / "in", texts)])
    assert report.counts["created"] + report.counts["rejected"] == len(texts)
    assert report.counts["created"] > 70
    first = exported_to(tmp_path / "out")
    again = import_sources([str(tmp_path / "out")], hold=False)
    assert {outcome.source: outcome.changed for outcome in again.outcomes if outcome.action != "unchanged"} == {}
    assert again.counts["unchanged"] == len(first) == Article.objects.count()
    assert exported_to(tmp_path / "unchanged") == first
    empty_the_database()
    assert import_sources([str(tmp_path / "out")]).counts["created"] == len(first)
    assert exported_to(tmp_path / "new") == first


@pytest.mark.parametrize("value", ["[1]", "5", "true", "null", "text", "2020-01-01", "{$yaml: 007}", "{$$yaml: [1]}"])
def test_reserved_keys_of_documents(tmp_path, value):
    """What is not text, number or truth is stored under `$yaml`, and a document may have such a key itself."""
    texts = {
        "a.md": f"---\ntitle: A\nwebUrl: https://a.example/1\nx: {{$yaml: {value}}}\n---\n",
        "b.md": f"---\ntitle: B\nwebUrl: https://a.example/2\nprovider: {{$yaml: {value}}}\n$yaml: {value}\n---\n",
    }
    import_sources([write(tmp_path / "in", texts)])
    files = exported_to(tmp_path / "out")
    for name in texts:
        assert yaml.safe_load(files[name].decode().split("---")[1]) == yaml.safe_load(texts[name].split("---")[1])
    assert import_sources([str(tmp_path / "out")]).counts["unchanged"] == 2


@pytest.mark.parametrize("stored", [[1], 5, True, None, {"x": 1}])
def test_reserved_key_stored_by_an_earlier_release(tmp_path, stored):
    import_sources([write(tmp_path / "in", {"a.md": "---\ntitle: A\nwebUrl: https://a.example/1\n---\n"})])
    UpstreamDocument.objects.update(unknown={"x": {"$yaml": stored}})
    (text,) = exported_to(tmp_path / "out").values()
    assert yaml.safe_load(text.decode().split("---")[1])["x"] == {"$yaml": stored}


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("1899-12-30T23:59:59Z", None),
        ("1900-01-01T00:00:00+14:00", "1899-12-31T10:00:00Z"),
        ("2199-12-31T23:59:59-05:00", "2200-01-01T04:59:59Z"),
        ("2200-01-02T00:00:00Z", None),
    ],
)
def test_first_and_last_dates(tmp_path, written, stored):
    text = f"---\ntitle: A\nwebUrl: https://a.example/1\npublishedDateTime: {written}\n---\n"
    report = import_sources([write(tmp_path / "in", {"a.md": text})])
    date = UpstreamDocument.objects.values_list("values__publishedDateTime", flat=True).first()
    assert date == stored
    if stored:
        exported_to(tmp_path / "out")
        assert import_sources([str(tmp_path / "out")]).counts["unchanged"] == 1
    else:
        assert [problem.field for outcome in report.outcomes for problem in outcome.problems] == ["publishedDateTime"]


def test_unsafe_file_names_are_made_safe(tmp_path):
    names = {
        "con.md": "con-.md",
        "a:b?.md": "a-b-.md",
        "-dash.md": "dash.md",
        " . x. .md": "x.md",
        "...": "2026-11-20-headline.md",
        "x" * 255: "x" * 252 + ".md",
        "日" * 85: "日" * 84 + ".md",
    }
    stories = [make_values(webUrl=f"https://a.example/{number}") for number in range(len(names))]
    texts = {name: as_document(values) for name, values in zip(names, stories, strict=True)}
    texts["..."] = as_document(make_values(title="Headline"))
    import_sources([write(tmp_path / "in", {name: text.decode() for name, text in texts.items() if name != "..."})])
    import_sources(["-"], io.BytesIO(texts["..."]))
    assert sorted(exported_to(tmp_path / "out")) == sorted(names.values())


def test_stories_without_a_url_keep_their_file_names(tmp_path):
    """In a folder of its own, if need be: disks may not tell A.md from a.md, and another story may have the name."""
    texts = {name: f"---\ntitle: {n}\n---\n" for n, name in enumerate(["a.md", "A.md", "x" * 255, "y" * 253 + ".m"])}
    texts["b.md"] = "---\ntitle: With a URL\nwebUrl: https://a.example/1\n---\n"
    place = write(tmp_path / "in", texts)
    import_sources([place])
    write(tmp_path / "other", {"b.md": "---\ntitle: Without\n---\n"})
    import_sources([str(tmp_path / "other")])
    identities = {story.title: story.identity for story in Article.objects.all()}
    assert sorted(exported_to(tmp_path / "out")) == sorted(
        ["A.md", f"{identities['0']}/a.md", "b.md", f"{identities['Without']}/b.md", "x" * 255, "y" * 253 + ".m"]
    )
    assert import_sources([str(tmp_path / "out")]).counts["unchanged"] == 6


def test_warning_for_a_story_that_becomes_another_one(tmp_path):
    hidden = tmp_path / ".hidden.md"
    hidden.write_text("---\ntitle: Hidden\n---\n")
    import_sources([str(hidden)])
    Article.objects.update(body="---\ntitle: Another document\n")
    (tmp_path / "long.md").write_text("---\ntitle: Long\n---\n")
    import_sources([str(tmp_path / "long.md")])
    UpstreamDocument.objects.filter(article__title="Long").update(source_name="z" * 300)
    results = list(export_stories(Article.objects.all()))
    assert [result.name for result in results] == ["hidden.md", "z" * 252 + ".md"]
    assert [line.partition(": ")[0] for result in results for line in result.lines()] == ["warning", "warning"]
    assert "a second document begins here" in results[0].problems[0].message
    assert "create another story" in results[1].problems[0].message
    assert all(result.is_written for result in results)
