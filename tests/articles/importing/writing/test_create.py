"""Bulk rows equal what the models would write."""

import multiprocessing

import pytest
from django.db import connection
from django.utils import timezone

from articles.choices import State
from articles.db.bulk_rows import reserve_keys
from articles.db.serialization import writable_fields
from articles.documents.mapping import COVERAGE_COLUMNS, IMAGE_COLUMNS, columns_of, story_columns
from articles.documents.parse import parse_document
from articles.importing import pipeline
from articles.importing.results import DOCUMENTS
from articles.importing.runner import import_sources
from articles.importing.sources import prefetch
from articles.importing.writing.create import TOPIC_LINKS
from articles.importing.writing.rows import (
    COVERAGE_IMAGES,
    IMAGES,
    LINKS,
    SECRETS,
    STORIES,
    UPSTREAM,
    prepare,
    upstream_row,
)
from articles.models import Article, Image, RelatedLink, Tombstone, Topic, TopicAlias, UpstreamDocument
from articles.slugs import slug_candidates
from articles.story_urls import reader_url
from articles.visibility import first_visible_of_import
from providers.models import Provider
from tests.conftest import ROOT
from tests.factories import as_document, make_story, make_values

EVERYTHING = make_values(
    excerpt="Teaser",
    updatedDateTime="2026-11-20T10:30:00.250000Z",
    originalUrl="https://outlet.example/original",
    ampWebUrl="https://outlet.example/amp",
    cdnAmpWebUrl="https://cdn.example/amp",
    type="video",
    heat=120,
    featuredContent="<iframe src='https://player.example/1'></iframe>",
    price="Free",
    length="PT1H2M3S",
    levels=["Beginner"],
    ratings={"count": 12, "average": 4.5},
    items=["One", "Two"],
    actions=[{"url": "https://outlet.example/go", "type": "Sign up", "title": "Go"}],
    removed=True,
    locale="en-gb",
    tags=["x"],
    provider={
        "name": "The Outlet",
        "domain": "outlet.example",
        "authors": [{"name": "Ada"}],
        "publishers": [{"name": "P"}],
    },
    images=[
        {
            "url": "https://img.example/1.png",
            "width": 10,
            "height": 20,
            "isCached": True,
            "title": "T",
            "attribution": "A",
        }
    ],
    related=[
        {
            "title": "Coverage",
            "excerpt": "E",
            "publishedDateTime": "2026-11-20T09:30:00Z",
            "webUrl": "https://other.example/1",
            "type": "article",
            "provider": {"name": "Other", "domain": "other.example"},
            "quality": 3,
            "images": [{"url": "https://img.example/2.png"}],
        }
    ],
    mood="calm",
)


@pytest.mark.parametrize(
    "layout",
    [STORIES, UPSTREAM, SECRETS, LINKS, IMAGES, COVERAGE_IMAGES, TOPIC_LINKS, DOCUMENTS],
    ids=lambda it: it.names[0],
)
def test_layouts_cover_all_columns(layout):
    """A new field must be listed in its RowLayout, or be listed as left at its default."""
    keys = {layout.model._meta.pk.attname} if layout.model._meta.pk.get_internal_type() == "BigAutoField" else set()
    assert set(layout.names) | set(layout.default_names) | keys == set(writable_fields(layout.model))


@pytest.mark.django_db
@pytest.mark.parametrize("dropped", [(), ("publishedDateTime", "heat", "ratings", "length", "provider", "published")])
def test_bulk_rows_equal_the_models_values(tmp_path, dropped, settings):
    settings.IMPORT_REMOVED = "ignore"
    values = {key: value for key, value in EVERYTHING.items() if key not in dropped}
    (tmp_path / "a.md").write_bytes(as_document(values, "<p>Body</p>"))
    before = timezone.now()
    assert import_sources([str(tmp_path)]).counts["created"] == 1
    story = Article.objects.get()
    document = parse_document(as_document(values, "<p>Body</p>"), "a.md")
    expected = Article(
        pk=story.pk,
        identity=document.identity,
        provider=story.provider,
        created_at=story.created_at,
        updated_at=story.created_at,
        state=story.state,
        **story_columns(document.values, document.body),
    )
    expected.derive()
    expected.visible_from = expected.dated_at if story.published else None
    if story.published:
        expected.first_visible_at = first_visible_of_import(expected.published_at, before)
    for name in writable_fields(Article):
        assert getattr(story, name) == getattr(expected, name), name
    assert before <= story.created_at <= timezone.now()
    assert story.published == ("published" not in dropped)
    stored = (story.upstream.values, story.upstream.unknown, story.upstream.body)
    assert stored == (document.values, document.unknown, document.body)
    assert (story.upstream.secured, story.upstream.changed_at) == (document.secured, None)
    (link,), (image,) = story.related_links.all(), story.images.all()
    item = document.values["related"][0]
    assert columns_of(item, COVERAGE_COLUMNS).items() <= {**vars(link)}.items()
    assert (link.position, link.is_hidden, link.provider.name) == (0, False, "Other")
    assert columns_of(document.values["images"][0], IMAGE_COLUMNS).items() <= {**vars(image)}.items()
    assert link.images.get().url == "https://img.example/2.png"


@pytest.mark.django_db
def test_ambiguous_slugs_are_those_of_the_model(tmp_path):
    make_story(title="Same", published_at=None, url_date=None, slug="same")
    for number in range(3):
        values = make_values(title="Same", publishedDateTime=None)
        (tmp_path / f"{number}.md").write_bytes(as_document(values))
    import_sources([str(tmp_path)])
    for story in Article.objects.exclude(slug="same"):
        assert story.slug == slug_candidates(story)[1]


@pytest.mark.django_db
def test_slug_with_the_whole_identity_if_both_others_are_taken(tmp_path):
    values = make_values(title="Same", publishedDateTime=None)
    identity = parse_document(as_document(values), "a.md").identity
    make_story(title="Same", published_at=None)
    make_story(title=f"Same {identity[:6]}", published_at=None)
    (tmp_path / "a.md").write_bytes(as_document(values))
    import_sources([str(tmp_path)])
    assert Article.objects.get(identity=identity).slug == f"same-{identity}"


@pytest.mark.django_db
def test_new_keys_continue_those_of_the_database():
    story = make_story()
    (first, second) = reserve_keys(Article, 2)
    assert (first, second) == (story.pk + 1, story.pk + 2)
    if connection.vendor == "postgresql":
        assert make_story().pk == second + 1


@pytest.mark.django_db
def test_new_keys_are_not_reused_after_a_deletion():
    story = make_story()
    key = story.pk
    story.delete()
    assert reserve_keys(Article, 1) == [key + 1]


@pytest.mark.django_db
def test_new_stories_take_a_constant_number_of_queries(tmp_path, django_assert_max_num_queries):
    for number in range(60):
        (tmp_path / f"{number}.md").write_bytes(as_document({**EVERYTHING, "webUrl": f"https://o.example/{number}"}))
    import_sources([str(tmp_path / "0.md")])
    (tmp_path / "0.md").unlink()
    (tmp_path / "60.md").write_bytes(as_document({**EVERYTHING, "webUrl": "https://o.example/60"}))
    with django_assert_max_num_queries(40):
        assert import_sources([str(tmp_path)]).counts["created"] == 60


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_jobs_make_no_difference(tmp_path, monkeypatch, way):
    for module in (prefetch, pipeline):
        monkeypatch.setattr(module, "process_context", lambda: multiprocessing.get_context(way))
    monkeypatch.setattr(pipeline, "MIN_DOCUMENTS_FOR_POOL", 0)
    monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 7)
    for number in range(30):
        (tmp_path / f"{number:02}.md").write_bytes(as_document(make_values(title=f"Story {number}")))
    (tmp_path / "15.md").write_bytes(b"---\ntitle: [\n---\n")
    report = import_sources([str(tmp_path)], jobs=2)
    assert [outcome.action for outcome in report.outcomes].index("rejected") == 15
    assert report.counts["created"] == 29
    assert list(Article.objects.order_by("pk").values_list("title", flat=True)) == [
        f"Story {number}" for number in range(30) if number != 15
    ]


@pytest.mark.parametrize("day", ["2026-11-20", None])
@pytest.mark.parametrize("slug", ["plain", "خبر-عاجل"])
def test_reader_url_accepts_the_day_as_text_or_date(day, slug):
    as_date = timezone.datetime.fromisoformat(day).date() if day else None
    assert reader_url(day, slug) == reader_url(as_date, slug) == Article(url_date=as_date, slug=slug).get_absolute_url()


@pytest.mark.django_db
def test_coverage_is_linked_to_a_story_imported_later(tmp_path):
    (tmp_path / "a.md").write_bytes(as_document(EVERYTHING))
    import_sources([str(tmp_path)])
    (tmp_path / "b.md").write_bytes(as_document(make_values(webUrl="https://other.example/1")))
    import_sources([str(tmp_path)])
    assert RelatedLink.objects.get().linked_article == Article.objects.get(web_url="https://other.example/1")
    assert Image.objects.count() == 2


@pytest.mark.django_db
def test_stories_written_together_equal_stories_written_singly(folder, monkeypatch):
    """Bulk writes leave out no column and resolve equal slugs as single writes do."""
    places = [str(ROOT / "fixtures" / name) for name in ("seed", "stories")]
    same = {name: make_values(title="Same", topics=["AI", " AI", "New"]) for name in "abc"}
    import_sources(places)
    folder(**same)
    together = contents()
    for model in (RelatedLink, Article, Tombstone, Topic, TopicAlias, Provider):
        model.objects.all().delete()
    monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 1)
    import_sources(places)
    folder(**same)
    assert contents() == together


def contents():
    """Return what an import wrote, without keys and times of writing."""
    stories = []
    for story in Article.objects.select_related("upstream", "provider").order_by("identity"):
        columns = {field.attname: getattr(story, field.attname) for field in Article._meta.concrete_fields}
        for column in ("id", "provider_id", "created_at", "updated_at"):
            columns.pop(column)
        if not story.published_at:
            columns["dated_at"] = columns["rank"] = None
        if story.visible_from and story.visible_from != story.published_at:
            columns["visible_from"] = None
        links = [
            (
                link.position,
                link.title,
                link.identity,
                link.provider and link.provider.name,
                link.linked_article is None,
                *tuple((image.position, image.url, image.width) for image in link.images.all()),
            )
            for link in story.related_links.all()
        ]
        images = list(
            story.images.values_list("position", "url", "width", "height", "title", "attribution", "is_cached")
        )
        upstream = {f.attname: getattr(story.upstream, f.attname) for f in UpstreamDocument._meta.concrete_fields}
        for column in ("article_id", "imported_at", "changed_at"):
            upstream.pop(column)
        topics = sorted(topic.name for topic in story.topics.all())
        stories.append((columns, upstream, story.provider and story.provider.name, topics, images, links))
    return stories


@pytest.mark.django_db
def test_import_of_many_takes_few_queries(folder, django_assert_num_queries):
    documents = {f"d{n}": make_values(related=[{"title": "x", "webUrl": f"https://o.example/{n}"}]) for n in range(60)}
    with django_assert_num_queries(80, exact=False):
        folder(**documents)


@pytest.mark.django_db
def test_bug_of_ours_costs_one_document(tmp_path, monkeypatch):
    prepare = pipeline.prepare

    def fail_for_one(document, *arguments, **options):
        if document.title == "Unlucky":
            raise ZeroDivisionError
        return prepare(document, *arguments, **options)

    monkeypatch.setattr(pipeline, "prepare", fail_for_one)
    (tmp_path / "a.md").write_bytes(as_document(make_values(title="Unlucky")))
    (tmp_path / "b.md").write_bytes(as_document(make_values(title="Lucky")))
    first, second = import_sources([str(tmp_path)]).outcomes
    assert (first.action, second.action) == ("rejected", "created")
    assert first.problems[0].message == "the document could not be prepared (ZeroDivisionError)"


@pytest.mark.django_db
def test_numbers_of_any_size_are_stored(tmp_path):
    (tmp_path / "a.md").write_bytes(b"---\ntitle: A\nmood: 123456789012345678901234567890\n---\n")
    for action in ("created", "unchanged"):
        assert import_sources([str(tmp_path)]).counts[action] == 1
    assert UpstreamDocument.objects.get().unknown == {"mood": 123456789012345678901234567890}


@pytest.mark.parametrize("values", [EVERYTHING, make_values(published=False), {"title": "Only a title"}])
@pytest.mark.parametrize("state", [None, State.INBOX, State.IN_REVIEW])
def test_rows_of_a_new_story_at_a_known_path_are_the_same(values, state):
    """Documents from known paths are parsed without the rows that only new stories need."""
    document = parse_document(as_document(values), "a.md")
    first = prepare(document, "2026-11-20T12:00:00Z")
    later = prepare(document, "2026-11-20T12:00:00Z", is_probably_known=True)
    assert (first.pickled_rows == b"", later.pickled_rows) == (False, b"")
    if state is not None:
        first, later = first.in_state(state), later.in_state(state)
    assert (later.rows.in_state(later.state), later.slug) == (first.rows.in_state(first.state), first.slug)
    assert upstream_row(later, later.rows.row) == upstream_row(first, first.rows.row)


@pytest.mark.django_db
def test_rows_are_prepared_unless_the_path_is_known(folder, monkeypatch):
    prepared = {}

    def remember(document, *arguments, **options):
        story = prepare(document, *arguments, **options)
        prepared[story.title] = bool(story.pickled_rows)
        return story

    monkeypatch.setattr(pipeline, "prepare", remember)
    folder(a=make_values(title="First"))
    folder(a=make_values(title="Changed"), b=make_values(title="New", webUrl="https://outlet.example/new"))
    assert prepared == {"First": True, "Changed": False, "New": True}
