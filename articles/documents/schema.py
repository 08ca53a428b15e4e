"""The tables of the document format (docs/import-format.md): the type of each field, and the column that it fills.

All other lists of fields are derived from these tables: how a document is parsed (the Mappings below), which columns
its values fill and which key a report names for a column (mapping.py), and the order of keys in exports, which is that
of the rows here. To add a field, see docs/recipes.md.
"""

from dataclasses import dataclass, field

from articles.documents.columns import (
    Column,
    as_duration,
    as_duration_text,
    as_heat,
    as_kind,
    as_list,
    as_text,
    as_time,
)
from articles.documents.composite_types import ListOf, Mapping
from articles.documents.field_types import (
    Boolean,
    Domain,
    Duration,
    Integer,
    Number,
    Readable,
    Text,
    Timestamp,
    WebAddress,
)
from articles.documents.findings import Steps
from articles.documents.item_checks import check_coverage, check_image
from articles.documents.unknown_values import ANYTHING
from articles.models.article import DURATION_TEXT_LIMIT
from articles.models.coverage import SCORE_LIMIT, TITLE_LIMIT
from articles.models.image import PIXEL_LIMIT
from articles.models.topic import TOPIC_NAME_LIMIT
from providers.models import NAME_LIMIT


@dataclass(frozen=True)
class Field:
    """A field of the format: the type that reads it, and the column it fills.

    A field without a column is `special`: the text describes what it fills instead. `further_columns` are filled by the
    same value, those of `parts`, {key: Column}, by fields of a mapping.
    """

    type: Readable
    column: Column | None = None
    special: str = ""
    further_columns: tuple[Column, ...] = ()
    parts: dict[str, Column] = field(default_factory=dict)


def types_of(fields: dict[str, Field]) -> dict[str, Readable]:
    """Return {key: type} of a table of Fields."""
    return {key: each.type for key, each in fields.items()}


LONG_TEXT = Text(20_000)
SCORE = Integer(0, SCORE_LIMIT)
URL = WebAddress()
PICTURES = "rows of Image"

IMAGE_FIELDS = {
    "url": Field(WebAddress(is_image=True), Column("url", as_text)),
    "width": Field(Integer(1, PIXEL_LIMIT), Column("width")),
    "height": Field(Integer(1, PIXEL_LIMIT), Column("height")),
    "isCached": Field(Boolean(), Column("is_cached", bool)),
    "title": Field(Text(1000), Column("title", as_text)),
    "attribution": Field(Text(500), Column("attribution", as_text)),
}
IMAGE = Mapping(types_of(IMAGE_FIELDS), short="url", usual=("url",), check=check_image)
IMAGES = ListOf(IMAGE, 200)

PROVIDER_FIELDS = {
    "name": Field(Text(NAME_LIMIT), special="with the domain, the pair that identifies a Provider"),
    "domain": Field(Domain(), special="with the name, the pair that identifies a Provider"),
    "images": Field(IMAGES, special="rows of Image, the provider's logos"),
    "authors": Field(ListOf(Mapping({"name": Text(NAME_LIMIT)}, short="name"), 100), special="a column of the story"),
    "publishers": Field(ANYTHING, special="a column of the story"),
}
PROVIDER = Mapping(types_of(PROVIDER_FIELDS), short="name")

# The fields that stories and related coverage have in common.
SHARED_FIELDS = {
    "title": Field(Text(TITLE_LIMIT), Column("title", as_text)),
    "excerpt": Field(LONG_TEXT, Column("excerpt", as_text)),
    "publishedDateTime": Field(Timestamp(), Column("published_at", as_time)),
    "updatedDateTime": Field(Timestamp(), Column("revised_at", as_time)),
    "webUrl": Field(URL, Column("web_url", as_text)),
    "originalUrl": Field(URL, Column("original_url", as_text)),
    "ampWebUrl": Field(URL, Column("amp_url", as_text)),
    "cdnAmpWebUrl": Field(URL, Column("cdn_amp_url", as_text)),
    "type": Field(Text(20), Column("kind", as_kind)),
}
QUALITY = Field(SCORE, Column("quality"))

COVERAGE_FIELDS = {
    **SHARED_FIELDS,
    "provider": Field(PROVIDER, special="a row of Provider"),
    "quality": QUALITY,
    "images": Field(IMAGES, special=PICTURES),
}
COVERAGE = Mapping(types_of(COVERAGE_FIELDS), usual=("title", "webUrl"), check=check_coverage)
ACTION = Mapping({"url": URL, "type": Text(100), "title": Text(TITLE_LIMIT), "attribution": Text(500)})

STORY_FIELDS = {
    "category": Field(Text(100), Column("category", as_text)),
    **SHARED_FIELDS,
    "quality": QUALITY,
    "heat": Field(Integer(-1, SCORE_LIMIT), Column("heat", as_heat)),
    "published": Field(Boolean(), special="proposes the story's first state"),
    "price": Field(Text(100), Column("price", as_text)),
    "length": Field(
        Duration(DURATION_TEXT_LIMIT),
        Column("duration", as_duration),
        further_columns=(Column("duration_text", as_duration_text),),
    ),
    "levels": Field(ListOf(Text(100), 100), Column("levels", as_list)),
    "ratings": Field(
        Mapping({"count": Integer(0, 2_000_000_000), "average": Number(0, 1000)}),
        special="a column for each part",
        parts={"count": Column("rating_count"), "average": Column("rating_average")},
    ),
    "removed": Field(Boolean(), Column("is_removed", bool)),
    "locale": Field(Text(20), Column("locale", as_text)),
    "tags": Field(ListOf(Text(TOPIC_NAME_LIMIT), 1000), Column("upstream_tags", as_list)),
    "featuredContent": Field(LONG_TEXT, Column("featured_content", as_text)),
    "provider": Field(
        PROVIDER,
        special="a row of Provider",
        parts={"authors": Column("authors", as_list), "publishers": Column("publishers")},
    ),
    "topics": Field(ListOf(Text(TOPIC_NAME_LIMIT), 100), special="rows of ArticleTopic"),
    "images": Field(IMAGES, special=PICTURES),
    "related": Field(ListOf(COVERAGE, 500), special="rows of RelatedLink"),
    "items": Field(ListOf(Text(1000), 5000), Column("items", as_list)),
    "actions": Field(ListOf(ACTION, 100), Column("actions", as_list)),
    # Exports write it after the fields that are not in the schema.
    "secured": Field(Text(1_000_000), special="a row of UpstreamSecret, never shown"),
}
STORY = Mapping(types_of(STORY_FIELDS), required=("title",))

ORGANIZATION_FIELDS = {
    "taxonomy": Field(Text(20), special="the type of the document"),
    "_id": Field(Text(NAME_LIMIT), special="stored with upstream's values, and not used"),
    "name": Field(Text(NAME_LIMIT), special="with the domain, the pair that identifies a Provider"),
    "otherNames": Field(ListOf(Text(NAME_LIMIT), 100), special="rows of ProviderAlias"),
    "domain": Field(Domain(), special="with the name, the pair that identifies a Provider"),
    "description": Field(LONG_TEXT, Column("description", as_text)),
    "images": Field(IMAGES, special="rows of Image, the provider's logos"),
}
ORGANIZATION = Mapping(types_of(ORGANIZATION_FIELDS), required=("name",))

TOPIC_FIELDS = {
    "taxonomy": Field(Text(20), special="the type of the document"),
    "_id": Field(Text(TOPIC_NAME_LIMIT), special="stored with upstream's values, and not used"),
    "name": Field(Text(TOPIC_NAME_LIMIT), special="identifies a Topic by its TopicAlias"),
    "shortname": Field(Text(TOPIC_NAME_LIMIT), Column("short_name", as_text)),
    "parent": Field(Text(TOPIC_NAME_LIMIT), special="the Topic of that name"),
    "description": Field(LONG_TEXT, Column("description", as_text)),
    "keywords": Field(ListOf(Text(200), 1000), Column("keywords", as_list)),
    "hashtags": Field(ListOf(Text(200), 1000), Column("hashtags", as_list)),
}
TOPIC = Mapping(types_of(TOPIC_FIELDS), required=("name",))

TAXONOMIES = {"organization": ORGANIZATION, "topic": TOPIC}
# A fault in one of these fields rejects the document.
STRICT: dict[str, set[Steps]] = {
    "story": {("title",), ("webUrl",), ("originalUrl",)},
    "organization": {("name",)},
    "topic": {("name",)},
}
# For stories of these types without a title, the name is the title.
TITLED_BY_NAME = ("profile", "forum")
