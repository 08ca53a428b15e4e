"""A dry run reports exactly what an import does, for every kind of document."""

import itertools

import pytest

from articles.importing.runner import import_sources
from articles.importing.sources import prefetch
from articles.models import Article, Topic
from providers.models import Provider
from tests.articles.importing.generated import Generator

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(tmp_path):
    """Write documents to a new folder and return its path: place({name: text})."""
    numbers = itertools.count()

    def put(texts):
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_bytes(text.encode())
        return str(folder)

    return put


def differences(source, **options):
    """Return pairs of what a dry run and an import report, where they differ."""
    before, after = reports(source, **options)
    differing = [pair for pair in zip(before[1], after[1], strict=True) if pair[0] != pair[1]]
    return differing or before[0] != after[0]


def reports(source, **options):
    """Return what a dry run and an import report."""
    pairs = []
    for dry_run in (True, False):
        report = import_sources([source], dry_run=dry_run, **options).as_json()
        assert (report.pop("dry_run"), report.pop("batch") > 0, report.pop("seconds") > 0) == (dry_run, True, True)
        documents = report.pop("documents")
        pairs.append((report, documents))
    return tuple(pairs)


@pytest.mark.parametrize(("seed", "at_once"), [(0, 800), (1, 800), (2, 2), (3, 5), (5, 1)])
def test_dry_run_of_generated_batches_equals_the_import(place, monkeypatch, seed, at_once):
    monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", at_once)
    generator = Generator(seed)
    first = generator.batch()
    assert not differences(place(first), hold=False)
    edit(generator.random)
    for hold in (True, False):
        assert not differences(place(generator.next_batch(first)), hold=hold)


def edit(random):
    """Change, withdraw and delete some of the stories, as the desk does."""
    for story in Article.objects.order_by("pk"):
        if random.random() < 0.3:
            story.title, story.heat = f"Ours {story.pk}", 77
            story.save()
        elif random.random() < 0.1:
            story.delete()
        elif random.random() < 0.3:
            story.images.all().delete()
    Provider.objects.filter(pk__in=Provider.objects.order_by("pk")[:1].values("pk")).update(is_active=False)
    for topic in Topic.objects.order_by("pk")[:1]:
        topic.short_name = "Ours"
        topic.save()


def test_dry_run_of_topics_that_are_each_others_parents(place):
    topic = "---\ntaxonomy: topic\nname: {}\nparent: {}\n---\n"
    before, after = reports(place({"a.md": topic.format("A", "B"), "b.md": topic.format("B", "A")}))
    assert before == after
    assert [document["action"] for document in after[1]] == ["created", "created"]
    assert [document["problems"] == [] for document in after[1]] == [True, False]


def test_dry_run_of_one_title_in_many_chunks(place, monkeypatch):
    monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 1)
    generator = Generator(0)
    same = {"title": "Same", "publishedDateTime": "2026-11-20T10:00:00Z"}
    before, after = reports(place({f"{name}.md": generator.story(**same) for name in "abc"}))
    assert before == after
    assert len({document["url"] for document in after[1]}) == 3


def test_dry_run_of_a_provider_with_other_names(place, monkeypatch):
    """A story uses a new name of the outlet, and the same batch says that both names are one."""
    story = "---\ntitle: A\nwebUrl: https://outlet.example/1\nprovider: {{name: {}, domain: outlet.example}}\n---\n"
    import_sources([place({"a.md": story.format("Outlet")})])
    organization = "---\ntaxonomy: organization\nname: Outlet\ndomain: outlet.example\notherNames: [Other]\n---\n"
    before, after = reports(place({"a.md": story.format("Other"), "b.md": organization}))
    assert before == after
    assert [document["action"] for document in after[1]] == ["unchanged", "updated"]
