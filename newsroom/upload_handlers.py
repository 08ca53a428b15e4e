"""Handling of uploaded files before anything of them is stored."""

from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class SkippingHandler(FileUploadHandler):
    """Skip the files for which `skips_file` says so; `request.has_skipped_files` is True if there was one.

    Put first among the handlers, so that skipped files reach neither memory nor disk. Other files are passed on.
    """

    def skips_file(self) -> bool:
        """Return whether to skip the file that begins now; asked once for each file."""
        return True

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        if self.skips_file():
            if self.request is not None:
                self.request.has_skipped_files = True
            raise SkipFile

    def receive_data_chunk(self, raw_data, start):
        return raw_data

    def file_complete(self, file_size):
        return None
