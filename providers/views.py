from functools import partial

from django.db.models import BigIntegerField, CharField, SlugField
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from newsroom.addresses import full_url
from newsroom.db.compiled_queries import CompiledQuery, Param
from newsroom.db.instances import Instances
from newsroom.moved import followed
from newsroom.page_cache import for_readers
from newsroom.paging import NOW, in_pages, page_by_name, page_of
from newsroom.trails import of_trail
from providers.models import Provider
from providers.querysets import BY_NAME

PROVIDERS_LISTED = 120
PROVIDER = CompiledQuery.of_instances(
    lambda: Provider.objects.active().with_logo().filter(slug=Param("slug", SlugField())),
    Instances(Provider, annotations={"logo_file": CharField()}),
)


@in_pages
def stories_of_provider():
    stories = Provider._meta.get_field("articles").related_model.objects
    return stories.published(NOW).filter(provider=Param("provider", BigIntegerField()))


@require_safe
@for_readers
def provider_list(request):
    """Show the providers that readers may see stories of, by name; `?after=` leads on."""
    providers = Provider.objects.active().with_published_stories().with_logo().by_name()
    after = request.GET.get("after", "")
    page = page_by_name(providers, BY_NAME, after, PROVIDERS_LISTED)
    return render(request, "providers/provider_list.html", {"page": page, "after": after})


@require_safe
@followed(Provider.objects.slug_now_of)
@for_readers
def provider(request, slug):
    """Show a provider and its stories, newest first; `?before=` leads to older ones."""
    before = request.GET.get("before", "")
    providers = PROVIDER.rows(slug=slug)
    if not providers:
        raise Http404("There is no such provider.")
    shown = providers[0]
    page = page_of(stories_of_provider, before, provider=shown.pk)
    trail = [
        (_("Front page"), reverse("front-page")),
        (_("Outlets"), reverse("provider-list")),
        (shown.name, shown.get_absolute_url()),
    ]
    context = {
        "provider": shown,
        "page": page,
        "is_first_page": not before,
        "structured": [of_trail(trail, partial(full_url, request))],
    }
    if not before:
        # How often it leads: other outlets' coverage stands under its story, and not the other way round.
        context["led"] = sum(story.outlets > 0 for story in page.stories)
    return render(request, "providers/provider.html", context)
