"""Who gets the files of pictures."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from articles.choices import State
from articles.models import StoredPicture
from articles.workflow import COMMAND_LINE
from pictures.blocking import remove_and_block
from pictures.renditions import all_names, renditions_of
from pictures.serving import PRIVATE, PUBLIC
from tests.conftest import make_user
from tests.factories import make_picture, make_provider, make_related, make_story
from tests.pictures.test_blocking import add_stored
from tests.pictures.test_storing import stored_files

pytestmark = pytest.mark.django_db


def get(client, name, **headers):
    """Return the response, its body read, with which the file is closed."""
    response = client.get(f"/media/{name}", headers=headers)
    response.body = b"".join(response.streaming_content) if response.streaming else response.content
    return response


def test_every_file_of_a_visible_story_is_public(client, settings):
    image = add_stored()
    for name in all_names(image.file.name):
        response = get(client, name)
        assert response.status_code == 200
        assert response.body == Path(settings.MEDIA_ROOT, name).read_bytes()
        assert response["Cache-Control"] == PUBLIC
        assert "Cookie" not in response.get("Vary", "")
    assert get(client, renditions_of(image.file.name)[0].name)["Content-Type"] == "image/avif"
    assert get(client, image.file.name)["Content-Type"] == "image/jpeg"


def test_a_browser_that_has_it_gets_no_body(client):
    name = add_stored().file.name
    etag = get(client, name)["ETag"]
    response = get(client, name, if_none_match=etag)
    assert (response.status_code, response.content, response["Cache-Control"]) == (304, b"", PUBLIC)


HIDDEN = {
    "in the inbox": {"state": State.INBOX},
    "withdrawn": {"state": State.WITHDRAWN},
    "rejected": {"state": State.REJECTED},
}


@pytest.mark.parametrize("fields", HIDDEN.values(), ids=HIDDEN)
def test_files_of_stories_that_readers_cannot_see_are_for_the_desk(client, editor, fields):
    image = add_stored(article=make_story(**fields))
    for name in all_names(image.file.name):
        assert get(client, name).status_code == 404
    client.force_login(editor)
    response = get(client, image.file.name)
    assert (response.status_code, response["Cache-Control"]) == (200, PRIVATE)
    assert "Cookie" in response["Vary"]


def test_a_shared_picture_is_public_while_one_story_is_visible(client):
    hidden, visible = add_stored(article=make_story(state=State.INBOX)), add_stored()
    assert hidden.file == visible.file
    assert get(client, hidden.file.name).status_code == 200
    visible.delete()
    assert get(client, hidden.file.name).status_code == 404


def test_a_user_without_the_permission_does_not_get_it(client):
    image = add_stored(article=make_story(state=State.INBOX))
    client.force_login(make_user("guest"))
    assert get(client, image.file.name).status_code == 404


def test_logos_are_public(client):
    image = add_stored("https://img.example/logo.png", provider=make_provider())
    assert get(client, image.file.name)["Cache-Control"] == PUBLIC


def test_pictures_of_coverage_are_on_no_page(client):
    image = make_picture(related_link=make_related(make_story()))
    assert get(client, image.file.name).status_code == 404


def test_files_of_earlier_releases_are_served(client):
    image = make_picture(article=make_story())
    assert get(client, image.file.name).status_code == 200


def test_a_blocked_picture_is_not_served_even_if_its_files_are_left(client, editor):
    image = add_stored()
    name = image.file.name
    remove_and_block(image, COMMAND_LINE)
    client.force_login(editor)
    assert default_storage.exists(name)
    assert get(client, name).status_code == 404


def test_nor_while_a_story_still_shows_it(client):
    image = add_stored()
    StoredPicture.objects.update(is_blocked=True)
    assert get(client, image.file.name).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "pictures/",
        "pictures/missing.jpg",
        f"pictures/ab/{'ab' * 16}-320.avif",
        "pictures/../../secret_key",
        "secret.txt",
        "pictures/" + "x" * 3000,
        "pictures/%00",
    ],
)
def test_other_names_are_not_found(client, name):
    default_storage.save("secret.txt", ContentFile(b"x"))
    assert get(client, name).status_code == 404


def test_a_file_that_is_gone_is_not_found(client, settings):
    image = add_stored()
    Path(settings.MEDIA_ROOT, image.file.name).unlink()
    assert get(client, image.file.name).status_code == 404


def test_a_width_that_was_never_made_is_not_found_and_not_made(client, settings):
    image = add_stored()
    files = stored_files(settings)
    assert get(client, image.file.name.rpartition("-")[0] + "-321.avif").status_code == 404
    assert stored_files(settings) == files


def test_no_get_writes_a_file(client, settings, editor):
    image = add_stored()
    files = {name: Path(settings.MEDIA_ROOT, name).stat().st_mtime_ns for name in stored_files(settings)}
    client.force_login(editor)
    paths = ["/", image.article.get_absolute_url(), "/sitemap-news.xml", "/admin/articles/article/"]
    for path in paths:
        assert client.get(path).status_code == 200
    for name in all_names(image.file.name):
        assert get(client, name).status_code == 200
    assert {name: Path(settings.MEDIA_ROOT, name).stat().st_mtime_ns for name in stored_files(settings)} == files


def test_the_web_server_sends_the_file_if_it_is_set_up_for_it(client, settings):
    settings.PICTURES_ACCEL_PREFIX = "/protected/"
    image = add_stored()
    response = get(client, image.file.name)
    assert response["X-Accel-Redirect"] == f"/protected/{image.file.name}"
    assert (response.content, response["Content-Type"], response["Cache-Control"]) == (b"", "image/jpeg", PUBLIC)


def test_only_reading_is_allowed(client):
    assert client.post(f"/media/{add_stored().file.name}").status_code == 405


def test_a_file_takes_one_query_and_a_few_more_at_the_desk(client, django_assert_num_queries, editor):
    public = add_stored()
    hidden = add_stored("https://img.example/b.jpg", seed=1, article=make_story(state=State.INBOX))
    with django_assert_num_queries(1):
        get(client, public.file.name)
    client.force_login(editor)
    # Session, user, and permissions of user and groups, besides whether it is public and exists.
    with django_assert_num_queries(6):
        get(client, hidden.file.name)
