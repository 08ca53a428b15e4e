"""The upload handler that skips files."""

import pytest
from django.core.files.uploadhandler import SkipFile

from newsroom.upload_handlers import SkippingHandler


class EverySecond(SkippingHandler):
    number = 0

    def skips_file(self):
        self.number += 1
        return self.number % 2 == 0


def begin_file(handler):
    handler.new_file("files", "story.md", "text/markdown", None)


def test_skipped_files_are_noted_on_the_request(rf):
    request = rf.post("/")
    handler = EverySecond(request)
    begin_file(handler)
    assert not hasattr(request, "has_skipped_files")
    with pytest.raises(SkipFile):
        begin_file(handler)
    assert request.has_skipped_files


def test_other_files_are_passed_on():
    handler = EverySecond()
    begin_file(handler)
    assert handler.receive_data_chunk(b"data", 0) == b"data"
    assert handler.file_complete(4) is None


def test_all_files_are_skipped_without_a_request():
    with pytest.raises(SkipFile):
        begin_file(SkippingHandler())
