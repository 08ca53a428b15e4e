"""The list of providers, and the page of one provider."""

from functools import partial

from django.db.models import BigIntegerField, CharField, SlugField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles.models import Article
from articles.querysets import ArticleQuerySet
from newsroom.addresses import full_url
from newsroom.db.compiled_queries import CompiledQuery, Param
from newsroom.db.instances import Instances
from newsroom.pagination import NOW, alphabetical_page
from providers.models import Provider
from providers.querysets import BY_NAME
from reader.breadcrumbs import breadcrumb_list, provider_breadcrumbs
from reader.page_cache import shared_page
from reader.redirects import redirect_former_slugs
from reader.story_pages import page_of, paginated

PROVIDERS_LISTED = 120
PROVIDER = CompiledQuery.of_instances(
    lambda: Provider.objects.active().with_logo().filter(slug=Param("slug", SlugField())),
    Instances(Provider, annotations={"logo_file": CharField()}),
)


@paginated
def stories_of_provider() -> ArticleQuerySet:
    return Article.objects.visible(NOW).filter(provider=Param("provider", BigIntegerField()))


@require_safe
@shared_page
def provider_list(request: HttpRequest) -> HttpResponse:
    """Show the providers that readers may see stories of, by name; `?after=` begins a later page."""
    providers = Provider.objects.active().with_visible_stories().with_logo().by_name()
    after = request.GET.get("after", "")
    page = alphabetical_page(providers, BY_NAME, after, PROVIDERS_LISTED)
    return render(request, "provider_list.html", {"page": page, "after": after})


@require_safe
@redirect_former_slugs(Provider.objects.current_slug_for)
@shared_page
def provider(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a provider and its stories, newest first; `?before=` begins a later page."""
    before = request.GET.get("before", "")
    providers = PROVIDER.rows(slug=slug)
    if not providers:
        raise Http404("There is no such outlet.")
    (provider,) = providers
    page = page_of(stories_of_provider, before, provider=provider.pk)
    context = {
        "provider": provider,
        "page": page,
        "is_first_page": not before,
        "structured": [breadcrumb_list(provider_breadcrumbs(provider), partial(full_url, request))],
    }
    if not before:
        # How often it leads: the coverage of other outlets is listed under its story.
        context["led"] = sum(story.outlets > 0 for story in page.stories)
    return render(request, "provider.html", context)
