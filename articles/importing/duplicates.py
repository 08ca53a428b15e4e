"""Bring identities of earlier releases into the present form, and join stories that turn out to be one.

`manage.py join_duplicates` runs it once after upgrading; running it again does nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from articles.choices import Owner, State
from articles.db.bulk_updates import set_column
from articles.documents.nodes import Values
from articles.editing.joining import join_stories
from articles.editing.topics import merge_topics
from articles.former_urls import present_identity
from articles.importing.recognition import are_one_story
from articles.models import Article, FormerIdentity, RelatedLink, Tombstone, Topic, UpstreamDocument
from articles.workflow import COMMAND_LINE
from newsroom.pacing import Pace
from providers.merging import merge_providers
from providers.models import Provider
from providers.name_keys import name_key

ROWS_AT_ONCE = 500
# So many stories are converted or joined before the time is checked.
STORIES_AT_ONCE = 20
# Called with a line for people.
Notify = Callable[[str], None]


@dataclass
class Joined:
    """How many stories, topics and providers were joined, and how many rows got an identity in the present form."""

    stories: int = 0
    topics: int = 0
    providers: int = 0
    converted: int = 0
    # The keys of stories that were joined; of a dry run, that would be.
    removed: set[int] = field(default_factory=set)


def join_duplicates(notify: Notify, *, dry_run: bool = False) -> Joined:
    """Convert identities and join stories that are one; return the Joined. `notify` gets a line for each joined story.

    In short transactions: after an interruption it can be called again. A dry run only notifies and counts.
    """
    joined = Joined()
    convert_stories(notify, joined, dry_run=dry_run)
    join_files(notify, joined, dry_run=dry_run)
    merge_topics_of_one_name(notify, joined, dry_run=dry_run)
    merge_providers_of_one_name(notify, joined, dry_run=dry_run)
    for model in (RelatedLink, Tombstone):
        convert_rows(model, joined, dry_run=dry_run)
    return joined


def convert_stories(notify: Notify, joined: Joined, *, dry_run: bool) -> None:
    """Convert the identities of stories; join those that have the same one then."""
    keys_by_identity: defaultdict[str, list[int]] = defaultdict(list)
    stories = Article.objects.order_by("pk").values_list("pk", "identity", "upstream__url", "web_url", "original_url")
    for key, identity, *urls in stories.iterator(chunk_size=ROWS_AT_ONCE):
        present = present_identity(identity, urls)
        if present != identity:
            keys_by_identity[present].append(key)
    pace, identities = Pace(), list(keys_by_identity)
    while identities:
        with pace.turn() as turn:
            while identities and not turn.is_over:
                convert_group(identities[-STORIES_AT_ONCE:], keys_by_identity, notify, joined, dry_run=dry_run)
                del identities[-STORIES_AT_ONCE:]


def convert_group(
    identities: Collection[str],
    keys_by_identity: dict[str, list[int]],
    notify: Notify,
    joined: Joined,
    *,
    dry_run: bool,
) -> None:
    """Give stories their identities in the present form, {identity: keys}, and join those of one identity.

    In a transaction.
    """
    owners = dict(Article.objects.filter(identity__in=identities).values_list("identity", "pk"))
    former = FormerIdentity.objects.filter(identity__in=identities, article__isnull=False)
    owners = dict(former.values_list("identity", "article")) | owners
    new_identities: dict[int, str] = {}
    for identity in identities:
        keys = [*keys_by_identity[identity], *([owners[identity]] if identity in owners else [])]
        target = join_keys(keys, notify, joined, dry_run=dry_run)
        if target is not None and target != owners.get(identity):
            new_identities[target] = identity
    joined.converted += len(new_identities)
    if not dry_run:
        FormerIdentity.objects.filter(identity__in=new_identities.values()).delete()
        set_column(Article, "identity", new_identities)
        with_document = UpstreamDocument.objects.filter(pk__in=new_identities).values_list("pk", flat=True)
        set_column(UpstreamDocument, "identity", {key: new_identities[key] for key in with_document})


def join_keys(keys: Iterable[int], notify: Notify, joined: Joined, *, dry_run: bool) -> int | None:
    """Join the stories with these keys; return the key of the one that stays, None if there is none."""
    stories = [story for story in Article.objects.filter(pk__in=keys) if story.pk not in joined.removed]
    if not stories:
        return None
    target, *others = sorted(stories, key=precedence)
    for other in others:
        notify(f"{other.get_absolute_url()} ({other.title}) → {target.get_absolute_url()} ({target.title})")
        joined.stories += 1
        joined.removed.add(other.pk)
        if not dry_run:
            join_stories(target, other, COMMAND_LINE)
    return target.pk


def precedence(story: Article) -> tuple[bool, bool, int]:
    """Return the value by which stories that are one are sorted; the first one stays.

    A story whose state the desk decided comes first, so that a withdrawn one does not return; then a published one;
    then the oldest.
    """
    return story.state_owner != Owner.DESK, story.state != State.PUBLISHED, story.pk


def join_files(notify: Notify, joined: Joined, *, dry_run: bool) -> None:
    """Join stories that were imported from one file whose URL had changed, as imports recognise them today."""
    keys_by_source: defaultdict[str, list[int]] = defaultdict(list)
    documents = UpstreamDocument.objects.exclude(source_name__startswith="-").order_by("pk")
    for key, source in documents.values_list("pk", "source_name").iterator(chunk_size=ROWS_AT_ONCE):
        keys_by_source[source].append(key)
    pace = Pace()
    for keys in keys_by_source.values():
        if len(keys) > 1:
            values = dict(UpstreamDocument.objects.filter(pk__in=keys).values_list("pk", "values"))
            for group in groups_of_one_story(keys, values):
                with pace.turn():
                    join_keys(group, notify, joined, dry_run=dry_run)


def groups_of_one_story(keys: Iterable[int], values: dict[int, Values]) -> list[list[int]]:
    """Return the keys of documents of one file in groups that are one story; `values` are {key: fields}."""
    groups: list[list[int]] = []
    for key in keys:
        group = next((group for group in groups if are_one_story(values[group[0]], values[key])), None)
        if group is None:
            groups.append([key])
        else:
            group.append(key)
    return [group for group in groups if len(group) > 1]


def merge_topics_of_one_name(notify: Notify, joined: Joined, *, dry_run: bool) -> None:
    """Merge topics whose names differ only in spelling into the oldest of each name."""
    topics: defaultdict[str, list[Topic]] = defaultdict(list)
    for topic in Topic.objects.order_by("pk"):
        topics[name_key(topic.name)].append(topic)
    for target, *sources in topics.values():
        for source in sources:
            notify(f"{source.name} → {target.name}")
        joined.topics += len(sources)
        if sources and not dry_run:
            merge_topics(target, sources, COMMAND_LINE)


def merge_providers_of_one_name(notify: Notify, joined: Joined, *, dry_run: bool) -> None:
    """Merge providers of one domain whose names differ only in spelling into the oldest of each name."""
    providers: defaultdict[tuple[str, str], list[Provider]] = defaultdict(list)
    for provider in Provider.objects.order_by("pk"):
        providers[provider.domain, name_key(provider.name)].append(provider)
    for target, *sources in providers.values():
        for source in sources:
            notify(f"{source.name} → {target.name} ({target.domain})")
        joined.providers += len(sources)
        if sources and not dry_run:
            merge_providers(target, sources)


def convert_rows(model: type[RelatedLink] | type[Tombstone], joined: Joined, *, dry_run: bool) -> None:
    """Convert the identities of related coverage or tombstones; a tombstone whose new one is taken keeps its own."""
    pace, last = Pace(), 0
    columns = ("web_url", "original_url") if model is RelatedLink else ("url",)
    while True:
        with pace.turn():
            stored_rows = model.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "identity", *columns)
            rows = list(stored_rows[:ROWS_AT_ONCE])
            if not rows:
                return
            last = rows[-1][0]
            present = {key: present_identity(identity, urls) for key, identity, *urls in rows}
            changed = {key: present[key] for key, identity, *_urls in rows if present[key] != identity}
            if model is Tombstone:
                changed = without_taken(changed)
            joined.converted += len(changed)
            if not dry_run:
                set_column(model, "identity", changed)


def without_taken(changed: dict[int, str]) -> dict[int, str]:
    """Return those of {key of a tombstone: identity} whose identity no other tombstone has or gets."""
    taken = set(Tombstone.objects.filter(identity__in=changed.values()).values_list("identity", flat=True))
    free: dict[int, str] = {}
    for key, identity in changed.items():
        if identity not in taken:
            taken.add(identity)
            free[key] = identity
    return free
