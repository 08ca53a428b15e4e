"""What renaming, merging or deactivating a provider would do, in numbers and sentences."""

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.choices import State
from articles.models import Image, RelatedLink
from articles.sanitising import plain_text
from desk.confirmation import Preview, aliases_note, redirect_note, step_for_too_many
from desk.form_fields import name_with_domain
from desk.reports.provider_report import count_by_state
from newsroom.numbers import format_number
from providers.models import Provider, ProviderAlias
from providers.renaming import provider_signature, refuse_duplicate

STORIES = "admin:articles_article_changelist"


def provider_stories_url(provider, **filters):
    """Return the address of the list of a provider's stories, filtered further."""
    return f"{reverse(STORIES)}?{urlencode({'provider__id__exact': provider.pk, **filters})}"


def preview_rename(provider, name, domain, slug):
    """Return the Preview; raises ValidationError, by field, when another provider has one of the three."""
    renamed = Provider(pk=provider.pk, name=name, domain=domain, slug=slug)
    refuse_duplicate(renamed)
    counts = count_by_state(provider)
    preview = Preview(provider_signature([provider.pk], name, domain, slug), **state_table([(provider, counts)]))
    if name != provider.name:
        values = {"old": plain_text(provider.name), "new": plain_text(name)}
        preview.notes.append(_("Readers see “%(new)s” instead of “%(old)s” everywhere.") % values)
        preview.notes.append(published_note(counts[State.PUBLISHED]))
        preview.notes.append(coverage_note([provider]))
    if domain != provider.domain:
        values = {"old": provider.display_domain or "–", "new": renamed.display_domain or "–"}
        preview.notes.append(_("Its page links to %(new)s instead of %(old)s.") % values)
    if slug != provider.slug:
        preview.notes.append(redirect_note(provider.get_absolute_url(), renamed.get_absolute_url()))
    else:
        preview.notes.append(_("Its address stays %(address)s.") % {"address": provider.get_absolute_url()})
    preview.notes.append(aliases_note(ProviderAlias.objects.filter(provider=provider)))
    if (name, domain, slug) == (provider.name, provider.domain, provider.slug):
        preview.warnings.append(_("Nothing would change: this is already its name, domain and address."))
    return preview


def preview_merge(target, sources):
    """Return the Preview of merging `sources` into `target`."""
    providers = [target, *sources]
    counts = [(provider, count_by_state(provider)) for provider in providers]
    preview = Preview(
        provider_signature([provider.pk for provider in providers], target.pk),
        **state_table(counts),
        first_step=first_step_of_merge(sources),
    )
    moved = sum(sum(numbers.values()) for _provider, numbers in counts[1:])
    values = {"target": plain_text(target.name), "number": format_number(moved)}
    preview.notes.append(
        ngettext(
            "%(number)s story moves to %(target)s.",
            "%(number)s stories move to %(target)s.",
            moved,
        )
        % values
    )
    preview.notes.append(published_note(sum(numbers[State.PUBLISHED] for _provider, numbers in counts[1:])))
    preview.notes.append(coverage_note(sources))
    logos = Image.objects.filter(provider__in=sources).count()
    if logos:
        text = ngettext("%(n)d logo is added after its own.", "%(n)d logos are added after its own.", logos)
        preview.notes.append(text % {"n": logos})
    preview.notes += [redirect_note(source.get_absolute_url(), target.get_absolute_url()) for source in sources]
    preview.notes.append(aliases_note(ProviderAlias.objects.filter(provider__in=providers)))
    if not target.description and any(source.description for source in sources):
        preview.notes.append(_("%(target)s has no description, so it gets a merged one.") % values)
    if not target.is_active:
        text = _("%(target)s is inactive: these addresses have no public page, and imports don't publish its stories.")
        preview.warnings.append(text % values)
    elif not all(source.is_active for source in sources):
        text = _("%(target)s is active: imports publish stories under these names again, as upstream suggests.")
        preview.warnings.append(text % values)
    return preview


def first_step_of_merge(providers):
    """Return (reason, label, address) of what to do before merging providers with too many stories, else ()."""
    return step_for_too_many(
        {provider: provider.articles.count() for provider in providers},
        _(
            "At most %(most)s stories can move at once, and these are %(number)s. First select the stories of "
            "%(provider)s in the list and use “Change provider”, then come back."
        ),
        _("Show stories of %(provider)s"),
        provider_stories_url,
    )


def preview_state(provider, is_active):
    """Return the Preview of activating or deactivating a provider."""
    preview = Preview(
        provider_signature([provider.pk], is_active), **state_table([(provider, count_by_state(provider))])
    )
    address = {"address": provider.get_absolute_url()}
    if is_active:
        preview.notes += [
            _("Its page %(address)s and its feeds are public again.") % address,
            _("New stories are published as upstream suggests, and editors can choose the provider again."),
            _("Stories already in the inbox stay there until an editor decides."),
        ]
        return preview
    preview.notes += [
        _("Its page %(address)s and its feeds show “not found”, and it disappears from the list of outlets.") % address,
        _("Its published stories stay public with its name, but don't link to its page."),
        _("New stories still come in, but wait in the inbox. Editors can still publish them."),
        _("Editors can no longer choose it for a story. Its related coverage stays."),
    ]
    scheduled = provider.articles.filter(published=True, visible_from__gt=timezone.now()).count()
    if scheduled:
        text = ngettext(
            "%(n)d scheduled story will still be published at its scheduled time.",
            "%(n)d scheduled stories will still be published at their scheduled times.",
            scheduled,
        )
        preview.warnings.append(text % {"n": scheduled})
    return preview


def state_table(counts):
    """Return heads and rows of a Preview's table of [(provider, {state: number})], numbers linked to their stories."""
    rows = []
    for provider, numbers in counts:
        cells = [(number, provider_stories_url(provider, state=state)) for state, number in numbers.items()]
        rows.append((name_with_domain(provider), cells))
    return {"heads": [_("Provider"), *(state.label for state in State)], "rows": rows}


def published_note(number):
    """Return the sentence on the published stories that change."""
    if not number:
        return _("No published stories change.")
    text = ngettext(
        "%(number)s published story changes for readers; its address stays the same.",
        "%(number)s published stories change for readers; their addresses stay the same.",
        number,
    )
    return text % {"number": format_number(number)}


def coverage_note(providers):
    """Return the sentence on the coverage of other stories that providers have. One query."""
    links = RelatedLink.objects.filter(provider__in=providers)
    counts = links.aggregate(links=Count("pk"), stories=Count("article", distinct=True))
    if not counts["links"]:
        return _("No related coverage changes.")
    text = ngettext(
        "%(links)s piece of related coverage changes (stories: %(stories)s).",
        "%(links)s pieces of related coverage change (stories: %(stories)s).",
        counts["links"],
    )
    return text % {name: format_number(number) for name, number in counts.items()}
