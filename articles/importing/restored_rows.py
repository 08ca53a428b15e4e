"""Restore a story's content from an export: columns, topics, pictures and coverage."""

from typing import Any

from django.db.models import Prefetch

from articles.db.pending_rows import PendingRows
from articles.documents.desk_state import DeskState
from articles.documents.mapping import links_by_key, provider_pair, related_by_key, story_columns, topic_names
from articles.documents.nodes import Values
from articles.editing.restoring import restore_topics
from articles.exporting.story_values import image_values, related_values
from articles.importing.writing.context import WriteContext
from articles.importing.writing.related_rows import StoryCoverage, merge_images, merge_related
from articles.importing.writing.rows import PreparedStory
from articles.models import Article, Image, RelatedLink


def restore_rows(article: Article, story: PreparedStory, state: DeskState, context: WriteContext) -> None:
    """Give a locked story exactly the content of an export, hidden coverage included."""
    values = story.values
    restore_columns(article, values, story.body, state, context)
    restore_topics(article, topic_names(values.get("topics")))
    # As the present rows are the base, nothing of them stays that is not in the export.
    images = list(article.images.order_by("position", "pk"))
    pending = PendingRows()
    merge_images({"article": article}, images, image_values(images, None), values.get("images"), pending)
    pending.write()
    restore_coverage(article, values, state, context)


def restore_columns(article: Article, values: Values, body: str, state: DeskState, context: WriteContext) -> None:
    """Save the columns that differ from those of a document."""
    pair = None if state.values.get("withoutProvider") else provider_pair(values)
    columns: dict[str, Any] = story_columns(values, body)
    columns["provider"] = context.providers[pair] if pair else None
    changed = [name for name, value in columns.items() if getattr(article, name) != value]
    for name in changed:
        setattr(article, name, columns[name])
    if changed:
        article.save(update_fields=changed)


def restore_coverage(article: Article, values: Values, state: DeskState, context: WriteContext) -> None:
    """Give a story the coverage of a document, with the hidden pieces at their places."""
    items = [item for item in values.get("related", []) if "title" in item]
    hidden_positions = set()
    for hidden in sorted(state.values.get("hidden", []), key=lambda each: int(each.get("position", 0))):
        if "title" in hidden.get("item", {}):
            # Behind the last one, if pieces before it are missing.
            position = min(hidden.get("position", 0), len(items))
            items.insert(position, hidden["item"])
            hidden_positions.add(position)
    pictures = Prefetch("images", Image.objects.order_by("position", "pk"))
    rows = article.related_links.select_related("provider").prefetch_related(pictures, "provider__aliases")
    links = list(rows.order_by("position", "pk"))
    keys = related_by_key(items)
    for key, link in links_by_key(links).items():
        # Its own flag would protect it from being removed.
        link.is_hidden = False
        if key not in keys:
            link.delete()
    links = [link for link in links if link.pk is not None]
    coverage = StoryCoverage(links, {link.pk: list(link.images.all()) for link in links})
    pending = PendingRows()
    merge_related(article, coverage, related_values(links, None), items, context.providers, pending)
    pending.write()
    hide_coverage(article, hidden_positions)


def hide_coverage(article: Article, positions: set[int]) -> None:
    """Hide the coverage at these places of a story, and no other."""
    for position, link in enumerate(RelatedLink.objects.filter(article=article).order_by("position", "pk")):
        if link.is_hidden != (position in positions):
            link.is_hidden = position in positions
            link.save(update_fields=["is_hidden"])
