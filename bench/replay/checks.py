"""Compare the newsroom's stories with the model, and name the first difference."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch

from articles.models import Article, Conflict, Image, RelatedLink
from bench.replay.format import LISTS, SCALARS, canonical_url, free_key, identity_of, link_of, plain_text, time_of

COLUMNS = {
    "title": "title",
    "excerpt": "excerpt",
    "category": "category",
    "featuredContent": "featured_content",
    "webUrl": "web_url",
    "originalUrl": "original_url",
    "ampWebUrl": "amp_url",
    "cdnAmpWebUrl": "cdn_amp_url",
    "type": "kind",
    "quality": "quality",
    "heat": "heat",
    "publishedDateTime": "published_at",
}
NUMBERS = ("quality", "heat")
EVENTS_SHOWN = 14


@dataclass
class Violation(Exception):
    """A violated invariant, with what led to it."""

    invariant: str
    path: str
    field: str
    expected: Any
    actual: Any
    events: list = field(default_factory=list)

    def __str__(self):
        lines = [f"{self.invariant}: {self.path}", f"  field     {self.field}"]
        lines += [f"  expected  {self.expected!r}", f"  actual    {self.actual!r}"]
        lines += [f"  | {event}" for event in self.events[-EVENTS_SHOWN:]]
        return "\n".join(lines)


def require(invariant, story, name, expected, actual):
    if expected != actual:
        raise Violation(invariant, story.path, name, expected, actual, story.events)


def load_stories():
    """Return {key: Article} of all stories with their rows."""
    links = RelatedLink.objects.select_related("provider").prefetch_related("images").order_by("position", "pk")
    images = Image.objects.order_by("position", "pk")
    stories = Article.objects.select_related("provider", "upstream").prefetch_related(
        "topic_links__tag",
        Prefetch("images", images),
        Prefetch("related_links", links),
        Prefetch("conflicts", Conflict.objects.filter(settlement=""), to_attr="open_conflicts"),
    )
    return {story.pk: story for story in stories}


def adopt_new_stories(model, stories):
    """Give the model's new stories the keys of the newsroom's, by the path and identity of their documents."""
    known_keys = {story.key for story in model.stories}
    new_stories: dict[tuple[str, str], list[Article]] = {}
    for key, article in stories.items():
        if key not in known_keys:
            document = article.upstream
            identity = identity_of(document.path, {"webUrl": document.url})
            new_stories.setdefault((document.path, identity), []).append(article)
    for story in model.stories:
        if story.key is None:
            candidates = new_stories.pop((story.path, story.identity), [])
            require("a document has one new story", story, "number of new stories", 1, len(candidates))
            story.key = candidates[0].pk
    for (path, _identity), articles in new_stories.items():
        former = next((story for story in model.deleted if story.path == path), None)
        former = former or next((story for story in model.stories if story.path == path), None)
        invariant = "a deleted story stays deleted" if former and former.is_deleted else "a file has one story"
        events = former.events if former else []
        raise Violation(invariant, path, "stories", [], [str(article) for article in articles], events)


def check_stories(model):
    """Raise the Violation of the first story that is not as the model says."""
    stories = load_stories()
    adopt_new_stories(model, stories)
    for story in model.stories:
        if story.key not in stories:
            raise Violation("no story is lost", story.path, "story", story.fields["title"], None, story.events)
        check_story(story, stories[story.key])


def check_story(story, article):
    for name in SCALARS:
        invariant = "no edit is lost" if story.fields[name] != story.upstream[name] else "no change is dropped"
        require(invariant, story, name, story.fields[name], value_of(article, name))
    invariant = "the desk's state stays" if story.is_state_ours else "the state follows upstream"
    require(invariant, story, "state", story.state, article.state)
    require(invariant, story, "time", story.scheduled_for, article.visible_from if article.is_scheduled else None)
    require("no change is dropped", story, "removed", story.is_removed, article.is_removed)
    topics = [link.tag.name for link in article.topic_links.all()]
    require("topics are merged as a set", story, "topics", sorted(story.topics), sorted(topics))
    rows = {"images": image_rows(article), "related": related_rows(article)}
    for name in LISTS:
        check_rows(story, name, rows[name])
    check_conflicts(story, article)


def check_rows(story, name, actual):
    """Compare the rows of a list: which there are, what is hidden, their texts and their order."""
    expected = story.rows[name]
    returned = [key for key in actual if key in story.removed[name]]
    require("what was removed stays removed", story, name, [], returned)
    require("rows are merged by their key", story, name, sorted(expected), sorted(actual))
    for key, row in expected.items():
        fields, is_hidden, pictures = actual[key]
        require("what was hidden stays hidden", story, f"{name} {key}", row.is_hidden, is_hidden)
        require("rows are merged by field", story, f"{name} {key}", row.fields, fields)
        require("pictures of coverage follow upstream", story, f"{name} {key}", row.pictures, pictures)
    check_order(story, name, list(actual))
    # From here on the model has the newsroom's order: what the documentation leaves open is decided by it.
    story.rows[name] = {key: expected[key] for key in actual}


def check_order(story, name, actual):
    order, upstream = story.orders[name], list(story.upstream[name])
    if order.first in story.rows[name]:
        require("what was put first stays first", story, name, order.first, actual[0])
    if order.keys:
        in_order = [key for key in actual if key in order.keys]
        require("the desk's order stays", story, name, order.keys, in_order)
    if not order.is_changed:
        check_upstream_order(story, name, actual)
    has_own_places = any(row.is_loose for row in story.rows[name].values())
    order.agree(actual, upstream, has_own_places=has_own_places)


def check_upstream_order(story, name, actual):
    """Check the order of a list that the desk has not changed, apart from the rows that it added."""
    rows = story.rows[name]
    for key, before in story.orders[name].followed.items():
        require("an added row follows its row", story, name, before, actual[actual.index(key) - 1])
    # A row that the desk placed and upstream sends too is an order of the desk's.
    if name not in story.always_ours and not any(rows[key].is_placed for key in story.upstream[name] if key in rows):
        upstream = [key for key in story.upstream[name] if key in rows]
        in_order = [key for key in actual if key in story.upstream[name]]
        require(
            "rows follow upstream's order",
            story,
            name,
            *(without_own_place(story, name, keys) for keys in (upstream, in_order)),
        )


def without_own_place(story, name, keys):
    """Return the keys of the rows that only upstream has placed."""
    return [key for key in keys if not story.rows[name][key].is_loose and key != story.orders[name].first]


def check_conflicts(story, article):
    fields = {conflict.field for conflict in article.open_conflicts}
    invariant = "conflicts are open where documented"
    require(invariant, story, "conflicts", story.open_conflicts, sorted(fields))


# What the newsroom has ---------------------------------------------------------------------------------


def value_of(article, name):
    """Return a field of a story in the terms of `read_fields`."""
    if name == "provider":
        return provider_of_row(article)
    value = getattr(article, COLUMNS[name])
    if name == "publishedDateTime":
        return time_of(value)
    return value if name in NUMBERS else plain_text(value)


def image_rows(article):
    """Return {URL: (fields, False, {})} of a story's pictures in their order."""
    return {image.url: (image_fields(image), False, {}) for image in article.images.all()}


def image_fields(image):
    return {
        "width": image.width,
        "height": image.height,
        "isCached": image.is_cached,
        "title": plain_text(image.title),
        "attribution": plain_text(image.attribution),
    }


def related_rows(article):
    """Return {(canonical URL or title, number): (fields, is hidden, {URL: fields of a picture})} of a story's coverage.

    In their order.
    """
    rows: dict[tuple[str, int], Any] = {}
    for link in article.related_links.all():
        fields = {
            "title": plain_text(link.title),
            "excerpt": plain_text(link.excerpt),
            "webUrl": plain_text(link.web_url),
            "originalUrl": plain_text(link.original_url),
            "ampWebUrl": plain_text(link.amp_url),
            "cdnAmpWebUrl": plain_text(link.cdn_amp_url),
            "type": link.kind,
            "quality": link.quality,
            "publishedDateTime": time_of(link.published_at),
            "updatedDateTime": time_of(link.revised_at),
            "provider": provider_of_row(link),
        }
        url = link_of({"webUrl": link.web_url, "originalUrl": link.original_url})
        pictures = {image.url: image_fields(image) for image in link.images.all()}
        key = free_key(canonical_url(url) if url else fields["title"], rows)
        rows[key] = (fields, link.is_hidden, pictures)
    return rows


def provider_of_row(row):
    return row.provider and (row.provider.domain.removeprefix("www."), row.provider.name.casefold())
