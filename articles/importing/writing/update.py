"""Writing one sound document. Each call is to stand in a savepoint of its own."""

from enum import StrEnum

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from articles import workflow
from articles.choices import Action, Owner, Result, State
from articles.db.bulk_rows import look_up
from articles.documents.digests import digest_of
from articles.documents.mapping import (
    KEY_OF_COLUMN,
    images_by_key,
    proposes_to_publish,
    provider_pair,
    story_columns,
    unknown_fields,
)
from articles.documents.problems import Level, Problem
from articles.exporting.story_values import current_values, with_their_rows
from articles.history.recording import look_at, write_down
from articles.importing.change_detection import unchanged_among
from articles.importing.conflicts import close_agreed, record_conflicts, value_of
from articles.importing.embargoes import DATE, follow_date
from articles.importing.merge import merge_fields
from articles.importing.results import Outcome
from articles.importing.snapshots import snapshot_of
from articles.importing.writing.create import TopicDirectory, create_stories
from articles.importing.writing.related_rows import merge_images, merge_related, merge_topics
from articles.importing.writing.rows import UPDATED_AT
from articles.models import Article, Image, Tombstone, UpstreamDocument, UpstreamSecret
from articles.permissions import PUBLISH, may_import_over, may_import_taxonomy
from providers.models import Provider
from providers.resolving import ProviderDirectory

# Said of a story that upstream would have had published.
SILENCED = Problem(
    "its provider is not active, so it is not published until a person does it", "provider", Level.WARNING
)


# So many new stories are written between two looks at the clock.
CREATED_AT_ONCE = 400
# Of a story that upstream would have had published by somebody who may not publish.
REVIEWED = Problem(
    "upstream publishes it, which this import's user may not: it goes to review", "published", Level.WARNING
)
WAITING = Problem(
    "upstream publishes it, which this import's user may not: its state stays", "published", Level.WARNING
)
PROBLEM_OF_STATE = {"silenced": SILENCED, "reviewed": REVIEWED, "waiting": WAITING}
KEPT_BACK = Problem("left alone: the story is published, and this import's user may not publish", level=Level.WARNING)
TAXONOMY_KEPT_BACK = Problem("left alone: this import's user may not change it", level=Level.WARNING)


class Publish(StrEnum):
    """Whether upstream's proposal to publish a story is followed, goes to review, or is left to a person."""

    UPSTREAM = "upstream"
    REVIEW = "review"
    NEVER = "never"

    def as_permitted(self, actor):
        """Return what becomes of it for an actor who perhaps may not publish."""
        return Publish.REVIEW if self is Publish.UPSTREAM and not actor.may(PUBLISH) else self


def known_identities(stories):
    """Return those identities of Prepared stories that are stories of ours, or were before they were deleted."""
    identities = [story.identity for story in stories]
    return look_up(Article, "identity", identities) | look_up(Tombstone, "identity", identities)


class StoryWriter:
    """Writes stories, and keeps what they share for the length of a batch; only what `actor` may write.

    `newest` are the last rows from before the batch. `urls_taken` are the hashes of the readers' URLs that stories
    have which a dry run created and took back.
    """

    def __init__(self, publish=Publish.UPSTREAM, batch=None, newest=None, actor=workflow.COMMAND_LINE):
        self.publish, self.actor = publish.as_permitted(actor), actor
        self.batch, self.newest = batch, newest
        self.urls_taken = set()
        self.forget()

    def forget(self):
        """Drop what is kept: after a rolled back savepoint it may speak of rows that are not there."""
        self.providers = ProviderDirectory()
        self.topics = TopicDirectory()

    def write_many(self, stories, known, turn):
        """Create or update Prepared stories, each another; return their Outcomes, in order.

        `known` are the identities of those that are not new. What the Turn is too short for has None.
        """
        new, done = [self.as_new(story) for story in stories if story.identity not in known], {}
        for begin in range(0, len(new), CREATED_AT_ONCE):
            if done and turn.is_over:
                break
            some = new[begin : begin + CREATED_AT_ONCE]
            for story in some:
                self.take_logos(story)
            created = create_stories(some, self.providers, self.topics, self.urls_taken)
            done |= {story.identity: created_as(story, *made) for story, made in zip(some, created, strict=True)}
        done |= unchanged_among([story for story in stories if story.identity in known])
        for story in stories:
            if done and turn.is_over:
                break
            if story.identity not in done:
                done[story.identity] = self.write(story)
        return [done.get(story.identity) for story in stories]

    def as_new(self, story):
        """Return a Prepared story in the state it gets if it is new."""
        goes_to_review = self.publish is Publish.REVIEW and proposes_to_publish(story.values)
        return story.in_review() if goes_to_review else story

    def write(self, story):
        """Create or update a Prepared story; return its Outcome."""
        upstream = (
            UpstreamDocument.objects.select_for_update(of=("self", "article"))
            .select_related("article")
            .filter(article__identity=story.identity)
            .first()
        )
        if upstream is not None:
            return self.permitted(upstream.article, lambda: self.update(upstream, story))
        ours = Article.objects.select_for_update().filter(identity=story.identity).first()
        if ours is not None:
            return self.permitted(ours, lambda: self.adopt(ours, story))
        stone = Tombstone.objects.filter(identity=story.identity).first()
        if stone is not None:
            return self.leave(stone)
        story = self.as_new(story)
        self.take_logos(story)
        (written,) = create_stories([story], self.providers, self.topics, self.urls_taken)
        return created_as(story, *written)

    def permitted(self, article, change):
        """Call `change`, which changes a story that is there; take it back if the actor may not. Return its Outcome."""
        if may_import_over(self.actor, article):
            return change()
        return self.kept_back(change, KEPT_BACK)

    def taxonomy_permitted(self, sort, change):
        """Call `change`, which writes taxonomy; take back what the actor may not. Return its Outcome."""
        if may_import_taxonomy(self.actor, sort):
            return change()
        return self.kept_back(change, TAXONOMY_KEPT_BACK)

    def kept_back(self, change, reason):
        """Call `change` and take it back if it changed anything that was there; return its Outcome, then held."""
        with transaction.atomic():
            outcome = change()
            if outcome.action not in (Result.UPDATED, Result.CONFLICT):
                return outcome
            transaction.set_rollback(True)
        self.forget()
        outcome.action, outcome.snapshot, outcome.left_at = Result.HELD, None, None
        outcome.problems = [reason]
        return outcome

    def adopt(self, article, story):
        """Merge what upstream says into a story that the desk wrote first: upstream had said nothing before."""
        before = snapshot_of(article, None)
        article.state_owner = Owner.DESK
        article.save(update_fields=["state_owner"])
        upstream = UpstreamDocument.objects.create(
            article=article, identity=story.identity, source_name=story.source[-500:]
        )
        outcome = self.update(upstream, story)
        outcome.snapshot = before
        return outcome

    def leave(self, stone):
        """Leave a story deleted that was deleted at the desk."""
        message = f"deleted at the desk on {stone.deleted_at:%Y-%m-%d}, and left so; lift it among the deleted stories"
        outcome = Outcome.unchanged("")
        outcome.problems = [Problem(message, level=Level.WARNING)]
        return outcome

    def update(self, upstream, story):
        """Merge what upstream says now into a story it spoke of before."""
        article, base, theirs = upstream.article, upstream.values, story.values
        # Not compared by ==, for which true is 1.
        if digest_of(base, upstream.unknown, upstream.body) == story.digest:
            # Nothing is said but a new blob, which upstream makes up at random, or the same in another form.
            UpstreamDocument.objects.filter(pk=upstream.pk).update(text_digest=story.text_digest, digest=story.digest)
            keep_secret(upstream, story)
            return Outcome.unchanged(article.get_absolute_url(), article.pk)
        self.take_logos(story)
        before, seen_at = snapshot_of(article, upstream), article.updated_at
        had, state = values_of(article, base | unknown_fields(upstream.unknown), upstream.body), look_at(article)
        outcome = self.merge(article, upstream, story)
        if outcome.changed or outcome.problems:
            write_down(article, workflow.UPSTREAM, state, batch=self.batch)
        if outcome.changed and article.updated_at == seen_at:
            # Rows beside the story changed; it says so too.
            article.save(update_fields=["updated_at"])
        outcome.article_id, outcome.snapshot = article.pk, before
        outcome.seen_at, outcome.left_at = seen_at, article.updated_at
        has = values_of(article, theirs | story.unknown, story.body)
        outcome.changes = told_changes(outcome, had, has, theirs | {"body": story.body})
        return outcome

    def merge(self, article, upstream, story):
        base, theirs = upstream.values, story.values
        # Of what the desk keeps once and for all, upstream is taken to say what it said before.
        merged = theirs | {key: base.get(key) for key in ("topics", "images", "related") if key in article.kept_fields}
        changed, conflicts = self.merge_columns(article, upstream, theirs, story.body)
        for key, (was_changed, differs) in self.merge_rows(article, base, merged).items():
            changed += [key] if was_changed else []
            conflicts += [key] if differs else []
        is_kept = "published" in article.kept_fields
        state = "" if is_kept else self.merge_state(article, *proposals(article, base, theirs))
        changed += ["published"] if state in ("changed", "reviewed") else []
        conflicts += ["published"] if state == "conflict" else []
        moved, problems = follow_date(article, base, theirs, may_publish=lambda: self.may_publish(article))
        changed += [DATE] if moved and DATE not in [*changed, *conflicts] else []
        said, says = {**base, "body": upstream.body}, {**theirs, "body": story.body}
        said_beside, says_beside = upstream.unknown, story.unknown
        changed += [key for key in said_beside | says_beside if said_beside.get(key) != says_beside.get(key)]
        record_conflicts(article, conflicts, said, says, self.batch)
        close_agreed(article, conflicts, says)
        for column, value in said_in(story).items():
            setattr(upstream, column, value)
        if changed or conflicts:
            upstream.changed_at = timezone.now()
        upstream.save()
        keep_secret(upstream, story)
        outcome = Outcome.merged(article.get_absolute_url(), changed, conflicts)
        outcome.problems = problems + ([PROBLEM_OF_STATE[state]] if state in PROBLEM_OF_STATE else [])
        return outcome

    def may_publish(self, article):
        """Whether readers may see the story by upstream's word alone."""
        return self.publish is Publish.UPSTREAM and not is_silent(article)

    def merge_columns(self, article, upstream, values, body):
        """Merge the story's own columns; return the format's keys of (changed fields, conflicts)."""
        base = story_columns(upstream.values, upstream.body) | {"provider": self.provider_of(upstream.values)}
        theirs = story_columns(values, body) | {"provider": self.provider_of(values)}
        ours = {column: getattr(article, column) for column in theirs}
        for column in list(theirs):
            if KEY_OF_COLUMN.get(column, column) in article.kept_fields:
                theirs[column] = base[column]
        merge = merge_fields(base, ours, theirs)
        for column, value in merge.take.items():
            setattr(article, column, value)
        if merge.take:
            article.save(update_fields=list(merge.take))
        # Two columns may be of one field.
        changed = dict.fromkeys(KEY_OF_COLUMN.get(column, column) for column in merge.take)
        conflicts = dict.fromkeys(KEY_OF_COLUMN.get(column, column) for column in merge.conflicts)
        return list(changed), list(conflicts)

    def merge_rows(self, article, base, theirs):
        """Merge topics, pictures and related coverage; return {key: (changed, whether desk and upstream differ)}."""
        links = article.related_links.prefetch_related(Prefetch("images", Image.objects.order_by("position", "pk")))
        topics = list(article.topics.order_by("article_links__pk").values_list("name", flat=True))
        return {
            "topics": (merge_topics(article, topics, base.get("topics"), theirs.get("topics")), False),
            "images": merge_images(
                {"article": article}, article.images.all(), base.get("images"), theirs.get("images")
            ),
            "related": merge_related(article, links, base.get("related"), theirs.get("related"), self.providers),
        }

    def merge_state(self, article, base, theirs):
        """Follow upstream's `published` as long as no person has touched the state.

        Return "changed", "conflict", "silenced" for what only its provider keeps in, "reviewed" or "waiting" for what
        only the actor's permissions keep in, or "".
        """
        if bool(base) == bool(theirs) or bool(theirs) == (article.state == State.PUBLISHED):
            return ""
        if article.state_owner == Owner.DESK or (theirs and ends_before_it_begins(article)):
            return "conflict"
        if theirs:
            return self.follow_proposal(article)
        workflow.apply(Action.WITHDRAW, article, workflow.UPSTREAM)
        return "changed"

    def follow_proposal(self, article):
        """Publish a story that upstream publishes, as far as that is wanted and permitted; return as merge_state."""
        if self.publish is Publish.NEVER:
            return ""
        if is_silent(article):
            return "silenced"
        if self.publish is Publish.REVIEW:
            return submit(article)
        if article.state not in workflow.RULES[Action.PUBLISH].from_states:
            return ""
        visible_from = article.published_at or timezone.now()
        workflow.apply(Action.PUBLISH, article, workflow.UPSTREAM, visible_from=visible_from)
        return "changed"

    def provider_of(self, values):
        pair = provider_pair(values)
        return self.providers[pair] if pair else None

    def take_logos(self, story):
        """Keep the logos a story gives of its provider, each once, so that one the desk removed stays away."""
        logos = images_by_key(story.logos)
        provider = self.providers[story.pair] if logos and story.pair else None
        if provider is None:
            return
        new = [url for url in logos if url not in provider.logos_offered]
        if new:
            known = dict(provider.images.values_list("url", "position"))
            Image.objects.bulk_create(
                Image(provider=provider, position=position, **logos[url])
                for position, url in enumerate(
                    (url for url in new if url not in known), start=max(known.values(), default=-1) + 1
                )
            )
            provider.logos_offered = [*provider.logos_offered, *new]
            provider.save(update_fields=["logos_offered"])


def proposals(article, base, theirs):
    """Return what upstream proposed and proposes; a date that cannot be kept holds back only what is not out yet."""
    if article.state == State.PUBLISHED:
        return base.get("published"), theirs.get("published")
    return proposes_to_publish(base), proposes_to_publish(theirs)


def submit(article):
    """Submit a story for review that upstream publishes; return "reviewed", or "waiting" if its state forbids it."""
    if article.state == State.INBOX:
        workflow.apply(Action.SUBMIT, article, workflow.UPSTREAM)
    return "reviewed" if article.state == State.IN_REVIEW else "waiting"


def is_silent(article):
    """Whether the story's provider is not active: upstream's word publishes nothing of it."""
    return Provider.objects.inactive().filter(pk=article.provider_id).exists()


def ends_before_it_begins(article):
    """Whether the desk set an end to a story's time that has passed when upstream's date would make it visible."""
    return article.visible_until is not None and article.visible_until <= (article.published_at or timezone.now())


def created_as(story, key, url, is_silenced):
    """Return the Outcome of a story that was created with a key and a reader's URL."""
    outcome = Outcome.created(url, key, story.row[UPDATED_AT])
    outcome.problems = [SILENCED] if is_silenced else [REVIEWED] if story.state == State.IN_REVIEW else []
    return outcome


def keep_secret(upstream, story):
    UpstreamSecret.objects.update_or_create(upstream=upstream, defaults={"text": story.secured})


def said_in(story):
    """Return {column: value} for the UpstreamDocument of a Prepared story."""
    return {
        "values": story.values,
        "unknown": story.unknown,
        "body": story.body,
        "source_name": story.source[-500:],
        "digest": story.digest,
        "text_digest": story.text_digest,
        "url": story.url,
        "published": story.published,
    }


def values_of(article, base, body):
    """Return the format's fields of a story as they stand in the database, the body as `body`."""
    fresh = with_their_rows(Article.objects.all()).get(pk=article.pk)
    state = {"published": fresh.state == State.PUBLISHED}
    return current_values(fresh, base, body) | {"body": fresh.body} | state


def told_changes(outcome, had, has, theirs):
    """Return what changed field by field, and of conflicts what upstream would have had instead."""
    told = [
        {"field": key, "before": value_of(had, key), "after": value_of(has, key)}
        for key in outcome.changed
        # What went to review is as unpublished as it was.
        if key != "published" or had[key] != has[key]
    ]
    return told + [
        {
            "field": key,
            "before": value_of(had, key),
            "after": value_of(has, key),
            "theirs": value_of(theirs, key),
        }
        for key in outcome.conflicts
    ]
