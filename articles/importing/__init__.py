"""Import of upstream's documents: read, parse and merge (both pure), write. The format: docs/import-format.md.

A new document: documents.parse → runner → writing.create → db.bulk_rows → triggers.
A changed one: documents.parse → merge → writing.update → history.recording.
"""
