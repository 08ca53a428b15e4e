"""Taking upstream's side of a conflict: absent, 0, false and empty values; what a story cannot have is refused."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from articles import workflow
from articles.canonical_urls import identity_of
from articles.choices import Kind, Origin, State
from articles.documents.mapping import COLUMN_OF_KEY
from articles.importing.conflicts import UnusableValue, settle
from articles.importing.runner import import_sources
from articles.models import Article, Conflict
from tests.desk.pages import fields_of, page_of
from tests.factories import as_document, make_picture, make_related, make_story, make_topic, make_values

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
THEIRS = Conflict.Settlement.THEIRS
# What each field becomes by upstream's value: (field, upstream's value, column, value of the column).
TABLE = [
    ("excerpt", None, "excerpt", ""),
    ("excerpt", "", "excerpt", ""),
    ("body", None, "body", ""),
    ("body", "<p>x</p>", "body", "<p>x</p>"),
    ("publishedDateTime", None, "published_at", None),
    ("publishedDateTime", NOON.isoformat(), "published_at", NOON),
    ("updatedDateTime", None, "revised_at", None),
    ("webUrl", None, "web_url", ""),
    ("originalUrl", None, "original_url", ""),
    ("ampWebUrl", None, "amp_url", ""),
    ("cdnAmpWebUrl", None, "cdn_amp_url", ""),
    ("type", None, "kind", Kind.ARTICLE),
    ("type", "video", "kind", Kind.VIDEO),
    ("type", "hologram", "kind", Kind.ARTICLE),
    ("quality", None, "quality", None),
    ("quality", 0, "quality", 0),
    ("heat", None, "heat", -1),
    ("heat", 0, "heat", 0),
    ("category", None, "category", ""),
    ("featuredContent", None, "featured_content", ""),
    ("price", None, "price", ""),
    ("length", None, "duration", None),
    ("levels", None, "levels", []),
    ("levels", [], "levels", []),
    ("items", None, "items", []),
    ("actions", None, "actions", []),
    ("removed", None, "is_removed", False),
    ("removed", False, "is_removed", False),
    ("removed", True, "is_removed", True),
    ("locale", None, "locale", ""),
    ("tags", None, "upstream_tags", []),
    ("provider", None, "provider", None),
    ("provider.authors", None, "authors", []),
    ("provider.publishers", None, "publishers", None),
    ("ratings.count", None, "rating_count", None),
    ("ratings.count", 0, "rating_count", 0),
    ("ratings.average", None, "rating_average", None),
    ("ratings.average", 0, "rating_average", 0),
]


@pytest.fixture
def story():
    """A story with a value of its own in each field."""
    story = make_story(
        title="Ours",
        excerpt="Ours",
        body="Ours",
        kind=Kind.COURSE,
        quality=50,
        heat=50,
        revised_at=NOON,
        original_url="https://a.example/1",
        amp_url="https://a.example/2",
        cdn_amp_url="https://a.example/3",
        category="news",
        featured_content="<b>x</b>",
        price="5",
        levels=["x"],
        items=[{"title": "x"}],
        actions=[{"title": "x"}],
        locale="en",
        upstream_tags=["x"],
        authors=[{"name": "x"}],
        publishers=[{"name": "x"}],
        rating_count=5,
        rating_average=4.5,
        topics=[make_topic("AI")],
        state=State.INBOX,
    )
    make_picture(article=story)
    for _number in range(2):
        link = make_related(story)
        link.identity = identity_of(link.web_url)
        link.save()
    return story


def open_conflict(story, field, theirs):
    return Conflict.objects.create(article=story, field=field, base="x", ours="y", theirs=theirs)


def take(story, field, theirs, user):
    settle(open_conflict(story, field, theirs), THEIRS, workflow.Actor(Origin.ADMIN, user))
    return Article.objects.get(pk=story.pk)


def test_the_table_has_every_field():
    assert {field for field, *_rest in TABLE} | {"title"} == set(COLUMN_OF_KEY)


@pytest.mark.parametrize(("field", "theirs", "column", "value"), TABLE)
def test_a_column_gets_the_value_of_upstream(story, editor, field, theirs, column, value):
    assert getattr(take(story, field, theirs, editor), column) == value
    assert Conflict.objects.get().settlement == THEIRS


@pytest.mark.parametrize("theirs", [None, []])
def test_rows_that_upstream_has_not_are_removed(story, editor, theirs):
    for field in ("images", "related", "topics"):
        story = take(story, field, theirs, editor)
    assert [story.images.count(), story.related_links.count(), story.topics.count()] == [0, 0, 0]


def test_upstreams_topics_replace_ours(story, editor):
    assert [topic.name for topic in take(story, "topics", ["Bees", "AI"], editor).topics_in_order] == ["AI", "Bees"]


def test_accepting_a_missing_published_unpublishes_the_story(story, editor):
    assert take(story, "published", None, editor).state == State.INBOX
    published = make_story()
    assert take(published, "published", None, editor).state == State.WITHDRAWN


@pytest.mark.parametrize(
    ("field", "theirs", "words"),
    [
        ("title", None, "Upstream has no headline, and a story needs one. The headline was not changed."),
        ("title", "", "Upstream has no headline, and a story needs one. The headline was not changed."),
        ("secured", 1, "Stories have no field “secured”."),
    ],
)
def test_an_unusable_value_of_upstream_is_refused(story, editor, field, theirs, words):
    with pytest.raises(UnusableValue, match=words):
        take(story, field, theirs, editor)
    assert Article.objects.get(pk=story.pk).title == "Ours"
    assert Conflict.objects.get().settlement == ""


def test_the_list_of_conflicts_settles_the_possible_ones_and_reports_the_others(client, editor, story):
    client.force_login(editor)
    values = {"title": None, "type": None, "heat": 0, "quality": None}
    opened = [open_conflict(story, field, theirs) for field, theirs in values.items()]
    posted = {"action": "take_theirs", "_selected_action": [conflict.pk for conflict in opened]}
    answer = client.post(reverse("admin:articles_conflict_changelist"), posted, follow=True)
    texts = [str(message) for message in answer.context["messages"]]
    assert [text for text in texts if "needs one" in text] == [texts[0]]
    assert texts[1:] == ["3 conflicts settled."]
    story.refresh_from_db()
    assert (story.title, story.kind, story.heat, story.quality) == ("Ours", "article", 0, None)


def test_the_page_of_a_story_saves_the_rest_and_reports_the_failure(client, editor, story):
    client.force_login(editor)
    make_related(story)
    title, heat = open_conflict(story, "title", None), open_conflict(story, "heat", 0)
    page = client.get(page_of(story))
    posted = fields_of(page) | {f"settle-{one.pk}": "theirs" for one in (title, heat)} | {"excerpt": "Typed"}
    texts = [str(message) for message in client.post(page_of(story), posted, follow=True).context["messages"]]
    assert "Upstream has no headline, and a story needs one. The headline was not changed." in texts
    story.refresh_from_db()
    assert (story.title, story.heat, story.excerpt) == ("Ours", 0, "Typed")
    assert list(Conflict.objects.filter(settlement="")) == [title]


@pytest.fixture
def imported(tmp_path):
    path = tmp_path / "a.md"
    values = make_values(title="Before")
    for title, desk in (("Before", None), ("Theirs", "Ours")):
        path.write_bytes(as_document({**values, "title": title}))
        if desk:
            Article.objects.update(title=desk)
        (tmp_path / "bad.md").write_bytes(b"---\ntitle: [\n---\n")
        report = import_sources([str(tmp_path)])
    return report.batch


def test_conflicts_are_settled_on_their_list(client, editor, imported):
    client.force_login(editor)
    conflicts = reverse("admin:articles_conflict_changelist")
    page = client.get(conflicts).content.decode()
    assert "Ours" in page
    assert "Theirs" in page
    keys = list(Conflict.objects.values_list("pk", flat=True))
    client.post(conflicts, {"action": "take_theirs", "_selected_action": keys})
    assert Article.objects.get().title == "Theirs"
    assert len(client.get(conflicts).context["cl"].result_list) == 0
    assert len(client.get(conflicts, {"settlement__exact": "theirs"}).context["cl"].result_list) == 1
