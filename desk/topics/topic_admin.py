"""The desk's list of topics, which is their tree, and the page of each."""

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from taggit.models import Tag
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from articles.models import ArticleTopic, Topic, TopicAlias
from articles.sanitising import plain_text
from desk.confirmation import ActPages
from desk.form_fields import LinesField
from desk.optimistic_locking import GuardedForm
from desk.reports import counting
from desk.reports.topic_report import with_numbers
from desk.topics.topic_actions import TopicActs, stories_about
from desk.topics.topic_list import TopicList

# Topics are the tags here; django-taggit's own would be a second, empty kind.
admin.site.unregister(Tag)

KEYWORDS_SHOWN = 6


class AliasInline(TabularInline):
    """The names by which upstream means this topic."""

    model = TopicAlias
    extra = 0
    tab = True


class LackFilter(DropdownFilter):
    """Topics that want looking after."""

    title = gettext_lazy("what is missing")
    parameter_name = "lack"

    def lookups(self, request, model_admin):
        return [
            ("keywords", _("Without keywords")),
            ("stories", _("Without stories")),
            ("place", _("Alone: above and below no other")),
        ]

    def queryset(self, request, queryset):
        conditions = {
            "keywords": Q(keywords=[]),
            "stories": ~Exists(ArticleTopic.objects.filter(tag=OuterRef("pk"))),
            "place": Q(parent__isnull=True) & ~Exists(Topic.objects.filter(parent=OuterRef("pk"))),
        }
        return queryset.filter(conditions[self.value()]) if self.value() in conditions else queryset


class TopicForm(GuardedForm):
    keywords = LinesField(
        label=gettext_lazy("Keywords"),
        help_text=gettext_lazy("One a line. A story that uses the words is suggested the topic."),
    )
    hashtags = LinesField(label=gettext_lazy("Hashtags"), help_text=gettext_lazy("One a line."))

    class Meta:
        model = Topic
        fields = ["name", "slug", "short_name", "parent", "description", "keywords", "hashtags"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            # A new topic without one gets it from its name; an old one keeps its own.
            self.fields["slug"].required = False

    def clean_slug(self):
        return self.cleaned_data["slug"] or self.instance.slug


@admin.register(Topic)
class TopicAdmin(TopicActs, ActPages, ModelAdmin):
    form = TopicForm
    inlines = [AliasInline]
    fields = ["seen", "name", "slug", "short_name", "parent", "description", "keywords", "hashtags"]
    list_display = ["place", "keyword_list", "story_count", "out"]
    list_display_links = ["place"]
    list_filter = [LackFilter]
    list_per_page = 100
    change_form_outer_before_template = "admin/articles/topic/figures.html"
    search_fields = ["name", "short_name", "aliases__name"]
    autocomplete_fields = ["parent"]
    prepopulated_fields = {"slug": ["name"]}
    ordering = [Lower("name")]
    actions = ["merge_selected", "delete_all_selected"]

    def get_inlines(self, request, obj):
        # A new topic gets its first upstream name by itself.
        return super().get_inlines(request, obj) if obj else []

    def get_prepopulated_fields(self, request, obj=None):
        # An old topic keeps its address when its name changes.
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_queryset(self, request):
        topics = super().get_queryset(request)
        return with_numbers(topics) if request.resolver_match.url_name.endswith("_changelist") else topics

    def get_changelist(self, request, **kwargs):
        return TopicList

    def get_search_results(self, request, queryset, search_term):
        """Find topics by their keywords, too, whatever script these are in: a JSON column has them escaped."""
        found, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        term = search_term.strip().casefold()
        if not term:
            return found, may_have_duplicates
        keywords = Topic.objects.exclude(keywords=[]).order_by().values_list("pk", "keywords")
        keys = [key for key, words in keywords if any(term in str(word).casefold() for word in words)]
        return queryset.filter(Q(pk__in=found.order_by().values("pk")) | Q(pk__in=keys)), False

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("Topics"), **(extra_context or {})})

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found is not None and request.method == "POST":
            # Locked with the one it shall stand below, so that two people at once make no circle of the two.
            parent = request.POST.get("parent", "")
            keys = {found.pk, int(parent) if parent.isdecimal() and len(parent) < 19 else found.pk}
            list(Topic.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
            found.refresh_from_db()
        return found

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["show_save_and_add_another"] = False
        if obj is not None:
            context |= self.figures_of(obj) | {"acts": self.acts_for(request, obj), "topic": obj}
            context["title"] = plain_text(obj.name)
            # Deleting is asked for where one sees what it does.
            context["show_delete"] = False
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

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
        words = counting.in_words(topic.stories)
        return format_html('<a href="{}">{}</a>', stories_about(topic), words) if topic.stories else words

    @display(description=gettext_lazy("Published"), ordering="out")
    def out(self, topic):
        words = counting.in_words(topic.out)
        address = stories_about(topic, state="published")
        return format_html('<a href="{}">{}</a>', address, words) if topic.out else words

    # What may be done ---------------------------------------------------------------------------

    @admin.action(description=gettext_lazy("Merge selected topics into one …"), permissions=["change", "delete"])
    def merge_selected(self, request, topics):
        """Go on to the page that asks which one shall stay."""
        keys = list(topics.order_by("pk").values_list("pk", flat=True))
        if len(keys) < 2:
            self.message_user(request, _("Select two topics or more to merge."), messages.WARNING)
            return None
        return redirect(f"{reverse('admin:topic-merge')}?{urlencode({'of': keys}, doseq=True)}")

    @admin.action(description=gettext_lazy("Delete selected topics …"), permissions=["delete"])
    def delete_all_selected(self, request, topics):
        """Go on to the page that shows what goes with them."""
        keys = list(topics.order_by("pk").values_list("pk", flat=True))
        return redirect(f"{reverse('admin:topic-delete')}?{urlencode({'of': keys}, doseq=True)}")

    def get_actions(self, request):
        actions = super().get_actions(request)
        # Its page would load every story of each.
        actions.pop("delete_selected", None)
        return actions


@admin.register(TopicAlias)
class DeletedTopicAdmin(ModelAdmin):
    """The names of deleted topics, which imports leave out. Deleting such a name lets the next import bring it back."""

    list_display = ["name"]
    list_before_template = "admin/articles/topic/about_deleted.html"
    search_fields = ["name"]
    fields = readonly_fields = ["name"]
    actions = ["lift"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(topic=None)

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("Deleted topics"), **(extra_context or {})})

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("articles.view_topic")

    def has_delete_permission(self, request, obj=None):
        return request.user.has_perm("articles.delete_topic")

    @admin.action(description=gettext_lazy("Lift: let the next import bring them back"), permissions=["delete"])
    def lift(self, request, names):
        number = names.count()
        names.delete()
        self.message_user(request, _("%(number)d lifted.") % {"number": number})

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions
