"""Providers of many pairs at once are those that one pair after the other would have made."""

import pytest
from django.db import IntegrityError

from providers import resolving
from providers.models import FormerSlug, Provider, ProviderAlias
from providers.resolving import ProviderDirectory, get_or_create_provider
from tests.factories import make_provider

pytestmark = pytest.mark.django_db
PAIRS = {("a.example", "Outlet"), ("b.example", "Outlet"), ("c.example", "Paper"), ("", "Paper"), ("d.example", "!!")}


def slugs():
    return dict(Provider.objects.order_by("pk").values_list("slug", "domain"))


def test_many_providers_are_created_with_few_queries(django_assert_max_num_queries):
    pairs = {(f"{number}.example", f"Outlet {number}") for number in range(100)}
    directory = ProviderDirectory()
    with django_assert_max_num_queries(10):
        directory.load(pairs)
    assert {(provider.domain, provider.name) for provider in directory.values()} == pairs == directory.keys()
    assert ProviderAlias.objects.count() == Provider.objects.count() == 100
    with django_assert_max_num_queries(1):
        ProviderDirectory().load(pairs)


def test_slugs_are_the_same_as_created_one_by_one():
    ProviderDirectory().load(PAIRS)
    together = slugs()
    Provider.objects.all().delete()
    for pair in sorted(PAIRS):
        get_or_create_provider(*pair)
    assert together == slugs()
    assert len(together) == len(PAIRS)


def test_former_slug_is_not_given_to_a_new_provider():
    FormerSlug.objects.create(slug="outlet", provider=make_provider(name="Renamed"))
    directory = ProviderDirectory()
    directory.load({("a.example", "Outlet")})
    assert directory["a.example", "Outlet"].slug == "outlet-a-example"


def test_missing_alias_of_an_existing_provider_is_restored():
    provider = make_provider(name="Outlet", domain="a.example")
    ProviderAlias.objects.all().delete()
    directory = ProviderDirectory()
    directory.load(PAIRS)
    assert directory["a.example", "Outlet"] == provider
    assert Provider.objects.count() == len(PAIRS)


def test_after_a_conflict_each_provider_is_created_singly(monkeypatch, caplog):
    def too_late(_pairs):
        raise IntegrityError("too late")

    monkeypatch.setattr(resolving, "create_providers", too_late)
    directory = ProviderDirectory()
    directory.load(PAIRS)
    assert directory.keys() == PAIRS
    assert Provider.objects.count() == len(PAIRS)
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        (
            "newsroom.fallbacks",
            "5 providers are created one at a time because the fast path failed: IntegrityError: too late",
        )
    ]
