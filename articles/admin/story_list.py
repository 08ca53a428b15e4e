"""The desk's list of stories: its columns, its search, its pages, and judging in place."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count
from django.shortcuts import redirect
from django.template.defaultfilters import truncatechars
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display
from unfold.views import ChangeList

from articles import workflow
from articles.admin.list_filters import STORY_FILTERS
from articles.admin.pictures import thumbnail
from articles.admin.saved_views import views_for
from articles.choices import Origin, State
from articles.editing import Clash, edit, last_change_of
from articles.models import Article, Conflict, OpenStory
from articles.paper.words import age
from articles.sanitising import plain_text
from articles.search.matching import matching
from articles.search.queries import read_query
from articles.web_urls import identity_of, is_web_url

# So many are counted, and as far one can turn pages; who wants more asks for less.
COUNTED = 2000
JUDGED = ("quality", "heat")
# What fills a bar: quality is a share of a hundred, heat has no end.
FULL_BARS = {"quality": 100, "heat": 300}
STATE_LABELS = {
    State.INBOX: "info",
    State.IN_REVIEW: "warning",
    State.PUBLISHED: "success",
    State.REJECTED: "danger",
    State.WITHDRAWN: "danger",
}


class ManyStories(int):
    """A number of stories of which it is only known that there are more."""

    def __str__(self):
        return _("more than %(number)s") % {"number": f"{COUNTED:,}"}


class CappedPaginator(Paginator):
    """Pages of the first two thousand stories: no list is ever counted through, and none turned to its far end."""

    @cached_property
    def count(self):
        number = self.object_list.order_by().values("pk")[: COUNTED + 1].count()
        return ManyStories(COUNTED) if number > COUNTED else number


class StoryList(ChangeList):
    """The list, its rows loaded with what is open and disputed about them. Two queries for all."""

    def get_results(self, request):
        super().get_results(request)
        stories = {story.pk: story for story in self.result_list}
        open_by = OpenStory.objects.now().filter(article__in=stories).exclude(user=request.user).select_related("user")
        disputed = Conflict.objects.filter(article__in=stories, settlement="").order_by().values_list("article")
        conflicts = dict(disputed.annotate(number=Count("pk")))
        for story in stories.values():
            story.readers, story.disputes = [], conflicts.get(story.pk, 0)
        for each in open_by:
            stories[each.article_id].readers.append(each.user)


class BarInput(forms.NumberInput):
    """A number with a bar beside it that can be read at a glance; the number says the same."""

    def __init__(self, full, attrs=None):
        self.full = full
        super().__init__({"class": "desk-number", **(attrs or {})})

    def render(self, name, value, attrs=None, renderer=None):
        try:
            share = min(1.0, max(0.0, float(value) / self.full))
        except (TypeError, ValueError):
            share = 0.0
        return format_html(
            '<span class="desk-score"><span class="desk-bar" aria-hidden="true"><span style="inline-size: {}%">'
            "</span></span>{}</span>",
            round(100 * share),
            super().render(name, value, attrs, renderer),
        )


class JudgementForm(forms.ModelForm):
    """Quality and heat of a row, with what they were when the list was drawn."""

    may_publish = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in JUDGED:
            field = self.fields[name]
            field.show_hidden_initial = True
            field.widget = BarInput(FULL_BARS[name])
            field.disabled = self.instance.state == State.PUBLISHED and not self.may_publish
            field.widget.attrs["aria-label"] = f"{field.label}: {truncatechars(plain_text(self.instance.title), 80)}"

    def clean(self):
        """Refuse a number that somebody else changed since the list was drawn; what was typed stays there."""
        cleaned = super().clean()
        stored = Article.objects.filter(pk=self.instance.pk).values(*JUDGED).first() or {}
        for name in set(self.changed_data) & set(JUDGED):
            if self.seen(name) != stored.get(name) and cleaned.get(name) != stored.get(name):
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
    who = _("Upstream") if last is None or not last.is_human else last.actor or _("Somebody")
    when = f"{localtime(last.created_at):%H:%M}" if last else ""
    told = {"who": who, "when": when, "value": "–" if value is None else value}
    return _("%(who)s set this to %(value)s at %(when)s. Type yours again after looking.") % told


class ListOfStories:
    """The part of the stories' admin that is the list."""

    list_display = ["picture", "headline", "state_label", "quality", "heat", "outlets", "marks"]
    list_display_links = ["headline"]
    list_editable = list(JUDGED)
    list_filter = STORY_FILTERS
    list_filter_submit = True
    list_per_page = 50
    list_max_show_all = 50
    list_fullwidth = True
    list_before_template = "admin/articles/article/views.html"
    paginator = CappedPaginator
    show_full_result_count = False
    ordering = ["-dated_at", "-pk"]
    search_fields = ["title"]
    search_help_text = gettext_lazy("Words, “phrases”, -without, or the URL of a story")

    def get_changelist(self, request, **kwargs):
        return StoryList

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
        query = read_query(term)
        return (matching(queryset, query) if query else queryset.none()), False

    def is_list(self, request):
        return request.resolver_match.url_name.endswith("_changelist")

    def changelist_view(self, request, extra_context=None):
        views = views_for(request.user, request.GET)
        context = {**(extra_context or {}), "views": views, "title": _("Stories")}
        try:
            with transaction.atomic():
                if request.method == "POST":
                    self.lock_rows(request)
                response = super().changelist_view(request, context)
            # Rendered here, where an error is still ours to answer.
            return response.render() if hasattr(response, "render") else response
        except PermissionDenied:
            for refusal in getattr(request, "refused", ()):
                workflow.record_refusal(*refusal)
            raise
        except OverflowError:
            # A key in the address that no database has room for; the stock admin's word for a wrong filter.
            return redirect(f"{request.path}?e=1")

    def lock_rows(self, request):
        """Lock the stories a form is about, so that what is checked is what is written over."""
        keys = [value for name, value in request.POST.items() if name.startswith("form-") and name.endswith("-id")]
        keys = sorted({int(key) for key in keys if key.isdecimal() and len(key) < 19})
        list(Article.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))

    def save_judgement(self, request, story, form):
        """Write the numbers of a row that were changed, through the desk's one door."""
        actor = workflow.Actor(Origin.ADMIN, request.user)
        values = {name: form.cleaned_data[name] for name in form.changed_data if name in JUDGED}
        try:
            edit(story, values, actor, seen={name: form.seen(name) for name in values})
        except Clash as clash:
            for name, value in clash.fields.items():
                self.message_user(request, clash_in_words(story, name, value), messages.ERROR)

    # Columns ------------------------------------------------------------------------------------

    @display(description=gettext_lazy("Picture"))
    def picture(self, story):
        return thumbnail(story.picture)

    @display(description=gettext_lazy("Headline"), ordering="dated_at")
    def headline(self, story):
        return format_html(
            '<span class="desk-headline" title="{0}" dir="auto">{0}</span>'
            '<span class="desk-byline">{1} · <time datetime="{2}" title="{3}">{4}</time></span>',
            truncatechars(plain_text(story.title), 300),
            story.provider or _("no provider"),
            story.dated_at.isoformat(),
            story.dated_at.strftime("%Y-%m-%d %H:%M %Z"),
            age(story.dated_at),
        )

    @display(description=gettext_lazy("State"), ordering="state", label=STATE_LABELS)
    def state_label(self, story):
        return story.state, workflow.state_in_words(story)

    @display(description=gettext_lazy("Outlets"))
    def outlets(self, story):
        return story.outlets

    @display(description=gettext_lazy("Of note"))
    def marks(self, story):
        told = []
        if story.disputes:
            text = ngettext("%(n)d conflict", "%(n)d conflicts", story.disputes) % {"n": story.disputes}
            told.append(("desk-mark desk-mark-warn", text))
        if story.pin:
            told.append(("desk-mark", _("Place %(place)d") % {"place": story.pin}))
        told += [("desk-mark desk-mark-open", _("%(user)s has it open") % {"user": user}) for user in story.readers]
        return format_html_join("", '<span class="{}">{}</span>', told) if told else ""
