"""The state of a story as the history records it: every field that an editor or an import can change, as JSON."""

from django.db.models import Prefetch

from articles.db.serialization import json_value, serialize_row
from articles.history.differences import ROW_FIELDS
from articles.models import Article, ArticleTopic, Image, RelatedLink

# Columns that identify the story, belong to the workflow, or are derived.
UNRECORDED = {
    *("id", "identity", "url_date", "state", "state_owner", "visible_from", "first_visible_at", "published"),
    *("dated_at", "rank", "created_at", "updated_at", "provider"),
}
COLUMNS = {field.name: field for field in Article._meta.concrete_fields if field.name not in UNRECORDED}
FIELDS = (*COLUMNS, "provider", "topics", *ROW_FIELDS)
ROW_MODELS = {"images": Image, "related": RelatedLink}
UNRECORDED_OF_ROWS = {
    "images": ("id", "article_id", "related_link_id", "provider_id"),
    "related": ("id", "article_id", "identity"),
}


def state_of(key):
    """Return the state (articles/history/differences.py) of the story with the primary key `key`.

    Four queries, five with related coverage.
    """
    pictures = Prefetch("images", Image.objects.order_by("position", "pk"))
    story = (
        Article.objects.select_related("provider")
        .prefetch_related(
            Prefetch("topic_links", ArticleTopic.objects.select_related("tag")),
            Prefetch("related_links", RelatedLink.objects.order_by("pk").prefetch_related(pictures)),
            Prefetch("images", Image.objects.order_by("pk")),
        )
        .get(pk=key)
    )
    return {
        **columns_of(story),
        "provider": provider_state(story.provider),
        "topics": [link.tag.name for link in story.topic_links.all()],
        "images": rows_by_key("images", story.images.all()),
        "related": related_by_key(story.related_links.all()),
    }


def columns_of(story, names=COLUMNS):
    """Return {column: value} of a loaded story; `provider` counts as a column."""
    return {name: column_state(story, name) for name in names}


def column_state(story, name):
    if name == "provider":
        return provider_state(story.provider)
    return json_value(COLUMNS[name].to_python(getattr(story, name)))


def provider_state(provider):
    """Return what the history stores of a provider, which may be renamed, merged or gone when it is read."""
    return provider and {"id": provider.pk, "name": provider.name}


def related_by_key(links):
    """Return {key: row} of related coverage; each row also has "pictures", so that restoring it restores them."""
    rows = rows_by_key("related", links)
    for link in links:
        rows[str(link.pk)]["pictures"] = pictures_of(link.images.all())
    return rows


def pictures_of(images):
    """Return the pictures of related coverage as its row has them, in order, without their positions."""
    return [serialize_row(image, omit=(*UNRECORDED_OF_ROWS["images"], "position")) for image in images]


def without_pictures(row):
    """Return the columns of a row of related coverage."""
    return {name: value for name, value in row.items() if name != "pictures"}


def rows_by_key(field, rows):
    return {str(row.pk): serialize_row(row, omit=UNRECORDED_OF_ROWS[field]) for row in rows}
