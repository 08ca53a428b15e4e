"""Removing a picture from all stories and blocking it, and the list of blocked pictures."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from articles.models import BlockedPicture, Image, PictureSource, Revision, StoredPicture
from articles.models.picture import SourceState
from desk.stories.picture_states import ROW, copy_url
from pictures.storing import store_picture
from tests.conftest import make_user
from tests.desk.pages import page_of, page_text
from tests.factories import make_picture, make_provider, make_story
from tests.picture_files import picture_bytes
from tests.pictures.test_blocking import add_stored

pytestmark = pytest.mark.django_db
BLOCKED = reverse("admin:articles_blockedpicture_changelist")


def block_url(image):
    return reverse("admin:story-picture-block", args=[image.article_id, image.pk])


@pytest.fixture
def image():
    """A picture that two stories and an outlet show."""
    image = add_stored(article=make_story(title="Gates <close>"))
    add_stored(article=make_story(title="Barrier holds"))
    add_stored("https://img.example/logo.jpg", provider=make_provider(name="The Harbour Post"))
    return image


def confirmed(client, image):
    """Return what a browser would post of the page that asks."""
    return {"_do": "1", "seen": client.get(block_url(image)).context["preview"].signature}


def test_the_page_says_what_happens_and_does_nothing(desk, image):
    text = page_text(desk.get(block_url(image)))
    for sentence in (
        "2 stories lose the picture: Gates &lt;close&gt;, Barrier holds.",
        "The picture is also the logo of The Harbour Post and is removed there too.",
        "All files of the picture are deleted, in every size.",
        "until you allow it again under “Blocked pictures”.",
        'method="post"',
    ):
        assert sentence in text
    assert not BlockedPicture.objects.exists()
    assert Image.objects.exclude(file="").count() == 3


def test_the_page_shows_the_picture_if_we_have_a_copy(desk, image):
    Image.objects.filter(pk=image.pk).update(title="Gates <3>")
    text = page_text(desk.get(block_url(image)))
    assert (
        f'<p><img class="desk-asked-picture" src="{copy_url(str(image.file), ROW)}" alt="">Gates &lt;3&gt;</p>' in text
    )
    waiting = Image.objects.create(article=make_story(), url="https://img.example/waiting.jpg")
    text = page_text(desk.get(block_url(waiting)))
    assert "<p>https://img.example/waiting.jpg</p>" in text
    assert "<img" not in text.partition("Remove and block this picture?")[2]


def test_confirmed_it_is_removed_blocked_and_recorded(desk, editor, image):
    response = desk.post(block_url(image), confirmed(desk, image), follow=True)
    assert response.redirect_chain == [(page_of(image.article), 302)]
    text = page_text(response)
    assert "Removed from 2 stories and blocked." in text
    assert f'<a href="{BLOCKED}">Blocked pictures</a>' in text
    assert not Image.objects.exclude(file="").exists()
    assert StoredPicture.objects.get().is_blocked
    assert set(PictureSource.objects.values_list("state", flat=True)) == {SourceState.BLOCKED}
    assert set(Revision.objects.values_list("actor", "note")) == {(editor.pk, f"picture blocked: {image.url}")}
    assert Revision.objects.count() == 2
    # It is offered once.
    assert "data-block" not in text
    assert desk.get(block_url(image)).headers["Location"] == page_of(image.article)


def test_without_confirmation_or_csrf_token_nothing_happens(editor, image):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert client.post(block_url(image), confirmed(client, image)).status_code == 403
    client = Client()
    client.force_login(editor)
    assert client.post(block_url(image), {}).status_code == 200
    assert Image.objects.exclude(file="").count() == 3


def test_a_preview_that_is_no_longer_true_is_shown_again(desk, image):
    posted = confirmed(desk, image)
    add_stored(article=make_story(title="Later"))
    response = desk.post(block_url(image), posted, follow=True)
    text = page_text(response)
    assert "Someone else has changed this in the meantime." in text
    assert "3 stories lose the picture: " in text
    assert "Later" in text
    assert Image.objects.exclude(file="").count() == 4


def test_the_way_back_leads_to_the_list_that_the_story_was_opened_from(desk, image):
    query = "_changelist_filters=state%3Dpublished"
    assert f"{block_url(image)}?{query}" in page_text(desk.get(f"{page_of(image.article)}?{query}"))
    response = desk.post(f"{block_url(image)}?{query}", confirmed(desk, image))
    assert response.headers["Location"] == f"{page_of(image.article)}?{query}"


def test_who_may_not_is_refused_and_sees_no_button(client, reporter, image):
    Image.objects.filter(pk=image.pk).update(title="A quay")
    article = image.article
    article.state, article.visible_from = "inbox", None
    article.save()
    limited = make_user("limited", "editor")
    limited.groups.clear()
    codenames = ["view_article", "change_article", "publish_article", "view_image", "change_image"]
    limited.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    for user in (reporter, limited):
        client.force_login(user)
        assert client.get(block_url(image)).status_code == 403
        assert client.post(block_url(image), {"_do": "1"}).status_code == 403
        text = page_text(client.get(page_of(article)))
        assert "A quay" in text
        assert "data-block" not in text
        assert client.get(BLOCKED).status_code == 403
        assert BLOCKED not in text
    assert Image.objects.exclude(file="").count() == 3


def test_the_button_is_where_there_is_something_to_block(desk):
    story = make_story()
    Image.objects.create(article=story, title="Of an upload that was removed")
    assert "data-block" not in page_text(desk.get(page_of(story)))
    make_picture(article=story)
    Image.objects.create(article=story, url="https://img.example/later.jpg")
    assert page_text(desk.get(page_of(story))).count("data-block") == 2


@pytest.mark.parametrize("key", [0, 2**70])
def test_a_picture_that_is_not_of_the_story_is_not_found(desk, image, key):
    other = make_story()
    assert desk.get(reverse("admin:story-picture-block", args=[other.pk, image.pk])).status_code == 404
    assert desk.get(reverse("admin:story-picture-block", args=[image.article_id, key])).status_code == 404


class TestList:
    def test_it_names_picture_story_time_and_person(self, desk, editor, image):
        desk.post(block_url(image), confirmed(desk, image))
        text = page_text(desk.get(BLOCKED))
        assert image.url in text
        assert f'<a href="{page_of(image.article)}">Gates &lt;close&gt;</a>' in text
        assert editor.username in text
        assert ">just now</time>" in text
        assert f'href="{BLOCKED}"' in page_text(desk.get(reverse("admin:index")))

    def test_a_blocked_picture_is_allowed_again(self, desk, image):
        desk.post(block_url(image), confirmed(desk, image))
        block = BlockedPicture.objects.get()
        response = desk.post(BLOCKED, {"action": "allow_again", "_selected_action": [block.pk]}, follow=True)
        assert "1 picture can be stored again." in page_text(response)
        assert set(PictureSource.objects.values_list("state", flat=True)) == {SourceState.WAITING}
        assert store_picture(picture_bytes())
        assert LogEntry.objects.get().change_message == "Allowed again"

    def test_rows_are_neither_added_changed_nor_deleted(self, desk, image):
        desk.post(block_url(image), confirmed(desk, image))
        block = BlockedPicture.objects.get()
        opts = "admin:articles_blockedpicture"
        assert desk.post(reverse(f"{opts}_add")).status_code == 403
        assert desk.post(reverse(f"{opts}_delete", args=[block.pk]), {"post": "yes"}).status_code == 403
        assert desk.post(reverse(f"{opts}_change", args=[block.pk]), {"title": "x"}).status_code == 403
        desk.post(BLOCKED, {"action": "delete_selected", "_selected_action": [block.pk], "post": "yes"})
        assert BlockedPicture.objects.get().title == ""

    def test_queries_do_not_grow(self, desk, django_assert_num_queries):
        def queries(limit):
            with django_assert_num_queries(limit, exact=False) as captured:
                desk.get(BLOCKED)
            return len(captured)

        def block(number):
            BlockedPicture.objects.create(
                article=make_story(), title=f"{number}", blocked_by=make_user(f"u{number}", "editor")
            )

        block(0)
        desk.get(BLOCKED)
        few = queries(20)
        for number in range(1, 6):
            block(number)
        assert queries(20) == few
