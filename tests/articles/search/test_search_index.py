"""The same matches on both databases, for one table of queries."""

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.choices import State
from articles.models import Article
from articles.search import by_relevance, matching, parse_query
from articles.text_folding import fold
from tests.factories import NOON, make_story

STORIES = {
    "title": {"title": "Harbour opens at dawn", "excerpt": "Ships wait."},
    "excerpt": {"title": "Ships wait", "excerpt": "The harbour opens late."},
    "body": {
        "title": "A long day",
        "excerpt": "Much to do.",
        "body": "<p>At the <b class='lede'>harbour</b> gate.</p>",
    },
    "accents": {"title": "Élysée déjà vu — Çà et là", "excerpt": "Über Straßen und Łódź"},
    "hyphens": {"title": "State-of-the-art e-mail, v2.0 & C++", "excerpt": "covid19 in 2026, 3-0"},
    "apostrophe": {"title": "The mayor's 'quiet' word", "excerpt": "Don’t look"},
    "greek": {"title": "Η Αθήνα ξυπνά", "excerpt": ""},
    "arabic": {"title": "ميناء يفتح أبوابه", "excerpt": ""},
    "chinese": {"title": "港口在黎明开放", "excerpt": ""},
    "entity": {"title": "Fish &amp; chips", "excerpt": "<a href='https://strong.example/'>Batter</a>"},
    "underscore": {"title": "snake_case stays", "excerpt": ""},
}

QUERIES = [
    ("harbour", ["title", "excerpt", "body"]),
    ("HARBOUR", ["title", "excerpt", "body"]),
    ("harb", ["title", "excerpt", "body"]),
    ("harb opens", []),
    ("opens harb", ["title", "excerpt"]),
    ('"harbour opens"', ["title", "excerpt"]),
    ('"opens harbour"', []),
    ('"harbour op"', []),
    ("harbour -dawn", ["excerpt", "body"]),
    ('harbour -"opens late"', ["title", "body"]),
    ("-harbour", []),
    ("ships wait", ["title", "excerpt"]),
    ("elysee", ["accents"]),
    ("DÉJÀ", ["accents"]),
    ("uber strassen", []),
    ("über straßen", ["accents"]),
    ("ca et la", ["accents"]),
    ("e-mail", ["hyphens"]),
    ("email", []),
    ("state of art", ["hyphens"]),
    ("v2.0", ["hyphens"]),
    ("c++", ["hyphens"]),
    ("covid", ["hyphens"]),
    ("2026", ["hyphens"]),
    ("mayor's", ["apostrophe"]),
    ("mayor", ["apostrophe"]),
    ("don't", ["apostrophe"]),
    ("αθηνα", ["greek"]),
    ("ΑΘΉΝΑ", ["greek"]),
    ("ميناء", ["arabic"]),
    ("港口", ["chinese"]),
    ("fish chips", ["entity"]),
    ("amp", []),
    ("href", []),
    ("lede", []),
    ("strong", []),
    ("batter", ["entity"]),
    ("snake", ["underscore"]),
    ("case", ["underscore"]),
    ('"', []),
    ('""', []),
    ("*", []),
    ("-", []),
    ("AND OR NOT", []),
    ("title:harbour", []),
    ("harbour)", ["title", "excerpt", "body"]),
    ("harbour & ! | <->", ["title", "excerpt", "body"]),
    ("NEAR(harbour dawn)", []),
    ("", []),
    ("   ", []),
    ("\0harbour\0", ["title", "excerpt", "body"]),
    ("'; DROP TABLE articles_article; --", []),
    ("h", []),
]


@pytest.fixture
def stories(db):
    make_story(title="Harbour unpublished", state=State.INBOX)
    return {name: make_story(published_at=NOON, **fields) for name, fields in STORIES.items()}


def matching_names(text, stories):
    names = {story.pk: name for name, story in stories.items()}
    return [names[story.pk] for story in by_relevance(matching(Article.objects.visible(), parse_query(text)))]


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "expected"), QUERIES)
def test_queries_match_the_expected_stories(stories, text, expected):
    assert sorted(matching_names(text, stories)) == sorted(expected)


@pytest.mark.django_db
def test_title_outweighs_excerpt_and_excerpt_outweighs_body(stories):
    assert matching_names("harbour", stories) == ["title", "excerpt", "body"]


@pytest.mark.django_db
@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=250))
def test_any_text_is_a_valid_query(text):
    list(matching(Article.objects.visible(), parse_query(text)))


@pytest.mark.django_db
@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet="\"'-*():&|!<>\\^~ ab\x00%_é", max_size=40))
def test_characters_of_query_syntaxes_are_valid(text):
    list(matching(Article.objects.visible(), parse_query(text)))


@pytest.mark.django_db
@settings(max_examples=150, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0", max_codepoint=0x2FF), max_size=60))
def test_database_and_python_fold_alike(text):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT newsroom_words(%s)", [text])
            assert cursor.fetchone()[0].split() == fold(text).split()
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT newsroom_words(%s)", [text])
            assert cursor.fetchone()[0] == fold(text)


@pytest.mark.django_db
class TestIndexMaintenance:
    """The index follows every way of writing a story."""

    def count(self, word):
        return matching(Article.objects.all(), parse_query(f'"{word}"')).count()

    def test_save(self):
        story = make_story(title="First")
        story.title = "Second"
        story.save()
        assert (self.count("first"), self.count("second")) == (0, 1)

    def test_bulk_create(self):
        story = make_story()
        Article.objects.bulk_create(
            [Article(title="Bulky", slug="bulky", identity="x" * 32, dated_at=NOON, published_at=NOON)]
        )
        assert self.count("bulky") == 1
        assert story.pk

    def test_update(self):
        make_story(title="Before")
        Article.objects.filter(title="Before").update(title="After", excerpt="That")
        assert (self.count("before"), self.count("after"), self.count("that")) == (0, 1, 1)

    def test_delete(self):
        make_story(title="Fleeting")
        Article.objects.filter(title="Fleeting").delete()
        assert self.count("fleeting") == 0

    def test_raw_statements(self):
        make_story(title="Typed")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE articles_article SET title = 'Retyped' WHERE title = 'Typed'")
        assert (self.count("typed"), self.count("retyped")) == (0, 1)


@pytest.mark.django_db
class TestSubquery:
    """The full-text match runs once per statement, not once for each row of the outer query."""

    @pytest.fixture
    def matches(self):
        make_story(title="Harbour and tide", excerpt="", state=State.INBOX)
        for _number in range(3):
            make_story(title="Something else")
        return matching(Article.objects.all(), parse_query("harbour"))

    def test_matches_as_a_subquery(self, matches):
        assert [story.title for story in Article.objects.filter(pk__in=matches)] == ["Harbour and tide"]
        assert Article.objects.filter(pk__in=matches.values("pk")).count() == 1
        assert Article.objects.exclude(pk__in=matches).count() == 3
        assert Article.objects.filter(pk__in=Article.objects.filter(pk__in=matches)).count() == 1
        assert matches.filter(pk__in=matches).count() == 1

    @pytest.mark.parametrize("depth", [1, 2])
    def test_index_is_searched_once(self, matches, depth):
        outer = Article.objects.filter(pk__in=matches.values("pk"))
        if depth == 2:
            outer = Article.objects.filter(pk__in=outer.values("pk")).order_by("title")
        plan = outer.explain()
        if connection.vendor == "sqlite":
            assert "CORRELATED" not in plan
            assert "SCAN articles_search VIRTUAL TABLE" in plan
            assert "SCAN articles_article" not in plan
        else:
            assert "SubPlan" not in plan
            assert "search_vector @@" in plan

    def test_nested_matches_keep_their_scores(self, matches):
        make_story(title="Harbour, harbour", excerpt="Harbour")
        best = by_relevance(matching(Article.objects.filter(pk__in=matches.values("pk")), parse_query("harbour")))
        assert len(best) == 2
        assert best[0].score > best[1].score > 0
