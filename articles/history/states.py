"""A story as the history has it: every field an editor or an import can change, as JSON."""

from django.db.models import Prefetch

from articles.db.serialization import json_value, serialize_row
from articles.history.differences import ROWS
from articles.models import Article, ArticleTopic, Image, RelatedLink

# What the story is told apart by and where it stands is the workflow's, or derived.
NOT_SAID = {
    *("id", "identity", "url_date", "state", "state_owner", "visible_from", "first_visible_at", "published"),
    *("dated_at", "rank", "created_at", "updated_at", "provider"),
}
COLUMNS = {field.name: field for field in Article._meta.concrete_fields if field.name not in NOT_SAID}
FIELDS = (*COLUMNS, "provider", "topics", *ROWS)
ROW_MODELS = {"images": Image, "related": RelatedLink}
WITHOUT = {
    "images": ("id", "article_id", "related_link_id", "provider_id"),
    "related": ("id", "article_id", "identity"),
}


def state_of(key):
    """Return the state (articles/history/differences.py) of the story that has the primary key `key`.

    Four queries, one more where there is related coverage.
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
        "provider": named(story.provider),
        "topics": [link.tag.name for link in story.topic_links.all()],
        "images": rows_by_key("images", story.images.all()),
        "related": related_by_key(story.related_links.all()),
    }


def columns_of(story, names=COLUMNS):
    """Return {column: value} of a story in hand; `provider` is taken for one."""
    return {
        name: named(story.provider) if name == "provider" else json_value(COLUMNS[name].to_python(getattr(story, name)))
        for name in names
    }


def named(provider):
    """Return how the history speaks of a provider, which may be renamed, merged or gone when it is read."""
    return provider and {"id": provider.pk, "name": provider.name}


def related_by_key(links):
    """Return {key: row} of related coverage; each row has its pictures beside its columns, so that both come back."""
    rows = rows_by_key("related", links)
    for link in links:
        rows[str(link.pk)]["pictures"] = pictures_of(link.images.all())
    return rows


def pictures_of(images):
    """Return the pictures of related coverage as its row has them: their order says where each stands."""
    return [serialize_row(image, omit=(*WITHOUT["images"], "position")) for image in images]


def without_pictures(row):
    """Return a row's own columns."""
    return {name: value for name, value in row.items() if name != "pictures"}


def rows_by_key(field, rows):
    return {str(row.pk): serialize_row(row, omit=WITHOUT[field]) for row in rows}
