"""Finding the provider that upstream means, or making it."""

from django.db import IntegrityError, transaction

from newsroom.fallbacks import warn_of_fallback
from providers.models import FormerSlug, Provider, ProviderAlias


def provider_answering_to(domain, name, attempts=3):
    """Return the Provider that upstream means by the pair (domain, name), made if there is none yet.

    A provider that was renamed or merged is found by its old pairs. Safe when two imports run at once.
    """
    alias = ProviderAlias.objects.select_related("provider").filter(domain=domain, name=name).first()
    if alias is not None:
        return alias.provider
    if attempts == 0:
        raise IntegrityError("a provider could not be made")
    try:
        with transaction.atomic():
            provider, _created = Provider.objects.get_or_create(domain=domain, name=name)
            alias, _created = ProviderAlias.objects.get_or_create(
                domain=domain, name=name, defaults={"provider": provider}
            )
    except IntegrityError as error:
        # Another import made it, or one with its slug, between our look and our write.
        warn_of_fallback("a provider is looked up again", error)
        return provider_answering_to(domain, name, attempts - 1)
    return alias.provider


def make_together(pairs):
    """Make Providers for pairs (domain, name) that nothing answers to; return {pair: Provider} of those made.

    A few queries for all of them. One that takes more thought, as its slug is taken or it has lost its own name, is
    left out. Raises IntegrityError where another import made one at the same moment; then none is made.
    """
    names = {name for _domain, name in pairs}
    have = set(Provider.objects.filter(name__in=names).values_list("domain", "name"))
    wanted = {pair: Provider(domain=pair[0], name=pair[1]).plain_slugs() for pair in sorted(set(pairs) - have)}
    slugs = {slug for several in wanted.values() for slug in several}
    taken = {
        slug
        for model in (Provider, FormerSlug)
        for slug in model.objects.filter(slug__in=slugs).values_list("slug", flat=True)
    }
    new = []
    for (domain, name), several in wanted.items():
        slug = next((slug for slug in several if slug not in taken), None)
        if slug is not None:
            taken.add(slug)
            new.append(Provider(domain=domain, name=name, slug=slug))
    with transaction.atomic():
        made = {(provider.domain, provider.name): provider for provider in Provider.objects.bulk_create(new)}
        ProviderAlias.objects.bulk_create(
            ProviderAlias(domain=domain, name=name, provider=provider) for (domain, name), provider in made.items()
        )
    return made


class ProviderDirectory(dict):
    """Pair (domain, name) -> Provider, each looked up, or made, once in a batch."""

    def load(self, pairs):
        """Look up many pairs in one query, and make those that are not there."""
        missing = {pair for pair in pairs if pair not in self}
        if not missing:
            return
        aliases = ProviderAlias.objects.select_related("provider").filter(name__in={name for _domain, name in missing})
        found = {(alias.domain, alias.name): alias.provider for alias in aliases}
        self.update({pair: found[pair] for pair in missing & found.keys()})
        if new := missing - found.keys():
            try:
                self.update(make_together(new))
            except IntegrityError as error:
                warn_of_fallback(f"{len(new)} providers are made one at a time", error)
        for pair in sorted(new - self.keys()):
            # In one order, as two imports that make the same providers wait for each other.
            self[pair] = provider_answering_to(*pair)

    def __missing__(self, pair):
        self[pair] = provider = provider_answering_to(*pair)
        return provider
