"""All rows of a story at one moment, restored when an import is undone."""

from articles.db.serialization import deserialize_row, serialize_row
from articles.models import Article, ArticleTopic, Conflict, Image, RelatedLink, Topic, UpstreamDocument
from providers.models import Provider

FIXED_ONCE_VISIBLE = ("first_visible_at", "slug", "url_date")


def snapshot_of(article, upstream):
    """Return a snapshot of a story as JSON data; `upstream` is its UpstreamDocument or None.

    `secured` is left out, as it is always upstream's latest.
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


def can_restore(snapshot):
    """Whether the providers and topics of a snapshot still exist; they may have been merged or deleted."""
    references = (
        (Provider, {row["provider_id"] for row in (snapshot["article"], *snapshot["related"])} - {None}),
        (Topic, {row["tag_id"] for row in snapshot["topics"]}),
    )
    return all(model.objects.filter(pk__in=keys).count() == len(keys) for model, keys in references)


def restore_snapshot(article, snapshot):
    """Restore a story's rows. In a transaction, with the story's row locked.

    Once readers could see the story, its address and the time they first could are not changed back.
    """
    row = snapshot["article"]
    if article.was_visible:
        row = {name: value for name, value in row.items() if name not in FIXED_ONCE_VISIBLE}
    restore_row(Article, article.pk, row)
    if snapshot["upstream"] is None:
        UpstreamDocument.objects.filter(article=article).delete()
    else:
        restore_row(UpstreamDocument, article.pk, snapshot["upstream"])
    replace_rows(ArticleTopic.objects.filter(content_object=article), snapshot["topics"])
    replace_rows(Image.objects.filter(article=article), snapshot["images"])
    replace_rows(RelatedLink.objects.filter(article=article), snapshot["related"])
    replace_rows(Image.objects.filter(related_link__article=article), snapshot["related_images"])
    replace_rows(Conflict.objects.filter(article=article, settlement=""), snapshot["conflicts"])


def restore_row(model, key, row):
    values = deserialize_row(model, row)
    values.pop(model._meta.pk.attname)
    model.objects.filter(pk=key).update(**values)


def replace_rows(rows, snapshot):
    """Make the queryset `rows` equal to a list of rows; deleted ones are created again with their keys."""
    model = rows.model
    stored = {row[model._meta.pk.attname]: row for row in snapshot}
    rows.exclude(pk__in=stored).delete()
    present = set(rows.values_list("pk", flat=True))
    for key in present & stored.keys():
        restore_row(model, key, stored[key])
    model.objects.bulk_create(model(**deserialize_row(model, row)) for key, row in stored.items() if key not in present)
