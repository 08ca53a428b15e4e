"""A dry run reports exactly what a run does, for batches of every kind of document."""

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
    """Write documents into a folder of their own: place({name: text}); returns its path."""
    numbers = itertools.count()

    def put(texts):
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_bytes(text.encode())
        return str(folder)

    return put


def differences(source, **options):
    """Return the pairs of what a dry run reports and what a run does, where they differ."""
    before, after = reports(source, **options)
    differing = [pair for pair in zip(before[1], after[1], strict=True) if pair[0] != pair[1]]
    return differing or before[0] != after[0]


def reports(source, **options):
    """Return what a dry run reports and what a run does."""
    preview = import_sources([source], dry_run=True, **options).as_json()
    done = import_sources([source], **options).as_json()
    return (preview["counts"], preview["documents"]), (done["counts"], done["documents"])


@pytest.mark.parametrize(("seed", "at_once"), [(0, 800), (1, 800), (2, 2), (3, 5), (5, 1)])
def test_any_batch(place, monkeypatch, seed, at_once):
    monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", at_once)
    generator = Generator(seed)
    first = generator.batch()
    assert not differences(place(first), hold=False)
    edit(generator.random)
    for hold in (True, False):
        assert not differences(place(generator.next_batch(first)), hold=hold)


def edit(random):
    """Change, withdraw and delete some of what there is, as the desk does."""
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


def test_two_topics_that_name_each_other_as_parent(place):
    topic = "---\ntaxonomy: topic\nname: {}\nparent: {}\n---\n"
    before, after = reports(place({"a.md": topic.format("A", "B"), "b.md": topic.format("B", "A")}))
    assert before == after
    assert [document["action"] for document in after[1]] == ["created", "created"]
    assert [document["problems"] == [] for document in after[1]] == [True, False]


def test_one_headline_in_many_chunks(place, monkeypatch):
    monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 1)
    generator = Generator(0)
    same = {"title": "Same", "publishedDateTime": "2026-11-20T10:00:00Z"}
    before, after = reports(place({f"{name}.md": generator.story(**same) for name in "abc"}))
    assert before == after
    assert len({document["url"] for document in after[1]}) == 3


def test_a_story_of_a_provider_that_gets_another_name(place, monkeypatch):
    """Upstream calls the outlet otherwise, and says in the same batch that both names are one."""
    story = "---\ntitle: A\nwebUrl: https://outlet.example/1\nprovider: {{name: {}, domain: outlet.example}}\n---\n"
    import_sources([place({"a.md": story.format("Outlet")})])
    organization = "---\ntaxonomy: organization\nname: Outlet\ndomain: outlet.example\notherNames: [Other]\n---\n"
    before, after = reports(place({"a.md": story.format("Other"), "b.md": organization}))
    assert before == after
    assert [document["action"] for document in after[1]] == ["unchanged", "updated"]
