"""An upload handler that skips files before any of their bytes are stored."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class SkippingHandler(FileUploadHandler):
    """Skip the files for which `skips_file` returns True; set `request.has_skipped_files` if there is one.

    It must be the first handler, so that skipped files reach neither memory nor disk. Other files are passed on.
    """

    def skips_file(self) -> bool:
        """Return whether to skip the file that begins now; called once for each file."""
        return True

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.skips_file():
            if self.request is not None:
                setattr(self.request, "has_skipped_files", True)  # noqa: B010 - HttpRequest does not declare it
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        return None
