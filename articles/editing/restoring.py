"""Bringing an older version of a story back."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from articles import workflow
from articles.canonical_urls import identity_of
from articles.db.serialization import deserialize_row, json_value, python_value
from articles.editing.fields import PUBLISHERS_OWN
from articles.history.differences import ROWS, difference, taken_back
from articles.history.notes import RESTORED, note_of
from articles.history.recording import recording
from articles.history.states import COLUMNS, ROW_MODELS, columns_of, pictures_of, state_of, without_pictures
from articles.models import Article, ArticleTopic, Image, Revision, Topic
from articles.permissions import may_edit, may_edit_rows
from providers.models import Provider, ProviderAlias


def states_before(article, revisions):
    """Yield (Revision, the story's state before it) for `revisions` of a story, newest first, all of them."""
    state = state_of(article.pk)
    for revision in revisions:
        state = taken_back(state, revision.changes)
        yield revision, state


def state_at(article, number):
    """Return the story's state right after its Revision `number`; of 0, as it came in."""
    state = state_of(article.pk)
    for revision in Revision.objects.filter(article=article, pk__gt=number):
        state = taken_back(state, revision.changes)
    return state


class ChangedSince(Exception):
    """The story changed after the person looked at it; `revisions` are the changes, newest first."""

    def __init__(self, revisions):
        super().__init__(f"{len(revisions)} newer revisions")
        self.revisions = revisions


def changes_of_restoring(article, number):
    """Return the changes (articles/history/differences.py) that restoring a version would make, at most."""
    return difference(state_of(article.pk), state_at(article, number))


@transaction.atomic
def restore(article, number, actor, seen=None):
    """Make a story say again what it said right after its Revision `number` (0: as it came in).

    Return the names of fields that could not be brought back: a slug that readers know or another story has by now, a
    provider that is gone, pictures or coverage that the actor may not edit. The state, and what only those who publish
    may set, are not touched by others. `seen` is the number of the newest Revision that the person has seen. Raises
    PermissionDenied, Revision.DoesNotExist, and ChangedSince if there is a newer one than `seen`.
    """
    story = Article.objects.select_for_update().get(pk=article.pk)
    if not may_edit(actor, story):
        raise PermissionDenied
    if seen is not None:
        newer = list(Revision.objects.filter(article=story, pk__gt=seen).select_related("actor"))
        if newer:
            raise ChangedSince(newer)
    revision = Revision.objects.get(article=story, pk=number) if number else None
    wanted, left = state_at(story, number), []
    when = revision.created_at if revision else story.created_at
    with recording(story, actor, note=note_of(RESTORED, when.isoformat())):
        left += restore_columns(story, wanted, actor)
        left += restore_topics(story, wanted["topics"])
        for field in ROWS:
            if may_edit_rows(actor, field):
                restore_rows(story, field, wanted[field])
            elif state_of(story.pk)[field] != wanted[field]:
                left.append(field)
    return left


def restore_columns(story, wanted, actor):
    """Write the columns of a state that differ; return the names of those left as they are."""
    now, left = columns_of(story), []
    changed = [name for name in COLUMNS if now[name] != wanted[name]]
    if not actor.may(workflow.PUBLISH):
        changed = [name for name in changed if name not in PUBLISHERS_OWN]
    # Its address stays, once readers have it.
    if "slug" in changed and (
        story.was_visible or Article.objects.filter(url_date=story.url_date, slug=wanted["slug"]).exists()
    ):
        changed.remove("slug")
        left.append("slug")
    for name in changed:
        setattr(story, name, python_value(COLUMNS[name], wanted[name]))
    if story.visible_until and story.visible_from and story.visible_until <= story.visible_from:
        story.visible_until = python_value(COLUMNS["visible_until"], now["visible_until"])
        left.append("visible_until")
    if (wanted["provider"] or {}).get("id") != story.provider_id:
        provider = provider_named(wanted["provider"])
        if provider is None and wanted["provider"]:
            left.append("provider")
        else:
            story.provider = provider
            changed.append("provider")
    # Rows beside the story may change without a column of it; it says so too.
    story.save(update_fields=[*changed, "updated_at"])
    return left


def provider_named(named):
    """Return the Provider that the history speaks of, or the one it was merged into, or None."""
    if not named:
        return None
    found = Provider.objects.filter(pk=named["id"]).first()
    if found is None:
        alias = ProviderAlias.objects.select_related("provider").filter(name=named["name"]).first()
        found = alias and alias.provider
    return found


def restore_topics(story, names):
    """Give a story the topics that answer to `names`, in order, and no others; return ["topics"] if one was deleted."""
    found = [Topic.objects.answering_to(name)[0] for name in names]
    wanted = list(dict.fromkeys(topic.pk for topic in found if topic))
    left = ["topics"] if None in found else []
    links = ArticleTopic.objects.filter(content_object=story)
    if list(links.order_by("pk").values_list("tag_id", flat=True)) == wanted:
        return left
    links.delete()
    for key in wanted:
        ArticleTopic.objects.create(content_object=story, tag_id=key)
    return left


def restore_rows(story, field, wanted):
    """Make the pictures or related coverage of a story what a state has of them; rows that went come back."""
    model = ROW_MODELS[field]
    have = {str(row.pk): row for row in model.objects.filter(article=story)}
    for key in have.keys() - wanted.keys():
        have[key].delete()
    providers = {row.get("provider_id") for row in wanted.values()}
    known = set(Provider.objects.filter(pk__in=providers - {None}).values_list("pk", flat=True)) | {None}
    for key, row in wanted.items():
        values = deserialize_row(model, without_pictures(row))
        if values.get("provider_id") not in known:
            values["provider_id"] = None
        old = have.get(key)
        if old is None:
            made = model(pk=int(key), article=story, **values)
            if field == "related" and made.link:
                made.identity = identity_of(made.link)
            made.save(force_insert=True)
            restore_pictures(made, row.get("pictures"))
            continue
        changed = [name for name in values if json_value(getattr(old, name)) != json_value(values[name])]
        for name in changed:
            setattr(old, name, values[name])
        if changed:
            old.save(update_fields=changed)
        restore_pictures(old, row.get("pictures"))


def restore_pictures(link, wanted):
    """Give related coverage the pictures that a state has of it, in their order.

    None says nothing of them: versions from before they were kept with their coverage, and pictures themselves.
    """
    if wanted is None or wanted == pictures_of(link.images.order_by("position", "pk")):
        return
    link.images.all().delete()
    for position, row in enumerate(wanted):
        Image.objects.create(related_link=link, position=position, **deserialize_row(Image, row))
