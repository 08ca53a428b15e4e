"""Queries for providers."""

from django.db import models
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Lower

# The order of lists of providers; several of one name are ordered by domain.
BY_NAME = ("lower_name", "domain")


class ProviderQuerySet(models.QuerySet):
    """Providers; `active` ones are shown to readers."""

    def active(self):
        """Keep the providers whose pages readers can see."""
        return self.filter(is_active=True)

    def slug_now_of(self, slug):
        """Return the present slug of the active provider that had `slug` before, or None. One query."""
        return self.active().filter(former_slugs__slug=slug).values_list("slug", flat=True).first()

    def inactive(self):
        """Keep the providers whose stories no import publishes."""
        return self.filter(is_active=False)

    def with_visible_stories(self):
        """Keep the providers that have a story readers can see."""
        stories = self.model._meta.get_field("articles").related_model
        return self.filter(Exists(stories.objects.visible().filter(provider=OuterRef("pk"))))

    def by_name(self):
        """Order by BY_NAME."""
        return self.annotate(lower_name=Lower("name")).order_by(*BY_NAME)

    def with_logo(self):
        """Annotate `logo_file`, the name of the logo's file, None when we have no copy of one."""
        return self.annotate(logo_file=file_of_logo(self.model, "pk"))


def file_of_logo(provider_model, outer):
    """Return an expression for the file of the first logo with a copy, of the provider in a query's column `outer`."""
    images = provider_model._meta.get_field("images").related_model.objects.exclude(file="")
    return Subquery(images.filter(provider=OuterRef(outer)).order_by("position", "pk").values("file")[:1])
