"""No field of the format is forgotten: in a model, an export, the docs or at the desk (docs/recipes.md)."""

import re

import pytest
from django.contrib import admin

from articles.documents import schema
from articles.documents.composite_types import ListOf, Mapping
from articles.documents.field_types import Boolean, Domain, Duration, Integer, Number, Text, Timestamp, WebAddress
from articles.documents.mapping import columns_by_key, further_columns, story_columns, value_at
from articles.documents.parse import parse_document
from articles.documents.unknown_values import ANYTHING
from articles.exporting.story_documents import document_text
from articles.importing.runner import import_sources
from articles.models import Article, Image, RelatedLink, Topic
from providers.models import Provider
from tests.conftest import ROOT
from tests.factories import as_document

TABLES = {
    "story": (schema.STORY_FIELDS, Article),
    "related item": (schema.COVERAGE_FIELDS, RelatedLink),
    "image": (schema.IMAGE_FIELDS, Image),
    "organization": (schema.ORGANIZATION_FIELDS, Provider),
    "topic": (schema.TOPIC_FIELDS, Topic),
}
each_table = pytest.mark.parametrize(("fields", "model"), TABLES.values(), ids=TABLES)

# Columns that no field of the format fills directly, with what fills them.
OTHER_COLUMNS = {
    Article: {
        **dict.fromkeys(["id", "slug", "url_date", "identity"], "given at the first import"),
        **dict.fromkeys(["state", "state_owner", "visible_from"], "the workflow; `published` proposes a state"),
        **dict.fromkeys(["visible_until", "proposed_publish_at", "pin", "kept_fields"], "the desk alone"),
        **dict.fromkeys(["published", "first_visible_at", "dated_at", "rank"], "derived"),
        **dict.fromkeys(["created_at", "updated_at"], "the time of writing"),
        "body": "the text after the front matter",
        "provider": "`provider`, found by domain and name",
    },
    RelatedLink: {
        **dict.fromkeys(["id", "article", "position", "identity"], "derived from the list"),
        "provider": "`provider`, found by domain and name",
        "is_hidden": "the desk alone",
    },
    Image: {
        **dict.fromkeys(["id", "article", "related_link", "provider", "position"], "derived from the list"),
        **dict.fromkeys(["file", "source", "stored"], "our copy"),
        **dict.fromkeys(["alt", "focal_x", "focal_y"], "the desk alone"),
        "lead_score": "derived, or the desk's choice",
    },
    Provider: {
        **dict.fromkeys(["name", "domain"], "identify the provider; found by ProviderAlias"),
        **dict.fromkeys(["id", "slug", "created_at", "updated_at"], "given when it is created"),
        **dict.fromkeys(["is_active", "picture_policy"], "the desk alone"),
        "logos_offered": "`images`, those ever offered",
    },
    Topic: {
        **dict.fromkeys(["id", "slug"], "given when it is created"),
        "name": "identifies the topic; found by TopicAlias",
        "parent": "`parent`, found by its name",
        "upstream_values": "the whole document",
    },
}
# Columns of the format that the desk's forms do not name, with the reason.
NOT_IN_A_FORM = {
    Article: {
        "authors": "shown as author_names, not edited",
        "publishers": "never shown",
        "rating_count": "shown in rating, not edited",
        "rating_average": "shown in rating, not edited",
        "items": "shown with what upstream said",
        "actions": "shown with what upstream said",
        "upstream_tags": "shown with what upstream said",
    },
    RelatedLink: dict.fromkeys(
        ("excerpt", "kind", "published_at", "revised_at", "original_url", "amp_url", "cdn_amp_url"),
        "a row shows what readers see",
    ),
    Image: {"is_cached": "upstream's copy is not ours"},
    Provider: {},
    Topic: {},
}


def columns(fields):
    """Return all Columns of a table."""
    return [*columns_by_key(fields).values(), *(column for _path, column in further_columns(fields))]


@each_table
def test_field_has_a_column_or_a_description(fields, model):
    for key, field in fields.items():
        assert (field.column is None) == bool(field.special), key


def test_fields_of_provider_have_a_description():
    assert all(field.special and field.column is None for field in schema.PROVIDER_FIELDS.values())


@each_table
def test_schema_and_model_have_the_same_columns(fields, model):
    names = [column.name for column in columns(fields)]
    assert len(names) == len(set(names))
    assert {*names, *OTHER_COLUMNS[model]} == {field.name for field in model._meta.concrete_fields}


@each_table
def test_column_of_an_absent_field_has_the_default_of_the_model(fields, model):
    for column in columns(fields):
        if column.name != "title":
            assert column.convert(None) == model._meta.get_field(column.name).get_default(), column.name


@each_table
def test_field_is_documented(fields, model):
    text = (ROOT / "docs" / "import-format.md").read_text(encoding="utf-8")
    section = text.partition("\n## A document\n")[2].partition("\n## ")[0]
    documented = set(re.findall(r"`(\w+)`", section))
    assert keys_of(Mapping(schema.types_of(fields))) - documented == set()


def keys_of(kind):
    """Return the keys of a mapping at every depth."""
    if isinstance(kind, ListOf):
        return keys_of(kind.item)
    below = [keys_of(each) for each in kind.fields.values()] if isinstance(kind, Mapping) else []
    return set().union(kind.fields if isinstance(kind, Mapping) else (), *below)


@each_table
def test_column_is_in_the_desks_form(fields, model):
    assert {column.name for column in columns(fields)} - fields_at_the_desk(model) == set(NOT_IN_A_FORM[model])


def fields_at_the_desk(model):
    """Return the names of the fields that the desk's page of a story, provider or topic shows of a model."""
    if model in (Provider, Topic):
        return {
            name
            for _label, options in admin.site.get_model_admin(model).get_fieldsets(None)
            for name in options["fields"]
        }
    story_admin = admin.site.get_model_admin(Article)
    if model is Article:
        return {name for _label, options in story_admin.fieldsets for name in options["fields"]}
    return set(next(inline.fields for inline in story_admin.inlines if inline.model is model))


def sample(kind, number):
    """Return a value of a field's type as written in a document, another for each `number` from 1 to 28."""
    if isinstance(kind, ListOf):
        return [sample(kind.item, number)]
    if isinstance(kind, Mapping):
        return samples(kind, number)
    return {
        Text: f"text {number}",
        Integer: 10 + number,
        Number: number + 0.5,
        Boolean: True,
        Timestamp: f"2026-11-{number:02}T09:30:00Z",
        Duration: f"PT{number}M",
        WebAddress: f"https://outlet{number}.example/{number}",
        Domain: f"outlet{number}.example",
        type(ANYTHING): {"number": number},
    }[type(kind)]


def samples(mapping, number):
    """Return {key: value} of every field of a mapping."""
    return {key: sample(kind, number) for key, kind in mapping.fields.items()} | (
        {"type": "video" if number % 2 else "download"} if mapping in (schema.STORY, schema.COVERAGE) else {}
    )


@pytest.fixture
def story(tmp_path):
    (tmp_path / "story.md").write_bytes(as_document(samples(schema.STORY, 1)))
    assert import_sources([str(tmp_path)]).counts["created"] == 1
    return Article.objects.get()


def check_row(row, fields, values):
    """Check that a row has what a document's `values` become, and that each of them is more than no value."""
    for key, (column, convert) in columns_by_key(fields).items():
        assert getattr(row, column) == convert(values[key]) != convert(None), key
    for path, (column, convert) in further_columns(fields):
        assert getattr(row, column) == convert(value_at(values, path)), path


@pytest.mark.django_db
def test_every_field_of_a_story_is_read_into_its_column(story):
    document = samples(schema.STORY, 1)
    check_row(story, schema.STORY_FIELDS, document)
    check_row(story.related_links.get(), schema.COVERAGE_FIELDS, document["related"][0])
    for image in (story.images.get(), story.related_links.get().images.get(), story.provider.images.get()):
        check_row(image, schema.IMAGE_FIELDS, document["images"][0])


@pytest.mark.django_db
def test_every_field_of_organizations_and_topics_is_read_into_its_column(tmp_path):
    documents = {
        sort: samples(mapping, 1) | {"taxonomy": sort, "name": "Name"} for sort, mapping in schema.TAXONOMIES.items()
    }
    for sort, values in documents.items():
        (tmp_path / f"{sort}.md").write_bytes(as_document(values))
    assert import_sources([str(tmp_path)]).counts["created"] == 2
    check_row(Provider.objects.get(), schema.ORGANIZATION_FIELDS, documents["organization"])
    check_row(Topic.objects.get(name="Name"), schema.TOPIC_FIELDS, documents["topic"])


@pytest.mark.django_db
def test_exports_write_every_field_in_the_order_of_the_schema(story):
    values = parse_document(document_text(story).encode(), "story.md").values
    keys = [key for key in schema.STORY_FIELDS if key != "secured"]
    assert list(values) == keys
    assert values == {key: value for key, value in samples(schema.STORY, 1).items() if key in keys}
    assert list(values["related"][0]) == list(schema.COVERAGE_FIELDS)
    assert list(values["images"][0]) == list(values["related"][0]["images"][0]) == list(schema.IMAGE_FIELDS)
    assert list(values["provider"]) == list(schema.PROVIDER_FIELDS)
    assert parse_document(document_text(story).encode(), "story.md").secured == "text 1"


@pytest.mark.django_db
def test_exports_write_every_field_that_the_desk_changed(story):
    other = samples(schema.STORY, 2) | {"removed": False}
    link, image = story.related_links.get(), story.images.get()
    given = {
        story: story_columns(other, story.body),
        link: {name: convert(other["related"][0][key]) for key, (name, convert) in COVERAGE.items()},
        image: {name: convert(other["images"][0][key]) for key, (name, convert) in IMAGES.items()},
    }
    for row, changed in given.items():
        for name, value in changed.items():
            setattr(row, name, value)
        row.save()
    values = parse_document(document_text(Article.objects.get()).encode(), "story.md").values
    assert "removed" not in values
    for key in {*columns_by_key(schema.STORY_FIELDS)} - {"removed"}:
        assert values[key] == other[key], key
    for path, _column in further_columns(schema.STORY_FIELDS):
        assert value_at(values, path) == value_at(other, path), path
    for key in COVERAGE:
        assert values["related"][0][key] == other["related"][0][key], key
    for key in IMAGES:
        assert values["images"][0][key] == other["images"][0][key], key


COVERAGE, IMAGES = columns_by_key(schema.COVERAGE_FIELDS), columns_by_key(schema.IMAGE_FIELDS)
