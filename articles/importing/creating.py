"""Creating many new stories at once, as rows: a handful of statements for all of them."""

from collections import Counter

from articles.importing.bulk import Layout, in_pieces, look_up, new_keys
from articles.importing.preparing import IMAGES, LINKS, SECRETS, STORIES, UPSTREAM
from articles.models import Article, ArticleTopic, RelatedLink, Topic, TopicAlias
from articles.reader_urls import reader_url
from articles.upkeep.together import kept_together
from providers.models import Provider

ABOUT = Layout(ArticleTopic, ["content_object_id", "tag_id", "dated_at", "rank", "published"])


def create_stories(stories, providers, topics):
    """Write Prepared stories of which none is known yet; return [(key, reader's URL, whether silenced)], in order.

    `providers` is a ProviderDirectory, `topics` a TopicDirectory. All or nothing: an IntegrityError or
    DataError means that none can be taken as written.
    """
    if not stories:
        return []
    pairs = pairs_of(stories)
    providers.load(pairs)
    provider_keys = {None: None} | {pair: providers[pair].pk for pair in pairs}
    topics.load(name for story in stories for name in story.topics)
    proposed, stories = stories, silenced(stories, provider_keys)
    slugs = free_slugs(stories)
    keys = new_keys(Article, len(stories))
    with kept_together(keys):
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
        link_from_others({story.identity: key for key, story in zip(keys, stories, strict=True)})
    return [
        (key, reader_url(story.url_date, slug), was.is_published and not story.is_published)
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
        for some in in_pieces(missing):
            self.update(TopicAlias.objects.filter(name__in=some).values_list("name", "topic_id"))
        for name in sorted(missing - self.keys()):
            self[name] = Topic.objects.answering_to(name)[0].pk


def pairs_of(stories):
    """Return the pairs (domain, name) of all providers that stories and their coverage name."""
    pairs = {pair for story in stories for _identity, pair, _row, _images in story.related}
    return (pairs | {story.pair for story in stories}) - {None}


def free_slugs(stories):
    """Return for each story the first of its slugs that no other story of its day has.

    The second comer gets some digits of its identity, as `slugs.slug_candidates` has it.
    """
    plain = Counter((story.url_date, story.slug) for story in stories)
    taken, slugs = taken_among(plain), []
    contested = [
        story for story in stories if (story.url_date, story.slug) in taken or plain[story.url_date, story.slug] > 1
    ]
    taken |= taken_among({(story.url_date, longer_slug(story)) for story in contested})
    for story in stories:
        wanted = (story.slug, longer_slug(story), f"{story.slug}-{story.identity}")
        slug = next((slug for slug in wanted if (story.url_date, slug) not in taken), wanted[-1])
        taken.add((story.url_date, slug))
        slugs.append(slug)
    return slugs


def longer_slug(story):
    return f"{story.slug}-{story.identity[:6]}"


def taken_among(wanted):
    """Return those of the pairs (day as text or None, slug) that a story has."""
    have = look_up(Article, "slug", {slug for _day, slug in wanted}, "slug", "url_date")
    taken = {(day and str(day), slug) for slug, day in have}
    return taken & set(wanted)


def give_coverage(keys, stories, provider_keys):
    """Write pictures and related coverage, with its pictures; `provider_keys` are {pair: key}."""
    number = sum(len(story.related) for story in stories)
    ours = stories_among({said[0] for story in stories for said in story.related} - {""})
    links, images, free = [], [], iter(new_keys(RelatedLink, number))
    for key, story in zip(keys, stories, strict=True):
        images += [(key, None, *row) for row in story.images]
        for identity, pair, row, pictures in story.related:
            link = next(free)
            links.append((link, key, provider_keys[pair], ours.get(identity), *row))
            images += [(None, link, *picture) for picture in pictures]
    LINKS.insert(links)
    IMAGES.insert(images)


def stories_among(identities):
    """Return {identity: key} of those identities that are stories of ours."""
    return dict(look_up(Article, "identity", identities, "identity", "id"))


def link_from_others(keys):
    """Point coverage that waited for these stories, {identity: key}, at them."""
    waiting = look_up(RelatedLink, "identity", keys, "identity", "linked_article_id")
    for identity in {identity for identity, linked in waiting if linked is None}:
        RelatedLink.objects.filter(identity=identity).update(linked_article=keys[identity])
