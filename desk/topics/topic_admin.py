"""The desk's list of topics, which is their tree, and the page of each."""

from copy import copy

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from taggit.models import Tag
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from articles.models import ArticleTopic, Topic, TopicAlias
from articles.sanitising import plain_text
from desk.admin_rows import selected_rows
from desk.merging import merge_selected
from desk.optimistic_locking import OptimisticForm
from desk.reports.counting import describe_count
from desk.reports.topic_report import with_story_counts
from desk.site import is_row_key
from desk.stories.story_form import LinesField
from desk.topics.topic_actions import MERGE, action_links, deletion_url, urls
from desk.topics.topic_list import TopicList
from desk.topics.topic_page import topic_figures, topic_stories_url

# Topics are the tags here; django-taggit's own would be a second, empty kind.
admin.site.unregister(Tag)

KEYWORDS_SHOWN = 6


class AliasInline(TabularInline):
    """The names by which upstream means this topic."""

    model = TopicAlias
    extra = 0
    tab = True
    add_label = gettext_lazy("Add an upstream name")


class MissingDetailsFilter(DropdownFilter):
    """Topics that lack something."""

    title = gettext_lazy("completeness")
    parameter_name = "lack"

    def lookups(self, request, model_admin):
        return [
            ("keywords", _("Without keywords")),
            ("stories", _("Without stories")),
            ("place", _("Without parent or subtopics")),
        ]

    def queryset(self, request, queryset):
        conditions = {
            "keywords": Q(keywords=[]),
            "stories": ~Exists(ArticleTopic.objects.filter(tag=OuterRef("pk"))),
            "place": Q(parent__isnull=True) & ~Exists(Topic.objects.filter(parent=OuterRef("pk"))),
        }
        return queryset.filter(conditions[self.value()]) if self.value() in conditions else queryset


class TopicForm(OptimisticForm):
    keywords = LinesField(
        label=gettext_lazy("Keywords"),
        help_text=gettext_lazy("One per line. Stories that use one get this topic as a suggestion."),
    )
    hashtags = LinesField(label=gettext_lazy("Hashtags"), help_text=gettext_lazy("One per line."))

    class Meta:
        model = Topic
        fields = ["name", "slug", "short_name", "parent", "description", "keywords", "hashtags"]
        # taggit has another German word for it.
        labels = {"slug": capfirst(gettext_lazy("slug"))}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            # A new topic without a slug gets it from its name; an existing one keeps its slug.
            self.fields["slug"].required = False

    def clean_slug(self):
        return self.cleaned_data["slug"] or self.instance.slug


@admin.register(Topic)
class TopicAdmin(ModelAdmin):
    form = TopicForm
    inlines = [AliasInline]
    fields = ["rendered", "name", "slug", "short_name", "parent", "description", "keywords", "hashtags"]
    list_display = ["place", "keyword_list", "story_count", "published_count"]
    list_display_links = ["place"]
    list_filter = [MissingDetailsFilter]
    list_per_page = 100
    change_form_outer_before_template = "admin/articles/topic/figures.html"
    search_fields = ["name", "short_name", "aliases__name"]
    autocomplete_fields = ["parent"]
    prepopulated_fields = {"slug": ["name"]}
    ordering = [Lower("name")]
    actions = ["merge_selected", "delete_all_selected"]

    def get_urls(self):
        return [*urls(self), *super().get_urls()]

    def get_inlines(self, request, obj):
        # A new topic gets its first upstream name by itself.
        return super().get_inlines(request, obj) if obj else []

    def get_prepopulated_fields(self, request, obj=None):
        # An existing topic keeps its address when its name changes.
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_queryset(self, request):
        topics = super().get_queryset(request)
        return with_story_counts(topics) if request.resolver_match.url_name.endswith("_changelist") else topics

    def get_changelist(self, request, **kwargs):
        return TopicList

    def get_search_results(self, request, queryset, search_term):
        """Find topics by their keywords, too. Python compares these, as a JSON column has other scripts escaped."""
        topics, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        term = search_term.strip().casefold()
        if not term:
            return topics, may_have_duplicates
        keywords = Topic.objects.exclude(keywords=[]).order_by().values_list("pk", "keywords")
        keys = [key for key, words in keywords if any(term in str(word).casefold() for word in words)]
        return queryset.filter(Q(pk__in=topics.order_by().values("pk")) | Q(pk__in=keys)), False

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("Topics"), **(extra_context or {})})

    def get_object(self, request, object_id, from_field=None):
        topic = super().get_object(request, object_id, from_field)
        if topic is not None and request.method == "POST":
            # Locked with its new parent, so that two people at once cannot make a circle of the two.
            parent = request.POST.get("parent", "")
            keys = {topic.pk, int(parent) if is_row_key(parent) else topic.pk}
            list(Topic.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
            topic.refresh_from_db()
        return topic

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["show_save_and_add_another"] = False
        if obj is not None:
            context |= topic_figures(obj)
            context |= {"action_links": action_links(self, request, obj), "topic": obj}
            context["title"] = plain_text(obj.name)
            # The link is among `action_links`.
            context["show_delete"] = False
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def delete_view(self, request, object_id, extra_context=None):
        # The stock page would load every story of the topic.
        selected_rows(self, request, [object_id], "delete")
        return redirect(deletion_url([object_id]))

    # Columns ------------------------------------------------------------------------------------

    @display(description=gettext_lazy("Topic"), ordering="name")
    def place(self, topic):
        note = topic.path or (topic.short_name if topic.short_name != topic.name else "")
        return format_html(
            '<span class="desk-place" style="--depth: {}"><span class="desk-name" dir="auto">{}</span>'
            '<span class="desk-byline" dir="auto">{}</span></span>',
            min(topic.depth, 8),
            plain_text(topic.name),
            note,
        )

    @display(description=gettext_lazy("Keywords"))
    def keyword_list(self, topic):
        words = [str(word) for word in topic.keywords]
        more = f" +{len(words) - KEYWORDS_SHOWN}" if len(words) > KEYWORDS_SHOWN else ""
        return ", ".join(words[:KEYWORDS_SHOWN]) + more or "–"

    @display(description=gettext_lazy("Stories"), ordering="stories")
    def story_count(self, topic):
        text = describe_count(topic.stories)
        return format_html('<a href="{}">{}</a>', topic_stories_url(topic), text) if topic.stories else text

    @display(description=gettext_lazy("Published"), ordering="published_stories")
    def published_count(self, topic):
        text = describe_count(topic.published_stories)
        url = topic_stories_url(topic, state="published")
        return format_html('<a href="{}">{}</a>', url, text) if topic.published_stories else text

    # Actions ------------------------------------------------------------------------------------

    @admin.action(description=gettext_lazy("Merge selected topics…"), permissions=["change", "delete"])
    def merge_selected(self, request, topics):
        return merge_selected(MERGE, self, request, topics)

    @admin.action(description=gettext_lazy("Delete selected topics…"), permissions=["delete"])
    def delete_all_selected(self, request, topics):
        return redirect(deletion_url(list(topics.order_by("pk").values_list("pk", flat=True))))

    def get_actions(self, request):
        actions = super().get_actions(request)
        # Its page would load every story of each.
        actions.pop("delete_selected", None)
        return actions


@admin.register(TopicAlias)
class DeletedTopicAdmin(ModelAdmin):
    """The names of deleted topics, which imports leave out. Deleting such a name lets the next import recreate it."""

    list_display = ["name"]
    list_before_template = "admin/articles/topic/about_deleted.html"
    search_fields = ["name"]
    fields = readonly_fields = ["name"]
    actions = ["allow_reimport"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(topic=None)

    def changelist_view(self, request, extra_context=None):
        # The page's head shows the name in `opts`.
        opts = copy(self.opts)
        opts.verbose_name_plural = title = _("Deleted topics")
        return super().changelist_view(request, {"title": title, "opts": opts, **(extra_context or {})})

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("articles.view_topic")

    def has_delete_permission(self, request, obj=None):
        return request.user.has_perm("articles.delete_topic")

    @admin.action(description=gettext_lazy("Allow re-import"), permissions=["delete"])
    def allow_reimport(self, request, names):
        number = names.count()
        names.delete()
        text = ngettext("%(number)d topic can be imported again.", "%(number)d topics can be imported again.", number)
        self.message_user(request, text % {"number": number})

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions
