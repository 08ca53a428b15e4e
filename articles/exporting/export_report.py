"""The report of an export: the result of every story, as JSON (docs/import-format.md)."""

import json
from collections import Counter
from pathlib import Path


class ReportFile:
    """Writes a report story by story, as a context manager; the file appears at its path when the block succeeds."""

    def __init__(self, path):
        self.path, self.temporary_path = Path(path), Path(f"{path}.part")
        self.counts = Counter(written=0, failed=0)

    def __enter__(self):
        self.file = self.temporary_path.open("w", encoding="utf-8")
        self.file.write('{\n  "stories": [')
        return self

    def add(self, document):
        """Add the result of an ExportedDocument."""
        comma = "," if self.counts.total() else ""
        result = document.as_json()
        self.counts[result["result"]] += 1
        self.file.write(f"{comma}\n    {json.dumps(result, ensure_ascii=False)}")

    def __exit__(self, kind, *_error):
        self.file.write(f'\n  ],\n  "counts": {json.dumps(self.counts)}\n}}\n')
        self.file.close()
        if kind is None:
            self.temporary_path.replace(self.path)
        else:
            self.temporary_path.unlink()
