"""What an export must be: the documents that came in, the same again after an import, and the desk's state."""

import inspect

from django.core.management import call_command

from articles.importing.runner import import_sources
from bench.replay.checks import Violation, check_stories, require
from bench.replay.format import parse_document, plain_text

CAN_RESTORE = "restore" in inspect.signature(import_sources).parameters


def export(folder, **options):
    """Export all stories into a new folder; return {path: text}."""
    call_command("export_articles", str(folder), verbosity=0, **options)
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.md"))}


def check_export(model, documents, folder):
    """Check that stories the desk never changed are exported as the document that came in."""
    exported = export(folder)
    latest = {document.path: document for document in documents}
    for story in model.stories:
        if story.is_touched or story.open_conflicts or story.path not in latest:
            continue
        expected, text = comparable(latest[story.path].fields), exported.get(story.path)
        actual = comparable(parse_document(text)) if text else {}
        for key in sorted({*expected, *actual}):
            require("an unchanged story is exported as it came in", story, key, expected.get(key), actual.get(key))


def comparable(fields):
    """Return fields without what means absent, in a form to compare."""
    if isinstance(fields, dict):
        pairs = {key: comparable(value) for key, value in fields.items()}
        return {key: value for key, value in pairs.items() if value not in ("", None, [], {})}
    if isinstance(fields, list):
        return [each for each in map(comparable, fields) if each not in ("", None, [], {})]
    return plain_text(fields) if isinstance(fields, str) else fields


def check_round_trip(folder):
    """Check that an export imported into an empty newsroom is exported byte for byte the same."""
    # The desk's state is restored, and not imported as upstream's.
    options = {"plain": True} if CAN_RESTORE else {}
    first = export(folder / "first", **options)
    empty()
    import_sources([str(folder / "first")], hold=False)
    require_equal_exports("an export is the same after an import", first, export(folder / "second", **options))


def check_restore(model, folder):
    """Check that an export that is imported with --restore into an empty newsroom has the desk's state."""
    first = export(folder / "to-restore")
    empty()
    import_sources([str(folder / "to-restore")], hold=False, restore=True)
    for story in model.stories:
        story.key = None
        if not any(story.path == name and "\nnewsroom:" in text for name, text in first.items()):
            # Its document is upstream's, and it is imported like a new one.
            story.begin_state()
    check_stories(model)
    require_equal_exports("an export is the same after restoring it", first, export(folder / "restored"))


def require_equal_exports(invariant, first, second):
    """Raise a Violation with the first file that differs in {path: text} of two exports."""
    for name in sorted({*first, *second}):
        if first.get(name) != second.get(name):
            raise Violation(invariant, name, "text", first.get(name), second.get(name))


def empty():
    call_command("flush", interactive=False, verbosity=0)
