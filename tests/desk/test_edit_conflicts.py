"""Two editors at one story: a posted form is merged with what others changed in the meantime."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from articles.bulk_actions import execution
from articles.choices import BulkAction
from articles.editing.fields import edit
from articles.models import Article, Revision
from desk.edit_conflicts import drop_rows
from tests.desk.pages import by, fields_of, fresh, page_of
from tests.factories import make_provider, make_related, make_story, make_topic, make_values

pytestmark = pytest.mark.django_db
DIGITS = "9" * 5000


def posted(total, initial, **rows):
    """Return a mutable QueryDict of rows with one cell each, {number with an underscore before it: value}."""
    data = QueryDict(mutable=True)
    data.update({"rows-TOTAL_FORMS": total, "rows-INITIAL_FORMS": initial})
    data.update({f"rows-{number.removeprefix('_')}-url": value for number, value in rows.items()})
    return data


def test_rows_after_one_that_is_gone_move_up():
    data = posted("2", "2", _0="a", _1="b")
    drop_rows(data, "rows", [0])
    assert data.dict() == {"rows-TOTAL_FORMS": "1", "rows-INITIAL_FORMS": "1", "rows-0-url": "b"}


@pytest.mark.parametrize("number", [DIGITS, "x", "-1", "٢"])
def test_unknown_row_numbers_are_left_to_the_formset(number):
    data = posted("1", number, _0="a", **{f"_{number}": "b"})
    drop_rows(data, "rows", [0])
    assert data.dict() == {"rows-TOTAL_FORMS": "0", "rows-INITIAL_FORMS": "0", f"rows-{number}-url": "b"}


def test_disjoint_fields_are_merged(desk, other):
    story = make_story(title="Old", excerpt="Old", heat=1)
    posted = fields_of(desk.get(page_of(story)))
    edit(story, {"excerpt": "Theirs", "heat": 9}, by(other))
    response = desk.post(page_of(story), posted | {"title": "Mine"}, follow=True)
    assert (fresh(story).title, fresh(story).excerpt, fresh(story).heat) == ("Mine", "Theirs", 9)
    assert "Others changed this story while you had it open" in response.content.decode()
    assert Revision.objects.first().fields == ["title"]


def test_same_field_is_refused_and_both_values_are_shown(desk, other):
    story = make_story(title="Old", excerpt="Old")
    posted = fields_of(desk.get(page_of(story)))
    edit(story, {"title": "Theirs"}, by(other))
    response = desk.post(page_of(story), posted | {"title": "Mine", "excerpt": "Mine, too"})
    assert response.status_code == 200
    html = response.content.decode()
    assert "other changed this while you had it open (" in html
    assert "Theirs" in html
    assert (fresh(story).title, fresh(story).excerpt) == ("Theirs", "Old")
    again = fields_of(response)
    assert (again["title"], again["excerpt"]) == ("Mine", "Mine, too")
    # Having seen it, the editor's word counts.
    assert desk.post(page_of(story), again).status_code == 302
    assert (fresh(story).title, fresh(story).excerpt) == ("Mine", "Mine, too")


def test_same_value_is_no_clash(desk, other):
    story = make_story(title="Old")
    posted = fields_of(desk.get(page_of(story)))
    edit(story, {"title": "Better"}, by(other))
    assert desk.post(page_of(story), posted | {"title": "Better"}).status_code == 302


def test_form_without_a_revision_undoes_nothing(desk, other):
    story = make_story(title="Old")
    posted = fields_of(desk.get(page_of(story)))
    edit(story, {"title": "Theirs"}, by(other))
    for revision in ("", "x", "-1"):
        desk.post(page_of(story), posted | {"seen": revision})
        assert fresh(story).title == "Theirs"


@pytest.mark.parametrize(
    ("theirs", "field", "value"),
    [
        ({"levels": ["Expert"]}, "levels", "Beginner"),
        ({"duration": timedelta(minutes=5)}, "duration", "00:07:00"),
        ({"kind": "video"}, "kind", "course"),
        ({"is_removed": True}, "quality", "3"),
        ({"pin": 3}, "pin", "4"),
    ],
)
def test_fields_of_every_kind(desk, other, theirs, field, value):
    story = make_story()
    posted = fields_of(desk.get(page_of(story)))
    edit(story, theirs, by(other))
    # Untouched here, theirs stays; touched, it is a clash.
    assert desk.post(page_of(story), posted | {"title": "Mine"}).status_code == 302
    for name, theirs_value in theirs.items():
        assert getattr(fresh(story), name) == theirs_value
    response = desk.post(page_of(story), posted | {field: value})
    assert (response.status_code == 200) == (field in theirs)


def test_times_topics_and_provider_are_merged(desk, other):
    story, space = make_story(), make_topic("Space")
    provider = make_provider(name="Theirs")
    posted = fields_of(desk.get(page_of(story)))
    until = timezone.now() + timedelta(days=3)
    edit(story, {"provider": provider, "visible_until": until}, by(other))
    execution.apply_to_story(execution.BulkOperation(BulkAction.ADD_TOPIC, {"topic": space.pk}, by(other)), story.pk)
    assert desk.post(page_of(story), posted | {"title": "Mine"}).status_code == 302
    stored = fresh(story)
    assert (stored.title, stored.provider, stored.visible_until) == ("Mine", provider, until)
    assert list(stored.topics.all()) == [space]


def test_rows_are_merged_cell_by_cell(desk, other, client):
    story = make_story()
    first, second = make_related(story, title="First"), make_related(story, title="Second")
    gone = make_related(story, title="Gone")
    mine, theirs = (fields_of(desk.get(page_of(story))) for _number in range(2))
    places = {mine[f"related_links-{n}-id"]: f"related_links-{n}" for n in range(3)}
    theirs |= {f"{places[first.pk]}-title": "Theirs", f"{places[second.pk]}-is_hidden": "on"}
    theirs |= {f"{places[gone.pk]}-DELETE": "on"}
    desk.force_login(other)
    assert desk.post(page_of(story), theirs).status_code == 302
    response = desk.post(page_of(story), mine | {f"{places[second.pk]}-title": "Mine"}, follow=True)
    assert not story.related_links.filter(pk=gone.pk).exists()
    titles = dict(story.related_links.values_list("pk", "title"))
    assert titles == {first.pk: "Theirs", second.pk: "Mine"}
    assert story.related_links.get(pk=second.pk).is_hidden
    response = desk.post(page_of(story), mine | {f"{places[first.pk]}-title": "Mine", "title": "Kept"})
    assert response.status_code == 200
    assert fields_of(response)["title"] == "Kept"
    assert story.related_links.get(pk=first.pk).title == "Theirs"


@pytest.mark.parametrize(
    ("prefix", "typed", "column", "expected"),
    [
        (
            "related_links",
            [{"web_url": "https://www.other.example/a/", "title": "Mine"}, {"web_url": "", "title": "New"}],
            "title",
            [("https://www.other.example/a/", "Mine"), ("", "New")],
        ),
        (
            "images",
            [{"url": "https://img.example/a.jpg", "title": "Mine"}, {"url": "/b.jpg"}],
            "title",
            [("https://img.example/a.jpg", "Mine"), ("/b.jpg", "")],
        ),
    ],
)
def test_row_that_both_added_exists_once(desk, folder, prefix, typed, column, expected):
    values = make_values()
    folder(tide=values)
    story = Article.objects.get()
    posted = fields_of(desk.get(page_of(story)))
    item = {"title": "Theirs", "webUrl": "https://other.example/a", "quality": 7}
    folder(tide=values | {"related": [item], "images": [{"url": "https://img.example/a.jpg", "width": 640}]})
    posted |= {f"{prefix}-TOTAL_FORMS": str(len(typed))}
    for number, cells in enumerate(reversed(typed)):
        posted |= {f"{prefix}-{number}-{cell}": value for cell, value in cells.items()}
        posted[f"{prefix}-{number}-position"] = str(9 - number)
    assert desk.post(page_of(story), posted).status_code == 302
    rows = getattr(story, prefix)
    assert list(rows.values_list("url" if prefix == "images" else "web_url", column)) == expected
    # What was not typed is upstream's.
    untyped = "width" if prefix == "images" else "quality"
    assert getattr(rows.get(title="Mine"), untyped) == {"images": 640, "related_links": 7}[prefix]


def test_row_that_both_added_follows_an_impossible_number_of_initial_rows(desk, folder):
    values = make_values()
    folder(tide=values)
    story = Article.objects.get()
    posted = fields_of(desk.get(page_of(story)))
    folder(tide=values | {"images": [{"url": "/a.jpg"}]})
    posted |= {"images-TOTAL_FORMS": "1", "images-INITIAL_FORMS": "7", "images-0-url": "/a.jpg"}
    desk.post(page_of(story), posted)
    assert list(story.images.values_list("url", flat=True)) == ["/a.jpg"]


def test_removed_row_is_reported_if_it_was_edited(desk, other):
    story = make_story()
    link = make_related(story, title="Gone")
    posted = fields_of(desk.get(page_of(story)))
    with_removal = posted | {"related_links-0-DELETE": "on"}
    desk.post(page_of(story), with_removal)
    response = desk.post(page_of(story), posted | {"related_links-0-title": "Edited"}, follow=True)
    assert "Gone" in response.content.decode()
    assert not story.related_links.filter(pk=link.pk).exists()
