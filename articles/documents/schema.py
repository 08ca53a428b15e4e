"""The document format as types: which fields there are, and what each holds (docs/import-format.md)."""

from articles.documents.composite_types import ListOf, Mapping
from articles.documents.field_types import Boolean, Domain, Duration, Integer, Number, Text, Timestamp, WebAddress
from articles.documents.item_checks import check_coverage, check_image
from articles.documents.unknown_values import ANYTHING
from articles.models.article import DURATION_TEXT_LIMIT
from articles.models.coverage import SCORE_LIMIT, TITLE_LIMIT
from articles.models.image import PIXEL_LIMIT
from articles.models.topic import TOPIC_NAME_LIMIT
from providers.models import NAME_LIMIT

LONG_TEXT = Text(20_000)
QUALITY = Integer(0, SCORE_LIMIT)
URL = WebAddress()

IMAGE = Mapping(
    {
        "url": WebAddress(is_image=True),
        "width": Integer(1, PIXEL_LIMIT),
        "height": Integer(1, PIXEL_LIMIT),
        "isCached": Boolean(),
        "title": Text(1000),
        "attribution": Text(500),
    },
    short="url",
    usual=("url",),
    check=check_image,
)
IMAGES = ListOf(IMAGE, 200)

PROVIDER = Mapping(
    {
        "name": Text(NAME_LIMIT),
        "domain": Domain(),
        "images": IMAGES,
        "authors": ListOf(Mapping({"name": Text(NAME_LIMIT)}, short="name"), 100),
        "publishers": ANYTHING,
    },
    short="name",
)

COVERAGE = {
    "title": Text(TITLE_LIMIT),
    "excerpt": LONG_TEXT,
    "publishedDateTime": Timestamp(),
    "updatedDateTime": Timestamp(),
    "webUrl": URL,
    "originalUrl": URL,
    "ampWebUrl": URL,
    "cdnAmpWebUrl": URL,
    "type": Text(20),
    "provider": PROVIDER,
    "quality": QUALITY,
    "images": IMAGES,
}

STORY = Mapping(
    {
        **COVERAGE,
        "category": Text(100),
        "heat": Integer(-1, SCORE_LIMIT),
        "published": Boolean(),
        "featuredContent": LONG_TEXT,
        "topics": ListOf(Text(TOPIC_NAME_LIMIT), 100),
        "related": ListOf(Mapping(COVERAGE, usual=("title", "webUrl"), check=check_coverage), 500),
        "price": Text(100),
        "length": Duration(DURATION_TEXT_LIMIT),
        "levels": ListOf(Text(100), 100),
        "ratings": Mapping({"count": Integer(0, 2_000_000_000), "average": Number(0, 1000)}),
        "items": ListOf(Text(1000), 5000),
        "actions": ListOf(
            Mapping({"url": URL, "type": Text(100), "title": Text(TITLE_LIMIT), "attribution": Text(500)}), 100
        ),
        "removed": Boolean(),
        "locale": Text(20),
        "tags": ListOf(Text(TOPIC_NAME_LIMIT), 1000),
        "secured": Text(1_000_000),
    },
    required=("title",),
)

ORGANIZATION = Mapping(
    {
        "taxonomy": Text(20),
        "_id": Text(NAME_LIMIT),
        "name": Text(NAME_LIMIT),
        "otherNames": ListOf(Text(NAME_LIMIT), 100),
        "domain": Domain(),
        "description": LONG_TEXT,
        "images": IMAGES,
    },
    required=("name",),
)

TOPIC = Mapping(
    {
        "taxonomy": Text(20),
        "_id": Text(TOPIC_NAME_LIMIT),
        "name": Text(TOPIC_NAME_LIMIT),
        "shortname": Text(TOPIC_NAME_LIMIT),
        "parent": Text(TOPIC_NAME_LIMIT),
        "description": LONG_TEXT,
        "keywords": ListOf(Text(200), 1000),
        "hashtags": ListOf(Text(200), 1000),
    },
    required=("name",),
)

TAXONOMIES = {"organization": ORGANIZATION, "topic": TOPIC}
# Without these, or with a fault in them, there is no document.
STRICT = {"story": {("title",), ("webUrl",), ("originalUrl",)}, "organization": {("name",)}, "topic": {("name",)}}
# Stories of these types are titled by their name.
TITLED_BY_NAME = ("profile", "forum")
