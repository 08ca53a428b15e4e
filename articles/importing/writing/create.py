"""Create many new stories as rows, with a few statements for all of them."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import itemgetter

from articles.choices import State
from articles.db.bulk_rows import RowLayout, chunked, fetch_pairs, reserve_keys
from articles.db.triggers.deferred_triggers import defer_triggers
from articles.documents.mapping import proposes_to_publish
from articles.importing.publication import PROVIDER_INACTIVE, REVIEWED, PublishPolicy
from articles.importing.results import Outcome
from articles.importing.writing.context import TopicDirectory, WriteContext
from articles.importing.writing.related_rows import add_provider_logos
from articles.importing.writing.rows import (
    COVERAGE_IMAGES,
    IMAGES,
    LINKS,
    SECRETS,
    STORIES,
    UPDATED_AT,
    UPSTREAM,
    NewRows,
    Pair,
    PreparedStory,
    Row,
    topic_link_values,
    upstream_row,
)
from articles.models import Article, ArticleTopic, FormerStoryAddress, RelatedLink
from articles.story_urls import reader_url
from providers.models import Provider

# A story's day as text, None without a date, and its slug.
DayAndSlug = tuple[str | None, str]
# {pair of a provider: its key}, with None for stories that name no provider.
ProviderKeys = Mapping[Pair | None, int | None]
# The models with addresses of stories: a new story does not get the one of a story that was joined with another one.
ADDRESSES: tuple[type[Article], type[FormerStoryAddress]] = (Article, FormerStoryAddress)
TOPIC_LINKS = RowLayout(
    ArticleTopic, ["content_object_id", "tag_id", "dated_at", "rank", "published", "first_visible_at"]
)


def create_stories(stories: Sequence[PreparedStory], context: WriteContext) -> list[Outcome]:
    """Write PreparedStories of new stories; return their Outcomes, in order.

    All or nothing: an IntegrityError or DataError means that none of them was written.
    """
    if not stories:
        return []
    for story in stories:
        add_provider_logos(story, context.providers)
    stories = [in_permitted_state(story, context.policy) for story in stories]
    rows = [story.rows for story in stories]
    pairs = provider_pairs(stories, rows)
    context.providers.load(pairs)
    provider_keys: dict[Pair | None, int | None] = {None: None}
    provider_keys |= {pair: context.providers[pair].pk for pair in pairs}
    context.topics.load(name for new in rows for name in new.topics)
    proposed_stories, stories = stories, unpublish_inactive(stories, provider_keys)
    slugs = choose_slugs(stories, context.reserved_urls)
    keys = reserve_keys(Article, len(stories))
    rows = [new.in_state(story.state) for new, story in zip(rows, stories, strict=True)]
    with defer_triggers(keys):
        insert_rows(stories, rows, keys, slugs, provider_keys, context.topics)
    return [
        created_outcome(key, story, new.row, slug, is_inactive=proposed.state != story.state)
        for key, slug, proposed, story, new in zip(keys, slugs, proposed_stories, stories, rows, strict=True)
    ]


def in_permitted_state(story: PreparedStory, policy: PublishPolicy) -> PreparedStory:
    """Return the story; in review if it would be published and the actor may not publish."""
    goes_to_review = policy is PublishPolicy.REVIEW and proposes_to_publish(story.values)
    return story.in_review() if goes_to_review else story


def unpublish_inactive(stories: list[PreparedStory], provider_keys: ProviderKeys) -> list[PreparedStory]:
    """Return the stories; move those of inactive providers to the inbox."""
    inactive_keys = set(Provider.objects.inactive().values_list("pk", flat=True))
    if not inactive_keys:
        return stories
    return [story.in_inbox() if provider_keys[story.pair] in inactive_keys else story for story in stories]


def created_outcome(key: int, story: PreparedStory, row: Row, slug: str, *, is_inactive: bool) -> Outcome:
    outcome = Outcome.created(reader_url(story.url_date, slug), key, row[UPDATED_AT])
    outcome.problems = [PROVIDER_INACTIVE] if is_inactive else [REVIEWED] if story.state == State.IN_REVIEW else []
    return outcome


def insert_rows(
    stories: Sequence[PreparedStory],
    rows: Sequence[NewRows],
    keys: Sequence[int],
    slugs: Sequence[str],
    provider_keys: ProviderKeys,
    topics: TopicDirectory,
) -> None:
    """Insert the NewRows of stories, and their documents."""
    keyed_rows = list(zip(keys, rows, strict=True))
    STORIES.insert(
        (key, slug, provider_keys[story.pair], *new.row)
        for key, slug, story, new in zip(keys, slugs, stories, rows, strict=True)
    )
    UPSTREAM.insert((key, *upstream_row(story, new.row)) for (key, new), story in zip(keyed_rows, stories, strict=True))
    SECRETS.insert((key, story.secured) for key, story in zip(keys, stories, strict=True))
    TOPIC_LINKS.insert(
        (key, topic, *topic_link_values(new.row))
        for key, new in keyed_rows
        # Two names may mean one topic by now.
        for topic in dict.fromkeys(topics[name] for name in new.topics)
        if topic is not None
    )
    insert_coverage(keyed_rows, provider_keys)
    IMAGES.insert((key, *row) for key, new in keyed_rows for row in new.images)


def insert_coverage(keyed_rows: Sequence[tuple[int, NewRows]], provider_keys: ProviderKeys) -> None:
    """Insert related coverage and its images for [(key of a story, NewRows)]."""
    links: list[tuple[object, ...]] = []
    images: list[tuple[object, ...]] = []
    link_keys = iter(reserve_keys(RelatedLink, sum(len(new.related) for _key, new in keyed_rows)))
    for key, new in keyed_rows:
        for pair, row, image_rows in new.related:
            link_key = next(link_keys)
            links.append((link_key, key, provider_keys[pair], *row))
            images += [(link_key, *image_row) for image_row in image_rows]
    LINKS.insert(links)
    COVERAGE_IMAGES.insert(images)


def provider_pairs(stories: Sequence[PreparedStory], rows: Sequence[NewRows]) -> list[Pair]:
    """Return the pairs of all providers that stories and their coverage name, in the order of the documents."""
    pairs = [
        pair
        for story, new in zip(stories, rows, strict=True)
        for pair in (story.pair, *(pair for pair, _row, _images in new.related))
    ]
    return [pair for pair in dict.fromkeys(pairs) if pair is not None]


def choose_slugs(stories: Sequence[PreparedStory], reserved_urls: Collection[int] = frozenset()) -> list[str]:
    """Return for each story the first of its slugs that no other story of its day has.

    The second of two stories gets digits of its identity, as in `slugs.slug_candidates`.
    """
    plain_counts: Counter[DayAndSlug] = Counter((story.url_date, story.slug) for story in stories)
    taken_pairs, slugs = taken_slugs(plain_counts, reserved_urls), []
    ambiguous_stories = [
        story
        for story in stories
        if (story.url_date, story.slug) in taken_pairs or plain_counts[story.url_date, story.slug] > 1
    ]
    taken_pairs |= taken_slugs({(story.url_date, longer_slug(story)) for story in ambiguous_stories}, reserved_urls)
    for story in stories:
        candidates = (story.slug, longer_slug(story), f"{story.slug}-{story.identity}")
        slug = next((slug for slug in candidates if (story.url_date, slug) not in taken_pairs), candidates[-1])
        taken_pairs.add((story.url_date, slug))
        slugs.append(slug)
    return slugs


def with_plain_slugs(stories: Mapping[int, PreparedStory]) -> dict[int, PreparedStory]:
    """Return those of {number: PreparedStory} that get their plain slug, as no other story of their day has it."""
    first_numbers: dict[DayAndSlug, int] = {}
    for number, story in stories.items():
        first_numbers.setdefault((story.url_date, story.slug), number)
    taken_pairs = taken_slugs(first_numbers)
    return {number: stories[number] for pair, number in first_numbers.items() if pair not in taken_pairs}


def longer_slug(story: PreparedStory) -> str:
    return f"{story.slug}-{story.identity[:6]}"


def taken_slugs(pairs: Iterable[DayAndSlug], reserved_urls: Collection[int] = frozenset()) -> set[DayAndSlug]:
    """Return those of `pairs` (day as text or None, slug) that a story has or had, or whose URL is reserved."""
    taken_pairs = {pair for pair in pairs if hash(reader_url(*pair)) in reserved_urls} if reserved_urls else set()
    taken_pairs |= {
        (str(day), slug) for day, slug in fetch_pairs(ADDRESSES, ("url_date", "slug"), [*filter(itemgetter(0), pairs)])
    }
    for slugs in chunked(slug for day, slug in pairs if day is None):
        present, former = (
            model._default_manager.filter(url_date=None, slug__in=slugs).order_by().values_list("slug", flat=True)
            for model in ADDRESSES
        )
        taken_pairs |= {(None, slug) for slug in present.union(former)}
    return taken_pairs
