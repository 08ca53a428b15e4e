from django.contrib import admin
from django.db.models import Count
from django.utils.translation import gettext_lazy as _
from taggit.models import Tag
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from articles.admin.forms import TopicForm
from articles.models import Topic, TopicAlias

# Topics are the tags here; django-taggit's own would be a second, empty kind.
admin.site.unregister(Tag)


class AliasInline(TabularInline):
    """The names by which upstream means this topic."""

    model = TopicAlias
    extra = 0
    tab = True


@admin.register(Topic)
class TopicAdmin(ModelAdmin):
    form = TopicForm
    inlines = [AliasInline]
    list_display = ["name", "parent", "short_name", "keyword_count", "story_count"]
    list_select_related = ["parent"]
    list_filter = [("parent", AutocompleteSelectFilter)]
    list_filter_submit = True
    search_fields = ["name", "short_name"]
    autocomplete_fields = ["parent"]
    prepopulated_fields = {"slug": ["name"]}
    ordering = ["name"]

    def get_inlines(self, request, obj):
        # A new topic gets its first upstream name by itself.
        return super().get_inlines(request, obj) if obj else []

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(stories=Count("article_links"))

    @display(description=_("Keywords"))
    def keyword_count(self, topic):
        return len(topic.keywords)

    @display(description=_("Stories"), ordering="stories")
    def story_count(self, topic):
        return topic.stories
