from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone


class ArticleQuerySet(models.QuerySet):
    def published(self):
        """Keep what readers may see now. Every public page, feed, search and API call goes through it.

        Computed when a page is read, so that a schedule comes true without a worker.
        """
        now = timezone.now()
        return self.filter(
            Q(visible_until__isnull=True) | Q(visible_until__gt=now), published=True, visible_from__lte=now
        )

    def for_front_page(self):
        """Order by rank; what is not scored never ranks."""
        return self.filter(rank__isnull=False).order_by("-rank", "-pk")

    def latest_first(self):
        """Order by time, newest first."""
        return self.order_by("-dated_at", "-pk")

    def about(self, topics):
        """Keep the stories that are about at least one of `topics`, each once."""
        links = self.model.topics.through.objects.filter(tag__in=topics)
        return self.filter(pk__in=links.values("content_object_id"))

    def with_card_data(self):
        """Load what a card shows: provider with logos, pictures, number of other outlets. Three queries in all."""
        return (
            self.select_related("provider")
            .prefetch_related("images", "provider__images")
            .annotate(outlets=other_outlets(self.model))
            .defer("body", "featured_content", "items", "actions")
        )

    def with_story_data(self):
        """Load what a story's page shows, related coverage and topics included."""
        links = related_model(self.model, "related_links").objects.for_readers(self.model.objects.published())
        topics = related_model(self.model, "topic_links").objects.select_related("tag")
        return self.select_related("provider").prefetch_related(
            "images", "provider__images", Prefetch("topic_links", topics), Prefetch("related_links", links)
        )


def related_model(model, name):
    """Return the model behind a reverse relation, which this module cannot import, as it is made of these querysets."""
    return model._meta.get_field(name).related_model


def other_outlets(article_model):
    """Return the expression that counts the other outlets covering a story."""
    links = (
        related_model(article_model, "related_links")
        .objects.shown()
        .filter(article=OuterRef("pk"), provider__isnull=False)
    )
    others = links.exclude(provider=OuterRef("provider")).order_by().values("article")
    return Coalesce(Subquery(others.annotate(n=Count("provider", distinct=True)).values("n")), 0)


class RelatedLinkQuerySet(models.QuerySet):
    def shown(self):
        """Keep what the desk has not hidden."""
        return self.filter(is_hidden=False)

    def for_readers(self, visible_articles):
        """Keep what readers may see, best quality first; our own story is linked only if it is visible."""
        return (
            self.shown()
            .select_related("provider")
            .prefetch_related(Prefetch("linked_article", visible_articles))
            .order_by(F("quality").desc(nulls_last=True), "position", "pk")
        )


class TopicQuerySet(models.QuerySet):
    def for_readers(self):
        """Keep the topics of the tree, and others only if readers may see a story about them."""
        return self.filter(Q(parent__isnull=False) | self.has_children() | self.has_stories("tag"))

    def for_navigation(self):
        """Keep the topics that stand below no other and are about something, those with topics below first."""
        return (
            self.filter(self.has_stories("tag") | self.has_stories("tag__parent"), parent__isnull=True)
            .annotate(is_tree=self.has_children())
            .order_by("-is_tree", Lower("name"))
        )

    def has_children(self):
        """Return the condition that a topic has others below it."""
        return Exists(self.model.objects.filter(parent=OuterRef("pk")))

    def has_stories(self, where):
        """Return the condition that readers may see a story about a topic ("tag") or one below it ("tag__parent")."""
        stories = related_model(self.model, "article_links")._meta.get_field("content_object").related_model
        # From the story, not from a list of all visible ones: the first that is found is enough.
        return Exists(stories.objects.published().filter(**{f"topic_links__{where}": OuterRef("pk")}))

    def with_children(self):
        """Load the topics below each. One query more."""
        return self.prefetch_related("children")
