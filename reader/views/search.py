"""The search."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from articles.choices import Kind
from articles.models import Article, Topic
from articles.search import by_relevance, first_matches, parse_query, rank_matches
from articles.search.common_words import RANK_LIMIT
from articles.search.queries import MAX_LENGTH
from articles.site_days import end_of, midnight
from newsroom.pagination import PAGE_LENGTH, cursor_of, older_than, parse_cursor
from providers.models import Provider
from reader.cards import cards_of
from reader.page_cache import shared_page
from reader.story_pages import Page

MOST_PAGES = 20
COUNTED = 500
PROVIDERS_OFFERED = 200
TOPICS_OFFERED = 100
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class DayInput(forms.DateInput):
    """A browser's own input of a day, which takes no text but an ISO date."""

    input_type = "date"

    def format_value(self, value):
        return value if ISO_DATE.fullmatch(str(value)) else None


class SearchForm(forms.Form):
    """What to search for and where; nothing is required, and what is wrong is told and passed over."""

    q = forms.CharField(
        label=_("Search for"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "maxlength": MAX_LENGTH, "autocomplete": "off"}),
    )
    topic = forms.CharField(label=_("Topic"), required=False)
    provider = forms.CharField(label=_("Outlet"), required=False)
    type = forms.ChoiceField(label=_("Type"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=DayInput())
    until = forms.DateField(label=_("To"), required=False, widget=DayInput())
    sort = forms.ChoiceField(
        label=_("Order"), required=False, choices=[("", _("Best match")), ("newest", _("Newest first"))]
    )

    def __init__(self, given):
        super().__init__(
            {name: value.replace("\0", "") for name, value in given.items()},
            label_suffix="",
            use_required_attribute=False,
        )
        topics = Topic.objects.for_navigation()[:TOPICS_OFFERED]
        providers = Provider.objects.active().with_visible_stories()[:PROVIDERS_OFFERED]
        self.offer("topic", _("All topics"), [(topic.slug, topic.label) for topic in topics])
        self.offer("provider", _("All outlets"), [(provider.slug, provider.name) for provider in providers])
        self.fields["type"].choices = [("", _("All types")), *Kind.choices]

    def offer(self, name, all_of_them, choices):
        """Make a choice of a field; what was given, and is not among the first, is offered too."""
        given = self.data.get(name, "")
        if given and given not in dict(choices):
            choices = [*choices, (given, given)]
        self.fields[name].widget = forms.Select(choices=[("", all_of_them), *choices])

    def clean_topic(self):
        return self.named(Topic.objects.for_readers().with_children(), "topic", _("There is no such topic."))

    def clean_provider(self):
        return self.named(Provider.objects.active(), "provider", _("There is no such outlet."))

    def named(self, among, name, message):
        slug = self.cleaned_data[name]
        found = among.filter(slug=slug).first() if slug else None
        if slug and found is None:
            raise ValidationError(message)
        return found

    def narrowed(self, stories):
        """Return those of `stories` that all filters let through."""
        given = self.cleaned_data.get
        if given("topic"):
            stories = stories.about([given("topic"), *given("topic").children.all()])
        if given("provider"):
            stories = stories.filter(provider=given("provider"))
        if given("type"):
            stories = stories.filter(kind=given("type"))
        if given("since"):
            stories = stories.filter(dated_at__gte=midnight(given("since")))
        if given("until"):
            stories = stories.filter(dated_at__lt=end_of(given("until")))
        return stories

    @property
    def is_narrowed(self):
        """Whether a filter is set, be it one that could not be read."""
        return any(self.data.get(name) for name in ("topic", "provider", "type", "since", "until"))


@require_safe
@shared_page
def search(request):
    """Show what matches `?q=`, best first, or by `?sort=newest` newest first. Whatever is typed is an answer."""
    form, query, stories = searched(request.GET)
    context = {"form": form, "query": query, "is_asked": stories is not None}
    if stories is not None:
        context |= results(form, query, stories, request.GET)
    return render(request, "search.html", context)


def results(form, query, stories, given):
    """Return a page of what a search finds, for the template, and how much there is.

    Of very many matches only the newest are ranked and counted; if a filter leaves none of these, order by time does.
    """
    if not query:
        return newest_first(stories, query, given) | {"total": None}
    matches, is_limited = rank_matches(stories, query)
    by_score = form.cleaned_data.get("sort") != "newest"
    found = best_first(matches, given) if by_score else newest_first(stories, query, given)
    if is_limited and found["is_first_page"] and not found["page"].stories:
        by_score, found = False, newest_first(stories, query, given)
    # Without scores, which a count has no use for.
    total = matches.order_by().values("pk")[: COUNTED + 1].count()
    is_known = total > COUNTED or not is_limited
    return found | {
        "total": total if is_known else None,
        "counted": COUNTED,
        "ranked": number_format(RANK_LIMIT, force_grouping=True) if is_limited and by_score else None,
    }


def searched(given):
    """Return the form of a search, its Query, and the stories that its filters let through; None if nothing is asked.

    Which of these match the Query is still to be found.
    """
    form = SearchForm(given)
    form.is_valid()
    query = parse_query(form.cleaned_data.get("q", ""))
    if not (query or form.is_narrowed):
        return form, query, None
    return form, query, form.narrowed(Article.objects.visible())


def best_first(stories, given):
    """Return a page by relevance, for the template. There are twenty; beyond them, order by time leads on."""
    number = given.get("page", "")
    number = int(number) if number.isascii() and number.isdigit() and len(number) < 3 else 1
    number = min(max(number, 1), MOST_PAGES)
    begin = (number - 1) * PAGE_LENGTH
    keys = list(by_relevance(stories).values_list("pk", flat=True)[begin : begin + PAGE_LENGTH + 1])
    return {
        "page": Page(in_order(keys[:PAGE_LENGTH]), ""),
        "next_page": number + 1 if len(keys) > PAGE_LENGTH and number < MOST_PAGES else None,
        "is_last_by_score": len(keys) > PAGE_LENGTH and number == MOST_PAGES,
        "is_first_page": number == 1,
    }


def newest_first(stories, query, given):
    """Return a page by time, for the template, beginning after `?before=`."""
    before = given.get("before", "")
    position = parse_cursor(before)
    if position:
        stories = stories.filter(older_than(position))
    keys = first_keys(stories.latest_first(), query, PAGE_LENGTH + 1)
    shown = in_order(keys[:PAGE_LENGTH])
    older = cursor_of(shown[-1]) if len(keys) > PAGE_LENGTH and shown else ""
    return {"page": Page(shown, older), "is_first_page": not before}


def first_keys(stories, query, limit):
    """Return the keys of the first `limit` stories of an ordered queryset that match a Query, if there is one."""
    return first_matches(stories, query, limit) if query else list(stories.values_list("pk", flat=True)[:limit])


def in_order(keys):
    """Return the stories that have `keys`, in that order, with all that a result shows. One query."""
    cards = {story.pk: story for story in cards_of(Article.objects.filter(pk__in=keys), "body")}
    return [cards[key] for key in keys if key in cards]
