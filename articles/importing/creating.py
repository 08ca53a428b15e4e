"""Creating many new stories at once: a handful of statements for all of them instead of some for each."""

from django.db.models import Q
from django.utils import timezone

from articles.choices import State
from articles.importing.rows import link_to_our_stories, related_columns, topic_names
from articles.importing.story_fields import (
    images_by_key,
    provider_pair,
    related_by_key,
    related_identity,
    story_columns,
)
from articles.models import Article, ArticleTopic, Image, RelatedLink, Topic, UpstreamDocument
from articles.slugs import slug_candidates

ROWS_AT_ONCE = 500


def create_stories(documents, providers, follow_proposal=True):
    """Write the stories of Documents of which none is known yet; return their Articles, in order.

    `providers` is a ProviderDirectory; with `follow_proposal` those upstream would publish are published.
    All or nothing: an IntegrityError or DataError means that none can be taken as written.
    """
    providers.load(pairs_of(documents))
    articles = [new_article(document, providers, follow_proposal) for document in documents]
    give_slugs(articles)
    for article in articles:
        article.derive()
    Article.objects.bulk_create(articles, ROWS_AT_ONCE)
    UpstreamDocument.objects.bulk_create(
        [upstream_of(article, document) for article, document in zip(articles, documents, strict=True)], ROWS_AT_ONCE
    )
    give_topics(articles, documents)
    give_coverage(articles, documents, providers)
    link_from_others(articles)
    return articles


def pairs_of(documents):
    """Return the pairs (domain, name) of all providers that documents name."""
    named = [values for document in documents for values in (document.values, *document.values.get("related", []))]
    return {pair for pair in map(provider_pair, named) if pair}


def new_article(document, providers, follow_proposal):
    pair = provider_pair(document.values)
    columns = story_columns(document.values, document.body)
    article = Article(identity=document.identity, provider=providers[pair] if pair else None, **columns)
    if document.values.get("published") and follow_proposal:
        article.state = State.PUBLISHED
        article.visible_from = article.published_at or timezone.now()
    if article.published_at:
        article.url_date = article.published_at.date()
    return article


def upstream_of(article, document):
    return UpstreamDocument(article=article, **said_in(document))


def said_in(document):
    """Return {column: value} for the UpstreamDocument of a Document."""
    return {
        "values": document.values,
        "unknown": document.unknown,
        "body": document.body,
        "secured": document.secured,
        "source_name": document.source[-500:],
        "digest": document.digest,
        "text_digest": document.text_digest,
        "url": document.url,
        "published": document.published,
    }


def give_slugs(articles):
    """Give each article the first of its slugs that no other story of its day has. Two queries."""
    candidates = {article.identity: slug_candidates(article) for article in articles}
    slugs = {slug for several in candidates.values() for slug in several}
    days = {article.url_date for article in articles if article.url_date}
    taken = set(Article.objects.filter(Q(url_date__in=days, slug__in=slugs)).values_list("url_date", "slug")) | set(
        Article.objects.filter(url_date__isnull=True, slug__in=slugs).values_list("url_date", "slug")
    )
    for article in articles:
        several = candidates[article.identity]
        article.slug = next((slug for slug in several if (article.url_date, slug) not in taken), several[-1])
        taken.add((article.url_date, article.slug))


def give_topics(articles, documents):
    named = [topic_names(document.values.get("topics")) for document in documents]
    wanted = {name for names in named for name in names}
    topics = {topic.name: topic for topic in Topic.objects.filter(name__in=wanted)}
    for name in wanted - topics.keys():
        topics[name], _created = Topic.objects.get_or_create(name=name)
    ArticleTopic.objects.bulk_create(
        [
            ArticleTopic(content_object=article, tag=topics[name])
            for article, names in zip(articles, named, strict=True)
            for name in names
        ],
        ROWS_AT_ONCE,
    )


def give_coverage(articles, documents, providers):
    """Write pictures and related coverage, with its pictures."""
    images, links = [], []
    for article, document in zip(articles, documents, strict=True):
        images += pictures({"article": article}, document.values.get("images"))
        for position, item in enumerate(related_by_key(document.values.get("related")).values()):
            link = RelatedLink(
                article=article,
                position=position,
                identity=related_identity(item),
                **related_columns(item, providers),
            )
            links.append(link)
            images += pictures({"related_link": link}, item.get("images"))
    link_to_our_stories(links)
    RelatedLink.objects.bulk_create(links, ROWS_AT_ONCE)
    for image in images:
        # The link had no key yet when its picture was made.
        image.related_link_id = image.related_link.pk if image.related_link else None
    Image.objects.bulk_create(images, ROWS_AT_ONCE)


def pictures(owner, images):
    return [
        Image(**owner, position=position, **columns) for position, columns in enumerate(images_by_key(images).values())
    ]


def link_from_others(articles):
    """Point coverage that waited for these stories at them. One query, and one for each that was waited for."""
    keys = {article.identity: article.pk for article in articles}
    waiting = RelatedLink.objects.filter(identity__in=keys).values_list("identity", flat=True).distinct()
    for identity in waiting:
        RelatedLink.objects.filter(identity=identity).update(linked_article=keys[identity])
