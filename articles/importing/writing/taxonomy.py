"""Writing organizations, which are providers, and topics."""

from articles.documents.as_written import AS_WRITTEN
from articles.documents.mapping import clean_name, columns_by_key, images_by_key
from articles.documents.problems import Level, Problem
from articles.documents.schema import TOPIC_FIELDS
from articles.importing.merge import merge_fields
from articles.importing.results import Outcome
from articles.importing.writing.related_rows import merge_images
from articles.models import Topic
from providers.merging import merge_providers
from providers.models import Provider, ProviderAlias
from providers.resolving import provider_answering_to


def write_organization(document, newest=None):
    """Create or update the provider of an organization document; return its Outcome.

    Providers and pictures later than the `newest` there were came with the same batch: perhaps with a story, before
    this document, under another name of the provider or as its logo.
    """
    values = document.values
    domain, name = values.get("domain", ""), clean_name(values["name"])
    is_new = not ProviderAlias.objects.filter(domain=domain, name=name).exists()
    provider = provider_answering_to(domain, name)
    is_new = is_new or came_with_batch(provider, newest and newest.provider)
    provider = Provider.objects.select_for_update().get(pk=provider.pk)
    alias = ProviderAlias.objects.select_for_update().get(domain=domain, name=name)
    changed, conflicts = [], []
    before, now = alias.upstream_values, {**values, **document.unknown}
    description = values.get("description", "")
    merge = merge_fields(
        {"description": before.get("description", "")},
        {"description": provider.description},
        {"description": description},
    )
    if merge.take:
        provider.description = description
        provider.save(update_fields=["description", "updated_at"])
    changed += merge.take
    conflicts += merge.conflicts
    if before != now:
        alias.upstream_values = now
        alias.save(update_fields=["upstream_values"])
    for other in values.get("otherNames", []):
        alias, added = ProviderAlias.objects.select_related("provider").get_or_create(
            domain=domain, name=clean_name(other), defaults={"provider": provider}
        )
        if alias.provider_id != provider.pk and came_with_batch(alias.provider, newest and newest.provider):
            merge_providers(provider, [alias.provider])
            added = True
        changed += ["otherNames"] if added and "otherNames" not in changed else []
    logos = {image.url for image in provider.images.all() if came_with_batch(image, newest and newest.image)}
    images = merge_images({"provider": provider}, provider.images.all(), before.get("images"), values.get("images"))
    new = images_by_key(values.get("images")).keys() - images_by_key(before.get("images")).keys()
    changed += ["images"] if images[0] or logos & new else []
    conflicts += ["images"] if images[1] else []
    url = provider.get_absolute_url()
    return Outcome.created(url) if is_new else Outcome.merged(url, changed, conflicts)


def came_with_batch(row, newest):
    """Whether a row came with the same batch: is later than the `newest` there was, if that is given."""
    return newest is not None and row.pk > newest


# {key: (column, value of an absent field)}
TOPIC_COLUMNS = {key: (column, convert(None)) for key, (column, convert) in columns_by_key(TOPIC_FIELDS).items()}


def write_topic(document, newest=None):
    """Create or update the topic of a topic document, and its parent's name if that is new; return its Outcome.

    One later than the `newest` there was came with the same batch: with a story, or as the parent of another.
    """
    values = document.values
    topic, is_new = Topic.objects.answering_to(values["name"].strip())
    if topic is None:
        return left_deleted(values["name"].strip())
    is_new = is_new or (not topic.upstream_values and came_with_batch(topic, newest and newest.topic))
    topic = Topic.objects.select_for_update().get(pk=topic.pk)
    before, now = topic.upstream_values, {**values, **document.unknown}
    merge = merge_fields(topic_columns(before), own_columns(topic), topic_columns(values))
    problems = []
    if "parent" in merge.take:
        problems = move_below(topic, merge.take.pop("parent"))
    for column, value in merge.take.items():
        setattr(topic, column, value)
    if before != now:
        topic.upstream_values = now
        topic.save(update_fields=["upstream_values", "parent", *(column for column, _empty in TOPIC_COLUMNS.values())])
    url = topic.get_absolute_url()
    keys = {column: key for key, (column, _empty) in TOPIC_COLUMNS.items()}
    conflicts = [keys.get(column, column) for column in merge.conflicts]
    changed = sorted(key for key in now | before if key != AS_WRITTEN and now.get(key) != before.get(key))
    outcome = Outcome.created(url) if is_new else Outcome.merged(url, changed, conflicts)
    outcome.problems = problems
    return outcome


def left_deleted(name):
    """Return the Outcome of a topic that was deleted at the desk."""
    outcome = Outcome.unchanged("")
    message = f"{name!r} was deleted at the desk, and is left so; lift it among the deleted topics"
    outcome.problems = [Problem(message, "name", Level.WARNING)]
    return outcome


def topic_columns(values):
    """Return {column: value} of a topic document; `parent` is a name, empty for none."""
    columns = {column: values.get(key, empty) for key, (column, empty) in TOPIC_COLUMNS.items()}
    columns["keywords"] = list(dict.fromkeys(columns["keywords"]))
    return columns | {"parent": values.get("parent", "").strip()}


def own_columns(topic):
    return {column: getattr(topic, column) for column, _empty in TOPIC_COLUMNS.values()} | {
        "parent": topic.parent.name if topic.parent else ""
    }


def move_below(topic, name):
    """Give `topic` the parent called `name`, unless that stands below it; return the problems."""
    parent = Topic.objects.answering_to(name)[0] if name else None
    # Three editors at once may have made a circle higher up; it is gone round once.
    above, seen = parent, set()
    while above is not None and above.pk not in seen:
        seen.add(above.pk)
        if above.pk == topic.pk:
            message = f"{topic.name!r} cannot stand below {name!r}, which is or stands below it; it keeps its place"
            return [Problem(message, "parent", Level.WARNING)]
        above = above.parent
    topic.parent = parent
    return []
