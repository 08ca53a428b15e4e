"""What merging or deleting topics would do, in numbers and sentences."""

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from articles.editing.topics import topic_signature
from articles.models import ArticleTopic, Topic, TopicAlias
from articles.sanitising import plain_text
from articles.topic_tree import keys_above
from desk.confirmation import Preview, aliases_note, redirect_note, shortened, step_for_too_many


def preview_merge(target, sources):
    """Return the Preview of merging `sources` into `target`."""
    topics = [target, *sources]
    signature = topic_signature([topic.pk for topic in topics], target.pk)
    preview = Preview(signature, **story_table(topics, target), first_step=first_step_of_change(sources))
    name = {"target": plain_text(target.name)}
    preview.notes.append(_("Stories of the other topics move to %(target)s.") % name)
    preview.notes += [redirect_note(source.get_absolute_url(), target.get_absolute_url()) for source in sources]
    preview.notes.append(aliases_note(TopicAlias.objects.filter(topic__in=topics).values_list("name", flat=True)))
    words = [word for source in sources for word in source.keywords if word not in target.keywords]
    if words:
        preview.notes.append(_("Keywords added: %(words)s.") % {"words": shortened(dict.fromkeys(words))})
    children = Topic.objects.filter(parent__in=sources).exclude(pk__in=[topic.pk for topic in topics])
    if children:
        values = {"names": shortened(children.values_list("name", flat=True)), **name}
        preview.notes.append(_("These topics will move under %(target)s: %(names)s.") % values)
    if {source.pk for source in sources}.intersection(keys_above(target)):
        text = _("%(target)s is below a topic that will be deleted, and takes its place in the tree.")
        preview.warnings.append(text % name)
    return preview


def preview_deletion(topics):
    """Return the Preview of deleting `topics`."""
    signature = topic_signature([topic.pk for topic in topics])
    preview = Preview(signature, **story_table(topics), first_step=first_step_of_change(topics))
    preview.notes.append(_("The stories stay, without the topic. This cannot be undone."))
    for topic in topics:
        preview.notes.append(deleted_address_note(topic))
        children = list(topic.children.exclude(pk__in=[row.pk for row in topics]))
        if children:
            preview.notes.append(children_note(topic, children))
    names = shortened(TopicAlias.objects.filter(topic__in=topics).values_list("name", flat=True))
    text = _(
        "Imports will skip these upstream names: %(names)s. "
        "To bring them back, use “Allow re-import” in the list of deleted topics."
    )
    preview.notes.append(text % {"names": names})
    return preview


def deleted_address_note(topic):
    """Return the sentence on where the address of a deleted topic redirects."""
    if topic.parent:
        return redirect_note(topic.get_absolute_url(), topic.parent.get_absolute_url())
    text = _("%(before)s redirects to the list of topics.")
    return text % {"before": topic.get_absolute_url()}


def children_note(topic, children):
    """Return the sentence on where the children of a deleted topic go."""
    names = shortened(child.name for child in children)
    if topic.parent:
        values = {"names": names, "parent": plain_text(topic.parent.name)}
        return _("These topics will move under %(parent)s: %(names)s.") % values
    return _("These topics will move to the top level: %(names)s.") % {"names": names}


def story_table(topics, target=None):
    """Return the `heads` and `rows` of a Preview's table, with a row for each topic.

    Its cells are the numbers of stories, of published stories, of subtopics, and, if there is a `target`, of stories
    that already have the target too.
    """
    rows = []
    for topic in topics:
        links = ArticleTopic.objects.filter(tag=topic)
        cells = [(links.count(), ""), (links.filter(published=True).count(), ""), (topic.children.count(), "")]
        if target is not None:
            both = links.filter(content_object__topic_links__tag=target).count() if topic.pk != target.pk else 0
            cells.append((both, ""))
        rows.append((topic.name, cells))
    heads = [_("Topic"), _("Stories"), _("Published"), _("Subtopics")]
    return {"heads": heads + ([_("Already have both")] if target is not None else []), "rows": rows}


def first_step_of_change(topics):
    """Return (reason, label, address) of what to do first if topics have too many stories, else (). One query."""
    links = ArticleTopic.objects.filter(tag__in=topics).order_by()
    counts = dict(links.values_list("tag").annotate(Count("pk")))
    return step_for_too_many(
        {topic: counts.get(topic.pk, 0) for topic in topics},
        _(
            "At most %(most)s stories can change at once, and these are %(number)s. First move the stories of "
            "%(topic)s to another topic, then come back."
        ),
        _("Move stories of %(topic)s to another topic"),
        lambda topic: reverse("admin:topic-retag", args=[topic.pk]),
    )
