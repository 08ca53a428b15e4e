"""One run of the importer: from sources to results."""

import hashlib
from collections.abc import Callable
from types import MappingProxyType

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from articles import workflow
from articles.choices import WRITTEN, Origin, Result
from articles.db.bulk_rows import analyse, commit_asynchronously
from articles.documents.parse import STORY
from articles.documents.problems import Problem
from articles.importing.batches import Clock, new_batch
from articles.importing.change_detection import take_blobs
from articles.importing.deduplication import Contest
from articles.importing.dry_run import Rehearsal
from articles.importing.guards import Foresight
from articles.importing.pipeline import parsing_in, read_some
from articles.importing.previews import Expectations, may_apply
from articles.importing.results import Ledger, Outcome, Report
from articles.importing.sources.files import UnusableSource, check_sources, count_hint, read_sources
from articles.importing.sources.spool import Spool, unpacked
from articles.importing.sources.uploads import paths_of, without_folder
from articles.importing.sources.workers import few_collections
from articles.importing.writing.eager_writes import Newest, nothing_can_be_held, take_back, take_back_of_killed
from articles.importing.writing.transactions import name, write_documents
from articles.importing.writing.update import Publish, StoryWriter
from articles.models import Article, ArticleTopic, Image, ImportBatch, RelatedLink, UpstreamDocument
from articles.permissions import may_import
from newsroom.fallbacks import warn_of_fallback
from newsroom.pacing import Pace

ATTEMPTS = 4
# So many new rows make the database's notion of its tables wrong, and its plans slow.
WORTH_ANALYSING = 1000


class SourcesChanged(UnusableSource):
    """The documents of a preview are not those it showed."""


class NotPermitted(UnusableSource):
    """The user of a batch may not do what it does."""


def import_sources(
    names,
    standard_input=None,
    notify: Callable[[Outcome], None] | None = None,
    *,
    dry_run=False,
    publish=Publish.UPSTREAM,
    hold=True,
    jobs=1,
    progress: Callable[[str, int, int | None], None] | None = None,
    actor=workflow.COMMAND_LINE,
):
    """Import every document of `names` (files, archives, folders, `-`) as an ImportBatch and return the Report.

    A bad document is reported and costs nothing but itself. Of several documents of one story the one
    with the latest `publishedDateTime` counts, then the last by name; the others are duplicates. Raises
    UnusableSource, before anything is written, when a source is not there. A dry run does all of it and
    takes it back; `publish` says whether upstream's proposal to publish is followed, `hold` whether a batch
    that would do too much waits for a person; `jobs` is the number of processes that parse. Interrupted,
    what was finished stays, and the batch says so. `notify` and `progress` are those of `run_batch`.
    """
    check_sources(names)
    batch = new_batch(names, dry_run=dry_run, publish=publish, hold=hold, actor=actor)
    return run_batch(batch, standard_input, notify=notify, progress=progress, jobs=jobs)


def run_batch(batch, standard_input=None, *, notify=None, progress=None, jobs=1):
    """Run a queued ImportBatch and return the Report; one that is not queued any more is left to whoever runs it.

    `notify` is called with the Outcome of every document of which there is something to say, `progress`
    with "reading" or "writing", the number of documents that are through, and of how many, if known. Raises
    UnusableSource when a source is not there, SourcesChanged when those of a preview have changed, NotPermitted
    when the user of the batch may not do it by now.
    """
    if not ImportBatch.objects.filter(pk=batch.pk, state=ImportBatch.State.QUEUED).update(
        state=ImportBatch.State.RUNNING, started_at=timezone.now(), alive_at=timezone.now()
    ):
        return Report(batch)
    batch.refresh_from_db()
    run = Run(batch, notify, progress)
    batch.state = ImportBatch.State.INTERRUPTED
    batch.note = "The import was interrupted; what was finished stays, and running it again continues."
    try:
        check_permitted(batch, run.actor)
        names = paths_of(batch) if batch.upload else batch.sources
        check_sources(names)
        run.clock.total = count_hint(names)
        with few_collections():
            run.take_in(named_for_people(read_sources(names, standard_input), batch), jobs)
        if run.ledger.counted[Result.CREATED] >= WORTH_ANALYSING and run.earnest:
            analyse(Article, UpstreamDocument, RelatedLink, Image, ArticleTopic)
        batch.state, batch.note = run.final_state, " ".join(map(str, run.reasons))
        if run.reasons:
            batch.options = {**batch.options, "reasons": [reason._asdict() for reason in run.reasons]}
    except UnusableSource as error:
        batch.note = str(error)
        raise
    except Exception as error:
        batch.note = f"The import was ended by an error ({type(error).__name__}); what was finished stays."
        raise
    finally:
        batch.finished_at, batch.counts = timezone.now(), run.ledger.counts
        batch.skipped = run.ledger.skipped_names
        batch.read, batch.done = run.clock.read, run.clock.done
        batch.save()
    return Report(batch)


def check_permitted(batch, actor):
    """Raise NotPermitted if the user of a batch may not do it, or may not any more."""
    if not may_import(actor):
        raise NotPermitted("its user may not import stories")
    if batch.preview and not may_apply(actor, batch.preview):
        raise NotPermitted("its user may not do all that the preview showed; make a new preview")


def named_for_people(raws, batch):
    """Return RawDocuments, those of an upload without the folder it lies in, which is none of a reader's business."""
    return (named_without_folder(raw, batch) for raw in raws) if batch.upload else raws


def named_without_folder(raw, batch):
    raw.source = without_folder(raw.source, batch)
    return raw


class Run:
    """The state of one run."""

    def __init__(self, batch, notify, progress):
        self.batch, self.notify = batch, notify
        self.actor = workflow.Actor(Origin(batch.origin), batch.actor)
        self.publish = Publish(batch.options.get("publish", Publish.UPSTREAM)).as_permitted(self.actor)
        self.clock = Clock(batch, progress)
        self.ledger, self.contest = Ledger(batch), Contest()
        self.expectations = Expectations(batch.preview) if batch.preview else None
        self.reasons = []
        self.pace, self.together = Pace(), True
        self.earnest = not batch.dry_run
        self.is_early = self.earnest and not self.expectations and nothing_can_be_held(batch)
        self.newest = Newest.of_now()
        self.writer = StoryWriter(self.publish, batch, self.newest, self.actor)
        # What a dry run would have written before, where it matters for what comes later.
        self.rehearsal = Rehearsal()

    @property
    def final_state(self):
        held = self.reasons and not self.batch.dry_run
        return ImportBatch.State.HELD if held else ImportBatch.State.FINISHED

    def take_in(self, raws, jobs):
        """Find out which documents count, and whether the batch may go in; then write them."""
        with Spool() as spool:
            has_taxonomy = self.read(raws, jobs, spool)
            if self.expectations and self.batch.digest != self.batch.preview.digest:
                raise SourcesChanged("the documents are not those that the preview showed; make a new preview")
            self.earnest = self.earnest and not self.reasons
            self.clock.total = self.contest.number
            # All topics and organizations are written before the first story.
            for only in ["taxonomy", "stories"] if has_taxonomy else ["stories"]:
                for some in spool:
                    self.write(some, only)
                # An organization may have taken over a provider that stories before it made.
                self.writer.forget()

    def read(self, raws, jobs, spool):
        """Read all documents into `spool`; return whether topics or organizations are among them."""
        digest, foresight, has_taxonomy, last = hashlib.blake2b(digest_size=16), Foresight(), False, None
        with parsing_in(jobs) as parsers:
            for some in read_some(raws, parsers, self.publish is Publish.UPSTREAM, self.clock.now, self.newest.story):
                self.ledger.skip(some.skipped)
                if not some.sources:
                    continue
                digest.update("".join(some.digests).encode())
                rivals = [(place, bytes.fromhex(identity), published) for place, identity, published in some.rivals]
                rivals += [(place, key_of(light), light.published) for place, light in some.lights.items()]
                self.contest.take_in(some.sources, rivals)
                stories = {some.first + place: light for place, light in some.lights.items() if light.sort == STORY}
                has_taxonomy = has_taxonomy or len(stories) < len(some.lights)
                if not self.is_early:
                    foresight.look_at(stories)
                self.clock.has_read(len(some.sources))
                some.settled()
                if last is not None:
                    # Of few documents all are read before any is written.
                    self.put_aside(last, spool)
                last = some
        if last is not None:
            spool.add(last)
        self.batch.digest = digest.hexdigest()
        if self.batch.options.get("hold", True) and not self.expectations and not self.is_early:
            self.reasons = foresight.reasons_to_hold(self.contest.counts)
        return has_taxonomy

    def put_aside(self, some, spool):
        """Put Some documents into `spool`; new stories among them are written, where that may be early."""
        if self.is_early and some.prepared:
            self.write_early(some)
        spool.add(some)

    def write_early(self, some):
        documents = unpacked(some)
        outcomes = self.commit(
            {
                some.first + place: document
                for place, document in documents.items()
                if document.sort == STORY and self.contest.counts(some.first + place)
            },
            only_new=True,
        )
        some.early = frozenset(number - some.first for number in outcomes)
        if len(some.early) == len(documents):
            some.prepared = b""
        self.clock.done += len(outcomes)
        self.tell(outcomes)

    def take_back_losers(self, some):
        """Take back what was written early and has lost since; return {number: Outcome}."""
        lost = {some.first + place for place in some.early if not self.contest.counts(some.first + place)}
        back = take_back(lost, self.batch, self.ledger) if lost else {}
        self.clock.done -= len(back)
        return {
            number: Outcome(
                Result.DUPLICATE,
                source=document.source,
                title=document.title,
                duplicate_of=self.contest.winner_over(number),
                problems=[Problem.from_json(problem) for problem in document.problems],
            )
            for number, document in back.items()
        }

    def write(self, some, only):
        """Write Some documents: their topics and organizations, or their stories and what became of all others."""
        outcomes, winning, quiet, blobs = {}, {}, [], {}
        for place, document in unpacked(some).items():
            number = some.first + place
            if (document.sort == STORY) != (only == "stories") or place in some.early:
                continue
            if self.contest.counts(number):
                winning[number] = document
            else:
                winner = self.contest.winner_over(number)
                outcomes[number] = name(Outcome(Result.DUPLICATE, duplicate_of=winner), document)
        if only == "stories":
            for place, document in some.refused.items():
                outcomes[some.first + place] = name(Outcome.rejected(), document)
            outcomes |= self.take_back_losers(some)
            quiet, blobs = self.judge_known(some, outcomes)
        outcomes = self.commit(winning, outcomes, quiet, blobs)
        self.clock.has_done(len(outcomes) + len(quiet))
        self.tell(outcomes)

    def tell(self, outcomes):
        """Tell whoever wants to know of {number: Outcome}, where there is something to say."""
        if self.notify is not None:
            for _number, outcome in sorted(outcomes.items()):
                if outcome.action is not Result.UNCHANGED or outcome.has_problems:
                    self.notify(outcome)

    def judge_known(self, some, outcomes):
        """Return [(number, source, key of the story)] of documents that say nothing new, and {key: its new blob}.

        Those that do not even count are added to `outcomes`.
        """
        if not some.known:
            return [], {}
        first, losers = some.first, self.contest.losers
        _place, sources, _published = self.contest.beside(first)
        lost = {first + place: some.known.pop(place) for place in list(some.known) if first + place in losers}
        for number in lost:
            winner = self.contest.winner_over(number)
            outcomes[number] = Outcome(Result.DUPLICATE, source=sources[number - first], duplicate_of=winner)
        if lost and self.earnest:
            take_back_of_killed(lost.values(), self.batch)
        quiet = [(first + place, sources[place], key) for place, key in some.known.items()]
        return quiet, {some.known[place]: blob for place, blob in some.blobs.items() if place in some.known}

    def commit(self, winning, others=MappingProxyType({}), quiet=(), blobs=MappingProxyType({}), only_new=False):
        """Write {number: document}, and what became of them, of `others` and the `quiet`; return the Outcomes.

        With `only_new` documents of stories that are known, or have another's URL, are left as if they had not been
        given.
        """
        outcomes, rest, self.together = {}, winning, True
        while True:
            some, rest = self.commit_some(rest, others, quiet, blobs, only_new)
            outcomes |= some
            if not rest:
                return outcomes
            others, quiet, blobs = {}, (), {}

    def commit_some(self, documents, others, quiet, blobs, only_new):
        """Write as much of {number: document} as one transaction may take; return (the Outcomes, what is left)."""
        refused = {}
        while True:
            going = {number: document for number, document in documents.items() if number not in refused}
            written, disagreeing = self.attempt(going, others | refused, quiet, blobs, only_new)
            if not disagreeing:
                break
            refused |= {number: name(outcome, documents[number]) for number, outcome in disagreeing.items()}
        outcomes = others | refused | written.outcomes
        if not self.earnest:
            self.rehearsal.remember(documents, written.outcomes, self.writer)
            self.take_back(written.outcomes)
            with self.pace.turn():
                self.ledger.enter(outcomes, quiet)
        self.ledger.count(outcomes, quiet)
        self.batch.written_singly += written.singly
        # What was at fault may be among the rest.
        self.together = self.together and not written.singly
        return outcomes, written.rest

    def attempt(self, documents, others, quiet, blobs, only_new):
        """Write {number: document} in a transaction, for one Turn; return (the Written, Outcomes not as previewed).

        Where some are not as previewed nothing is written. What another import or an editor does at the same
        moment can undo the whole of it (a deadlock, a provider merged away), so it is tried again.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.pace.turn() as turn:
                    # The batch's own last word waits for all of it.
                    commit_asynchronously()
                    if not self.earnest:
                        self.rehearsal.repeat(self.writer, documents)
                    written = write_documents(documents, self.writer, turn, only_new, self.together)
                    disagreeing = self.expectations.disagreeing(written.outcomes) if self.expectations else {}
                    if self.earnest and not disagreeing:
                        take_blobs(blobs)
                        self.ledger.enter(others | written.outcomes, quiet)
                    else:
                        transaction.set_rollback(True)
                        self.writer.forget()
                return written, disagreeing
            except (IntegrityError, OperationalError) as error:
                self.writer.forget()
                if attempt == ATTEMPTS or transaction.get_connection().in_atomic_block:
                    raise
                warn_of_fallback(f"import: {len(documents)} documents are written again", type(error).__name__)
        raise AssertionError("unreachable")

    def take_back(self, written):
        """Make of what was written, and rolled back, what would be; of a held batch, what is held."""
        for outcome in written.values():
            outcome.snapshot = outcome.left_at = None
            if outcome.action is Result.CREATED:
                outcome.article_id = None
            if outcome.action in WRITTEN and not self.batch.dry_run:
                outcome.action = Result.HELD


def key_of(light):
    """Return 16 bytes that two documents of the same thing share."""
    if light.sort == STORY:
        return bytes.fromhex(light.key)
    return hashlib.blake2b(f"{light.sort} {light.key}".encode(), digest_size=16).digest()
