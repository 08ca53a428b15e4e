"""The desk's list of stories: its columns, order and search, and loading its rows."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.db.models import Count, Prefetch
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from unfold.views import ChangeList

from articles.canonical_urls import identity_of, is_web_url
from articles.models import Conflict, Image, OpenStory
from articles.permissions import EDIT, PUBLISH
from articles.search.common_words import is_common
from articles.search.matching import matching
from articles.search.queries import parse_query
from desk.stories import list_parameters
from desk.stories.filter_types import sort_column
from desk.stories.score_form import SCORES
from desk.stories.story_list_filters import FirstVisibleFilter
from desk.stories.story_rows import build_rows, column
from newsroom.accounts import name_of

# The columns that a row shows; creating objects of all forty takes longer than reading them.
ROW_COLUMNS = (
    *("title", "kind", "dated_at", "url_date", "slug", "state", "visible_from", "visible_until", "quality", "heat"),
    *("pin", "web_url", "original_url", "proposed_publish_at", "is_removed", "provider__name"),
)
HEADLINE = column("headline", gettext_lazy("Headline"), "dated_at")
# Headings and sorting only: the list itself renders story_rows.StoryRow.
COLUMNS = [
    column("picture", gettext_lazy("Picture")),
    HEADLINE,
    column("state", gettext_lazy("State")),
    *SCORES,
    column("outlets", gettext_lazy("Coverage")),
    column("marks", gettext_lazy("Flags")),
]
# What a column sorts by, descending, and then by key, so that an index can be used for both directions.
SORT_FIELDS = {HEADLINE: "dated_at", "quality": "quality", "heat": "heat"}


class StoryChangeList(ChangeList):
    """The list, its rows loaded in two queries."""

    result_list: Any

    def __init__(self, request, *args, **kwargs):
        self.request = request
        request.GET, wrong = list_parameters.remove_wrong_keys(list_parameters.with_current_names(request.GET))
        try:
            super().__init__(request, *args, **kwargs)
        except IncorrectLookupParameters:
            request.GET, unknown = list_parameters.remove_unknown(request.GET, self.list_filter)
            wrong += unknown
            super().__init__(request, *args, **kwargs)
        list_parameters.report(request, wrong + list_parameters.wrong_choices(self))

    def get_results(self, request):
        """Find the keys of the page first, then load its rows by them.

        In one query the database would compute every column of every story that it has to sort.
        """
        try:
            super().get_results(request)
        except IncorrectLookupParameters:
            # The page has become empty since its address was made; a redirect would lose filter, search and order.
            self.page_num = self.model_admin.get_paginator(request, self.queryset, self.list_per_page).num_pages
            super().get_results(request)
        # The count is below the list; unfold would repeat it above, with a link to all stories.
        self.full_result_count = self.result_count
        is_first = self.page_num == 1 and not self.show_all
        keys = (
            self.paginator.first_keys[: self.list_per_page]
            if is_first
            else list(self.result_list.values_list("pk", flat=True))
        )
        stories = {story.pk: story for story in load_rows(self.model.objects.filter(pk__in=keys))}
        self.result_list = [stories[key] for key in keys if key in stories]
        add_activity(self.result_list, request.user)

    def get_ordering(self, request, queryset):
        """Order by one column; with several, no index would serve, and all stories would be sorted."""
        column, is_ascending = self.sorting
        name = SORT_FIELDS[column]
        if not self.params.get(ORDER_VAR) and self.is_filtered_by_first_visible:
            name = "visible_from"
        return [name, "pk"] if is_ascending else [f"-{name}", "-pk"]

    @property
    def is_filtered_by_first_visible(self):
        """Whether the list is narrowed to the days on which readers first saw its stories."""
        return any(isinstance(spec, FirstVisibleFilter) and spec.value() for spec in self.filter_specs)

    @cached_property
    def sorting(self):
        """The column the list is sorted by, and whether ascending: newest first by default."""
        column, is_ascending = sort_column(self.params.get(ORDER_VAR, ""), self.list_display)
        if column in SORT_FIELDS:
            return column, is_ascending
        return HEADLINE, False

    def get_ordering_field_columns(self):
        column, is_ascending = self.sorting
        return {self.list_display.index(column): "asc" if is_ascending else "desc"}

    @property
    def filters_used(self):
        """How many of the filters narrow the list."""
        return sum(bool(spec.value()) for spec in self.filter_specs)

    @property
    def headings(self):
        """Yield the heading of each column: its text, the address that sorts by it, and the current order."""
        sorted_by, is_ascending = self.sorting
        for number, name in enumerate(self.list_display):
            if name == "action_checkbox":
                continue
            is_sorted = name == sorted_by
            # Highest first; a second click reverses the order.
            is_descending = is_sorted and not is_ascending
            order = {ORDER_VAR: f"{'' if is_descending else '-'}{number}"}
            yield {
                "name": getattr(name, "__name__", name),
                "text": label_for_field(name, self.model, self.model_admin),
                "url": self.get_query_string(order, [PAGE_VAR]) if name in SORT_FIELDS else "",
                "sorted": ("ascending" if is_ascending else "descending") if is_sorted else "",
            }

    @property
    def rows(self):
        """The StoryRows of the page; those with invalid input have what was typed."""
        user = self.request.user
        may_change, may_publish = user.has_perm(EDIT), user.has_perm(PUBLISH)
        rows = build_rows(self, may_publish=may_publish, may_change=may_change)
        add_activity([row.story for row in rows if row.form], user)
        return rows


def search_stories(stories, term):
    """Search the full-text index; a URL finds its story."""
    if is_web_url(term):
        return stories.identified_by(identity_of(term))
    query = parse_query(term)
    if not query:
        return stories.none()
    return matching(stories, query, common=is_common(stories, query))


def load_forms(stories):
    """Load what the list's forms need, which write to the stories. Three queries."""
    unused_columns = ("body", "featured_content", "items", "actions")
    forms = stories.select_related("provider").with_outlets().with_upstream_heat().defer(*unused_columns)
    return forms.prefetch_related("images", "provider__images")


def load_rows(stories):
    """Load only what the rows of the list show. Two queries."""
    pictures = Image.objects.leading().only("article_id", "file", "position", "lead_score")
    rows = stories.select_related("provider").with_outlets().with_upstream_heat().only(*ROW_COLUMNS)
    return rows.prefetch_related(Prefetch("images", pictures))


def add_activity(stories, user):
    """Set on stories `opened_by`, the names of others who have them open, and `conflict_count`. Two queries."""
    stories = {story.pk: story for story in stories}
    if not stories:
        return
    for story in stories.values():
        story.opened_by, story.conflict_count = [], 0
    conflicts = Conflict.objects.filter(article__in=stories, settlement="").order_by().values_list("article")
    for key, number in conflicts.annotate(number=Count("pk")):
        stories[key].conflict_count = number
    for open_story in OpenStory.objects.current().filter(article__in=stories).exclude(user=user).select_related("user"):
        stories[open_story.article_id].opened_by.append(name_of(open_story.user))
