"""The checks of a replayed history: each difference from the model is found and named."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.editing.joining import join_stories
from articles.models import Article, Conflict, Image, RelatedLink
from articles.workflow import COMMAND_LINE
from bench.replay.checks import Violation, check_stories
from bench.replay.history import Document
from bench.replay.newsroom_model import NewsroomModel
from tests.factories import make_story, make_topic, make_values

pytestmark = pytest.mark.django_db
RELATED = [{"title": f"Coverage {number}", "webUrl": f"https://other.example/{number}"} for number in range(3)]
IMAGES = [{"url": f"https://img.example/{number}.jpg"} for number in range(2)]
VALUES = make_values(related=RELATED, images=IMAGES, topics=["Tides"])


@pytest.fixture
def model(folder):
    """The model of a newsroom that has imported one document, in which an editor hid the first coverage."""
    folder(tide=VALUES)
    model = NewsroomModel()
    model.receive([Document("tide.md", VALUES, "")])
    check_stories(model)
    [story] = model.stories
    RelatedLink.objects.filter(title="Coverage 0").update(is_hidden=True)
    story.hide_row(next(iter(story.rows["related"])))
    check_stories(model)
    return model


def swap_coverage():
    RelatedLink.objects.filter(title="Coverage 1").update(position=9)


def open_conflict(field):
    Conflict.objects.create(article=Article.objects.get(), field=field)


def add_picture_of_coverage():
    Image.objects.create(related_link=RelatedLink.objects.get(title="Coverage 1"), url="https://img.example/9.jpg")


def schedule():
    Article.objects.update(state="published", visible_from=timezone.now() + timedelta(days=1))


@pytest.mark.parametrize(
    ("change", "invariant", "field"),
    [
        (lambda: Article.objects.update(title="Other"), "no change is dropped", "title"),
        (lambda: Article.objects.update(heat=1), "no change is dropped", "heat"),
        (lambda: Article.objects.update(state="withdrawn"), "the state follows upstream", "state"),
        (lambda: Article.objects.get().topics.add(make_topic("Other")), "topics are merged as a set", "topics"),
        (lambda: Article.objects.all().delete(), "no story is lost", "story"),
        (lambda: RelatedLink.objects.filter(title="Coverage 2").delete(), "rows are merged by their key", "related"),
        (lambda: Image.objects.filter(url__contains="1").delete(), "rows are merged by their key", "images"),
        (lambda: RelatedLink.objects.update(is_hidden=False), "what was hidden stays hidden", "related"),
        (lambda: RelatedLink.objects.update(excerpt="Other"), "rows are merged by field", "related"),
        (swap_coverage, "rows follow upstream's order", "related"),
        (add_picture_of_coverage, "pictures of coverage follow upstream", "related"),
        (lambda: open_conflict("title"), "conflicts are open where documented", "conflicts"),
        (lambda: open_conflict("related"), "conflicts are open where documented", "conflicts"),
        (lambda: Article.objects.update(is_removed=True), "no change is dropped", "removed"),
        (schedule, "the state follows upstream", "time"),
    ],
)
def test_difference_is_found(model, change, invariant, field):
    change()
    with pytest.raises(Violation) as caught:
        check_stories(model)
    violation = caught.value
    assert (violation.invariant, violation.path, violation.field.split()[0]) == (invariant, "tide.md", field)
    assert str(violation).endswith("moment 0: created by tide.md")


def test_second_story_of_a_file_is_found(model):
    copy = make_story(title="Copy")
    [article] = Article.objects.exclude(pk=copy.pk)
    upstream = article.upstream
    upstream.pk, upstream.article = None, copy
    upstream.save(force_insert=True)
    with pytest.raises(Violation) as caught:
        check_stories(model)
    assert (caught.value.invariant, caught.value.actual) == ("a file has one story", ["Copy"])


def test_deleted_story_that_returns_is_found(model):
    [story] = model.stories
    model.delete(story)
    with pytest.raises(Violation) as caught:
        check_stories(model)
    assert caught.value.invariant == "a deleted story stays deleted"


def test_edit_that_is_lost_is_found(model):
    [story] = model.stories
    story.edit("title", "Ours")
    story.set_state("withdrawn")
    with pytest.raises(Violation) as caught:
        check_stories(model)
    assert (caught.value.invariant, caught.value.expected) == ("no edit is lost", "Ours")
    Article.objects.update(title="Ours")
    with pytest.raises(Violation) as caught:
        check_stories(model)
    assert (caught.value.invariant, caught.value.expected) == ("the desk's state stays", "withdrawn")


def test_file_that_two_joined_stories_had_is_one_story(model, folder):
    other = make_values(title="Other", webUrl="https://two.example/x")
    folder(other=other)
    model.receive([Document("other.md", other, "")])
    check_stories(model)
    target, joined = model.stories
    model.join(target, joined)
    with pytest.raises(Violation) as caught:
        check_stories(model)
    assert (caught.value.invariant, caught.value.actual) == ("a file has one story", ["Other"])
    join_stories(*Article.objects.order_by("pk"), COMMAND_LINE)
    check_stories(model)


def test_removed_row_that_returns_is_found(model):
    [story] = model.stories
    story.remove_row("images", "https://img.example/0.jpg")
    with pytest.raises(Violation) as caught:
        check_stories(model)
    assert (caught.value.invariant, caught.value.actual) == (
        "what was removed stays removed",
        ["https://img.example/0.jpg"],
    )


def test_row_that_was_put_first_is_first(model):
    [story] = model.stories
    story.order_rows("images", list(reversed(story.rows["images"])))
    with pytest.raises(Violation) as caught:
        check_stories(model)
    assert caught.value.invariant == "what was put first stays first"
