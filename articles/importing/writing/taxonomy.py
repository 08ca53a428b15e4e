"""Write organizations, which are providers, and topics."""

from collections.abc import Iterable
from functools import partial

from articles.db.pending_rows import PendingRows
from articles.documents.as_written import AS_WRITTEN
from articles.documents.mapping import clean_name, columns_by_key, images_by_key
from articles.documents.nodes import Values
from articles.documents.parse import ORGANIZATION, TOPIC, Document
from articles.documents.problems import Level, Problem
from articles.documents.schema import TOPIC_FIELDS
from articles.importing.merge import merge_fields
from articles.importing.results import Outcome
from articles.importing.writing.context import LastRows, WriteContext
from articles.importing.writing.permitted_changes import TAXONOMY_LEFT_ALONE, apply_or_hold
from articles.importing.writing.related_rows import merge_images
from articles.models import Image, Topic
from articles.permissions import may_import_taxonomy
from providers.merging import merge_providers
from providers.models import Provider, ProviderAlias
from providers.resolving import get_or_create_provider

# {key: (column, value of an absent field)}
TOPIC_COLUMNS = {key: (column, convert(None)) for key, (column, convert) in columns_by_key(TOPIC_FIELDS).items()}


def write_taxonomy(document: Document, context: WriteContext) -> Outcome:
    """Create or update the provider or topic of a document, as far as the actor may; return its Outcome."""
    write = {TOPIC: write_topic, ORGANIZATION: write_organization}[document.document_type]
    is_permitted = may_import_taxonomy(context.actor, document.document_type)
    change = partial(write, document, context.last_rows)
    return apply_or_hold(change, context, is_permitted=is_permitted, warning=TAXONOMY_LEFT_ALONE)


def write_organization(document: Document, last_rows: LastRows | None = None) -> Outcome:
    """Create or update the provider of an organization document; return its Outcome.

    A provider or image with a key above those of `last_rows` was created by the same import, for instance by a story
    before this document, under another name of the provider or as its logo. It counts as new here.
    """
    values = document.values
    domain, name = values.get("domain", ""), clean_name(values["name"])
    is_new = not ProviderAlias.objects.meaning([(domain, name)])
    provider = get_or_create_provider(domain, name)
    ProviderAlias.objects.get_or_create(domain=domain, name=name, defaults={"provider": provider})
    is_new = is_new or is_from_this_import(provider, last_rows.provider if last_rows else None)
    provider = Provider.objects.select_for_update().get(pk=provider.pk)
    alias = ProviderAlias.objects.select_for_update().get(domain=domain, name=name)
    old_values, new_values = alias.upstream_values, {**values, **document.unknown}
    description = values.get("description", "")
    merge = merge_fields(
        {"description": old_values.get("description", "")},
        {"description": provider.description},
        {"description": description},
    )
    if merge.changes:
        provider.description = description
        provider.save(update_fields=["description", "updated_at"])
    if old_values != new_values:
        alias.upstream_values = new_values
        alias.save(update_fields=["upstream_values"])
    changed, conflicts = [*merge.changes], [*merge.conflicts]
    changed += ["otherNames"] if add_other_names(provider, domain, values.get("otherNames", []), last_rows) else []
    logo_urls = {
        image.url
        for image in provider.images.all()
        if is_from_this_import(image, last_rows.image if last_rows else None)
    }
    pending = PendingRows()
    images_merge = merge_images(
        {"provider": provider}, provider.images.all(), old_values.get("images"), values.get("images"), pending
    )
    pending.write()
    new_urls = images_by_key(values.get("images")).keys() - images_by_key(old_values.get("images")).keys()
    changed += ["images"] if images_merge.has_changed or logo_urls & new_urls else []
    conflicts += ["images"] if images_merge.has_conflict else []
    url = provider.get_absolute_url()
    return Outcome.created(url) if is_new else Outcome.merged(url, changed, conflicts)


def add_other_names(provider: Provider, domain: str, names: Iterable[str], last_rows: LastRows | None) -> bool:
    """Add other names of a provider on `domain`; return whether one of them is new.

    A provider that stories of the same import created under such a name is merged into it.
    """
    has_added = False
    last_provider = last_rows.provider if last_rows else None
    for name in names:
        alias, is_added = ProviderAlias.objects.select_related("provider").get_or_create(
            domain=domain, name=clean_name(name), defaults={"provider": provider}
        )
        if alias.provider_id != provider.pk and is_from_this_import(alias.provider, last_provider):
            merge_providers(provider, [alias.provider])
            is_added = True
        has_added = has_added or is_added
    return has_added


def is_from_this_import(row: Provider | Topic | Image, last_key: int | None) -> bool:
    """Whether the same import created a row: its key is above `last_key`, the last one before the import, if given."""
    return last_key is not None and row.pk > last_key


def write_topic(document: Document, last_rows: LastRows | None = None) -> Outcome:
    """Create or update the topic of a topic document, and create its parent if needed; return its Outcome.

    A topic with a key above that of `last_rows` was created by the same import, for a story or as a parent. It counts
    as new here.
    """
    values = document.values
    topic, is_new = Topic.objects.get_or_create_by_upstream_name(values["name"].strip())
    if topic is None:
        return deleted_outcome(values["name"].strip())
    last_topic = last_rows.topic if last_rows else None
    is_new = is_new or (not topic.upstream_values and is_from_this_import(topic, last_topic))
    topic = Topic.objects.select_for_update().get(pk=topic.pk)
    old_values, new_values = topic.upstream_values, {**values, **document.unknown}
    merge = merge_fields(document_columns(old_values), topic_columns(topic), document_columns(values))
    problems: list[Problem] = []
    if "parent" in merge.changes:
        problems = set_parent(topic, merge.changes.pop("parent"))
    for column, value in merge.changes.items():
        setattr(topic, column, value)
    if old_values != new_values:
        topic.upstream_values = new_values
        topic.save(
            update_fields=["upstream_values", "parent", *(column for column, _default in TOPIC_COLUMNS.values())]
        )
    url = topic.get_absolute_url()
    keys = {column: key for key, (column, _default) in TOPIC_COLUMNS.items()}
    conflicts = [keys.get(column, column) for column in merge.conflicts]
    changed = sorted(
        key for key in new_values | old_values if key != AS_WRITTEN and new_values.get(key) != old_values.get(key)
    )
    outcome = Outcome.created(url) if is_new else Outcome.merged(url, changed, conflicts)
    outcome.problems = problems
    return outcome


def deleted_outcome(name: str) -> Outcome:
    """Return the Outcome of a topic that was deleted at the desk and stays deleted."""
    outcome = Outcome.unchanged("")
    message = f"skipped: {name!r} was deleted at the desk; to import it, allow re-import under Deleted topics"
    outcome.problems = [Problem(message, "name", Level.WARNING)]
    return outcome


def document_columns(values: Values) -> Values:
    """Return {column: value} of a topic document; `parent` is a name, empty for none."""
    columns = {column: values.get(key, default) for key, (column, default) in TOPIC_COLUMNS.items()}
    columns["keywords"] = list(dict.fromkeys(columns["keywords"]))
    return columns | {"parent": values.get("parent", "").strip()}


def topic_columns(topic: Topic) -> Values:
    """Return {column: value} of a Topic; `parent` is a name, empty for none."""
    return {column: getattr(topic, column) for column, _default in TOPIC_COLUMNS.values()} | {
        "parent": topic.parent.name if topic.parent else ""
    }


def set_parent(topic: Topic, name: str) -> list[Problem]:
    """Set the topic's parent by its name, unless that is below the topic; return the problems."""
    parent = Topic.objects.get_or_create_by_upstream_name(name)[0] if name else None
    # Editors at work at the same time may have created a cycle above it; it is walked only once.
    ancestor = parent
    visited: set[int] = set()
    while ancestor is not None and ancestor.pk not in visited:
        visited.add(ancestor.pk)
        if ancestor.pk == topic.pk:
            message = (
                f"{name!r} cannot be the parent of {topic.name!r}, as it is that topic or below it; its parent stays"
            )
            return [Problem(message, "parent", Level.WARNING)]
        ancestor = ancestor.parent
    topic.parent = parent
    return []
