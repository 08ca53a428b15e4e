from django.db import models
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Lower

# What a list of providers goes by; of two of one name, by their domains.
BY_NAME = ("lower_name", "domain")


class ProviderQuerySet(models.QuerySet):
    def active(self):
        """Keep the providers that readers may see pages of."""
        return self.filter(is_active=True)

    def slug_now_of(self, slug):
        """Return the slug of the active provider that had another before, None if there is none. One query."""
        return self.active().filter(former_slugs__slug=slug).values_list("slug", flat=True).first()

    def inactive(self):
        """Keep the providers of whose stories no import publishes one."""
        return self.filter(is_active=False)

    def with_visible_stories(self):
        """Keep the providers of at least one story that readers may see."""
        stories = self.model._meta.get_field("articles").related_model
        return self.filter(Exists(stories.objects.visible().filter(provider=OuterRef("pk"))))

    def by_name(self):
        """Order by BY_NAME."""
        return self.annotate(lower_name=Lower("name")).order_by(*BY_NAME)

    def with_logo(self):
        """Load `logo_file`, the name of the file of its logo, None when we have no copy of one."""
        return self.annotate(logo_file=file_of_logo(self.model, "pk"))


def file_of_logo(provider_model, outer):
    """Return the expression of the file of the first logo we have of the provider in a query's column `outer`."""
    images = provider_model._meta.get_field("images").related_model.objects.exclude(file="")
    return Subquery(images.filter(provider=OuterRef(outer)).order_by("position", "pk").values("file")[:1])
