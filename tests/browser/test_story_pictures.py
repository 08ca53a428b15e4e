"""Pictures on a story's page in a browser: dropped files, the focal point, smaller copies; nothing typed is lost."""

import base64
import re

import pytest

from articles.models import Article, Image
from articles.models.image import CHOSEN
from pictures.storing import store_picture
from tests.browser.navigation import next_page, visit
from tests.factories import make_story
from tests.picture_files import picture_bytes

STORIES = "/admin/articles/article/"
ROWS = "#images-group tbody.form-group:not(.empty-form)"
CROPS = "(row) => [...row.querySelectorAll('[data-crop]')].map((crop) => getComputedStyle(crop).objectPosition)"
DROP = """(target, files) => {
  const transfer = new DataTransfer();
  for (const [name, type, text] of files) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  for (const name of ["dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: transfer }));
  }
}"""


@pytest.fixture
def story(site):
    return make_story(title="Ferries return", excerpt="As before.")


def open_pictures(page, site, story):
    visit(page, f"{site.url}{STORIES}{story.pk}/change/")
    show_pictures(page)


def show_pictures(page):
    # The menu has “Blocked pictures”.
    page.locator("a, button").filter(has_text=re.compile(r"^\s*Pictures")).locator("visible=true").first.click()


def drop(page, *files):
    encoded = [(name, media_type, base64.b64encode(content).decode()) for name, media_type, content in files]
    page.locator("#images-group").evaluate(DROP, encoded)


def save(page):
    with next_page(page):
        page.get_by_role("button", name="Save and continue editing").click()


def give_picture(story, seed, size=(1200, 800), url="https://img.example/a.jpg", **fields):
    stored = store_picture(picture_bytes(size, seed=seed))
    return Image.objects.create(article=story, stored=stored, file=stored.file, lead_score=20, url=url, **fields)


def test_files_are_dropped_described_and_saved(sign_in, site, story):
    page = sign_in("editor")
    open_pictures(page, site, story)
    files = [(f"{name}.jpg", "image/jpeg", picture_bytes((1000, 600), seed=seed)) for seed, name in enumerate("ab", 40)]
    drop(page, *files)
    rows = page.locator(ROWS)
    rows.nth(1).locator("[data-thumbnail]").wait_for()
    page.get_by_text("Uploaded. The picture is added when you save.").nth(1).wait_for()
    assert page.locator("#id_new_pictures").evaluate("(input) => input.files.length") == 0
    rows.nth(0).get_by_label("Alternative text", exact=True).fill("A ferry")
    rows.nth(1).get_by_label("No alternative text").check()
    rows.nth(1).get_by_label("Lead picture").check()
    save(page)
    second, first = story.images.order_by("position", "pk")
    assert (first.alt, second.alt) == ("A ferry", "")
    assert Article.objects.get(pk=story.pk).picture == second
    assert page.locator(ROWS).count() == 2


def test_a_refused_file_loses_nothing_that_was_typed(sign_in, site, story):
    page = sign_in("editor")
    visit(page, f"{site.url}{STORIES}{story.pk}/change/")
    page.fill("#id_title", "Typed headline")
    page.fill("#id_excerpt", "Typed excerpt")
    show_pictures(page)
    page.set_input_files(
        "#id_new_pictures",
        [
            {"name": "page.jpg", "mimeType": "image/jpeg", "buffer": b"<html></html>"},
            {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": b"\xff" * (10 * 1024 * 1024 + 1)},
            {"name": "good.jpg", "mimeType": "image/jpeg", "buffer": picture_bytes((900, 600), seed=50)},
        ],
    )
    page.get_by_text("Uploaded. The picture is added when you save.").wait_for()
    lines = page.locator("[data-uploads] li").all_inner_texts()
    assert [line.split("\n")[-1] for line in lines] == [
        "“page.jpg” was not stored. The file is a web page, not a picture.",
        "large.jpg: The file is larger than 10 MiB.",
        "Uploaded. The picture is added when you save.",
    ]
    assert page.locator(ROWS).count() == 1
    # Saved without its description, the server asks for it, and everything is still there.
    save(page)
    assert page.input_value("#id_title") == "Typed headline"
    assert page.input_value("#id_excerpt") == "Typed excerpt"
    show_pictures(page)
    row = page.locator(ROWS)
    row.locator("[data-thumbnail]").wait_for()
    row.get_by_text("Describe the picture for readers who cannot see it.").wait_for()
    assert not story.images.exists()
    row.get_by_label("Alternative text", exact=True).fill("A quay")
    row.get_by_label("Lead picture").check()
    # A draft in the browser has the upload as well.
    visit(page, f"{site.url}{STORIES}{story.pk}/change/")
    page.get_by_role("button", name="Restore draft").click()
    show_pictures(page)
    row.locator("[data-thumbnail]").wait_for()
    assert page.input_value("#id_title") == "Typed headline"
    assert row.get_by_label("Alternative text", exact=True).input_value() == "A quay"
    assert row.get_by_label("Lead picture").is_checked()
    save(page)
    picture = story.images.get()
    assert (picture.alt, picture.lead_score) == ("A quay", CHOSEN)
    assert Article.objects.get(pk=story.pk).title == "Typed headline"


def test_the_focal_point_is_set_by_keyboard_and_mouse_and_crops_follow(sign_in, site, story):
    image = give_picture(story, 51)
    page = sign_in("editor")
    open_pictures(page, site, story)
    row = page.locator(ROWS)
    row.get_by_text("Focal point and crops").click()
    stage = row.get_by_role("slider", name="Focal point")
    assert stage.get_attribute("aria-valuetext") == "50% from the left, 50% from the top"
    for key in ("ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowDown", "ArrowDown", "ArrowUp"):
        stage.press(key)
    assert stage.get_attribute("aria-valuetext") == "39% from the left, 60% from the top"
    # The site crops in steps of ten percent.
    assert row.evaluate(CROPS) == ["40% 60%"] * 4
    for _press in range(5):
        stage.press("Shift+ArrowLeft")
    assert row.get_by_label("Focal point, horizontal").input_value() == "0"
    save(page)
    image.refresh_from_db()
    assert (image.focal_x, image.focal_y) == (0, 60)

    open_pictures(page, site, story)
    row.get_by_text("Focal point and crops").click()
    assert row.evaluate(CROPS) == ["0% 60%"] * 4
    box = stage.bounding_box()
    stage.click(position={"x": box["width"] * 0.75, "y": box["height"] * 0.25})
    assert stage.get_attribute("aria-valuetext") == "75% from the left, 25% from the top"
    row.get_by_role("button", name="Reset focal point").click()
    assert row.evaluate(CROPS) == ["50% 50%"] * 4
    save(page)
    image.refresh_from_db()
    assert (image.focal_x, image.focal_y) == (None, None)


def test_a_tall_picture_keeps_its_upper_part(sign_in, site, story):
    give_picture(story, 55, (600, 1000))
    page = sign_in("editor")
    open_pictures(page, site, story)
    row = page.locator(ROWS)
    row.get_by_text("Focal point and crops").click()
    page.locator("[data-stage][aria-valuetext='50% from the left, 20% from the top']").wait_for()
    assert row.evaluate(CROPS) == ["50% 20%"] * 4


def test_a_smaller_copy_is_removed_with_one_click(sign_in, site, story):
    large, small = (give_picture(story, 52, size) for size in ((1200, 800), (300, 200)))
    page = sign_in("editor")
    open_pictures(page, site, story)
    page.get_by_role("button", name="Remove this picture").click()
    page.get_by_text("This item will be deleted.").locator("visible=true").wait_for()
    save(page)
    assert list(story.images.all()) == [large]
    assert small.stored.difference_hash == large.stored.difference_hash


def test_a_picture_is_removed_and_blocked_and_what_was_typed_can_be_restored(sign_in, site, story):
    image = give_picture(story, 56, url="https://img.example/quay.jpg", title="A quay")
    page = sign_in("editor")
    page.on("dialog", lambda dialog: dialog.accept())
    visit(page, f"{site.url}{STORIES}{story.pk}/change/")
    page.fill("#id_title", "Typed headline")
    show_pictures(page)
    with next_page(page):
        page.get_by_role("link", name="Remove and block…").click()
    page.get_by_text("1 story loses the picture: Ferries return.").wait_for()
    with next_page(page):
        page.get_by_role("button", name="Remove and block").click()
    page.get_by_text("Removed from 1 story and blocked.").wait_for()
    image.refresh_from_db()
    assert not image.file
    page.get_by_role("button", name="Restore draft").click()
    assert page.input_value("#id_title") == "Typed headline"
    show_pictures(page)
    with next_page(page):
        page.locator(ROWS).get_by_role("link", name="Blocked pictures").click()
    assert page.get_by_role("link", name="Ferries return").count() == 1


def test_a_file_replaces_another_and_keeps_its_description(sign_in, site, story):
    image = give_picture(story, 53, alt="A ferry", focal_x=10, focal_y=10)
    page = sign_in("editor")
    open_pictures(page, site, story)
    row = page.locator(ROWS)
    row.get_by_text("File, URL and order").click()
    content = picture_bytes((1000, 600), seed=54)
    row.get_by_label("Replace with another file").set_input_files(
        [{"name": "new.jpg", "mimeType": "image/jpeg", "buffer": content}]
    )
    page.get_by_text("Uploaded. The file replaces the picture when you save.").wait_for()
    save(page)
    replaced = Image.objects.get(pk=image.pk)
    assert replaced.stored == store_picture(content)
    assert (replaced.alt, replaced.focal_x, replaced.url) == ("A ferry", None, "")
