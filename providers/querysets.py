"""Queries for providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from providers.models import Provider

# The order of lists of providers; those with the same name are ordered by domain.
BY_NAME = ("lower_name", "domain")


class ProviderQuerySet(models.QuerySet["Provider"]):
    """Providers; only active ones have pages on the reader site."""

    def active(self) -> ProviderQuerySet:
        """Keep the providers whose pages readers can see."""
        return self.filter(is_active=True)

    def current_slug_for(self, slug: str) -> str | None:
        """Return the current slug of the active provider that had `slug` before, or None. One query."""
        return self.active().filter(former_slugs__slug=slug).values_list("slug", flat=True).first()

    def inactive(self) -> ProviderQuerySet:
        """Keep the providers whose stories imports do not publish."""
        return self.filter(is_active=False)

    def with_visible_stories(self) -> ProviderQuerySet:
        """Keep the providers that have a story that readers can see."""
        # The relation begins in an app that this one does not import.
        stories: Any = self.model._meta.get_field("articles").related_model
        return self.filter(Exists(stories.objects.visible().filter(provider=OuterRef("pk"))))

    def by_name(self) -> ProviderQuerySet:
        """Order by BY_NAME."""
        return self.annotate(lower_name=Lower("name")).order_by(*BY_NAME)

    def with_logo(self) -> ProviderQuerySet:
        """Annotate `logo_file`, the name of the logo's file, or None without one."""
        return self.annotate(logo_file=file_of_logo(self.model, "pk"))


def file_of_logo(provider_model: type[models.Model], outer: str) -> Subquery:
    """Return an expression for the file of the best logo of the provider in a query's column `outer`."""
    image_model: Any = provider_model._meta.get_field("images").related_model
    images = image_model.objects.exclude(file="")
    return Subquery(
        images.filter(provider=OuterRef(outer)).order_by("-lead_score", "position", "pk").values("file")[:1]
    )
