"""Providers of many pairs at once are those that one pair after the other would have made."""

import pytest
from django.db import IntegrityError

from providers import resolving
from providers.models import FormerSlug, Provider, ProviderAlias
from providers.resolving import ProviderDirectory, provider_answering_to
from tests.factories import make_provider

pytestmark = pytest.mark.django_db
PAIRS = {("a.example", "Outlet"), ("b.example", "Outlet"), ("c.example", "Paper"), ("", "Paper"), ("d.example", "!!")}


def slugs():
    return dict(Provider.objects.order_by("pk").values_list("slug", "domain"))


def test_many_are_made_with_a_few_queries(django_assert_max_num_queries):
    pairs = {(f"{number}.example", f"Outlet {number}") for number in range(100)}
    directory = ProviderDirectory()
    with django_assert_max_num_queries(10):
        directory.load(pairs)
    assert {(provider.domain, provider.name) for provider in directory.values()} == pairs == directory.keys()
    assert ProviderAlias.objects.count() == Provider.objects.count() == 100
    with django_assert_max_num_queries(1):
        ProviderDirectory().load(pairs)


def test_their_slugs_are_those_of_one_after_the_other():
    ProviderDirectory().load(PAIRS)
    together = slugs()
    Provider.objects.all().delete()
    for pair in sorted(PAIRS):
        provider_answering_to(*pair)
    assert together == slugs()
    assert len(together) == len(PAIRS)


def test_a_slug_that_a_provider_had_is_not_given_away():
    FormerSlug.objects.create(slug="outlet", provider=make_provider(name="Renamed"))
    directory = ProviderDirectory()
    directory.load({("a.example", "Outlet")})
    assert directory["a.example", "Outlet"].slug == "outlet-a-example"


def test_one_that_has_lost_its_own_name_gets_it_back():
    provider = make_provider(name="Outlet", domain="a.example")
    ProviderAlias.objects.all().delete()
    directory = ProviderDirectory()
    directory.load(PAIRS)
    assert directory["a.example", "Outlet"] == provider
    assert Provider.objects.count() == len(PAIRS)


def test_where_another_import_comes_first_each_is_made_by_itself(monkeypatch):
    def too_late(_pairs):
        raise IntegrityError

    monkeypatch.setattr(resolving, "create_providers", too_late)
    directory = ProviderDirectory()
    directory.load(PAIRS)
    assert directory.keys() == PAIRS
    assert Provider.objects.count() == len(PAIRS)
