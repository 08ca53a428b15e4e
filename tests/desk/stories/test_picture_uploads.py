"""Pictures uploaded on a story's page, with scripts and without."""

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile

from articles.editing.restoring import restore
from articles.models import Image, Revision, StoredPicture
from articles.models.image import CHOSEN
from pictures.storing import StorageFailed
from tests.desk.pages import by, fields_of, page_of, page_text
from tests.factories import make_picture, make_story
from tests.picture_files import picture_bytes

pytestmark = pytest.mark.django_db
UPLOAD = "/admin/articles/article/pictures/upload/"


def jpeg(name="harbour.jpg", seed=0, size=(1000, 600)):
    return SimpleUploadedFile(name, picture_bytes(size, seed=seed), "image/jpeg")


def row(number, **values):
    return {f"images-{number}-{name}": value for name, value in values.items()}


def new_row(number, digest, **values):
    values = {"upload": digest, "position": number, "alt": "A harbour", **values}
    return {"images-TOTAL_FORMS": str(number + 1)} | row(number, **values)


@pytest.fixture
def story():
    return make_story(title="Harbour reopens")


@pytest.fixture
def digest(desk):
    return desk.post(UPLOAD, {"file": jpeg()}).json()["digest"]


class TestUpload:
    def test_it_is_stored_and_shown_and_in_no_story_yet(self, desk, story):
        response = desk.post(UPLOAD, {"file": jpeg()})
        stored = StoredPicture.objects.get()
        stem = f"/media/pictures/{stored.digest[:2]}/{stored.digest}"
        assert response.json() == {
            "digest": stored.digest,
            "thumbnail": f"{stem}-320.webp",
            "picture": f"{stem}-640.webp",
            "size": f"1,000 × 600 pixels, {stored.bytes / 1024:.1f}\xa0KB",
        }
        response = desk.get(f"{stem}-320.webp")
        assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
        assert b"".join(response.streaming_content)[8:12] == b"WEBP"
        assert not Image.objects.exists()

    def test_readers_do_not_get_it(self, client, desk, digest):
        desk.logout()
        assert client.get(f"/media/pictures/{digest[:2]}/{digest}-320.webp").status_code == 404

    @pytest.mark.parametrize(
        ("name", "content", "media_type", "reason"),
        [
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "SVG drawings are not stored"),
            ("a.jpg", b"<html></html>", "image/jpeg", "The file is a web page, not a picture."),
            ("a.jpg", picture_bytes()[:-2000], "image/jpeg", "damaged or incomplete"),
            ("a.png", picture_bytes(), "image/png", "format differs from its media type"),
            ("a.jpg", b"", "image/jpeg", "The file is empty."),
            ("a.jpg", picture_bytes((8, 8)), "image/jpeg", "too small"),
            ("a.jpg", b"\xff\xd8" + b"x" * (10 * 1024 * 1024), "image/jpeg", "larger than 10 MiB"),
        ],
    )
    def test_a_refused_file_is_named_with_the_reason(self, desk, name, content, media_type, reason):
        response = desk.post(UPLOAD, {"file": SimpleUploadedFile(name, content, media_type)})
        assert response.status_code == 422
        text = response.json()["error"]
        assert text.startswith(f"“{name}” was not stored. ")
        assert reason in text
        assert not StoredPicture.objects.exists()

    def test_without_a_file_one_is_asked_for(self, desk):
        response = desk.post(UPLOAD, {"file": "text"})
        assert (response.status_code, response.json()) == (422, {"error": "Choose a picture."})

    def test_a_full_disk_is_reported(self, desk, monkeypatch, caplog):
        def fail(content, media_type):
            raise StorageFailed("disk full")

        monkeypatch.setattr("desk.stories.picture_uploads.store_picture", fail)
        response = desk.post(UPLOAD, {"file": jpeg()})
        assert response.json() == {
            "error": "“harbour.jpg” was not stored. The file could not be written to the storage."
        }
        assert "disk full" in caplog.text

    @pytest.mark.parametrize(
        ("permissions", "status"),
        [
            ([], 403),
            (["change_article"], 403),
            (["add_image"], 403),
            (["change_article", "view_image"], 403),
            (["change_article", "add_image"], 200),
            (["change_article", "change_image"], 200),
            (["add_article", "add_image"], 200),
        ],
    )
    def test_who_may(self, client, permissions, status):
        user = User.objects.create_user("someone", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client.force_login(user)
        assert client.post(UPLOAD, {"file": jpeg()}).status_code == status

    def test_who_may_edit_pictures_but_not_import(self, client, reporter):
        assert not reporter.has_perm("articles.import_article")
        client.force_login(reporter)
        assert client.post(UPLOAD, {"file": jpeg()}).status_code == 200

    def test_a_draft_finds_it_again(self, desk):
        uploaded = desk.post(UPLOAD, {"file": jpeg()}).json()
        assert desk.get(UPLOAD, {"digest": uploaded["digest"]}).json() == uploaded

    @pytest.mark.parametrize("digest", ["", "x", "0" * 32, "\0", "0" * 32 + "\n"])
    def test_an_unknown_digest_is_not_found(self, desk, digest):
        assert desk.get(UPLOAD, {"digest": digest}).status_code == 404


class TestSaving:
    def test_the_story_gets_it_with_its_history_and_it_can_be_undone(self, desk, story, digest, editor):
        posted = fields_of(desk.get(page_of(story))) | new_row(0, digest, attribution="Ada")
        assert desk.post(page_of(story), posted).status_code == 302
        image, stored = Image.objects.get(), StoredPicture.objects.get()
        assert (image.article, image.stored, str(image.file)) == (story, stored, stored.file)
        assert (image.url, image.alt, image.attribution) == ("", "A harbour", "Ada")
        assert (image.width, image.height, image.lead_score) == (1000, 600, 26)
        revision = Revision.objects.get()
        assert revision.fields == ["images"]
        assert "<ins>A harbour</ins>" in page_text(desk.get(page_of(story).replace("change", "history")))
        restore(story, 0, by(editor))
        assert not Image.objects.exists()
        restore(story, revision.pk, by(editor))
        again = Image.objects.get()
        assert (again.stored, str(again.file), again.alt) == (stored, stored.file, "A harbour")

    def test_it_can_lead_at_once(self, desk, story, digest):
        make_picture(article=story, position=0, lead_score=40)
        posted = fields_of(desk.get(page_of(story))) | new_row(1, digest)
        desk.post(page_of(story), posted | {"lead": f"upload:{digest}", "lead_seen": "auto"})
        assert story.images.leading().first().lead_score == CHOSEN
        assert story.images.leading().first().alt == "A harbour"

    def test_the_preview_shows_it_before_it_is_described(self, desk, story, digest):
        posted = fields_of(desk.get(page_of(story))) | new_row(0, digest, alt="")
        preview = desk.post(f"/admin/articles/article/{story.pk}/preview/", posted).json()
        assert digest in preview["page"]
        assert not Image.objects.exists()
        assert "Describe the picture" in page_text(desk.post(page_of(story), posted))

    def test_a_new_story_can_have_one(self, desk, digest):
        url = "/admin/articles/article/add/"
        desk.post(url, fields_of(desk.get(url)) | {"title": "New", "_save": "1"} | new_row(0, digest))
        assert Image.objects.get().article.title == "New"

    @pytest.mark.parametrize("posted_digest", ["x", "0" * 32, "'--"])
    def test_a_digest_of_no_upload_is_refused(self, desk, story, posted_digest):
        posted = fields_of(desk.get(page_of(story))) | {"title": "Typed"} | new_row(0, posted_digest)
        response = desk.post(page_of(story), posted)
        assert "The uploaded file is no longer available. Choose it again." in page_text(response)
        assert fields_of(response)["title"] == "Typed"
        assert not Image.objects.exists()

    def test_one_that_was_blocked_meanwhile_is_refused(self, desk, story, digest):
        StoredPicture.objects.update(is_blocked=True)
        response = desk.post(page_of(story), fields_of(desk.get(page_of(story))) | new_row(0, digest))
        assert "no longer available" in page_text(response)
        assert not Image.objects.exists()


class TestReplacing:
    @pytest.fixture
    def image(self, story):
        make_picture(article=story, position=0)
        return make_picture(article=story, position=1, alt="Ships", lead_score=CHOSEN, title="Ships at noon")

    def test_position_description_and_lead_stay(self, desk, story, image, digest, editor):
        before, url = str(image.file), image.url
        posted = fields_of(desk.get(page_of(story))) | row(1, upload=digest)
        assert desk.post(page_of(story), posted).status_code == 302
        stored = StoredPicture.objects.get()
        now = Image.objects.get(pk=image.pk)
        assert (now.position, now.alt, now.lead_score, now.title) == (1, "Ships", CHOSEN, "Ships at noon")
        assert (str(now.file), now.stored, now.source, now.url) == (stored.file, stored, None, "")
        assert (now.width, now.height) == (1000, 600)
        restore(story, 0, by(editor))
        now = Image.objects.get(pk=image.pk)
        assert (str(now.file), now.stored, now.url) == (before, None, url)

    def test_a_url_typed_along_with_a_file_is_not_dropped(self, desk, story, image, digest):
        posted = fields_of(desk.get(page_of(story))) | row(1, upload=digest, url="https://img.example/other.jpg")
        response = desk.post(page_of(story), posted)
        assert "Enter a URL or upload a file, not both." in page_text(response)
        assert Image.objects.get(pk=image.pk).url == image.url

    def test_another_url_waits_for_its_download(self, desk, story, image):
        posted = fields_of(desk.get(page_of(story))) | row(1, url="https://img.example/other.jpg")
        assert desk.post(page_of(story), posted).status_code == 302
        now = Image.objects.get(pk=image.pk)
        assert (str(now.file), now.lead_score, now.source.url) == ("", 0, "https://img.example/other.jpg")

    def test_a_copy_downloaded_meanwhile_stays(self, desk, story, image):
        posted = fields_of(desk.get(page_of(story))) | row(0, title="Typed")
        stored = StoredPicture.objects.create(
            digest="1" * 32, file="pictures/11/x.jpg", width=9, height=9, bytes=9, difference_hash="0" * 16
        )
        first = story.images.order_by("position").first()
        load = Image.objects.filter(pk=first.pk)
        load.update(stored=stored, file=stored.file, lead_score=20)
        assert desk.post(page_of(story), posted).status_code == 302
        now = load.get()
        assert (now.title, now.stored, str(now.file), now.lead_score) == ("Typed", stored, stored.file, 20)


class TestWithoutScripts:
    def test_files_come_with_the_form_and_wait_for_their_descriptions(self, desk, story):
        page = desk.get(page_of(story))
        assert 'enctype="multipart/form-data"' in page_text(page)
        files = {"new_pictures": [jpeg(), jpeg("ships.jpg", seed=1)], "title": "Typed"}
        response = desk.post(page_of(story), fields_of(page) | files)
        assert response.status_code == 200
        fields = fields_of(response)
        digests = list(StoredPicture.objects.order_by("pk").values_list("digest", flat=True))
        assert [fields[f"images-{number}-upload"] for number in (0, 1)] == digests
        assert page_text(response).count("Describe the picture for readers who cannot see it.") == 2
        assert fields["title"] == "Typed"
        assert not Image.objects.exists()
        described = fields | row(0, alt="A harbour") | row(1, no_alt="on")
        assert desk.post(page_of(story), described).status_code == 302
        pairs = Image.objects.order_by("position").values_list("alt", "stored__digest")
        assert list(pairs) == [("A harbour", digests[0]), ("", digests[1])]

    def test_a_file_replaces_that_of_its_row(self, desk, story):
        image = make_picture(article=story, alt="Ships")
        posted = fields_of(desk.get(page_of(story))) | {"images-0-new_file": jpeg()}
        assert desk.post(page_of(story), posted).status_code == 302
        assert Image.objects.get(pk=image.pk).stored == StoredPicture.objects.get()

    def test_a_refused_file_leaves_the_form_as_typed(self, desk, story):
        image = make_picture(article=story)
        broken = SimpleUploadedFile("broken.jpg", b"<html>", "image/jpeg")
        files = {"new_pictures": [broken], "images-0-new_file": SimpleUploadedFile("row.jpg", b"", "image/jpeg")}
        posted = fields_of(desk.get(page_of(story))) | files | {"excerpt": "Typed"}
        response = desk.post(page_of(story), posted)
        text = page_text(response)
        assert "“broken.jpg” was not stored. The file is a web page, not a picture." in text
        assert "“row.jpg” was not stored. The file is empty." in text
        assert fields_of(response)["excerpt"] == "Typed"
        assert list(Image.objects.all()) == [image]
        assert not StoredPicture.objects.exists()
        assert story.excerpt == type(story).objects.get(pk=story.pk).excerpt

    def test_too_many_are_refused_together(self, desk, story):
        files = {"new_pictures": [jpeg(f"{number}.jpg", seed=number, size=(40, 30)) for number in range(21)]}
        response = desk.post(page_of(story), fields_of(desk.get(page_of(story))) | files)
        assert "Upload at most 20 pictures at once. None was stored." in page_text(response)
        assert not StoredPicture.objects.exists()

    def test_who_may_not_edit_pictures_sends_none(self, client, story):
        user = User.objects.create_user("someone", is_staff=True)
        names = ["change_article", "view_article", "publish_article", "import_article"]
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        client.force_login(user)
        posted = fields_of(client.get(page_of(story))) | {"new_pictures": jpeg()}
        assert client.post(page_of(story), posted).status_code == 403
        assert not StoredPicture.objects.exists()
