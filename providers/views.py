from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from newsroom.paging import page_of
from providers.models import Provider


@require_safe
def provider_list(request):
    """Show all providers that readers may see, by name."""
    providers = Provider.objects.active().with_published_stories().prefetch_related("images")
    return render(request, "providers/provider_list.html", {"providers": providers})


@require_safe
def provider(request, slug):
    """Show a provider and its stories, newest first; `?before=` leads to older ones."""
    shown = get_object_or_404(Provider.objects.active().prefetch_related("images"), slug=slug)
    page = page_of(shown.articles.published().with_card_data(), request.GET.get("before", ""))
    context = {"provider": shown, "page": page, "is_first_page": "before" not in request.GET}
    return render(request, "providers/provider.html", context)
