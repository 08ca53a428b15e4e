"""The report of an export: the result of every story, as JSON (docs/import-format.md)."""

import json
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

from articles.exporting.story_documents import ExportedDocument


class ReportFile:
    """Writes a report story by story, as a context manager; the file appears at its path when the block succeeds."""

    def __init__(self, path: str | Path) -> None:
        self.path, self.temporary_path = Path(path), Path(f"{path}.part")
        self.counts = Counter(written=0, failed=0)

    def __enter__(self) -> Self:
        self.file = self.temporary_path.open("w", encoding="utf-8")
        self.file.write('{\n  "stories": [')
        return self

    def add(self, document: ExportedDocument) -> None:
        """Add the result of an ExportedDocument."""
        comma = "," if self.counts.total() else ""
        result = document.as_json()
        self.counts[document.result] += 1
        self.file.write(f"{comma}\n    {json.dumps(result, ensure_ascii=False)}")

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.file.write(f'\n  ],\n  "counts": {json.dumps(self.counts)}\n}}\n')
        self.file.close()
        if kind is None:
            self.temporary_path.replace(self.path)
        else:
            self.temporary_path.unlink()
