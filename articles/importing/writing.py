"""Writing one sound document. Each call is to stand in a savepoint of its own."""

from enum import StrEnum

from django.db.models import Prefetch
from django.utils import timezone

from articles import workflow
from articles.choices import Action, Owner, State
from articles.exporting import current_values
from articles.history.recording import look_at, write_down
from articles.importing.bulk import look_up
from articles.importing.conflicts import close_agreed, record_conflicts, value_of
from articles.importing.creating import TopicDirectory, create_stories
from articles.importing.merging import merge_fields
from articles.importing.outcomes import Outcome
from articles.importing.preparing import UPDATED_AT
from articles.importing.problems import Level, Problem
from articles.importing.recognising import unchanged_among
from articles.importing.rows import merge_images, merge_related, merge_topics
from articles.importing.snapshots import snapshot_of
from articles.importing.story_fields import KEY_OF_COLUMN, images_by_key, provider_pair, story_columns
from articles.models import Article, Image, Tombstone, UpstreamDocument, UpstreamSecret
from providers.models import Provider
from providers.resolving import ProviderDirectory

# Said of a story that upstream would have had published.
SILENCED = Problem(
    "its provider is not active, so it is not published until a person does it", "provider", Level.WARNING
)


class Publish(StrEnum):
    """Whether upstream's proposal to publish a story is followed, or a person is asked about every one."""

    UPSTREAM = "upstream"
    NEVER = "never"


def known_identities(stories):
    """Return those identities of Prepared stories that are stories of ours, or were before they were deleted."""
    identities = [story.identity for story in stories]
    return look_up(Article, "identity", identities) | look_up(Tombstone, "identity", identities)


class StoryWriter:
    """Writes stories, and keeps what they share for the length of a batch.

    `newest` are the last provider and topic from before the batch, if its stories may have been written before them.
    """

    def __init__(self, publish=Publish.UPSTREAM, batch=None, newest=None):
        self.publish = publish
        self.batch, self.newest = batch, newest
        self.forget()

    def forget(self):
        """Drop what is kept: after a rolled back savepoint it may speak of rows that are not there."""
        self.providers = ProviderDirectory()
        self.topics = TopicDirectory()

    def write_many(self, stories, known):
        """Create or update Prepared stories, each another; return their Outcomes, in order.

        `known` are the identities of those that are not new.
        """
        new = [story for story in stories if story.identity not in known]
        for story in new:
            self.take_logos(story)
        created = {
            story.identity: created_as(story, *written)
            for story, written in zip(new, create_stories(new, self.providers, self.topics), strict=True)
        }
        done = created | unchanged_among([story for story in stories if story.identity in known])
        return [done.get(story.identity) or self.write(story) for story in stories]

    def write(self, story):
        """Create or update a Prepared story; return its Outcome."""
        upstream = (
            UpstreamDocument.objects.select_for_update(of=("self", "article"))
            .select_related("article")
            .filter(article__identity=story.identity)
            .first()
        )
        if upstream is not None:
            return self.update(upstream, story)
        ours = Article.objects.select_for_update().filter(identity=story.identity).first()
        if ours is not None:
            return self.adopt(ours, story)
        stone = Tombstone.objects.filter(identity=story.identity).first()
        if stone is not None:
            return self.leave(stone)
        self.take_logos(story)
        (written,) = create_stories([story], self.providers, self.topics)
        return created_as(story, *written)

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
        if (base, upstream.unknown, upstream.body) == (theirs, story.unknown, story.body):
            # Nothing is said but a new blob, which upstream makes up at random, or the same in another form.
            UpstreamDocument.objects.filter(pk=upstream.pk).update(text_digest=story.text_digest, digest=story.digest)
            keep_secret(upstream, story)
            return Outcome.unchanged(article.get_absolute_url(), article.pk)
        self.take_logos(story)
        before, seen_at = snapshot_of(article, upstream), article.updated_at
        had, state = values_of(article, base | upstream.unknown, upstream.body), look_at(article)
        outcome = self.merge(article, upstream, story)
        if outcome.changed:
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
        state = "" if is_kept else self.merge_state(article, base.get("published"), theirs.get("published"))
        changed += ["published"] if state == "changed" else []
        conflicts += ["published"] if state == "conflict" else []
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
        outcome.problems = [SILENCED] if state == "silenced" else []
        return outcome

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
        return (
            [KEY_OF_COLUMN.get(column, column) for column in merge.take],
            [KEY_OF_COLUMN.get(column, column) for column in merge.conflicts],
        )

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

        Return "changed", "conflict", "silenced" for what only its provider keeps in, or "".
        """
        if bool(base) == bool(theirs) or bool(theirs) == (article.state == State.PUBLISHED):
            return ""
        if article.state_owner == Owner.DESK or (theirs and ends_before_it_begins(article)):
            return "conflict"
        if theirs and (self.publish is Publish.NEVER or is_silent(article)):
            return "" if self.publish is Publish.NEVER else "silenced"
        if theirs and article.state in workflow.RULES[Action.PUBLISH].from_states:
            visible_from = article.published_at or timezone.now()
            workflow.apply(Action.PUBLISH, article, workflow.UPSTREAM, visible_from=visible_from)
            return "changed"
        if not theirs:
            workflow.apply(Action.WITHDRAW, article, workflow.UPSTREAM)
            return "changed"
        return ""

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
            known = set(provider.images.values_list("url", flat=True))
            Image.objects.bulk_create(
                Image(provider=provider, position=len(known) + position, **logos[url])
                for position, url in enumerate(url for url in new if url not in known)
            )
            provider.logos_offered = [*provider.logos_offered, *new]
            provider.save(update_fields=["logos_offered"])


def is_silent(article):
    """Whether the story's provider is not active: upstream's word publishes nothing of it."""
    return Provider.objects.inactive().filter(pk=article.provider_id).exists()


def ends_before_it_begins(article):
    """Whether the desk set an end to a story's time that has passed when upstream's date would make it visible."""
    return article.visible_until is not None and article.visible_until <= (article.published_at or timezone.now())


def created_as(story, key, url, is_silenced):
    """Return the Outcome of a story that was created with a key and a reader's URL."""
    outcome = Outcome.created(url, key, story.row[UPDATED_AT])
    outcome.problems = [SILENCED] if is_silenced else []
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
    fresh = Article.objects.get(pk=article.pk)
    state = {"published": fresh.state == State.PUBLISHED}
    return current_values(fresh, base, body) | {"body": fresh.body} | state


def told_changes(outcome, had, has, theirs):
    """Return what changed field by field, and of conflicts what upstream would have had instead."""
    told = [{"field": key, "before": value_of(had, key), "after": value_of(has, key)} for key in outcome.changed]
    return told + [
        {
            "field": key,
            "before": value_of(had, key),
            "after": value_of(has, key),
            "theirs": value_of(theirs, key),
        }
        for key in outcome.conflicts
    ]
