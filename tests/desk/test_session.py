"""Who is signed in at the desk: a fresh CSRF token for pages that were open before, and drafts cleared on sign-out."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.desk.pages import fields_of, page_of
from tests.factories import make_story

pytestmark = pytest.mark.django_db
SESSION, LOGIN, LOGOUT = reverse("admin:session"), reverse("admin:login"), reverse("admin:logout")


@pytest.fixture
def browser(editor):
    """A client that is checked as a browser is, signed in through the form."""
    client = Client(enforce_csrf_checks=True)
    sign_in(client)
    return client


def sign_in(client):
    client.get(LOGIN)
    token = client.cookies["csrftoken"].value
    client.post(LOGIN, {"username": "editor", "password": "pw", "csrfmiddlewaretoken": token, "next": "/admin/"})


def test_the_token_is_of_who_is_signed_in_and_is_never_stored(browser, editor):
    answer = browser.get(SESSION)
    assert answer.json().keys() == {"user", "token"}
    assert answer.json()["user"] == editor.pk
    assert "no-store" in answer.headers["Cache-Control"]
    assert browser.post(SESSION, {"csrfmiddlewaretoken": answer.json()["token"]}).status_code == 405


def test_no_session_for_anonymous_users_and_readers(client, django_user_model):
    assert client.get(SESSION).status_code == 302
    client.force_login(django_user_model.objects.create_user("reader", password="pw"))
    assert client.get(SESSION).status_code == 302


def test_a_page_that_was_open_while_its_user_signed_in_again_is_saved_with_a_fresh_token(browser):
    story = make_story(state="inbox")
    page = browser.get(page_of(story))
    posted = fields_of(page) | {"title": "Typed before", "csrfmiddlewaretoken": str(page.context["csrf_token"])}
    browser.post(LOGOUT, {"csrfmiddlewaretoken": posted["csrfmiddlewaretoken"]})
    sign_in(browser)
    assert browser.post(page_of(story), posted).status_code == 403
    posted["csrfmiddlewaretoken"] = browser.get(SESSION).json()["token"]
    answer = browser.post(page_of(story), posted)
    assert answer.status_code == 302
    story.refresh_from_db()
    assert story.title == "Typed before"


def test_saving_names_the_draft_by_user_and_story(client, editor):
    client.force_login(editor)
    story = make_story(state="inbox")
    page = client.get(page_of(story))
    assert f'data-user="{editor.pk}"' in page.content.decode()
    assert f'data-story="{story.pk}"' in page.content.decode()
    cookie = client.post(page_of(story), fields_of(page) | {"title": "New"}).cookies["desk_saved"]
    assert (cookie.value, cookie["path"]) == (f"{editor.pk}%3A{story.pk}", "/admin/")
    new = client.get(reverse("admin:articles_article_add"))
    assert 'data-story="new"' in new.content.decode()
    answer = client.post(reverse("admin:articles_article_add"), fields_of(new) | {"title": "Fresh"})
    assert answer.cookies["desk_saved"].value == f"{editor.pk}%3Anew"


def test_signing_out_has_the_users_drafts_deleted(client, editor):
    client.force_login(editor)
    assert list(client.get(LOGOUT).cookies) == []
    cookie = client.post(LOGOUT).cookies["desk_signed_out"]
    assert (cookie.value, cookie["path"], cookie["httponly"]) == (str(editor.pk), "/admin/", "")
    client.cookies.clear()
    assert list(client.post(LOGOUT).cookies) == []
