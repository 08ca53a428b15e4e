"""Stories that are written while documents are still being read: the end is as if all had been read before."""

import pytest

from articles.db.triggers.deferred_triggers import kept_together
from articles.importing.deduplication import Deduplicator
from articles.importing.results import Report
from articles.importing.runner import import_sources
from articles.importing.sources import prefetch
from articles.models import Article, ArticleTopic, ImportBatch, RelatedLink, Topic
from articles.search import matching, read_query
from providers.models import Provider
from tests.articles.importing.expected import NO_COUNTS
from tests.factories import as_document, make_story, make_values

pytestmark = pytest.mark.django_db
URL = "https://outlet.example/one"


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch):
    monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 1)


def told(report):
    return {outcome.source.rpartition("/")[2]: (outcome.action, outcome.duplicate_of) for outcome in report.outcomes}


def early_and_late(**changes):
    return {
        "a": make_values(title="Early", webUrl=URL, publishedDateTime="2026-11-20T10:00:00Z", **changes),
        "b": make_values(title="Another"),
        "c": make_values(title="Late", webUrl=URL, publishedDateTime="2026-11-21T10:00:00Z", **changes),
        "d": make_values(title="Last"),
    }


def test_new_stories_are_there_before_all_is_read(folder, monkeypatch):
    there, contest = [], Deduplicator.add
    monkeypatch.setattr(Deduplicator, "add", lambda *given: (there.append(Article.objects.count()), contest(*given))[1])
    folder(**early_and_late())
    assert there == [0, 0, 1, 2]


def test_one_that_loses_later_is_taken_back(folder):
    report = folder(**early_and_late(topics=["AI"]))
    assert report.counts == NO_COUNTS | {"created": 3, "duplicate": 1}
    assert told(report)["a.md"][0] == "duplicate"
    assert told(report)["a.md"][1].endswith("c.md")
    story = Article.objects.get(web_url=URL)
    assert (story.title, story.slug, str(story.url_date)) == ("Late", "late", "2026-11-21")
    assert [link.tag.name for link in ArticleTopic.objects.filter(content_object=story)] == ["AI"]
    assert Article.objects.count() == 3
    assert ImportBatch.objects.get().documents.count() == 4


def test_of_two_copies_one_is_taken_back_and_the_other_created(folder):
    """The second is not recognised by the text of the first, whose story is gone in the end."""
    values = make_values(title="Same")
    report = folder(a=values, b=make_values(), c=values, d=make_values())
    assert [(outcome.action, outcome.title == "Same") for outcome in report.outcomes] == [
        ("duplicate", True),
        ("created", False),
        ("created", True),
        ("created", False),
    ]
    assert Article.objects.filter(title="Same").count() == 1


def test_in_any_order_the_end_is_the_same(folder):
    values = early_and_late()
    report = folder(a=values["c"], b=values["b"], c=values["a"], d=values["d"])
    assert told(report)["c.md"][0] == "duplicate"
    assert Article.objects.get(web_url=URL).slug == "late"


def test_what_an_editor_made_of_it_meanwhile_stays(folder, monkeypatch):
    contest = Deduplicator.add

    def edit_then_take_in(self, sources, rivals):
        if sources[0].endswith("d.md"):
            story = Article.objects.get(title="Early")
            story.title = "The desk's"
            story.save()
        contest(self, sources, rivals)

    monkeypatch.setattr(Deduplicator, "add", edit_then_take_in)
    report = folder(**early_and_late())
    assert Article.objects.get(web_url=URL).title == "The desk's"
    assert told(report)["a.md"][0] == "created"
    assert told(report)["c.md"][0] == "conflict"


def test_one_that_is_known_waits_until_all_is_read(folder, monkeypatch):
    folder(a=make_values(title="Before", webUrl=URL))
    seen, contest = [], Deduplicator.add
    monkeypatch.setattr(
        Deduplicator,
        "add",
        lambda *given: (seen.append(set(Article.objects.values_list("title", flat=True))), contest(*given))[1],
    )
    folder(a=make_values(title="After", webUrl=URL), b=make_values(title="B"), c=make_values(title="C"))
    assert all("After" not in titles for titles in seen)
    assert Article.objects.get(web_url=URL).title == "After"


def test_where_a_batch_may_be_held_nothing_is_written_before_all_is_read(folder, settings):
    settings.IMPORT_HOLD_LEAST = 1
    stories = {f"s{number}": make_values(published=True) for number in range(4)}
    folder(**stories)
    changed = {name: values | {"published": False} for name, values in stories.items()}
    report = folder(a=make_values(title="New"), **changed)
    assert report.batch.state == ImportBatch.State.HELD
    assert not Article.objects.filter(title="New").exists()
    assert report.counts["held"] == 5


def test_a_dry_run_writes_nothing_early(folder):
    folder(a=make_values())
    (folder.place / "a.md").unlink()
    for name, values in early_and_late().items():
        (folder.place / f"{name}.md").write_bytes(as_document(values))
    report = import_sources([str(folder.place)], dry_run=True)
    assert report.counts == NO_COUNTS | {"created": 3, "duplicate": 1}
    assert Article.objects.count() == 1


def test_an_organization_that_comes_late_takes_over_what_stories_made_of_its_other_names(folder):
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


def test_a_topic_that_comes_late_is_new_all_the_same(folder):
    topic = b"---\ntaxonomy: topic\nname: AI\nshortname: A.I.\n---\n"
    report = folder(a=make_values(topics=["AI"]), b=make_values(), c=topic)
    assert told(report)["c.md"][0] == "created"
    assert Topic.objects.get(name="AI").short_name == "A.I."


def test_killed_and_run_again_it_ends_as_if_it_had_not_been(folder, monkeypatch):
    contest = Deduplicator.add

    def killed(self, sources, rivals):
        if sources[0].endswith("d.md"):
            raise KeyboardInterrupt
        contest(self, sources, rivals)

    monkeypatch.setattr(Deduplicator, "add", killed)
    with pytest.raises(KeyboardInterrupt):
        folder(**early_and_late())
    assert Article.objects.get(web_url=URL).title == "Early"
    monkeypatch.setattr(Deduplicator, "add", contest)
    report = folder()
    assert Article.objects.get(web_url=URL).slug == "late"
    assert told(report)["c.md"][0] == "created"
    assert told(report)["a.md"][0] == "duplicate"
    assert Article.objects.count() == 3


def test_the_report_counts_what_is_written_down(folder):
    report = folder(**early_and_late())
    written = Report(ImportBatch.objects.get())
    assert sorted(outcome.action for outcome in written.outcomes) == ["created", "created", "created", "duplicate"]
    assert report.batch.done == report.batch.read == 4


def test_coverage_that_pointed_to_one_taken_back_points_to_the_one_that_counts(folder):
    values = early_and_late()
    values["b"]["related"] = [{"title": "One elsewhere", "webUrl": URL}]
    folder(**values)
    assert RelatedLink.objects.get().linked_article.title == "Late"


def test_after_stories_that_went_in_together_others_are_found_too():
    with pytest.raises(ValueError, match="not written"), kept_together([1]):
        raise ValueError("not written")
    story = make_story(title="A harbour")
    assert list(matching(Article.objects.all(), read_query("harbour"))) == [story]
