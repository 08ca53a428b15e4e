"""Minor faults cost a field and no document, and an untouched story is exported as it came."""

from copy import deepcopy
from datetime import timedelta

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from articles.documents.mapping import without_secured
from articles.documents.parse import parse_document
from articles.exporting.story_documents import export_stories
from articles.exporting.story_values import current_values, with_related_rows
from articles.models import Article, Conflict, Image, ImportBatch, RelatedLink, Tombstone, UpstreamDocument
from providers.models import Provider
from reader.template_filters import describe_duration_text
from tests.articles.importing.expected import NO_COUNTS, only
from tests.factories import as_document, make_values

pytestmark = pytest.mark.django_db


def exported(**options):
    """Return the fields of the only story's export, times as text."""
    (document,) = export_stories(Article.objects.all(), **options)
    return TimesAsText(document.text.split("\n---", 1)[0].removeprefix("---")).get_single_data()


class TimesAsText(yaml.SafeLoader):
    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


EMPTY = ["", "  ", None, [], [None], {}, [{}], [""]]
OPTIONAL = (
    "category excerpt publishedDateTime updatedDateTime originalUrl ampWebUrl cdnAmpWebUrl type quality heat published "
    "featuredContent provider topics images related price length levels ratings items actions removed locale tags"
).split()


@pytest.mark.parametrize("field", OPTIONAL)
def test_empty_means_absent_in_any_optional_field(field):
    values = make_values()
    values.pop(field, None)
    plain = parse_document(as_document(values), "a.md")
    for empty in EMPTY:
        document = parse_document(as_document(values | {field: empty}), "a.md")
        assert document.problems == [], empty
        assert without_secured(document.values) in (plain.values, plain.values | {field: []}), empty


def each(names, value):
    # Of one object YAML makes an alias.
    return {name: deepcopy(value) for name in names.split()}


def test_empty_means_absent_at_any_depth():
    related = {"title": "Other", "webUrl": "https://other.example/a"}
    for empty in EMPTY:
        fields = each("excerpt ampWebUrl type quality images publishedDateTime", empty)
        provider = {"name": "Outlet", **each("domain images authors publishers", empty)}
        image = {"url": "https://img.example/a.jpg"} | each("width height title isCached", empty)
        values = make_values(
            related=[None, related | fields | {"provider": provider}], images=[None, image], topics=[None, "AI", ""]
        )
        document = parse_document(as_document(values), "a.md")
        assert document.problems == [], empty
        read = without_secured(document.values)
        assert read["topics"] == ["AI"]
        assert read["images"][0]["url"] == "https://img.example/a.jpg"
        assert read["related"][0]["provider"]["name"] == "Outlet"


FAULTY = {
    "related": [
        {"title": "A video", "webUrl": "", "type": "video", "provider": {"name": "Somebody", "domain": "youtube.com"}},
        {"title": "Relative", "webUrl": "/a", "quality": "good", "publishedDateTime": "soon"},
        {"webUrl": "https://other.example/untitled", "excerpt": 5, "mood": "calm"},
        {"title": "", "webUrl": "ftp://other.example/a"},
        {"title": "Fine", "webUrl": "https://other.example/b c", "images": [{"url": "data:image/png;base64,AAAA"}]},
        "text",
        None,
    ],
    "images": [
        {"url": "https://img.example/a.jpg", "width": 0, "height": -1},
        {"url": "//cdn.example/b.jpg", "width": "auto", "height": "60"},
        {"url": "not a url", "title": "A picture"},
        {"url": "https://img.example/c d.jpg", "isCached": "perhaps"},
    ],
    "topics": "AI",
    "heat": "hot",
    "length": "17 hours",
    "levels": [None, "beginner"],
    "ampWebUrl": "",
    "updatedDateTime": "0001-01-01T00:00:00Z",
    "provider": {"name": "The Outlet", "domain": "[::1", "authors": ["Ada"]},
    "$as_written": {"title": ["hostile"]},
    "featuredContent": ["a", "b"],
}


def test_faults_cost_their_fields_and_everything_is_exported_as_it_came(folder):
    values = make_values(webUrl="http://outlet.example/a", **FAULTY)
    outcome = only(folder(a=values))
    assert outcome.action == "created"
    assert all(problem.level == "warning" for problem in outcome.problems)
    expected = {key: value for key, value in values.items() if key != "secured"}
    came = exported()
    secured = came.pop("secured")
    assert came == expected
    assert secured == values["secured"]
    story = Article.objects.get()
    assert (story.heat, story.duration, story.levels) == (-1, timedelta(hours=17), ["beginner"])
    assert [topic.name for topic in story.topics.all()] == ["AI"]
    assert (story.provider.name, story.provider.domain) == ("The Outlet", "outlet.example")
    assert list(story.images.values_list("url", "width", "height")) == [
        ("https://img.example/a.jpg", None, None),
        ("http://cdn.example/b.jpg", None, 60),
        ("https://img.example/c%20d.jpg", None, None),
    ]
    assert list(story.related_links.values_list("title", "web_url")) == [
        ("A video", ""),
        ("Relative", ""),
        ("other.example", "https://other.example/untitled"),
        ("Fine", "https://other.example/b%20c"),
    ]
    assert only(folder()).action == "unchanged"


def test_its_export_imports_to_the_same(folder, tmp_path):
    folder(a=make_values(**FAULTY))
    (first,) = export_stories(Article.objects.all())
    Article.objects.all().delete()
    Tombstone.objects.all().delete()
    folder(a=first.text.encode())
    (second,) = export_stories(Article.objects.all())
    assert second.text == first.text


def test_desk_changes_are_exported_and_the_rest_is_unchanged(folder):
    folder(a=make_values(**FAULTY))
    story = Article.objects.get()
    story.heat, story.duration, story.levels = 7, timedelta(hours=1), ["advanced"]
    story.save()
    RelatedLink.objects.filter(title="Relative").update(web_url="https://other.example/r", quality=9)
    RelatedLink.objects.filter(title="other.example").update(title="A title")
    Image.objects.filter(url__contains="a.jpg").update(width=60)
    came = exported()
    assert (came["heat"], came["length"], came["levels"], came["ampWebUrl"]) == (7, "PT1H", ["advanced"], "")
    assert came["related"][1] == FAULTY["related"][1] | {"webUrl": "https://other.example/r", "quality": 9}
    assert came["related"][2]["title"] == "A title"
    assert came["related"][3:5] == FAULTY["related"][3:5]
    assert came["images"][0] == {"url": "https://img.example/a.jpg", "width": 60, "height": -1}
    assert came["images"][1:] == FAULTY["images"][1:]


def test_an_empty_field_written_another_way_changes_nothing(folder):
    values = make_values()
    folder(a=values)
    before = UpstreamDocument.objects.get()
    again = values | {"ampWebUrl": "", "related": None, "quality": str(values["quality"])}
    assert only(folder(a=again)).action == "unchanged"
    assert UpstreamDocument.objects.get().digest == before.digest
    assert ImportBatch.objects.latest("pk").counts == NO_COUNTS | {"unchanged": 1}


def test_a_related_item_without_url_is_shown_without_a_link(folder, client):
    folder(a=make_values(related=[{"title": "A video without an address", "webUrl": ""}]))
    page = client.get(Article.objects.get().get_absolute_url()).content.decode()
    assert "A video without an address" in page
    assert 'href=""' not in page


def test_the_desk_saves_a_story_with_such_items(folder, client, administrator):
    folder(a=make_values(**FAULTY))
    client.force_login(administrator)
    page = client.get(reverse("admin:articles_article_change", args=[Article.objects.get().pk]))
    assert page.status_code == 200
    # A document's own key of that name has one more $.
    assert page.content.decode().count("$as_written") == page.content.decode().count("$$as_written")


@pytest.mark.parametrize("kind", ["profile", "forum"])
def test_profiles_and_forums_are_titled_by_their_name(folder, kind):
    values = {"name": "Ada Example", "type": kind, "bio": "Writes.", "website": "https://ada.example/"}
    assert only(folder(a=values)).problems == []
    story = Article.objects.get()
    assert (story.title, story.kind, story.slug) == ("Ada Example", kind, "ada-example")
    assert exported() == values
    story.title = "Ada E."
    story.save()
    assert exported(plain=True) == values | {"title": "Ada E."}


def test_other_types_need_a_title():
    document = parse_document(as_document({"name": "Ada Example", "type": "article"}), "a.md")
    assert [problem.message for problem in document.problems] == ["a title is required"]


@pytest.mark.parametrize(
    ("written", "duration", "text", "warnings", "shown"),
    [
        ("P1M", None, "P1M", 0, "1 month"),
        ("P3Y6M4DT12H30M5S", None, "P3Y6M4DT12H30M5S", 0, "3 years, 6 months, 4 days, 12 hours, 30 minutes, 5 seconds"),
        ("P1W", timedelta(weeks=1), None, 0, "1 week"),
        ("6h 25m", timedelta(hours=6, minutes=25), None, 1, "6 hours, 25 minutes"),
        ("self-paced", None, "self-paced", 1, "self-paced"),
    ],
)
def test_lengths_are_typed_or_stored_as_text(folder, client, written, duration, text, warnings, shown):
    outcome = only(folder(a=make_values(length=written, type="course")))
    assert len(outcome.problems) == warnings
    story = Article.objects.get()
    assert (story.duration, story.duration_text) == (duration, text)
    assert exported()["length"] == written
    page = client.get(story.get_absolute_url()).content.decode().replace("\xa0", " ")
    assert shown in page


def test_length_can_change_between_typed_and_as_written(folder):
    values = make_values(length="P1M")
    folder(a=values)
    assert only(folder(a=values | {"length": "PT5M"})).changed == ["length"]
    story = Article.objects.get()
    assert (story.duration, story.duration_text) == (timedelta(minutes=5), None)
    Article.objects.update(duration=None, duration_text="half a day")
    assert exported()["length"] == "half a day"
    assert only(folder(a=values | {"length": "P2M"})).conflicts == ["length"]
    assert Conflict.objects.get().theirs == "P2M"


def test_a_length_in_words_is_in_the_readers_language():
    with translation.override("de"):
        assert describe_duration_text("P1Y2M").replace("\xa0", " ") == "1 Jahr, 2 Monate"


def test_a_key_repeated_with_an_equal_value_is_accepted(folder):
    once = b"title: One\nimages:\n  - url: https://img.example/a.jpg\n"
    outcome = only(folder(a=b"---\n" + once + once.replace(b"One", b"'One'").replace(b"  -", b"-") + b"---\n"))
    assert (outcome.action, outcome.problems) == ("created", [])
    assert Image.objects.count() == 1


@pytest.mark.parametrize("key", ["webUrl", "originalUrl"])
@pytest.mark.parametrize(
    "url", ["ftp://outlet.example/a", "/a", "//outlet.example/a", "outlet.example", "javascript:x"]
)
def test_a_storys_own_url_must_be_http(key, url):
    document = parse_document(as_document(make_values(**{key: url})), "a.md")
    assert [(problem.field, problem.level) for problem in document.problems] == [(key, "error")]


def test_a_blank_in_a_storys_own_url_is_encoded(folder):
    outcome = only(folder(a=make_values(webUrl="https://outlet.example/a b")))
    assert (outcome.action, len(outcome.problems)) == ("created", 1)
    assert Article.objects.get().web_url == "https://outlet.example/a%20b"
    assert exported()["webUrl"] == "https://outlet.example/a b"


def test_taxonomies_are_tolerant_too(folder):
    folder(
        a=b"---\ntaxonomy: organization\nname: DM: Example\ndomain: '[::1'\nimages:\n  - url: data:x\n---\n",
        b=b"---\ntaxonomy: topic\nname: AI\nkeywords: one\nparent: ''\nhashtags: [null]\n---\n",
    )
    assert ImportBatch.objects.get().counts["created"] == 2
    assert Provider.objects.get().name == "DM: Example"


def test_indexes_count_from_one_for_people_and_from_zero_in_the_report(folder):
    outcome = only(folder(a=make_values(related=[{"title": "x", "webUrl": "https://o.example/1", "quality": "good"}])))
    (problem,) = outcome.problems
    assert problem.as_json()["field"] == "related[0].quality"
    assert "related[1].quality: 'good'" in problem.describe("a.md")


def test_topics_of_nothing_but_signs_are_topics(folder):
    report = folder(a=make_values(topics=["@", "%", "🚀", "+++"]))
    assert only(report).action == "created"
    assert [topic.name for topic in Article.objects.get().topics_in_order] == ["@", "%", "🚀", "+++"]


def test_a_topic_that_ends_in_a_colon_stays_as_it_is(folder):
    document = b"---\ntitle: x\nwebUrl: https://outlet.example/a\ntopics:\n- Storm:\n---\n"
    folder(a=document)
    assert [topic.name for topic in Article.objects.get().topics_in_order] == ["Storm:"]
    (exported_document,) = export_stories(Article.objects.all())
    assert only(folder(a=exported_document.text.encode())).action == "unchanged"


def test_the_number_of_queries_does_not_depend_on_related_items(folder):
    numbers = []
    for count in (1, 12):
        related = [
            {
                "title": f"Item {n}",
                "webUrl": f"https://outlet{n}.example/{n}",
                "provider": {"name": f"Outlet {n}"},
                "images": [{"url": f"https://outlet{n}.example/{n}.png"}],
            }
            for n in range(count)
        ]
        folder(**{f"with{count}": make_values(webUrl=f"https://outlet.example/{count}", related=related)})
        story = Article.objects.latest("pk")
        base, body = story.upstream.values, story.upstream.body
        with CaptureQueriesContext(connection) as queries:
            (stored,) = with_related_rows(Article.objects.filter(pk=story.pk))
            assert len(current_values(stored, base, body)["related"]) == count
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]
