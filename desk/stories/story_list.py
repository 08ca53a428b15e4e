"""The desk's list of stories: its columns, its search, its pages, and judging in place."""

from contextlib import nullcontext

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Prefetch
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.views import ChangeList

from articles import workflow
from articles.canonical_urls import identity_of, is_web_url
from articles.choices import Origin, State
from articles.editing.fields import EditConflict, edit, last_change_of
from articles.models import Article, Conflict, Image, OpenStory
from articles.search.common_words import is_common
from articles.search.matching import matching
from articles.search.queries import parse_query
from desk.edit_conflicts import who_made
from desk.stories.saved_views import views_for
from desk.stories.story_list_filters import STORY_FILTERS, OutFilter, sort_column
from desk.stories.story_rows import ActionForm, UntouchedRows, column, rows_of
from desk.stories.unsaved_numbers import (
    DISCARD,
    SAVE_FIRST,
    UnsavedRows,
    as_saving,
    is_action,
    resumed,
    row_keys,
    unsaved_numbers,
    without_action,
    without_rows,
)
from newsroom.accounts import name_of

# So many are counted, and as far one can turn pages; who wants more asks for less.
COUNTED = 1000
JUDGED = ("quality", "heat")
# The columns that a row shows; making objects of all forty takes longer than reading them.
ROW_COLUMNS = (
    *("title", "kind", "dated_at", "url_date", "slug", "state", "visible_from", "visible_until", "quality", "heat"),
    *("pin", "web_url", "original_url", "proposed_publish_at", "provider__name"),
)
HEADLINE = column("headline", gettext_lazy("Headline"), "dated_at")
# What a column is sorted by, descending; with the key, so that an index serves it from either end.
SORTED_BY = {HEADLINE: "dated_at", "quality": "quality", "heat": "heat"}


class ManyStories(int):
    """A number of stories of which it is only known that there are more."""

    def __str__(self):
        return _("more than %(number)s") % {"number": f"{COUNTED:,}"}


class CappedPaginator(Paginator):
    """Pages of the first thousand stories: no list is ever counted through, and none turned to its far end."""

    @cached_property
    def count(self):
        # Of a list that ends with its first page that page is the count.
        if len(self.first_keys) <= self.per_page:
            return len(self.first_keys)
        number = self.object_list.order_by().values("pk")[: COUNTED + 1].count()
        return ManyStories(COUNTED) if number > COUNTED else number

    @cached_property
    def first_keys(self):
        """The keys of the first page, and one more if there is a second."""
        return list(self.object_list.values_list("pk", flat=True)[: self.per_page + 1])


class StoryList(ChangeList):
    """The list, its rows loaded with what is open and disputed about them. Two queries for all."""

    def __init__(self, request, *args, **kwargs):
        self.request = request
        super().__init__(request, *args, **kwargs)

    def get_results(self, request):
        """Find the keys of the page first, and load what its rows show by them.

        In one query the database would work out every column of every story that it has to sort.
        """
        try:
            super().get_results(request)
        except IncorrectLookupParameters:
            # The page was emptied since its address was made; a redirect would lose filter, search and order, too.
            self.page_num = self.model_admin.get_paginator(request, self.queryset, self.list_per_page).num_pages
            super().get_results(request)
        # How many there are stands below the list; unfold would say it again above, beside a link to all of them.
        self.full_result_count = self.result_count
        is_first = self.page_num == 1 and not self.show_all
        keys = (
            self.paginator.first_keys[: self.list_per_page]
            if is_first
            else list(self.result_list.values_list("pk", flat=True))
        )
        found = {story.pk: story for story in as_rows(self.model.objects.filter(pk__in=keys))}
        self.result_list = [found[key] for key in keys if key in found]
        add_what_happens(self.result_list, request.user)

    def get_ordering(self, request, queryset):
        """Order by one column; by several, no index would serve, and all stories would be sorted."""
        column, is_ascending = self.sorting
        name = SORTED_BY[column]
        if not self.params.get(ORDER_VAR) and self.is_of_days:
            name = "visible_from"
        return [name, "pk"] if is_ascending else [f"-{name}", "-pk"]

    @property
    def is_of_days(self):
        """Whether the list is narrowed to the days on which readers first saw its stories."""
        return any(isinstance(spec, OutFilter) and spec.value() for spec in self.filter_specs)

    @cached_property
    def sorting(self):
        """The column the list is sorted by, and whether that ascends: newest first, unless something else is asked."""
        column, is_ascending = sort_column(self.params.get(ORDER_VAR, ""), self.list_display)
        if column in SORTED_BY:
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
        """What stands above each column: its name, the address that sorts by it, and whether it does already."""
        own = [(number, one) for number, one in enumerate(self.list_display) if one != "action_checkbox"]
        for number, one in own:
            is_sorted = one == self.sorting[0]
            # Highest first, as that is what is looked for; once more turns it round.
            is_turned = is_sorted and not self.sorting[1]
            asked = {ORDER_VAR: f"{'' if is_turned else '-'}{number}"}
            yield {
                "name": getattr(one, "__name__", one),
                "text": label_for_field(one, self.model, self.model_admin),
                "url": self.get_query_string(asked, [PAGE_VAR]) if one in SORTED_BY else "",
                "sorted": ("ascending" if self.sorting[1] else "descending") if is_sorted else "",
            }

    @property
    def rows(self):
        """The rows to draw; those that were typed into wrongly, with what was typed."""
        user = self.request.user
        may_change, may_publish = user.has_perm(workflow.EDIT), user.has_perm(workflow.PUBLISH)
        rows = rows_of(self, may_publish=may_publish, may_change=may_change)
        add_what_happens([row.story for row in rows if row.form], user)
        return rows


def as_forms(stories):
    """Load what the list's rows take as forms, which write the stories. Three queries."""
    unused_columns = ("body", "featured_content", "items", "actions")
    forms = stories.select_related("provider").with_outlets().defer(*unused_columns)
    return forms.prefetch_related("images", "provider__images")


def as_rows(stories):
    """Load what the rows of the list show, and no more. Two queries."""
    pictures = Image.objects.exclude(file="").only("article_id", "file", "position")
    rows = stories.select_related("provider").with_outlets().only(*ROW_COLUMNS)
    return rows.prefetch_related(Prefetch("images", pictures))


def add_what_happens(stories, user):
    """Give stories what is open and disputed about them: `readers`, others who have it open, and `disputes`."""
    found = {story.pk: story for story in stories}
    if not found:
        return
    for story in found.values():
        story.readers, story.disputes = [], 0
    disputed = Conflict.objects.filter(article__in=found, settlement="").order_by().values_list("article")
    for key, number in disputed.annotate(number=Count("pk")):
        found[key].disputes = number
    for each in OpenStory.objects.current().filter(article__in=found).exclude(user=user).select_related("user"):
        found[each.article_id].readers.append(name_of(each.user))


class JudgementForm(forms.ModelForm):
    """Quality and heat of a row, with what they were when the list was drawn."""

    may_publish = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # What others made meanwhile of numbers that were typed over, {name: number}; who saves again has seen it.
        self.clashes = {}
        for name in JUDGED:
            field = self.fields[name]
            field.show_hidden_initial = True
            field.disabled = self.instance.state == State.PUBLISHED and not self.may_publish

    def clean(self):
        """Refuse a number that somebody else changed since the list was drawn; what was typed stays there."""
        cleaned = super().clean()
        stored = Article.objects.filter(pk=self.instance.pk).values(*JUDGED).first() or {}
        for name in set(self.changed_data) & set(JUDGED):
            if self.seen(name) != stored.get(name) and cleaned.get(name) != stored.get(name):
                self.clashes[name] = stored.get(name)
                self.add_error(name, clash_in_words(self.instance, name, stored.get(name)))
        return cleaned

    def seen(self, name):
        """Return what the number was when the list was drawn."""
        field = self.fields[name]
        try:
            return field.clean(self.data.get(self.add_initial_prefix(name)))
        except forms.ValidationError:
            return None


def clash_in_words(story, name, value):
    """Return what is said to somebody whose number another has changed meanwhile."""
    last = last_change_of(story, [name])
    who = who_made(last) if last else _("Upstream")
    when = f"{localtime(last.created_at):%H:%M}" if last else ""
    told = {"who": who, "when": when, "value": "–" if value is None else value}
    return _("%(who)s set this to %(value)s at %(when)s. Save again to make it yours.") % told


class ListOfStories:
    """The part of the stories' admin that is the list."""

    change_list_template = "admin/articles/article/change_list.html"
    # Their heads and what they sort by; story_rows.py draws them, and is asked for each cell elsewhere.
    list_display = [
        column("picture", gettext_lazy("Picture")),
        HEADLINE,
        column("state", gettext_lazy("State")),
        "quality",
        "heat",
        column("outlets", gettext_lazy("Outlets")),
        column("marks", gettext_lazy("Of note")),
    ]
    list_display_links = [HEADLINE]
    list_editable = list(JUDGED)
    list_filter = STORY_FILTERS
    list_filter_submit = True
    list_per_page = 50
    list_max_show_all = 50
    list_fullwidth = True
    # A number beside each choice would count through everything.
    show_facets = ShowFacets.NEVER
    action_form = ActionForm
    list_before_template = "admin/articles/article/views.html"
    paginator = CappedPaginator
    show_full_result_count = False
    ordering = ["-dated_at", "-pk"]
    search_fields = ["title"]
    search_help_text = gettext_lazy("Words, “phrases”, -without, or the URL of a story")

    def get_changelist(self, request, **kwargs):
        return StoryList

    def get_changelist_formset(self, request, **kwargs):
        if "_save" in request.POST:
            return super().get_changelist_formset(request, **kwargs)
        if not hasattr(request, "pending"):
            return UntouchedRows
        formset = super().get_changelist_formset(request, **kwargs)
        stories = self.get_queryset(request).filter(pk__in=set(row_keys(request.POST).values()) - {None})
        return lambda queryset: UnsavedRows(formset(request.POST, queryset=stories))

    def get_changelist_form(self, request, **kwargs):
        form = super().get_changelist_form(request, **{**kwargs, "form": JudgementForm})
        form.may_publish = request.user.has_perm(workflow.PUBLISH)
        return form

    def get_search_results(self, request, queryset, search_term):
        """Search the index of all words; a URL finds its story."""
        term = search_term.strip()
        if not term or not self.is_list(request):
            # Elsewhere a few letters are to find a story by its headline.
            return super().get_search_results(request, queryset, search_term)
        if is_web_url(term):
            return queryset.filter(identity=identity_of(term)), False
        query = parse_query(term)
        if not query:
            return queryset.none(), False
        return matching(queryset, query, common=is_common(queryset, query)), False

    def is_list(self, request):
        return request.resolver_match.url_name.endswith("_changelist")

    def changelist_view(self, request, extra_context=None):
        views = views_for(request.user, request.GET)
        context = {**(extra_context or {}), "views": views, "title": _("Stories")}
        try:
            # Only a POST writes: on SQLite a transaction takes the one write lock, and a page would wait for it.
            with transaction.atomic() if request.method == "POST" else nullcontext():
                if request.method == "POST":
                    self.lock_rows(request)
                response = self.answer(request, context)
            # Rendered here, where an error is still ours to answer.
            return response.render() if hasattr(response, "render") else response
        except PermissionDenied:
            for refusal in getattr(request, "refused", ()):
                workflow.record_refusal(*refusal)
            raise
        except OverflowError:
            # A key in the address that no database has room for; the stock admin's word for a wrong filter.
            return redirect(f"{request.path}?e=1")

    def answer(self, request, context):
        """Answer for the list. An action that comes with unsaved numbers waits until they are saved or discarded."""
        posted, number = request.POST, unsaved_numbers(request.POST)
        if not is_action(posted) or not number:
            return super().changelist_view(request, context)
        if SAVE_FIRST in posted:
            request.POST = as_saving(posted)
            response = super().changelist_view(request, context)
            if response.status_code != 302:
                return response
        if SAVE_FIRST in posted or DISCARD in posted:
            request.POST = resumed(posted)
            return super().changelist_view(request, context)
        return self.ask_first(request, context, number)

    def ask_first(self, request, context, number):
        """Show the list as it was posted, numbers and selection included, and ask what becomes of the numbers."""
        posted, request.POST = request.POST, without_action(request.POST)
        chosen = next(filter(None, posted.getlist("action")), "")
        label = dict(self.get_action_choices(request)).get(chosen)
        request.pending = {
            "number": number,
            "action": chosen if label else "",
            "label": label or "",
            "across": posted.get("select_across", "0"),
            "selected": set(posted.getlist(ACTION_CHECKBOX_NAME)),
        }
        return super().changelist_view(request, {**context, "pending": request.pending})

    def lock_rows(self, request):
        """Lock the stories a form is about, so that what is checked is what is written over; drop deleted ones."""
        keys = row_keys(request.POST)
        locked = Article.objects.select_for_update().filter(pk__in=set(keys.values()) - {None}).order_by("pk")
        present = set(locked.values_list("pk", flat=True))
        gone = {number for number, key in keys.items() if key not in present}
        if gone:
            request.POST = without_rows(request.POST, gone)
            text = ngettext(
                "%(n)d story of this list was deleted while you had it open.",
                "%(n)d stories of this list were deleted while you had it open.",
                len(gone),
            )
            self.message_user(request, text % {"n": len(gone)}, messages.WARNING)

    def save_judgement(self, request, story, form):
        """Write the numbers of a row that were changed, through the desk's one door."""
        actor = workflow.Actor(Origin.ADMIN, request.user)
        values = {name: form.cleaned_data[name] for name in form.changed_data if name in JUDGED}
        try:
            edit(story, values, actor, expected={name: form.seen(name) for name in values})
        except EditConflict as clash:
            for name, value in clash.current_values.items():
                self.message_user(request, clash_in_words(story, name, value), messages.ERROR)
