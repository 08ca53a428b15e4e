"""Load and lock the stories that changed documents are merged into, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from articles.choices import Owner
from articles.db.bulk_rows import fetch_rows, in_values
from articles.db.serialization import SerializedRow, json_value, serialize_row, writable_fields
from articles.documents.mapping import provider_pair, topic_names
from articles.documents.nodes import Values
from articles.exporting.story_values import LIST_KEYS, URL_KEYS, StoryLists
from articles.importing.writing.context import WriteContext
from articles.importing.writing.related_rows import CurrentNames, StoryCoverage, names_of_topics
from articles.importing.writing.rows import PreparedStory
from articles.models import (
    Article,
    ArticleTopic,
    Conflict,
    DeskDecisions,
    Image,
    RelatedLink,
    UpstreamDocument,
    UpstreamSecret,
)

ARTICLE_COLUMNS = tuple(writable_fields(Article))
UPSTREAM_COLUMNS = tuple(writable_fields(UpstreamDocument))
# The rows of a story, which are locked; None for a story that the desk wrote.
LockedStory = tuple[Article, UpstreamDocument | None]
PROVIDER_KEYS = frozenset({"provider", *URL_KEYS})


@dataclass
class LoadedStory:
    """A locked story with its upstream document, and those of its lists that a merge may change.

    `keys` are the format's fields in which the new document differs from the last one. `stored_article` and
    `stored_upstream` are the attributes of the rows before the merge; `stored_upstream` is None if the desk wrote the
    story.
    """

    article: Article
    upstream: UpstreamDocument
    stored_article: dict[str, Any]
    stored_upstream: dict[str, Any] | None
    values: Values = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    has_secret: bool = False
    decisions: DeskDecisions = field(default_factory=DeskDecisions)
    open_conflicts: list[Conflict] = field(default_factory=list)
    topic_links: list[ArticleTopic] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    coverage: StoryCoverage = field(default_factory=lambda: StoryCoverage((), {}))
    current_names: CurrentNames = field(default_factory=dict)

    @property
    def needed_lists(self) -> list[str]:
        """The lists that the document changes or that an open conflict is about."""
        in_conflict = {conflict.field for conflict in self.open_conflicts}
        return [key for key in LIST_KEYS if key in self.keys or key in in_conflict]

    @property
    def lists(self) -> StoryLists:
        """The loaded lists as they are now."""
        coverage = self.coverage
        return StoryLists(self.topics, self.images, coverage.links, coverage.pictures_of, coverage.memo)

    @property
    def changed_columns(self) -> list[str]:
        """The story's columns that have changed."""
        return changed_names(ARTICLE_COLUMNS, self.stored_article, vars(self.article))

    def article_before(self) -> SerializedRow:
        """Return {attribute: value before the merge} of the story's columns that have changed."""
        return {name: json_value(self.stored_article[name]) for name in self.changed_columns}

    def upstream_before(self) -> SerializedRow | None:
        """Return {attribute: value before the merge} of the changed columns of the upstream document, with its key."""
        stored = self.stored_upstream
        if stored is None:
            return None
        names = changed_names(UPSTREAM_COLUMNS, stored, vars(self.upstream))
        return {"article_id": self.upstream.pk} | {name: json_value(stored[name]) for name in names}


def changed_names(names: Iterable[str], before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return those `names` whose values differ."""
    # Most values are the same objects, which takes no comparison.
    return [name for name in names if after[name] is not before[name] and after[name] != before[name]]


def lock_stories(keys: Collection[int], *, skip_locked: bool) -> dict[int, LockedStory]:
    """Return {key: (Article, UpstreamDocument or None)} of stories, locked in the order of their keys. Two queries.

    Stories that do not exist any more are left out, and with `skip_locked` those that somebody else has locked.
    """
    rows = Article.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=keys).order_by("pk")
    articles = {article.pk: article for article in rows}
    documents = UpstreamDocument.objects.select_for_update().order_by("pk").in_bulk(articles)
    return {key: (article, documents.get(key)) for key, article in articles.items()}


def load_stories(
    locked: Mapping[int, LockedStory],
    documents: Mapping[int, PreparedStory],
    context: WriteContext,
) -> dict[int, LoadedStory]:
    """Return {key: LoadedStory} of locked stories, for {key: new document}.

    About ten queries, whatever the number of stories. In a transaction only.
    """
    loaded: dict[int, LoadedStory] = {}
    for key, (article, upstream) in locked.items():
        stored_article = dict(vars(article))
        if upstream is None:
            loaded[key] = LoadedStory(article, adopt(article, documents[key]), stored_article, None)
        else:
            loaded[key] = LoadedStory(article, upstream, stored_article, dict(vars(upstream)))
    adopted = [story for story in loaded.values() if story.stored_upstream is None]
    if adopted:
        UpstreamDocument.objects.bulk_create(story.upstream for story in adopted)
        Article.objects.filter(pk__in=[story.article.pk for story in adopted]).update(state_owner=Owner.DESK)
    for key in keys_with(UpstreamSecret, "upstream_id", loaded):
        loaded[key].has_secret = True
    decisions = DeskDecisions.objects.in_bulk(keys_with(DeskDecisions, "article_id", loaded))
    for conflict in open_conflicts_of(keys_with(Conflict, "article_id", loaded)):
        loaded[conflict.article_id].open_conflicts.append(conflict)
    for key, story in loaded.items():
        story.decisions = decisions.get(key) or DeskDecisions(article_id=key)
        story.values = documents[key].values
        story.keys = differing_keys(story.upstream.values, story.values)
        if story.upstream.body != documents[key].body:
            story.keys.add("body")
    load_lists(loaded)
    load_providers(loaded, documents, context)
    return loaded


def keys_with(model: type[Model], column: str, keys: Iterable[int]) -> list[int]:
    """Return those keys of stories that a row of `model` has in `column`: few, so that few rows are loaded."""
    table = model._meta.db_table
    rows = fetch_rows(f"SELECT DISTINCT {column} FROM {table} WHERE {column} {in_values(model, column)}", keys)  # noqa: S608
    return [key for (key,) in rows]


def open_conflicts_of(keys: Collection[int]) -> Iterable[Conflict]:
    """Return the open conflicts of stories. No query without keys."""
    return Conflict.objects.filter(article__in=keys, settlement="") if keys else ()


def adopt(article: Article, story: PreparedStory) -> UpstreamDocument:
    """Return the unsaved UpstreamDocument of a story that the desk wrote before upstream sent it."""
    article.state_owner = Owner.DESK
    return UpstreamDocument(article=article, identity=story.identity, source_name=story.source[-500:])


def differing_keys(old: Values, new: Values) -> set[str]:
    """Return the keys of the values that differ between two documents."""
    return {key for key in old.keys() | new.keys() if key not in old or key not in new or old[key] != new[key]}


def load_lists(loaded: Mapping[int, LoadedStory]) -> None:
    """Load the lists that the LoadedStories need."""
    keys = {name: [key for key, story in loaded.items() if name in story.needed_lists] for name in LIST_KEYS}
    if keys["topics"]:
        load_topics(loaded, keys["topics"])
    if keys["images"]:
        for image in Image.objects.filter(article__in=keys["images"]).order_by("position", "pk"):
            if image.article_id is not None:
                loaded[image.article_id].images.append(image)
    if keys["related"]:
        load_coverage(loaded, keys["related"])


def load_topics(loaded: Mapping[int, LoadedStory], keys: Collection[int]) -> None:
    """Load the topics of the stories with these keys, and the present names of all topics in their documents."""
    for link in ArticleTopic.objects.filter(content_object__in=keys).select_related("tag").order_by("pk"):
        loaded[link.content_object_id].topic_links.append(link)
        loaded[link.content_object_id].topics.append(link.tag.name)
    current_names = names_of_topics({name for key in keys for name in names_in(loaded[key])})
    for key in keys:
        loaded[key].current_names = current_names


def load_coverage(loaded: Mapping[int, LoadedStory], keys: Collection[int]) -> None:
    """Load the related coverage of the stories with these keys, with its pictures."""
    links: defaultdict[int, list[RelatedLink]] = defaultdict(list)
    for link in RelatedLink.objects.filter(article__in=keys).order_by("position", "pk"):
        links[link.article_id].append(link)
    pictures: defaultdict[int, list[Image]] = defaultdict(list)
    owners = [link.pk for pieces in links.values() for link in pieces]
    for image in Image.objects.filter(related_link__in=owners).order_by("position", "pk"):
        if image.related_link_id is not None:
            pictures[image.related_link_id].append(image)
    for key in keys:
        loaded[key].coverage = StoryCoverage(links[key], pictures)


def names_in(story: LoadedStory) -> list[str]:
    """Return the names of topics in both documents of a LoadedStory, and those of the topics that the desk removed."""
    documents = (story.upstream.values, story.values)
    names = [name for values in documents for name in topic_names(values.get("topics"))]
    return names + list(story.decisions.removed.get("topics", []))


def load_providers(
    loaded: Mapping[int, LoadedStory], documents: Mapping[int, PreparedStory], context: WriteContext
) -> None:
    """Look up the providers that the documents name, and set those of the rows, with their names upstream."""
    changed = [story for story in loaded.values() if not story.keys.isdisjoint(PROVIDER_KEYS)]
    with_coverage = [story for story in loaded.values() if "related" in story.needed_lists]
    items: list[Values] = [values for story in changed for values in (story.upstream.values, story.values)]
    for story in with_coverage:
        for values in (story.upstream.values, story.values):
            items += values.get("related") or []
    pairs = [provider_pair(item) for item in items]
    pairs += [documents[key].pair for key in loaded if documents[key].logos]
    context.providers.load(pair for pair in pairs if pair is not None)
    shown = [*changed, *(story for story in loaded.values() if has_provider_conflict(story))]
    rows: list[Article | RelatedLink] = [story.article for story in shown]
    rows += [link for story in with_coverage for link in story.coverage.links]
    named = {context.providers[pair].pk for pair in pairs if pair is not None}
    context.load_named_providers({row.provider_id for row in rows if row.provider_id} | named)
    for row in rows:
        if row.provider_id is not None:
            row.provider = context.named_providers[row.provider_id]


def has_provider_conflict(story: LoadedStory) -> bool:
    return any(conflict.field.partition(".")[0] == "provider" for conflict in story.open_conflicts)


def serialized(rows: Iterable[Any]) -> list[SerializedRow]:
    """Return rows as in a snapshot, in the order of their keys."""
    return [serialize_row(row) for row in sorted(rows, key=lambda row: row.pk)]
