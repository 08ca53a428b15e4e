from django.db import models
from django.db.models import Exists, OuterRef


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

    def with_published_stories(self):
        """Keep the providers of at least one story that readers may see."""
        stories = self.model._meta.get_field("articles").related_model
        return self.filter(Exists(stories.objects.published().filter(provider=OuterRef("pk"))))
