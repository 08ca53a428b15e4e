"""The peer's pages: a front page, topics that list their stories, and the stories."""

from django.db import models
from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_datetime
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.fields import RichTextField
from wagtail.models import Orderable, Page, PageManager, PageQuerySet
from wagtail.snippets.models import register_snippet

from peer import front

LIST_LENGTH = 25
HOME = "/home"


class ShortAddress:
    """An address cut from the page's path: with one site nothing needs to be looked up or reversed."""

    def get_absolute_url(self):
        return self.url_path.removeprefix(HOME)


@register_snippet
class Provider(models.Model):
    name = models.CharField(max_length=200)
    slug = models.SlugField(unique=True)
    domain = models.CharField(max_length=253)

    panels = [FieldPanel("name"), FieldPanel("slug"), FieldPanel("domain")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"/providers/{self.slug}/"


class FrontPage(Page):
    def get_context(self, request, *args, **kwargs):
        return super().get_context(request) | {"front": front.compose(StoryPage, TopicPage)}


class TopicIndexPage(Page):
    pass


class TopicPage(ShortAddress, Page):
    def get_context(self, request, *args, **kwargs):
        stories = StoryPage.objects.live().filter(topics=self).order_by("-published_at", "-pk")
        before = parse_datetime(request.GET.get("before", ""))
        if before:
            stories = stories.filter(published_at__lt=before)
        keys = list(stories.values_list("pk", flat=True)[: LIST_LENGTH + 1])
        cards = StoryPage.objects.cards(keys[:LIST_LENGTH])
        stories = [cards[key] for key in keys[:LIST_LENGTH]]
        older = stories[-1].published_at.isoformat() if len(keys) > LIST_LENGTH else ""
        return super().get_context(request) | {"stories": stories, "older": older}


class StoryIndexPage(Page):
    pass


class StoryQuerySet(PageQuerySet):
    def cards(self, keys):
        """Return {key: story} with everything a card shows, in one query."""
        others = RelatedLink.objects.filter(page=OuterRef("pk")).exclude(provider=OuterRef("provider"))
        number = others.order_by().values("page").annotate(n=Count("provider", distinct=True)).values("n")
        return (
            self.select_related("provider", "picture")
            .annotate(outlets=Coalesce(Subquery(number), 0))
            .defer("body", "search_description")
            .in_bulk(keys)
        )


class StoryPage(ShortAddress, Page):
    excerpt = models.TextField(blank=True)
    body = RichTextField(blank=True)
    web_url = models.URLField(max_length=2048)
    published_at = models.DateTimeField(db_index=True)
    rank = models.FloatField(db_index=True)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="stories")
    picture = models.ForeignKey("wagtailimages.Image", models.SET_NULL, null=True, blank=True, related_name="+")
    topics = ParentalManyToManyField(TopicPage, related_name="stories")

    objects = PageManager.from_queryset(StoryQuerySet)()

    content_panels = [
        *Page.content_panels,
        *(FieldPanel(name) for name in "excerpt body web_url published_at provider picture topics".split()),
        InlinePanel("related_links"),
    ]
    parent_page_types = [StoryIndexPage]

    def get_context(self, request, *args, **kwargs):
        """Add topics and coverage, in one query each, which is faster than the page's own relations."""
        links = RelatedLink.objects.filter(page=self.pk).select_related("provider")
        return super().get_context(request) | {
            "topics": TopicPage.objects.filter(stories=self.pk).only("title", "url_path"),
            "coverage": links.order_by(F("quality").desc(nulls_last=True), "sort_order"),
        }


class RelatedLink(Orderable):
    page = ParentalKey(StoryPage, on_delete=models.CASCADE, related_name="related_links")
    title = models.CharField(max_length=1000)
    url = models.URLField(max_length=2048)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True)
    quality = models.IntegerField(null=True)
