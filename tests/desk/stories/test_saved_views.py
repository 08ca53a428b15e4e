"""Saved views: whose are shown, in what order, who deletes them, and where one is afterwards."""

import pytest
from django.urls import reverse

from articles.models import SavedView
from desk.stories.saved_views import MAX_VIEWS
from tests.conftest import make_user
from tests.desk.pages import STORIES
from tests.factories import make_story

pytestmark = pytest.mark.django_db


def share(owner, number, prefix="A"):
    return SavedView.objects.bulk_create(
        SavedView(owner=owner, name=f"{prefix}{place:03}", query=f"q={prefix}{place}", is_shared=True)
        for place in range(number)
    )


def names(response):
    return [view["name"] for view in response.context["views"]["views"]]


def delete(client, view, **posted):
    return client.post(reverse("admin:story-view-delete", args=[view.pk]), posted)


def test_own_views_come_first_however_many_others_share(desk, editor):
    for number in range(3):
        share(make_user(f"user{number}", "editor"), MAX_VIEWS, prefix=f"A{number}")
    own = share(editor, MAX_VIEWS, prefix="Z")
    shown = names(desk.get(STORIES))
    assert shown[5 : 5 + MAX_VIEWS] == [view.name for view in own]
    assert len(shown) == 5 + 2 * MAX_VIEWS


def test_a_private_view_is_its_owners_alone(desk, other):
    SavedView.objects.create(owner=other, name="Secret", query="q=x")
    SavedView.objects.create(owner=other, name="Shared", query="q=y", is_shared=True)
    assert names(desk.get(STORIES))[5:] == ["Shared"]


@pytest.mark.parametrize(
    ("who", "is_shared", "may"),
    [
        ("owner", True, True),
        ("owner", False, True),
        ("editor", True, False),
        ("reporter", True, False),
        ("administrator", True, True),
        ("administrator", False, False),
        ("superuser", True, True),
    ],
)
def test_a_view_is_deleted_by_its_owner_and_if_shared_by_administrators(client, other, who, is_shared, may):
    group = {"superuser": None, "owner": None}.get(who, who)
    user = other if who == "owner" else make_user(who, group, is_superuser=who == "superuser")
    view = SavedView.objects.create(owner=other, name="Theirs", query="q=x", is_shared=is_shared)
    client.force_login(user)
    offered = {one["name"]: one.get("pk") for one in client.get(STORIES, {"q": "x"}).context["views"]["views"]}
    assert offered.get("Theirs") == (view.pk if may else None)
    assert delete(client, view).status_code == (302 if may else 403)
    assert SavedView.objects.exists() is not may


def test_deleting_and_saving_a_view_return_to_the_same_list(desk, editor):
    make_story()
    address = "state=published&q=x+y&o=-5&p=3"
    posted = {"name": "Mine", "query": "state=published&o=-5", "list_query": address}
    assert desk.post(reverse("admin:story-view-save"), posted).url == f"{STORIES}?{address}"
    answer = delete(desk, SavedView.objects.get(), list_query=f"{address}&e=1")
    assert answer.url == f"{STORIES}?{address}"


@pytest.mark.parametrize("query", ["//evil.example/", "https://evil.example/?x", "\r\nSet-Cookie: x=1", "&&=%zz", ""])
def test_a_forged_address_stays_at_the_list(desk, editor, query):
    view = SavedView.objects.create(owner=editor, name="Mine", query="q=x")
    answer = delete(desk, view, list_query=query)
    assert answer.url.startswith(f"{STORIES}?")
    assert answer.status_code == 302


def test_a_view_that_is_gone_already_is_no_error(desk, editor):
    view = SavedView.objects.create(owner=editor, name="Mine", query="q=x")
    delete(desk, view)
    assert delete(desk, view).status_code == 302


def test_a_character_that_the_database_cannot_store_is_removed_from_the_name(desk):
    response = desk.post(reverse("admin:story-view-save"), {"name": "a\x00 b", "query": "state=inbox&q=%00"})
    assert response.status_code == 302
    assert SavedView.objects.get().name == "a b"


def test_views_are_saved_shared_and_deleted(desk, editor, other, client):
    keep = reverse("admin:story-view-save")
    response = desk.post(keep, {"name": " My  morning ", "query": "state=inbox&o=-5&p=3&kind__exact="}, follow=True)
    view = SavedView.objects.get()
    assert (view.name, view.query) == ("My morning", "o=-5&state=inbox")
    assert "My morning" in response.content.decode()
    desk.post(keep, {"name": "My morning", "query": "state=inbox", "is_shared": "on"})
    assert SavedView.objects.get().is_shared
    desk.post(keep, {"name": "x" * 61, "query": "state=inbox"})
    desk.post(keep, {"name": "", "query": "state=inbox"})
    assert SavedView.objects.count() == 1
    client.force_login(other)
    assert "My morning" in client.get(STORIES).content.decode()
    assert client.post(reverse("admin:story-view-delete", args=[view.pk])).status_code == 403
    assert SavedView.objects.exists()
    client.force_login(editor)
    client.post(reverse("admin:story-view-delete", args=[view.pk]))
    assert not SavedView.objects.exists()
