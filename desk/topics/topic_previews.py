"""What merging or deleting topics would do, in numbers and sentences."""

from django.db.models import Count
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.editing.topics import signature
from articles.models import ArticleTopic, Topic, TopicAlias
from articles.sanitising import plain_text
from articles.topic_tree import keys_above
from desk.confirmation import Preview, addresses

MOST_NAMES = 12
# More are not moved at once: it takes seconds, in which nobody else can save.
MOST_AT_ONCE = 50_000


def preview_of_merge(target, sources):
    """Return the Preview of merging `sources` into `target`."""
    everyone = [target, *sources]
    seen = signature([topic.pk for topic in everyone], target.pk)
    preview = Preview(seen, **table(everyone, target))
    name = {"target": plain_text(target.name)}
    preview.notes.append(
        _("The stories of the others get %(target)s in their place; the history of each says so.") % name
    )
    preview.notes += [addresses(source.get_absolute_url(), target.get_absolute_url()) for source in sources]
    preview.notes.append(names_in_words(everyone))
    words = [word for source in sources for word in source.keywords if word not in target.keywords]
    if words:
        told = {"words": listed(dict.fromkeys(words))}
        preview.notes.append(_("Its keywords take in: %(words)s.") % told)
    children = Topic.objects.filter(parent__in=sources).exclude(pk__in=[topic.pk for topic in everyone])
    if children:
        told = {"names": listed(children.values_list("name", flat=True)), **name}
        preview.notes.append(_("Below %(target)s stand then: %(names)s.") % told)
    preview.first = what_comes_first(sources)
    above = set(keys_above(target))
    if above & {source.pk for source in sources}:
        preview.warnings.append(_("%(target)s stands below one that goes, and takes its place in the tree.") % name)
    return preview


def preview_of_deletion(topics):
    """Return the Preview of deleting `topics`."""
    preview = Preview(signature([topic.pk for topic in topics]), **table(topics))
    preview.first = what_comes_first(topics)
    preview.notes.append(_("The stories stay, without it; the history of each says so. This cannot be undone."))
    for topic in topics:
        told = {"before": topic.get_absolute_url()}
        if topic.parent:
            preview.notes.append(addresses(topic.get_absolute_url(), topic.parent.get_absolute_url()))
        else:
            preview.notes.append(_("Readers who come to %(before)s are led to the list of topics, permanently.") % told)
        children = list(topic.children.exclude(pk__in=[one.pk for one in topics]))
        if children:
            told = {"names": listed(child.name for child in children)}
            if topic.parent:
                told["parent"] = plain_text(topic.parent.name)
                preview.notes.append(_("Below %(parent)s stand then: %(names)s.") % told)
            else:
                preview.notes.append(_("Below no other stand then: %(names)s.") % told)
    named = listed(TopicAlias.objects.filter(topic__in=topics).values_list("name", flat=True))
    told = {"names": named}
    preview.notes.append(
        _("Imports leave out what upstream calls: %(names)s. Lifted among the deleted topics, they come back.") % told
    )
    return preview


def table(topics, target=None):
    """Return heads and rows of a table: stories, published ones, and those that have the target as well."""
    rows = []
    for topic in topics:
        links = ArticleTopic.objects.filter(tag=topic)
        cells = [(links.count(), ""), (links.filter(published=True).count(), ""), (topic.children.count(), "")]
        if target is not None:
            both = links.filter(content_object__topic_links__tag=target).count() if topic.pk != target.pk else 0
            cells.append((both, ""))
        rows.append((topic.name, cells))
    heads = [_("Topic"), _("Stories"), _("Published"), _("Topics below")]
    return {"heads": heads + ([_("Have both already")] if target is not None else []), "rows": rows}


def what_comes_first(topics):
    """Return (why, what it is called, address) of what to do first if topics have too many stories. One query."""
    links = ArticleTopic.objects.filter(tag__in=topics).order_by()
    numbers = dict(links.values_list("tag").annotate(Count("pk")))
    total = sum(numbers.values())
    if total <= MOST_AT_ONCE:
        return ()
    largest = max(topics, key=lambda topic: numbers.get(topic.pk, 0))
    told = {
        "number": number_format(total, use_l10n=True, force_grouping=True),
        "most": number_format(MOST_AT_ONCE, use_l10n=True, force_grouping=True),
        "topic": plain_text(largest.name),
    }
    why = _(
        "These are %(number)s stories. No more than %(most)s are changed at once, as nobody else could save meanwhile: "
        "retag those of %(topic)s first, in the background, and come back."
    )
    label = _("Retag the stories of %(topic)s")
    return why % told, label % told, reverse("admin:topic-retag", args=[largest.pk])


def names_in_words(topics):
    """Return the sentence on the names by which the next import finds the topic. One query."""
    names = TopicAlias.objects.filter(topic__in=topics).values_list("name", flat=True)
    return _("The next import finds it by: %(names)s.") % {"names": listed(names)}


def listed(names):
    """Return some of many names in one line."""
    names = [plain_text(str(name)) for name in names]
    more = ngettext(" and %(n)s more", " and %(n)s more", len(names) - MOST_NAMES)
    tail = more % {"n": number_format(len(names) - MOST_NAMES)} if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + tail
