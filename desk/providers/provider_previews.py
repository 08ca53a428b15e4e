"""What renaming, merging or deactivating a provider would do, in numbers and sentences."""

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.choices import State
from articles.models import Image, RelatedLink
from articles.sanitising import plain_text
from desk.confirmation import Preview, addresses
from desk.reports.provider_report import by_state
from providers.models import Provider, ProviderAlias
from providers.renaming import refuse_taken, signature

MOST_NAMES = 12
# More stories are not moved at once: it takes seconds, in which nobody else can save.
MOST_AT_ONCE = 50_000


def preview_of_renaming(provider, name, domain, slug):
    """Return the Preview; raises ValidationError, by field, when another provider has one of the three."""
    wanted = Provider(pk=provider.pk, name=name, domain=domain, slug=slug)
    refuse_taken(wanted)
    states = by_state(provider)
    preview = Preview(signature([provider.pk], name, domain, slug), **table([(provider, states)]))
    if name != provider.name:
        told = {"old": plain_text(provider.name), "new": plain_text(name)}
        preview.notes.append(_("Readers see “%(new)s” instead of “%(old)s”, wherever its name stands.") % told)
        preview.notes.append(published_in_words(states[State.PUBLISHED]))
        preview.notes.append(coverage_in_words([provider]))
    if domain != provider.domain:
        told = {"old": provider.display_domain or "–", "new": wanted.display_domain or "–"}
        preview.notes.append(_("Its page links to %(new)s instead of %(old)s.") % told)
    if slug != provider.slug:
        preview.notes.append(addresses(provider.get_absolute_url(), wanted.get_absolute_url()))
    else:
        preview.notes.append(_("Its address stays %(address)s.") % {"address": provider.get_absolute_url()})
    preview.notes.append(names_in_words([provider]))
    if (name, domain, slug) == (provider.name, provider.domain, provider.slug):
        preview.warnings.append(_("That is what it is called already."))
    return preview


def preview_of_merge(target, sources):
    """Return the Preview of merging `sources` into `target`."""
    seen = signature([target.pk, *(source.pk for source in sources)], target.pk)
    states = [(provider, by_state(provider)) for provider in (target, *sources)]
    preview = Preview(seen, **table(states), first=what_comes_first(sources))
    moved = sum(sum(numbers.values()) for _provider, numbers in states[1:])
    told = {"target": plain_text(target.name), "number": number_format(moved, use_l10n=True, force_grouping=True)}
    preview.notes.append(
        ngettext(
            "%(number)s story becomes one of %(target)s; its history says so.",
            "%(number)s stories become those of %(target)s; the history of each says so.",
            moved,
        )
        % told
    )
    preview.notes.append(published_in_words(sum(numbers[State.PUBLISHED] for _provider, numbers in states[1:])))
    preview.notes.append(coverage_in_words(sources))
    logos = Image.objects.filter(provider__in=sources).count()
    if logos:
        text = ngettext("%(n)d logo comes behind those it has.", "%(n)d logos come behind those it has.", logos)
        preview.notes.append(text % {"n": logos})
    preview.notes += [addresses(source.get_absolute_url(), target.get_absolute_url()) for source in sources]
    preview.notes.append(names_in_words([target, *sources]))
    if not target.description and any(source.description for source in sources):
        preview.notes.append(_("It takes over the description, as it has none."))
    if not target.is_active:
        text = _(
            "%(target)s is not active: readers find no page at these addresses, and no import publishes its stories."
        )
        preview.warnings.append(text % told)
    elif not all(source.is_active for source in sources):
        text = _("%(target)s is active: from now on upstream’s word publishes stories of these names again.")
        preview.warnings.append(text % told)
    return preview


def what_comes_first(providers):
    """Return (why, what it is called, address) of what to do first if providers have too many stories."""
    numbers = {provider: provider.articles.count() for provider in providers}
    total = sum(numbers.values())
    if total <= MOST_AT_ONCE:
        return ()
    largest = max(providers, key=numbers.get)
    told = {
        "number": number_format(total, use_l10n=True, force_grouping=True),
        "most": number_format(MOST_AT_ONCE, use_l10n=True, force_grouping=True),
        "provider": plain_text(largest.name),
    }
    why = _(
        "These are %(number)s stories. No more than %(most)s are moved at once, as nobody else could save meanwhile: "
        "select those of %(provider)s in the list and change their provider first, in the background, and come back."
    )
    query = urlencode({"provider__id__exact": largest.pk})
    address = f"{reverse('admin:articles_article_changelist')}?{query}"
    return why % told, _("The stories of %(provider)s") % told, address


def preview_of_state(provider, is_active):
    """Return the Preview of making a provider active, or not."""
    states = by_state(provider)
    preview = Preview(signature([provider.pk], is_active), **table([(provider, states)]))
    address = {"address": provider.get_absolute_url()}
    if is_active:
        preview.notes += [
            _("Its page %(address)s and its feeds are there again.") % address,
            _("Stories that upstream proposes from now on are published as it proposes, and it can be picked again."),
            _("What came into the inbox meanwhile stays there until somebody decides."),
        ]
        return preview
    scheduled = provider.articles.filter(published=True, visible_from__gt=timezone.now()).count()
    preview.notes += [
        _("Its page %(address)s and its feeds answer “not found”; the list of outlets leaves it out.") % address,
        _("Its published stories stay, with its name and without a link to its page."),
        _("New stories still come in, and wait in the inbox: no import publishes one. A person may."),
        _("It cannot be picked for a story any more. Coverage of other stories stays."),
    ]
    if scheduled:
        text = ngettext(
            "%(n)d scheduled story still comes out at its time.",
            "%(n)d scheduled stories still come out at their time.",
            scheduled,
        )
        preview.warnings.append(text % {"n": scheduled})
    return preview


def table(states):
    """Return heads and rows of a table of [(provider, {state: number})], each number leading to its stories."""
    stories = reverse("admin:articles_article_changelist")
    rows = [
        (
            f"{provider.name} ({provider.display_domain})" if provider.domain else provider.name,
            [
                (number, f"{stories}?{urlencode({'provider__id__exact': provider.pk, 'state': state})}")
                for state, number in numbers.items()
            ],
        )
        for provider, numbers in states
    ]
    return {"heads": [_("Provider"), *(state.label for state in State)], "rows": rows}


def published_in_words(number):
    if not number:
        return _("No published story changes.")
    text = ngettext(
        "%(number)s published story changes for readers; its own address stays.",
        "%(number)s published stories change for readers; their own addresses stay.",
        number,
    )
    return text % {"number": number_format(number, use_l10n=True, force_grouping=True)}


def coverage_in_words(providers):
    """Return the sentence on the coverage of other stories that providers have. One query."""
    links = RelatedLink.objects.filter(provider__in=providers)
    counted = links.aggregate(links=Count("pk"), stories=Count("article", distinct=True))
    if not counted["links"]:
        return _("No coverage of another story is by it.")
    text = ngettext(
        "%(links)s piece of coverage is by it, of %(stories)s stories.",
        "%(links)s pieces of coverage are by it, of %(stories)s stories.",
        counted["links"],
    )
    return text % {name: number_format(n, use_l10n=True, force_grouping=True) for name, n in counted.items()}


def names_in_words(providers):
    """Return the sentence on the names by which the next import finds the provider. One query."""
    aliases = list(ProviderAlias.objects.filter(provider__in=providers)[: MOST_NAMES + 1])
    named = ", ".join(plain_text(str(alias)) for alias in aliases[:MOST_NAMES])
    if len(aliases) > MOST_NAMES:
        named += ", …"
    return _("The next import finds it by: %(names)s.") % {"names": named}
