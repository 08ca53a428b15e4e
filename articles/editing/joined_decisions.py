"""What the desk decided about a story that is joined with another one, for later imports of the kept story."""

from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Any

from articles.canonical_urls import is_web_url
from articles.documents.mapping import links_by_key, related_identity
from articles.models import Article, DeskDecisions

# The keys of the document format whose items the kept story gets.
JOINED_LISTS = ("topics", "images", "related")
# A removed item as DeskDecisions stores it.
StoredItem = Any


def coverage_name(item: StoredItem) -> str:
    """Return the identity, or the title, of a piece of coverage that DeskDecisions stores as [URL or title, number]."""
    name: str = item[0]
    return related_identity({"webUrl": name}) if is_web_url(name) else name


def carry_decisions_over(target: Article, other: Article) -> None:
    """Add the DeskDecisions about `other` to those about `target`, which has the rows of both already.

    What the desk removed from `other` stays removed, unless `target` has it. What it put first there stays first if it
    is the first of `target`. Of the fields that it set, only the lists are joined: the others keep the values that
    `target` has, about which nobody decided.
    """
    others = DeskDecisions.objects.filter(article=other).first()
    if others is None:
        return
    decisions = DeskDecisions.objects.filter(article=target).first() or DeskDecisions(article=target)
    present = {
        "topics": [link.tag.name for link in target.topic_links.select_related("tag")],
        "images": list(target.images.values_list("url", flat=True)),
        "related": [name for name, _number in links_by_key(target.related_links.all())],
    }
    for field in JOINED_LISTS:
        name_of: Callable[[StoredItem], str] = coverage_name if field == "related" else str
        present_names = present[field]
        removed = unique_items(
            [*decisions.removed.get(field, ()), *others.removed.get(field, ())], set(present_names), name_of
        )
        if removed:
            decisions.removed[field] = removed
        first = others.first.get(field)
        if first is not None and field not in decisions.first and present_names[:1] == [name_of(first)]:
            decisions.first[field] = first
    decisions.fields = sorted({*decisions.fields, *(field for field in others.fields if field in JOINED_LISTS)})
    decisions.save()


def unique_items(
    items: Iterable[StoredItem], present: Collection[str], name_of: Callable[[StoredItem], str]
) -> list[StoredItem]:
    """Return the items whose name is not `present`, each once; pieces of coverage may differ in their number only."""
    unique: dict[Hashable, StoredItem] = {}
    for item in items:
        name = name_of(item)
        if name not in present:
            unique.setdefault((name, None if isinstance(item, str) else item[1]), item)
    return list(unique.values())
