"""Saving and previewing a story takes as many queries with 30 related items and pictures as with 3."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from articles.canonical_urls import identity_of
from articles.models import Image, RelatedLink
from articles.models.image import PIXEL_LIMIT
from providers.models import Provider
from tests.desk.pages import fields_of, page_of
from tests.factories import make_picture, make_related, make_story

pytestmark = pytest.mark.django_db
ROWS = {"related_links": ("title", "web_url"), "images": ("title", "url")}


def story_with(number):
    """An unpublished story with so many related items, each with a picture, and so many pictures."""
    story = make_story(state="inbox")
    for _number in range(number):
        make_picture(related_link=make_related(story))
        make_picture(article=story)
    return story


def changed(posted):
    """Change the cells of every row that a browser would post."""
    for prefix, cells in ROWS.items():
        for name in [name for name in posted if name.startswith(f"{prefix}-") and name.rpartition("-")[2] in cells]:
            posted[name] += "x"
    return posted


def added(posted, number):
    """Add so many related items of so many outlets."""
    first = int(posted["related_links-TOTAL_FORMS"])
    for place in range(first, first + number):
        cells = {"title": f"Added {place}", "web_url": f"https://new{place}.example/a", "position": place, "id": ""}
        posted |= {f"related_links-{place}-{name}": value for name, value in cells.items()}
    return posted | {"related_links-TOTAL_FORMS": first + number}


def deleted(posted, prefix):
    total = int(posted[f"{prefix}-TOTAL_FORMS"])
    return posted | {f"{prefix}-{place}-DELETE": "on" for place in range(total)}


def queries_of(desk, number, change, view="change"):
    story = story_with(number)
    posted = fields_of(desk.get(page_of(story))) | {"title": f"Changed with {number}"}
    posted = change(posted, number)
    url = page_of(story) if view == "change" else reverse("admin:story-preview", args=[story.pk])
    with CaptureQueriesContext(connection) as queries:
        answer = desk.post(url, posted)
    assert answer.status_code == 302 if view == "change" else "page" in answer.json(), answer.content[:500]
    return len(queries)


CHANGES = {
    "the story alone": lambda posted, number: posted,
    "every row": lambda posted, number: changed(posted),
    "rows added": added,
    "pictures deleted": lambda posted, number: deleted(posted, "images"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("view", ["change", "preview"])
def test_the_number_of_queries_is_constant(desk, view, change):
    # What is looked up once in a process is not counted.
    queries_of(desk, 0, change, view)
    assert queries_of(desk, 30, change, view) == queries_of(desk, 3, change, view)


def test_rows_are_written_as_typed(desk):
    story = story_with(2)
    first, deleted = story.related_links.order_by("pk")
    posted = changed(fields_of(desk.get(page_of(story))))
    number = next(name.split("-")[1] for name, key in posted.items() if name.endswith("-id") and key == deleted.pk)
    posted = added(posted, 2) | {f"related_links-{number}-DELETE": "on"}
    assert desk.post(page_of(story), posted).status_code == 302
    links = list(story.related_links.order_by("pk"))
    assert links[0] == first
    assert (links[0].title, links[0].web_url) == (f"{first.title}x", f"{first.web_url}x")
    assert links[0].identity == identity_of(f"{first.web_url}x")
    assert links[0].published_at == first.published_at
    assert [link.title for link in links[1:]] == ["Added 2", "Added 3"]
    assert [link.provider.domain for link in links[1:]] == ["new2.example", "new3.example"]
    assert not RelatedLink.objects.filter(pk=deleted.pk).exists()
    assert not Image.objects.filter(related_link=deleted.pk).exists()
    assert all(image.title == "x" and image.url.endswith(".pngx") for image in story.images.all())
    # Another URL is another picture, of which there is no copy yet.
    assert [str(image.file) for image in story.images.all()] == ["", ""]


def test_two_new_items_of_one_outlet_share_it(desk):
    story = story_with(0)
    posted = added(fields_of(desk.get(page_of(story))), 2)
    posted |= {f"related_links-{place}-web_url": f"https://www.same.example/{place}" for place in range(2)}
    desk.post(page_of(story), posted)
    assert Provider.objects.filter(related_links__article=story).distinct().count() == 1


def test_a_row_of_another_story_is_refused(desk):
    story, other = story_with(1), story_with(1)
    theirs = other.related_links.get()
    posted = changed(fields_of(desk.get(page_of(story)))) | {"related_links-0-id": theirs.pk}
    answer = desk.post(page_of(story), posted)
    assert answer.status_code == 200
    assert RelatedLink.objects.get(pk=theirs.pk).title == theirs.title


@pytest.mark.parametrize(
    ("prefix", "cell", "value", "words"),
    [
        ("related_links", "title", "", "This field is required."),
        ("related_links", "web_url", "ftp://x.example/", "Not a usable URL"),
        ("related_links", "web_url", "javascript:alert(1)", "Not a usable URL"),
        ("images", "url", "ftp://x.example/", "Not a usable"),
        ("images", "width", str(PIXEL_LIMIT + 1), f"Enter a number of pixels from 1 to {PIXEL_LIMIT}."),
        ("images", "width", "0", f"Enter a number of pixels from 1 to {PIXEL_LIMIT}."),
        ("images", "height", "-1", "Ensure this value is greater than or equal to 0."),
    ],
)
def test_a_violated_constraint_is_reported_beside_the_field(desk, prefix, cell, value, words):
    story = story_with(1)
    posted = fields_of(desk.get(page_of(story))) | {f"{prefix}-0-{cell}": value}
    answer = desk.post(page_of(story), posted)
    assert answer.status_code == 200
    formset = next(one.formset for one in answer.context["inline_admin_formsets"] if one.formset.prefix == prefix)
    assert any(words in text for text in formset.forms[0].errors[cell]), formset.forms[0].errors


@pytest.mark.parametrize("size", [1, PIXEL_LIMIT])
def test_the_sizes_at_the_bounds_are_taken(desk, size):
    story = story_with(1)
    posted = fields_of(desk.get(page_of(story))) | {"images-0-width": size}
    assert desk.post(page_of(story), posted).status_code == 302
    assert story.images.get().width == size


@pytest.mark.parametrize("model", [RelatedLink, Image])
def test_validators_are_also_constraints_of_the_model(model):
    module = __import__(model.__module__, fromlist=["IMPLIED"])
    assert {constraint.name for constraint in model._meta.constraints} >= module.IMPLIED
