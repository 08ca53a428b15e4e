"""Downloading pictures from a server on loopback, well-behaved or not."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from articles.models import BlockedPicture, Image, PictureSource, StoredPicture
from articles.models.image import CHOSEN, NEVER_LEADS
from articles.models.picture import SourceState
from pictures import downloading
from pictures.choosing import score_of_size
from pictures.downloading import FIRST_PAUSE, MOST_ATTEMPTS, download
from pictures.planning import Selection
from pictures.refusals import Reason
from pictures.storing import store_picture
from tests.factories import make_provider, make_related, make_story
from tests.fetching_server import redirect, response
from tests.picture_files import drawing, encoded, picture_bytes, png_claiming, png_with_text_bomb
from tests.pictures.test_storing import stored_files

pytestmark = pytest.mark.django_db


def jpeg(seed=0, size=(800, 500), **headers):
    """Return the response with a picture."""
    return response(picture_bytes(size, seed=seed), content_type="image/jpeg", **headers)


def add_picture(server, path="/a.jpg", host="img.example", **owner):
    """Add a picture of the server to a story, a new one unless `owner` says another."""
    return Image.objects.create(url=server.url(path, host=host), **(owner or {"article": make_story()}))


def counts(summary):
    return {str(state): number for state, number in summary.states.items()}


def test_a_picture_is_downloaded_and_leads_its_story(server, fetch):
    server.routes["/a.jpg"] = jpeg(etag='"1"', last_modified="Fri, 27 Nov 2026 10:00:00 GMT")
    image = add_picture(server)
    summary = download(Selection(), fetch=fetch)
    assert (counts(summary), summary.has_failures) == ({"stored": 1}, False)
    image.refresh_from_db()
    source = image.source
    assert image.article.picture == image
    assert image.file.name == image.stored.file == source.stored.file
    assert image.lead_score == score_of_size(800, 500)
    assert (source.state, source.attempts, source.http_status, source.reason) == ("stored", 1, 200, "")
    assert (source.etag, source.last_modified) == ('"1"', "Fri, 27 Nov 2026 10:00:00 GMT")
    assert source.last_attempt_at is not None
    assert source.next_attempt_at is None


def test_nothing_is_downloaded_twice(server, fetch):
    server.routes["/a.jpg"] = jpeg()
    add_picture(server)
    download(Selection(), fetch=fetch)
    assert download(Selection(), fetch=fetch).total == 0
    assert server.paths == ["/a.jpg"]


def test_stories_share_the_picture_of_a_url_and_of_the_same_bytes(server, fetch, settings):
    server.routes["/a.jpg"] = server.routes["/b.jpg"] = jpeg()
    images = [add_picture(server, path) for path in ("/a.jpg", "/a.jpg", "/b.jpg")]
    download(Selection(), fetch=fetch)
    assert sorted(server.paths) == ["/a.jpg", "/b.jpg"]
    stored = StoredPicture.objects.get()
    assert set(Image.objects.filter(pk__in=[image.pk for image in images]).values_list("stored", "file")) == {
        (stored.pk, stored.file)
    }
    # The largest copy, and two formats in each of three widths.
    assert len(stored_files(settings)) == 1 + 2 * 3


def test_a_story_that_comes_later_gets_the_copy_without_a_request(server, fetch):
    server.routes["/a.jpg"] = jpeg()
    first = add_picture(server)
    download(Selection(), fetch=fetch)
    later = add_picture(server)
    assert download(Selection(), fetch=fetch).total == 0
    first.refresh_from_db()
    later.refresh_from_db()
    assert later.file == first.file
    assert later.lead_score == first.lead_score > 0
    assert len(server.paths) == 1


def test_a_path_is_resolved_against_the_url_of_the_story(server, fetch):
    server.routes["/assets/a.jpg"] = jpeg()
    story = make_story(web_url=server.url("/2026/story", host="outlet.example"))
    image = Image.objects.create(article=story, url="/assets/a.jpg")
    download(Selection(), fetch=fetch)
    image.refresh_from_db()
    assert image.source.url == server.url("/assets/a.jpg", host="outlet.example")
    assert image.file


def test_pictures_of_related_coverage_are_not_downloaded(server, fetch):
    server.routes["/a.jpg"] = jpeg()
    image = add_picture(server, related_link=make_related(make_story()))
    assert download(Selection(), fetch=fetch).total == 0
    assert server.paths == []
    assert Image.objects.get(pk=image.pk).source is None


BAD_RESPONSES = {
    "a page": (response(b"<html>Sorry", content_type="text/html"), "refused", Reason.HTML),
    "zero bytes": (response(b"", content_type="image/jpeg"), "refused", Reason.EMPTY),
    "SVG": (response(b"<svg/>", content_type="image/svg+xml"), "refused", Reason.SVG),
    "a truncated file": (response(picture_bytes()[:3000]), "refused", Reason.BROKEN),
    "a mislabelled file": (response(picture_bytes(), content_type="image/png"), "refused", Reason.MISLABELLED),
    "a pixel bomb": (response(png_claiming(60_000, 60_000)), "refused", Reason.TOO_MANY_PIXELS),
    "a chunk bomb": (response(png_with_text_bomb()), "refused", Reason.BROKEN),
    "one pixel": (response(encoded(drawing((1, 1)), "GIF")), "refused", Reason.TOO_SMALL),
    "too short": (response(picture_bytes(), content_length="999999"), "failed", "protocol"),
    "1 GB": (response(b"x", content_length=str(10**9)), "refused", "too_large"),
    "not there": (response(status="404 Not Found"), "failed", "status"),
    "a loop": (redirect("/a.jpg"), "refused", "redirects"),
    "a file": (redirect("file:///etc/passwd"), "refused", "scheme"),
    "cloud metadata": (redirect("http://169.254.169.254/latest"), "refused", "address"),
    "loopback in IPv6": (redirect("http://[::1]/"), "refused", "address"),
    "a name of cloud metadata": (redirect("http://metadata.example/"), "refused", "address"),
    "a name of a private network": (redirect("http://turncoat.example/"), "refused", "address"),
}


@pytest.mark.parametrize(("route", "state", "reason"), BAD_RESPONSES.values(), ids=BAD_RESPONSES)
def test_of_bad_input_nothing_is_stored_and_the_story_is_unchanged(server, fetch, settings, route, state, reason):
    server.routes["/a.jpg"] = route
    image = add_picture(server)
    before = type(image.article).objects.filter(pk=image.article_id).values().get()
    summary = download(Selection(), fetch=fetch)
    assert counts(summary) == {state: 1}
    assert dict(summary.reasons) == {str(reason): 1}
    source = PictureSource.objects.get()
    assert (source.state, source.reason, source.stored) == (state, str(reason), None)
    assert stored_files(settings) == []
    assert not StoredPicture.objects.exists()
    image.refresh_from_db()
    assert (image.file.name, image.lead_score, image.article.picture) == ("", NEVER_LEADS, None)
    assert type(image.article).objects.filter(pk=image.article_id).values().get() == before


def test_a_dripping_server_is_given_up(server, fetch):
    server.routes["/a.jpg"] = lambda visit: visit.drip(jpeg(), seconds=0.2)
    add_picture(server)
    assert counts(download(Selection(), fetch=fetch)) == {"failed": 1}
    assert PictureSource.objects.get().reason == "timeout"


def test_an_endless_picture_is_refused(server, fetch):
    server.routes["/a.jpg"] = lambda visit: (visit.send(b"HTTP/1.1 200 OK\r\n\r\n"), visit.repeat(b"x" * 65_536))
    add_picture(server)
    assert counts(download(Selection(), fetch=fetch)) == {"refused": 1}
    assert PictureSource.objects.get().reason == "too_large"


def test_a_temporary_failure_is_tried_again_after_a_growing_pause(server, fetch):
    server.routes["/a.jpg"] = response(status="503 Service Unavailable")
    add_picture(server)
    pauses = []
    for _attempt in range(MOST_ATTEMPTS):
        now = timezone.now()
        assert download(Selection(), fetch=fetch).has_failures
        source = PictureSource.objects.get()
        pauses.append(source.next_attempt_at and round((source.next_attempt_at - now) / FIRST_PAUSE))
        # Not due yet.
        assert download(Selection(), fetch=fetch).total == 0
        PictureSource.objects.exclude(next_attempt_at=None).update(next_attempt_at=timezone.now())
    assert pauses == [1, 2, 4, 8, 16, None]
    assert source.attempts == len(server.paths) == MOST_ATTEMPTS


def test_a_server_that_names_a_time_is_left_alone_until_then(server, fetch):
    server.routes["/a.jpg"] = response(status="429 Too Many Requests", retry_after="7200")
    add_picture(server)
    now = timezone.now()
    download(Selection(), fetch=fetch)
    pause = PictureSource.objects.get().next_attempt_at - now
    assert timedelta(seconds=7199) < pause < timedelta(seconds=7230)


def test_failed_pictures_are_tried_at_once_on_request(server, fetch):
    add_picture(server)
    add_picture(server, "/refused.jpg")
    server.routes["/refused.jpg"] = response(b"<html>")
    download(Selection(), fetch=fetch)
    server.routes["/a.jpg"] = server.routes["/refused.jpg"] = jpeg()
    assert download(Selection(), fetch=fetch).total == 0
    assert counts(download(Selection(missing=False, failed=True), fetch=fetch)) == {"stored": 2}
    assert set(PictureSource.objects.values_list("state", "reason")) == {("stored", "")}


def test_a_stored_picture_that_is_asked_for_again_may_be_unchanged(server, fetch):
    server.routes["/a.jpg"] = jpeg(etag='"1"')
    image = add_picture(server)
    download(Selection(), fetch=fetch)
    PictureSource.objects.update(state=SourceState.WAITING)
    server.routes["/a.jpg"] = response(status="304 Not Modified")
    assert counts(download(Selection(), fetch=fetch)) == {"stored": 1}
    assert [visit.headers.get("if-none-match") for visit in server.visits] == [None, '"1"']
    assert Image.objects.get(pk=image.pk).file


def test_without_a_copy_the_whole_picture_is_asked_for(server, fetch):
    """It was removed, as no story showed it; "not modified" would leave the story without a picture."""
    server.routes["/a.jpg"] = jpeg(etag='"1"')
    add_picture(server)
    download(Selection(), fetch=fetch)
    PictureSource.objects.update(state=SourceState.WAITING, stored=None)
    assert counts(download(Selection(), fetch=fetch)) == {"stored": 1}
    assert [visit.headers.get("if-none-match") for visit in server.visits] == [None, None]


def test_a_limit_is_kept(server, fetch):
    for number in range(3):
        server.routes[f"/{number}.jpg"] = jpeg(number)
        add_picture(server, f"/{number}.jpg")
    assert download(Selection(), fetch=fetch, limit=2).total == 2
    assert len(server.paths) == 2
    assert PictureSource.objects.filter(state="waiting").count() == 1


def test_a_delivery_during_a_run_comes_before_older_pictures(server, fetch, monkeypatch):
    monkeypatch.setattr(downloading, "PAGE_LENGTH", 2)
    now = timezone.now()
    for number in range(6):
        server.routes[f"/{number}.jpg"] = jpeg(number)
    for number in range(4):
        story = make_story(published_at=now - timedelta(days=number + 1), published=False)
        add_picture(server, f"/{number}.jpg", article=story)

    def deliver(outcome, done, total):
        if done == 1:
            for number in (4, 5):
                add_picture(server, f"/{number}.jpg", article=make_story(published_at=now, published=False))

    assert download(Selection(), fetch=fetch, notify=deliver).total == 6
    pages = [sorted(server.paths[start : start + 2]) for start in (0, 2, 4)]
    assert pages == [["/0.jpg", "/1.jpg"], ["/4.jpg", "/5.jpg"], ["/2.jpg", "/3.jpg"]]


def test_progress_counts_each_picture(server, fetch):
    for number in range(3):
        server.routes[f"/{number}.jpg"] = jpeg(number)
        add_picture(server, f"/{number}.jpg")
    calls = []
    download(Selection(), fetch=fetch, notify=lambda outcome, done, total: calls.append((outcome.state, done, total)))
    assert calls == [("stored", 1, 3), ("stored", 2, 3), ("stored", 3, 3)]


class FullStorage(FileSystemStorage):
    """A storage without room."""

    def save(self, name, content, max_length=None):
        raise OSError(28, "No space left on device")


def test_a_full_disk_ends_the_run(server, fetch, settings):
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{__name__}.FullStorage"}}
    for number in range(3):
        server.routes[f"/{number}.jpg"] = jpeg(number)
        add_picture(server, f"/{number}.jpg")
    summary = download(Selection(), fetch=fetch)
    assert (summary.total, summary.has_failures) == (0, True)
    assert "No space left on device" in summary.error
    assert sorted(PictureSource.objects.values_list("state", "reason")) == [
        ("failed", "storage"),
        ("waiting", ""),
        ("waiting", ""),
    ]
    assert not StoredPicture.objects.exists()


def test_a_picture_that_is_blocked_during_its_download_stays_blocked(server, fetch):
    def fetch_while_blocking(requests):
        for result in fetch(requests):
            PictureSource.objects.update(state=SourceState.BLOCKED)
            yield result

    server.routes["/a.jpg"] = jpeg()
    image = add_picture(server)
    assert counts(download(Selection(), fetch=fetch_while_blocking)) == {"blocked": 1}
    image.refresh_from_db()
    assert (image.source.state, image.file.name) == ("blocked", "")


def test_a_blocked_picture_is_not_stored_from_another_url(server, fetch):
    stored, block = store_picture(picture_bytes()), BlockedPicture.objects.create()
    StoredPicture.objects.filter(pk=stored.pk).update(is_blocked=True, block=block)
    server.routes["/other.jpg"] = jpeg()
    image = add_picture(server, "/other.jpg")
    assert counts(download(Selection(), fetch=fetch)) == {"blocked": 1}
    image.refresh_from_db()
    assert not image.file
    assert image.source.block == block


def test_the_choice_of_the_desk_stays(server, fetch):
    story = make_story()
    chosen = add_picture(server, "/small.jpg", article=story)
    Image.objects.filter(pk=chosen.pk).update(lead_score=CHOSEN)
    other = add_picture(server, "/large.jpg", article=story, position=1)
    server.routes["/small.jpg"], server.routes["/large.jpg"] = jpeg(1, (220, 150)), jpeg(2, (1400, 800))
    download(Selection(), fetch=fetch)
    story.refresh_from_db()
    assert story.picture == chosen
    other.refresh_from_db()
    assert other.lead_score > 0


def test_the_largest_logo_is_downloaded_and_shown(server, fetch):
    provider = make_provider()
    sizes = {"/logo-50.png": 50, "/logo-400.png": 400, "/logo-200.png": 200}
    for position, (path, size) in enumerate(sizes.items()):
        server.routes[path] = response(picture_bytes((size, size), "PNG", seed=size), content_type="image/png")
        add_picture(server, path, provider=provider, width=size, height=size, position=position)
    download(Selection(), fetch=fetch)
    assert server.paths == ["/logo-400.png"]
    assert provider.logo.url.endswith("/logo-400.png")


def test_the_next_largest_logo_follows_if_the_largest_is_not_there(server, fetch):
    provider = make_provider()
    for size in (50, 400):
        add_picture(server, f"/{size}.png", provider=provider, width=size, height=size)
    server.routes["/50.png"] = response(picture_bytes((50, 50), "PNG"), content_type="image/png")
    download(Selection(), fetch=fetch)
    assert server.paths == ["/400.png", "/50.png"]
    assert provider.logo.url.endswith("/50.png")


def test_site_pictures_are_stored_and_never_lead(server, fetch):
    provider = make_provider()
    server.routes["/share.jpg"] = jpeg()
    images = [add_picture(server, "/share.jpg", article=make_story(provider=provider)) for _number in range(5)]
    images.append(add_picture(server, "/share.jpg", article=make_story()))
    download(Selection(), fetch=fetch)
    rows = Image.objects.filter(pk__in=[image.pk for image in images])
    assert {bool(row.file) for row in rows} == {True}
    assert {row.lead_score for row in rows} == {NEVER_LEADS}
    assert PictureSource.objects.get().is_site_picture


def test_files_are_below_the_media_folder(server, fetch, settings):
    server.routes["/a.jpg"] = jpeg()
    add_picture(server)
    download(Selection(), fetch=fetch)
    assert {path.split("/")[0] for path in stored_files(settings)} == {"pictures"}
    assert Path(settings.MEDIA_ROOT, "pictures").is_dir()
