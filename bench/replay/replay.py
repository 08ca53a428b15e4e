"""Replay a history for one seed: edits, imports, undoing and exports, with a check after each."""

import random
from collections import Counter
from copy import deepcopy

from articles.importing.runner import import_sources
from articles.importing.undo import undo_batch
from articles.workflow import COMMAND_LINE
from bench.replay.checks import Violation, check_stories
from bench.replay.desk import Desk
from bench.replay.editors import Editors
from bench.replay.exports import CAN_RESTORE, check_export, check_restore, check_round_trip
from bench.replay.history import as_tar
from bench.replay.newsroom_model import NewsroomModel
from bench.replay.tables import dump_tables, require_equal_tables

# The share of the imports that are undone and done again.
UNDONE_SHARE = 0.4
COUNTED = ("created", "updated", "unchanged", "conflict", "duplicate")


class Replay:
    """The replay of a history; `counts` are what happened. Raises a Violation."""

    def __init__(self, history, seed, folder):
        self.history, self.folder = history, folder
        self.rng = random.Random(f"replay {seed}")
        self.model = NewsroomModel()
        self.editors = Editors(Desk(), self.model, seed)
        self.counts = Counter(dict.fromkeys((*COUNTED, "edits", "undone"), 0))

    def run(self):
        documents = []
        for moment, documents in enumerate(self.history):
            self.model.moment = moment
            self.play(moment, documents)
        self.check_exports(documents)

    def play(self, moment, documents):
        """Let the editors work, import the documents of a moment, and let editors save what they had open."""
        if self.model.stories:
            self.editors.work(documents)
            check_stories(self.model)
        archive = self.folder / "moment.tar"
        archive.write_bytes(as_tar(documents))
        if self.rng.random() < UNDONE_SHARE:
            self.import_and_undo(archive, moment)
        report = import_sources([str(archive)], hold=False)
        self.counts.update({name: report.counts[name] for name in COUNTED})
        self.require_all_imported(report)
        self.model.receive(documents)
        check_stories(self.model)
        self.editors.finish_open_forms()
        check_stories(self.model)
        self.counts["edits"] = self.editors.count

    def import_and_undo(self, archive, moment):
        before = dump_tables()
        report = import_sources([str(archive)], hold=False)
        if not report.batch.can_be_undone:
            return
        undone = undo_batch(report.batch, COMMAND_LINE)
        if undone.left:
            raise Violation("an import can be undone", f"moment {moment}", "stories left as they are", 0, undone.left)
        require_equal_tables(before, dump_tables(), moment)
        check_stories(deepcopy(self.model))
        self.counts["undone"] += 1

    def require_all_imported(self, report):
        for name in ("rejected", "held"):
            if report.counts[name]:
                raise Violation("every document is imported", name, "documents", 0, report.counts[name])

    def check_exports(self, documents):
        check_export(self.model, documents, self.folder / "export")
        if CAN_RESTORE:
            check_restore(self.model, self.folder)
        check_round_trip(self.folder)
