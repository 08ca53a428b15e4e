"""Names of providers and topics that differ only in spelling."""

import pytest
from django.core.management import call_command

from articles.importing.duplicates import join_duplicates
from articles.importing.runner import import_sources
from articles.models import Article, Topic, TopicAlias
from providers.models import Provider, ProviderAlias
from providers.name_keys import name_key
from tests.articles.importing.expected import NO_COUNTS, only
from tests.factories import make_provider, make_story, make_topic, make_values

SPELLINGS = (
    "Zürich  News",
    "zürich news",
    "Zu\u0308rich\u00a0News",
    "\u200bZÜRICH\u00adNEWS".replace("\u00ad", " \ufeff"),
)


@pytest.mark.parametrize("name", SPELLINGS)
def test_spellings_have_one_key(name):
    assert name_key(name) == "zürich news"


@pytest.mark.parametrize(("one", "other"), [("C", "C#"), ("C++", "C#"), ("Café", "Cafe"), ("m²", "m2")])
def test_other_names_have_other_keys(one, other):
    assert name_key(one) != name_key(other)


def provider(name):
    return {"name": name, "domain": "outlet.example"}


@pytest.mark.django_db
class TestImport:
    def test_first_spelling_is_displayed(self, folder):
        documents = {
            f"a{number}": make_values(topics=[name], provider=provider(name)) for number, name in enumerate(SPELLINGS)
        }
        assert folder(**documents).counts == NO_COUNTS | {"created": 4}
        assert Topic.objects.get().name == SPELLINGS[0]
        assert Provider.objects.get().name == "Zürich News"
        assert Topic.objects.get().article_links.count() == 4
        assert folder(**documents).counts == NO_COUNTS | {"unchanged": 4}

    def test_later_spelling_changes_nothing(self, folder):
        values = make_values(topics=["Power Apps"], provider=provider("The Outlet"))
        folder(a=values)
        outcome = only(folder(a={**values, "topics": ["power apps"], "provider": provider("THE OUTLET")}))
        assert (outcome.action, outcome.changed) == ("unchanged", [])
        assert (Topic.objects.get().name, Provider.objects.get().name) == ("Power Apps", "The Outlet")

    def test_spellings_in_one_story_are_one_topic(self, folder):
        folder(a=make_values(topics=["AI", "ai", "Robots"]))
        assert list(Article.objects.get().topics.order_by("pk").values_list("name", flat=True)) == ["AI", "Robots"]

    def test_deleted_topic_stays_deleted_in_every_spelling(self, folder):
        folder(a=make_values(topics=["AI"]))
        Topic.objects.get().delete()
        folder(b=make_values(topics=["ai"]))
        assert not Topic.objects.exists()

    def test_other_domain_is_another_provider(self, folder):
        folder(a=make_values(provider=provider("The Outlet")))
        folder(b=make_values(provider={"name": "the outlet", "domain": "other.example"}))
        assert Provider.objects.count() == 2

    @pytest.mark.parametrize("taxonomy", ["topic", "organization"])
    def test_documents_of_topics_and_providers(self, folder, taxonomy):
        kind = {"taxonomy": taxonomy, "domain": "outlet.example"}
        report = folder(a={**kind, "name": "The Outlet"}, b={**kind, "name": "the  outlet"})
        assert (report.counts["created"], report.counts["duplicate"]) == (1, 1)
        assert folder().counts["updated"] == 0
        (folder.place / "a.md").unlink()
        (folder.place / "b.md").unlink()
        folder(c={**kind, "name": "THE OUTLET"})
        assert Provider.objects.count() + Topic.objects.count() == 1

    def test_export_has_upstreams_spelling(self, folder, tmp_path):
        values = make_values(topics=["AI"], provider=provider("The Outlet"))
        folder(a=values, b=make_values(topics=["ai"], provider=provider("the outlet")))
        call_command("export_articles", str(tmp_path / "out"))
        assert import_sources([str(tmp_path / "out")]).counts == NO_COUNTS | {"unchanged": 2}
        text = (tmp_path / "out" / "b.md").read_text()
        assert '- "ai"' in text
        assert '"the outlet"' in text


@pytest.mark.django_db
def test_existing_duplicates_are_merged():
    topics = [make_topic(name) for name in ("Robots", "robots")]
    providers = [make_provider(name=name, domain="outlet.example") for name in ("Outlet", "OUTLET")]
    other = make_provider(name="outlet", domain="other.example")
    story = make_story(topics=[topics[1]], provider=providers[1])
    shown = join_duplicates(lambda line: None, dry_run=True)
    assert (shown.topics, shown.providers, Topic.objects.count()) == (1, 1, 2)
    done = join_duplicates(lambda line: None)
    assert (done.topics, done.providers) == (1, 1)
    story.refresh_from_db()
    assert (list(story.topics.all()), story.provider) == ([topics[0]], providers[0])
    assert set(Provider.objects.all()) == {providers[0], other}


@pytest.mark.django_db
def test_exact_spelling_counts_before_others():
    topics = [make_topic(name) for name in ("Robots", "robots")]
    providers = [make_provider(name=name, domain="outlet.example") for name in ("Outlet", "OUTLET")]
    for topic in topics:
        assert Topic.objects.get_or_create_by_upstream_name(topic.name) == (topic, False)
    assert Topic.objects.get_or_create_by_upstream_name("ROBOTS") == (topics[0], False)
    pairs = [("outlet.example", name) for name in ("Outlet", "OUTLET", "outlet")]
    meant = ProviderAlias.objects.meaning(pairs)
    assert [meant[pair].provider for pair in pairs] == [*providers, providers[0]]
    assert TopicAlias.objects.get(name="Robots").key == "robots"
