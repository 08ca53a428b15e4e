"""Creating many new stories at once, as rows: a handful of statements for all of them."""

from collections import Counter
from operator import itemgetter

from articles.db.bulk_rows import RowLayout, chunked, fetch_pairs, reserve_keys
from articles.db.triggers.deferred_triggers import defer_triggers
from articles.importing.writing.rows import IMAGES, IMAGES_OF_COVERAGE, LINKS, SECRETS, STORIES, UPSTREAM
from articles.models import Article, ArticleTopic, RelatedLink, Topic, TopicAlias
from articles.story_urls import reader_url
from providers.models import Provider

ABOUT = RowLayout(ArticleTopic, ["content_object_id", "tag_id", "dated_at", "rank", "published", "first_visible_at"])


def create_stories(stories, providers, topics, urls_taken=frozenset()):
    """Write Prepared stories of which none is known yet; return [(key, reader's URL, whether silenced)], in order.

    `providers` is a ProviderDirectory, `topics` a TopicDirectory, `urls_taken` that of a StoryWriter. All or
    nothing: an IntegrityError or DataError means that none can be taken as written.
    """
    if not stories:
        return []
    pairs = pairs_of(stories)
    providers.load(pairs)
    provider_keys = {None: None} | {pair: providers[pair].pk for pair in pairs}
    topics.load(name for story in stories for name in story.topics)
    proposed, stories = stories, silenced(stories, provider_keys)
    slugs = free_slugs(stories, urls_taken)
    keys = reserve_keys(Article, len(stories))
    with defer_triggers(keys):
        STORIES.insert(
            (key, slug, provider_keys[story.pair], *story.row)
            for key, slug, story in zip(keys, slugs, stories, strict=True)
        )
        UPSTREAM.insert((key, *story.upstream_row) for key, story in zip(keys, stories, strict=True))
        SECRETS.insert((key, story.secured) for key, story in zip(keys, stories, strict=True))
        ABOUT.insert(
            (key, topic, *story.place)
            for key, story in zip(keys, stories, strict=True)
            # Two names may by now mean one topic.
            for topic in dict.fromkeys(topics[name] for name in story.topics)
            if topic is not None
        )
        give_coverage(keys, stories, provider_keys)
    return [
        (key, reader_url(story.url_date, slug), was.state != story.state)
        for key, slug, was, story in zip(keys, slugs, proposed, stories, strict=True)
    ]


def silenced(stories, provider_keys):
    """Return new stories with those of providers that are not active in the inbox, whatever upstream proposes."""
    silent = set(Provider.objects.inactive().values_list("pk", flat=True))
    if not silent:
        return stories
    return [story.in_inbox() if provider_keys[story.pair] in silent else story for story in stories]


class TopicDirectory(dict):
    """Name -> key of a Topic, None of one that was deleted; each looked up, or made, once in a batch."""

    def load(self, names):
        """Look up many names in one query, and make those that are not there."""
        missing = set(names) - self.keys()
        for some in chunked(missing):
            self.update(TopicAlias.objects.filter(name__in=some).values_list("name", "topic_id"))
        for name in sorted(missing - self.keys()):
            self[name] = Topic.objects.answering_to(name)[0].pk


def pairs_of(stories):
    """Return the pairs (domain, name) of all providers that stories and their coverage name."""
    pairs = {pair for story in stories for pair, _row, _images in story.related}
    return (pairs | {story.pair for story in stories}) - {None}


def free_slugs(stories, urls_taken=frozenset()):
    """Return for each story the first of its slugs that no other story of its day has.

    The second comer gets some digits of its identity, as `slugs.slug_candidates` has it.
    """
    plain = Counter((story.url_date, story.slug) for story in stories)
    taken, slugs = taken_among(plain, urls_taken), []
    contested = [
        story for story in stories if (story.url_date, story.slug) in taken or plain[story.url_date, story.slug] > 1
    ]
    taken |= taken_among({(story.url_date, longer_slug(story)) for story in contested}, urls_taken)
    for story in stories:
        wanted = (story.slug, longer_slug(story), f"{story.slug}-{story.identity}")
        slug = next((slug for slug in wanted if (story.url_date, slug) not in taken), wanted[-1])
        taken.add((story.url_date, slug))
        slugs.append(slug)
    return slugs


def uncontested(stories):
    """Return those of {number: Prepared story} that get their plain slug, as no story of their day has it."""
    first = {}
    for number, story in stories.items():
        first.setdefault((story.url_date, story.slug), number)
    taken = taken_among(first)
    return {number: stories[number] for pair, number in first.items() if pair not in taken}


def longer_slug(story):
    return f"{story.slug}-{story.identity[:6]}"


def taken_among(wanted, urls_taken=frozenset()):
    """Return those of the pairs (day as text or None, slug) that a story has, or that make one of `urls_taken`."""
    taken = {pair for pair in wanted if hash(reader_url(*pair)) in urls_taken} if urls_taken else set()
    taken |= {
        (str(day), slug) for day, slug in fetch_pairs(Article, ("url_date", "slug"), [*filter(itemgetter(0), wanted)])
    }
    undated = Article.objects.filter(url_date=None)
    for some in chunked(slug for day, slug in wanted if day is None):
        taken |= {(None, slug) for slug in undated.filter(slug__in=some).values_list("slug", flat=True)}
    return taken


def give_coverage(keys, stories, provider_keys):
    """Write pictures and related coverage, with its pictures; `provider_keys` are {pair: key}."""
    number = sum(len(story.related) for story in stories)
    links, images, free = [], [], iter(reserve_keys(RelatedLink, number))
    for key, story in zip(keys, stories, strict=True):
        for pair, row, pictures in story.related:
            link = next(free)
            links.append((link, key, provider_keys[pair], *row))
            images += [(link, *picture) for picture in pictures]
    LINKS.insert(links)
    IMAGES_OF_COVERAGE.insert(images)
    IMAGES.insert((key, *row) for key, story in zip(keys, stories, strict=True) for row in story.images)
