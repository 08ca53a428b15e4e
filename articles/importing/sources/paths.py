"""The paths of documents in the sources of an import, by which files are recognised in later imports."""

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from articles.documents.raw_document import RawDocument
from articles.importing.sources.files import STANDARD_INPUT


class SourcePaths:
    """Knows the path of each document relative to the folder or archive that the import names.

    `names` are the sources of the import, `real_names` {name: name on the user's disk} of those that were renamed.
    """

    def __init__(self, names: Iterable[str], real_names: Mapping[str, str] | None = None) -> None:
        self.real_names = real_names or {}
        # As they are at the beginning of a RawDocument's source; the longest ones first, as folders may be nested.
        roots = {RawDocument(str(Path(name))).source for name in names if name != STANDARD_INPUT}
        self.files = frozenset(roots)
        self.prefixes = sorted((root.rstrip("/") + "/" for root in roots), key=len, reverse=True)

    def path_of(self, source: str) -> str:
        """Return the path of a RawDocument's source, in NFC with forward slashes; "" for standard input."""
        if source in self.files:
            return self.real_names.get(source, PurePosixPath(source).name)
        for prefix in self.prefixes:
            if source.startswith(prefix):
                path = source[len(prefix) :]
                is_plain = not path.startswith(("./", "/")) and "//" not in path and "/./" not in path
                return path if is_plain else "/".join(part for part in path.split("/") if part not in ("", "."))
        return ""
