"""Finding or creating the provider for a domain and name from upstream."""

from collections.abc import Collection, Iterable

from django.db import IntegrityError, transaction

from newsroom.fallbacks import warn_of_fallback
from providers.models import FormerSlug, Provider, ProviderAlias
from providers.name_keys import name_key


def get_or_create_provider(domain: str, name: str, attempts: int = 3) -> Provider:
    """Return the Provider with the upstream name (domain, name); create it if there is none.

    A provider that was renamed or merged keeps its former upstream names. Safe if two imports run at once.
    """
    alias = ProviderAlias.objects.meaning([(domain, name)]).get((domain, name))
    if alias is not None:
        return alias.provider
    if attempts == 0:
        raise IntegrityError("a provider could not be created")
    try:
        with transaction.atomic():
            provider, _created = Provider.objects.get_or_create(domain=domain, name=name)
            alias, _created = ProviderAlias.objects.get_or_create(
                domain=domain, name=name, defaults={"provider": provider}
            )
    except IntegrityError as error:
        # Another import created it, or one with its slug, between our query and our insert.
        warn_of_fallback("a provider is looked up again", error)
        return get_or_create_provider(domain, name, attempts - 1)
    return alias.provider


def create_providers(pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], Provider]:
    """Create Providers for pairs (domain, name) that are not upstream names yet; return {pair: Provider}.

    A few queries for all of them. Leaves out pairs whose plain slugs are taken, and those whose provider exists but has
    lost that upstream name. Raises IntegrityError, and creates none, if another import creates one at the same time.
    """
    names = {name for _domain, name in pairs}
    existing = set(Provider.objects.filter(name__in=names).values_list("domain", "name"))
    plain_slugs = {pair: Provider(domain=pair[0], name=pair[1]).plain_slugs() for pair in sorted(set(pairs) - existing)}
    slugs = {slug for candidates in plain_slugs.values() for slug in candidates}
    taken = {
        slug
        for model in (Provider, FormerSlug)
        for slug in model.objects.filter(slug__in=slugs).values_list("slug", flat=True)
    }
    new: list[Provider] = []
    for (domain, name), candidates in plain_slugs.items():
        slug = next((slug for slug in candidates if slug not in taken), None)
        if slug is not None:
            taken.add(slug)
            new.append(Provider(domain=domain, name=name, slug=slug))
    with transaction.atomic():
        created = {(provider.domain, provider.name): provider for provider in Provider.objects.bulk_create(new)}
        ProviderAlias.objects.bulk_create(
            ProviderAlias(domain=domain, name=name, provider=provider) for (domain, name), provider in created.items()
        )
    return created


class ProviderDirectory(dict[tuple[str, str], Provider]):
    """{(domain, name): Provider}, each looked up, or created, once in a batch."""

    def load(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Look up many pairs in one query, and create the missing ones."""
        missing = [pair for pair in dict.fromkeys(pairs) if pair not in self]
        if not missing:
            return
        self.update({pair: alias.provider for pair, alias in ProviderAlias.objects.meaning(missing).items()})
        # Of several spellings of a new name, the first one is displayed.
        spellings: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for domain, name in missing:
            if (domain, name) not in self:
                spellings.setdefault((domain, name_key(name)), []).append((domain, name))
        if new := {pairs[0] for pairs in spellings.values()}:
            try:
                self.update(create_providers(new))
            except IntegrityError as error:
                warn_of_fallback(f"{len(new)} providers are created one at a time", error)
        for pair in sorted(new - self.keys()):
            # Sorted, so that two imports that create the same providers do not deadlock.
            self[pair] = get_or_create_provider(*pair)
        for first, *others in spellings.values():
            self.update(dict.fromkeys(others, self[first]))

    def __missing__(self, pair: tuple[str, str]) -> Provider:
        self[pair] = provider = get_or_create_provider(*pair)
        return provider
