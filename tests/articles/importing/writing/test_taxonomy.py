"""Providers, organizations and topics: which is meant, and corrections at the desk stay."""

import pytest

from articles.models import Article, Topic
from providers.merging import merge_providers
from providers.models import Provider
from tests.articles.importing.expected import NO_COUNTS, only
from tests.factories import make_topic, make_values

pytestmark = pytest.mark.django_db


def test_one_domain_has_several_providers(folder):
    folder(
        a=make_values(provider={"name": "Microsoft", "domain": "www.Microsoft.com"}),
        b=make_values(provider={"name": "Microsoft Learn", "domain": "microsoft.com"}),
    )
    assert list(Provider.objects.values_list("domain", "name")) == [
        ("microsoft.com", "Microsoft"),
        ("microsoft.com", "Microsoft Learn"),
    ]


def test_provider_renamed_at_the_desk_stays_renamed(folder):
    values = make_values(provider={"name": "Armed robbery in Revesby", "domain": "miragenews.example"})
    folder(a=values)
    provider = Provider.objects.get()
    provider.name = "Mirage News"
    provider.save()
    report = folder(a={**values, "heat": 99}, b=make_values(provider=values["provider"]))
    assert [outcome.conflicts for outcome in report.outcomes] == [[], []]
    assert Provider.objects.get().name == "Mirage News"
    assert provider.articles.count() == 2


def test_merged_provider_answers_to_all_names(folder):
    first = make_values(provider={"name": "Outlet", "domain": "outlet.example"})
    second = make_values(provider={"name": "The Outlet", "domain": "outlet.example"})
    folder(a=first, b=second)
    target, source = Provider.objects.get(name="Outlet"), Provider.objects.get(name="The Outlet")
    merge_providers(target, [source])
    report = folder(b={**second, "heat": 99}, c=make_values(provider=second["provider"]))
    assert report.counts == NO_COUNTS | {"created": 1, "updated": 1, "unchanged": 1}
    assert Provider.objects.get() == target
    assert target.articles.count() == 3


def test_topics_form_a_tree_in_any_order(folder):
    folder(
        a=b"---\ntaxonomy: topic\nname: AWS AI\nparent: AI\nkeywords: [aws, aws, lex]\nhashtags: ['#aws']\n---\n",
        b=b"---\ntaxonomy: topic\nname: AI\nshortname: A.I.\n---\n",
    )
    child = Topic.objects.get(name="AWS AI")
    assert child.parent.name == "AI"
    assert child.keywords == ["aws", "lex"]
    assert child.parent.short_name == "A.I."


def test_topic_is_never_its_own_ancestor(folder):
    report = folder(
        a=b"---\ntaxonomy: topic\nname: A\nparent: B\n---\n", b=b"---\ntaxonomy: topic\nname: B\nparent: A\n---\n"
    )
    assert report.is_complete
    assert [problem.field for outcome in report.outcomes for problem in outcome.problems] == ["parent"]
    assert Topic.objects.get(name="A").parent.name == "B"
    assert Topic.objects.get(name="B").parent is None


def test_existing_cycle_is_visited_once(folder):
    first, second, third = (make_topic(name) for name in ("First", "Second", "Third"))
    for below, above in ((first, second), (second, third), (third, first)):
        Topic.objects.filter(pk=below.pk).update(parent=above)
    report = folder(a=b"---\ntaxonomy: topic\nname: New\nparent: First\n---\n")
    assert report.counts == NO_COUNTS | {"created": 1}
    assert Topic.objects.get(name="New").parent == first
    # A descendant never becomes the parent, not even in a cycle.
    folder(b=b"---\ntaxonomy: topic\nname: Second\nparent: New\n---\n")
    assert Topic.objects.get(name="Second").parent == third


def test_organization_describes_its_provider_but_not_over_the_desk(folder):
    text = "---\ntaxonomy: organization\nname: Outlet\notherNames: [Outlet Weekly]\ndomain: outlet.example\n{}---\n"
    folder(a=text.format("description: Theirs.\n").encode())
    provider = Provider.objects.get()
    assert provider.description == "Theirs."
    Provider.objects.update(description="Ours.")
    assert only(folder(a=text.format("description: Theirs.\n").encode())).action == "unchanged"
    outcome = only(folder(a=text.format("description: Theirs, again.\n").encode()))
    assert outcome.conflicts == ["description"]
    assert Provider.objects.get().description == "Ours."
    folder(b=make_values(provider={"name": "Outlet Weekly", "domain": "outlet.example"}))
    assert Article.objects.get().provider == provider


class TestRenamedTopics:
    @pytest.fixture
    def renamed(self, folder):
        """Return the values of a story whose topic an editor has renamed."""
        values = make_values(topics=["AWS AI", "Film"])
        folder(a=values)
        topic = Topic.objects.get(name="AWS AI")
        topic.name = "Amazon"
        topic.save()
        return values

    def test_renamed_topic_is_not_created_again(self, folder, renamed):
        folder(b=make_values(title="New", topics=["AWS AI", "Amazon"]))
        assert [topic.name for topic in Article.objects.get(title="New").topics.all()] == ["Amazon"]
        assert set(Topic.objects.values_list("name", flat=True)) == {"Amazon", "Film"}

    def test_story_keeps_the_renamed_topic_and_gets_new_ones(self, folder, renamed):
        report = folder(a=renamed | {"topics": ["AWS AI", "Film", "Chips"]})
        assert only(report).changed == ["topics"]
        assert [topic.name for topic in Article.objects.get().topics_in_order] == ["Amazon", "Film", "Chips"]

    def test_upstream_removes_it_by_its_old_name(self, folder, renamed):
        folder(a=renamed | {"topics": ["Film"]})
        assert [topic.name for topic in Article.objects.get().topics_in_order] == ["Film"]

    def test_topic_document_finds_it_by_its_old_name(self, folder, renamed):
        report = folder(t={"taxonomy": "topic", "name": "AWS AI", "shortname": "AI"})
        assert report.counts["created"] == 0
        assert Topic.objects.get(name="Amazon").short_name == "AI"

    def test_new_topic_with_the_old_name_takes_precedence(self, folder, renamed):
        new = Topic.objects.create(name="AWS AI")
        folder(b=make_values(title="New", topics=["AWS AI"]))
        assert list(Article.objects.get(title="New").topics.all()) == [new]
