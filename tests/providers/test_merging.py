import pytest

from providers.merging import merge_providers
from providers.models import FormerSlug, Provider, ProviderAlias
from providers.resolving import get_or_create_provider
from tests.factories import make_picture, make_provider, make_related, make_story

pytestmark = pytest.mark.django_db


def test_everything_of_the_sources_moves_to_the_target():
    target = make_provider()
    source = make_provider(description="Kept, as the target has none.")
    story = make_story(provider=source)
    link = make_related(make_story(), provider=source)
    logo = make_picture(provider=source)
    moved = merge_providers(target, [source])
    assert moved == {
        "articles.Article": 1,
        "articles.RelatedLink": 1,
        "articles.Image": 1,
        "providers.ProviderAlias": 1,
        "providers.FormerSlug": 0,
    }
    for row in (story, link, logo):
        row.refresh_from_db()
        assert row.provider == target
    assert not Provider.objects.filter(pk=source.pk).exists()
    assert Provider.objects.get(pk=target.pk).description == "Kept, as the target has none."
    assert get_or_create_provider(source.domain, source.name) == target


def test_source_renamed_before_is_found_by_both_names():
    target, source = make_provider(), make_provider(name="Old", domain="old.example")
    source.name = "New"
    source.save()
    merge_providers(target, [source])
    assert {get_or_create_provider("old.example", name) for name in ("Old", "New")} == {target}


def test_provider_cannot_be_merged_into_itself():
    provider = make_provider()
    with pytest.raises(ValueError, match="itself"):
        merge_providers(provider, [provider])


def test_renamed_provider_is_found_by_its_former_name():
    provider = make_provider(name="Old", domain="old.example")
    provider.name = "New"
    provider.save()
    assert get_or_create_provider("old.example", "Old") == provider
    assert ProviderAlias.objects.count() == 1


def test_providers_of_one_name_have_different_slugs():
    slugs = [make_provider(name="Outlet", domain=f"{n}.example").slug for n in "abc"]
    slugs.append(make_provider(name="Outlet", domain="").slug)
    assert len(set(slugs)) == 4
    assert slugs[:2] == ["outlet", "outlet-b-example"]


def test_name_without_letters_has_a_slug():
    assert make_provider(name="!!!", domain="a.example").slug == "a-example"
    assert make_provider(name="???", domain="").slug == "provider"


def test_domain_is_normalised_on_save():
    assert make_provider(domain="WWW.Süd-Bote.example").domain == "xn--sd-bote-n2a.example"


def test_target_keeps_its_logo_and_positions_stay_unique():
    newer, older = make_provider(), make_provider()
    old_logos = [make_picture(provider=older) for _number in range(2)]
    own_logos = [make_picture(provider=newer) for _number in range(2)]
    merge_providers(newer, [older])
    newer = Provider.objects.with_logo().get(pk=newer.pk)
    assert newer.logo == own_logos[0]
    assert newer.logo_file == own_logos[0].file
    rows = newer.images.order_by("position").values_list("pk", "position")
    assert list(rows) == [(logo.pk, place) for place, logo in enumerate([*own_logos, *old_logos])]


def test_a_larger_logo_of_the_source_does_not_replace_that_of_the_target():
    newer, older = make_provider(), make_provider()
    make_picture(provider=older, lead_score=400)
    own_logo = make_picture(provider=newer, lead_score=50)
    merge_providers(newer, [older])
    assert Provider.objects.get(pk=newer.pk).logo == own_logo


def test_the_best_logo_is_shown_wherever_it_stands():
    provider = make_provider()
    make_picture(provider=provider, lead_score=50)
    best = make_picture(provider=provider, lead_score=400, position=1)
    assert Provider.objects.get(pk=provider.pk).logo == best
    assert Provider.objects.with_logo().get(pk=provider.pk).logo_file == best.file


def test_target_without_a_stored_logo_shows_the_sources():
    newer, older = make_provider(), make_provider()
    newer.images.create(url="https://img.example/none.png")
    logo = make_picture(provider=older)
    merge_providers(newer, [older])
    assert Provider.objects.get(pk=newer.pk).logo == logo


@pytest.mark.parametrize("change", [{}, {"slug": "another"}], ids=["new", "renamed"])
def test_saving_is_atomic_with_aliases_and_former_slugs(monkeypatch, change):
    provider = make_provider() if change else Provider(name="Outlet", domain="outlet.example")
    for name, value in change.items():
        setattr(provider, name, value)
    before = list(Provider.objects.values_list("slug"))
    monkeypatch.setattr(FormerSlug.objects, "filter", broken)
    with pytest.raises(RuntimeError, match="broken"):
        provider.save()
    assert list(Provider.objects.values_list("slug")) == before


def broken(*args, **kwargs):
    raise RuntimeError("broken")
