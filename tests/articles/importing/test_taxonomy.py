"""Providers, organizations and topics: who is meant, and what an editor mended stays so."""

import pytest

from articles.models import Article, Topic
from providers.merging import merge_providers
from providers.models import Provider
from tests.articles.importing.expected import NO_COUNTS, only
from tests.factories import make_values

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


def test_a_provider_mended_at_the_desk_is_not_undone(folder):
    values = make_values(provider={"name": "Armed robbery in Revesby", "domain": "miragenews.example"})
    folder(a=values)
    provider = Provider.objects.get()
    provider.name = "Mirage News"
    provider.save()
    report = folder(a={**values, "heat": 99}, b=make_values(provider=values["provider"]))
    assert [outcome.conflicts for outcome in report.outcomes] == [[], []]
    assert Provider.objects.get().name == "Mirage News"
    assert provider.articles.count() == 2


def test_merged_providers_answer_to_all_their_names(folder):
    first = make_values(provider={"name": "Outlet", "domain": "outlet.example"})
    second = make_values(provider={"name": "The Outlet", "domain": "outlet.example"})
    folder(a=first, b=second)
    target, source = Provider.objects.get(name="Outlet"), Provider.objects.get(name="The Outlet")
    merge_providers(target, [source])
    report = folder(b={**second, "heat": 99}, c=make_values(provider=second["provider"]))
    assert report.counts == NO_COUNTS | {"created": 1, "updated": 1, "unchanged": 1}
    assert Provider.objects.get() == target
    assert target.articles.count() == 3


def test_topics_form_a_tree_whichever_comes_first(folder):
    folder(
        a=b"---\ntaxonomy: topic\nname: AWS AI\nparent: AI\nkeywords: [aws, aws, lex]\nhashtags: ['#aws']\n---\n",
        b=b"---\ntaxonomy: topic\nname: AI\nshortname: A.I.\n---\n",
    )
    child = Topic.objects.get(name="AWS AI")
    assert child.parent.name == "AI"
    assert child.keywords == ["aws", "lex"]
    assert child.parent.short_name == "A.I."


def test_a_topic_is_never_put_below_itself(folder):
    report = folder(
        a=b"---\ntaxonomy: topic\nname: A\nparent: B\n---\n", b=b"---\ntaxonomy: topic\nname: B\nparent: A\n---\n"
    )
    assert report.is_complete
    assert [problem.field for outcome in report.outcomes for problem in outcome.problems] == ["parent"]
    assert Topic.objects.get(name="A").parent.name == "B"
    assert Topic.objects.get(name="B").parent is None


def test_an_organization_describes_its_provider_and_leaves_the_desks_words(folder):
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
