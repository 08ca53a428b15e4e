from django.db import IntegrityError, transaction

from providers.models import Provider, ProviderAlias


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
    except IntegrityError:
        # Another import made it, or one with its slug, between our look and our write.
        return provider_answering_to(domain, name, attempts - 1)
    return alias.provider


class ProviderDirectory(dict):
    """Pair (domain, name) -> Provider, each looked up, or made, once in a batch."""

    def load(self, pairs):
        """Look up many pairs in one query."""
        missing = {pair for pair in pairs if pair not in self}
        if missing:
            aliases = ProviderAlias.objects.select_related("provider").filter(
                name__in={name for _domain, name in missing}
            )
            found = {(alias.domain, alias.name): alias.provider for alias in aliases}
            self.update({pair: found[pair] for pair in missing & found.keys()})

    def __missing__(self, pair):
        self[pair] = provider = provider_answering_to(*pair)
        return provider
