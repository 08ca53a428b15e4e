"""The files under fixtures/pictures/: one for each picture that a fixture names, none broken, small together."""

import pytest
from PIL import Image

from demo.loading import PICTURES, picture_files
from tests.conftest import ROOT

FILES = sorted(path for path in PICTURES.rglob("*") if path.is_file())
MAX_BYTES = 2_000_000


def test_each_picture_of_the_fixtures_has_a_file_and_each_file_a_picture():
    files = picture_files()
    assert sorted(set(files.values())) == FILES
    assert len(set(files.values())) == len(files), "two pictures share a file"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_is_a_whole_webp(file):
    with Image.open(file) as picture:
        picture.load()
        assert (picture.format, picture.mode) == ("WEBP", "RGB")
        assert len(picture.getcolors(picture.width * picture.height)) > 1, "nothing but one colour"


def test_all_together_are_small():
    assert sum(file.stat().st_size for file in FILES) <= MAX_BYTES


def test_no_address_is_a_real_outlets():
    """An invented picture has a path, or a URL under the reserved `.example`."""
    for url in picture_files():
        assert url.startswith("/assets/") or url.split("/")[2].endswith(".example"), url


def test_a_storys_file_is_named_after_its_document():
    documents = [path.stem for path in (ROOT / "fixtures" / "stories").glob("*.md")]
    for file in (PICTURES / "stories").iterdir():
        name = file.stem[:-2] if file.stem[-2:] in ("-2", "-3") else file.stem
        assert any(document.endswith(name) for document in documents), file.name
