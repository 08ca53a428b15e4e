"""Stories written before all documents are read: the result is as if all had been read first."""

import pytest

from articles.db.triggers.deferred_triggers import defer_triggers
from articles.importing.deduplication import Deduplicator
from articles.importing.results import Report
from articles.importing.runner import import_sources
from articles.importing.sources import prefetch
from articles.importing.writing.chunk_writer import ChunkWriter
from articles.models import Article, ArticleTopic, ImportBatch, RelatedLink, Topic
from articles.search import matching, parse_query
from providers.models import Provider
from tests.articles.importing.expected import NO_COUNTS
from tests.factories import as_document, make_story, make_values

pytestmark = pytest.mark.django_db
URL = "https://outlet.example/one"


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch):
    monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 1)


def actions_of(report):
    return {outcome.source.rpartition("/")[2]: (outcome.action, outcome.duplicate_of) for outcome in report.outcomes}


def early_and_late(**changes):
    return {
        "a": make_values(title="Early", webUrl=URL, publishedDateTime="2026-11-20T10:00:00Z", **changes),
        "b": make_values(title="Another"),
        "c": make_values(title="Late", webUrl=URL, publishedDateTime="2026-11-21T10:00:00Z", **changes),
        "d": make_values(title="Last"),
    }


def test_new_stories_are_written_before_all_is_read(folder, monkeypatch):
    counts, add = [], Deduplicator.add
    monkeypatch.setattr(
        Deduplicator, "add", lambda *arguments: (counts.append(Article.objects.count()), add(*arguments))[1]
    )
    folder(**early_and_late())
    assert counts == [0, 0, 1, 2]


def test_eager_story_that_does_not_count_is_undone(folder):
    report = folder(**early_and_late(topics=["AI"]))
    assert report.counts == NO_COUNTS | {"created": 3, "duplicate": 1}
    assert actions_of(report)["a.md"][0] == "duplicate"
    assert actions_of(report)["a.md"][1].endswith("c.md")
    story = Article.objects.get(web_url=URL)
    assert (story.title, story.slug, str(story.url_date)) == ("Late", "late", "2026-11-21")
    assert [link.tag.name for link in ArticleTopic.objects.filter(content_object=story)] == ["AI"]
    assert Article.objects.count() == 3
    assert ImportBatch.objects.get().documents.count() == 4


def test_first_of_two_copies_is_undone(folder):
    """The second is not recognised by the first's text, as the first's story is taken back."""
    values = make_values(title="Same")
    report = folder(a=values, b=make_values(), c=values, d=make_values())
    assert [(outcome.action, outcome.title == "Same") for outcome in report.outcomes] == [
        ("duplicate", True),
        ("created", False),
        ("created", True),
        ("created", False),
    ]
    assert Article.objects.filter(title="Same").count() == 1


def test_result_does_not_depend_on_the_order(folder):
    values = early_and_late()
    report = folder(a=values["c"], b=values["b"], c=values["a"], d=values["d"])
    assert actions_of(report)["c.md"][0] == "duplicate"
    assert Article.objects.get(web_url=URL).slug == "late"


def test_eager_story_edited_meanwhile_stays(folder, monkeypatch):
    add = Deduplicator.add

    def edit_then_add(self, sources, *more):
        if sources[0].endswith("d.md"):
            story = Article.objects.get(title="Early")
            story.title = "The desk's"
            story.save()
        add(self, sources, *more)

    monkeypatch.setattr(Deduplicator, "add", edit_then_add)
    report = folder(**early_and_late())
    assert Article.objects.get(web_url=URL).title == "The desk's"
    assert actions_of(report)["a.md"][0] == "created"
    assert actions_of(report)["c.md"][0] == "conflict"


def test_known_story_is_not_written_eagerly(folder, monkeypatch):
    folder(a=make_values(title="Before", webUrl=URL))
    titles_over_time, add = [], Deduplicator.add
    monkeypatch.setattr(
        Deduplicator,
        "add",
        lambda *arguments: (
            titles_over_time.append(set(Article.objects.values_list("title", flat=True))),
            add(*arguments),
        )[1],
    )
    folder(a=make_values(title="After", webUrl=URL), b=make_values(title="B"), c=make_values(title="C"))
    assert all("After" not in titles for titles in titles_over_time)
    assert Article.objects.get(web_url=URL).title == "After"


def test_batch_that_can_be_held_writes_nothing_eagerly(folder, settings):
    settings.IMPORT_HOLD_LEAST = 1
    stories = {f"s{number}": make_values(published=True) for number in range(4)}
    folder(**stories)
    changed = {name: values | {"published": False} for name, values in stories.items()}
    report = folder(a=make_values(title="New"), **changed)
    assert report.batch.state == ImportBatch.State.HELD
    assert not Article.objects.filter(title="New").exists()
    assert report.counts["held"] == 5


def test_dry_run_writes_nothing_eagerly(folder):
    folder(a=make_values())
    (folder.place / "a.md").unlink()
    for name, values in early_and_late().items():
        (folder.place / f"{name}.md").write_bytes(as_document(values))
    report = import_sources([str(folder.place)], dry_run=True)
    assert report.counts == NO_COUNTS | {"created": 3, "duplicate": 1}
    assert Article.objects.count() == 1


def test_later_organization_takes_over_providers_with_its_other_names(folder):
    outlet = {"name": "Outlet Weekly", "domain": "outlet.example"}
    organization = (
        b"---\ntaxonomy: organization\nname: Outlet\notherNames: [Outlet Weekly]\ndomain: outlet.example\n---\n"
    )
    report = folder(
        a=make_values(provider=outlet), b=make_values(provider=outlet), c=organization, d=make_values(provider=outlet)
    )
    assert report.counts == NO_COUNTS | {"created": 4}
    provider = Provider.objects.get(domain="outlet.example")
    assert provider.name == "Outlet"
    assert provider.articles.count() == 3


def test_late_topic_document_counts_as_created(folder):
    topic = b"---\ntaxonomy: topic\nname: AI\nshortname: A.I.\n---\n"
    report = folder(a=make_values(topics=["AI"]), b=make_values(), c=topic)
    assert actions_of(report)["c.md"][0] == "created"
    assert Topic.objects.get(name="AI").short_name == "A.I."


def test_interrupted_import_run_again_ends_like_an_uninterrupted_one(folder, monkeypatch):
    add = Deduplicator.add

    def interrupt(self, sources, *more):
        if sources[0].endswith("d.md"):
            raise KeyboardInterrupt
        add(self, sources, *more)

    monkeypatch.setattr(Deduplicator, "add", interrupt)
    with pytest.raises(KeyboardInterrupt):
        folder(**early_and_late())
    assert Article.objects.get(web_url=URL).title == "Early"
    monkeypatch.setattr(Deduplicator, "add", add)
    report = folder()
    assert Article.objects.get(web_url=URL).slug == "late"
    assert actions_of(report)["c.md"][0] == "created"
    assert actions_of(report)["a.md"][0] == "duplicate"
    assert Article.objects.count() == 3


def test_story_of_identical_documents_stays_after_an_interruption(folder, monkeypatch):
    write_part = ChunkWriter.write_part

    def write_and_interrupt(self, part):
        write_part(self, part)
        if part.documents:
            raise KeyboardInterrupt

    monkeypatch.setattr(ChunkWriter, "write_part", write_and_interrupt)
    document = make_values(webUrl=URL, secured=None)
    with pytest.raises(KeyboardInterrupt):
        folder(a=document, b=document)
    monkeypatch.setattr(ChunkWriter, "write_part", write_part)
    assert folder().counts == NO_COUNTS | {"unchanged": 1, "duplicate": 1}
    assert Article.objects.count() == 1


def test_report_counts_the_stored_results(folder):
    report = folder(**early_and_late())
    written = Report(ImportBatch.objects.get())
    assert sorted(outcome.action for outcome in written.outcomes) == ["created", "created", "created", "duplicate"]
    assert report.batch.done == report.batch.read == 4


def test_coverage_of_an_undone_story_links_to_the_winner(folder):
    values = early_and_late()
    values["b"]["related"] = [{"title": "One elsewhere", "webUrl": URL}]
    folder(**values)
    assert RelatedLink.objects.get().linked_article.title == "Late"


def test_search_index_works_after_a_failed_bulk_insert():
    with pytest.raises(ValueError, match="not written"), defer_triggers([1]):
        raise ValueError("not written")
    story = make_story(title="A harbour")
    assert list(matching(Article.objects.all(), parse_query("harbour"))) == [story]
