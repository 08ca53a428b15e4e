"""All rows of the newsroom's tables, to see that undoing an import leaves nothing behind."""

from django.apps import apps

from bench.replay.checks import Violation

# Tables that undoing does not restore, as docs/import-format.md says: records of what happened, `secured`, and the
# providers and topics that an import created. The others are not the newsroom's own.
NOT_RESTORED = frozenset(
    {
        *("ImportBatch", "ImportedDocument", "UnchangedDocuments", "Revision", "Transition", "CacheVersion"),
        *("UpstreamSecret", "Provider", "ProviderAlias", "Topic", "TopicAlias"),
    }
)
APPS = ("articles", "providers")
# Columns that undoing does not restore: the address of a story, and the time of its first visibility, stay once
# readers could see it; of a document that differs only in quotes or order, the latest text is the one to recognise;
# what became of downloading a picture is as the last download left it; what an older file has is what it has now.
COLUMNS_NOT_RESTORED = {
    "Article": ("slug", "url_date", "first_visible_at"),
    "ArticleTopic": ("first_visible_at",),
    "FormerIdentity": ("values",),
    "Image": ("source_id", "stored_id", "file", "lead_score"),
    "UpstreamDocument": ("text_digest",),
}


def dump_tables():
    """Return {name of the model: {primary key: {column: value}}} of all tables that undoing restores."""
    models = [model for name in APPS for model in apps.get_app_config(name).get_models()]
    return {
        model.__name__: {row.pop("pk"): row for row in model._default_manager.values("pk", *columns_of(model))}
        for model in models
        if model.__name__ not in NOT_RESTORED
    }


def columns_of(model):
    return [field.attname for field in model._meta.concrete_fields if not field.primary_key]


def require_equal_tables(before, after, moment):
    """Raise a Violation with the first row that differs."""
    for name in before:
        for key in sorted({*before[name], *after[name]}, key=str):
            if is_of_duplicate(name, key):
                continue
            old, new = before[name].get(key), after[name].get(key)
            if old is None or new is None:
                if stays(name, new, after["UpstreamDocument"]):
                    continue
                raise Violation("undo is exact", f"{name} {key}", "row", old, new, [f"moment {moment}: undone"])
            for column, value in old.items():
                if value != new[column] and column not in COLUMNS_NOT_RESTORED.get(name, ()):
                    events = [f"moment {moment}: undone", *describe_row(name, old)]
                    raise Violation("undo is exact", f"{name} {key}", column, value, new[column], events)


def stays(name, row, documents):
    """Whether undoing an import leaves a new row: a provider's logo, the URL of a deleted story or of an older file."""
    if row is None or name not in ("Image", "FormerIdentity"):
        return False
    if name == "Image":
        return row["provider_id"] is not None
    return row["tombstone_id"] is not None or row["path"] != documents[row["article_id"]]["path"]


def is_of_duplicate(name, key):
    """Whether a row says which story the file of a duplicate belongs to, which undoing leaves as it is."""
    return name == "FormerIdentity" and key.startswith("duplicate-")


def describe_row(name, row):
    return [f"{column}: {row[column]}" for column in ("title", "article_id", "field", "path") if column in row]
