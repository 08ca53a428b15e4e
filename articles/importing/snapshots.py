"""All rows of a story as they are at a moment, to be put back when an import is undone."""

from articles.db.serialization import deserialize_row, serialize_row
from articles.models import Article, ArticleTopic, Conflict, Image, RelatedLink, Topic, UpstreamDocument
from providers.models import Provider

STAYS_ONCE_VISIBLE = ("first_visible_at", "slug", "url_date")


def snapshot_of(article, upstream):
    """Return a JSON-able snapshot of a story; `upstream` is its UpstreamDocument, None if it has none.

    `secured` is left out: it is always upstream's latest.
    """
    links = list(RelatedLink.objects.filter(article=article).order_by("pk"))
    return {
        "article": serialize_row(article),
        "upstream": upstream and serialize_row(upstream),
        "topics": [serialize_row(link) for link in ArticleTopic.objects.filter(content_object=article).order_by("pk")],
        "images": [serialize_row(image) for image in Image.objects.filter(article=article).order_by("pk")],
        "related": [serialize_row(link) for link in links],
        "related_images": [
            serialize_row(image) for image in Image.objects.filter(related_link__in=links).order_by("pk")
        ],
        "conflicts": [serialize_row(conflict) for conflict in Conflict.objects.filter(article=article, settlement="")],
    }


def can_be_put_back(snapshot):
    """Whether the providers and topics that the rows name are still there: they may have been merged or deleted."""
    named = (
        (Provider, {row["provider_id"] for row in (snapshot["article"], *snapshot["related"])} - {None}),
        (Topic, {row["tag_id"] for row in snapshot["topics"]}),
    )
    return all(model.objects.filter(pk__in=keys).count() == len(keys) for model, keys in named)


def put_back(article, snapshot):
    """Make a story's rows what they were. In a transaction, with the story's row locked.

    When readers first saw it stays, once they did, and so does its address.
    """
    row = snapshot["article"]
    if article.was_visible:
        row = {name: value for name, value in row.items() if name not in STAYS_ONCE_VISIBLE}
    restore(Article, article.pk, row)
    if snapshot["upstream"] is None:
        UpstreamDocument.objects.filter(article=article).delete()
    else:
        restore(UpstreamDocument, article.pk, snapshot["upstream"])
    replace(ArticleTopic.objects.filter(content_object=article), snapshot["topics"])
    replace(Image.objects.filter(article=article), snapshot["images"])
    replace(RelatedLink.objects.filter(article=article), snapshot["related"])
    replace(Image.objects.filter(related_link__article=article), snapshot["related_images"])
    replace(Conflict.objects.filter(article=article, settlement=""), snapshot["conflicts"])


def restore(model, key, row):
    values = deserialize_row(model, row)
    values.pop(model._meta.pk.attname)
    model.objects.filter(pk=key).update(**values)


def replace(rows, snapshot):
    """Make the queryset `rows` what the snapshot has of it: rows that went come back with their keys."""
    model = rows.model
    wanted = {row[model._meta.pk.attname]: row for row in snapshot}
    rows.exclude(pk__in=wanted).delete()
    have = set(rows.values_list("pk", flat=True))
    for key in have & wanted.keys():
        restore(model, key, wanted[key])
    model.objects.bulk_create(model(**deserialize_row(model, row)) for key, row in wanted.items() if key not in have)
