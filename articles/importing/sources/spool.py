import pickle
import tempfile
from contextlib import suppress

SPOOL_IN_MEMORY = 1024 * 1024


class Spool:
    """What was read, on disk until all of it has been: Some documents after the other."""

    def __init__(self):
        self.file = tempfile.SpooledTemporaryFile(max_size=SPOOL_IN_MEMORY)  # noqa: SIM115 - closed by __exit__

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.file.close()

    def add(self, some):
        pickle.dump(some, self.file, protocol=pickle.HIGHEST_PROTOCOL)

    def __iter__(self):
        self.file.seek(0)
        with suppress(EOFError):
            while True:
                yield pickle.load(self.file)  # noqa: S301 - we wrote it a moment ago


def unpacked(some):
    """Return {place: document} of Some documents that were parsed."""
    return pickle.loads(some.prepared) if some.prepared else {}  # noqa: S301 - our own processes wrote it
